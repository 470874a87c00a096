"""The guided checklist of `syncer.learn.clicks`, clicked in the page, and what the browser recorded of it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from syncer.emulator import Emulator, Store
from syncer.emulator.faults import Refuse, When
from syncer.wire.profile import BUILT_IN, Profile, builtin, load
from tests.browser.chromium import Chromium
from tests.browser.devtools import BrowserError
from tests.browser.page import Page
from tests.browser.serving import Served, served
from tests.emulator.conftest import fill
from tests.emulator.rawclient import PASSWORD

# Few lines, and long ones: Chromium takes a time that grows with the square of their number.
SCRIPT = "".join(f"# line {number}: {'ä 😀 ' * 200}\n" for number in range(100))
_FIND = "[...document.querySelectorAll('[data-{kind}]')].find(row => row.querySelector('bdi').textContent === {text})"
SECRET = "t0p s3cret"
CATEGORY, SCRATCH_DOMAIN = "syncer scratch", "scratch.invalid"


@dataclass
class Clicks:
    """Someone in front of the page."""

    page: Page
    service: Served
    profile: Profile = field(default_factory=lambda: builtin(BUILT_IN))

    def log_in(self, password: str = PASSWORD) -> None:
        """By password, with the domain and the app that the page proposes."""
        self.page.wait_for("document.querySelector('#login-app').value")
        self.page.type("#login-password", password)
        self.page.click("#login-submit")
        self.page.wait_for("document.querySelector('#status').dataset.state === 'online'")
        self.idle()

    def idle(self) -> None:
        """Wait until the page has done what it was told."""
        self.page.wait_for("document.body.dataset.busy === '0'")

    def save(self) -> None:
        """Save what the dialog has, which closes it."""
        self.page.click("#editor-save")
        self.page.wait_for("!document.querySelector('#editor').open")

    def row(self, kind: str, text: str) -> str:
        """The selector of the row (or button) that says `text`, as soon as there is one."""
        found = _FIND.format(kind=kind, text=json.dumps(text))
        self.page.wait_for(found)
        return f'[data-{kind}="{self.page.evaluate(f"{found}.dataset.{kind}")}"]'

    def gone(self, kind: str, text: str) -> None:
        """Wait until no row says `text`."""
        self.page.wait_for(f"!{_FIND.format(kind=kind, text=json.dumps(text))}")

    def open(self, desc: str) -> None:
        """Open a config; a click that met with the list being drawn anew is lost, and made again as a person would."""
        is_open = "document.querySelector('#editor').open"
        self.page.click(f"{self.row('config', desc)} [data-action=open]")
        try:
            self.page.wait_for(is_open, 3)
        except BrowserError:
            self.page.click(f"{self.row('config', desc)} [data-action=open]")
            self.page.wait_for(is_open)
        self.idle()

    def look(self, desc: str) -> None:
        """Open a config, and close it."""
        self.open(desc)
        self.page.click("#editor-cancel")

    def delete(self, kind: str, text: str) -> None:
        """Delete a category or a config, and say yes."""
        self.page.click(f"{self.row(kind, text)} [data-action=delete]")
        self.page.click("#confirm-yes")
        self.gone(kind, text)

    def create_category(self, name: str) -> None:
        """In the domain that is shown."""
        self.page.click("#category-create")
        self.page.type("#field-name", name)
        self.save()
        self.row("category", name)

    def edit_category(self, name: str, new: str, used: bool = True) -> None:
        """Its name, and whether it is used for configurations."""
        row = self.row("category", name)
        self.page.click(f"{row} [data-action=edit]")
        self.page.type("#field-name", new)
        self.page.check("#field-config", used)
        self.save()
        self.row("category", new)
        flag = "yes" if used else "no"
        self.page.wait_for(f"document.querySelector('{row} [data-flag]').dataset.flag === {flag!r}")

    def create_config(self, kind: str, desc: str, category: str | None, **fields: str) -> None:
        """With its fields, and for the devices of one category."""
        number = self.row("category", category).partition('"')[2].rstrip('"]') if category else None
        self.page.click("#config-create")
        self.page.choose("#field-type", kind)
        self.page.type("#field-desc", desc)
        for name, value in fields.items():
            self.page.type(f"#field-{name}", value)
        if number:
            self.page.click(f"#categories-{number}")
        self.save()
        self.row("config", desc)

    def edit_config(self, desc: str, /, **fields: str) -> None:
        """Some fields of it, saved; then a look at it."""
        self.open(desc)
        for name, value in fields.items():
            self.page.type(f"#field-{name}", value)
        self.save()
        self.look(fields.get("desc", desc))

    def checklist(self) -> None:
        """From the login to the last list, as `syncer.learn.clicks.GUIDE` says it, and a config with a password."""
        self.log_in()
        self.create_category(CATEGORY)
        self.edit_category(CATEGORY, f"{CATEGORY} 2")
        for used in (False, True):
            self.edit_category(f"{CATEGORY} 2", f"{CATEGORY} 2", used)
        self.create_config("NTP", "scratch time", f"{CATEGORY} 2", ntp1="time.example.com", ntp2="time2.example.com")
        self.edit_config("scratch time", ntp1="other.example.com")
        self.edit_config("scratch time", ntp2="")
        self.create_config("EXPERT", "scratch script", f"{CATEGORY} 2", script=SCRIPT)
        self.look("scratch script")
        self.create_config("MEDIA", "scratch media", f"{CATEGORY} 2", turnServer="turn", turnPassword=SECRET)
        if self.profile.operations["create_category"].response is not None:
            self.refused()
        for desc in ("scratch time", "scratch script", "scratch media"):
            self.delete("config", desc)
        self.look_again()
        self.delete("category", f"{CATEGORY} 2")
        self.look_again()
        if self.profile.operation("create_domain"):
            self.domains()

    def look_again(self) -> None:
        """At the lists of the instance's domain."""
        self.page.click(self.row("domain", "example.com"))
        self.idle()

    def refused(self) -> None:
        """A second category of the same name, which this service refuses."""
        self.service.ask(lambda emulator: emulator.faults.add(Refuse("not so"), When(operation="create_category")))
        self.page.click("#category-create")
        self.page.type("#field-name", f"{CATEGORY} 2")
        self.page.click("#editor-save")
        self.page.wait_for("document.querySelector('#editor-error').textContent === 'not so'")
        self.page.click("#editor-cancel")
        self.service.ask(lambda emulator: emulator.faults.clear())

    def domains(self) -> None:
        """One made, edited and deleted."""
        self.page.click("#domain-create")
        self.page.type("#field-name", SCRATCH_DOMAIN)
        self.save()
        self.page.click(self.row("domain", SCRATCH_DOMAIN))
        self.idle()
        self.page.click("#domain-edit")
        self.page.check("#field-deployAdminPasswords")
        self.save()
        self.page.wait_for("document.querySelector('#domain-facts').textContent")
        self.page.click("#domain-delete")
        self.page.click("#confirm-yes")
        self.gone("domain", SCRATCH_DOMAIN)
        self.idle()


