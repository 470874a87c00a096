"""What a plan says, in words of the files (what is to be done) or of the server (what is out of step)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from syncer.model.address import Action
from syncer.model.plan import Change, Plan, Reach, Whose

_BOTH_WORDS = f"{Whose.YOURS} and {Whose.DRIFT}"
_TURNED = {Action.CREATE: Action.DELETE, Action.UPDATE: Action.UPDATE, Action.DELETE: Action.CREATE}


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """The words for a plan. `from_server`: it leads from the files to what is live, else the other way.

    `names` are for programs; `counts` are for one and for more, in the order in which they are told. `nothing` and
    `same` are said of how many objects are in step, alone and beside changes. `labels` stand behind the two values of a
    field or a reach, `sides` above or before them. `moved`: what it means that a change is somebody's. Not `of_files`:
    none are on either side, so that nothing is unmanaged, and nobody can have moved them.
    """

    noun: str
    title: str
    change: str
    whole: str
    again: str  # the command that tells the whole
    names: Mapping[Action, str]
    verbs: Mapping[Action, str]
    counts: Mapping[Action, tuple[str, str]]
    reaches: Mapping[Action, str]
    nothing: str
    same: str
    moved: Mapping[str, str]
    labels: tuple[str, str]
    sides: tuple[str, str]
    before: str  # of devices
    former: str
    held: str
    deleted: str  # of what looks like the former state of something renamed
    hidden: tuple[str, str, str]  # of a secret or a masked value: only on the right, on both sides, only on the left
    colon: str = ""  # between verb and address in a phrase
    from_server: bool = False
    of_files: bool = True

    def seen(self, plan: Plan) -> Plan:
        """The plan with its sides as they are seen from here; its summary counts what it always does."""
        return replace(plan, changes=tuple(map(_turned, plan.changes))) if self.from_server else plan

    def counted(self, action: Action, number: int) -> str:
        """What stands behind a number of changes: `to update`, `differ`."""
        return self.counts[action][number != 1]

    def in_counts(self, counts: Mapping[Action, int], *, zeros: bool = False) -> str:
        """`3 to update, 1 to delete`."""
        shown = [(action, counts[action]) for action in self.counts if zeros or counts[action]]
        return ", ".join(f"{number} {self.counted(action, number)}" for action, number in shown)

    def meaning(self, whose: str) -> str:
        """`yours (the files moved)`."""
        return f"{whose} ({self.moved[whose]})" if whose in self.moved else whose


def label(side: str) -> str:
    """What stands behind a value to say whose it is; nothing where that is plain."""
    return f" ({side})" if side else ""


def _turned(change: Change) -> Change:
    """From what it is to become to what it is; `former` stays the address at which it is live."""
    return replace(
        change,
        action=_TURNED[change.action],
        diff=tuple(replace(one, before=one.after, after=one.before) for one in change.diff),
        reach=change.reach and Reach(change.reach.after, change.reach.before),
    )


PLAN = Viewpoint(
    noun="plan",
    title="Plan for",
    change="change",
    whole="the whole plan",
    again="syncer show PLAN.json",
    names={action: str(action) for action in Action},
    verbs={Action.CREATE: "create", Action.UPDATE: "update", Action.DELETE: "DELETE"},
    counts={action: (f"to {action}", f"to {action}") for action in Action},
    reaches=dict.fromkeys(Action, "reaches"),
    nothing="No changes. {} unchanged",
    same="unchanged",
    moved={
        Whose.YOURS: "the files moved",
        Whose.DRIFT: "the server moved",
        Whose.BOTH: "files and server moved apart",
        _BOTH_WORDS: "the files moved some fields, the server others",
    },
    labels=("", ""),
    sides=("before", "after"),
    before="before the change",
    former="renamed from",
    held="held back",
    deleted="which this plan deletes",
    hidden=("(secret set)", "(secret changed)", "(secret removed)"),
)
DRIFT = Viewpoint(
    noun="drift",
    title="Drift of",
    change="difference",
    whole="the whole drift",
    again="syncer drift",
    names={Action.CREATE: "not-in-files", Action.UPDATE: "differs", Action.DELETE: "missing"},
    verbs={Action.CREATE: "not in the files", Action.UPDATE: "differs", Action.DELETE: "missing"},
    counts={
        Action.UPDATE: ("differs", "differ"),
        Action.DELETE: ("missing", "missing"),
        Action.CREATE: ("not in the files", "not in the files"),
    },
    reaches={Action.CREATE: "reaches", Action.UPDATE: "reaches", Action.DELETE: "would reach"},
    nothing="In step. {} as the files say",
    same="in step",
    moved={
        Whose.YOURS: "the files moved, and were not applied yet",
        Whose.DRIFT: "the server moved",
        Whose.BOTH: "server and files moved apart",
        _BOTH_WORDS: "the server moved some fields, the files others",
    },
    labels=("files", "live"),
    sides=("files", "live"),
    before="as the files say",
    former="live as",
    held="apply held back",
    deleted="which is live and not in the files",
    hidden=("(secret, only live)", "(secret differs)", "(secret, only in the files)"),
    colon=":",
    from_server=True,
)
