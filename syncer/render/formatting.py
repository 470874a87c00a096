"""What becomes of a file: a unified diff, coloured on a terminal, harmless everywhere."""

from collections.abc import Sequence

from syncer.errors import plural
from syncer.render.terminal import Page, Style
from syncer.render.textdiff import text_diff
from syncer.render.values import one_line

_STYLES = {"+": Style.GREEN, "-": Style.RED, "@": Style.CYAN, "\\": Style.DIM}


def render_file_diff(name: str, before: str, after: str, notes: Sequence[str] = (), *, color: bool) -> str:
    """The diff of one file, with what no line of it shows."""
    page = Page(None, color)
    page.line((f"--- {one_line(name)}", Style.BOLD))
    page.line((f"+++ {one_line(name)}", Style.BOLD))
    diff = text_diff(before, after)
    for line in diff.lines:
        page.line((line.unified, _STYLES.get(line.sign, Style.PLAIN)))
    if diff.left_out or not diff.lines:
        _count(page, diff.removed, diff.added)
    for note in notes:
        page.line((f"\\ {note}", Style.DIM))
    return page.text


def _count(page: Page, removed: int, added: int) -> None:
    if removed or added:
        page.line((f"\\ all in all {plural(removed, 'line')} less, {plural(added, 'line')} more", Style.DIM))
