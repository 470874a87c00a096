"""What the codes of warnings mean."""

from syncer.errors import UsageProblem, visible
from syncer.files.wording import did_you_mean
from syncer.model.lint import RULES, Rule


def explain(code: str) -> Rule:
    """The rule of a code; UsageProblem where there is none."""
    if code in RULES:
        return RULES[code]
    hint = did_you_mean(code, RULES) or "`syncer explain` lists them all"
    raise UsageProblem(f"there is no warning {visible(code, 60)}; {hint}")
