"""The command line: a file a command; each parses, calls a use case, renders, exits."""
