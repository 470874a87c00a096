"""`syncer wire learn` as a person meets it."""

import json
from dataclasses import replace
from pathlib import Path

from syncer.wire.profile import load
from tests.cli.running import syncer
from tests.emulator.rawclient import PASSWORD
from tests.learn.app import har
from tests.learn.frames import URL
from tests.learn.vocabularies import clicked, har_of

NO_SOCKETS = {"log": {"version": "1.2", "entries": [{"request": {"url": "https://pbx/"}, "response": {}}]}}


async def test_from_a_recording_to_a_profile(tmp_path: Path) -> None:
    recording = har_of(tmp_path, clicked("one"))
    done = await syncer("wire", "learn", str(recording), "--out", "wire/pbx.yaml", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("Service  ws://127.0.0.1:")
    assert lines[2].split() == ["operation", "message", "confidence", "evidence"]
    assert any(line.startswith("create_config    SetConfig") and " shown " in line for line in lines)
    assert lines[-2:] == [
        "Wrote wire/pbx.yaml. Read it, name it in syncer.yaml (wire_profile: wire/pbx.yaml), and prove it:",
        "  syncer wire verify",
    ]
    text = (tmp_path / "wire" / "pbx.yaml").read_text("utf-8")
    assert load(text, "pbx.yaml").name == "pbx"
    for said in (done.out, text):
        assert PASSWORD not in said
        assert "t0p s3cret" not in said
    again = await syncer("wire", "learn", str(recording), "--out", "wire/pbx.yaml", cwd=tmp_path)
    assert again.code == 1
    assert again.err == "error: wire/pbx.yaml is there already; name another file, or overwrite it with --force\n"
    forced = await syncer("wire", "learn", str(recording), "--out", "wire/pbx.yaml", "--force", cwd=tmp_path)
    assert forced.code == 0


async def test_json_and_nothing_written(tmp_path: Path) -> None:
    recording = har_of(tmp_path, clicked("conventional", "delete_config"))
    done = await syncer("wire", "learn", str(recording), "--format", "json", cwd=tmp_path)
    document = json.loads(done.out)
    assert done.code == 0
    assert document["written"] is None
    assert [one["what"] for one in document["missing"]] == ["delete_config"]
    assert {path.name for path in recording.parent.iterdir()} == {recording.name}


async def test_the_guide(tmp_path: Path) -> None:
    done = await syncer("wire", "learn", "--guide", cwd=tmp_path)
    assert done.code == 0
    assert done.out.startswith(" 1. Work in a domain with few devices")
    assert "`syncer wire learn RECORDING.har --out wire/NAME.yaml`" in done.out


async def test_two_recordings_complete_each_other(tmp_path: Path) -> None:
    """Their messages are counted on, so that a number means one."""
    first, second = clicked("apart", "delete_config"), clicked("apart")
    paths = []
    for number, app in enumerate((first, second)):
        paths.append(tmp_path / f"{number}.har")
        paths[-1].write_text(har(replace(app, url=URL)), "utf-8")
    done = await syncer("wire", "learn", *map(str, paths), "--out", "both.yaml", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "Not in the recording" not in done.out
    assert f"are counted from {len(first.frames) + 1} on" in " ".join(done.out.split())


async def test_no_recording_is_named(tmp_path: Path) -> None:
    done = await syncer("wire", "learn", cwd=tmp_path)
    assert done.code == 64
    assert done.err == "error: name a recording; `syncer wire learn --guide` says how to make one\n"


async def test_a_recording_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "no.har").write_text(json.dumps(NO_SOCKETS))
    done = await syncer("wire", "learn", "no.har", "--out", "x.yaml", cwd=tmp_path)
    assert done.code == 1
    assert done.err.startswith("no.har: there is no websocket in the HAR; in Chrome or Edge open the network tab")
    missing = await syncer("wire", "learn", "not.there", cwd=tmp_path)
    assert (missing.code, missing.err) == (1, "not.there: there is no such file; correct the name\n")
    assert not (tmp_path / "x.yaml").exists()


async def test_a_recording_that_shows_no_write(tmp_path: Path) -> None:
    app = clicked("conventional")
    reads = replace(app, frames=app.frames[:14])
    (tmp_path / "reads.har").write_text(har(reads), "utf-8")
    done = await syncer("wire", "learn", "reads.har", "--out", "x.yaml", cwd=tmp_path)
    assert done.code == 1
    assert "create_category  create a category, say `syncer scratch`" in done.out
    assert done.err == "\nNothing was learned; `syncer wire learn --guide` says what to click.\n"
    assert not (tmp_path / "x.yaml").exists()
