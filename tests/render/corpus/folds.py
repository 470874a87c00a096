"""Equal changes of many addresses, and very many changes."""

from syncer.model.address import category_address, domain_address
from syncer.model.plan import Change, Coverage, FieldDiff, Guard, Plan, Reach, Whose
from tests.render.corpus.everyday import RECORD, the_same
from tests.render.plans import config, create, delete, make_plan, update

_DOMAINS = [f"customer-{n:02}.example.com" for n in range(1, 40)]


def _clock(
    domain: str, devices: int | None = None, ntp1: str = "ptbtime2.ptb.de", whose: Whose | None = None
) -> Change:
    return update(
        config("NTP", "time", domain),
        FieldDiff("ntp1", "ptbtime1.ptb.de", ntp1, whose),
        reach=the_same(devices, devices and devices - 1, everyone=True),
        source="baselines/german.yaml:9:5",
        whose=whose,
    )


def _in_many_domains() -> Plan:
    """The same in each, but for one; one is held back, in one more happens."""
    first, *others = _DOMAINS
    return make_plan(
        *(_clock(domain, 10 + n) for n, domain in enumerate(others)),
        _clock(first, 7, "time.customer.example.com"),
        create(config("PHONE", "Lobby", others[3]), desc="Lobby", categories=["Lobby"], gk1="172.16.0.1"),
        guards=(
            Guard(
                "protected", "policy.protect forbids to change or delete these", addresses=(_clock(others[7]).address,)
            ),
        ),
    )


def _in_one_domain() -> Plan:
    names = [f"floor {n}" for n in range(1, 8)]
    domain = _DOMAINS[0]
    return make_plan(
        *(
            create(category_address(domain, name), name=name, config=True, source="c.yaml:3:5", whose=Whose.YOURS)
            for name in names
        ),
        *(
            update(
                config("PHONE", name, domain),
                FieldDiff("gk1", "172.16.0.1", "172.16.0.2", Whose.DRIFT),
                reach=the_same(5, 4),
                source=f"c.yaml:{10 * n}:5",
                whose=Whose.DRIFT,
            )
            for n, name in enumerate(names, 2)
        ),
        *(delete(config("NTP", name, domain), desc=name, categories=[name], whose=Whose.YOURS) for name in names[:4]),
        since=RECORD,
    )


def _reaching_others() -> Plan:
    """The same fields, but not the same devices: nothing of that may be lost."""
    nobody, some, more, unknown = Coverage(0, 0), Coverage(42, 40), Coverage(50, 1), Coverage()
    moves = ((some, some), (some, nobody), (nobody, some), (more, more), (some, more), (unknown, unknown), (some, some))
    return make_plan(
        *(
            update(config("MEDIA", f"number {n}"), FieldDiff("categories", ["A", "B"], ["A"]), reach=Reach(*sides))
            for n, sides in enumerate(moves * 2)
        )
    )


def _in_500_domains() -> Plan:
    domains = [f"customer-{n:03}.example.com" for n in range(500)]
    made = (
        create(domain_address(domain), name=domain, source="all.yaml:1:1", whose=Whose.YOURS)
        for domain in domains[:100]
    )
    clocks = (_clock(domain, 3, whose=Whose.YOURS) for domain in domains)
    return make_plan(*made, *clocks, since=RECORD)


def _two_thousand() -> Plan:
    """Each of its own, so that nothing folds."""
    few = Coverage(2, 2)
    changes = []
    for n in range(500):
        domain, source = f"d{n % 50:02}.example.com", f"domains/d{n % 50:02}.yaml:{n}:5"
        new, old = config("PHONE", f"new {n}", domain), config("PHONE", f"old {n}", domain)
        changes += [
            update(
                config("PHONE", f"desk {n}", domain), FieldDiff("gk1", f"172.16.0.{n}", "172.17.0.1"), source=source
            ),
            update(
                config("MEDIA", f"desk {n}", domain), FieldDiff("tosRtp", None, "0xb8"), FieldDiff("rtpNum", n, 512)
            ),
            create(new, desc=f"new {n}", categories=[f"floor {n}"], gk1=f"172.18.0.{n}", source=source),
            delete(old, desc=f"old {n}", categories=[f"floor {n}"], reach=Reach(few, Coverage(0, 0))),
        ]
    deleted = tuple(change.address for change in changes[3::4])
    return make_plan(
        *changes, guards=(Guard("deletes", "500 deletes are more than the limit of 10", "deletes", 500, deleted),)
    )


FOLDED = {
    "same-in-many-domains": _in_many_domains(),
    "same-in-one-domain": _in_one_domain(),
    "same-but-for-reach": _reaching_others(),
    "same-in-500-domains": _in_500_domains(),
    "two-thousand": _two_thousand(),
}
