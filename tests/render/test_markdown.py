"""Plans as Markdown: what a reviewer reads, what a hostile text cannot do, and what becomes of a huge plan."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt

from syncer.model.plan import Coverage, FieldDiff, Guard, Plan, Reach, Rename, Since, Third, Whose
from syncer.render.markdown import LIMIT, code, render_plan
from syncer.render.values import one_line
from tests.render.plans import BERLIN, SCRIPT, config, create, delete, make_plan, update
from tests.render.strategies import NASTY, TEXTS, plans

_GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_TAGS = {"h3", "p", "strong", "ul", "li", "code", "pre", "details", "summary", "b"}
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """Plan for to create update delete DELETE unchanged unmanaged No changes Limited Held back held In
        these domains Renamed looks like which is live and not in the files this plan deletes if it say so at that its
        devices stay be noted Whether the files or server
        moved cannot told since RECORD base REF tells in reaches renamed from removed added more field
        fields lines same domain domains config configs category categories yours drift both and was secret
        changed set unset too many compare There not room all by name The To whole plan device devices
        ignored with of then line others after before no difference""",
    )
)


class _Reader(HTMLParser):
    """Texts inside and outside of code, and all tags."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.inside: list[str] = []
        self.outside: list[str] = []
        self.tags: set[tuple[str, tuple[tuple[str, str | None], ...]]] = set()
        self._open: list[str] = []
        self.feed(_GITHUB.render(text))
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add((tag, tuple(attrs)))
        self._open.append(tag)
        if tag == "code":
            self.inside.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" in self._open:
            self.inside[-1] += data
        else:
            self.outside.append(data)


def _reviewed() -> Plan:
    """Files and server moved, in a domain with a baseline."""
    clock = config("NTP", "old clock")
    return make_plan(
        update(
            config("EXPERT", "no telnet"),
            FieldDiff("script", SCRIPT, SCRIPT.replace("config write\n", ""), Whose.YOURS),
            FieldDiff("extra.note", "b", "c", Whose.BOTH, "a"),
            reach=Reach(Coverage(42, 40), Coverage(42, 40)),
            source="domains/hq.yaml:31:5",
            whose=Whose.BOTH,
        ),
        *(
            create(config("NTP", "time", f"{city}.example.com"), ntp1="ptbtime1.ptb.de", source="baselines/de.yaml:9:5")
            for city in ("berlin", "bonn", "bremen")
        ),
        delete(clock, ntp1="192.168.0.1", reach=Reach(Coverage(7, 6), Coverage()), source="domains/hq.yaml:52:5"),
        guards=(Guard("deletes", "1 delete takes every NTP config of example.com", "deletes", 1, (clock,)),),
        since=Since(Third.RECORD, "records/production.json", "2026-05-01T06:00:00Z"),
        renames=(Rename(config("NTP", "time", BERLIN), config("NTP", "clock", BERLIN), "baselines/de.yaml:9:5"),),
        notes=("config[example.com/FAX/fax]: a type that syncer does not know",),
        only=("*example.com*",),
    )


