"""What `syncer validate` found, for people and for programs; and what its codes mean."""

from collections.abc import Iterable
from typing import Any

from syncer.errors import Problem, plural
from syncer.model.lint import INVALID, RULES, SILENCEABLE, LintWarning, Rule, Verdict
from syncer.render.document import as_json
from syncer.render.terminal import Page, Style, padded, widest
from syncer.render.values import LONGEST_PROSE, harmless

FORMAT = "syncer-validation/1"
_WIDEST_CODE = 24


def code_of(found: Problem) -> str:
    """Of a warning its own; all mistakes have one."""
    return found.code if isinstance(found, LintWarning) else INVALID


def level_of(found: Problem) -> str:
    """As GitHub and SARIF call it."""
    return "error" if RULES[code_of(found)].is_error else "warning"


def message_of(found: Problem) -> str:
    """What is wrong and what to do, without the place."""
    return harmless(Problem(None, found.what, found.hint), LONGEST_PROSE)


def render_text(verdict: Verdict, *, color: bool = False) -> str:
    """A line for each warning, as compilers write them, and how much the files describe."""
    page = Page(None, color)
    for one in verdict.warnings:
        place = harmless(one.place, LONGEST_PROSE)
        page.line(
            (f"{place}: ", Style.BOLD),
            ("warning: ", Style.YELLOW),
            (message_of(one), Style.PLAIN),
            (f" [{one.code}]", Style.DIM),
        )
    if verdict.is_valid:
        numbers = {"domain": verdict.domains, "category": verdict.categories, "config": verdict.configs}
        counts = ", ".join(plural(number, noun) for noun, number in numbers.items())
        page.line(("valid", Style.GREEN), (f": {counts}", Style.PLAIN))
    if verdict.warnings:
        told = f"{plural(len(verdict.warnings), 'warning')}; `syncer explain CODE` tells more"
        page.line((told, Style.YELLOW))
    return page.text


def render_json(verdict: Verdict) -> str:
    """All findings, mistakes first; line and column null where it is the whole file, file null where it is none."""
    summary = {
        "errors": len(verdict.problems),
        "warnings": len(verdict.warnings),
        "domains": verdict.domains,
        "categories": verdict.categories,
        "configs": verdict.configs,
    }
    findings = [_document(one) for one in (*verdict.problems, *verdict.warnings)]
    return as_json({"format": FORMAT, "valid": verdict.is_valid, "summary": summary, "findings": findings})


def _document(found: Problem) -> dict[str, Any]:
    place = found.place
    return {
        "level": level_of(found),
        "code": code_of(found),
        "file": place.file if place else None,
        "line": (place and place.line) or None,
        "column": (place and place.column) or None,
        "what": found.what,
        "hint": found.hint,
    }


def render_rule(rule: Rule, *, width: int | None = None, color: bool = False) -> str:
    """Everything about one code."""
    page = Page(width, color)
    page.put((f"{rule.code}: ", Style.BOLD), rule.title)
    page.gap()
    page.put(("", Style.PLAIN), rule.why)
    page.gap()
    page.put(("=> ", Style.CYAN), rule.remedy, Style.CYAN)
    if rule.code in SILENCEABLE:
        page.gap()
        page.put(("", Style.PLAIN), "To silence it where it stands, at the end of the line:")
        page.line((f"  # syncer: ignore {rule.code}", Style.PLAIN))
        page.put(("", Style.PLAIN), "or in syncer.yaml for all objects, or by their address, like config[*/NTP/*]:")
        page.line((f'  policy: {{lint: {{ignore: {{"*": [{rule.code}]}}}}}}', Style.PLAIN))
    return page.text


def render_rules(rules: Iterable[Rule], *, width: int | None = None, color: bool = False) -> str:
    """A line for each code."""
    page = Page(width, color)
    rules = list(rules)
    column = widest((rule.code for rule in rules), _WIDEST_CODE) + 2
    for rule in rules:
        page.put((padded(rule.code, column), Style.BOLD), rule.title)
    return page.text
