"""A configuration repository in a temporary folder."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from syncer.errors import ProblemsError
from syncer.files.load import load_desired
from syncer.files.settings import load_settings
from syncer.model.state import Desired, Entry

SETTINGS = "version: 1\nservers:\n  local:\n    url: emulator:.syncer/e.sqlite\nfiles: [domains]\n"


class Repository:
    """Writes files, loads them, and tells what a person would read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("syncer.yaml", SETTINGS)
        (root / "domains").mkdir()

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the repository, its text to the letter."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, environ: Mapping[str, str] | None = None) -> Desired:
        """What the files say."""
        settings = load_settings(self.root)
        return load_desired(settings, settings.server(None), environ or {})

    def problems(self, environ: Mapping[str, str] | None = None) -> list[str]:
        """Every problem as a line; fails where there is none."""
        with pytest.raises(ProblemsError) as caught:
            self.load(environ)
        return str(caught.value).splitlines()

    def settings_problems(self, text: str) -> list[str]:
        """Every problem of a syncer.yaml."""
        self.write("syncer.yaml", text)
        with pytest.raises(ProblemsError) as caught:
            load_settings(self.root)
        return str(caught.value).splitlines()

    def configs(self, text: str, environ: Mapping[str, str] | None = None) -> tuple[Entry, ...]:
        """The configs of one domain document."""
        self.write("domains/a.yaml", text)
        configs = self.load(environ).domains[0].configs
        assert configs is not None
        return configs

    def config(self, text: str, environ: Mapping[str, str] | None = None) -> Entry:
        """One config of example.com from its lines."""
        indented = text.strip("\n").replace("\n", "\n    ")
        return self.configs(f"domain: example.com\nconfigs:\n  - {indented}\n", environ)[0]

    def config_problems(self, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
        """What is wrong with one config; its first line is line 3, its keys stand in column 5."""
        indented = text.strip("\n").replace("\n", "\n    ")
        self.write("domains/a.yaml", f"domain: example.com\nconfigs:\n  - {indented}\n")
        return self.problems(environ)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository with one server."""
    return Repository(tmp_path)
