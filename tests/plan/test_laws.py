"""What holds for any files and any live state."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.model.address import Action, Address, Kind, category_address
from syncer.model.plan import to_document
from syncer.model.state import CategoryRef, Desired, DesiredDomain, Live, LiveDomain, LiveObject, Policy, Target
from syncer.plan.planner import Planned, reads_content, wants
from syncer.plan.steps import Step
from tests import strategies
from tests.plan.factories import described, live, planned

laws = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

_Id = tuple[Kind, int, int]  # kind, domain's id, own id


class Service:
    """The least that a service does with a plan's steps: no wire, no refusals."""

    def __init__(self, there: Live) -> None:
        self.live = there
        self.domains = {one.domain.id: one.domain for one in there.domains}
        self.objects: dict[_Id, LiveObject] = {
            (one.address.kind, one.domain_id, one.id): one
            for domain in there.domains
            for one in (*domain.categories, *domain.configs)
        }
        self._next = 1000

    def carry_out(self, steps: Sequence[Step]) -> Live:
        """All steps, in order."""
        for step in steps:
            if step.target is None:
                self._delete(step)
            elif step.change.address.kind is Kind.DOMAIN:
                self._put_domain(step, step.target)
            else:
                self._put(step, step.target)
        return self._state()

    def _number(self, step: Step) -> int:
        self._next += 1
        return step.live.id if step.live else self._next

    def _put_domain(self, step: Step, target: Target) -> None:
        number = self._number(step)
        self.domains[number] = LiveObject(target.address, number, number, target.fields, target.extra)

    def _put(self, step: Step, target: Target) -> None:
        named = {one.address.domain: number for number, one in self.domains.items()}
        domain_id = named[target.address.domain] if step.domain_id is None else step.domain_id
        refs = (*self._refs(domain_id, target.categories), *target.kept_refs)
        one = LiveObject(target.address, self._number(step), domain_id, target.fields, target.extra, refs)
        self.objects[one.address.kind, domain_id, one.id] = one

    def _refs(self, domain_id: int, names: Sequence[str]) -> Iterator[CategoryRef]:
        for name in names:
            found = [
                one
                for (kind, of, _), one in self.objects.items()
                if kind is Kind.CATEGORY and of == domain_id and one.address.name == name
            ]
            assert len(found) == 1, f"{name}: {len(found)} categories"
            yield CategoryRef(found[0].id, name)

    def _delete(self, step: Step) -> None:
        assert step.live is not None
        if step.live.address.kind is Kind.DOMAIN:
            del self.domains[step.live.id]
            self.objects = {key: one for key, one in self.objects.items() if key[1] != step.live.id}
            return
        del self.objects[step.live.address.kind, step.live.domain_id, step.live.id]

    def _state(self) -> Live:
        was = {one.domain.id: one for one in self.live.domains}
        return replace(
            self.live,
            domains=tuple(
                LiveDomain(
                    domain,
                    was[number].is_instance if number in was else False,
                    tuple(self._content(Kind.CATEGORY, domain)),
                    tuple(self._content(Kind.CONFIG, domain)),
                )
                for number, domain in self.domains.items()
            ),
        )

    def _content(self, kind: Kind, domain: LiveObject) -> Iterator[LiveObject]:
        names = {
            number: one.address.name
            for (of, in_domain, number), one in self.objects.items()
            if of is Kind.CATEGORY and in_domain == domain.id
        }
        for (of, in_domain, _), one in self.objects.items():
            if of is kind and in_domain == domain.id:
                refs = tuple(CategoryRef(ref.id, names[ref.id]) for ref in one.categories if ref.id in names)
                address = replace(one.address, domain=domain.address.domain)
                yield replace(one, address=address, categories=refs)


def _everything(there: Live) -> dict[_Id, LiveObject]:
    return {
        (one.address.kind, one.domain_id, one.id): one
        for domain in there.domains
        for one in (domain.domain, *domain.categories, *domain.configs)
    }


def _touched(result: Planned) -> set[_Id]:
    return {(s.live.address.kind, s.live.domain_id, s.live.id) for s in result.steps if s.live is not None}


def _own(one: LiveObject) -> tuple[Any, ...]:
    """An object without what the renaming or deleting of others changes in it."""
    name = one.address.name or (one.address.domain if one.address.kind is Kind.DOMAIN else "")
    return (one.address.kind, one.address.type, name, one.id, one.fields, json.dumps(one.extra, sort_keys=True))


