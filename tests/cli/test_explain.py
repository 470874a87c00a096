"""`syncer explain`, as a person runs it."""

from pathlib import Path

import pytest

from syncer.model.lint import RULES
from tests.cli.running import syncer


async def test_every_code_is_listed(tmp_path: Path) -> None:
    done = await syncer("explain", cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert [line.split()[0] for line in done.out.splitlines()] == list(RULES)
    assert "conflict           two configs of one type give the same devices different values\n" in done.out


async def test_one_code(tmp_path: Path) -> None:
    done = await syncer("explain", "unused-category", cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert (
        done.out
        == """\
unused-category: a category that nothing uses

No config of the files names the category, so its devices get only what is for every device. Often a
name was changed in one place and not in the other.

=> Name it in a config, remove it, or set config: false if it is not meant for configurations.

To silence it where it stands, at the end of the line:
  # syncer: ignore unused-category
or in syncer.yaml for all objects, or by their address, like config[*/NTP/*]:
  policy: {lint: {ignore: {"*": [unused-category]}}}
"""
    )


@pytest.mark.parametrize("code", RULES)
async def test_each_code_says_how_to_silence_it_where_it_can_be(tmp_path: Path, code: str) -> None:
    done = await syncer("explain", code, cwd=tmp_path)

    assert done.out.startswith(f"{code}: ")
    assert ("# syncer: ignore " in done.out) == (code != "invalid")


@pytest.mark.parametrize(
    "code, hint", [("evryone", "did you mean everyone?"), ("x\x1b[31m", "`syncer explain` lists them all")]
)
async def test_no_code(tmp_path: Path, code: str, hint: str) -> None:
    done = await syncer("explain", code, cwd=tmp_path)

    shown = code.replace("\x1b", "\\x1b")
    assert (done.code, done.out, done.err) == (64, "", f"error: there is no warning {shown}; {hint}\n")
