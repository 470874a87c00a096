"""The expressions of workflows, as far as ours use them: contexts, literals, == != ! && ||, and status functions."""

import re
from collections.abc import Mapping
from typing import Any

Contexts = Mapping[str, Any]  # of `github`, `env` and so on; and `ok`: nothing failed before

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[A-Za-z_][\w.-]*|==|!=|&&|\|\||[!()])")
_STATUS = ("always", "cancelled", "failure", "success")
_LITERALS = {"true": True, "false": False, "null": None}


def text(template: Any, contexts: Contexts) -> str:
    """A value of YAML, as text, with each `${{ … }}` replaced."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: _written(evaluate(match[1], contexts)), _written(template))


def holds(condition: str | bool | None, contexts: Contexts) -> bool:
    """An `if:`; without a function of status it wants that nothing failed before."""
    expression = "true" if condition is None else _written(condition)
    inner = expression.strip().removeprefix("${{").removesuffix("}}")
    if not any(f"{name}(" in inner for name in _STATUS):
        inner = f"success() && ({inner})"
    return bool(evaluate(inner, contexts))


def evaluate(expression: str, contexts: Contexts) -> Any:
    """The value of one expression, without `${{ }}`; whatever is not understood fails the test."""
    parser = _Parser(_tokens(expression), contexts)
    value = parser.either()
    assert not parser.left, (expression, parser.left)
    return value


def _tokens(expression: str) -> list[str]:
    found = _TOKEN.findall(expression)
    assert "".join(found).replace(" ", "") == re.sub(r"\s", "", expression), expression
    return list(found)


def _written(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


class _Parser:
    def __init__(self, tokens: list[str], contexts: Contexts) -> None:
        self.left = tokens
        self._contexts = contexts

    def _take(self, *wanted: str) -> str | None:
        return self.left.pop(0) if self.left and self.left[0] in wanted else None

    def either(self) -> Any:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> Any:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = value and other
        return value

    def _compared(self) -> Any:
        value = self._single()
        if sign := self._take("==", "!="):
            return (_written(value).lower() == _written(self._single()).lower()) == (sign == "==")
        return value

    def _single(self) -> Any:
        if self._take("!"):
            return not self._single()
        if self._take("("):
            value = self.either()
            assert self._take(")")
            return value
        token = self.left.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token in _STATUS:
            assert self._take("(")
            assert self._take(")")
            return self._status(token)
        return _LITERALS[token] if token in _LITERALS else _found(token, self._contexts)

    def _status(self, name: str) -> bool:
        ok = bool(self._contexts["ok"])
        return {"always": True, "cancelled": False, "success": ok, "failure": not ok}[name]


def _found(path: str, contexts: Contexts) -> Any:
    """A context's property; of a context that there is, anything may be missing."""
    first, *rest = path.split(".")
    value: Any = contexts[first]
    for name in rest:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
