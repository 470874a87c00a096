"""The page, used in a browser: what is created, edited and deleted in it, and what it says when that fails."""

from typing import Any

from syncer.emulator import Emulator
from syncer.emulator.faults import Close, Refuse, When
from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of
from syncer.wire.profile import load
from tests.browser.chromium import Chromium
from tests.browser.serving import served
from tests.browser.story import at_the_page
from tests.emulator.conftest import SCRIPT

POOR = """
format: syncer-wire/1
name: poor
origin: learned
operations:
  create_category: {request: {mt: NewCategory, name: $name}, response: none}
"""


def configs(emulator: Emulator) -> dict[int, tuple[dict[str, Any], list[int]]]:
    """All configs of the first domain, with the ids of their categories."""
    store = emulator.store
    return {
        one.id: ({"desc": "", **one.fields}, [category.id for category in store.categories_of(one)])
        for one in store.configs(1)
    }


def config(emulator: Emulator, desc: str) -> tuple[dict[str, Any], list[int]]:
    """One of them."""
    return next(found for found in configs(emulator).values() if found[0].get("desc") == desc)


def test_a_config_is_created_edited_and_deleted(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        user.create_config("MEDIA", "new one", "Gateways", turnServer="turn", turnPassword="pässwörd", natNum="0")
        fields, categories = user.service.ask(lambda emulator: config(emulator, "new one"))
        assert (fields["type"], fields["turnPassword"], fields["natNum"], categories) == ("MEDIA", "pässwörd", 0, [3])
        user.edit_config("new one", desc="renamed", turnServer="other")
        fields, categories = user.service.ask(lambda emulator: config(emulator, "renamed"))
        assert (fields["turnServer"], fields["turnPassword"], categories) == ("other", "pässwörd", [3])
        user.delete("config", "renamed")
        assert "renamed" not in {fields.get("desc") for fields, _ in user.service.ask(configs).values()}


def test_saving_what_nobody_touched_changes_nothing(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        before = user.service.ask(configs)
        assert {fields["type"] for fields, _ in before.values()} > {"EXPERT", "MEDIA", "TRUST_LIST"}
        for number in before:
            user.page.click(f'[data-config="{number}"] [data-action=open]')
            user.page.wait_for("document.querySelector('#editor').open")
            user.save()
        assert user.service.ask(configs) == before


def test_categories_and_domains_are_renamed_and_deleted(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        user.edit_category("Old", "Older", used=True)
        user.delete("category", "Older")
        assert [one.name for one in user.service.ask(lambda emulator: emulator.store.categories(1))] == [
            "Phones HQ",
            "Gateways",
        ]
        user.domains()
        assert len(user.service.ask(lambda emulator: emulator.store.domains())) == 3


def test_a_deletion_is_asked_for_first(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        user.page.click(f"{user.row('category', 'Phones HQ')} [data-action=delete]")
        assert user.page.text("#confirm-title") == "Delete category “Phones HQ”?"
        assert user.page.text("#confirm-text") == (
            "1 configuration names no other category and would be for every device. This cannot be undone."
        )
        user.page.press("Escape")
        user.idle()
        assert len(user.service.ask(lambda emulator: emulator.store.categories(1))) == 3


def test_what_the_service_says_no_to_is_shown_as_text(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        refuse = Refuse("<b>not</b> so")
        user.service.ask(lambda emulator: emulator.faults.add(refuse, When(operation="delete_config")))
        user.service.ask(lambda emulator: emulator.faults.add(refuse, When(operation="create_category")))
        user.page.click(f"{user.row('config', 'media')} [data-action=delete]")
        user.page.click("#confirm-yes")
        user.page.wait_for("!document.querySelector('#notice').hidden")
        assert user.page.text("#notice") == "<b>not</b> so"
        user.page.click("#category-create")
        user.page.type("#field-name", "x")
        user.page.click("#editor-save")
        user.page.wait_for("!document.querySelector('#editor-error').hidden")
        assert user.page.text("#editor-error") == "<b>not</b> so"
        assert user.page.evaluate("document.querySelector('#editor').open")


def test_a_refused_login(browser: Chromium) -> None:
    with at_the_page(browser, log_in=False) as user:
        user.page.wait_for("document.querySelector('#login-app').value")
        user.page.type("#login-password", "wrong")
        user.page.press("Enter")
        user.page.wait_for("!document.querySelector('#login-error').hidden")
        assert user.page.text("#login-error") == "wrong app, domain or password"
        assert user.page.text("#status") == "not connected"


def test_a_customer_sees_their_own_domain_and_makes_none(browser: Chromium) -> None:
    with at_the_page(browser, log_in=False) as user:
        user.page.wait_for("document.querySelector('#login-app').value")
        user.page.type("#login-domain", "customer.com")
        user.log_in("customer-pw")
        assert user.page.text("#domains") == "customer.com"
        assert user.page.evaluate("document.querySelector('#domain-create').disabled")
        user.edit_config("customer's", desc="ours")


def test_a_lost_connection_is_told(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        user.service.ask(lambda emulator: emulator.faults.add(Close(), When(operation="create_category")))
        user.page.click("#category-create")
        user.page.type("#field-name", "x")
        user.page.click("#editor-save")
        user.page.wait_for("document.querySelector('#status').dataset.state === 'lost'")
        assert user.page.text("#notice").startswith("The connection was lost.")
        user.page.click("#logout")
        user.log_in()
        assert user.page.text("#status") == "connected"


def test_the_forms_have_every_field_of_the_schema(browser: Chromium) -> None:
    with served() as service, browser.page(service.url) as page:
        named = "m.configTypes.map((type) => [type, m.fieldsOf(type).map((field) => [field.name, field.seed ?? null])])"
        offered = {kind: dict(fields) for kind, fields in page.evaluate(f"import('./fields.js').then((m) => {named})")}
    common = {"desc", "type", "categories"}
    assert offered == {
        one: {f.name: f.seed for f in fields_of(Kind.CONFIG, one).values() if f.name not in common}
        for one in config_types()
    }


def test_another_type_keeps_what_was_typed(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        user.page.click("#config-create")
        user.page.type("#field-desc", "kept")
        user.page.click("#categories-1")
        user.page.choose("#field-type", "NTP")
        assert user.page.evaluate("document.querySelector('#field-desc').value") == "kept"
        user.save()
        user.row("config", "kept")
        fields, categories = user.service.ask(lambda emulator: config(emulator, "kept"))
        assert (fields["type"], categories) == ("NTP", [1])


def test_line_breaks_of_windows_stay(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        user.edit_config("no telnet", script=f"{SCRIPT}more\n".replace("\r\n", "\n"))
        fields, _ = user.service.ask(lambda emulator: config(emulator, "no telnet"))
        assert fields["script"] == f"{SCRIPT}more\r\n"


def test_what_others_change_is_shown(browser: Chromium) -> None:
    with at_the_page(browser) as user:
        user.service.ask(lambda emulator: emulator.store.add_config(1, {"type": "NTP", "desc": "from elsewhere"}))
        user.row("config", "from elsewhere")
        user.service.ask(lambda emulator: emulator.store.delete_config(1))
        user.gone("config", "HQ phones")


def test_what_the_wire_profile_cannot_say_is_not_offered(browser: Chromium) -> None:
    with at_the_page(browser, profile=load(POOR, "poor.yaml")) as user:
        disabled = "[...document.querySelectorAll('#domain button:disabled')].length"
        enabled = "[...document.querySelectorAll('#domain button:enabled')].map((button) => button.textContent)"
        assert user.page.evaluate(disabled) > 5
        assert set(user.page.evaluate(enabled)) == {"Open", "New category"}
        user.open("media")
        assert user.page.evaluate("document.querySelector('#editor-save').disabled")
        user.page.click("#editor-cancel")


def test_nothing_is_made_in_a_domain_that_was_not_meant(browser: Chromium) -> None:
    with at_the_page(browser, profile=load(POOR, "poor.yaml")) as user:
        user.create_category("here")
        assert user.page.text("#notice") == "here was sent. The wire profile awaits no reply to it."
        user.page.click(user.row("domain", "customer.com"))
        user.idle()
        user.page.click("#category-create")
        user.page.type("#field-name", "there")
        user.page.click("#editor-save")
        user.page.wait_for("!document.querySelector('#editor-error').hidden")
        assert user.page.text("#editor-error") == (
            "in this wire profile create_category names no domain, so it would be made in example.com"
        )
        user.page.click("#editor-cancel")
