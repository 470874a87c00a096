"""axe-core, where it is there: it is not ours, and not in this repository; `.ci/run` gets it."""

import os
from pathlib import Path

from tests.browser.page import Page

_RUN = """axe.run(document, {resultTypes: ['violations']}).then((found) =>
  found.violations.flatMap(({id, help, nodes}) => nodes.map(({target}) => `${id}: ${help}: ${target}`)))"""


def script() -> Path | None:
    """`axe.min.js`, as `$SYNCER_AXE` names it; None where there is none."""
    path = Path(os.environ.get("SYNCER_AXE", ""))
    return path if path.is_file() else None


def violations(page: Page, axe: Path) -> list[str]:
    """What is wrong with the page as it is shown now."""
    page.evaluate(f"{axe.read_text('utf-8')}; true")
    found: list[str] = page.evaluate(_RUN)
    return found
