"""A project as CI finds it: a git repository of configuration, and the server that it configures."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncer.emulator import Store
from syncer.files.receipts import Receipt, write_receipt
from syncer.resources import wire_profile
from syncer.wire.profile import load
from tests.browser.serving import Served, served

FILE = "domains/example.com.yaml"
CONFIG = "domain: example.com\nconfigs:\n  - {{type: PHONE, desc: HQ phones, categories: [], gk1: {gk1}}}\n"
_OPERATIONS = frozenset(f"{verb}_{kind}" for verb in ("create", "update", "delete") for kind in ("category", "config"))
_IDENTITY = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "init.defaultBranch=main")


def git(folder: Path, *args: str) -> str:
    """What git says."""
    command = ["git", *_IDENTITY, "-c", "commit.gpgsign=false", *args]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout.strip()


@dataclass(frozen=True)
class Origin:
    """The repository that pushes go to; what is in it is put there by way of a clone."""

    folder: Path
    server: Served

    @property
    def _clone(self) -> Path:
        return self.folder.with_name("clone")

    def push(self, branch: str, files: dict[str, str], base: str = "main") -> str:
        """A commit with these files on a branch that begins at `base` where it is new."""
        git(self._clone, "fetch", "--quiet", "origin")
        there = git(self._clone, "branch", "--remotes", "--list", f"origin/{branch}")
        git(self._clone, "checkout", "--quiet", "-B", branch, f"origin/{branch if there else base}")
        self.commit(files)
        git(self._clone, "push", "--quiet", "origin", branch)
        return git(self._clone, "rev-parse", "HEAD")

    def commit(self, files: dict[str, str]) -> None:
        """What is checked out in the clone, with these files."""
        for name, content in files.items():
            path = self._clone / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
        git(self._clone, "add", "--all")
        git(self._clone, "commit", "--quiet", "--message", "$(touch pwned)")

    def merge(self, branch: str, target: str = "main") -> str:
        """What merging the branch into main gives, as the ref `target`."""
        git(self._clone, "fetch", "--quiet", "origin")
        git(self._clone, "checkout", "--quiet", "--detach", "origin/main")
        git(self._clone, "merge", "--quiet", "--no-ff", "--no-edit", f"origin/{branch}")
        git(self._clone, "push", "--quiet", "--force", "origin", f"HEAD:refs/{target}")
        return git(self._clone, "rev-parse", "HEAD")

    def checkout(self, ref: str, folder: Path) -> Path:
        """The files as of `ref`, with all history."""
        git(folder.parent, "clone", "--quiet", "--no-checkout", str(self.folder), str(folder))
        git(folder, "fetch", "--quiet", "origin", ref)
        git(folder, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        return folder

    def gatekeepers(self) -> dict[str, str]:
        """gk1 of the server's configs, by desc."""
        return self.server.ask(
            lambda emulator: {str(c.fields["desc"]): str(c.fields.get("gk1")) for c in emulator.store.configs(1)}
        )

    def change(self, gk1: str) -> None:
        """Somebody changes the first config by hand."""
        self.server.ask(lambda emulator: emulator.store.update_config(1, {"gk1": gk1}))


@contextmanager
def project(folder: Path, files: dict[str, str]) -> Iterator[Origin]:
    """One config on the server and the same in main; with these files besides."""

    def fill(store: Store) -> None:
        store.add_config(1, {"type": "PHONE", "desc": "HQ phones", "gk1": "172.16.0.1"}, [])

    with served(None, fill) as server:
        origin = Origin(folder / "origin.git", server)
        git(folder, "init", "--quiet", "--bare", str(origin.folder))
        git(folder, "clone", "--quiet", str(origin.folder), "clone")
        clone = folder / "clone"
        (clone / "wire").mkdir()
        profile = load(str(wire_profile("conventional")), "conventional")
        receipt = Receipt(profile.digest, "2026-01-01T00:00:00Z", _OPERATIONS)
        write_receipt(clone / "wire" / "conventional.verified.json", server.running.url, receipt)
        git(clone, "checkout", "--quiet", "-B", "main")
        settings = (
            f"version: 1\nservers:\n  production:\n    url: {server.running.url}\n    insecure: true\n"
            "    password: {env: SYNCER_PASSWORD}\nfiles: [domains]\npolicy: {prune: [config], limits: {deletes: 0}}\n"
        )
        first = {"syncer.yaml": settings, FILE: CONFIG.format(gk1="172.16.0.1"), ".gitignore": ".syncer/\n"}
        origin.commit(first | files)
        git(clone, "push", "--quiet", "origin", "main")
        yield origin
