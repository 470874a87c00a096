"""The law of it all, over a real websocket: a plan from A to B, applied to A, gives B, and the next plan is empty.

What B is, is told here once more, from design.md section 3 and without the planner's help.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from syncer.apply.transaction import OnError
from syncer.devices.interface import devices_of
from syncer.emulator import Moment, Store
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.faults import Action, Close, Garbage, NoEffect, Refuse
from syncer.emulator.service import Service
from syncer.emulator.state import Category, Config, Domain
from syncer.model.address import Address, Kind
from syncer.model.fields import config_types, fields_of
from syncer.model.plan import Ending, Result
from syncer.model.state import Desired, DesiredDomain, Devices, Entry, Live, LiveDomain, LiveObject, Policy
from syncer.model.values import Secret
from syncer.plan import digest, guards, planner
from syncer.plan.digest import canonical
from syncer.plan.planner import Planned
from syncer.transport import link
from tests.apply.bench import PROFILES, Bench, domain, open_bench
from tests.strategies import desired_states, live_states

INSTANCE = "instance.example.net"  # none of the domains of the strategies
MISSING = object()

Thing = Domain | Category | Config
Key = tuple[str, str]


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """The real keys of plans, remembered, and no long waits before reconnecting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(link, "BACKOFF", (0.01, 0.02, 0.02))
        patch.setattr(planner, "derive_key", cache(digest.derive_key))
        yield


@dataclass(frozen=True)
class Snapshot:
    """What a store holds: domains by name, and what is in each by type and name."""

    domains: Mapping[str, Domain]
    inside: Mapping[tuple[str, Kind], Mapping[Key, Thing]]


def snapshot(store: Store) -> Snapshot:
    """All of it, now."""
    domains = {one.name: one for one in store.domains()}
    inside: dict[tuple[str, Kind], Mapping[Key, Thing]] = {}
    for name, owner in domains.items():
        inside[name, Kind.CATEGORY] = {("", str(one.name)): one for one in store.categories(owner.id)}
        inside[name, Kind.CONFIG] = {
            (str(one.fields["type"]), str(one.fields.get("desc") or "")): one for one in store.configs(owner.id)
        }
    return Snapshot(domains, inside)


def fill(store: Store, state: tuple[LiveDomain, ...]) -> None:
    """Give the store what the state says."""
    for one in state:
        domain_id = store.add_domain(one.name, stored(one.domain))
        ids = {}
        for category in one.categories:
            has_config = category.fields.get("config") is True
            ids[category.id] = store.add_category(domain_id, category.address.name, has_config, category.extra)
        for config in one.configs:
            desc = {"desc": config.address.name} if config.address.name else {}
            fields = {**stored(config), "type": config.address.type, **desc}
            store.add_config(domain_id, fields, [ids[ref.id] for ref in config.categories if ref.id is not None])


def stored(one: LiveObject) -> dict[str, Any]:
    """The fields as a service keeps them: secrets in clear text."""
    known = fields_of(one.address.kind, one.address.type)
    spelled = {
        name: value if isinstance(value, Secret) else known[name].wire_form(value) for name, value in one.fields.items()
    }
    return {**one.extra, **{name: plain(value) for name, value in spelled.items()}}


def plain(value: Any) -> Any:
    """A secret as the text that it is."""
    return value.plain if isinstance(value, Secret) else value


def wrong(before: Snapshot, after: Snapshot, wanted: Desired, *, secrets: bool) -> Iterator[str]:
    """Where a store is not what the files make of it. Nothing that they do not mean may be touched."""
    policy = wanted.policy
    meant = set()
    for one in wanted.domains:
        old = before.domains.get(one.name) or before.domains.get(one.entry.renamed_from or "")
        if old is not None:
            meant.add(old.name)
        new = after.domains.get(one.name)
        if new is None:
            yield f"{one.entry.address} is missing"
            continue
        yield from wrong_object(one.entry, old, new, policy, secrets=secrets)
        for kind, entries in ((Kind.CATEGORY, one.categories), (Kind.CONFIG, one.configs)):
            there = before.inside[old.name, kind] if old is not None else {}
            now = after.inside[one.name, kind]
            yield from wrong_content(entries, kind, there, now, policy, after, one, secrets=secrets)
    for name, old in before.domains.items():
        if name not in meant and Kind.DOMAIN not in policy.prune:
            if name not in after.domains or told(after.domains[name]) != told(old):
                yield f"{name} was touched"
            for kind in (Kind.CATEGORY, Kind.CONFIG):
                if told_all(before.inside[name, kind]) != told_all(after.inside.get((name, kind), {})):
                    yield f"what is in {name} was touched"


