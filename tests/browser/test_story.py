"""The whole story in the browser: click through the checklist, save it as HAR, learn a wire profile of it."""

import json
from pathlib import Path

import pytest

from syncer.files.learned import learned_text
from syncer.files.recordings import read_recording
from syncer.learn.learner import learn
from syncer.wire.profile import load
from tests.browser.chromium import Chromium
from tests.browser.serving import served
from tests.browser.story import SECRET, click_through, record
from tests.cli.running import repository, syncer
from tests.emulator.conftest import fill
from tests.emulator.rawclient import PASSWORD
from tests.learn.vocabularies import VOCABULARIES, path_of, profile_of

FILES = """\
domain: example.com
categories:
  - name: Desks
configs:
  - {type: NTP, desc: time, categories: [Desks], ntp1: ptbtime1.ptb.de}
"""


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_what_was_clicked_is_learned(vocabulary: str, browser: Chromium, tmp_path: Path) -> None:
    recording = record(path_of(vocabulary), tmp_path, browser)
    learned = learn([read_recording(recording)])
    assert learned.contradictions == ()
    profile, spoken = load(learned_text(learned, "learned"), "learned.yaml"), profile_of(vocabulary)
    assert profile.operations.keys() == spoken.operations.keys()
    assert profile.category_refs == spoken.category_refs
    assert {one.what for one in learned.missing} <= {
        "create_domain",
        "update_domain",
        "delete_domain",
    } - profile.operations.keys()
    types = {name: operation.request["mt"] for name, operation in spoken.operations.items()}
    assert {name: operation.request["mt"] for name, operation in profile.operations.items()} == types


@pytest.mark.parametrize("vocabulary", ["conventional", "one"])
async def test_recorded_in_the_browser_learned_proven_applied(
    vocabulary: str, browser: Chromium, tmp_path: Path
) -> None:
    """The ten minutes of the README, on one and the same service."""
    with served(profile_of(vocabulary), fill) as service:
        recording = click_through(service, profile_of(vocabulary), tmp_path / "recording.har", browser)
        repo = repository(tmp_path / "phones", service.running.url, FILES, more="    wire_profile: wire/p.yaml\n")
        environ = {"SYNCER_PASSWORD": PASSWORD}
        learned = await syncer("wire", "learn", str(recording), "--out", "wire/p.yaml", cwd=repo)
        assert learned.code == 0, learned
        refused = await syncer("apply", "--yes", cwd=repo, environ=environ)
        assert refused.code == 4, refused
        proven = await syncer("wire", "verify", "--domains", "--yes", cwd=repo, environ=environ)
        assert proven.code == 0, proven
        applied = await syncer("apply", "--yes", cwd=repo, environ=environ)
        assert applied.code == 0, applied
        again = await syncer("plan", "--detailed-exitcode", cwd=repo, environ=environ)
        assert again.code == 0, again


def test_the_recording_is_a_har_as_chrome_saves_it(browser: Chromium, tmp_path: Path) -> None:
    text = record(path_of("conventional"), tmp_path, browser).read_text("utf-8")
    entries = json.loads(text)["log"]["entries"]
    (socket,) = [entry for entry in entries if entry["_resourceType"] == "websocket"]
    assert socket["request"]["url"].startswith("ws://127.0.0.1:")
    assert socket["response"]["status"] == 101
    messages = socket["_webSocketMessages"]
    assert {frozenset(one) for one in messages} == {frozenset({"type", "time", "opcode", "data"})}
    assert {(one["type"], one["opcode"]) for one in messages} == {("send", 1), ("receive", 1)}
    assert [one["time"] for one in messages] == sorted(one["time"] for one in messages)
    assert json.loads(messages[0]["data"]) == {"mt": "AppChallenge"}
    assert {entry["_resourceType"] for entry in entries} >= {"document", "script", "stylesheet", "websocket"}
    assert SECRET not in text
    assert f'"{PASSWORD}"' not in text
