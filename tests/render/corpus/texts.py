"""Scripts and long values; values that look like others."""

from typing import Any

from syncer.model.plan import FieldDiff, Plan
from tests.render.plans import SCRIPT, config, create, delete, make_plan, update

_URL = "https://recordings.example.com/upload?" + "&".join(f"line{n}=value-{n}" for n in range(20))
_LINES = [f"config change PHONE{n} /dial-tone {n % 27} /gk 172.16.{n // 250}.{n % 250}\n" for n in range(600)]
_MEGABYTE = "".join(f"mod cmd FLASHDIR0 add {n:08x} (cn=user {n})(h323=user{n})\n" for n in range(17_000))
_SCRIPTS = {
    "a line less": (SCRIPT, SCRIPT.replace("config write\n", "")),
    "a word": (SCRIPT, SCRIPT.replace("/force-tls", "/force-tls /tls-only")),
    "blanks at a line's end": (SCRIPT, SCRIPT.replace("/no-telnet\n", "/no-telnet  \n")),
    "new": (None, SCRIPT),
    "gone": (SCRIPT, None),
    "no newline at the end": (SCRIPT, SCRIPT.removesuffix("\n")),
    "now with one": (SCRIPT.removesuffix("\n"), SCRIPT),
    "line ends of Windows": (SCRIPT, SCRIPT.replace("\n", "\r\n")),
    "one line becomes two": ("config write", "config write\nconfig activate\n"),
    "an escape and its text": ("mod a\\r\nmod b\n", "mod a\r\nmod b\n"),
    "apart": ("".join(_LINES[:40]), "".join(_LINES[:40]).replace("PHONE3 ", "PHONE4 ").replace("PHONE33 ", "FXS ")),
}


def _scripts() -> Plan:
    changes = (update(config("EXPERT", name), FieldDiff("script", *both)) for name, both in _SCRIPTS.items())
    return make_plan(*changes, create(config("EXPERT", "welcome"), desc="welcome", categories=[], script=SCRIPT))


def _long_scripts() -> Plan:
    old, every_third = "".join(_LINES), "".join(line for n, line in enumerate(_LINES) if n % 3)
    return make_plan(
        update(config("EXPERT", "every third line goes"), FieldDiff("script", old, every_third)),
        create(config("EXPERT", "new"), desc="new", categories=["HQ"], script=old),
        delete(config("EXPERT", "old"), desc="old", categories=["HQ"], script=old),
    )


def _huge_scripts() -> Plan:
    return make_plan(
        update(
            config("EXPERT", "one line"), FieldDiff("script", _MEGABYTE, _MEGABYTE.replace("user 9999)", "nobody)"))
        ),
        update(config("EXPERT", "every line"), FieldDiff("script", _MEGABYTE, _MEGABYTE.replace("user ", "person "))),
    )


def _long_values() -> Plan:
    long = "The quick brown fox jumps over the lazy dog. " * 1457  # 64 KB
    hosts = [f"host-{n:03}.example.com" for n in range(300)]
    return make_plan(
        update(
            config("PHONE", "HQ phones"),
            FieldDiff("gkId", "x" * 400, "x" * 399 + "y"),
            FieldDiff("recordingUrl", _URL, _URL.replace("value-12", "value-21")),
            FieldDiff("extra.hosts", hosts, [*hosts[:200], "other.example.com", *hosts[201:]]),
        ),
        create(config("PHONE", long), desc=long, categories=["HQ"], gk1="172.16.0.1"),
        update(config("PHONE", long + "!"), FieldDiff("desc", long, long + "!"), former=config("PHONE", long)),
        update(
            config("PHONE", "one word in 64 KB"), FieldDiff("extra.text", long, long[:40_000] + "CAT" + long[40_003:])
        ),
    )


def _look_alikes() -> Plan:
    """Pairs that differ although they read alike."""
    pairs = {
        "true and its text": (True, "true"),
        "a number and its text": (12, "12"),
        "one and one": (1, 1.0),
        "null and its text": (None, "null"),
        "unset and its text": (None, "(unset)"),
        "a secret and its text": ("(secret)", "(secret changed)"),
        "nothing and a blank": ("", " "),
        "zero and false": (0, False),
        "blanks": ("a b", "a  b"),
        "Latin and Cyrillic": ("admin", "\u0430dmin"),
        "a dash and another": ("a-b", "a\u2010b"),
        "composed": ("Zentrale \u00fc", "Zentrale u\u0308"),
        "a list and its text": (["a"], "[a]"),
        "one name or two": (["a, b"], ["a", "b"]),
        "a large number": (2**53, 2**53 + 1),
        "a small number": (0.1, 1e-300),
        "an arrow": ("a → b", "a"),
    }
    nested: dict[str, Any] = {
        "levels": [{"name": "a", "on": True}, [], {}, None],
        "": "no name",
        "a.b": {"c: d": "e, f"},
    }
    return make_plan(
        update(config("DECT", "pairs"), *(FieldDiff(f"extra[{_quoted(name)}]", *both) for name, both in pairs.items())),
        update(config("DECT", "nested"), FieldDiff("extra.tree", nested, {**nested, "more": [1, 2.5, -3, "4"]})),
        update(config("DECT", "lists"), FieldDiff("categories", ["A", "B, C"], ["A", "B", "C"])),
    )


def _quoted(name: str) -> str:
    return f'"{name}"'


TEXTS = {
    "scripts": _scripts(),
    "long-scripts": _long_scripts(),
    "huge-scripts": _huge_scripts(),
    "long-values": _long_values(),
    "look-alikes": _look_alikes(),
}
