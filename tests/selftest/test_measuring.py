"""What a service makes of secrets and of fields that are not set: believed only where it can be."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.service import Service
from syncer.model.selftest import SelfTest
from syncer.render.selftest import render_selftest
from syncer.wire.profile import load as load_profile
from syncer.workflow import verified
from tests.selftest.rig import PROFILES, Rig, misspelt, open_rig

Config = dict[str, Any]


async def done(rig: Rig) -> SelfTest:
    """A self-test that told the truth."""
    test = await rig.told()
    assert isinstance(test, SelfTest), test
    return test


@dataclass(frozen=True, slots=True)
class Drops:
    """Secrets are lost on the way in some operations."""

    operations: tuple[str, ...]

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
        if call.write is None or call.write.operation not in self.operations:
            return handle(call)
        message = json.loads(json.dumps(call.message))
        config = message["config"]
        for name in [name for name in config if name.endswith("Password")]:
            del config[name]
        return handle(service.call(call.session, message))


@dataclass(frozen=True, slots=True)
class Reads:
    """Configs read back otherwise."""

    change: Callable[[Config], object]

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        answer = handle(call)
        for frame in answer.frames if call.mt == "GetDeviceConfig" else ():
            if isinstance(frame, dict) and isinstance(config := frame.get("config"), dict):
                self.change(config)
        return answer


async def test_a_secret_that_is_lost_by_an_update_is_seen(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.faults.add(Drops(("update_config",)))
        test = await done(rig)
        assert test.exit_code == 5
        assert test.failed
        assert test.failed.operation == "update_config"
        assert "logPassword is (unset) instead of (secret)" in test.failed.found


async def test_a_secret_that_is_lost_by_a_create_is_seen_at_the_end(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.faults.add(Drops(("create_config",)))
        test = await done(rig)
        assert test.exit_code == 5
        assert test.failed
        assert test.failed.operation == "create_config"
        assert test.failed.found == (
            "after create_config logPassword of ALARM_SERVER did not come back, though it did after another write"
        )


async def test_secrets_that_never_come_back_are_told_to_be_unseen(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.faults.add(Drops(("create_config", "update_config")))
        for _ in range(2):  # also where the profile says so already
            test = await done(rig)
            assert test.exit_code == 0
            assert test.unseen == {"logPassword", "turnPassword"}
            told = "logPassword: whether it arrives at all cannot be seen by reading; set it once and check it at"
            assert told in " ".join(render_selftest(test).split())
        assert load_profile(rig.profile.read_text(), "p").write_only == test.unseen


def _of_media(name: str, value: Callable[[Config], object]) -> Reads:
    def change(config: Config) -> None:
        if config.get("type") == "MEDIA" and not config.get(name):
            config[name] = value(config)

    return Reads(change)


@pytest.mark.parametrize(
    "value",
    [
        lambda config: config.get("rtpNum") or 7,
        lambda config: 1 + sum(json.dumps(config).encode()),
    ],
)
async def test_a_value_that_is_made_up_anew_is_no_constant(value: Callable[[Config], object], tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.faults.add(_of_media("natNum", value))
        before = rig.profile.read_text()
        test = await done(rig)
        assert test.exit_code == 5
        assert test.failed
        assert test.failed.operation == ""
        assert test.failed.found.endswith("; natNum was not set, and read otherwise before")
        assert test.failed.hint == "no wire profile can say what this service makes up anew each time"
        assert rig.profile.read_text() == before


async def test_what_was_seen_only_once_is_not_measured(tmp_path: Path) -> None:
    profile = misspelt(lambda operations: operations.pop("update_config"))
    async with open_rig(tmp_path, profile) as rig:
        rig.faults.add(_of_media("natNum", lambda _: 5))
        test = await done(rig)
        assert (test.exit_code, test.measured) == (0, None)


@pytest.mark.parametrize("value", ["\ud800x", "\x1b[31m", "y" * 201, "a\u202eb"])
async def test_what_a_profile_cannot_hold_is_not_measured(value: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.faults.add(_of_media("stunServer", lambda _: value))
        test = await done(rig)
        assert test.exit_code == 5
        assert test.failed
        assert "it reads back otherwise: stunServer is " in test.failed.found
        assert rig.profile.read_text() == PROFILES["conventional"]


async def test_a_huge_number_is_not_measured(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.faults.add(_of_media("natNum", lambda _: 10**400))
        test = await done(rig)
        assert test.exit_code == 5
        assert rig.profile.read_text() == PROFILES["conventional"]


async def test_types_that_share_their_values_are_told_apart(tmp_path: Path) -> None:
    shared = "reads_back:\n  unset:\n    PHONE: &a {gk1: x}\n    NTP: *a\n"
    async with open_rig(tmp_path, PROFILES["conventional"] + shared) as rig:
        rig.faults.add(_of_media("natNum", lambda _: 5))
        assert (await done(rig)).exit_code == 0
        written = load_profile(rig.profile.read_text(), "p").reads_back_unset
        assert written["MEDIA"] == {"natNum": 5}
        assert written["NTP"] == {"gk1": "x"}


@pytest.mark.parametrize(
    "text, told",
    [
        ("operations: [", "would be broken by what was measured"),
        (PROFILES["conventional"], "cannot be completed without changing what else it says"),
    ],
)
async def test_a_file_that_would_say_something_else_is_not_touched(
    text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified, "completed", lambda *_: text)
    async with open_rig(tmp_path) as rig:
        rig.faults.add(_of_media("natNum", lambda _: 5))
        test = await done(rig)
        assert test.exit_code == 1
        assert told in test.refused
        assert rig.profile.read_text() == PROFILES["conventional"]
        assert not list(rig.repo.glob("wire/*.json"))
