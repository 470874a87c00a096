"""Carrying a plan out: check again, write, read back, change by change."""
