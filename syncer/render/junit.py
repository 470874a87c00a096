"""Plans as JUnit XML, as GitLab, Jenkins and actions for GitHub read it: https://github.com/testmoapp/junitxml."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from syncer.model.plan import Plan
from syncer.render.change import ChangeView
from syncer.render.findings import Finding, find, place
from syncer.render.phrases import headline, held_addresses
from syncer.render.terminal import Page
from syncer.render.text import render_whole
from syncer.render.text_change import put_change
from syncer.render.values import one_line
from syncer.render.view import GuardView, PlanView, view_guards, view_plan
from syncer.render.viewpoint import PLAN, Viewpoint


def render_plan(plan: Plan, folder: str = "", viewpoint: Viewpoint = PLAN) -> str:
    """A suite for each domain with a case for each change; what a guard holds back fails, and so does all drift.

    Before them one of the plan as a whole: some readers take a file without a case for a broken one.
    """
    root = Element("testsuites", name=f"syncer {viewpoint.noun}")
    _put_whole(root, view_plan(plan, viewpoint), _guards_of_no_change(plan))
    for domain, inside in _by_domain(find(plan, viewpoint)).items():
        suite = SubElement(root, "testsuite", name=one_line(domain))
        for one in inside:
            _put_change(suite, one, folder)
    for counted in (root, *root):
        _count(counted)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}'


def _by_domain(found: Iterable[Finding]) -> dict[str, list[Finding]]:
    inside: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in found:
        inside[one.change.address.domain].append(one)
    return inside


def _guards_of_no_change(plan: Plan) -> tuple[GuardView, ...]:
    """What no change fails for: it is about the plan as a whole, or about what stays as it is."""
    changed = {change.address for change in plan.changes}
    return view_guards(guard for guard in plan.guards if changed.isdisjoint(guard.addresses))


def _put_whole(root: Element, view: PlanView, guards: Sequence[GuardView]) -> None:
    whole = f"({view.viewpoint.whole})"
    suite = SubElement(root, "testsuite", name=whole)
    SubElement(_put_case(suite, whole, f"{view.title.lower()} {view.server}"), "system-out").text = render_whole(view)
    for guard in guards:
        case = _put_case(suite, whole, f"guard {guard.name}")
        (told,) = _told([guard], view.viewpoint)
        _put_failure(case, guard.name, told, [told, held_addresses(guard)])


def _put_change(suite: Element, found: Finding, folder: str) -> None:
    case = _put_case(suite, found.view.domain, headline(found.view))
    spot = place(found.view, folder)
    if spot:
        case.set("file", spot.file)
        case.set("line", str(spot.line))
    viewpoint = found.view.viewpoint
    told = _told(found.guards, viewpoint)
    if viewpoint.from_server:
        _put_failure(case, viewpoint.noun, headline(found.view), [*told, _text(found.view)])
    elif found.guards:
        _put_failure(case, found.guards[0].name, told[0], [*told, _text(found.view)])
    else:
        SubElement(case, "system-out").text = _text(found.view)


def _put_case(suite: Element, group: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=group, name=name, time="0")


def _told(guards: Sequence[GuardView], viewpoint: Viewpoint) -> list[str]:
    return [f"{viewpoint.held}: {guard.name}: {guard.message}; {guard.remedy}" for guard in guards]


def _put_failure(case: Element, name: str, message: str, lines: Iterable[str]) -> None:
    """The message is what an overview shows."""
    SubElement(case, "failure", message=message, type=name).text = "\n".join(filter(None, lines))


def _text(change: ChangeView) -> str:
    page = Page(None, color=False)
    put_change(page, change)
    return page.text


def _count(suite: Element) -> None:
    suite.set("tests", str(sum(1 for _ in suite.iter("testcase"))))
    suite.set("failures", str(sum(1 for _ in suite.iter("failure"))))
    for kind in ("errors", "skipped", "time"):
        suite.set(kind, "0")
