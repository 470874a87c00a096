"""From desired and live state to a plan: match, target, diff, order, guards, each a module with one job."""
