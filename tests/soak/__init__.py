"""A watch over a long time beside a service that is edited, restarted and cut off."""
