"""Broken files, one a mistake, and what `syncer validate` prints of each: `told.txt`.

`python -m tests.files.broken` writes that anew; what changed is then in git's diff, to be read.
"""

import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from syncer.cli.main import main
from tests.files.conftest import SETTINGS

FOLDER = Path(__file__).parent
TOLD = FOLDER / "told.txt"
_HEAD = "=== "
CASES: Mapping[str, Path] = {
    path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in sorted(FOLDER.rglob("*.yaml"))
}


def printed(root: Path) -> str:
    """What `syncer validate` prints of a repository, and its exit code."""
    out, err = io.StringIO(), io.StringIO()
    code: object = None
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(["-C", str(root), "validate"])
        except SystemExit as exc:
            code = exc.code
    return f"{out.getvalue()}{err.getvalue()}exit code {code}\n".replace(str(root), "/repository")


def told(case: str, root: Path) -> str:
    """The same of a repository in an empty folder that holds the broken file of a case."""
    (root / "domains").mkdir()
    content = CASES[case].read_bytes()
    if case.startswith("settings/"):
        (root / "syncer.yaml").write_bytes(content)
        (root / "domains" / "a.yaml").write_text("domain: example.com\n")
    else:
        (root / "syncer.yaml").write_text(SETTINGS)
        (root / "domains" / CASES[case].name).write_bytes(content)
    return printed(root)


def stored() -> Mapping[str, str]:
    """What `told.txt` holds, by case."""
    sections = TOLD.read_text("utf-8").split(_HEAD)[1:]
    return {head: text for head, _, text in (section.partition("\n") for section in sections)}


def write() -> None:
    """Store what is printed now."""
    with patch.dict(os.environ, {"SYNCER_CACHE_DIR": "", "NO_COLOR": "1"}):
        TOLD.write_text("".join(_sections()), "utf-8")


def _sections() -> Iterator[str]:
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            yield f"{_HEAD}{case}\n{told(case, Path(folder).resolve())}"
