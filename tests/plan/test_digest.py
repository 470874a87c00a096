"""Digests: what enters them, what does not, and that they tell nothing."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import Place
from syncer.model.address import Kind, category_address, config_address, domain_address
from syncer.model.state import CategoryRef, Desired, Entry, Limits, LiveObject, Policy
from syncer.model.values import Secret
from syncer.plan.digest import base_of, canonical, derive_key, files_of, keyed, target_of
from syncer.plan.target import make_target
from tests import strategies
from tests.plan import factories as make

KEY = b"k" * 32
NONE: frozenset[str] = frozenset()
LIVE = make.live_config(
    "ALARM_SERVER",
    "x",
    7,
    categories=[CategoryRef(1, "a"), CategoryRef(2, "b")],
    url="https://a",
    logPassword=Secret("hunter2", raw="beef"),
    extra={"new": [1, {"a": None}]},
)


def base(live: LiveObject, ignored: frozenset[str] = NONE) -> str:
    return keyed(KEY, base_of(live, ignored))


def fingerprint(entry: Entry, live: LiveObject | None = None, ignored: frozenset[str] = NONE) -> str:
    return keyed(KEY, target_of(make_target(entry, live, ignored), ignored))


def test_the_key_comes_from_password_and_salt_by_scrypt() -> None:
    salt = "00112233445566778899aabbccddeeff"
    expected = hashlib.scrypt(
        "pässword".encode(), salt=bytes.fromhex(salt), n=1 << 15, r=8, p=1, maxmem=64 << 20, dklen=32
    )
    assert derive_key("pässword", salt) == expected
    assert derive_key("pässword", "ff" + salt[2:]) != expected
    assert derive_key("password", salt) != expected
    assert len(derive_key("half \ud83d pair", salt)) == 32


def test_a_digest_is_an_hmac_over_canonical_json() -> None:
    expected = hmac.new(KEY, b'{"a":[1,1.0,true,null],"b":"\\u00fc"}', hashlib.sha256).hexdigest()
    assert keyed(KEY, {"b": "ü", "a": [1, 1.0, True, None]}) == expected


@pytest.mark.parametrize(
    "one, other",
    [(1, True), (1, 1.0), (0, False), (1, "1"), (None, "null"), ([], {}), (0.0, -0.0), ([[1], 2], [1, [2]])],
)
def test_canonical_keeps_apart_what_differs(one: object, other: object) -> None:
    assert canonical({"a": one}) != canonical({"a": other})


@given(strategies.json_values())
def test_canonical_is_json_that_says_the_same(value: Any) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)
    assert json.loads(canonical(value)) == value
    assert canonical(value).isascii()


@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=5))
def test_canonical_knows_no_order_of_keys(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_canonical_takes_plain_data_only() -> None:
    with pytest.raises(TypeError, match="set is no plain data"):
        canonical({"a": {1}})


def test_halves_of_surrogate_pairs_have_digests_too() -> None:
    assert keyed(KEY, "\ud83d") != keyed(KEY, "\ude00")


@pytest.mark.parametrize(
    "change",
    [
        lambda live: replace(live, fields={**live.fields, "logUrl": "x"}),
        lambda live: replace(live, fields={}),
        lambda live: replace(live, fields={**live.fields, "logPassword": Secret("hunter3")}),
        lambda live: replace(live, fields={**live.fields, "logPassword": Secret(None)}),
        lambda live: replace(live, extra={"new": [1, {"a": 0}]}),
        lambda live: replace(live, extra={"new": [True, {"a": None}]}),
        lambda live: replace(live, categories=live.categories[:1]),
        lambda live: replace(live, categories=(CategoryRef(1, "a"), CategoryRef(3, "b"))),
        lambda live: replace(live, id=8),
        lambda live: replace(live, address=config_address("example.com", "ALARM_SERVER", "y")),
        lambda live: replace(live, address=config_address("example.com", "PHONE", "x")),
    ],
)
def test_a_change_of_the_object_itself_changes_its_base(change: Callable[[LiveObject], LiveObject]) -> None:
    assert base(change(LIVE)) != base(LIVE)


@pytest.mark.parametrize(
    "change",
    [
        lambda live: replace(live, categories=(CategoryRef(2, "renamed"), CategoryRef(1, None))),
        lambda live: replace(live, raw={"id": 7, "whatever": 1}),
        lambda live: replace(live, address=replace(live.address, domain="renamed.example")),
        lambda live: replace(live, fields={**live.fields, "logPassword": Secret("hunter2", raw="other session")}),
        lambda live: replace(live, fields=dict(reversed(live.fields.items()))),
    ],
)
def test_what_is_of_others_leaves_the_base_alone(change: Callable[[LiveObject], LiveObject]) -> None:
    assert base(change(LIVE)) == base(LIVE)


def test_what_cannot_be_decrypted_is_one_value_since_its_ciphertext_changes_with_the_session() -> None:
    one = replace(LIVE, fields={"logPassword": Secret(None, raw="aa")})
    other = replace(LIVE, fields={"logPassword": Secret(None, raw="bb")})
    assert base(one) == base(other)


def test_a_reference_without_an_id_counts_by_its_name() -> None:
    one, other = (replace(LIVE, categories=(CategoryRef(None, name),)) for name in ("a", "b"))
    assert base(one) != base(other)


def test_ignored_fields_do_not_enter() -> None:
    ignored = frozenset({"url", "new", "categories"})
    other = replace(LIVE, fields={**LIVE.fields, "url": "y"}, extra={"new": 2}, categories=())
    assert base(other, ignored) == base(LIVE, ignored)
    assert base(other) != base(LIVE)
    entry = make.config("ALARM_SERVER", "x", logUrl="z")
    assert fingerprint(entry, other, ignored) == fingerprint(entry, LIVE, ignored)
    assert fingerprint(entry, other) != fingerprint(entry, LIVE)


def test_the_bases_of_domain_and_category_know_their_names() -> None:
    domain = make.live_domain().domain
    assert base(domain) != base(replace(domain, address=domain_address("other.example")))
    category = make.live_category("a", 1)
    assert base(category) != base(replace(category, address=category_address("example.com", "b")))
    assert base(category) == base(replace(category, address=category_address("renamed.example", "a")))


def test_a_fingerprint_says_what_an_object_is_to_become() -> None:
    entry = make.config("ALARM_SERVER", "x", categories=["a", "b"], url="u", logPassword=Secret("p"), extra={"n": 1})
    prints = {
        fingerprint(one)
        for one in (
            entry,
            replace(entry, fields={**entry.fields, "url": "v"}),
            replace(entry, fields={**entry.fields, "logPassword": Secret("q")}),
            replace(entry, extra={"n": True}),
            replace(entry, categories=("a",)),
            replace(entry, address=replace(entry.address, name="y")),
        )
    }
    assert len(prints) == 6
    same = replace(entry, categories=("b", "a", "b"), place=Place("elsewhere.yaml", 1, 1))
    assert fingerprint(same) == fingerprint(entry)


def test_neither_digest_can_be_had_without_the_password() -> None:
    secret = "hunter2"
    text = json.dumps([base(LIVE), fingerprint(make.config("ALARM_SERVER", "x", logPassword=Secret(secret)))])
    assert secret not in text
    assert hashlib.sha256(secret.encode()).hexdigest() not in text
    assert keyed(derive_key("a", "00" * 16), base_of(LIVE, NONE)) != keyed(
        derive_key("b", "00" * 16), base_of(LIVE, NONE)
    )


CONFIG = make.config("PHONE", "x", categories=["a", "b"], gk1="1", ignore=frozenset({"gk2", "gkId"}))
DESIRED = make.desired(
    make.domain(categories=[make.category("a"), make.category("b")], configs=[CONFIG, make.config("NTP", "")]),
    make.domain("b.example", configs=[]),
    policy=make.policy(
        prune=[Kind.CONFIG, Kind.CATEGORY],
        protect=["a*", "b*"],
        ignore={"x": ("gk1", "gk2"), "y": ()},
        mask={"z": ("script",)},
    ),
)


def files(desired: Desired, profile: str = "profile") -> str:
    return keyed(KEY, files_of(desired, profile))


def _with_config(**changes: Any) -> Desired:
    first, *rest = DESIRED.domains
    configs = first.configs or ()
    return replace(DESIRED, domains=(replace(first, configs=(replace(configs[0], **changes), *configs[1:])), *rest))


def _with_policy(**changes: Any) -> Desired:
    return replace(DESIRED, policy=replace(DESIRED.policy, **changes))


def test_the_files_digest_knows_no_layout() -> None:
    first, second = DESIRED.domains
    moved = _with_config(place=Place("other.yaml", 99, 1), categories=("b", "a"))
    assert files(moved) == files(DESIRED)
    turned = replace(first, categories=(first.categories or ())[::-1], configs=(first.configs or ())[::-1])
    policy = replace(
        DESIRED.policy,
        protect=("b*", "a*"),
        ignore={"y": (), "x": ("gk2", "gk1")},
        prune=frozenset({Kind.CATEGORY, Kind.CONFIG}),
    )
    assert files(Desired((second, turned), policy)) == files(DESIRED)


@pytest.mark.parametrize(
    "other",
    [
        _with_config(fields={"gk1": "2"}),
        _with_config(fields={}),
        _with_config(fields={"gk1": "1", "coder": None}),
        _with_config(extra={"gk1": "1"}),
        _with_config(extra={"new": None}),
        _with_config(categories=("a",)),
        _with_config(categories=None),
        _with_config(id=1),
        _with_config(renamed_from="y"),
        _with_config(renamed_from=""),
        _with_config(absent=True),
        _with_config(ignore=frozenset()),
        _with_policy(prune=frozenset()),
        _with_policy(protect=("a*",)),
        _with_policy(ignore={}),
        _with_policy(mask={}),
        _with_policy(limits=Limits(deletes=11)),
        _with_policy(limits=Limits(updates=0)),
        replace(DESIRED, domains=DESIRED.domains[:1]),
        replace(DESIRED, domains=(DESIRED.domains[0], replace(DESIRED.domains[1], configs=None))),
        replace(DESIRED, domains=(DESIRED.domains[0], replace(DESIRED.domains[1], categories=()))),
    ],
)
def test_everything_that_the_files_mean_changes_their_digest(other: Desired) -> None:
    assert files(other) != files(DESIRED)


def test_the_wire_profile_is_part_of_the_files_digest() -> None:
    assert files(DESIRED, "other") != files(DESIRED)


def test_no_live_secret_and_no_policy_is_empty() -> None:
    assert files(Desired(())) != files(Desired((), Policy(prune=frozenset({Kind.DOMAIN}))))


_SCRIPT = """
from tests.plan.test_digest import CONFIG, DESIRED, LIVE, base, files, fingerprint
print(base(LIVE), fingerprint(CONFIG), files(DESIRED))
"""


def test_another_process_gets_the_same_digests() -> None:
    root = Path(__file__).parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert found == {f"{base(LIVE)} {fingerprint(CONFIG)} {files(DESIRED)}\n"}
