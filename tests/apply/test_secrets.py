"""Secrets and masked values: written right, and told to nobody."""

import json
from collections.abc import Iterator

import pytest

from syncer.emulator.faults import Action, Close, Garbage, Moment, NoEffect, OtherEffect, Refuse
from syncer.errors import StalePlan
from syncer.model.plan import to_document
from syncer.model.state import Desired, Policy
from syncer.model.values import Secret
from tests.apply.bench import Bench, Meanwhile, all_applied, config, desired, domain, reasons

OLD, NEW, FOREIGN, MASKED, OLD_MASKED = "hunter2", "correct horse", "zzz foreign", "pin 4711", "pin 0815"
POLICY = Policy(mask={"config[*]": ("script", "newPin")})


def fill(bench: Bench) -> Desired:
    """Two objects with secrets, one with masked fields; a plan changes them all."""
    bench.store.add_config(1, {"type": "ALARM_SERVER", "desc": "a", "url": "http://a", "logPassword": OLD})
    bench.store.add_config(1, {"type": "EXPERT", "desc": "e", "script": OLD_MASKED, "newPin": OLD_MASKED})
    bench.store.add_config(1, {"type": "MEDIA", "desc": "m", "turnServer": "t", "turnPassword": OLD})
    configs = [
        config("ALARM_SERVER", "a", {"url": "http://a", "logPassword": Secret(NEW)}),
        config("EXPERT", "e", {"script": MASKED}, extra={"newPin": MASKED}),
        config("MEDIA", "m", {"turnServer": "t", "turnPassword": Secret(NEW)}),
    ]
    return desired(domain(configs=configs), policy=POLICY)


def leaks(*things: object) -> Iterator[str]:
    """What of the secrets can be read in a text, a repr, or a document."""
    for thing in things:
        for text in (str(thing), repr(thing)):
            yield from (secret for secret in (OLD, NEW, FOREIGN, MASKED, OLD_MASKED) if secret in text)


async def test_plans_steps_and_scenes_do_not_show_them(bench: Bench) -> None:
    planned, live = await bench.plan(fill(bench))
    transaction = bench.transaction(planned, live, POLICY)
    assert not list(leaks(json.dumps(to_document(planned.plan)), planned.plan))
    # steps hold live objects and targets, of which only secrets are hidden: masks are for what is told
    for secret in (OLD, NEW):
        assert secret not in repr(planned) + repr(live) + repr(transaction) + repr(transaction._scene) + repr(
            transaction._setting
        )
    assert planned.key.hex() not in repr(planned) + repr(transaction._scene) + repr(transaction._setting)
    assert repr(planned.key) not in repr(planned) + repr(transaction._scene) + repr(transaction._setting)


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize(
    "action",
    [
        Refuse("no"),
        Refuse("no", handled=True),
        NoEffect(),
        OtherEffect("logPassword", "00"),
        OtherEffect("turnPassword", ""),
        OtherEffect("turnServer", "u"),
        OtherEffect("script", FOREIGN),
        OtherEffect("newPin", [FOREIGN]),
        Garbage(),
        Close(Moment.BEFORE),
    ],
    ids=str,
)
async def test_outcomes_do_not_tell_them(hasty: Bench, action: Action, nth: int) -> None:
    wanted = fill(hasty)
    hasty.fault(action, "update_config", nth=nth)
    report = await hasty.apply(wanted, parallelism=1)
    assert not list(leaks(report, hasty.outcomes, json.dumps([o.reason for o in report.outcomes])))


async def test_nor_what_others_did(bench: Bench) -> None:
    wanted = fill(bench)
    planned, live = await bench.plan(wanted)

    def edit() -> None:
        bench.store.update_config(2, {"script": FOREIGN, "newPin": FOREIGN})
        bench.store.update_config(3, {"turnPassword": FOREIGN})

    bench.fault(Meanwhile(edit), "update_config", nth=1)
    report = await bench.transaction(planned, live, POLICY).run()
    assert reasons(report) == {
        "config[example.com/EXPERT/e]": "it was changed meanwhile: "
        "script: (secret) -> (secret), extra.newPin: (secret) -> (secret)",
        "config[example.com/MEDIA/m]": "it was changed meanwhile: turnPassword: (secret) -> (secret)",
    }
    assert not list(leaks(report, bench.outcomes))


async def test_nor_an_exception(bench: Bench) -> None:
    planned, live = await bench.plan(fill(bench))
    bench.store.update_config(1, {"logPassword": FOREIGN})
    with pytest.raises(StalePlan) as caught:
        await bench.transaction(planned, live, POLICY).run()
    assert not list(leaks(caught.value, caught.value.__cause__, caught.value.__context__))


async def test_a_secret_that_arrived_as_another_is_a_failure(bench: Bench) -> None:
    wanted = fill(bench)
    bench.fault(OtherEffect("logPassword", "00"), "update_config", nth=1)
    told = "the server reported no error, but it reads back otherwise: logPassword is (secret) instead of (secret)"
    assert reasons(await bench.apply(wanted)) == {"config[example.com/ALARM_SERVER/a]": told}


async def test_they_arrive_after_a_new_login(hasty: Bench) -> None:
    """Each connection has its own session key."""
    wanted = fill(hasty)
    hasty.fault(Close(Moment.REPLIED), "update_config")
    assert all_applied(await hasty.apply(wanted, parallelism=1))
    assert hasty.fields("ALARM_SERVER", "a")["logPassword"] == NEW
    assert hasty.fields("MEDIA", "m")["turnPassword"] == NEW
    assert len([s for s in hasty.faults.seen if s.mt == "AppLogin"]) >= 2


async def test_a_secret_that_is_left_alone_survives_a_new_seed(bench: Bench) -> None:
    """An ignored password is encrypted anew with its new seed, or it would be lost."""
    bench.store.add_config(1, {"type": "MEDIA", "desc": "m", "turnServer": "old", "turnPassword": OLD})
    entry = config("MEDIA", "m", {"turnServer": "new"}, ignore=frozenset({"turnPassword"}))
    planned, live = await bench.plan(desired(domain(configs=[entry])))
    bench.store.update_config(1, {"turnPassword": FOREIGN})
    assert all_applied(await bench.transaction(planned, live, Policy()).run())
    assert bench.fields("MEDIA", "m") == {"turnServer": "new", "turnPassword": FOREIGN}
