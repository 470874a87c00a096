"""What a rollback could not restore is told beforehand."""

from dataclasses import replace

import pytest

from syncer.model.address import Kind
from syncer.model.values import Secret
from syncer.plan.reversal import reversal_notes
from syncer.plan.steps import Maker, masking
from tests.plan.factories import config, desired, domain, live, live_config, live_domain, planned, policy

MEDIA = replace(
    live_config("MEDIA", "m", 4), fields={"turnUser": "u", "turnPassword": Secret("geheim"), "turnServer": "t"}
)


def notes(*configs: object, write_only: tuple[str, ...] = (), can_seal: bool = False, mask: str = "") -> list[str]:
    """For a domain whose one config is MEDIA, of which the files say `configs`."""
    rules = policy(prune=[Kind.CONFIG], mask={"*": (mask,)} if mask else {})
    wanted = desired(domain(configs=configs), policy=rules)  # type: ignore[arg-type]
    found = replace(MEDIA, fields={k: v for k, v in MEDIA.fields.items() if k not in write_only})
    plan = planned(wanted, live(live_domain(found), write_only=write_only))
    maker = Maker(plan.key, masking(rules, {1: "example.com"}))
    return list(reversal_notes(plan.steps, maker, frozenset(write_only), can_seal=can_seal))


def media(**fields: object) -> object:
    return replace(config("MEDIA", "m"), fields={"turnUser": "u", "turnServer": "t", **fields})


CRASH = "a rollback after a crash could not restore what no journal may hold: "
NEVER = "no rollback could restore what syncer cannot read: "


@pytest.mark.parametrize(
    "configs, told",
    [
        ([media(turnPassword=Secret("anders"))], "turnPassword of config[example.com/MEDIA/m]; "),
        ([], "turnPassword of config[example.com/MEDIA/m]; "),  # deleted
        ([media(turnPassword=Secret("geheim"), tosRtp=4)], None),  # it stays as it is
    ],
)
def test_a_secret_that_changes_or_goes(configs: list[object], told: str | None) -> None:
    found = notes(*configs)
    assert [note.startswith(CRASH + (told or "")) for note in found] == ([True] if told else [])
    assert notes(*configs, can_seal=True) == []
    assert not any("geheim" in note or "anders" in note for note in found)


def test_a_masked_field_is_like_a_secret() -> None:
    (told,) = notes(media(turnPassword=Secret("geheim"), turnServer="other"), mask="turnServer")
    assert told.startswith(CRASH + "turnServer of config[example.com/MEDIA/m]; with `age_recipients`")


def test_what_the_service_never_returns_cannot_come_back_at_all() -> None:
    deleted = notes(write_only=("turnPassword",), can_seal=True)
    assert deleted == [NEVER + "turnPassword of config[example.com/MEDIA/m]"]


def test_many_are_told_as_some_and_a_number() -> None:
    there = [replace(MEDIA, id=n, address=replace(MEDIA.address, name=f"m{n}")) for n in range(7)]
    rules = policy(prune=[Kind.CONFIG])
    plan = planned(desired(domain(configs=()), policy=rules), live(live_domain(*there)))
    (note,) = reversal_notes(plan.steps, Maker(plan.key, masking(rules, {})), frozenset(), can_seal=False)
    assert "m4] and 2 more; with `age_recipients`" in note
