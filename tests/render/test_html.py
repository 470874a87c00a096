"""Plans as a page, without a browser: what it allows itself, what is escaped, what is there without a script."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from syncer.model.plan import FieldDiff, Guard, Plan, Whose
from syncer.render.html import render_plan
from tests.render.plans import believable, config, create, delete, make_plan, update
from tests.render.showcase import showcase

GOLDEN = Path(__file__).with_name("showcase.html")
HOSTILE = '</script><!--<script>alert("1")</script>&amp;\'\u2028\u202e\x1b[31m\ud800'


class _Elements(HTMLParser):
    """Every element with its attributes, and every text of a style or script."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.started: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.started.append((tag, dict(attrs)))
        if tag in ("style", "script"):
            self.raw.append("")

    def handle_data(self, data: str) -> None:
        if self.started and self.started[-1][0] in ("style", "script") and self.cdata_elem:
            self.raw[-1] += data


def parts(page: str) -> tuple[str, str, str]:
    """Style, data and script."""
    style, data, script = _Elements(page).raw
    return style, data, script


def data(plan: Plan) -> Any:
    """What the script reads."""
    return json.loads(parts(render_plan(plan))[1])


def attributes(page: str) -> Iterator[tuple[str, str]]:
    """Names and values."""
    for _, found in _Elements(page).started:
        yield from ((name, value or "") for name, value in found.items())


def policy(page: str) -> str:
    """The content security policy."""
    metas = [found for tag, found in _Elements(page).started if tag == "meta"]
    (content,) = [meta["content"] for meta in metas if meta.get("http-equiv") == "Content-Security-Policy"]
    return content or ""


