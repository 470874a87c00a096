"""The plan as a page, in a browser: filters, keys, chart, print, light, dark, ten thousand changes, hostile texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.model.address import category_address, config_address
from syncer.model.plan import Change, FieldDiff, Guard, Ignored, Plan, Rename, Since, Third, Whose
from syncer.render.html import render_plan
from syncer.render.viewpoint import DRIFT, PLAN, Viewpoint
from tests.benchmarks.page import large_plan
from tests.browser import axe
from tests.browser.audit import faults
from tests.browser.chromium import Chromium
from tests.browser.page import Page
from tests.render.plans import BERLIN, EXAMPLE, config, create, make_plan, update
from tests.render.showcase import showcase

LARGE = 10_000
MOST_ELEMENTS = 3_000  # of the whole page, however large the plan is
HOSTILE = (
    "</script><img src=x onerror=alert(1)><!--<script>alert(2)</script><svg onload=alert(3)>"
    "\"'`${alert(4)}{{7*7}} javascript:alert(5) __proto__ \u202e\x1b[31m\u2028\ud800"
)
ADDRESSES = "[...document.querySelectorAll('#list article h4 code')].map((one) => one.textContent)"
RECORDING = "https://recordings.example.com/upload?site=stuttgart&tenant="
COUNT = "document.querySelector('#count').textContent"
ARTICLES = "document.querySelectorAll('#list article').length"
FOCUSED = "document.activeElement.dataset.at"


@contextmanager
def opened(
    browser: Chromium,
    folder: Path,
    plan: Plan,
    *,
    dark: bool = False,
    state: str = "",
    viewpoint: Viewpoint = PLAN,
) -> Iterator[Page]:
    """The page of a plan; `state` as its address says it."""
    path = folder / "plan.html"
    path.write_text(render_plan(plan, viewpoint), "ascii")
    with browser.page(f"{path.as_uri()}{state}", dark=dark) as page:
        page.resize(1280, 900)
        yield page
        assert page.complaints == []
        assert len(page.har.document()["log"]["entries"]) == 1  # the page itself


def addresses(page: Page) -> Any:
    """Of the changes that are shown."""
    return page.evaluate(ADDRESSES)


def test_all_changes_are_shown_with_their_fields(browser: Chromium, tmp_path: Path) -> None:
    with opened(browser, tmp_path, showcase()) as page:
        assert page.evaluate(COUNT) == "All 6 changes"
        assert page.evaluate("document.querySelector('#list h3').textContent") == f"{EXAMPLE}3 to update, 1 to delete"
        assert addresses(page)[:2] == [f"config[{EXAMPLE}/EXPERT/no telnet]", f"config[{EXAMPLE}/PHONE/HQ phones]"]
        fields = (
            "[...document.querySelectorAll('[data-at=\"1\"] dd')].map((one) => one.innerText.replace(/\\s+/g, ' '))"
        )
        assert page.evaluate(fields) == [
            "172.16.0.1 → 172.16.0.2 (yours)",
            "GERMANY → SWITZERLAND (both moved; it was AUSTRIA)",
            f"{RECORDING}lab {RECORDING}hq (drift)",
            "30 → (unset) (yours)",
        ]
        assert page.evaluate(
            "[...document.querySelectorAll('[data-at=\"1\"] mark')].map((one) => one.textContent)"
        ) == [
            "lab",
            "hq",
        ]


def test_scripts_stand_side_by_side(browser: Chromium, tmp_path: Path) -> None:
    rows = "[...document.querySelectorAll('#list tbody tr')].map((one) => [...one.cells].map((c) => c.textContent))"
    tops = "[...document.querySelectorAll('#list tr:nth-child(3) td')].map((c) => c.getBoundingClientRect().top)"
    with opened(browser, tmp_path, showcase()) as page:
        assert page.evaluate(rows)[2:5] == [
            ["mod cmd HTTP0 /force-tls", "mod cmd HTTP0 /force-tls /tls-only"],
            ["config change TELNET0 /off", "config change TELNET0 /off"],
            ["config write", ""],
        ]
        left, right = page.evaluate(tops)
        assert left == right
        page.resize(360, 800)
        left, right = page.evaluate(tops)
        assert left < right


@pytest.mark.parametrize(
    "control, value, left",
    [
        ("domain", BERLIN, 2),
        ("kind", "category", 1),
        ("type", "NTP", 2),
        ("action", "delete", 1),
        ("whose", "both", 1),
        ("q", "AUSTRIA", 1),
        ("q", "tls-only", 1),
        ("q", "hq.yaml:14", 1),
        ("q", "gk1", 1),
        ("q", "nothing of the kind", 0),
    ],
)
def test_a_filter_leaves_what_fits(browser: Chromium, tmp_path: Path, control: str, value: str, left: int) -> None:
    with opened(browser, tmp_path, showcase()) as page:
        if control == "q":
            page.type("#q", value)
        else:
            page.evaluate(f"document.querySelector('#{control}').value = '{value}'")
            page.evaluate(f"document.querySelector('#{control}').dispatchEvent(new Event('input', {{bubbles: true}}))")
        page.wait_for(f"{COUNT} === '{left} of 6 changes'")
        assert len(addresses(page)) == left
        page.click("#clear")
        page.wait_for(f"{COUNT} === 'All 6 changes'")


def test_drift_is_told_from_the_server(browser: Chromium, tmp_path: Path) -> None:
    values = "[...document.querySelectorAll('[data-at=\"1\"] dd')].map((one) => one.innerText.replace(/\\s+/g, ' '))"
    choices = "[...document.querySelector('#action').options].map((one) => one.textContent)"
    verbs = "[...document.querySelectorAll('#list .action')].map((one) => one.textContent)"
    with opened(browser, tmp_path, showcase(), viewpoint=DRIFT) as page:
        assert page.evaluate(COUNT) == "All 6 differences"
        assert page.evaluate("document.querySelector('#list h3').textContent") == (
            f"{EXAMPLE}3 differ, 1 not in the files"
        )
        assert page.evaluate(values)[:3] == [
            "172.16.0.2 (files) → 172.16.0.1 (live) (yours)",
            "SWITZERLAND (files) → GERMANY (live) (both moved; it was AUSTRIA)",
            f"{RECORDING}hq (files) {RECORDING}lab (live) (drift)",
        ]
        assert page.evaluate("document.querySelector('.texts thead').innerText").split() == ["files", "live"]
        assert page.evaluate(choices) == ["all", "differ (3)", "not in the files (1)", "missing (2)"]
        assert page.evaluate(verbs) == ["~ differs"] * 3 + ["+ not in the files"] + ["\u2212 missing"] * 2
        page.click("#counts .delete")
        page.wait_for(f"{COUNT} === '2 of 6 differences'")
        page.type("#q", "nothing of the kind")
        page.wait_for("document.querySelector('#list').textContent === 'No difference fits the filter.'")


@pytest.mark.parametrize("viewpoint, sides", [(PLAN, "beforeafter"), (DRIFT, "fileslive")])
def test_what_the_server_did_to_a_text_has_sides_of_its_own(
    browser: Chromium, tmp_path: Path, viewpoint: Viewpoint, sides: str
) -> None:
    """Left is what it was, which neither the files nor the server have any more."""
    diff = FieldDiff("script", "a\nlive\n", "a\nfiles\n", Whose.BOTH, "a\nonce\n")
    plan = make_plan(update(config("EXPERT", "x"), diff, whose=Whose.BOTH))
    tables = "[...document.querySelectorAll('#list table')].map((one) => [...one.rows].map((r) => r.textContent))"
    with opened(browser, tmp_path, plan, viewpoint=viewpoint) as page:
        ours, moved = page.evaluate(tables)
        assert (ours[0], moved[0]) == (sides, "thenlive")
        assert moved[-1] == "oncelive"


def test_the_address_holds_the_filter(browser: Chromium, tmp_path: Path) -> None:
    with opened(browser, tmp_path, showcase(), state="#action=update&q=gk1&kind=nonsense&__proto__=x") as page:
        assert addresses(page) == [f"config[{EXAMPLE}/PHONE/HQ phones]"]
        page.type("#q", "media & more")
        page.wait_for("location.hash === '#q=media+%26+more&action=update'")
        page.press("Escape")
        page.wait_for("location.hash === ''")
        page.evaluate("location.hash = '#domain=berlin.example.com'")
        page.wait_for(f"{COUNT} === '2 of 6 changes'")


def test_a_guard_leads_to_its_changes(browser: Chromium, tmp_path: Path) -> None:
    with opened(browser, tmp_path, showcase()) as page:
        page.click("#guards a")
        page.wait_for(f"{COUNT} === '1 of 6 changes'")
        assert addresses(page) == [f"config[{EXAMPLE}/NTP/old clock]"]
        assert page.evaluate(FOCUSED) == "0"


def test_of_very_many_changes_the_first_are_printed_and_the_others_counted(browser: Chromium, tmp_path: Path) -> None:
    late = "document.querySelectorAll('.late')"
    with opened(browser, tmp_path, large_plan(LARGE)) as page:
        said = "onPaper = [document.getElementById('unprinted').innerText, document.querySelectorAll('article').length]"
        page.evaluate(f"addEventListener('beforeprint', () => {{ window.{said} }})")
        assert page.printed().startswith(b"%PDF")
        told, made = page.evaluate("onPaper")
        assert 1000 <= made < 1050
        assert told.startswith(f"Not printed are the last {LARGE - made:,} of them: ")
        assert page.evaluate(f"[...{late}].every((one) => !one.firstChild)") is True
        assert page.evaluate("document.getElementById('unprinted').hidden") is True


def test_keys_move_filter_and_clear(browser: Chromium, tmp_path: Path) -> None:
    with opened(browser, tmp_path, showcase()) as page:
        for key, at in (("j", "0"), ("j", "1"), ("j", "2"), ("k", "1")):
            page.press(key)
            assert page.evaluate(FOCUSED) == at
        page.press("/")
        assert page.evaluate("document.activeElement.id") == "q"
        for key in "jk/":
            page.press(key)
        assert page.evaluate("document.activeElement.value") == "jk/"
        page.press("Escape")
        assert page.evaluate("document.activeElement.value") == ""
        page.click("#shortcuts")
        page.evaluate("document.activeElement.blur()")
        page.press("/")
        assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_the_first_tab_leads_past_the_summary(browser: Chromium, tmp_path: Path) -> None:
    with opened(browser, tmp_path, showcase()) as page:
        page.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the changes"
        page.press("Enter")
        assert page.evaluate("document.activeElement.id") == "changes"
        page.press("Tab")
        assert page.evaluate("document.activeElement.id") == "q"
        assert page.evaluate(COUNT) == "All 6 changes"


def test_the_chart_shows_the_widest_reach_of_what_fits(browser: Chromium, tmp_path: Path) -> None:
    rows = "[...document.querySelectorAll('#reach-rows tr')].map((one) => [...one.cells].map((c) => c.textContent))"
    widths = "[...document.querySelectorAll('#reach-rows tr:first-child rect')].map((r) => r.getAttribute('class'))"
    with opened(browser, tmp_path, showcase()) as page:
        assert page.evaluate(rows)[0] == [
            "~config[example.com/MEDIA/media]",
            "",
            "128 devices (121 online) → every device of example.com (212), 198 online",
        ]
        assert page.evaluate(widths) == ["offline", "online", "before"]
        assert len(page.evaluate(rows)) == 5
        page.click("#reach-rows button")
        assert page.evaluate(FOCUSED) == "2"
        page.type("#q", "Phones Berlin")
        page.wait_for("document.querySelector('#reach').hidden")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_it_can_be_read_in_every_light_and_width(browser: Chromium, tmp_path: Path, dark: bool, width: int) -> None:
    pages = ((showcase(), PLAN), (hostile_plan(), PLAN), (make_plan(), PLAN), (showcase(), DRIFT))
    for plan, viewpoint in pages:
        with opened(browser, tmp_path, plan, dark=dark, viewpoint=viewpoint) as page:
            page.resize(width, 800)
            assert faults(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_violation(browser: Chromium, tmp_path: Path, dark: bool, width: int) -> None:
    script = axe.script()
    if script is None:
        pytest.skip("there is no axe-core here; name its axe.min.js in $SYNCER_AXE")
    for plan in (showcase(), make_plan()):
        with opened(browser, tmp_path, plan, dark=dark) as page:
            page.resize(width, 800)
            assert axe.violations(page, script) == []


def test_ten_thousand_changes_are_made_where_the_window_is(browser: Chromium, tmp_path: Path) -> None:
    elements = "document.querySelectorAll('*').length"
    with opened(browser, tmp_path, large_plan(LARGE)) as page:
        assert page.evaluate(COUNT) == "All 10,000 changes"
        assert page.evaluate(elements) < MOST_ELEMENTS
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for("document.querySelector('[data-at=\"9999\"]') && !document.querySelector('[data-at=\"0\"]')")
        assert page.evaluate(elements) < MOST_ELEMENTS
        page.type("#q", "phones 0425")
        page.wait_for(f"{COUNT} === '10 of 10,000 changes' && {ARTICLES} === 10")


def test_paper_has_all_that_the_filter_leaves(browser: Chromium, tmp_path: Path) -> None:
    with opened(browser, tmp_path, large_plan(1000), state="#action=create") as page:
        fitting = int(page.text("#count").split()[0])
        assert page.evaluate(ARTICLES) < fitting
        page.evaluate(f"addEventListener('beforeprint', () => (window.onPaper = {ARTICLES}))")
        assert page.printed().startswith(b"%PDF")
        assert page.evaluate("window.onPaper") == fitting
        page.wait_for(f"{ARTICLES} < {fitting}")


def test_nothing_hostile_acts(browser: Chromium, tmp_path: Path) -> None:
    with opened(browser, tmp_path, hostile_plan()) as page:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")  # which makes all that would be made on the way down
        assert page.evaluate(ARTICLES) == 4
        assert (
            page.evaluate("document.querySelectorAll('img, iframe, object, [onerror], [onload], [style*=url]').length")
            == 0
        )
        assert page.evaluate("[document.scripts.length, document.styleSheets.length]") == [2, 1]
        assert page.evaluate("document.querySelectorAll('a:not([href^=\"#\"])').length") == 0
        assert page.evaluate("document.querySelectorAll('svg:not(#reach svg)').length") == 0
        assert not page.evaluate(
            "/[\\u202a-\\u202e\\u2028\\ud800-\\udfff\\u001b]/.test(document.documentElement.outerHTML)"
        )
        assert page.evaluate("Object.keys(Object.prototype).length") == 0
        page.click("#guards a")
        page.wait_for(f"{FOCUSED} === '0'")  # else the address might be read after what is typed
        page.type("#q", "<svg onload")
        page.wait_for(f"{COUNT} === 'All 4 changes'")


def test_the_browser_refuses_what_would_be_parsed_or_run(browser: Chromium, tmp_path: Path) -> None:
    path = tmp_path / "plan.html"
    path.write_text(render_plan(showcase()), "ascii")
    with browser.page(path.as_uri()) as page:
        page.evaluate("(window.told = new Set(), true)")
        assert page.evaluate("(() => { try { document.body.innerHTML = 'x'; return false } catch { return true } })()")
        page.evaluate("document.addEventListener('securitypolicyviolation', (e) => told.add(e.effectiveDirective))")
        page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))")
        page.evaluate("document.body.append(Object.assign(document.createElement('style'), {textContent: '* {}'}))")
        page.wait_for("told.has('img-src') && told.has('style-src-elem')")


def hostile_plan() -> Plan:
    """Everything that can be named is called something bad."""
    domain = HOSTILE
    bad, long = config_address(domain, HOSTILE, HOSTILE), config_address(domain, "PHONE", HOSTILE * 400)
    fields: dict[str, Any] = {HOSTILE: HOSTILE, "desc": HOSTILE * 400}
    script = "\n".join([HOSTILE, "\\", "@@ -1 +1 @@", "--- a", HOSTILE])
    change = update(
        bad,
        FieldDiff(HOSTILE, HOSTILE, HOSTILE[:-1], Whose.BOTH, HOSTILE),
        FieldDiff("__proto__", {"__proto__": HOSTILE}, [HOSTILE]),
        FieldDiff("script", script, script.replace("alert", "prompt"), Whose.BOTH, script.replace("svg", "b")),
        former=category_address(domain, HOSTILE),
        source=f"{HOSTILE}.yaml:1:1",
    )
    plan = make_plan(
        replace(change, whose=Whose.BOTH),
        _same(create(long, **fields)),
        _same(create(config_address("__proto__", "__proto__", "constructor"), desc=f"a\n- DELETE\n{HOSTILE}")),
        _same(create(config_address("toString", "PHONE", "toString"), gk1=HOSTILE)),
        guards=(Guard(HOSTILE, HOSTILE, HOSTILE, 1, (bad, long)), Guard(HOSTILE, HOSTILE)),
        notes=(HOSTILE,),
        only=(HOSTILE,),
    )
    return replace(
        plan,
        server_name=HOSTILE,
        server_url=f"javascript:{HOSTILE}",
        created=HOSTILE,
        since=Since(Third.REVISION, HOSTILE, HOSTILE),
        renames=(Rename(bad, long, HOSTILE),),
        unmanaged=(bad, long),
        ignored=(Ignored(bad, (HOSTILE,)),),
    )


def _same(change: Change) -> Change:
    return replace(change, whose=Whose.YOURS, source=HOSTILE)