REVIEWED = """\
### Plan for `production (wss://apps.example.com/example.com/devices/innovaphone-devices-api)`

**Plan: 3 to create, 1 to update, 1 to delete; 40 unchanged, 2 unmanaged.**

`Since records/production.json (2026-05-01T06:00:00Z): 1 both (files and server moved apart), of 4 it cannot be told.`

**Held back:**

- `deletes`: `1 delete takes every NTP config of example.com`
  - `config[example.com/NTP/old clock]`
  - `confirm with --confirm-deletes 1`

**Limited to:**

- `*example.com*`

**In 4 domains, 2 of them told with others:**

- `example.com`: 1 to update, 1 to delete
- `berlin.example.com`: 1 to create

**Renamed?**

- `config[berlin.example.com/NTP/time]` looks like `config[berlin.example.com/NTP/clock]`, which is live and not in the files; if it is, say so at `baselines/de.yaml:9:5`: `renamed_from: clock`

**To be noted:**

- `config[example.com/FAX/fax]: a type that syncer does not know`

<details open>
<summary><b>DELETE</b> <code>config[example.com/NTP/old clock]</code>, reaches <code>7 devices (6 online)</code> (held back)</summary>

- in `domains/hq.yaml:52:5`
- held back: `deletes`
- `ntp1`: `192.168.0.1`

</details>

<details open>
<summary><b>update</b> <code>config[example.com/EXPERT/no telnet]</code>, reaches <code>42 devices (40 online)</code> (both)</summary>

- in `domains/hq.yaml:31:5`
- `script`: `5 lines` → `4 lines` (1 removed, 0 added) (yours)

```diff
@@ -1,5 +1,4 @@
 mod cmd UP1 /no-telnet
 mod cmd HTTP0 /force-tls
 config change TELNET0 /off
-config write
 config activate
```

- `extra.note`: `b` → `c` (both moved; it was `a`)

</details>

<details open>
<summary><b>create</b> <code>config[berlin.example.com/NTP/time]</code>; the same in 2 more domains</summary>

- in `baselines/de.yaml:9:5`
- `ntp1`: `ptbtime1.ptb.de`
- the same in 2 more domains: `config[bonn.example.com/NTP/time]`, `config[bremen.example.com/NTP/time]`

</details>"""  # noqa: E501


def test_a_plan_as_it_is_reviewed() -> None:
    assert render_plan(_reviewed()) == REVIEWED


def test_an_empty_plan_is_two_lines() -> None:
    assert render_plan(make_plan()) == (
        "### Plan for `production (wss://apps.example.com/example.com/devices/innovaphone-devices-api)`\n\n"
        "**No changes. 40 unchanged, 2 unmanaged.**"
    )


def _headlines(text: str) -> list[str]:
    return [html.unescape(re.sub("<[^>]*>", "", one)) for one in re.findall("<summary>(.*)</summary>", text)]


def test_the_gravest_come_first() -> None:
    everyone = Reach(Coverage(everyone=True), Coverage(everyone=True))
    plan = make_plan(
        create(config("NTP", "a")),
        update(config("NTP", "b")),
        update(config("NTP", "c"), reach=everyone),
        update(config("NTP", "d")),
        delete(config("NTP", "e")),
        guards=(Guard("protected", "no", addresses=(config("NTP", "d"),)),),
    )
    assert _headlines(render_plan(plan)) == [
        "DELETE config[example.com/NTP/e]",
        "update config[example.com/NTP/d] (held back)",
        "update config[example.com/NTP/c], reaches every device of example.com",
        "update config[example.com/NTP/b]",
        "create config[example.com/NTP/a]",
    ]


def test_only_a_plan_of_few_lines_is_unfolded() -> None:
    changes = [update(config("NTP", f"{i}"), FieldDiff("ntp1", "a", f"{i}")) for i in range(21)]
    assert render_plan(make_plan(*changes[:20])).count("<details open>") == 20
    assert "<details open>" not in render_plan(make_plan(*changes))


def test_equal_changes_are_told_one_by_one_if_wanted() -> None:
    assert len(_headlines(render_plan(_reviewed()))) == 3
    assert len(_headlines(render_plan(_reviewed(), expand=True))) == 5


def test_of_one_side_each_is_no_conflict() -> None:
    diff = (FieldDiff("gk1", "a", "b", Whose.YOURS), FieldDiff("gk2", "a", "b", Whose.DRIFT))
    text = render_plan(make_plan(update(config("PHONE", "a"), *diff, whose=Whose.BOTH)))
    assert "</code> (yours and drift)</summary>" in text


def test_a_conflict_in_a_script_has_its_third_side() -> None:
    diff = FieldDiff("script", "one\ntwo\n", "one\n::x\n", Whose.BOTH, "one\n")
    text = render_plan(make_plan(update(config("EXPERT", "x"), diff, whose=Whose.BOTH)))
    assert "\n- `script`, the server since then\n\n```diff\n@@ -1 +1,2 @@\n one\n+two\n```\n" in text