@laws
@given(st.data())
def test_after_a_plan_there_is_nothing_left_to_plan(data: st.DataObject) -> None:
    there = live(*data.draw(strategies.live_states()))
    wanted = data.draw(strategies.desired_states(there.domains))
    first = planned(wanted, there)
    then = Service(there).carry_out(first.steps)
    second = planned(wanted, then)
    assert second.plan.changes == ()
    gone = first.plan.summary.delete
    assert second.plan.summary.unchanged >= first.plan.summary.create + first.plan.summary.update
    assert gone or second.plan.summary.unmanaged == first.plan.summary.unmanaged


@laws
@given(st.data())
def test_what_the_files_do_not_mean_stays_as_it_is(data: st.DataObject) -> None:
    there = live(*data.draw(strategies.live_states()))
    wanted = data.draw(strategies.desired_states(there.domains))
    result = planned(wanted, there)
    then = _everything(Service(there).carry_out(result.steps))
    deleted_domains = {
        s.live.id for s in result.steps if s.live and s.target is None and s.live.address.kind == "domain"
    }
    deleted_categories = {
        s.live.id for s in result.steps if s.live and s.target is None and s.live.address.kind == "category"
    }
    for key, one in _everything(there).items():
        if key in _touched(result) or one.domain_id in deleted_domains:
            continue
        assert _own(then[key]) == _own(one)
        kept = {ref.id for ref in one.categories} - deleted_categories
        assert {ref.id for ref in then[key].categories} == kept


@laws
@given(st.data())
def test_a_complete_description_makes_one_state_of_another(data: st.DataObject) -> None:
    a = data.draw(strategies.live_states())
    b = data.draw(strategies.neighbours(a) | strategies.live_states())
    wanted = Desired(_with_all_unknown(b, a), Policy(prune=frozenset(Kind)))
    then = Service(live(*a)).carry_out(planned(wanted, live(*a)).steps)
    assert _meaning(then.domains) == _meaning(b)


def _with_all_unknown(b: Sequence[LiveDomain], a: Sequence[LiveDomain]) -> tuple[DesiredDomain, ...]:
    """Descriptions of `b` that remove unknown fields of `a`, and configs of unknown types, which are never pruned."""
    there = {one.address: one for domain in a for one in (domain.domain, *domain.categories, *domain.configs)}
    documents = []
    for domain in map(described, b):
        entries = {e.address: e for e in (domain.entry, *(domain.categories or ()), *(domain.configs or ()))}
        for address, entry in entries.items():
            removed = dict.fromkeys(there[address].extra) if address in there else {}
            entries[address] = replace(entry, extra={**removed, **entry.extra})
        doomed = [
            replace(described(one).entry, address=address, absent=True, fields={}, extra={})
            for one in a
            for address in (config.address for config in one.configs)
            if address.domain == domain.name and address not in entries
        ]
        documents.append(
            DesiredDomain(
                entries[domain.entry.address],
                tuple(entries[e.address] for e in domain.categories or ()),
                (*(entries[e.address] for e in domain.configs or ()), *doomed),
            )
        )
    return tuple(documents)


def _meaning(domains: Sequence[LiveDomain]) -> Mapping[Address, Any]:
    """A state without ids; unknown fields to the letter, null being none."""
    return {
        one.address: (
            one.fields,
            json.dumps({n: v for n, v in one.extra.items() if v is not None}, sort_keys=True),
            sorted({str(ref.name) for ref in one.categories}),
        )
        for domain in domains
        for one in (domain.domain, *domain.categories, *domain.configs)
    }


@laws
@given(strategies.live_states())
def test_a_description_of_what_is_live_changes_nothing(there: Sequence[LiveDomain]) -> None:
    wanted = Desired(tuple(map(described, there)), Policy(prune=frozenset(Kind)))
    result = planned(wanted, live(*there))
    assert result.plan.changes == ()
    assert result.plan.summary.unmanaged == 0


