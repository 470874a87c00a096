"""Websockets around the wire layer: dialling, one connection, and a link that survives losing it."""
