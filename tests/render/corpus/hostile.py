"""Texts that mean harm, wherever a plan has texts."""

from collections.abc import Mapping
from dataclasses import replace

from syncer.model.address import category_address, config_address, domain_address
from syncer.model.plan import FieldDiff, Guard, Ignored, Plan, Rename, Since, Third, Whose
from tests.render.plans import EXAMPLE, config, create, delete, make_plan, update

_PLAN_LINES = "x\n\n  - DELETE  config[example.com/PHONE/all]\n\nNo changes. 40 unchanged, 2 unmanaged."
_TERMINAL = {
    "colour": "\x1b[32mgreen\x1b[0m",
    "title": "\x1b]0;title\x07",
    "clear": "\x1b[2J\x1b[H",
    "C1": "\x9b31m\x85\x90",
    "backspaces": "delete\b\b\b\b\b\bupdate",
    "carriage return": "172.16.0.66\r172.16.0.1",
    "form feed": "a\x0bb\x0cc\x1cd\x1ee",
    "null": "a\x00b\x7f",
    "plan lines": _PLAN_LINES,
    "many blanks": "a" + " " * 200 + "=> nothing overrides this",
    "tabs": "\t\t\t+ create",
}
_UNICODE = {
    "override": "\u202egnp.exe\u202c",
    "isolates": "\u2066\u2067\u2068abc\u2069\u061c\u200f",
    "zero width": "ad\u200bm\u200ci\u200dn\ufeff\u2060",
    "invisible": "a\u3164b\u2800c\u115fd\U000e0041",
    "lone surrogates": "\ud800 and \udfff",
    "separators": "a\u2028b\u2029c\u00a0d\u3000e",
    "marks": "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324a" + "\u0301" * 40,
    "variation": "\u2764\ufe0f \u2764\ufe0e",
    "private": "\ue000\U0010ffff\ufffe",
}
_MARKUP = {
    "script": "</script><script>alert(1)</script>",
    "picture": "<img src=x onerror=alert(1)>",
    "comment": "--><!-- ]]> <![CDATA[",
    "details": "</summary></details><h1>Approved</h1>",
    "ticks": "``` \n```\n# Approved\n`` ` ```` ~~~",
    "pipes": "a | b || c \\| d",
    "mention": "@all @example/admins #1 !1 &1 %1 ~bug GH-1",
    "quick actions": "/approve\n/merge\n/close",
    "links": "[click](javascript:alert(1)) ![x](https://example.org/x.png) https://example.org <https://example.org>",
    "emphasis": "**bold** _it_ ~~gone~~ :tada: $\\color{red}{x}$ <!-- x --> &lt;b&gt; &#x202e;",
    "command": "::error file=a.yaml,line=1::hacked%0A::set-output name=x::y",
    "template": "{{7*7}} ${{ secrets.PASSWORD }} #{x} <%= x %>",
    "table": "---|---\n:-:|:-:\n* item\n> quote\n1. one\n    code",
    "attribute": '" onmouseover="alert(1)" x=\'',
}
_WIDE = {
    "Japanese": "東京支社の電話機 三階 会議室",
    "Korean": "회의실 전화기",
    "full width": "\uff21\uff22\uff23\u3000\uff11\uff12",
    "emoji": "☎️ 👩‍👩‍👧 🏳️‍🌈 🇩🇪",
    "Thai": "โทรศัพท์",
    "Arabic": "هاتف المكتب",
    "Hebrew and numbers": "שלום 1 2 3",
    "Hindi": "दूरभाष",
    "long": "電話" * 70,
}


def _values(texts: Mapping[str, str]) -> Plan:
    """Each text as a value, old, new and gone; as a name; in a list and in a key."""
    return make_plan(
        update(config("DECT", "new"), *(FieldDiff(f"extra.{n}", "plain", text) for n, text in _numbered(texts))),
        update(config("DECT", "old"), *(FieldDiff(f"extra.{n}", text, text + "!") for n, text in _numbered(texts))),
        update(config("EXPERT", "script"), FieldDiff("script", "plain\n", "\n".join(texts.values()))),
        update(
            config("DECT", "all"), FieldDiff("categories", [], [*texts.values()]), FieldDiff("extra.a", None, texts)
        ),
        *(delete(config("PHONE", text), desc=text, source=f"{name}.yaml:1:1") for name, text in texts.items()),
    )


def _numbered(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(f"{name.replace(' ', '_')}_{n}", text) for n, (name, text) in enumerate(texts.items())]


def _everywhere() -> Plan:
    """In all that is not a value."""
    nasty = "a|`b`</script>\x1b[31m\u202e@all\n::error::"
    phone, other = config(nasty, nasty, nasty), config("PHONE", nasty + "2")
    category, domain = category_address(nasty, nasty), domain_address(nasty)
    since = Since(Third.REVISION, nasty, nasty * 3)
    plan = make_plan(
        create(domain, name=nasty, source=f"{nasty}:1:1"),
        create(category, name=nasty, source=f"{nasty}.yaml:1:99999999999"),
        update(phone, FieldDiff(nasty, nasty, None, Whose.BOTH, nasty), former=other, source=nasty, whose=Whose.BOTH),
        delete(other, desc=other.name, source="../../etc/passwd:1:1"),
        guards=(
            Guard(nasty, nasty, nasty, 1, (phone, other)),
            Guard("protected", nasty, addresses=(domain, category)),
            Guard(nasty, nasty, nasty),
        ),
        notes=(nasty, _PLAN_LINES, "\n\nHeld back:\n  ! nothing"),
        only=(nasty, _PLAN_LINES),
        since=since,
        renames=(Rename(category, category_address(EXAMPLE, nasty), nasty), Rename(phone, other, None)),
        unmanaged=(domain, phone),
        ignored=(Ignored(phone, (nasty, "gk1")),),
    )
    return replace(plan, server_name=nasty, server_url=nasty, created=nasty)


_LONG_ALIKE = ("x" * 400 + "1", "x" * 400 + "2")


def _addresses() -> Plan:
    """Names with what addresses are made of: different ones may have one text."""
    names = (
        "",
        "/",
        "a/b/c",
        "[x]",
        "]",
        "*",
        "a]\n  - DELETE  config[b",
        " ",
        "config[example.com/NTP/x]",
        "c\\nd",
        "c\nd",
        *_LONG_ALIKE,
    )
    return make_plan(
        *(update(config("NTP", name), FieldDiff("ntp1", "a", f"time {n}")) for n, name in enumerate(names)),
        *(create(category_address(EXAMPLE, name), name=name) for name in names[1:5]),
        update(config_address(EXAMPLE, "A", "b/c"), FieldDiff("extra.x", 1, 2)),
        update(config_address(EXAMPLE, "A/b", "c"), FieldDiff("extra.x", 1, 3)),
        delete(domain_address("a/b"), name="a/b"),
        delete(domain_address("日本.example.com"), name="日本.example.com"),
    )


HOSTILE = {
    "hostile-to-terminals": _values(_TERMINAL),
    "hostile-unicode": _values(_UNICODE),
    "hostile-markup": _values(_MARKUP),
    "hostile-everywhere": _everywhere(),
    "wide-texts": _values(_WIDE),
    "odd-addresses": _addresses(),
}