def wrong_content(
    entries: tuple[Entry, ...] | None,
    kind: Kind,
    there: Mapping[Key, Thing],
    now: Mapping[Key, Thing],
    policy: Policy,
    after: Snapshot,
    owner: DesiredDomain,
    *,
    secrets: bool,
) -> Iterator[str]:
    """The same for the categories or the configs of one domain."""
    expected: set[Key] = set()
    meant: set[Key] = set()
    for entry in entries or ():
        key = (entry.address.type, entry.address.name)
        former = (entry.address.type, entry.renamed_from or "")
        found = key if key in there else former if entry.renamed_from is not None and former in there else None
        if found is not None:
            meant.add(found)
        if entry.absent:
            continue
        expected.add(key)
        if key not in now:
            yield f"{entry.address} is missing"
            continue
        yield from wrong_object(entry, there[found] if found else None, now[key], policy, secrets=secrets)
        yield from wrong_categories(entry, there[found] if found else None, now[key], policy, after, owner)
    for key, old in there.items():
        if key in meant or (
            entries is not None and kind in policy.prune and (kind is Kind.CATEGORY or key[0] in config_types())
        ):
            continue
        expected.add(key)
        if key not in now or told(now[key]) != told(old):
            yield f"{kind} {key} was touched"
    if now.keys() != expected:
        yield f"{kind}s of {owner.name} are {sorted(now)}, not {sorted(expected)}"


def wrong_object(entry: Entry, old: Thing | None, new: Thing, policy: Policy, *, secrets: bool) -> Iterator[str]:
    """Field by field."""
    if old is not None and old.id != new.id:
        yield f"{entry.address} was made anew"
    ignored = entry.ignore | policy.ignored(entry.address) if old is not None else frozenset()
    known = fields_of(entry.address.kind, entry.address.type)
    before: Mapping[str, Any] = old.fields if old is not None else {}
    for name, field in known.items():
        if field.secret and not secrets:
            continue
        now = new.fields.get(name) or None if field.secret else field.normal(new.fields.get(name))
        was = before.get(name) or None if field.secret else field.normal(before.get(name))
        if name in ignored:
            meant = was
        elif name in entry.fields:
            meant = plain(entry.fields[name])
        elif field.optional:
            meant = None
        else:
            meant = was if old is not None else entry.address.kind is Kind.CATEGORY or None
        if canonical(now) != canonical(meant):
            yield f"{entry.address}: {name} is {now!r}, not {meant!r}"
    yield from wrong_extra(entry, before, new.fields, ignored, known.keys() | {"name", "type", "desc"})


def wrong_extra(
    entry: Entry, before: Mapping[str, Any], after: Mapping[str, Any], ignored: frozenset[str], known: set[str]
) -> Iterator[str]:
    """Unknown fields: as written, gone where null is written, otherwise to the letter what they were."""
    for name in (before.keys() | after.keys() | entry.extra.keys()) - known:
        if name in entry.extra and name not in ignored:
            is_right = canonical(after.get(name)) == canonical(entry.extra[name])
        else:
            was, now = before.get(name, MISSING), after.get(name, MISSING)
            is_right = was is now or (MISSING not in (was, now) and canonical(was) == canonical(now))
        if not is_right:
            yield f"{entry.address}: {name} is {after.get(name, MISSING)!r}"


