"""Restoring: what a backup holds as the goal of a plan and an apply."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from syncer.errors import Place, UsageProblem, some, visible
from syncer.files.sealing import KEY_FILE
from syncer.files.wording import did_you_mean
from syncer.model.address import Kind
from syncer.model.state import Desired, DesiredDomain, Live, LiveDomain, Policy
from syncer.plan.choosing import is_named
from syncer.plan.fitting import fit
from syncer.plan.restore_notes import mentions, notes_on
from syncer.plan.restoring import Held, desired_of, masked_as_before, moved
from syncer.workflow.context import Context, Repository
from syncer.workflow.held import Backup, read_backup
from syncer.workflow.planning import Fitted, Goal, GoalOf

_CALLED = "the backup, --into, --prune, the key of its secrets"
_MOST_NOTES = 20


@dataclass(frozen=True, slots=True)
class Restoring:
    """Which backup, and what of it: `only` these addresses; `into`, if not empty, these domains under new names alone.

    `prune`: what is live in the domains and not in the backup is to go.
    """

    file: Path
    only: Sequence[str] = ()
    into: Mapping[str, str] = field(default_factory=dict)
    prune: bool = False


def goal_of_backup(restoring: Restoring) -> GoalOf:
    """The server is to become what the backup holds, by the policy of the repository."""

    def goal_of(context: Context, repository: Repository) -> Goal:
        done = context.progress.phase("reading the backup", None)
        backup = read_backup(restoring.file, context.environ)
        done(1)
        held = Held(Place(str(restoring.file)), _chosen(backup, restoring.into), backup.manifest.write_only)
        policy = masked_as_before(_policy(repository, restoring), backup.domains, restoring.into)
        desired = desired_of(held, policy, restoring.only)
        instances = frozenset(domain.name for domain in held.domains if domain.is_instance) - {*restoring.into.values()}
        fitter = _Fitter(restoring, replace(backup, domains=()), repository.server.url, desired, instances)
        return Goal(desired, fitter.fit, _CALLED, f"{restoring.file}: {fitter.told}")

    return goal_of


def names_of(said: Sequence[str]) -> dict[str, str]:
    """The new names of domains, by their old ones, of texts like `old.example=new.example`; else UsageProblem."""
    found: dict[str, str] = {}
    for text in said:
        old, sign, new = (part.strip() for part in text.partition("="))
        if not (old and sign and new):
            raise UsageProblem(f"--into {visible(text)} is not like old.example=new.example")
        if old in found:
            raise UsageProblem(f"--into says twice into what {visible(old)} is restored")
        if new in found.values():
            raise UsageProblem(f"--into restores two domains into {visible(new)}, which has room for one")
        found[old] = new
    return found


def _chosen(backup: Backup, into: Mapping[str, str]) -> tuple[LiveDomain, ...]:
    """The domains to restore, as they are to be called; UsageProblem for names that the backup does not have."""
    if not into:
        return backup.domains
    names = [domain.name for domain in backup.domains]
    for old in into:
        if old not in names:
            hint = did_you_mean(old, names) or f"it has {some(names, 5, visible)}"
            raise UsageProblem(f"--into: the backup has no domain {visible(old)}; {hint}")
    return moved(backup.domains, into)


def _policy(repository: Repository, restoring: Restoring) -> Policy:
    """That of the files, but for pruning: what a backup does not hold may have come for good reason since."""
    prune = frozenset({Kind.CATEGORY, Kind.CONFIG}) if restoring.prune else frozenset()
    return replace(repository.settings.policy, prune=prune)


@dataclass(frozen=True, slots=True)
class _Fitter:
    """Makes the goal for what is live. `instances`: domains that were the instance's own where the backup was made."""

    restoring: Restoring
    backup: Backup
    server_url: str
    desired: Desired
    instances: frozenset[str]

    def fit(self, live: Live) -> Fitted:
        """The goal for this, with all that a person should know of it."""
        there = {domain.name: domain for domain in live.domains}
        meant = [domain for domain in self.desired.domains if self._names_any(domain, there.get(domain.name))]
        foreign = sorted({domain.name for domain in meant} & self.instances - there.keys())
        domains = tuple(domain for domain in meant if domain.name not in foreign)
        found = fit(replace(self.desired, domains=domains), live)
        new = [entry for entry in found.new if is_named(self.restoring.only, entry.address)]
        old_names = {new: old for old, new in self.restoring.into.items()}
        notes = (
            *self._origin(),
            *(_left_out(name) for name in foreign),
            *notes_on(new, live, other_server=self._is_of_another_server),
            *mentions(found.desired, old_names, self.restoring.only),
            *self._not_kept(),
        )
        return Fitted(found.desired, notes)

    def _names_any(self, desired: DesiredDomain, live: LiveDomain | None) -> bool:
        """Whether there is anything to do that `--only` names."""
        addresses = {entry.address for entry in desired.entries} | {
            one.address for one in (live.objects if live else ())
        }
        return any(is_named(self.restoring.only, address) for address in addresses)

    @property
    def told(self) -> str:
        """Of what the backup is."""
        manifest = self.backup.manifest
        return f"{visible(manifest.server_name)} as it was at {visible(manifest.created)}"

    @property
    def _is_of_another_server(self) -> bool:
        return self.backup.manifest.server_url != self.server_url

    def _origin(self) -> Iterator[str]:
        into = "".join(f", {visible(old)} into {visible(new)}" for old, new in self.restoring.into.items())
        yield f"restores the backup {visible(self.restoring.file)}: {self.told}{into}"
        if self._is_of_another_server:
            yield f"the backup is of another server than this: {visible(self.backup.manifest.server_url)}"

    def _not_kept(self) -> Iterator[str]:
        if self.backup.sealed:
            secrets, they = ("secret is", "it is") if self.backup.sealed == 1 else ("secrets are", "they are")
            who = some(self.backup.manifest.recipients, 3, visible) or "somebody else"
            what = f"{self.backup.sealed} {secrets} sealed for {who} and cannot be opened here, so {they} left alone"
            yield f"{what}; {KEY_FILE} names the file with the key"
        notes = self.backup.manifest.notes
        yield from (f"the backup says: {visible(note)}" for note in notes[:_MOST_NOTES])
        if len(notes) > _MOST_NOTES:
            yield f"the backup says {len(notes) - _MOST_NOTES} things more: `syncer backup verify` shows them"


def _left_out(name: str) -> str:
    return (
        f"{visible(name)} was the own domain of the backup's instance, and there is none here: it is left out; "
        f"--into {visible(name)}=NAME restores what it held into another"
    )
