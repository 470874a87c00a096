"""Hypothesis strategies: believable and nasty values of every field, live states, and files that mean to change them.

Names come from small pools, so that two states drawn apart have much in common: that is where mistakes live.
Strategies are kept (`cache`) where they are drawn from often: Hypothesis looks into each new one before it draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from syncer.model.address import Kind, category_address, config_address, domain_address
from syncer.model.fields import Field, Wire, config_types, fields_of
from syncer.model.rules import broken_rules
from syncer.model.state import (
    CategoryRef,
    Desired,
    DesiredDomain,
    Entry,
    LiveDomain,
    LiveObject,
    Policy,
)
from syncer.model.values import Secret
from tests.plan.factories import PLACE, entry_of

DOMAINS = ("example.com", "b.example.com", "müller.example", "*.example.com")
CATEGORIES = ("Phones HQ", "phones hq", "a,b", "x/y", "[*]", " ", "Zentrale\tübrige", "#1")
DESCS = ("", "HQ phones", "hq phones", "a/b/c", "*", "${x}", "- [x]: y", "\u202edesc", "\N{OLD KEY}\nzwei")
UNKNOWN_TYPES = ("DECT_PHONE", "phone", "ZZ")
EXTRA_KEYS = ("newField", "__private", "a.b", "root['x']", "snmp-community", "null", "")
TEXTS = (
    "172.16.0.1",
    "https://recorder.example.com/in?x=1&y=%20",
    " ",
    "0",
    "false",
    "null",
    "~",
    "- a: b",
    "# no comment",
    "'\"\\",
    "tab\there",
    "two\nlines\n",
    "\r\n",
    "\x00\x1b[31m\x7f",
    "\u2028\u202e\ufeff",
    "grüße \N{OLD KEY}",
)

_characters = st.characters(exclude_categories=["Cs"])  # halves of surrogate pairs have tests of their own


@cache
def texts(min_size: int = 0, max_size: int = 12) -> st.SearchStrategy[str]:
    """Texts that somebody once typed somewhere."""
    return st.sampled_from([text for text in TEXTS if len(text) >= min_size]) | st.text(
        _characters, min_size=min_size, max_size=max_size
    )


@cache
def scripts() -> st.SearchStrategy[str]:
    """Update scripts: several lines, of any kind of line ending."""
    lines = st.lists(st.sampled_from(("mod cmd UP1 /x", "config change TEL1 /on", "", "\t!", "grüße")), max_size=6)
    return st.builds(lambda parts, end: end.join(parts) + end, lines, st.sampled_from(("\n", "\r\n", "")))


def normal_values(field: Field) -> st.SearchStrategy[Any]:
    """Set values of a field, in normal form."""
    if field.secret:
        return texts(min_size=1).map(Secret)
    if field.labels:
        return st.sampled_from(sorted(field.labels.values()))
    if field.wire is Wire.HEX_BYTE:
        return st.integers(0, 0xFF)
    if field.choices:
        return st.sampled_from(field.choices)
    if field.type == "boolean":
        return st.just(True)
    if field.type == "integer":
        low, high = field.minimum or 0, field.maximum or 16384
        return st.sampled_from((low, high)) | st.integers(low, high)
    if field.wire is Wire.PIECES:
        return scripts().filter(bool) | texts(min_size=1)
    return texts(min_size=1)


@cache
def _values_of(kind: Kind, config_type: str, name: str) -> st.SearchStrategy[Any]:
    return normal_values(fields_of(kind, config_type)[name])


def spellings(field: Field, value: Any) -> st.SearchStrategy[Any]:
    """How files or a service may write a value that is no secret; all have one normal form."""
    ways: list[Any] = [value, field.file_form(value), field.wire_form(value)]
    if field.wire is Wire.HEX_BYTE and isinstance(value, int):
        ways += [f"0x{value:02X}", f"0x{value:x}"]
    elif field.by_number and isinstance(value, int):
        ways.append(str(value))
    return st.sampled_from(ways)


def unset_spellings(field: Field) -> st.SearchStrategy[Any]:
    """How files or a service may write that a field is unset."""
    return st.sampled_from([None, "", False, *([0] if field.zero_is_unset else [])])


@cache
@st.composite
def known_fields(draw: st.DrawFn, kind: Kind, config_type: str = "") -> dict[str, Any]:
    """Some of the fields that syncer knows, in normal form, obeying the rules between them."""
    fields = fields_of(kind, config_type)
    names = draw(_unique(tuple(sorted(fields)), 5)) if fields else []
    values = {name: draw(_values_of(kind, config_type, name)) for name in names}
    if any(broken_rules(values)):
        values.pop("rtpNum", None)
    if any(broken_rules(values)):
        values.pop("natNum", None)
    return values


@cache
def json_values() -> st.SearchStrategy[Any]:
    """Whatever JSON can say, small; integers and floats that a float can hold."""
    scalars = (
        st.none()
        | st.booleans()
        | st.sampled_from((0, 1, -1, 2**53, 0.0, -0.0, 1.0, 1.5, 1e300))
        | st.floats(allow_nan=False, allow_infinity=False)
        | texts()
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(EXTRA_KEYS), inner, max_size=3),
        max_leaves=5,
    )


@cache
def extras() -> st.SearchStrategy[dict[str, Any]]:
    """Fields that syncer does not know, by names that no known type has."""
    return st.dictionaries(st.sampled_from(EXTRA_KEYS), json_values(), max_size=2)


@cache
def _unique(pool: tuple[str, ...], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(pool), unique=True, max_size=most)


@cache
@st.composite
def live_objects(draw: st.DrawFn, config_type: str, *, domain: str, number: int, domain_id: int) -> LiveObject:
    """A config of that type without categories; its desc is drawn too."""
    address = config_address(domain, config_type, draw(st.sampled_from(DESCS)))
    fields = draw(known_fields(Kind.CONFIG, config_type))
    return LiveObject(address, number, domain_id, fields, draw(extras()))


@cache
@st.composite
def live_states(draw: st.DrawFn, *, max_domains: int = 2, max_configs: int = 4) -> tuple[LiveDomain, ...]:
    """What a service may hold: no address twice, ids unique in a kind, the first domain is the instance."""
    domains: list[LiveDomain] = []
    next_category = next_config = 1
    names = st.lists(st.sampled_from(DOMAINS), unique=True, min_size=1, max_size=max_domains)
    for number, name in enumerate(draw(names), 1):
        categories = [
            LiveObject(
                category_address(name, title),
                next_category + index,
                number,
                draw(known_fields(Kind.CATEGORY)),
                draw(extras()),
            )
            for index, title in enumerate(draw(_unique(CATEGORIES, 3)))
        ]
        next_category += len(categories)
        configs: dict[Any, LiveObject] = {}
        types = st.sampled_from((*config_types(), *UNKNOWN_TYPES))
        for config_type in draw(st.lists(types, max_size=max_configs)):
            one = draw(live_objects(config_type, domain=name, number=next_config, domain_id=number))
            named = draw(st.lists(st.sampled_from(categories), max_size=2, unique_by=id)) if categories else []
            configs[one.address] = replace(one, categories=tuple(CategoryRef(c.id, c.address.name) for c in named))
            next_config += 1
        head = LiveObject(domain_address(name), number, number, draw(known_fields(Kind.DOMAIN)), draw(extras()))
        domains.append(LiveDomain(head, number == 1, tuple(categories), tuple(configs.values())))
    return tuple(domains)


IGNORES: tuple[Mapping[str, tuple[str, ...]], ...] = (
    {},
    {"config[*]": ("gk1", "categories", "newField", "logPassword")},
    {"*": ("config", "deployAdminPasswords", "a.b")},
)


@cache
def policies() -> st.SearchStrategy[Policy]:
    """What may be pruned, ignored and hidden."""
    return st.builds(
        Policy,
        prune=st.frozensets(st.sampled_from(Kind)),
        ignore=st.sampled_from(IGNORES),
        mask=st.sampled_from(({}, {"*": ("script", "gk1", "newField")})),
    )


@st.composite
def neighbours(draw: st.DrawFn, there: Sequence[LiveDomain]) -> tuple[LiveDomain, ...]:
    """A state that has much in common with `there`; its ids mean nothing."""
    kept = [draw(_neighbour(one)) for one in there if draw(st.integers(0, 3))]
    names = {one.name for one in kept}
    return (*kept, *(one for one in draw(live_states(max_domains=1, max_configs=2)) if one.name not in names))


@st.composite
def _neighbour(draw: st.DrawFn, one: LiveDomain) -> LiveDomain:
    """The domain with some objects gone, some changed, some new."""
    categories = [draw(_altered(category)) for category in one.categories if draw(st.integers(0, 3))]
    names = {category.address.name for category in categories}
    for title in draw(_unique(CATEGORIES, 1)):
        if title not in names:
            address = category_address(one.name, title)
            categories.append(LiveObject(address, 501, one.domain.id, draw(known_fields(Kind.CATEGORY))))
    configs = {c.address: draw(_altered(c)) for c in one.configs if draw(st.integers(0, 3))}
    for config_type in draw(st.lists(st.sampled_from([c.address.type for c in one.configs] or ["NTP"]), max_size=2)):
        new = draw(live_objects(config_type, domain=one.name, number=501 + len(configs), domain_id=one.domain.id))
        configs.setdefault(new.address, new)
    return replace(
        one,
        domain=draw(_altered(one.domain)),
        categories=tuple(categories),
        configs=tuple(draw(_recategorised(config, categories)) for config in configs.values()),
    )


@st.composite
def _altered(draw: st.DrawFn, one: LiveObject) -> LiveObject:
    """The same, or with other fields."""
    if draw(st.booleans()):
        return one
    fields = draw(known_fields(one.address.kind, one.address.type))
    merged = {**one.fields, **fields}
    return replace(
        one, fields=fields if any(broken_rules(merged)) else merged, extra=draw(st.just(one.extra) | extras())
    )


@st.composite
def _recategorised(draw: st.DrawFn, config: LiveObject, categories: Sequence[LiveObject]) -> LiveObject:
    """The config with references that the categories allow, often those that it had."""
    there = {category.address.name: category for category in categories}
    names = [ref.name for ref in config.categories if ref.name is not None and ref.name in there]
    if draw(st.booleans()) and there:
        names = draw(st.lists(st.sampled_from(sorted(there)), unique=True, max_size=2))
    return replace(config, categories=tuple(CategoryRef(there[name].id, name) for name in names))


@st.composite
def desired_states(draw: st.DrawFn, there: Sequence[LiveDomain]) -> Desired:
    """Files that mean something for the live state `there`: they can be planned, whatever guards say to it."""
    goal = draw(neighbours(there))
    domains = tuple(draw(_desired_domain(one, there, goal)) for one in goal)
    return Desired(domains, draw(policies()))


@st.composite
def _desired_domain(
    draw: st.DrawFn, goal: LiveDomain, there: Sequence[LiveDomain], goals: Sequence[LiveDomain]
) -> DesiredDomain:
    by_name = {one.name: one for one in there}
    entry = draw(_loosened(entry_of(goal.domain)))
    now = by_name.get(goal.name)
    free = [one for one in there if one.name not in {other.name for other in goals}]
    if now is None and free and goal is goals[-1] and draw(st.booleans()):
        now = draw(st.sampled_from(free))
        entry = replace(entry, renamed_from=now.name)
    categories = draw(_entries(goal.categories, now.categories if now else (), goal.name))
    names = [e.address.name for e in categories or () if not e.absent]
    if categories is None:
        names = [c.address.name for c in now.categories] if now else []
    configs = draw(_entries(goal.configs, now.configs if now else (), goal.name))
    if configs is not None:
        configs = tuple(replace(one, categories=_only(one.categories, names)) for one in configs)
    return DesiredDomain(entry, categories, configs)


def _only(named: tuple[str, ...] | None, there: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in named or () if name in there)


@st.composite
def _entries(
    draw: st.DrawFn, goals: Sequence[LiveObject], there: Sequence[LiveObject], domain: str
) -> tuple[Entry, ...] | None:
    """Entries for one kind in one domain: some keep, some change, some rename, some delete. None: left alone."""
    if draw(st.integers(0, 5)) == 0:
        return None
    entries = [draw(_loosened(entry_of(goal))) for goal in goals]
    taken = {(entry.address.type, entry.address.name) for entry in entries}
    live_keys = {(one.address.type, one.address.name) for one in there}
    for one in there:
        key = (one.address.type, one.address.name)
        if key in taken:
            continue
        action = draw(st.sampled_from(("leave", "absent", "rename", "rename")))
        heirs = [
            index
            for index, entry in enumerate(entries)
            if entry.address.type == one.address.type
            and entry.renamed_from is None
            and (entry.address.type, entry.address.name) not in live_keys
            and not entry.absent
        ]
        if action == "absent":
            entries.append(Entry(replace(one.address, domain=domain), PLACE, absent=True))
        elif action == "rename" and heirs:
            index = draw(st.sampled_from(heirs))
            entries[index] = replace(entries[index], renamed_from=one.address.name)
    return tuple(entries)


@st.composite
def _loosened(draw: st.DrawFn, entry: Entry) -> Entry:
    """The same with some fields left out, some removed, some left to others."""
    known = draw(st.sets(st.sampled_from(sorted(entry.fields)))) if entry.fields else set()
    fields = {name: value for name, value in entry.fields.items() if name not in known or value is not None}
    removed = draw(st.sampled_from(("", *EXTRA_KEYS)))
    extra = dict(entry.extra) | ({removed: None} if draw(st.booleans()) else {})
    may_ignore = sorted({*fields, *extra})
    ignore = draw(st.sets(st.sampled_from(may_ignore), max_size=1)) if may_ignore else set()
    ports = {"rtpFirst", "rtpNum", "natFirst", "natNum"}  # a mix of live and written ports may break the rules
    return replace(entry, fields=fields, extra=extra, ignore=frozenset(ignore - ports))
