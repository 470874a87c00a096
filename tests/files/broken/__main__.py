"""`python -m tests.files.broken`."""

from tests.files.broken import write

write()