@laws
@given(st.data())
def test_the_same_again_gives_the_same_plan_in_whatever_order_things_come(data: st.DataObject) -> None:
    there = data.draw(strategies.live_states())
    wanted = data.draw(strategies.desired_states(there))
    result = planned(wanted, live(*there))
    assert planned(wanted, live(*there)) == result
    shuffled = data.draw(st.permutations(there))
    mixed = live(*(replace(one, categories=one.categories[::-1], configs=one.configs[::-1]) for one in shuffled))
    backwards = replace(wanted, domains=tuple(_reversed(one) for one in wanted.domains[::-1]))
    again = planned(backwards, mixed)
    assert replace(again.plan, notes=()) == replace(result.plan, notes=())
    assert sorted(again.plan.notes) == sorted(result.plan.notes)


def _reversed(one: DesiredDomain) -> DesiredDomain:
    return replace(
        one,
        categories=one.categories and one.categories[::-1],
        configs=one.configs and one.configs[::-1],
    )


@laws
@given(st.data())
def test_what_need_not_be_read_makes_no_difference(data: st.DataObject) -> None:
    there = data.draw(strategies.live_states())
    wanted = data.draw(strategies.desired_states(there))
    choose, wanted_whole = reads_content(wanted), wants(wanted)
    partly = live(
        *(
            replace(one, configs=tuple(c if wanted_whole(_head(c)) else _head(c) for c in one.configs))
            if choose(one.domain)
            else LiveDomain(one.domain, one.is_instance, (), (), is_read=False)
            for one in there
        )
    )
    assert planned(wanted, partly).plan == planned(wanted, live(*there)).plan


def _head(config: LiveObject) -> LiveObject:
    return replace(config, fields={}, extra={}, complete=False)


@laws
@given(st.data())
def test_the_order_makes_names_before_they_are_used(data: st.DataObject) -> None:
    there = data.draw(strategies.live_states())
    wanted = data.draw(strategies.desired_states(there))
    result = planned(wanted, live(*there))
    made = {one.name for one in there}
    names = {category.address for one in there for category in one.categories}
    deleting = False
    for step in result.steps:
        address = step.change.address
        deleting |= step.change.action is Action.DELETE
        assert deleting == (step.change.action is Action.DELETE)
        if step.target is None:
            continue
        if address.kind is Kind.DOMAIN:
            names |= {
                replace(n, domain=address.domain)
                for n in names
                if step.change.former and n.domain == step.change.former.domain
            }
            made.add(address.domain)
        assert address.domain in made
        if address.kind is Kind.CATEGORY:
            names.add(address)
        assert {category_address(address.domain, name) for name in step.target.categories} <= names


@laws
@given(st.data())
def test_no_secret_and_nothing_masked_shows_in_a_plan(data: st.DataObject) -> None:
    marks = ("TOP-SECRET-LIVE", "TOP-SECRET-FILE")
    there = tuple(_with_marks(one, marks[0]) for one in data.draw(strategies.live_states()))
    drawn = data.draw(strategies.desired_states(there))
    wanted = replace(
        drawn,
        domains=tuple(_marked(one, marks[1]) for one in drawn.domains),
        policy=replace(drawn.policy, mask={"*": ("script", "newField")}),
    )
    result = planned(wanted, live(*there))
    text = json.dumps(to_document(result.plan)) + repr(result) + str(result)
    for mark in marks:
        assert mark not in json.dumps(to_document(result.plan))
        assert f"SECRET:{mark}" not in text


def _secret_fields(fields: Mapping[str, Any], address: Address, mark: str) -> dict[str, Any]:
    from syncer.model.fields import fields_of
    from syncer.model.values import Secret

    known = fields_of(address.kind, address.type)
    return {
        name: Secret(f"SECRET:{mark}")
        if value is not None and known[name].secret
        else mark
        if name == "script"
        else value
        for name, value in fields.items()
    }


def _with_marks(one: LiveDomain, mark: str) -> LiveDomain:
    configs = (
        replace(c, fields=_secret_fields(c.fields, c.address, mark), extra={"newField": mark, **c.extra})
        for c in one.configs
    )
    return replace(one, configs=tuple(configs))


def _marked(one: DesiredDomain, mark: str) -> DesiredDomain:
    if one.configs is None:
        return one
    configs = (
        replace(e, fields=_secret_fields(e.fields, e.address, mark), extra={**e.extra, "newField": [mark]})
        for e in one.configs
    )
    return replace(one, configs=tuple(configs))
