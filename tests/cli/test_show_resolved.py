"""`syncer show --resolved`."""

from pathlib import Path

import pytest

from tests.cli.running import syncer

SETTINGS = "version: 1\nservers:\n  local: {url: 'emulator:.syncer/e.sqlite'}\nfiles: [files]\n"
BASELINE = "baseline: b\ndomains: ['*']\nconfigs:\n  - {type: NTP, categories: [], ntp1: '${vars.ntp}'}\n"
DOMAINS = "domain: a\nvars: {ntp: 172.16.0.1}\nconfigs: []\n---\ndomain: b\nvars: {ntp: x}\nconfigs: []\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    (tmp_path / "syncer.yaml").write_text(SETTINGS)
    (tmp_path / "files/b.yaml").write_text(BASELINE)
    (tmp_path / "files/d.yaml").write_text(DOMAINS)
    return tmp_path


async def test_what_the_files_say_in_the_end(repo: Path) -> None:
    shown = await syncer("show", "--resolved", "a", cwd=repo)

    assert (shown.code, shown.err) == (0, "")
    assert shown.out == (
        "domain: a  # files/d.yaml:1:1\n"
        "configs:\n"
        "  - type: NTP  # files/b.yaml:4:5\n"
        "    categories: []\n"
        "    ntp1: 172.16.0.1  # files/d.yaml:2:13\n"
    )
    assert (await syncer("show", "--resolved", cwd=repo)).out.startswith(
        f"{shown.out}---\ndomain: b  # files/d.yaml:5:1\n"
    )
    outside = await syncer("-C", str(repo), "show", "--resolved", "a", cwd=repo.parent)
    assert outside.out == shown.out


async def test_a_plan_tells_where_each_value_was_said(repo: Path) -> None:
    planned = await syncer("plan", "--only", "config[a/*]", cwd=repo)

    assert planned.code == 1  # the domain is new too
    planned = await syncer("plan", cwd=repo)
    assert "config[a/NTP/]  files/b.yaml:4:5\n" in planned.out
    assert "      + ntp1        172.16.0.1  files/d.yaml:2:13\n" in planned.out


@pytest.mark.parametrize(
    "arguments, code, told",
    [
        (["--resolved", "c"], 1, "error: the files name no domain c; name one that they have, or none for all"),
        (["--resolved", "--format", "json"], 64, "--format, --list and --expand are for plans; --resolved prints YAML"),
        (
            ["--resolved", "--list", "ignored"],
            64,
            "--format, --list and --expand are for plans; --resolved prints YAML",
        ),
        ([], 64, "name a saved plan, or say --resolved for what the files say"),
    ],
)
async def test_what_cannot_be_shown(repo: Path, arguments: list[str], code: int, told: str) -> None:
    done = await syncer("show", *arguments, cwd=repo)

    assert (done.code, done.out) == (code, "")
    assert told in done.err


async def test_files_with_a_mistake(repo: Path) -> None:
    (repo / "files/d.yaml").write_text("domain: a\n")

    done = await syncer("show", "--resolved", cwd=repo)

    assert (done.code, done.out) == (1, "")
    assert "files/b.yaml:4:39: unknown variable vars.ntp (for a); add it to the domain's vars" in done.err
