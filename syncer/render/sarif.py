"""What `syncer validate` found, as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

import os
from typing import Any
from urllib.parse import quote

from syncer import __version__
from syncer.errors import Problem, plural
from syncer.model.lint import RULES, Rule, Verdict
from syncer.render.change import Spot
from syncer.render.document import as_json
from syncer.render.findings import in_tree
from syncer.render.verdict import code_of, level_of, message_of

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MOST = 25_000  # GitHub takes no run with more results
_INDEXES = {code: index for index, code in enumerate(RULES)}


def render_verdict(verdict: Verdict, folder: str = "") -> str:
    """One run with all rules, mistakes first; `folder` leads to the files from the top of the work tree."""
    found = [*verdict.problems, *verdict.warnings]
    driver = {"name": "syncer", "semanticVersion": __version__, "rules": [_rule(rule) for rule in RULES.values()]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, folder) for one in found[:_MOST]],
    } | _rest(len(found) - _MOST)
    return as_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rest(left: int) -> dict[str, Any]:
    """How many results were left out, if any were."""
    if left <= 0:
        return {}
    told = f"… and {plural(left, 'more finding')}; all of them: syncer validate"
    notification = {"level": "warning", "message": {"text": told}}
    return {"invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [notification]}]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": _sentence(rule.title)},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\n{rule.remedy}"},
        "defaultConfiguration": {"level": "error" if rule.is_error else "warning"},
    }


def _sentence(title: str) -> str:
    return f"{title[0].upper()}{title[1:]}."


def _result(found: Problem, folder: str) -> dict[str, Any]:
    """GitHub shows no result that has no place: what has none stands at the top of syncer.yaml, and names it."""
    place = found.place
    spot = in_tree(place.file, place.line, place.column, folder) if place else None
    told = message_of(found) if spot or not place else f"{place}: {message_of(found)}"
    return {
        "ruleId": code_of(found),
        "ruleIndex": _INDEXES[code_of(found)],
        "level": level_of(found),
        "message": {"text": told},
        "locations": [{"physicalLocation": _location(spot or Spot(f"{folder}syncer.yaml", 1, 1))}],
    }


def _location(spot: Spot) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": quote(os.fsencode(spot.file)), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": spot.line, "startColumn": spot.column},
    }
