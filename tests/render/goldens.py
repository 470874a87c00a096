"""What every plan of the corpus, and a report, looks like in every rendering, to the letter: the files in goldens/.

`python -m tests.render.goldens` writes them anew; what changed is then in git's diff, to be read.
"""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path

from syncer.model.plan import Plan, Report
from syncer.render import document, github, gitlab, html, junit, lists, markdown, text
from syncer.render.viewpoint import DRIFT
from tests.render.corpus import CORPUS
from tests.render.plans import mixed_report

FOLDER = Path(__file__).parent / "goldens"
REPORT = "report"
_PLAINEST = "empty"  # the plan whose page is stored whole
_HEAD, _TAIL = 12_000, 3_000  # characters kept of a long rendering
_LOOKS = re.compile(r"(<style>|<script type=\"module\">).*?(</style>|</script>)|'sha256-[^']*'", re.DOTALL)

RENDERINGS: Mapping[str, Callable[..., str]] = {
    "100.txt": partial(text.render_plan, width=100),
    "40.txt": partial(text.render_plan, width=40),
    "colours.txt": partial(text.render_plan, width=100, color=True),
    "expanded.txt": partial(text.render_plan, width=100, expand=True),
    "lists.txt": partial(lists.render_lists, lists=(lists.UNMANAGED, lists.IGNORED), width=100),
    "plan.md": markdown.render_plan,
    "plan.json": document.render_plan,
    "page.html": html.render_plan,
    "github.txt": github.render_plan,
    "gitlab.json": gitlab.render_plan,
    "junit.xml": junit.render_plan,
}
DRIFT_RENDERINGS: Mapping[str, Callable[[Plan], str]] = {
    f"drift-{name}": partial(render, viewpoint=DRIFT)
    for name, render in RENDERINGS.items()
    if name not in ("expanded.txt", "lists.txt", "plan.json")
}
AS_DRIFT = (
    "empty",
    "typical-edit",
    "renames",
    "likely-renames",
    "reach-moved",
    "since-record",
    "guards",
    "same-in-many-domains",
)
REPORT_RENDERINGS: Mapping[str, Callable[[Report], str]] = {
    "100.txt": partial(text.render_report, width=100),
    "40.txt": partial(text.render_report, width=40),
    "report.json": document.render_report,
}


@cache
def rendered(plan: str, name: str) -> str:
    """The whole of one rendering."""
    if plan == REPORT:
        return REPORT_RENDERINGS[name](mixed_report())
    return {**RENDERINGS, **DRIFT_RENDERINGS}[name](CORPUS[plan])


def kept(plan: str, name: str) -> str:
    """What is stored of one: of a page what is this plan's own, of what is long the two ends."""
    whole = rendered(plan, name)
    if name.endswith(".html"):
        whole = _own_lines(whole) if plan != _PLAINEST else _without_looks(whole)
    left = len(whole) - _HEAD - _TAIL
    if left > _TAIL:
        digest = hashlib.sha256(whole.encode()).hexdigest()
        whole = f"{whole[:_HEAD]}\n\n[{left} characters left out; sha256 of all: {digest}]\n\n{whole[-_TAIL:]}"
    return f"{whole}\n"


def _own_lines(page: str) -> str:
    """Lines that are not those of every page, each object of its data on one of its own."""
    common = set(_without_looks(rendered(_PLAINEST, "page.html")).split("\n"))
    own = "\n".join(line for line in _without_looks(page).split("\n") if line not in common)
    return own.replace("{", "\n{")


def _without_looks(page: str) -> str:
    return _LOOKS.sub(lambda found: f"{found[1] or ''}…{found[2] or ''}", page)


def stored(plan: str, name: str) -> str:
    """A golden; empty if there is none."""
    path = FOLDER / plan / name
    return path.read_text("utf-8") if path.exists() else ""


def everything() -> Iterator[tuple[str, str]]:
    """Folder and file of each golden."""
    yield from ((plan, name) for plan in CORPUS for name in RENDERINGS)
    yield from ((plan, name) for plan in AS_DRIFT for name in DRIFT_RENDERINGS)
    yield from ((REPORT, name) for name in REPORT_RENDERINGS)


def _write() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    for plan, name in everything():
        path = FOLDER / plan / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(kept(plan, name), "utf-8", newline="\n")


if __name__ == "__main__":
    _write()
