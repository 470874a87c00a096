"""Reach, whose, guards, secrets: what a plan tells besides its fields."""

from dataclasses import replace

from syncer.model.address import category_address, domain_address
from syncer.model.plan import HIDDEN, Change, Coverage, FieldDiff, Guard, Plan, Reach, Since, Whose
from tests.render.corpus.everyday import COMMIT, RECORD, the_same
from tests.render.plans import BERLIN, EXAMPLE, config, create, delete, make_plan, update

_SECRET = dict(HIDDEN)
_GK = FieldDiff("gk1", "172.16.0.1", "172.16.0.2")
_UNKNOWN, _NOBODY, _SOME, _MORE = Coverage(), Coverage(0, 0), Coverage(42, 40), Coverage(43)
_ALL, _ALL_UNCOUNTED = Coverage(212, 200, everyone=True), Coverage(everyone=True)
_SIDES = {
    "unknown": _UNKNOWN,
    "nobody": _NOBODY,
    "some": _SOME,
    "not asked who is online": _MORE,
    "one": Coverage(1, 1),
    "everyone": _ALL,
    "everyone, uncounted": _ALL_UNCOUNTED,
    "everyone of an empty domain": Coverage(0, 0, everyone=True),
}


def _steady() -> Plan:
    changes = [
        update(config("PHONE", name), FieldDiff("gk1", "172.16.0.1", f"172.16.1.{n}"), reach=Reach(coverage, coverage))
        for n, (name, coverage) in enumerate(_SIDES.items())
    ]
    return make_plan(*changes, update(config("PHONE", "nothing told"), _GK))


def _moved() -> Plan:
    moves = ((_SOME, _NOBODY), (_NOBODY, _SOME), (_UNKNOWN, _SOME), (_SOME, _ALL), (_ALL, _UNKNOWN), (_SOME, _MORE))
    old = category_address(EXAMPLE, "Old")
    return make_plan(
        create(config("PHONE", "new"), desc="new", categories=[], reach=Reach(_NOBODY, _ALL)),
        update(category_address(EXAMPLE, "Phones"), FieldDiff("config", True, None), reach=Reach(_SOME, _NOBODY)),
        *(
            update(config("MEDIA", f"number {i}"), FieldDiff("categories", ["A", f"B{i}"], ["A"]), reach=Reach(*sides))
            for i, sides in enumerate(moves)
        ),
        delete(config("PHONE", "old"), desc="old", categories=["Old"], reach=Reach(_SOME, _NOBODY)),
        delete(old, name="Old", reach=Reach(_UNKNOWN, _UNKNOWN)),
        delete(domain_address(BERLIN), name=BERLIN, reach=Reach(Coverage(3, everyone=True), _NOBODY)),
        notes=("the devices of category a, b cannot be counted: the API cannot filter by a name with a comma",),
    )


def _minds() -> tuple[Change, ...]:
    """One change of each mind, and some of several."""
    tone = FieldDiff("dialTone", "EUROPE-PBX", "GERMANY", Whose.DRIFT)
    return (
        update(config("PHONE", "yours"), replace(_GK, whose=Whose.YOURS), whose=Whose.YOURS, source="hq.yaml:1:1"),
        update(config("PHONE", "drift"), tone, whose=Whose.DRIFT, source="hq.yaml:9:1"),
        update(
            config("PHONE", "conflict"),
            FieldDiff("categories", [], ["HQ"], Whose.BOTH, ["Lab"]),
            replace(_GK, whose=Whose.BOTH, was="172.16.0.5"),
            FieldDiff("gk2", "172.16.0.6", None, Whose.BOTH, None),
            FieldDiff("logPassword", _SECRET, _SECRET, Whose.BOTH, _SECRET),
            FieldDiff("script", "one\ntwo\n", "one\n2\n", Whose.BOTH, "one\nzwei\n"),
            whose=Whose.BOTH,
        ),
        update(config("PHONE", "mixed"), replace(_GK, whose=Whose.YOURS), tone, whose=Whose.BOTH),
        update(config("PHONE", "partly told"), replace(_GK, whose=Whose.YOURS), replace(tone, whose=None)),
        update(config("PHONE", "not told"), _GK),
        create(config("NTP", "deleted by hand"), whose=Whose.DRIFT, desc="deleted by hand", categories=[], ntp1="a"),
        create(config("NTP", "new"), whose=Whose.YOURS, desc="new", categories=["HQ"], ntp1="a"),
        delete(config("NTP", "made by hand"), whose=Whose.DRIFT, desc="made by hand", categories=["HQ"], ntp1="a"),
        _deleted_meanwhile(),
    )


def _deleted_meanwhile() -> Change:
    gone = delete(config("NTP", "changed by hand"), whose=Whose.BOTH, desc="changed by hand", ntp1="b")
    name, clock = gone.diff
    return replace(gone, diff=(replace(name, whose=Whose.YOURS), replace(clock, was="a")))