def test_no_line_is_a_command_for_a_runner_of_github() -> None:
    text = render_plan(make_plan(update(config("EXPERT", "x"), FieldDiff("script", "::a\n :::b\nc", "::a\n :::b\nd"))))
    assert "\n \\x3a:a\n  \\x3a::b\n-c\n" in text


def test_runs_of_blanks_are_seen_by_whoever_reads_html() -> None:
    text = render_plan(make_plan(update(config("PHONE", "x"), FieldDiff("gkId", "a  b", "a   b"))))
    assert r'`"a \x20b"` → `"a \x20\x20b"`' in text


def test_a_difference_that_is_too_large_to_compare_is_counted() -> None:
    before, after = ("".join(f"{letter}{i}\n" for i in range(3000)) for letter in "ab")
    text = render_plan(make_plan(update(config("EXPERT", "e"), FieldDiff("script", before, after))))
    assert "- `script`: `3000 lines` → `3000 lines` (3000 removed, 3000 added), too many to compare\n" in text


@pytest.mark.parametrize(
    "text, span",
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("a``b`", "``` a``b` ```"),
        (" a ", "`  a  `"),
        (" ", "` `"),
        ("", "` `"),
        ("`", "`` ` ``"),
    ],
)
def test_a_code_span_holds_any_text(text: str, span: str) -> None:
    assert code(text) == span


@given(TEXTS.map(one_line))
def test_a_code_span_shows_exactly_its_text(text: str) -> None:
    shown = html.escape(text).replace("&#x27;", "'")
    assert _GITHUB.render(f"x {code(text)} y") == f"<p>x <code>{shown or ' '}</code> y</p>\n"


@settings(deadline=None)
@given(plans())
@example(make_plan(*(update(config(text, text, text), FieldDiff(text, text, "b")) for text in NASTY)))
@example(make_plan(*(create(config("EXPERT", "e"), script=f"{text}\n{text}") for text in NASTY)))
@example(make_plan(guards=tuple(Guard(text, text, text) for text in NASTY), notes=NASTY, only=NASTY))
@example(make_plan(update(config("EXPERT", "e"), FieldDiff("script", "| a |\n> b\n/close", "x\n| a |\n> b\n/close"))))
def test_what_comes_from_the_plan_shows_only_as_code(plan: Plan) -> None:
    """Whatever is outside of it are words of ours: no link, mention, reference, tag or table can be among them."""
    text = render_plan(plan)
    read = _Reader(text)
    assert {tag for tag, _ in read.tags} <= _TAGS
    assert {attrs for _, attrs in read.tags} <= {(), (("open", None),), (("class", "language-diff"),)}
    outside = "".join(read.outside)
    assert set(re.findall("[^\\W\\d]+", outside)) <= _WORDS
    assert set(re.sub(r"\w", "", outside)) <= set(" \n.,:;?()→…-")
    assert not re.search("^[/:>|]|^ *::", text, re.MULTILINE)  # GitLab and GitHub's log obey these in code, too
    assert len(text.encode()) <= LIMIT


@given(plans())
@settings(deadline=None)
def test_every_change_is_named_in_code(plan: Plan) -> None:
    view = _Reader(render_plan(plan, expand=True))
    assert {one_line(change.address) for change in plan.changes} <= set(view.inside)


def test_a_script_cannot_leave_its_block() -> None:
    script = "```\n</details>\n/close\n@everyone\n````\n"
    text = render_plan(make_plan(create(config("EXPERT", "e"), script=script)))
    assert "\n`````diff\n+```\n+</details>\n+/close\n+@everyone\n+````\n`````\n" in text