@contextmanager
def at_the_page(
    browser: Chromium,
    *,
    profile: Profile | None = None,
    fill: Callable[[Store], object] = fill,
    dark: bool = False,
    log_in: bool = True,
) -> Iterator[Clicks]:
    """Someone at the page of an installation; in the end nothing may have complained."""
    with served(profile, fill) as service, browser.page(service.url, dark=dark) as page:
        user = Clicks(page, service)
        if log_in:
            user.log_in()
        yield user
        assert page.complaints == []


def record(profile: Path, folder: Path, browser: Chromium | None = None) -> Path:
    """The HAR of the checklist, clicked in a browser, on a new installation that speaks the wire profile of a file."""
    if browser is None:
        with Chromium() as own:
            return record(profile, folder, own)
    spoken = load(profile.read_text("utf-8"), str(profile))
    with served(spoken) as service:
        return click_through(service, spoken, folder / f"{profile.stem}.har", browser)


def click_through(service: Served, spoken: Profile, saved: Path, browser: Chromium) -> Path:
    """The HAR of the checklist, clicked on an installation, which is as before afterwards."""
    before = service.ask(_objects)
    with browser.page(service.url) as page:
        Clicks(page, service, spoken).checklist()
        assert service.ask(_objects) == before, "the checklist left something behind"
        page.har.save(saved)
    return saved


def _objects(emulator: Emulator) -> list[object]:
    store = emulator.store
    domains = store.domains()
    return [domains, *(find(one.id) for one in domains for find in (store.categories, store.configs))]
