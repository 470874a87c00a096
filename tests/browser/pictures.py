"""The README's pictures, made anew by hand: `python -m tests.browser.pictures`; look at them before you commit."""

import io
import os
import pty
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from syncer.emulator import Store
from syncer.render.html import render_plan
from tests.browser.chromium import Chromium
from tests.browser.serving import served
from tests.browser.story import CATEGORY, at_the_page
from tests.cli.running import repository
from tests.edited import COMMAND, prepare
from tests.learn.vocabularies import path_of
from tests.render.showcase import showcase

_HERE = Path(__file__).parents[2]
PICTURES = _HERE / ".github" / "pictures"
_COLUMNS, _ROWS = 100, 45
_COLOURS = TerminalTheme(
    (20, 25, 31),
    (221, 227, 234),
    [
        (69, 76, 86),
        (255, 123, 114),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (177, 186, 196),
    ],
)
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #14191f; color: #dde3ea; padding: 20px 24px; width: max-content }}
pre {{ font: 14px/1.35 "DejaVu Sans Mono", monospace; margin: 0 }} {stylesheet}</style><pre>{code}</pre>"""


def fill(store: Store) -> None:
    """The installation of the examples."""
    store.load(_HERE / "examples" / "installation")


def page(browser: Chromium, *, dark: bool) -> None:
    """The emulator's page after some clicks."""
    with at_the_page(browser, fill=fill, dark=dark) as user:
        user.page.click(user.row("domain", "example.com"))
        user.idle()
        user.create_category(CATEGORY)
        user.create_config("NTP", "scratch time", CATEGORY, ntp1="time.example.com", ntp2="time2.example.com")
        user.edit_config("scratch time", ntp1="other.example.com")
        user.page.screenshot(PICTURES / f"devices-page{'-dark' if dark else ''}.png")


def plan(browser: Chromium, folder: Path, *, dark: bool) -> None:
    """A plan as a page, to the end of its second change."""
    path = folder / "plan.html"
    path.write_text(render_plan(replace(showcase(), renames=(), notes=())), "ascii")
    with browser.page(path.as_uri(), dark=dark) as at:
        at.resize(1000, 2000)
        at.evaluate("document.documentElement.style.scrollbarWidth = 'none'")
        at.resize(1000, int(at.evaluate("document.querySelectorAll('article')[1].getBoundingClientRect().bottom")) + 16)
        at.screenshot(PICTURES / f"plan{'-dark' if dark else ''}.png")


def terminal(browser: Chromium, shown: str, command: list[str], folder: Path, rows: int = _ROWS) -> None:
    """A command's lines as a terminal shows them; of more than `rows` the first and last."""
    lines = Text.from_ansi(_in_terminal(command, folder)).split("\n")
    kept = [*lines[:16], Text("…", style="dim"), *lines[-13:]] if len(lines) > rows else list(lines)
    console = Console(record=True, width=_COLUMNS, file=io.StringIO())
    console.print(Text.assemble(("$ ", "bold green"), (" ".join(command), "bold")))
    for line in kept:
        console.print(line)
    html = folder / "terminal.html"
    html.write_text(console.export_html(theme=_COLOURS, code_format=_PAGE), "utf-8")
    with browser.page(html.as_uri()) as at:
        at.resize(920, 100)
        at.resize(920, int(at.evaluate("document.documentElement.scrollHeight")))
        at.screenshot(PICTURES / shown)


def _in_terminal(command: list[str], folder: Path) -> str:
    """What it writes to a terminal."""
    here, there = pty.openpty()
    words = [sys.executable, "-m", "syncer.cli.main", *command[1:]]
    environ = {**os.environ, "SYNCER_PASSWORD": "emulator", "COLUMNS": str(_COLUMNS), "TERM": "xterm-256color"}
    process = subprocess.Popen(words, cwd=folder, env=environ, stdout=there, stderr=there)
    os.close(there)
    written = b""
    while True:
        try:
            written += os.read(here, 65536)
        except OSError:  # the other end is closed
            break
    process.wait()
    return written.decode().replace("\r\n", "\n")


def main() -> None:
    """All of them."""
    with Chromium() as browser, tempfile.TemporaryDirectory() as folder:
        for dark in (False, True):
            page(browser, dark=dark)
            plan(browser, Path(folder), dark=dark)
        edited = Path(folder) / "edited"
        prepare(edited, lambda *args: _in_terminal(["syncer", *args], edited))
        terminal(browser, "plan-terminal.png", ["syncer", *COMMAND], edited, rows=100)
        with served(None, fill) as service:
            more = "    wire_profile: wire/production.yaml\n"
            repo = repository(Path(folder) / "phones", service.running.url, "domain: example.com\n", more=more)
            (repo / "wire").mkdir()
            profile = path_of("conventional").read_text("utf-8").replace("name: conventional", "name: production")
            (repo / "wire" / "production.yaml").write_text(profile, "utf-8")
            terminal(browser, "wire-verify.png", ["syncer", "wire", "verify", "--yes"], repo)


if __name__ == "__main__":
    main()
