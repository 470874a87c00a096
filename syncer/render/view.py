"""What every renderer shows, worked out once from a plan or a report: harmless one-line texts, grouped and counted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from syncer.model.address import Action, Address, Kind
from syncer.model.plan import Change, Coverage, FieldDiff, Guard, Outcome, Plan, Report, Result
from syncer.render.textdiff import TextDiff, line_count, text_diff
from syncer.render.values import UNSET, harmless, is_hidden, one_line, pair, path_text

EVERY_DEVICE = "(every device)"  # how an empty list of categories reads
_MOST_ADDRESSES = 10  # shown of one guard
LONGEST_PROSE = 2000
_LONGEST_NAME = 100  # a longer one may be cut in the address
_NAME_FIELD = {Kind.DOMAIN: "name", Kind.CATEGORY: "name", Kind.CONFIG: "desc"}
_DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}

SIGNS: Mapping[Action, str] = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}


@dataclass(frozen=True, slots=True)
class Row:
    """One field, before and after. `told` replaces both (a secret); with `diff` they are counts of lines."""

    path: str
    before: str
    after: str
    told: str = ""
    diff: TextDiff | None = None


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change; `reach` is empty where nothing is known of it, and told wherever `everyone` is, before or after."""

    action: Action
    kind: Kind
    type: str
    address: str
    former: str
    reach: str
    everyone: bool
    source: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one domain, in the order of the plan."""

    domain: str
    counts: str
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class GuardView:
    """Why the plan is held back, and what to do about it."""

    name: str
    message: str
    remedy: str
    confirmable: bool
    addresses: tuple[str, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan for people."""

    server: str
    only: tuple[str, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]
    guards: tuple[GuardView, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What became of one change."""

    action: Action
    result: Result
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """What an apply did; `outcomes` is empty where all went well."""

    outcomes: tuple[OutcomeView, ...]
    summary: str


def view_plan(plan: Plan) -> PlanView:
    """All that is to be shown of a plan. Counts are taken from its changes, not from what it says about itself."""
    return PlanView(
        server=f"{one_line(plan.server_name)} ({one_line(plan.server_url)})",
        only=tuple(map(one_line, plan.only)),
        groups=_groups(plan.changes),
        notes=tuple(harmless(note, LONGEST_PROSE) for note in plan.notes),
        guards=view_guards(plan.guards),
        summary=_summary(plan),
    )


def _summary(plan: Plan) -> str:
    rest = f"{plan.summary.unchanged} unchanged, {plan.summary.unmanaged} unmanaged."
    if not plan.changes:
        return f"No changes. {rest[0].upper()}{rest[1:]}"
    counts = Counter(change.action for change in plan.changes)
    return f"Plan: {', '.join(f'{counts[action]} to {action}' for action in Action)}; {rest}"


def _groups(changes: Iterable[Change]) -> tuple[Group, ...]:
    by_domain: dict[str, list[Change]] = {}
    for change in changes:
        by_domain.setdefault(change.address.domain, []).append(change)
    return tuple(
        Group(one_line(domain), _counts(inside), tuple(map(view_change, inside)))
        for domain, inside in by_domain.items()
    )


def _counts(changes: Iterable[Change]) -> str:
    counts = Counter(change.action for change in changes)
    return ", ".join(f"{counts[action]} to {action}" for action in Action if counts[action])


def view_change(change: Change) -> ChangeView:
    """One change with all its fields."""
    address = change.address
    return ChangeView(
        action=change.action,
        kind=address.kind,
        type=one_line(address.type),
        address=one_line(address),
        former=one_line(change.former) if change.former else "",
        reach=_reach(change),
        everyone=change.reach is not None and (change.reach.before.everyone or change.reach.after.everyone),
        source=one_line(change.source) if change.source else "",
        rows=tuple(_row(diff, address.kind) for diff in change.diff if not _is_named_already(diff, change)),
    )


def _is_named_already(diff: FieldDiff, change: Change) -> bool:
    """A new or deleted object's name stands in its address."""
    address = change.address
    name = address.domain if address.kind is Kind.DOMAIN else address.name
    values = [value for value in (diff.before, diff.after) if value is not None]
    if change.action is Action.UPDATE or diff.path != _NAME_FIELD[address.kind]:
        return False
    return values == [name] and len(name) <= _LONGEST_NAME


def _reach(change: Change) -> str:
    if change.reach is None:
        return ""
    before = _coverage(change.reach.before, change.former or change.address)
    after = _coverage(change.reach.after, change.address)
    match change.action:
        case Action.CREATE:
            return after
        case Action.DELETE:
            return before
        case Action.UPDATE if before == after:
            return after
        case Action.UPDATE:
            unknown = "the devices of its categories"
            return f"{before or unknown} → {after or unknown}"


def _coverage(coverage: Coverage, address: Address) -> str:
    """Which devices; empty where nothing is known that the categories do not tell."""
    if coverage.everyone:
        count = "" if coverage.devices is None else f" ({coverage.devices})"
        return f"every device of {one_line(address.domain)}{count}"
    if coverage.devices is None:
        return ""
    online = "" if coverage.online is None else f" ({coverage.online} online)"
    return f"{_plural(coverage.devices, 'device')}{online}"


def _row(diff: FieldDiff, kind: Kind) -> Row:
    path, before, after = path_text(diff.path), diff.before, diff.after
    if all(value is None or is_hidden(value) for value in (before, after)):
        return Row(path, *pair(before, after), told=_told(before, after))
    if diff.path != _NAME_FIELD[kind] and _is_text(before, after):
        return Row(path, _line_text(before), _line_text(after), diff=text_diff(before or "", after or ""))
    if kind is Kind.CONFIG and diff.path == "categories":
        old, new = pair(before, after)
        return Row(path, EVERY_DEVICE if before == [] else old, EVERY_DEVICE if after == [] else new)
    return Row(path, *pair(before, after))


def _told(before: Any, after: Any) -> str:
    if before is None:
        return "(secret set)" if after is not None else UNSET
    return "(secret changed)" if after is not None else "(secret removed)"


def _is_text(before: Any, after: Any) -> bool:
    """Texts of which at least one has several lines."""
    texts = [value for value in (before, after) if value is not None]
    return all(isinstance(text, str) for text in texts) and any("\n" in text for text in texts)


def _line_text(value: str | None) -> str:
    return UNSET if value is None else _plural(line_count(value), "line")


def view_guards(guards: Iterable[Guard]) -> tuple[GuardView, ...]:
    """What holds a plan back."""
    return tuple(
        GuardView(
            name=one_line(guard.name),
            message=harmless(guard.message, LONGEST_PROSE),
            remedy=_remedy(guard),
            confirmable=guard.confirm is not None,
            addresses=tuple(map(one_line, guard.addresses[:_MOST_ADDRESSES])),
            left_out=max(0, len(guard.addresses) - _MOST_ADDRESSES),
        )
        for guard in guards
    )


def _remedy(guard: Guard) -> str:
    if guard.confirm is None:
        return "nothing overrides this"
    if guard.count is None:
        return f"go on all the same with --{one_line(guard.confirm)}"
    return f"confirm with --confirm-{one_line(guard.confirm)} {guard.count}"


def view_report(report: Report) -> ReportView:
    """What an apply did, address by address unless all went well."""
    results = Counter(outcome.result for outcome in report.outcomes)
    if not results:
        return ReportView((), "Nothing to apply.")
    if set(results) == {Result.APPLIED}:
        actions = Counter(outcome.action for outcome in report.outcomes)
        done = ", ".join(f"{actions[action]} {_DONE[action]}" for action in Action)
        return ReportView((), f"Applied: {done}.")
    what = "The server is as it was" if report.leaves_as_it_was else "Not all was applied"
    return ReportView(tuple(map(_outcome, report.outcomes)), f"{what}: {result_counts(results)}.")


def result_counts(results: Mapping[Result, int]) -> str:
    """How many changes came to which result, those that none came to left out."""
    return ", ".join(f"{results[result]} {result}" for result in Result if results.get(result))


def _outcome(outcome: Outcome) -> OutcomeView:
    reason = harmless(outcome.reason, LONGEST_PROSE)
    return OutcomeView(outcome.action, outcome.result, one_line(outcome.address), reason)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
