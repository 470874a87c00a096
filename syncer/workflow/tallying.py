"""What became of the secrets of a backup, counted from its lines, and what a person is told of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncer.devices.keeping import LEFT_OUT, MARK, PLAINTEXT, UNREADABLE
from syncer.errors import plural, some
from syncer.model.address import Kind, config_address
from syncer.model.backed_up import SecretsKept
from syncer.model.backup import SecretsAre
from syncer.model.fields import fields_of
from syncer.model.values import is_unset

_FIRST = 10
_SHOWN = 3


@dataclass(slots=True)
class Tally:
    """Counts the secrets of configs, line by line."""

    are: SecretsAre
    write_only: frozenset[str]
    kept: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {LEFT_OUT: 0, UNREADABLE: 0})
    first: dict[str, list[str]] = field(default_factory=lambda: {LEFT_OUT: [], UNREADABLE: []})
    never_told: set[str] = field(default_factory=set)

    def line(self, domain: str, line: dict[str, Any]) -> dict[str, Any]:
        """Count those of a config; its line as if all of them were known, as a rendering names a variable for each."""
        config_type = line.get("type")
        secrets = [one.name for one in fields_of(Kind.CONFIG, str(config_type)).values() if one.secret]
        said = {name: line[name] for name in secrets if isinstance(line.get(name), dict)}
        self.never_told |= self.write_only.intersection(secrets)
        for name, value in said.items():
            self._count(domain, line, name, value[MARK])
        shown = {
            name: {MARK: PLAINTEXT, "value": "kept"}
            for name, value in said.items()
            if value[MARK] not in (PLAINTEXT, UNREADABLE)
        }
        return {**line, **shown} if shown else line

    def _count(self, domain: str, line: Mapping[str, Any], name: str, how: str) -> None:
        if how not in self.counts:
            self.kept += 1
            return
        self.counts[how] += 1
        if len(self.first[how]) < _FIRST:
            desc = line.get("desc")
            address = config_address(domain, str(line.get("type")), "" if is_unset(desc) else str(desc))
            self.first[how].append(f"{address.shown}: {name}")

    @property
    def result(self) -> SecretsKept:
        """All of it."""
        return SecretsKept(
            self.are,
            self.kept,
            self.counts[LEFT_OUT],
            self.counts[UNREADABLE],
            tuple(self.first[LEFT_OUT]),
            tuple(self.first[UNREADABLE]),
            tuple(sorted(self.never_told)),
        )


def told_of_secrets(secrets: SecretsKept) -> Iterator[str]:
    """What people should know."""
    if secrets.left_out:
        yield (
            f"{_some(secrets.left_out, secrets.first_left_out)} left out of the backup, since nobody is named to seal "
            "for; name somebody with --recipient, or in age_recipients of syncer.yaml"
        )
    if secrets.are is SecretsAre.PLAINTEXT and secrets.kept:
        yield f"{_secrets(secrets.kept)} in the backup in clear (--plaintext-secrets); guard it like a password"
    if secrets.unreadable:
        yield (
            f"{_some(secrets.unreadable, secrets.first_unreadable)} not in the backup, since what the service gave "
            "cannot be decrypted"
        )
    if secrets.never_told:
        yield f"the service never tells {some(secrets.never_told, _FIRST)}, so no such secret is in the backup"


def _some(count: int, first: tuple[str, ...]) -> str:
    more = f" and {count - _SHOWN} more" if count > _SHOWN else ""
    shown = ", ".join(first[:_SHOWN])
    return f"{plural(count, 'secret')} ({shown}{more}) {'are' if count > 1 else 'is'}"


def _secrets(count: int) -> str:
    return f"{plural(count, 'secret')} {'is' if count == 1 else 'are'}"
