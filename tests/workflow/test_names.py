"""What the package offers is there, and costs nothing before it is used."""

import subprocess
import sys
from pathlib import Path

import pytest

from syncer import workflow
from tests.files.conftest import SETTINGS

_HEAVY = ("asyncio", "websockets", "Crypto", "deepdiff", "ruamel.yaml")
_CODE = f"""
import sys
from pathlib import Path
from syncer import workflow
from syncer.cli.options import make_context
verdict = workflow.validate_files(make_context(Path(sys.argv[1])))
print(verdict.domains, *(name for name in {_HEAVY} if name in sys.modules))
"""


@pytest.mark.parametrize("name", workflow._MODULES)
def test_every_name_is_there(name: str) -> None:
    assert getattr(workflow, name) is getattr(sys.modules[workflow._MODULES[name]], name)


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        getattr(workflow, "nonsense")  # noqa: B009  # mypy knows that there is none


def test_unchanged_files_need_neither_a_connection_nor_yaml(tmp_path: Path) -> None:
    (tmp_path / "domains").mkdir()
    (tmp_path / "syncer.yaml").write_text(SETTINGS, "utf-8")
    (tmp_path / "domains" / "a.yaml").write_text("domain: example.com\n", "utf-8")
    command = [sys.executable, "-c", _CODE, str(tmp_path)]
    told = [subprocess.check_output(command, text=True).split() for _ in ("first", "second")]
    assert told == [["1", "ruamel.yaml"], ["1"]]