def wrong_categories(
    entry: Entry, old: Thing | None, new: Thing, policy: Policy, after: Snapshot, owner: DesiredDomain
) -> Iterator[str]:
    """What a config applies to, by the categories' ids."""
    if not isinstance(new, Config):
        return
    if isinstance(old, Config) and "categories" in entry.ignore | policy.ignored(entry.address):
        meant = set(old.categories)
    else:
        meant = {after.inside[owner.name, Kind.CATEGORY]["", name].id for name in entry.categories or ()}
    if set(new.categories) != meant:
        yield f"{entry.address} is for {new.categories}, not for {meant}"


def told(thing: Thing) -> str:
    """Everything of an object, to the letter."""
    return canonical([thing.id, dict(thing.fields), list(thing.categories) if isinstance(thing, Config) else None])


def told_all(things: Mapping[Key, Thing]) -> list[str]:
    """The same of many."""
    return sorted(map(told, things.values()))


def is_held(planned: Planned, live: Live, policy: Policy) -> bool:
    """Whether a guard that nothing overrides is in the way."""
    devices: dict[Address, Devices | None] = {
        one.address: None if devices_of(one) is None else Devices()
        for one in guards.devices_to_find(planned.steps, live).things
    }
    return any(guard.confirm is None for guard in guards.check(planned.steps, replace(live, devices=devices), policy))


async def apply(bench: Bench, wanted: Desired, parallelism: int) -> bool:
    """Whether the files could be applied; that they were is checked."""
    before = snapshot(bench.store)
    planned, live = await bench.plan(wanted)
    if is_held(planned, live, wanted.policy):
        return False
    for step in planned.steps:
        event(f"{step.change.action} {step.change.address.kind}")
    report = await bench.transaction(planned, live, wanted.policy, parallelism).run()
    assert [one for one in report.outcomes if one.result is not Result.APPLIED] == []
    await check_settled(bench, before, wanted)
    return True


async def check_settled(bench: Bench, before: Snapshot, wanted: Desired) -> None:
    """The store, which held `before`, is what the files say, and there is nothing left to do."""
    assert list(wrong(before, snapshot(bench.store), wanted, secrets=not bench.profile.write_only)) == []
    again, _ = await bench.plan(wanted)
    assert again.plan.changes == ()


@st.composite
def states_and_files(draw: st.DrawFn) -> tuple[tuple[LiveDomain, ...], Desired]:
    """A state, and files that mean another."""
    there = draw(live_states())
    wanted = draw(desired_states(there))
    return there, replace(wanted, domains=(domain(INSTANCE, None, None), *wanted.domains))


@pytest.mark.parametrize("profile", sorted(PROFILES))
@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(states_and_files(), st.integers(1, 8))
def test_a_plan_applied_makes_what_the_files_say(
    profile: str, drawn: tuple[tuple[LiveDomain, ...], Desired], parallelism: int
) -> None:
    there, wanted = drawn

    async def run() -> bool:
        async with open_bench(profile, instance=INSTANCE) as bench:
            fill(bench.store, there)
            if await apply(bench, wanted, parallelism):
                return True
            return await apply(bench, replace(wanted, policy=replace(wanted.policy, prune=frozenset())), parallelism)

    assume(asyncio.run(run()))


# None that only a deadline ends: they have tests of their own, and take time.
FAULTS: tuple[Action, ...] = (
    Close(Moment.BEFORE),
    Close(Moment.HANDLED, abrupt=True),
    Close(Moment.REPLIED),
    NoEffect(),
    Refuse(),
    Refuse(handled=True),
    Garbage(),
)


