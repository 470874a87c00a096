"""A configuration repository in a temporary folder, as in the tests of the files."""

from tests.files.conftest import repository as repository
