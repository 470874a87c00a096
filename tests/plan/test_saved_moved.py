"""A saved plan: what may have changed since it was made, what may not, and what an edited one can do (nothing)."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from syncer.errors import StalePlan
from syncer.model.address import Action, Kind
from syncer.model.plan import Plan, from_document, to_document
from syncer.model.state import Desired, Live, LiveObject
from syncer.model.values import Secret
from syncer.plan.planner import Planned
from syncer.plan.saved import check_origin, select
from tests.plan.factories import (
    DOMAIN,
    ORIGIN,
    category,
    config,
    desired,
    domain,
    live,
    live_category,
    live_config,
    live_domain,
    planned,
    policy,
    told,
)

Document = dict[str, Any]
SECRET = Secret("hunter2")

HQ, OLD = live_category("HQ", 1), live_category("Old", 2)
PHONE = live_config("PHONE", "phones", 11, categories=[HQ, OLD], gk1="1.1.1.1", extra={"newField": 1})
MEDIA = live_config("MEDIA", "media", 12, turnServer="t", turnPassword=Secret("old one"))
CLOCK = live_config("NTP", "clock", 13, ntp1="a", extra={"seen": 1})
OTHER = live_config("NTP", "other", 14, ntp1="a")


def there(*changed: LiveObject, but: tuple[LiveObject, ...] = ()) -> Live:
    """The live state, with some objects changed or added, and without others."""
    objects = {(one.address.kind, one.id): one for one in (HQ, OLD, PHONE, MEDIA, CLOCK, OTHER, *changed)}
    gone = {(one.address.kind, one.id) for one in but}
    return live(live_domain(*(one for key, one in objects.items() if key not in gone)))


def wanted(**phone: Any) -> Desired:
    """A rename, two updates, a create and a delete; `other` is described as it is."""
    return desired(
        domain(
            categories=[category("Headquarters", renamed_from="HQ"), category("Old")],
            configs=[
                config("PHONE", "phones", categories=["Headquarters"], **{"gk1": "2.2.2.2", **phone}),
                config("MEDIA", "media", turnServer="t", turnPassword=SECRET),
                config("TLS_PROFILE", "new", categories=["Headquarters"], profile="secure"),
                config("NTP", "clock", absent=True, ignore=frozenset({"seen"})),
                config("NTP", "other", ntp1="a"),
            ],
        ),
        policy=policy(protect=["config[*/EXPERT/*]"]),
    )


def through_a_file(plan: Plan) -> Plan:
    """The plan as it comes out of a file again."""
    return from_document(json.loads(json.dumps(to_document(plan))))


def saved_plan() -> Plan:
    """The plan of `wanted`, saved."""
    return through_a_file(planned(wanted(), there()).plan)


ALL = [
    ("update", f"category[{DOMAIN}/Headquarters]"),
    ("update", f"config[{DOMAIN}/MEDIA/media]"),
    ("update", f"config[{DOMAIN}/PHONE/phones]"),
    ("create", f"config[{DOMAIN}/TLS_PROFILE/new]"),
    ("delete", f"config[{DOMAIN}/NTP/clock]"),
]


def test_every_action_is_covered() -> None:
    assert {action for action, _ in ALL} == set(Action)
    assert told(select(saved_plan(), planned(wanted(), there()))) == ALL


# The files


def check(saved: Plan, files: Desired | None = None, url: str = ORIGIN.server_url) -> None:
    """As workflow does it."""
    check_origin(saved, url, ORIGIN.password, files or wanted(), ORIGIN.profile_digest)


def other_files() -> dict[str, Desired]:
    """Files that say something else."""
    same = wanted()
    (one,) = same.domains
    configs = one.configs or ()
    first, media, *rest = configs

    def files(*changed: Any, **of_policy: Any) -> Desired:
        return desired(replace(one, configs=tuple(changed)), policy=replace(same.policy, **of_policy))

    return {
        "a value": wanted(gk1="3.3.3.3"),
        "a field more": wanted(gk2="3.3.3.3"),
        "a secret": files(first, replace(media, fields={**media.fields, "turnPassword": Secret("x")}), *rest),
        "a config less": files(media, *rest),
        "no configs": files(),
        "configs left alone": desired(replace(one, configs=None), policy=same.policy),
        "categories": files(replace(first, categories=()), media, *rest),
        "an entry's ignore": files(replace(first, ignore=frozenset({"gk2"})), media, *rest),
        "a domain more": desired(one, domain("b.example.com"), policy=same.policy),
        "prune": files(*configs, prune=frozenset({Kind.CONFIG})),
        "protect": files(*configs, protect=()),
        "ignore": files(*configs, ignore={"*": ("gk1",)}),
        "mask": files(*configs, mask={"*": ("gk1",)}),
        "limits": files(*configs, limits=replace(same.policy.limits, deletes=99)),
    }


@pytest.mark.parametrize("what", other_files())
def test_other_files_or_policy(what: str) -> None:
    with pytest.raises(StalePlan, match="the files, the policy"):
        check(saved_plan(), other_files()[what])


def test_the_layout_of_files_does_not_matter() -> None:
    same = wanted()
    (one,) = same.domains
    moved = [replace(c, place=replace(c.place, file="other.yaml", line=99)) for c in one.configs or ()]
    files = desired(replace(one, configs=tuple(reversed(moved))), policy=same.policy)
    check(saved_plan(), files)
    assert told(select(saved_plan(), planned(files, there()))) == ALL


# The server

WHERE = {
    "phone": f"update config[{DOMAIN}/PHONE/phones]",
    "media": f"update config[{DOMAIN}/MEDIA/media]",
    "clock": f"delete config[{DOMAIN}/NTP/clock]",
    "new": f"create config[{DOMAIN}/TLS_PROFILE/new]",
    "category": f"update category[{DOMAIN}/Headquarters]",
}
GONE, CHANGED = "no longer what would be done", "changed on the server"
MADE = live_config("TLS_PROFILE", "new", 99, categories=[HQ], profile="secure")

STALE: dict[str, tuple[Live, str, str]] = {
    "a field changed": (there(replace(PHONE, fields={"gk1": "9.9.9.9"})), "phone", CHANGED),
    "another field changed": (there(replace(PHONE, fields={"gk1": "1.1.1.1", "gk2": "x"})), "phone", CHANGED),
    "an unknown field changed": (there(replace(PHONE, extra={"newField": 2})), "phone", CHANGED),
    "1 became true": (there(replace(PHONE, extra={"newField": True})), "phone", CHANGED),
    "categories changed": (there(replace(PHONE, categories=PHONE.categories[:1])), "phone", CHANGED),
    "a secret changed": (there(replace(MEDIA, fields={**MEDIA.fields, "turnPassword": Secret("3")})), "media", CHANGED),
    "done by hand": (there(replace(MEDIA, fields={**MEDIA.fields, "turnPassword": SECRET})), "media", GONE),
    "deleted by hand": (there(but=(CLOCK,)), "clock", GONE),
    "changed before its deletion": (there(replace(CLOCK, fields={"ntp1": "b"})), "clock", CHANGED),
    "made by hand, right": (there(MADE), "new", GONE),
    "made by hand, otherwise": (there(replace(MADE, fields={"profile": "fast"})), "new", GONE),
    "made anew": (there(replace(PHONE, id=99), but=(PHONE,)), "phone", GONE),
    "category renamed by hand": (there(live_category("Headquarters", 1)), "category", GONE),
    "category changed": (there(live_category("HQ", 1, config=False)), "category", CHANGED),
}


@pytest.mark.parametrize("what", STALE)
def test_the_object_itself_moved(what: str) -> None:
    state, where, why = STALE[what]
    with pytest.raises(StalePlan) as caught:
        select(saved_plan(), planned(wanted(), state))
    assert caught.value.exit_code == 3
    first, *lines, last = str(caught.value).splitlines()
    assert first == "the server moved on since the plan was made:"
    assert f"  {WHERE[where]}: {why}" in lines
    assert last == "plan again, and have it reviewed again"
    assert not any(secret in str(caught.value) for secret in ("hunter2", "old one"))


OLDER = (
    live_category("Older", 2),
    replace(PHONE, categories=(PHONE.categories[0], replace(PHONE.categories[1], name="Older"))),
)
NOT_STALE: dict[str, tuple[Live, int]] = {
    "another object changed": (there(replace(OTHER, fields={"ntp1": "b"})), 1),
    "another object is gone": (there(but=(OTHER,)), 1),
    "an unmanaged object came": (there(live_config("EXPERT", "by hand", 99)), 0),
    "an ignored field changed": (there(replace(CLOCK, extra={"seen": 2})), 0),
    "an ignored field went": (there(replace(CLOCK, extra={})), 0),
    "a category that a config is leaving was renamed": (there(*OLDER), 1),
    "the domain changed": (live(live_domain(HQ, OLD, PHONE, MEDIA, CLOCK, OTHER, deployAdminPasswords=True)), 0),
}


@pytest.mark.parametrize("what", NOT_STALE)
def test_changes_of_others_are_left_alone_and_noted(what: str) -> None:
    state, more = NOT_STALE[what]
    chosen = select(saved_plan(), planned(wanted(), state))
    assert told(chosen) == ALL
    notes = [note for note in chosen.plan.notes if "protected" not in note]
    assert notes == ([f"{more} more difference(s) since the plan was made are left alone"] if more else [])
    assert (chosen.plan.summary.create, chosen.plan.summary.update, chosen.plan.summary.delete) == (1, 3, 1)


def test_an_empty_plan_stays_empty() -> None:
    saved = through_a_file(planned(desired(), there()).plan)
    chosen = select(saved, planned(wanted(), there()))
    assert (chosen.steps, chosen.plan.changes, chosen.plan.summary.changes) == ((), (), 0)
    assert chosen.plan.notes == ("5 more difference(s) since the plan was made are left alone",)


# An edited plan file


def change_of(document: Document, kind: str) -> Document:
    """The document's change of the config with that type."""
    found: Document = next(one for one in document["changes"] if f"/{kind}/" in one["address"])
    return found


