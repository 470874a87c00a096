"""What every renderer shows of a plan, worked out once: harmless one-line texts, grouped, folded and counted."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from syncer.model.address import Action, Address, Kind
from syncer.model.plan import Guard, Plan, Rename, Since, Third, Whose
from syncer.render.change import ChangeView, view_change
from syncer.render.folding import Told, folded
from syncer.render.values import LONGEST_PROSE, harmless, one_line
from syncer.render.viewpoint import PLAN, Viewpoint

_LIVE = "which is live and not in the files"
_MOST_ADDRESSES = 10  # shown of one guard
_LONGEST_HASH = 12  # characters of a commit's
_PLAIN_NAME = re.compile(r"[^\W\d_][\w./-]*( [\w./-]+)*")
_NO_NAMES = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})  # what YAML would make of them


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one domain, in the order of the plan; those that are told elsewhere are only counted."""

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
class RenameView:
    """What looks like a rename: `line` in the entry at `source` would make it one. `state` is that of `former`."""

    address: str
    former: str
    kind: Kind
    state: str
    line: str
    source: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan for people, as `viewpoint` has it.

    `whose` says since when, and how many changes are whose; or that it cannot be told. `domains`: in how many there are
    changes; those of which all are told elsewhere have no group.
    """

    viewpoint: Viewpoint
    server: str
    created: str
    only: tuple[str, ...]
    groups: tuple[Group, ...]
    domains: int
    renames: tuple[RenameView, ...]
    notes: tuple[str, ...]
    guards: tuple[GuardView, ...]
    whose: str
    summary: str

    @property
    def title(self) -> str:
        """What stands before the server's name."""
        return self.viewpoint.title

    @property
    def changes(self) -> tuple[ChangeView, ...]:
        """All that is told of, in the order of the groups."""
        return tuple(change for group in self.groups for change in group.changes)


def view_plan(plan: Plan, viewpoint: Viewpoint = PLAN, *, expand: bool = False) -> PlanView:
    """All that is to be shown of a plan. Counts are taken from its changes, not from what it says about itself.

    `expand`: equal changes are told one by one.
    """
    held = _held(plan.guards)
    changes = viewpoint.seen(plan).changes
    every = [Told(one, view_change(one, held.get(one.address, ()), viewpoint)) for one in changes]
    return PlanView(
        viewpoint=viewpoint,
        server=f"{one_line(plan.server_name)} ({one_line(plan.server_url)})",
        created=one_line(plan.created),
        only=tuple(map(one_line, plan.only)),
        groups=_groups(every, viewpoint, expand=expand),
        domains=len({change.address.domain for change in plan.changes}),
        renames=_renames(plan, viewpoint),
        notes=tuple(harmless(note, LONGEST_PROSE) for note in plan.notes),
        guards=view_guards(plan.guards),
        whose=_whose(plan, every, viewpoint),
        summary=_summary(plan, every, viewpoint),
    )


def _summary(plan: Plan, every: Iterable[Told], viewpoint: Viewpoint) -> str:
    ignored = f", {len(plan.ignored)} with ignored fields" if plan.ignored else ""
    same = plan.summary.unchanged
    rest = f", {plan.summary.unmanaged} unmanaged{ignored}." if viewpoint.of_files else "."
    if not plan.changes:
        return f"{viewpoint.nothing.format(same)}{rest}"
    counts = viewpoint.in_counts(Counter(told.change.action for told in every), zeros=True)
    return f"{viewpoint.noun.capitalize()}: {counts}; {same} {viewpoint.same}{rest}"


def _whose(plan: Plan, every: Iterable[Told], viewpoint: Viewpoint) -> str:
    if not plan.changes or not viewpoint.of_files:
        return ""
    if plan.since is None:
        noun = viewpoint.noun
        return f"Whether the files or the server moved cannot be told: {noun} --since RECORD or --base REF tells."
    counts = Counter(told.view.whose_told for told in every)
    unknown = counts.pop("", 0)
    known = [f"{count} {viewpoint.meaning(whose)}" for whose, count in sorted(counts.items(), key=_by_whose)]
    told = ", ".join(known + ([f"of {unknown} it cannot be told"] if unknown else []))
    return f"Since {_third(plan.since, viewpoint)}: {told}."


def _by_whose(counted: tuple[str, int]) -> int:
    order = [str(whose) for whose in Whose]
    return order.index(counted[0]) if counted[0] in order else len(order)


def _third(since: Since, viewpoint: Viewpoint) -> str:
    match since.third:
        case Third.RECORD if viewpoint.from_server:
            return f"the apply of {_in_utc(since.at)} ({one_line(since.name)})"
        case Third.RECORD:
            return f"{one_line(since.name)} ({one_line(since.at)})"
        case Third.REVISION:
            return f"{one_line(since.name)} (commit {one_line(since.at[:_LONGEST_HASH])})"


def _in_utc(time: str) -> str:
    """`2026-11-20 10:00 UTC`; what is no RFC 3339 as it is."""
    try:
        return datetime.fromisoformat(time).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError):
        return one_line(time)


def _groups(every: Sequence[Told], viewpoint: Viewpoint, *, expand: bool) -> tuple[Group, ...]:
    inside: defaultdict[str, list[Told]] = defaultdict(list)
    for told in every if expand else folded(every):
        inside[told.change.address.domain].append(told)
    counts: defaultdict[str, Counter[Action]] = defaultdict(Counter)
    for told in every:
        counts[told.change.address.domain][told.change.action] += 1
    return tuple(_group(domain, counts[domain], inside[domain], viewpoint) for domain in counts if domain in inside)


def _group(domain: str, counts: Counter[Action], inside: Sequence[Told], viewpoint: Viewpoint) -> Group:
    here = [other for told in inside for other in (told.change, *told.others) if other.address.domain == domain]
    elsewhere = counts.total() - len(here)
    return Group(
        one_line(domain),
        viewpoint.in_counts(counts) + (f" ({elsewhere} of them told above)" if elsewhere else ""),
        tuple(told.view for told in inside),
    )


def _held(guards: Iterable[Guard]) -> Mapping[Address, tuple[str, ...]]:
    names: defaultdict[Address, list[str]] = defaultdict(list)
    for guard in guards:
        for address in guard.addresses:
            names[address].append(one_line(guard.name))
    return {address: tuple(dict.fromkeys(all_of_them)) for address, all_of_them in names.items()}


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


def _renames(plan: Plan, viewpoint: Viewpoint) -> tuple[RenameView, ...]:
    deleted = {change.address for change in plan.changes if change.action is Action.DELETE}
    return tuple(_rename(one, viewpoint.deleted if one.former in deleted else _LIVE) for one in plan.renames)


def _rename(rename: Rename, state: str) -> RenameView:
    former = rename.former.domain if rename.former.kind is Kind.DOMAIN else rename.former.name
    return RenameView(
        address=one_line(rename.address),
        former=one_line(rename.former),
        kind=rename.address.kind,
        state=state,
        line=f"renamed_from: {_in_yaml(former)}",
        source=one_line(rename.source) if rename.source else "",
    )


def _in_yaml(name: str) -> str:
    """A name as YAML takes it; JSON's quotes are YAML's, too."""
    is_plain = _PLAIN_NAME.fullmatch(name) and name.lower() not in _NO_NAMES and harmless(name) == name
    return name if is_plain else harmless(json.dumps(name), LONGEST_PROSE)
