"""What syncer talks about: kinds, addresses, fields, desired and live state, plans. Plain frozen data, no I/O."""
