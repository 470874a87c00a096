"""The plan: a finished, immutable list of changes, and its document (schemas/plan.schema.json)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from syncer.model.address import Action, Address

FORMAT = "syncer-plan/1"
HIDDEN: Mapping[str, str] = {"secret": "changed"}  # how a secret or a masked value shows


class Whose(StrEnum):
    """Who moved since the third side that a plan was compared with."""

    YOURS = "yours"  # the files
    DRIFT = "drift"  # the server
    BOTH = "both"  # both, and apart


class Third(StrEnum):
    """What the third side is."""

    RECORD = "record"  # of what was last applied
    REVISION = "revision"  # the files as a commit has them


@dataclass(frozen=True, slots=True)
class Since:
    """The third side of a plan: `name` is the record's file or the revision as it was said.

    `at`: when the record was made (RFC 3339), or the hash of the commit.
    """

    third: Third
    name: str
    at: str


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One difference; values as people write them, None for unset. Secrets and masked values are HIDDEN.

    `whose` is None where no third side tells it; with BOTH, `was` is what the third side says. `source` is where the
    files say `after`, None where that is in the entry itself.
    """

    path: str
    before: Any
    after: Any
    whose: Whose | None = None
    was: Any = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Devices that an object applies to; counts are None where they are not known."""

    devices: int | None = None
    online: int | None = None
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """Coverage before and after a change."""

    before: Coverage
    after: Coverage


@dataclass(frozen=True, slots=True)
class Change:
    """Create, update or delete of one address. `former` is the address before a rename.

    `base` is a digest of what was live when the plan was made (None for a create), `fingerprint` one of what it is to
    become (None for a delete). `whose` is that of its differences, BOTH where they are not of one mind; None where no
    third side tells it.
    """

    action: Action
    address: Address
    former: Address | None
    id: int | None
    base: str | None
    fingerprint: str | None
    diff: tuple[FieldDiff, ...]
    reach: Reach | None
    source: str | None
    whose: Whose | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """What is to be created at `address` (its entry at `source`) looks like what is live at `former`."""

    address: Address
    former: Address
    source: str | None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Fields of a live object that differ from the files and are left to others."""

    address: Address
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """Why an apply is held back. `confirm` names the option that lets it through, with `count`; None: nothing does."""

    name: str
    message: str
    confirm: str | None = None
    count: int | None = None
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of addresses."""

    create: int = 0
    update: int = 0
    delete: int = 0
    unchanged: int = 0
    unmanaged: int = 0

    @property
    def changes(self) -> int:
        """How many changes there are."""
        return self.create + self.update + self.delete


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do, in its order, with the base it was computed from.

    `unmanaged` and `ignored` name what is left alone, as far as `only` looks. `seal`: a keyed digest of the whole
    document, which tells whether anybody edited it; None for one that was never saved, or by a syncer without seals.
    `restores`: the backup that it leads to, for people; None: it leads to what the files say.
    """

    server_name: str
    server_url: str
    created: str  # RFC 3339
    salt: str  # hex; with the login password the key of all digests in the plan
    files_digest: str
    only: tuple[str, ...]
    summary: Summary
    changes: tuple[Change, ...]
    guards: tuple[Guard, ...] = ()
    notes: tuple[str, ...] = ()
    since: Since | None = None
    renames: tuple[Rename, ...] = ()
    unmanaged: tuple[Address, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    seal: str | None = None
    restores: str | None = None

    def with_guards(self, guards: tuple[Guard, ...]) -> "Plan":
        """The same plan with more guards."""
        return replace(self, guards=self.guards + guards)


def to_document(plan: Plan) -> dict[str, Any]:
    """The plan as plain JSON data."""
    return {
        "format": FORMAT,
        "server": {"name": plan.server_name, "url": plan.server_url},
        "created": plan.created,
        "salt": plan.salt,
        "files_digest": plan.files_digest,
        "only": list(plan.only),
        "summary": {name: getattr(plan.summary, name) for name in Summary.__dataclass_fields__},
        "changes": [_change_document(change) for change in plan.changes],
        "guards": [_guard_document(guard) for guard in plan.guards],
        "notes": list(plan.notes),
        "since": _since_document(plan.since) if plan.since else None,
        "renames": [_rename_document(rename) for rename in plan.renames],
        "unmanaged": [str(address) for address in plan.unmanaged],
        "ignored": [{"address": str(one.address), "fields": list(one.fields)} for one in plan.ignored],
        "seal": plan.seal,
        **({"restores": plan.restores} if plan.restores is not None else {}),
    }


def _since_document(since: Since) -> dict[str, Any]:
    return {"third": str(since.third), "name": since.name, "at": since.at}


def _rename_document(rename: Rename) -> dict[str, Any]:
    return {"address": str(rename.address), "former": str(rename.former), "source": rename.source}


def _change_document(change: Change) -> dict[str, Any]:
    return {
        "action": str(change.action),
        "kind": str(change.address.kind),
        "address": str(change.address),
        "former": str(change.former) if change.former else None,
        "id": change.id,
        "base": change.base,
        "fingerprint": change.fingerprint,
        "diff": [_diff_document(diff) for diff in change.diff],
        "reach": _reach_document(change.reach) if change.reach else None,
        "source": change.source,
        "whose": str(change.whose) if change.whose else None,
    }


def _diff_document(diff: FieldDiff) -> dict[str, Any]:
    plain = {"path": diff.path, "before": diff.before, "after": diff.after}
    told = {"whose": str(diff.whose)} if diff.whose else {}
    source = {"source": diff.source} if diff.source else {}
    return plain | told | ({"was": diff.was} if diff.whose is Whose.BOTH else {}) | source


def _reach_document(reach: Reach) -> dict[str, Any]:
    return {
        side: {"devices": coverage.devices, "online": coverage.online, "everyone": coverage.everyone}
        for side, coverage in (("before", reach.before), ("after", reach.after))
    }


def _guard_document(guard: Guard) -> dict[str, Any]:
    return {
        "guard": guard.name,
        "message": guard.message,
        "confirm": guard.confirm,
        "count": guard.count,
        "addresses": [str(address) for address in guard.addresses],
    }


def from_document(document: Mapping[str, Any]) -> Plan:
    """A plan from a document that passed its schema; ValueError for an address that is none."""
    return Plan(
        server_name=document["server"]["name"],
        server_url=document["server"]["url"],
        created=document["created"],
        salt=document["salt"],
        files_digest=document["files_digest"],
        only=tuple(document["only"]),
        summary=Summary(**document["summary"]),
        changes=tuple(_change(one) for one in document["changes"]),
        guards=tuple(_guard(one) for one in document["guards"]),
        notes=tuple(document["notes"]),
        since=_since(document["since"]) if document.get("since") else None,
        renames=tuple(_rename(one) for one in document.get("renames", ())),
        unmanaged=tuple(Address.parse(text) for text in document.get("unmanaged", ())),
        ignored=tuple(Ignored(Address.parse(o["address"]), tuple(o["fields"])) for o in document.get("ignored", ())),
        seal=document.get("seal"),
        restores=document.get("restores"),
    )


def _since(one: Mapping[str, Any]) -> Since:
    return Since(Third(one["third"]), one["name"], one["at"])


def _rename(one: Mapping[str, Any]) -> Rename:
    return Rename(Address.parse(one["address"]), Address.parse(one["former"]), one["source"])


def _change(one: Mapping[str, Any]) -> Change:
    return Change(
        action=Action(one["action"]),
        address=Address.parse(one["address"]),
        former=Address.parse(one["former"]) if one["former"] else None,
        id=one["id"],
        base=one["base"],
        fingerprint=one["fingerprint"],
        diff=tuple(_diff(d) for d in one["diff"]),
        reach=Reach(Coverage(**one["reach"]["before"]), Coverage(**one["reach"]["after"])) if one["reach"] else None,
        source=one["source"],
        whose=_whose(one),
    )


def _diff(one: Mapping[str, Any]) -> FieldDiff:
    return FieldDiff(one["path"], one["before"], one["after"], _whose(one), one.get("was"), one.get("source"))


def _whose(one: Mapping[str, Any]) -> Whose | None:
    return Whose(one["whose"]) if one.get("whose") else None


def _guard(one: Mapping[str, Any]) -> Guard:
    addresses = tuple(Address.parse(text) for text in one["addresses"])
    return Guard(one["guard"], one["message"], one["confirm"], one["count"], addresses)


class Result(StrEnum):
    """What became of a change."""

    APPLIED = "applied"  # written, read back, and as meant
    UNCHANGED = "unchanged"  # sent, and nothing came of it: the object is as it was
    REFUSED = "refused"  # by the server, and the object is as it was
    FAILED = "failed"  # neither as it was nor as meant
    UNKNOWN = "unknown"  # sent, and nobody could say what became of it
    ROLLED_BACK = "rolled back"  # the object is as it was again
    NOT_TRIED = "not tried"


_AS_IT_WAS = frozenset({Result.UNCHANGED, Result.REFUSED, Result.ROLLED_BACK, Result.NOT_TRIED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change, and why."""

    address: Address
    action: Action
    result: Result
    reason: str = ""

    @property
    def is_as_it_was(self) -> bool:
        """Whether the object is not otherwise than before."""
        return self.result in _AS_IT_WAS


class Ending(StrEnum):
    """How an apply left the server."""

    APPLIED = "applied"
    ROLLED_BACK = "rolled back"  # the server is as it was
    STOPPED = "stopped"  # part-way, as `--on-error stop` asks for
    PART_WAY = "part-way"  # something could not be undone; nothing more can be done about it
    NOTHING_WRITTEN = "nothing written"


@dataclass(frozen=True, slots=True)
class Report:
    """What an apply did, change by change, and how it left the server.

    `ending` None: something is left to be decided by `syncer recover`. `failure`: why it went no further. `journal`:
    the file that tells of it.
    """

    outcomes: tuple[Outcome, ...] = field(default=())
    ending: Ending | None = Ending.APPLIED
    failure: str = ""
    interrupted: bool = False
    journal: str | None = None

    @property
    def leaves_as_it_was(self) -> bool:
        """Whether nothing that it was to change is otherwise than before."""
        return all(outcome.is_as_it_was for outcome in self.outcomes)

    def count(self, result: Result) -> int:
        """How many changes ended so."""
        return sum(outcome.result == result for outcome in self.outcomes)