def _since(since: Since) -> Plan:
    return make_plan(
        *_minds(),
        since=since,
        notes=("whose some differences of secrets and masked fields are cannot be told: the password changed",),
    )


def _guards() -> Plan:
    lobby, hq = category_address(EXAMPLE, "Lobby"), config("PHONE", "HQ phones")
    return make_plan(
        update(hq, FieldDiff("categories", ["HQ"], ["Lobby"]), reach=Reach(_SOME, _NOBODY)),
        update(config("EXPERT", "no telnet"), FieldDiff("script", "a\n", "b\n")),
        delete(config("NTP", "old clock"), desc="old clock", categories=["Lobby"]),
        delete(lobby, name="Lobby", config=True),
        delete(domain_address(BERLIN), name=BERLIN),
        guards=(
            Guard(
                "protected",
                "policy.protect forbids to change or delete these",
                addresses=(config("EXPERT", "no telnet"),),
            ),
            Guard(
                "category-in-use",
                f"category[{EXAMPLE}/Lobby] is deleted while configs still name it; a config left without a category "
                "applies to every device",
                addresses=(hq,),
            ),
            Guard(
                "domain-in-use", f"domain[{BERLIN}] is the instance's own domain", addresses=(domain_address(BERLIN),)
            ),
            Guard("unreached", "1 config would reach no device any more, now 42 devices", "unreached", 1, (hq,)),
            Guard("deletes", "1 delete takes every domain", "deletes", 3, (lobby, domain_address(BERLIN))),
            Guard(
                "updates", "2 updates are more than the limit of 1", "updates", 2, (hq, config("EXPERT", "no telnet"))
            ),
            Guard(
                "unverified-wire",
                "the wire profile conventional is not verified on this server for update_config, delete_config: "
                "prove it with `syncer wire verify`",
                "unverified-wire",
            ),
        ),
    )


def _many_deletes() -> Plan:
    gone = [delete(config("PHONE", f"desk {n:02}"), desc=f"desk {n:02}", categories=["HQ"], gk1="a") for n in range(25)]
    addresses = tuple(change.address for change in gone)
    what = "25 deletes are more than the limit of 10; 25 deletes are 60 % of the 42 configs of example.com, over 30 %"
    return make_plan(*gone, guards=(Guard("deletes", what, "deletes", 25, addresses),))


def _secrets() -> Plan:
    changed, put, gone = (_SECRET, _SECRET), (None, _SECRET), (_SECRET, None)
    return make_plan(
        update(
            config("MEDIA", "media"),
            FieldDiff("turnUser", "phones", "desks"),
            FieldDiff("turnPassword", *changed),
            reach=the_same(9, 8),
        ),
        update(config("ALARM_SERVER", "alarms"), FieldDiff("logPassword", *put)),
        update(config("ALARM_SERVER", "logs"), FieldDiff("logPassword", *gone)),
        update(config("EXPERT", "masked"), FieldDiff("script", *changed), FieldDiff('extra["pin code"]', *put)),
        create(config("MEDIA", "new"), desc="new", categories=["HQ"], turnUser="a", turnPassword=_SECRET),
        delete(config("EXPERT", "old"), desc="old", categories=["HQ"], script=_SECRET),
        notes=("no rollback could restore what syncer cannot read: turnPassword of config[example.com/MEDIA/media]",),
    )


def _sources() -> Plan:
    """Fields that a baseline or a variable says."""
    baseline, own = (
        "baselines/german sites.yaml:9:5",
        "domains/customers/very-long-name-of-a-customer.example.com.yaml:3:9",
    )
    scripts = FieldDiff("script", "a\nb\nc\n", "a\nB\nc\n", source=baseline)
    return make_plan(
        update(
            config("PHONE", "hq phones"),
            replace(_GK, source=own),
            FieldDiff("gk2", None, "172.16.0.3"),
            FieldDiff("coder", "G711A", "OPUS-WB", Whose.YOURS, source=baseline),
            FieldDiff("categories", ["Phones HQ"], ["Phones HQ", "Phones of the meeting rooms"], source=own),
            FieldDiff("dialTone", "US", "GERMANY", Whose.BOTH, "UK", baseline),
            whose=Whose.BOTH,
            source="domains/hq.yaml:14:5",
        ),
        update(config("EXPERT", "no telnet"), scripts, source="domains/hq.yaml:30:5"),
        update(config("MEDIA", "media"), FieldDiff("turnPassword", _SECRET, _SECRET, source=baseline)),
        replace(
            create(config("NTP", "time"), desc="time"),
            diff=(FieldDiff("desc", None, "time", source=own), FieldDiff("ntp1", None, "ptbtime1.ptb.de", source=own)),
        ),
    )


TELLING = {
    "sources": _sources(),
    "reach-the-same": _steady(),
    "reach-moved": _moved(),
    "since-record": _since(RECORD),
    "since-revision": _since(COMMIT),
    "guards": _guards(),
    "many-deletes": _many_deletes(),
    "secrets": _secrets(),
}
