"""The law over a real websocket: whatever a service holds, sense or nonsense, a plan right after an export is empty."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer import emulator, workflow
from syncer.cli.progress import Bars

SETTINGS = "version: 1\nservers:\n  local: {url: 'emulator:.syncer/state.sqlite'}\nfiles: [domains]\n"
SECRETS = {"logPassword", "turnPassword"}
TYPES = ["ALARM_SERVER", "EXPERT", "FXS_PHONE", "MEDIA", "NTP", "PHONE", "TLS_PROFILE", "TRUST_LIST", "phone", "ä/ö"]
FIELDS = [
    *(
        "url",
        "logUrl",
        "setLogUrl",
        "script",
        "gk1",
        "coder",
        "frameSize",
        "exclusive",
        "srtpKey",
        "dialTone",
        "tosRtp",
    ),
    *("rtpFirst", "rtpNum", "natFirst", "natNum", "turnServer", "ntp1", "tz", "profile", "newField", "state", "ignore"),
]

# Tabs, line ends, YAML's own signs, what YAML reads as something else, and every other character there is.
texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "0", "0xb8", "yes", "null", "~", "- a", "a: b", "#", " x ", "a\n  b\n", "a\r\nb\r", "${x}", "$${"]
    ),
    st.sampled_from(
        ["\x00", "\x85\u2028\ufeff", "\t", "😀", "'\"", "*x", "2024-01-01", "G722", "line\n" * 30, "x" * 300]
    ),
)
numbers = st.integers(-(2**53), 2**53) | st.sampled_from([0, 1, 15, 20, 128, 2052, 65534])
scalars = st.one_of(texts, numbers, st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False))
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(texts, v, max_size=3), max_leaves=5)


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """A config as a service may hold it."""
    fields: dict[str, Any] = draw(st.dictionaries(st.sampled_from(FIELDS), values, max_size=6))
    fields |= draw(st.dictionaries(st.sampled_from(sorted(SECRETS)), st.text("aä😀\n ", max_size=9), max_size=2))
    return fields | {"type": draw(st.sampled_from(TYPES)), "desc": draw(texts)}


def context(root: Path, environ: dict[str, str]) -> workflow.Context:
    return workflow.Context(
        start=root,
        upwards=False,
        server=None,
        environ=environ,
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        random=bytes,
        clock=lambda: 0.0,
        progress=Bars(),
        warn=lambda _: None,
    )


def fill(store: emulator.Store, categories: list[str], found: list[tuple[dict[str, Any], set[int]]]) -> None:
    ids = [store.add_category(store.instance.id, name, extra={"colour": name}) for name in categories]
    for fields, chosen in found:
        store.add_config(store.instance.id, fields, sorted({ids[i] for i in chosen if i < len(ids)}))


def secrets_of(store: emulator.Store) -> dict[tuple[str, str], list[str]]:
    """Plaintexts by type and field, in the order of the configs."""
    found: dict[tuple[str, str], list[str]] = {}
    for config in store.configs(store.instance.id):
        for name in SECRETS & config.fields.keys():
            found.setdefault((config.fields["type"], name), []).append(config.fields[name])
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(texts.filter(bool), max_size=3),
    st.lists(st.tuples(configs(), st.sets(st.integers(0, 2), max_size=2)), max_size=5),
)
def test_export_then_plan_is_empty(categories: list[str], found: list[tuple[dict[str, Any], set[int]]]) -> None:
    # one secret a test keeps it clear which variable stands for which value
    found = [(f if i == 0 else {k: v for k, v in f.items() if k not in SECRETS}, c) for i, (f, c) in enumerate(found)]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        (root / "syncer.yaml").write_text(SETTINGS)
        (root / ".syncer").mkdir()
        with emulator.Store(root / ".syncer" / "state.sqlite") as store:
            fill(store, categories, found)
            plaintexts = secrets_of(store)
        exported = asyncio.run(workflow.export(context(root, {}), None))
        environ = {v.name: plaintexts[v.address.type, v.field][0] for v in exported.variables}
        plan = asyncio.run(workflow.plan(context(root, environ)))
        assert plan.changes == ()