def _many(count: int) -> Plan:
    return make_plan(
        *(update(config("PHONE", f"phone {i}"), FieldDiff("gk1", "172.16.0.1", f"172.16.1.{i}")) for i in range(count)),
        *(create(config("NTP", f"clock {i}"), ntp1=f"172.16.1.{i}") for i in range(count // 10)),
        delete(config("NTP", "last")),
        guards=(Guard("protected", "policy.protect forbids", addresses=(config("NTP", "last"),)),),
    )


def test_of_a_huge_plan_the_gravest_are_told_and_all_are_counted() -> None:
    text = render_plan(_many(9_000))
    assert text.startswith("### Plan for `production")
    assert "**Plan: 900 to create, 9000 to update, 1 to delete; 40 unchanged, 2 unmanaged.**" in text
    assert "- `protected`: `policy.protect forbids`\n" in text
    headlines, names = _headlines(text), re.findall("^- (?:update|create) `", text, re.MULTILINE)
    assert headlines[0] == "DELETE config[example.com/NTP/last] (held back)"
    last = re.search(
        r"\n… and ([\d,]+) more changes: ([\d,]+) to update, 900 to create; the whole plan: `syncer show PLAN.json`$",
        text,
    )
    assert last
    left, updates = (int(count.replace(",", "")) for count in last.groups())
    assert left == updates + 900
    assert len(headlines) + len(names) + left == 9_901
    assert len(text) > LIMIT * 0.9


def test_a_plan_that_has_room_for_its_names_loses_none() -> None:
    text = render_plan(_many(400))
    assert len(_headlines(text)) + len(re.findall("^- (?:update|create) `", text, re.MULTILINE)) == 441
    assert text.endswith("\n\nThe whole plan: `syncer show PLAN.json`")


def test_a_single_huge_change_is_cut() -> None:
    fields: dict[str, Any] = {f"extra.{'x' * 200}{i}": "y" * 200 for i in range(1000)}
    script = "".join(f"{i} {'x' * 290}\n" for i in range(1000))
    text = render_plan(make_plan(create(config("EXPERT", "e"), script=script, **fields)))
    assert LIMIT * 0.7 < len(text.encode()) <= LIMIT
    assert re.search(r"\n… \d+ more lines\n```\n", text)
    assert re.search(r"\n- … and \d+ more fields\n", text)
    assert text.endswith("</details>\n\nThe whole plan: `syncer show PLAN.json`")


def test_a_huge_change_leaves_room_for_the_others() -> None:
    script = "".join(f"{i} {'€' * 290}\n" for i in range(200))
    changes = (create(config("EXPERT", f"e{i}"), script=f"{i}{script}") for i in range(5))
    text = render_plan(make_plan(*changes, update(config("NTP", "a"), FieldDiff("ntp1", "a", "b"))))
    assert len(_headlines(text)) == 6
    assert "- `ntp1`: `a` → `b`" in text
    assert len(text.encode()) <= LIMIT


def test_of_very_many_guards_the_last_are_counted() -> None:
    guards = tuple(Guard("category-in-use", f"{i} is deleted {'x' * 1000}") for i in range(500))
    text = render_plan(make_plan(guards=guards))
    shown = text.count("- `category-in-use`: `")
    assert shown > 50
    assert text.endswith(f"\n- … and {500 - shown} more: {500 - shown} `category-in-use`")


@pytest.mark.parametrize("text", [one for one in NASTY if len(one) < 400] + ["`" * 300, "\U000e0001" * 300, "&" * 300])
def test_no_text_makes_it_too_long(text: str) -> None:
    """Nor do all of them together: not even where each of them grows tenfold by its escapes."""
    address = config(text, text, text)
    change = update(
        address, *[FieldDiff(text, f"{text}\n" * 50, text, Whose.BOTH, text)] * 3, former=address, source=text
    )
    plan = make_plan(
        *[change] * 12,
        guards=tuple(Guard(f"{i}{text}", text * 3, text, 1, (address,) * 12) for i in range(40)),
        notes=(text * 6,) * 30,
        only=(text,) * 30,
        renames=(Rename(address, address, text),) * 30,
        since=Since(Third.RECORD, text, text),
    )
    shown = render_plan(replace(plan, server_name=text, server_url=text))
    assert len(shown.encode()) <= LIMIT
    assert "12 to update" in shown
