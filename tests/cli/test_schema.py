"""`syncer schema`, run as a person runs it."""

import json
from pathlib import Path

import pytest

from syncer import resources
from tests.cli.running import syncer
from tests.learn.vocabularies import clicked, har_of

OF_A_REPOSITORY = ["domain", "syncer", "wire-profile"]


def shipped(name: str) -> str:
    return (resources.directory("schemas") / f"{name}.schema.json").read_text("utf-8")


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def named_by(path: Path) -> Path:
    """The schema that the first line of a file names for editors."""
    first, _, _ = path.read_text("utf-8").partition("\n")
    mark, _, relative = first.partition("$schema=")
    assert mark == "# yaml-language-server: ", path
    return (path.parent / relative).resolve()


async def test_a_schema_is_printed_as_it_is_shipped(tmp_path: Path) -> None:
    for name in resources.schema_names():
        done = await syncer("schema", name, cwd=tmp_path)
        assert (done.code, done.out, done.err) == (0, shipped(name), "")


async def test_without_a_name_they_are_listed(tmp_path: Path) -> None:
    done = await syncer("schema", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    names = [line.split()[0] for line in done.out.splitlines() if not line.startswith(" ")]
    assert names == resources.schema_names()
    assert "\nwire-profile  How writes are spelled on the wire of one server.\n" in done.out


async def test_a_folder_gets_all_that_a_repository_needs(tmp_path: Path) -> None:
    done = await syncer("schema", "--out", "schemas", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == "".join(f"made schemas/{name}.schema.json\n" for name in OF_A_REPOSITORY)
    for name in OF_A_REPOSITORY:
        assert (tmp_path / "schemas" / f"{name}.schema.json").read_text("utf-8") == shipped(name)


async def test_it_tells_what_changed(tmp_path: Path) -> None:
    await syncer("schema", "--out", ".", cwd=tmp_path)
    older = tmp_path / "domain.schema.json"
    older.write_text(json.dumps({"$id": "https://innovaphone-syncer.invalid/schemas/domain.schema.json"}), "utf-8")
    done = await syncer("schema", "--out", ".", cwd=tmp_path)
    assert done.out == (
        "updated domain.schema.json\nunchanged syncer.schema.json\nunchanged wire-profile.schema.json\n"
    )
    assert older.read_text("utf-8") == shipped("domain")


async def test_one_by_name_comes_with_what_it_refers_to(tmp_path: Path) -> None:
    done = await syncer("schema", "journal", "--out", "a", cwd=tmp_path)
    assert done.out == "made a/journal.schema.json\nmade a/plan.schema.json\n"
    assert (await syncer("schema", "drift", "--out", "b", cwd=tmp_path)).out.endswith("\nmade b/plan.schema.json\n")
    assert (await syncer("schema", "record", "--out", "a", cwd=tmp_path)).out == "made a/record.schema.json\n"


@pytest.mark.parametrize("content", [b"notes", b"[1]", b'{"$id": "https://example.com/"}', b"\xff", b"[" * 100_000])
async def test_what_is_no_schema_of_ours_is_left_alone(tmp_path: Path, content: bytes) -> None:
    other = tmp_path / "wire-profile.schema.json"
    other.write_bytes(content)
    done = await syncer("schema", "--out", ".", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "error: wire-profile.schema.json is there already and is no schema of syncer's; "
        "name another folder with --out, or overwrite it with --force\n"
    )
    assert names_in(tmp_path) == ["wire-profile.schema.json"]
    assert other.read_bytes() == content
    done = await syncer("schema", "--out", ".", "--force", cwd=tmp_path)
    assert (done.code, "updated wire-profile.schema.json\n" in done.out) == (0, True)
    assert other.read_text("utf-8") == shipped("wire-profile")


async def test_a_link_to_nowhere_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "domain.schema.json").symlink_to(tmp_path / "nowhere")
    done = await syncer("schema", "domain", "--out", ".", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert not (tmp_path / "nowhere").exists()


async def test_a_name_that_none_has(tmp_path: Path) -> None:
    for args in (("domian",), ("domian", "--out", "a")):
        done = await syncer("schema", *args, cwd=tmp_path)
        assert done.code == 64
        assert "there is no schema domian; did you mean domain?" in done.err
    done = await syncer("schema", "x\x1b[31m", cwd=tmp_path)
    assert "\x1b" not in done.err
    assert ", domain, drift, " in done.err


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("", "utf-8")
    done = await syncer("schema", "--out", "a/b", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: a/b cannot be written: Not a directory\n"


async def test_init_writes_the_same(tmp_path: Path) -> None:
    await syncer("init", "phones", cwd=tmp_path)
    done = await syncer("schema", "--out", "schemas", cwd=tmp_path / "phones")
    assert done.out == "".join(f"unchanged schemas/{name}.schema.json\n" for name in OF_A_REPOSITORY)


async def test_every_file_that_is_made_names_its_schema(tmp_path: Path) -> None:
    root = tmp_path / "phones"
    har_of(tmp_path, clicked("conventional"))
    await syncer("init", "phones", cwd=tmp_path)
    assert (await syncer("export", "--out", "live/of/today", cwd=root)).code == 0
    done = await syncer("wire", "learn", "../recording.har", "--out", "wire/production.yaml", cwd=root)
    assert done.code == 0, done.err
    made = {
        "syncer.yaml": "syncer",
        "domains/example.com.yaml": "domain",
        "live/of/today/example.com.yaml": "domain",
        "wire/production.yaml": "wire-profile",
    }
    for name, schema in made.items():
        assert named_by(root / name) == (root / "schemas" / f"{schema}.schema.json").resolve()
        assert named_by(root / name).is_file()


async def test_a_file_without_a_repository_names_none(tmp_path: Path) -> None:
    har_of(tmp_path, clicked("conventional"))
    assert (await syncer("wire", "learn", "recording.har", "--out", "production.yaml", cwd=tmp_path)).code == 0
    assert "yaml-language-server" not in (tmp_path / "production.yaml").read_text("utf-8")