def without(document: Document, kind: str) -> object:
    """Take a change out, and count anew."""
    one = change_of(document, kind)
    document["changes"].remove(one)
    document["summary"][one["action"]] -= 1
    return one


def added(document: Document, **new: Any) -> None:
    """Add a change, and count anew."""
    one = {**change_of(document, "PHONE"), **new}
    document["changes"].append(one)
    document["summary"][one["action"]] += 1


EDITS: dict[str, Callable[[Document], object]] = {
    "another value to come": lambda d: change_of(d, "PHONE")["diff"][-1].update(after="6.6.6.6"),
    "another value before": lambda d: change_of(d, "PHONE")["diff"][-1].update(before="6.6.6.6"),
    "a difference hidden": lambda d: change_of(d, "PHONE")["diff"].pop(),
    "all differences hidden": lambda d: change_of(d, "PHONE").update(diff=[]),
    "a difference invented": lambda d: change_of(d, "PHONE")["diff"].append({"path": "x", "before": None, "after": 1}),
    "a secret": lambda d: change_of(d, "MEDIA")["diff"][0].update(after="mine"),
    "whom it is for": lambda d: change_of(d, "PHONE")["reach"]["after"].update(everyone=True),
    "what a deletion takes": lambda d: change_of(d, "NTP")["diff"][0].update(before="nothing much"),
    "fingerprint": lambda d: change_of(d, "PHONE").update(fingerprint="0" * 64),
    "fingerprint of another": lambda d: change_of(d, "PHONE").update(fingerprint=change_of(d, "MEDIA")["fingerprint"]),
    "no fingerprint": lambda d: change_of(d, "PHONE").update(fingerprint=None),
    "base": lambda d: change_of(d, "PHONE").update(base="0" * 64),
    "no base": lambda d: change_of(d, "PHONE").update(base=None),
    "base of another": lambda d: change_of(d, "PHONE").update(base=change_of(d, "MEDIA")["base"]),
    "id": lambda d: change_of(d, "PHONE").update(id=12),
    "no id": lambda d: change_of(d, "PHONE").update(id=None),
    "address": lambda d: change_of(d, "PHONE").update(address=f"config[{DOMAIN}/PHONE/other]"),
    "another domain": lambda d: change_of(d, "PHONE").update(address="config[b.example.com/PHONE/phones]"),
    "a former address": lambda d: change_of(d, "PHONE").update(former=f"config[{DOMAIN}/PHONE/old]"),
    "an update made a delete": lambda d: change_of(d, "PHONE").update(action="delete", fingerprint=None),
    "a delete made an update": lambda d: change_of(d, "NTP").update(action="update"),
    "a create made a delete": lambda d: change_of(d, "TLS_PROFILE").update(action="delete", id=13),
    "a delete added": lambda d: added(d, action="delete", fingerprint=None),
    "a delete of another added": lambda d: added(d, action="delete", address=f"config[{DOMAIN}/NTP/other]", id=14),
    "an update of another added": lambda d: added(d, address=f"config[{DOMAIN}/NTP/other]", id=14),
    "a create added": lambda d: added(d, action="create", id=None, base=None, address=f"config[{DOMAIN}/NTP/x]"),
    "a rename taken out that another needs": lambda d: (d["changes"].pop(0), d["summary"].update(update=2)),
    "the summary": lambda d: d["summary"].update(delete=0),
    "a change taken out, still counted": lambda d: d["changes"].remove(change_of(d, "NTP")),
    "a change twice": lambda d: d["changes"].append(change_of(d, "NTP")),
    "files digest": lambda d: d.update(files_digest="00" * 32),
    "salt": lambda d: d.update(salt="00" * 16),
    "url": lambda d: d["server"].update(url="wss://evil"),
}


