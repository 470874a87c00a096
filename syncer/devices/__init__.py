"""The Devices service's API: an interface, the codec of its objects, a client, snapshots of the live state."""
