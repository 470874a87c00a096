"""Plans as JUnit XML, as GitLab, Jenkins and actions for GitHub read it: https://github.com/testmoapp/junitxml."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from syncer.model.plan import Plan
from syncer.render.change import ChangeView
from syncer.render.findings import Finding, find, place
from syncer.render.phrases import headline, held_addresses
from syncer.render.terminal import Page
from syncer.render.text import put_change, render_whole
from syncer.render.values import one_line
from syncer.render.view import GuardView, PlanView, view_guards, view_plan

_WHOLE = "(the whole plan)"


def render_plan(plan: Plan, folder: str = "") -> str:
    """A suite for each domain with a case for each change; what a guard holds back fails.

    Before them one of the plan as a whole: some readers take a file without a case for a broken one.
    """
    root = Element("testsuites", name="syncer plan")
    _put_whole(root, view_plan(plan), _guards_of_no_change(plan))
    for domain, inside in _by_domain(find(plan)).items():
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
    suite = SubElement(root, "testsuite", name=_WHOLE)
    SubElement(_put_case(suite, _WHOLE, f"plan for {view.server}"), "system-out").text = render_whole(view)
    for guard in guards:
        case = _put_case(suite, _WHOLE, f"guard {guard.name}")
        _put_failure(case, [guard], held_addresses(guard))


def _put_change(suite: Element, found: Finding, folder: str) -> None:
    case = _put_case(suite, found.view.domain, headline(found.view))
    spot = place(found.view, folder)
    if spot:
        case.set("file", spot.file)
        case.set("line", str(spot.line))
    if found.guards:
        _put_failure(case, found.guards, _text(found.view))
    else:
        SubElement(case, "system-out").text = _text(found.view)


def _put_case(suite: Element, group: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=group, name=name, time="0")


def _put_failure(case: Element, guards: Sequence[GuardView], text: str) -> None:
    """The first guard is what an overview shows."""
    told = [f"held back: {guard.name}: {guard.message}; {guard.remedy}" for guard in guards]
    failure = SubElement(case, "failure", message=told[0], type=guards[0].name)
    failure.text = "\n".join([*told, *([text] if text else [])])


def _text(change: ChangeView) -> str:
    page = Page(None, color=False)
    put_change(page, change)
    return page.text


def _count(suite: Element) -> None:
    suite.set("tests", str(sum(1 for _ in suite.iter("testcase"))))
    suite.set("failures", str(sum(1 for _ in suite.iter("failure"))))
    for kind in ("errors", "skipped", "time"):
        suite.set(kind, "0")
