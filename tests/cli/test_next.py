"""The command to run next: as one must type it, and it works."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.cli.nextstep import Said, after_drift, next_commands, next_step
from syncer.emulator import Running
from syncer.model.address import Action, config_address
from syncer.model.plan import HIDDEN, Change, FieldDiff, Guard, Plan, Rename, Summary, Whose
from tests.cli.running import Done, repository, syncer

DOCUMENT = """\
domain: example.com
categories:
  - name: HQ
configs:
  - {type: PHONE, desc: phones, categories: [HQ], gk1: 172.16.0.1}
  - {type: NTP, desc: time, categories: [], ntp1: ptbtime1.ptb.de}
"""
WITHOUT = """\
domain: example.com
configs:
  - {type: PHONE, desc: phones, state: absent}
  - {type: NTP, desc: time, state: absent}
"""
TIME = config_address("example.com", "NTP", "time")
CHANGE = Change(Action.CREATE, TIME, None, None, None, "f", (), None, None)
PLAN = Plan("production", "wss://x/y/z", "2026-01-02T03:04:05+00:00", "00", "d", (), Summary(create=1), (CHANGE,))
EMPTY = replace(PLAN, changes=(), summary=Summary())

DELETES = Guard("deletes", "many", "deletes", 12)
UNREACHED = Guard("unreached", "none", "unreached", 2)
WIRE = Guard("unverified-wire", "not proven", "unverified-wire")
PROTECTED = Guard("protected", "forbidden", addresses=(TIME,))
IN_USE = Guard("category-in-use", "in use")


def guarded(*guards: Guard) -> Plan:
    return replace(PLAN, guards=guards)


@pytest.mark.parametrize(
    "plan, said, told",
    [
        (PLAN, Said(), "Next: syncer apply"),
        (PLAN, Said(file=Path("plan.json")), "Next: syncer apply plan.json"),
        (PLAN, Said(file=Path("-out.json")), "Next: syncer apply ./-out.json"),
        (PLAN, Said(file=Path("my plan.json")), "Next: syncer apply 'my plan.json'"),
        (PLAN, Said("conf dir", "production"), "Next: syncer apply -C 'conf dir' --server production"),
        (PLAN, Said(only=("config[*", "a'b")), "Next: syncer apply --only 'config[*' --only 'a'\"'\"'b'"),
        (PLAN, Said(only=("config[*",), file=Path("p.json")), "Next: syncer apply p.json"),
        (PLAN, Said(reach=False), "Next: syncer apply --no-reach"),
        (guarded(DELETES), Said(), "Next: syncer apply --confirm-deletes 12"),
        (guarded(DELETES, DELETES, UNREACHED), Said(), "Next: syncer apply --confirm-deletes 12 --confirm-unreached 2"),
        (
            guarded(WIRE, DELETES),
            Said("a b", file=Path("p.json")),
            "Next: syncer wire verify -C 'a b'\nthen: syncer apply -C 'a b' p.json --confirm-deletes 12",
        ),
        (
            guarded(PROTECTED, IN_USE, PROTECTED, DELETES),
            Said(),
            (
                "Next: change what nothing overrides, and plan again\n"
                "  protected: leave these in the files as they are live, or take them out of policy.protect\n"
                "  category-in-use: keep the category until no config names it and it has no devices; "
                "`renamed_from` keeps both"
            ),
        ),
        (
            guarded(Guard("of tomorrow\n", "?", "what\nnobody knows", 3)),
            Said(),
            "Next: change what nothing overrides, and plan again\n  of tomorrow\\n: see what holds it back above",
        ),
        (EMPTY, Said(file=Path("p.json")), "Next: nothing to do"),
        (
            replace(guarded(UNREACHED), renames=(Rename(TIME, TIME, None),)),
            Said(),
            (
                "Next: if it is a rename, say so in the files as above, and plan again\n"
                "else: syncer apply --confirm-unreached 2"
            ),
        ),
        (PLAN, Said(server="a\x1b[2J"), "Next: syncer apply --server 'a\\x1b[2J'"),
    ],
)
def test_what_is_said(plan: Plan, said: Said, told: str) -> None:
    assert next_step(plan, said) == told


def _by(*whose: Whose | None) -> Plan:
    return replace(PLAN, changes=tuple(replace(CHANGE, whose=one) for one in whose))


@pytest.mark.parametrize(
    "plan, said, told",
    [
        (EMPTY, Said(), "Next: nothing to do"),
        (_by(Whose.YOURS, Whose.YOURS), Said(), "Next: syncer apply"),
        (
            _by(Whose.DRIFT),
            Said("conf dir", "production", ("config[*",), reach=False),
            (
                "Next, to write into the files what is live: "
                "syncer drift -C 'conf dir' --server production --only 'config[*' --adopt\n"
                "else, to put the server back: "
                "syncer apply -C 'conf dir' --server production --only 'config[*' --no-reach"
            ),
        ),
        (
            _by(Whose.DRIFT, Whose.YOURS),
            Said(),
            (
                "Next, to write into the files what is live, whoever moved: syncer drift --adopt\n"
                "else, to put the server back: syncer apply"
            ),
        ),
        (
            guarded(WIRE, DELETES),
            Said(),
            (
                "Next, to write into the files what is live, whoever moved: syncer drift --adopt\n"
                "else, to put the server back: syncer wire verify\nthen: syncer apply --confirm-deletes 12"
            ),
        ),
        (
            guarded(PROTECTED),
            Said(),
            (
                "Next, to write into the files what is live, whoever moved: syncer drift --adopt\n"
                "else, to put the server back: change what nothing overrides, and plan again\n"
                "  protected: leave these in the files as they are live, or take them out of policy.protect"
            ),
        ),
    ],
)
def test_the_ways_out_of_drift(plan: Plan, said: Said, told: str) -> None:
    assert after_drift(plan, said) == told


def test_what_is_unmanaged_is_written_too() -> None:
    told = after_drift(replace(_by(Whose.DRIFT), unmanaged=(TIME,)), Said())
    assert told.startswith("Next, to write into the files what is live, what is unmanaged too: syncer drift --adopt\n")


@pytest.mark.parametrize(
    "diff, is_for_files",
    [
        ((FieldDiff("logPassword", HIDDEN, HIDDEN),), False),
        ((FieldDiff("logPassword", HIDDEN, HIDDEN), FieldDiff("url", "a", "b")), True),
        ((FieldDiff("logPassword", None, HIDDEN),), True),
        ((FieldDiff("logPassword", HIDDEN, None),), True),
        ((FieldDiff("url", HIDDEN, HIDDEN),), True),  # masked
        ((FieldDiff("extra.unknown", HIDDEN, HIDDEN),), True),
    ],
)
def test_a_secret_is_never_written_into_files(diff: tuple[FieldDiff, ...], is_for_files: bool) -> None:
    log = config_address("example.com", "ALARM_SERVER", "log")
    plan = replace(PLAN, changes=(replace(CHANGE, action=Action.UPDATE, address=log, diff=diff),))
    assert ("--adopt" in after_drift(plan, Said())) == is_for_files


def test_nothing_is_to_be_run_where_nothing_can_be_applied() -> None:
    assert next_commands(EMPTY, Said()) == next_commands(guarded(PROTECTED), Said()) == []


def test_what_is_not_proven_is_never_to_be_written_all_the_same() -> None:
    assert "--unverified-wire" not in next_step(guarded(WIRE), Said())


async def follow(done: Done, cwd: Path) -> Done:
    """Run what was told to be run next, word by word, as a CI job does: with --yes."""
    assert done.code == 0, done.err
    after = done
    for line in done.err.splitlines():
        lead, _, command = line.partition(": ")
        if lead in ("Next", "then"):
            words = shlex.split(command)
            assert words[0] == "syncer", line
            after = await syncer(*words[1:], "--yes", cwd=cwd)
            assert after.code == 0, (command, after.err)
    return after


async def test_the_commands_work(tmp_path: Path, running: Running) -> None:
    repo = repository(tmp_path / "my repo", running.url, DOCUMENT)
    said = ("-C", "my repo", "--server", "production")
    planned = await syncer("plan", *said, "--out", "a plan.json", cwd=tmp_path)
    assert "then: syncer apply -C 'my repo' --server production 'a plan.json'\n" in planned.err
    applied = await follow(planned, tmp_path)
    assert applied.out.endswith("Applied: 3 created, 0 updated, 0 deleted.\n")
    (repo / "domains" / "example.com.yaml").write_text(WITHOUT)
    guarded = await syncer("plan", *said, "--only", "config[*", cwd=tmp_path)
    command = "syncer apply -C 'my repo' --server production --only 'config[*' --confirm-deletes 2"
    assert guarded.err == f"\nNext: {command}\n"  # every operation was proven before
    assert (await follow(guarded, tmp_path)).out.endswith("Applied: 0 created, 0 updated, 2 deleted.\n")
    nothing = await syncer("plan", *said, cwd=tmp_path)
    assert nothing.err == "\nNext: nothing to do\n"


async def test_after_a_saved_plan_is_shown(tmp_path: Path, running: Running) -> None:
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    assert (await syncer("wire", "verify", "--yes", cwd=repo)).code == 0
    saved = await syncer("plan", "--out", "plan.json", "--format", "json", cwd=repo)
    assert (saved.code, saved.err) == (0, "saved: plan.json\n")
    shown = await syncer("-C", ".", "show", "plan.json", cwd=repo)
    assert shown.err == "\nNext: syncer apply -C . plan.json\n"
    assert (await follow(shown, repo)).out.endswith("Applied: 3 created, 0 updated, 0 deleted.\n")


async def test_a_likely_rename_comes_first(tmp_path: Path, running: Running) -> None:
    """The category was renamed in the files: created anew it would have no devices."""
    store = running.emulator.store
    store.add_config(1, {"type": "PHONE", "desc": "phones", "gk1": "172.16.0.1"}, [store.add_category(1, "Old HQ")])
    store.add_config(1, {"type": "NTP", "desc": "clock", "ntp1": "ptbtime1.ptb.de"}, [])
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    done = await syncer("plan", cwd=repo)
    assert done.code == 0, done.err
    assert "category[example.com/HQ] looks like category[example.com/Old HQ]" in " ".join(done.out.split())
    assert "config[example.com/NTP/time] looks like config[example.com/NTP/clock]" in " ".join(done.out.split())
    assert done.err.startswith("\nNext: if it is a rename, say so in the files as above, and plan again\nelse: ")


async def test_lists(tmp_path: Path, running: Running) -> None:
    store = running.emulator.store
    store.add_config(1, {"type": "PHONE", "desc": "by\nhand"}, [])
    store.add_config(1, {"type": "PHONE", "desc": "phones", "gk1": "a", "recordingUrl": "x"}, [])
    policy = "policy: {ignore: {'config[*/PHONE/*': [recordingUrl]}}\n"
    repo = repository(tmp_path / "repo", running.url, DOCUMENT, policy=policy)
    expected = (
        "\n\nUnmanaged (live, not in the files, left alone): 1\n  config[example.com/PHONE/by\\nhand]\n\n"
        "Ignored (differs from the files, left to others): 1\n  config[example.com/PHONE/phones]: recordingUrl\n"
    )
    done = await syncer("plan", "--out", "p.json", "--list", "unmanaged", "--list", "ignored", cwd=repo)
    assert done.out.endswith(expected)
    plain = await syncer("show", "p.json", cwd=repo)
    both = await syncer("show", "p.json", "--list", "unmanaged", "--list", "ignored", "--list", "unmanaged", cwd=repo)
    assert both.out == plain.out.removesuffix("\n") + expected
    limited = await syncer("plan", "--only", "category[*", "--list", "unmanaged", cwd=repo)
    assert limited.out.endswith("Unmanaged (live, not in the files, left alone): none\n")
    wrong = await syncer("show", "p.json", "--list", "ignored", "--format", "junit", cwd=repo)
    assert (wrong.code, wrong.out) == (64, "")
    assert "--list is for text, and json has both lists anyway; --format junit has none" in wrong.err