def edited(edit: Callable[[Document], object]) -> Plan:
    """The saved plan with its document edited."""
    document: Document = json.loads(json.dumps(to_document(saved_plan())))
    edit(document)
    return from_document(document)


def checked(saved: Plan) -> Planned:
    """What of it would be applied, on a server where nothing has changed."""
    check(saved)
    return select(saved, planned(wanted(), there()))


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_plan_is_refused(what: str) -> None:
    saved = edited(EDITS[what])
    with pytest.raises(StalePlan) as caught:
        checked(saved)
    assert caught.value.exit_code == 3


REACH = {side: {"devices": 3, "online": 1, "everyone": False} for side in ("before", "after")}
HARMLESS: dict[str, tuple[Callable[[Document], object], tuple[int, ...]]] = {
    "reordered": (lambda d: d["changes"].reverse(), ()),
    "a change taken out": (lambda d: without(d, "NTP"), (4,)),
    "two taken out": (lambda d: [without(d, kind) for kind in ("NTP", "MEDIA")], (1, 4)),
    "source": (lambda d: change_of(d, "PHONE").update(source="innocent.yaml:1:1"), ()),
    "counts of devices": (lambda d: change_of(d, "PHONE")["reach"]["after"].update(devices=0, online=0), ()),
    "devices of what is no config": (lambda d: [c.update(reach=REACH) for c in d["changes"] if not c["reach"]], ()),
    "guards": (lambda d: d.update(guards=[]), ()),
    "notes": (lambda d: d.update(notes=["all is well"]), ()),
    "unchanged": (lambda d: d["summary"].update(unchanged=0, unmanaged=0), ()),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_an_edit_that_changes_nothing_real(what: str) -> None:
    """Shown and applied is what files and server say: the real steps in their order, without those taken out."""
    edit, left_out = HARMLESS[what]
    chosen = checked(edited(edit))
    now = planned(wanted(), there())
    assert chosen.steps == tuple(step for index, step in enumerate(now.steps) if index not in left_out)
    assert chosen.plan.changes == tuple(step.change for step in chosen.steps)
    note = f"{len(left_out)} more difference(s) since the plan was made are left alone"
    assert chosen.plan.notes == ((note,) if left_out else ())
    assert chosen.plan.summary.unchanged == now.plan.summary.unchanged
    assert chosen.plan.summary.changes == len(ALL) - len(left_out)
