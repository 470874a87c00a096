"""The page, looked at in a browser: hostile names, light and dark, narrow and wide, by keyboard alone."""

import json

import pytest

from syncer.emulator import Store
from syncer.model.fields import config_types
from tests.browser.audit import faults
from tests.browser.chromium import Chromium
from tests.browser.serving import served
from tests.browser.story import at_the_page

HOSTILE = "<img src=x onerror=\"document.title='taken'\"><b>bold</b>\u202e\x1b[31m"


def hostile(store: Store) -> None:
    """An installation in which everything is called something bad."""
    store.add_category(1, HOSTILE)
    store.add_config(1, {"type": HOSTILE, "desc": HOSTILE, HOSTILE: HOSTILE}, [1])
    store.add_config(1, {"type": "PHONE", "desc": HOSTILE, "coder": HOSTILE, "gk1": HOSTILE}, [1])
    store.add_domain(HOSTILE, {})
    store.add_device(1, {"hwId": HOSTILE, "name": HOSTILE, "product": HOSTILE, "type": HOSTILE}, [1])


def test_hostile_names_are_only_text(browser: Chromium) -> None:
    shown = HOSTILE.replace("\u202e", "\\u{202e}").replace("\x1b", "\\u{1b}")
    with at_the_page(browser, fill=hostile) as user:
        user.row("category", shown)
        for number in (1, 2):
            user.page.click(f'[data-config="{number}"] [data-action=open]')
            user.page.wait_for("document.querySelector('#editor').open")
            user.page.click("#editor-cancel")
        assert user.page.text("[data-device] bdi") == shown
        assert user.page.text('[data-domain="2"]') == shown
        assert user.page.evaluate("document.querySelectorAll('img').length") == 1
        assert user.page.evaluate("document.title") == "Devices (emulator)"


def test_the_browser_refuses_what_would_be_parsed_as_html_or_run(browser: Chromium) -> None:
    with served() as service, browser.page(service.url) as page:
        refused = "(() => { try { document.body.innerHTML = '<p>x</p>'; return false } catch { return true } })()"
        assert page.evaluate(refused)
        page.evaluate("document.body.append(Object.assign(document.createElement('style'), {textContent: '* {}'}))")
        page.wait_for("document.styleSheets.length === 1")
        assert any("Content Security Policy" in one for one in page.complaints)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_it_can_be_read_in_every_light_and_width(browser: Chromium, dark: bool, width: int) -> None:
    with at_the_page(browser, dark=dark, log_in=False) as user:
        user.page.resize(width, 800)
        assert faults(user.page) == []
        user.log_in()
        assert faults(user.page) == []
        user.page.click("#config-create")
        for kind in config_types():
            user.page.choose("#field-type", kind)
            assert faults(user.page) == [], kind
        user.page.click("#editor-cancel")
        user.page.click(f"{user.row('config', 'media')} [data-action=delete]")
        user.page.click("#confirm-yes")
        user.page.wait_for("!document.querySelector('#notice').hidden")
        assert faults(user.page) == []


def test_dark_is_dark(browser: Chromium) -> None:
    colours = []
    for dark in (False, True):
        with at_the_page(browser, dark=dark, log_in=False) as user:
            colours.append(user.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(244, 246, 247)", "rgb(18, 24, 26)"]


def test_the_keyboard_suffices(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        focused = "document.activeElement.id"
        user.page.wait_for(f"{focused} === 'domain-name'")
        for control in ("domain-edit", "config-create"):
            user.page.press("Tab")
            assert user.page.evaluate(focused) == control
        user.page.press("Enter")
        user.page.wait_for(f"{focused} === 'field-type'")
        user.page.press("Tab")
        user.page.enter("typed")
        user.page.press("Enter")
        user.row("config", "typed")
        user.page.wait_for(f"{focused} === 'config-create'")
        user.page.press("Enter")
        user.page.wait_for(f"{focused} === 'field-type'")
        user.page.press("Escape")
        user.page.wait_for(f"{focused} === 'config-create'")


def test_the_messages_are_shown_as_they_went(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        count = "document.querySelectorAll('#log li').length"
        assert user.page.evaluate(count) == len(user.page.har.messages)
        user.page.click("#log li:last-child summary")
        user.page.wait_for("document.querySelector('#log li:last-child pre').textContent")
        assert json.loads(user.page.text("#log li:last-child pre")) == json.loads(user.page.har.messages[-1]["data"])
        user.page.click("#log-clear")
        user.page.wait_for(f"{count} === 0")
