"""Which operations of a wire profile are proven on a server."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from syncer.apply.carry import write_of
from syncer.files.receipts import Receipt, read_receipts
from syncer.model.address import Action
from syncer.model.state import Live
from syncer.plan.steps import Step
from syncer.wire.profile import Profile
from syncer.workflow.connecting import Connected
from syncer.workflow.context import Repository


def proven(repository: Repository, profile: Profile) -> frozenset[str] | None:
    """The operations that a receipt proves for the server; None where none has to be: on the embedded service."""
    if repository.server.emulator is not None:
        return None
    receipt = receipt_of(repository, profile)
    return frozenset(receipt.operations) if receipt and receipt.profile == profile.digest else frozenset()


def unproven(repository: Repository, connected: Connected, steps: Iterable[Step], live: Live) -> list[str]:
    """Operations that the steps need and no receipt proves for this server; raises where the profile lacks words."""
    domain_ids = {domain.name: domain.domain.id for domain in live.domains}
    needed: set[str] = set()
    for step in steps:
        domain_id = step.domain_id if step.domain_id is not None else domain_ids.get(step.change.address.domain)
        needed |= connected.service.check(write_of(step, domain_id, step.live, {}))
    known = proven(repository, connected.profile)
    return sorted(needed - known) if known is not None else []


def irreversible(repository: Repository, connected: Connected, steps: Sequence[Step]) -> Iterator[str]:
    """Operations that a rollback would need, and that the wire profile lacks or that are not proven, in words."""
    back = {Action.CREATE: Action.DELETE, Action.DELETE: Action.CREATE, Action.UPDATE: Action.UPDATE}
    needed = {f"{back[step.change.action]}_{step.change.address.kind}" for step in steps}
    known = proven(repository, connected.profile)
    used = {f"{step.change.action}_{step.change.address.kind}" for step in steps}
    for name in sorted(needed - used):
        if connected.profile.operation(name) is None:
            yield f"a rollback could not use {name}, for which the wire profile has no words"
        elif known is not None and name not in known and used <= known:
            yield f"a rollback could not use {name}, which is not proven on this server"


def receipt_of(repository: Repository, profile: Profile) -> Receipt | None:
    """What was proven on the server, maybe of another edition of the profile; ProblemsError if the file is broken."""
    return read_receipts(receipt_path(repository, profile)).get(repository.server.url)


def receipt_path(repository: Repository, profile: Profile) -> Path:
    """The receipt file beside a profile; a built-in's is in the folder `wire`."""
    chosen = repository.server.wire_profile
    folder = chosen.parent if isinstance(chosen, Path) else repository.root / "wire"
    return folder / f"{profile.name}.verified.json"
