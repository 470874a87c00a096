"""Live states as hypothesis strategies: everything that a service may hold, sense or nonsense."""

from typing import Any

from hypothesis import strategies as st

from syncer.model.address import Kind, category_address, config_address, domain_address
from syncer.model.fields import Field, Wire, config_types, fields_of
from syncer.model.state import CategoryRef, LiveDomain, LiveObject
from syncer.model.values import Secret


def _split(text: str, separator: str = " ") -> list[str]:
    return text.split(separator)


_READ_AS_OTHER = _split(
    "yes No on y null ~ true False 1 012 0o7 0x1f 0b1 1_000 +1 -1 .5 1. 1e3 1e-05 190:20:30 12:30 _1 2024-01-01 .nan "
    '.inf NaN 2001-12-14t21:59:43.10-05:00 172.16.0.1 1.2 ${a} $${ $$${ $ ${ $$ - --- ... a: :a a:b : # a#b \' " "a" '
    "'a' \\ \\n | > ? %a @a `a` !a &a *a = << [a ] {a} , CON ../../x .a"
)
_SPACED = ["", " ", "a", " a", "a ", "a  b", "{env: X}", "- a", "a: b", "a #b", "? a", "a, b", "2024-1-1 10:00:00"]
_SPECIAL = [*"\t\0\a\x7f\x85\u2028\u2029\ufeff\ufffe\uffff\u202e\u00a0\u200däé\uff11😀", "\x1b[31m", "a\tb", "\ufeffa"]
_LINES = _split(
    "\n;a\n;a\n\n;a\nb;a\n b\n; a\nb;a\n\n\nb\n;a\n  \nb;a\nb\n\n;a\r\nb;a\rb;a\n\tb;\ta\nb;a\n---\nb\n", ";"
)
_LONG = ["mod cmd UP0\n" * 3, "mod cmd UP0\n" * 12, "x" * 3000, "k" * 1100, "ü" * 300, "🎉" * 60]
_HALF_CHARACTERS = ["\ud83d", "\udc00", "a\ud800b", "\ud83d\nb"]
TRICKY = [*_READ_AS_OTHER, *_SPACED, *_SPECIAL, *_LINES, *_LONG, *_HALF_CHARACTERS]
TEXTS = st.one_of(
    st.sampled_from(TRICKY),
    st.text(max_size=20),
    st.text(st.characters(min_codepoint=0xD7F0, max_codepoint=0xE00F), max_size=3),
    st.text("a:# -'\"\n${}[],&*!|>%@`~0x.1", max_size=12),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
EXTRAS = st.dictionaries(st.one_of(TEXTS, st.sampled_from(["mt", "src", "newField"])), JSON, max_size=3)


def values(field: Field) -> st.SearchStrategy[Any]:
    """What the wire may give for a field: mostly what the API document says."""
    if field.secret:
        return st.one_of(st.builds(Secret, st.one_of(TEXTS.filter(bool), st.none())))
    if field.labels:
        return st.sampled_from([*field.labels.values(), 99, "?"])
    if field.choices:
        return st.sampled_from([*field.choices, "other"])
    if field.wire is Wire.HEX_BYTE:
        return st.one_of(st.integers(0, 300), TEXTS)
    if field.type == "boolean":
        return st.sampled_from([True, True, False, 1, "on"])
    if field.type == "integer":
        return st.one_of(st.integers(field.minimum or 0, field.maximum or 70000), st.integers(-5, 10**6), TEXTS)
    return st.one_of(TEXTS, TEXTS, st.integers(0, 3), st.lists(TEXTS, max_size=1))


def _known(kind: Kind, config_type: str = "") -> st.SearchStrategy[dict[str, Any]]:
    """Known fields in normal form, as the decoder gives them."""
    fields = fields_of(kind, config_type)
    found = st.fixed_dictionaries({}, optional={name: values(field) for name, field in fields.items()})
    return found.map(lambda some: {n: v for n, raw in some.items() if (v := fields[n].normal(raw)) is not None})


@st.composite
def domains(draw: st.DrawFn, name: str | None = None) -> LiveDomain:
    """A domain with categories and configs."""
    called = draw(TEXTS) if name is None else name
    ids = st.integers(1, 10**6)
    domain = LiveObject(domain_address(called), draw(ids), 1, draw(_known(Kind.DOMAIN)), draw(EXTRAS))
    categories = [
        LiveObject(category_address(called, draw(TEXTS)), number, 1, draw(_known(Kind.CATEGORY)), draw(EXTRAS))
        for number in draw(st.lists(ids, max_size=3, unique=True))
    ]
    refs = [
        *(CategoryRef(one.id, one.address.name) for one in categories),
        *(CategoryRef(None, one.address.name) for one in categories),
        *(CategoryRef(one.id + 1, one.address.name) for one in categories),
        CategoryRef(7, None),
        CategoryRef(8, "gone"),
    ]
    configs = [
        _config(draw, called, number, refs) for number in draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    ]
    return LiveDomain(domain, is_instance=False, categories=tuple(categories), configs=tuple(configs))


def _config(draw: st.DrawFn, domain: str, number: int, refs: list[CategoryRef]) -> LiveObject:
    config_type = draw(st.one_of(st.sampled_from(config_types()), st.sampled_from(config_types()), TEXTS))
    return LiveObject(
        config_address(domain, config_type, draw(TEXTS)),
        number,
        1,
        draw(_known(Kind.CONFIG, config_type)),
        draw(EXTRAS),
        tuple(draw(st.lists(st.sampled_from(refs), max_size=2))),
    )
