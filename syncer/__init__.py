"""syncer: configuration as code for innovaphone's Devices service."""

__version__ = "0.1.0"
