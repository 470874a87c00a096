"""`syncer wire show`, run as a person runs it."""

import json
from pathlib import Path

import pytest

from syncer.files.plans import write_private
from syncer.resources import wire_profile
from syncer.wire.profile import builtin
from tests.cli.running import repository, syncer

URL = "wss://apps.example.com/example.com/devices/innovaphone-devices-api"
DOCUMENT = "domain: example.com\n"
MINE = """\
# learned by hand \u202e
format: syncer-wire/1
name: mine
origin: learned
operations:
  delete_config: {request: {mt: "Delete\\u001b[2J", id: $id}, response: none}
"""


def receipt(digest: str, *operations: str) -> str:
    proof = {"profile": digest, "date": "2026-05-04T09:30:00Z", "operations": list(operations)}
    return json.dumps({"format": "syncer-receipt/1", "servers": {URL: proof}})


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = repository(tmp_path / "repo", URL, DOCUMENT, more="    wire_profile: wire/mine.yaml\n")
    (repo / "wire").mkdir()
    (repo / "wire" / "mine.yaml").write_text(MINE, "utf-8")
    return repo


async def test_the_profile_of_the_server(repo: Path) -> None:
    done = await syncer("wire", "show", cwd=repo)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Wire profile mine\nsource      wire/mine.yaml\norigin      learned\n")
    assert 'delete_config\n  request     {mt: "Delete\\x1b[2J", id: $id}\n  response    none is awaited\n' in done.out
    assert "Not verified on any server; run `syncer wire verify`." in done.out


async def test_its_receipt(repo: Path) -> None:
    digest = json.loads((await syncer("wire", "show", "--format", "json", cwd=repo)).out)["digest"]
    write_private(repo / "wire" / "mine.verified.json", receipt(digest, "delete_config"))
    assert f"{URL}:\n  verified (2026-05-04T09:30:00Z)\n" in (await syncer("wire", "show", cwd=repo)).out
    write_private(repo / "wire" / "mine.verified.json", receipt("0" * 64, "delete_config"))
    shown = (await syncer("wire", "show", "wire/mine.yaml", cwd=repo)).out
    assert "another edition of it was verified (2026-05-04T09:30:00Z)" in " ".join(shown.split())


async def test_a_built_in_one_and_its_receipt(repo: Path, tmp_path: Path) -> None:
    digest = builtin("conventional").digest
    write_private(repo / "wire" / "conventional.verified.json", receipt(digest, "create_config"))
    done = await syncer("wire", "show", "conventional", cwd=repo)
    assert done.out.startswith("Wire profile conventional\nsource      built in\n")
    assert "verified but for create_domain, update_domain" in " ".join(done.out.split())
    elsewhere = await syncer("wire", "show", "conventional", cwd=tmp_path)
    assert "Not verified on any server" in elsewhere.out


async def test_as_a_file(repo: Path) -> None:
    """Ready to be saved and changed; what a terminal would obey is an escape."""
    assert (await syncer("wire", "show", "conventional", "--format", "yaml", cwd=repo)).out == wire_profile(
        "conventional"
    )
    assert (await syncer("wire", "show", "--format", "yaml", cwd=repo)).out == MINE.replace("\u202e", "\\u202e")


async def test_for_programs(repo: Path) -> None:
    document = json.loads((await syncer("wire", "show", "--format", "json", cwd=repo)).out)
    assert document["format"] == "syncer-wire-profile/1"
    assert document["operations"]["delete_config"]["request"]["mt"] == "Delete\x1b[2J"
    assert "create_config" in document["lacking"]


async def test_a_profile_that_is_none(repo: Path) -> None:
    (repo / "other.txt").write_text("secret stuff")
    for name, told in {
        "none": "none: there is no such file; correct the name\n",
        "../../schemas/wire/conventional": "../../schemas/wire/conventional: there is no such file; correct the name\n",
        "other.txt": "other.txt: no wire profile; name a YAML file with format: syncer-wire/1\n",
        "wire": "wire: not a file; name a file\n",
    }.items():
        done = await syncer("wire", "show", name, cwd=repo)
        assert (done.code, done.out, done.err) == (1, "", told)


async def test_outside_of_a_repository(tmp_path: Path) -> None:
    done = await syncer("wire", "show", cwd=tmp_path)
    assert done.code == 1
    assert "syncer.yaml" in done.err


async def test_a_trace(tmp_path: Path) -> None:
    lines = [
        '{"time":"2026-05-04T09:30:00.000001Z","connection":1,"event":"opened","url":"wss://a/"}',
        '{"time":"2026-05-04T09:30:00.000002Z","connection":1,"direction":"sent","size":10,"message":{"mt":"\\u001b[2J"}}',
        '{"time":"2026-05-04T09:30:00.0000',
    ]
    (tmp_path / "a.trace").write_text("\n".join(lines))
    done = await syncer("wire", "show", "--trace", "a.trace", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "2026-05-04\n"
        "09:30:00.000001  #1   opened             wss://a/\n"
        "09:30:00.000002  #1   sent           10  \\x1b[2J\n"
        "line 3 was left out: cut off, as when syncer was killed or the disk was full\n"
        "\n"
        "Messages: 1 sent (10 bytes), 0 received (0 bytes); connections: 1.\n"
    )


async def test_a_file_that_is_no_trace(repo: Path) -> None:
    done = await syncer("wire", "show", "--trace", "syncer.yaml", cwd=repo)
    assert (done.code, done.out) == (1, "")
    assert done.err == "syncer.yaml: it is no trace; name a file that a command wrote with --trace\n"


@pytest.mark.parametrize("args", [("conventional", "--trace", "x"), ("--trace", "x", "--format", "json")])
async def test_wrong_usage(tmp_path: Path, args: tuple[str, ...]) -> None:
    done = await syncer("wire", "show", *args, cwd=tmp_path)
    assert done.code == 64
    assert "--trace shows a trace as text, and no profile" in done.err