@pytest.mark.parametrize("profile", ["changed", "conventional"])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(states_and_files(), st.lists(st.tuples(st.sampled_from(FAULTS), st.integers(1, 6)), max_size=2))
def test_however_an_apply_ends_the_next_one_completes_it(
    profile: str, drawn: tuple[tuple[LiveDomain, ...], Desired], faults: list[tuple[Action, int]]
) -> None:
    """What was done is known by reading, and nothing is made twice."""
    there, wanted = drawn

    async def run() -> bool:
        async with open_bench(profile, instance=INSTANCE) as bench:
            fill(bench.store, there)
            before = snapshot(bench.store)
            planned, live = await bench.plan(wanted)
            if is_held(planned, live, wanted.policy):
                return False
            for action, nth in faults:
                bench.faults.add(OnWrites(action, nth))
            report = await bench.transaction(planned, live, wanted.policy).run()
            for outcome in report.outcomes:
                event(f"{outcome.result}")
            async with open_bench(profile, instance=INSTANCE, store=bench.store) as another:
                planned, live = await another.plan(wanted)
                if is_held(planned, live, wanted.policy):
                    return False
                report = await another.transaction(planned, live, wanted.policy).run()
                assert [one for one in report.outcomes if one.result is not Result.APPLIED] == []
                await check_settled(another, before, wanted)
        return True

    assume(asyncio.run(run()))


@dataclass
class OnWrites:
    """A fault that happens to one write, whichever that is."""

    action: Action
    nth: int

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
        if call.write is not None and call.write.operation != "send_value":
            self.nth -= 1
            if self.nth == 0:
                return self.action(call, handle, service)
        return handle(call)


@pytest.mark.parametrize("profile", sorted(PROFILES))
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a failure takes minutes to shrink
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(states_and_files(), st.tuples(st.sampled_from(FAULTS), st.integers(1, 8)), st.integers(1, 8))
def test_what_fails_is_as_it_was_or_is_named(
    profile: str, drawn: tuple[tuple[LiveDomain, ...], Desired], fault: tuple[Action, int], parallelism: int
) -> None:
    """After a rollback all is as before, but for ids; what is not is said to be otherwise."""
    there, wanted = drawn

    async def run() -> bool:
        async with open_bench(profile, instance=INSTANCE) as bench:
            fill(bench.store, there)
            before = nameless(snapshot(bench.store), secrets=not bench.profile.write_only)
            planned, live = await bench.plan(wanted)
            if not planned.steps or is_held(planned, live, wanted.policy):
                return False
            bench.faults.add(OnWrites(*fault))
            transaction = bench.transaction(planned, live, wanted.policy, parallelism, OnError.ROLLBACK)
            report = await transaction.run()
            event(str(report.ending))
            after = nameless(snapshot(bench.store), secrets=not bench.profile.write_only)
            if report.leaves_as_it_was:
                assert report.ending in (Ending.ROLLED_BACK, Ending.NOTHING_WRITTEN)
                assert after == before
            elif report.ending is not Ending.APPLIED:
                assert any("not rolled back: " in outcome.reason for outcome in report.outcomes)
        return True

    assume(asyncio.run(run()))


def nameless(snapshot: Snapshot, *, secrets: bool) -> dict[str, str]:
    """All that a store holds by address, in normal form; without ids, which are new where something is made again."""
    found = {}
    for name, owner in snapshot.domains.items():
        found[f"domain[{name}]"] = normal(owner, Kind.DOMAIN, "", {}, secrets=secrets)
        categories = {one.id: desc for (_, desc), one in snapshot.inside[name, Kind.CATEGORY].items()}
        for kind in (Kind.CATEGORY, Kind.CONFIG):
            for (config_type, desc), one in snapshot.inside[name, kind].items():
                where = f"{config_type}/{desc}" if kind is Kind.CONFIG else desc
                found[f"{kind}[{name}/{where}]"] = normal(one, kind, config_type, categories, secrets=secrets)
    return found


def normal(one: Thing, kind: Kind, config_type: str, categories: Mapping[int, Any], *, secrets: bool) -> str:
    """An object's fields, unset ones left out."""
    known = fields_of(kind, config_type)
    fields = {}
    for name, value in one.fields.items():
        if name in ("name", "type", "desc"):  # the address tells
            continue
        field = known.get(name)
        shown = value if field is None or field.secret else field.normal(value)
        is_set = shown is not None if field is None else shown not in (None, "", False)  # null: not there
        if is_set and (secrets or field is None or not field.secret):
            fields[name] = shown
    refs = sorted(str(categories[number]) for number in one.categories) if isinstance(one, Config) else []
    return canonical([fields, refs])