def test_only_its_own_style_and_script_are_allowed() -> None:
    page = render_plan(believable())
    style, _, script = parts(page)
    hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in (style, script)]
    assert policy(page) == (
        f"default-src 'none'; style-src {hashes[0]}; script-src {hashes[1]}; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@pytest.mark.parametrize("plan", [believable(), showcase(), make_plan()], ids=["believable", "showcase", "empty"])
def test_nothing_leads_out_of_the_page(plan: Plan) -> None:
    found = list(attributes(render_plan(plan)))
    assert not [name for name, _ in found if name in ("src", "style", "action", "srcset") or name.startswith("on")]
    assert [value for name, value in found if name == "href" and not value.startswith("#")] == []


def test_it_is_the_same_in_every_encoding() -> None:
    assert render_plan(showcase()).isascii()
    assert "\r" not in render_plan(showcase())


def test_hostile_texts_end_no_element() -> None:
    fields: dict[str, Any] = {HOSTILE: f"a\n{HOSTILE}"}
    plan = make_plan(
        update(config(HOSTILE, HOSTILE, HOSTILE), source=HOSTILE),
        create(config("PHONE", "x"), gk1=HOSTILE, **fields),
        guards=(Guard(HOSTILE, HOSTILE, HOSTILE, 1, (config(HOSTILE, HOSTILE),)),),
        notes=(HOSTILE,),
        only=(HOSTILE,),
    )
    page = render_plan(replace(plan, server_name=HOSTILE, server_url=HOSTILE, created=HOSTILE))
    plain = render_plan(make_plan(update(config("PHONE", "x"))))
    assert parts(page)[0] == parts(plain)[0]
    assert parts(page)[2] == parts(plain)[2]
    assert page.count("<script") == page.count("</script>") == plain.count("<script") == 2
    assert "<!--" not in page
    assert not re.search("[<>&\u2028\x1b\x7f]", parts(page)[1])
    assert json.loads(parts(page)[1])["groups"][0]["domain"].startswith('</script><!--<script>alert("1")')


def test_the_skeleton_to_the_letter() -> None:
    page = render_plan(showcase())
    for part in parts(page):
        page = page.replace(part, "\u2026")
    page = re.sub("sha256-[^']+", "sha256-\u2026", page)
    assert page == GOLDEN.read_text("utf-8")


def test_a_plan_without_changes_has_no_list() -> None:
    page = render_plan(make_plan())
    assert "No changes. 40 unchanged, 2 unmanaged." in page
    assert ' id="changes" ' in page
    assert re.search(r'<section id="changes"[^>]* hidden>', page)


def test_many_notes_are_folded() -> None:
    assert "<details>" not in render_plan(make_plan(notes=("note",) * 10))
    assert "<details><summary>11 notes</summary>" in render_plan(make_plan(notes=("note",) * 11))


def test_a_guard_counts_what_it_does_not_name() -> None:
    page = render_plan(make_plan(guards=(Guard("protected", "no", addresses=(config("NTP", "a"),) * 12),)))
    assert "<li>&#8230; and 2 more</li>" in page
    assert '<p class="remedy final">nothing overrides this</p>' in page


def test_words_that_differ_are_marked() -> None:
    (group, _) = data(believable())["groups"]
    (row,) = [row for row in group["changes"][3]["rows"] if row["path"] == "recordingUrl"]
    start = "https://recordings.example.com/upload?site=stuttgart"
    assert (row["old"], row["new"]) == (start, [start, ["&tenant=hq"]])


def test_scripts_are_told_line_by_line() -> None:
    (row,) = data(make_plan(update(config("EXPERT", "x"), *_script("a\nb\n", "a\nc\nd\n"))))["groups"][0]["changes"][0][
        "rows"
    ]
    assert row == {
        "path": "script",
        "old": "2 lines",
        "new": "3 lines",
        "diff": {
            "counts": "1 removed, 2 added",
            "lines": [[["@", "@@ -1,2 +1,3 @@"]], [[" ", "a"]], [["-", "b"], ["+", "c"]], [None, ["+", "d"]]],
        },
    }


def test_what_is_too_much_is_counted() -> None:
    numbered = ["".join(f"{side} {number}\n" for number in range(3000)) for side in ("old", "new")]
    ((row,), (other,)) = (
        change["rows"]
        for change in data(
            make_plan(
                update(config("EXPERT", "x"), *_script(*numbered)), create(config("EXPERT", "y"), script=numbered[0])
            )
        )["groups"][0]["changes"]
    )
    assert row["diff"] == {"rest": "3000 lines removed, 3000 added: too many to compare"}
    assert other["diff"]["rest"] == "\u2026 2800 more lines"


def test_secrets_are_told_without_a_value() -> None:
    rows = data(believable())["groups"][0]["changes"][2]["rows"]
    assert rows[2] == {"path": "turnPassword", "told": "(secret changed)"}


def test_of_what_comes_or_goes_there_is_one_value() -> None:
    made = data(make_plan(create(config("NTP", "a"), ntp1="x"), delete(config("NTP", "b"), ntp1="y")))
    assert [change["rows"] for change in made["groups"][0]["changes"]] == [
        [{"path": "ntp1", "new": "x"}],
        [{"path": "ntp1", "old": "y"}],
    ]


def test_whose_and_devices_are_told() -> None:
    change = data(showcase())["groups"][0]["changes"][1]
    assert (change["whose"], change["devices"]) == ("both", [[128, 121], [128, 121]])
    assert [row["whose_told"] for row in change["rows"]] == ["yours", "both moved; it was AUSTRIA", "drift", "yours"]


def test_what_the_server_has_done_to_a_script_is_told_beside_it() -> None:
    diff = FieldDiff("script", "a\nb\n", "c\nd\n", Whose.BOTH, "a\nx\n")
    (row,) = data(make_plan(update(config("EXPERT", "x"), diff, whose=Whose.BOTH)))["groups"][0]["changes"][0]["rows"]
    assert row["whose_told"] == "both moved; the server since then:"
    assert [[" ", "a"]] in row["moved"]["lines"]
    assert [["-", "x"], ["+", "b"]] in row["moved"]["lines"]


def _script(before: str, after: str) -> tuple[FieldDiff, ...]:
    return (FieldDiff("script", before, after),)
