"""ajv and yaml-language-server, which are npm's and not ours: `.ci/run` gets them, elsewhere the tests are skipped."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from syncer import resources

_AJV = Path(__file__).parent / "ajv.mjs"
_FOLDER = Path(os.environ.get("SYNCER_EDITORS") or "none")  # where npm installed them
_MODULES = _FOLDER / "node_modules"
SERVER = _MODULES / "yaml-language-server" / "bin" / "yaml-language-server"


def _needs(name: str) -> pytest.MarkDecorator:
    reason = f"no {name}: npm install --prefix DIR ajv ajv-formats yaml-language-server, then SYNCER_EDITORS=DIR"
    return pytest.mark.skipif(not (_MODULES / name).is_dir() or shutil.which("node") is None, reason=reason)


needs_ajv = _needs("ajv-formats")
needs_server = _needs("yaml-language-server")


def ajv(documents: Sequence[tuple[str, Any]]) -> list[str | None]:
    """What ajv says to documents, each with the name of its schema; None: nothing. Fails where one is not strict."""
    schemas = {name: resources.schema(name) for name in resources.schema_names()}
    asked = {
        "schemas": list(schemas.values()),
        "documents": [[schemas[name]["$id"], document] for name, document in documents],
    }
    done = subprocess.run(
        ["node", str(_AJV), str(_FOLDER)], input=json.dumps(asked), capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    told: list[str | None] = json.loads(done.stdout)
    return told
