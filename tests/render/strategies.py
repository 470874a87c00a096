"""Hypothesis strategies: plans whose texts want to act where they are shown."""

from typing import Any

from hypothesis import strategies as st

from syncer.model.address import Action, Address, Kind
from syncer.model.plan import (
    HIDDEN,
    Change,
    Coverage,
    FieldDiff,
    Guard,
    Plan,
    Reach,
    Rename,
    Since,
    Summary,
    Third,
    Whose,
)

NASTY = (
    "\x1b[31mred\x1b]0;title\x07",
    "\u202eabc\u2066\ufeff",
    "\ud800\x00\ufffe",
    "</details></script>]]><img src=x onerror=alert(1)>&amp;",
    "`x` ``y`` ```",
    "```\n</details>\n@everyone #123 !1 ~bug",
    "| a | b |\n|---|---|\n# Heading",
    "[link](https://evil.example) ![i](//evil.example/x.png) https://evil.example",
    "/close\n/merge\n::include{file=/etc/passwd}\n>>>\n",
    "$`x`$ $$\nx\n$$ :smile: [[wiki]] {+ins+} *b* _i_ ~~s~~",
    "::set-output name=x::y\n::add-mask::a\n##[command]x\r::stop-commands::t",
    "100%0A::error::x,title=y:z",
    "... and 9,412 more changes",
    "\n\n- `gk1`: `a`\n+gk1: a\n@@ -1 +1 @@",
    "word " * 80,
    "x" * 65_536,
    " ",
    "  ",
    "",
    "`",
)
TEXTS = (
    st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=()), max_size=30) | st.text("`~ \\|", max_size=9)
)
_SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | TEXTS | st.just(dict(HIDDEN))
_VALUES = _SCALARS | st.lists(TEXTS, max_size=3) | st.lists(TEXTS, min_size=2, max_size=4).map("\n".join)
_PATHS = st.sampled_from(["desc", "name", "categories", "script", "gk1"]) | TEXTS
_ADDRESSES = st.builds(Address, st.sampled_from(Kind), TEXTS, TEXTS, TEXTS)
_COUNTS = st.none() | st.integers(0, 500)
_COVERAGES = st.builds(Coverage, _COUNTS, _COUNTS, st.booleans())
_WHOSE = st.none() | st.sampled_from(Whose)
SOURCES = (
    "domains/hq.yaml:14:5",
    "../../etc:1:1",
    "/etc/passwd:1:1",
    "no numbers",
    ":1:1",
    "file,title=x%0A:1:1",
    "a/../../b:0:0",
    "a\u202eb:1:1",
    "x.yaml:99999999999:1",
    "\ud800:1:1",
)
_SOURCES = st.none() | st.sampled_from(SOURCES) | TEXTS
_CHANGES = st.builds(
    Change,
    action=st.sampled_from(Action),
    address=_ADDRESSES,
    former=st.none() | _ADDRESSES,
    id=st.none(),
    base=st.none(),
    fingerprint=st.none(),
    diff=st.lists(st.builds(FieldDiff, _PATHS, _VALUES, _VALUES, _WHOSE, _VALUES, _SOURCES), max_size=4).map(tuple),
    reach=st.none() | st.builds(Reach, _COVERAGES, _COVERAGES),
    source=_SOURCES,
    whose=_WHOSE,
)


@st.composite
def plans(draw: st.DrawFn, most: int = 5) -> Plan:
    """Plans of a few changes, with guards that hold some of them back."""
    changes = tuple(draw(st.lists(_CHANGES, max_size=most)))
    addresses = st.sampled_from([change.address for change in changes]) | _ADDRESSES if changes else _ADDRESSES
    held = st.lists(addresses, max_size=4).map(tuple)
    guards = st.builds(Guard, TEXTS, TEXTS, st.none() | TEXTS, _COUNTS, held)
    return Plan(
        server_name=draw(TEXTS),
        server_url=draw(TEXTS),
        created="",
        salt="",
        files_digest="",
        only=tuple(draw(st.lists(TEXTS, max_size=2))),
        summary=Summary(),
        changes=changes,
        guards=tuple(draw(st.lists(guards, max_size=3))),
        notes=tuple(draw(st.lists(TEXTS, max_size=2))),
        since=draw(st.none() | st.builds(Since, st.sampled_from(Third), TEXTS, TEXTS)),
        renames=tuple(draw(st.lists(st.builds(Rename, _ADDRESSES, _ADDRESSES, st.none() | TEXTS), max_size=2))),
    )
