"""Understanding messages: which writes they are. Names help, but what became of the objects decides."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

from syncer.errors import visible
from syncer.learn import documented
from syncer.learn.leaves import Path, at, objects, plain
from syncer.learn.places import (
    CONFIG_KEYS,
    FIELDS,
    HINT,
    id_rank,
    is_spoken,
    listed,
    may_be_id,
    numbers,
    only_best,
    paths_to,
)
from syncer.learn.replies import failure_of, says_no
from syncer.learn.samples import Sample
from syncer.learn.traffic import Exchange
from syncer.learn.world import Seen, World
from syncer.model.address import Action, Kind
from syncer.model.learned import Confidence

_CONTENT = FIELDS | {"desc"}  # what an update of a config writes; one of its categories alone is something else
_NOT_TELLING = frozenset({"id", "domainId"})
_WORD = re.compile(r"[A-Za-z]{2,40}")


def samples_of(
    exchanges: Sequence[Exchange], world: World, domain_places: frozenset[Path]
) -> tuple[list[Sample], list[Exchange]]:
    """Each write in its order, and what could not be recognised. The world learns of what was made.

    `domain_places`: where the domain's id stands although no key speaks of it.
    """
    found: list[Sample] = []
    others: list[Exchange] = []
    ends = [*(one.request.at for one in exchanges[1:]), inf]  # where the next one begins
    for exchange, until in zip(exchanges, ends, strict=False):
        sample = _Understanding(exchange, until, world, domain_places).sample()
        if sample is None:
            others.append(exchange)
            continue
        found.append(sample)
        if sample.number is not None and not sample.failed and sample.action is not Action.DELETE:
            world.add(_as_sent(sample, world))
    return found, others


def _as_sent(sample: Sample, world: World) -> Seen:
    place = sample.exchange.request.at
    assert sample.number is not None  # noqa: S101  (the caller's condition)
    before = world.whole_before(sample.kind, sample.number, place)
    raw = {**(before.raw if before else {}), **sample.fields}
    is_whole = sample.action is Action.CREATE or before is not None
    return Seen(place, sample.kind, sample.number, sample.domain_id, raw, whole=is_whole, told_by_us=True)


class _Understanding:
    """Of one exchange."""

    def __init__(self, exchange: Exchange, until: float, world: World, domain_places: frozenset[Path]) -> None:
        self.exchange, self.until, self.world, self.domain_places = exchange, until, world, domain_places
        self.message = exchange.request.message
        self.at = exchange.request.at
        reply = exchange.reply.message if exchange.reply else {}
        self.failed = bool(failure_of(reply) or says_no(reply))
        self.words = [exchange.request.mt, *_words(self.message, world)]

    def sample(self) -> Sample | None:
        """The write that it is, None where that cannot be told."""
        kinds = sorted(Kind, key=lambda kind: -self._score(kind))
        if self._score(kinds[0]) <= max(1, self._score(kinds[1])):
            return None
        return self._of_kind(kinds[0])

    def _score(self, kind: Kind) -> int:
        score = 2 if self._noun() is kind else 0
        holder = self._holder(kind)
        if holder is not None and self._is_telling(kind, holder):
            score += 3
        _, target = self._target(kind)
        if target is not None:
            gone = self.world.gone_after(kind, target.id, target.at)  # one that was gone before, this cannot delete
            is_gone = holder is None and gone is not None and gone > self.at
            score += 3 if is_gone else 1
        if self._made(kind) is not None:
            score += 3
        return score

    def _noun(self) -> Kind | None:
        return next((found for word in self.words if (found := documented.noun(word))), None)

    def _is_telling(self, kind: Kind, holder: Path) -> bool:
        keys = at(self.message, holder).keys()
        match kind:
            case Kind.CONFIG:
                return len(keys & CONFIG_KEYS) > 1 or bool(keys & FIELDS)
            case Kind.CATEGORY:
                return isinstance(at(self.message, holder).get("config"), bool)
            case Kind.DOMAIN:
                return "deployAdminPasswords" in keys

    def _holder(self, kind: Kind) -> Path | None:
        """Where the fields of an object of that kind stand, if any do."""
        best: tuple[int, Path] | None = None
        for path, value in objects(self.message):
            count = len(value.keys() & CONFIG_KEYS) if kind is Kind.CONFIG else self._telling_leaves(kind, value)
            if count and (best is None or count > best[0]):
                best = (count, path)
        return best[1] if best else None

    def _telling_leaves(self, kind: Kind, value: Mapping[str, Any]) -> int:
        names = self.world.names(kind)
        flag = {Kind.CATEGORY: "config", Kind.DOMAIN: "deployAdminPasswords"}[kind]
        return sum(
            (isinstance(leaf, str) and (key == "name" or leaf in names)) or (isinstance(leaf, bool) and key == flag)
            for key, leaf in value.items()
            if key not in ("mt", "src")
        )

    def _of_kind(self, kind: Kind) -> Sample | None:
        holder, verb, made = self._holder(kind), self._verb(), self._made(kind)
        target = self._meant(kind, verb, made)
        if target is None:
            may_make = made is not None or verb == "create"
            return self._create(kind, holder, made) if holder is not None and may_make else None
        if holder is not None and verb != "delete":
            has_fields = kind is not Kind.CONFIG or bool(at(self.message, holder).keys() & _CONTENT)
            return self._update(kind, target, holder) if has_fields else None
        gone = self.world.gone_after(kind, target.id, self.at)
        is_at_once = verb is None and gone is not None and gone < self.until
        return self._delete(kind, target, holder, gone) if verb == "delete" or is_at_once else None

    def _meant(self, kind: Kind, verb: str | None, made: Seen | None) -> Seen | None:
        """The object that is changed or deleted, even if it was not seen before; None if a new one is made."""
        if verb == "create":
            return None
        rank, target = self._target(kind)
        if target is not None and (made is None or rank >= HINT):
            return target
        if made is not None and self._names(kind, made.id):  # the recording began when it was there already
            return Seen(self.at, kind, made.id, made.domain_id, {})
        if verb in ("update", "delete"):
            return target or self._unseen(kind)
        return target if made is None else None

    def _names(self, kind: Kind, number: int) -> bool:
        """Whether the message has it where an id would be."""
        paths = paths_to(self.message, number)
        return any(may_be_id(path, kind) and id_rank(path, kind) >= HINT for path in paths)

    def _verb(self) -> str | None:
        return next((found for word in self.words if (found := documented.verb(word))), None)

    def _target(self, kind: Kind) -> tuple[int, Seen | None]:
        """The known object that the message is about, and how much the place of its id looks like one."""
        places = [*numbers(self.message, kind), *(listed(self.message, kind) if self._verb() == "delete" else ())]
        known = [
            (id_rank(path, kind), one)
            for path, value in places
            if kind is Kind.DOMAIN or path not in self.domain_places
            if (one := self.world.before(kind, value, self.at))
        ]
        best = max((rank for rank, _ in known), default=0)
        found = {one.id: one for rank, one in known if rank == best}
        if len(found) > 1:  # the one that something became of before the next request
            found = {number: one for number, one in found.items() if self._became(kind, number)}
        return (best, next(iter(found.values()))) if len(found) == 1 else (0, None)

    def _became(self, kind: Kind, number: int) -> bool:
        """Whether it was gone or otherwise right after this message."""
        gone = self.world.gone_after(kind, number, self.at)
        before = self.world.before(kind, number, self.at)
        seen = next(self.world.after(kind, number, self.at), None)
        changed = seen and before and any(before.raw.get(key, value) != value for key, value in seen.raw.items())
        return bool((gone is not None and gone < self.until) or (changed and seen and seen.at < self.until))

    def _unseen(self, kind: Kind) -> Seen | None:
        """An object that the recording shows nowhere, by the one number whose key can mean nothing else."""
        found = {value for path, value in numbers(self.message, kind) if is_spoken(path, kind)}
        return Seen(self.at, kind, found.pop(), None, {}) if len(found) == 1 else None

    def _made(self, kind: Kind) -> Seen | None:
        """The new object that was seen after it, and bears what it says."""
        texts = {value for _, value in plain(self.message) if isinstance(value, str)}
        numbers = {value for _, value in plain(self.exchange.reply.message)} if self.exchange.reply else set()
        for one in sorted(self.world.new_after(kind, self.at), key=lambda seen: seen.at):
            has_type = kind is not Kind.CONFIG or one.raw.get("type") in texts
            if has_type and (one.name in texts or (one.id in numbers and one.name is None)):
                return one
        return None

    def _create(self, kind: Kind, holder: Path, made: Seen | None) -> Sample:
        number = made.id if made else self._id_in_reply(kind)
        domain_id = made.domain_id if made else None
        shown = f"{_told(kind, made.name)} was seen for the first time after it (id {made.id})" if made else ""
        return self._sample(Action.CREATE, kind, number, domain_id, made, holder, shown)

    def _id_in_reply(self, kind: Kind) -> int | None:
        if self.exchange.reply is None or self.failed:
            return None
        found = dict(numbers(self.exchange.reply.message, kind))
        place = only_best(found, kind)
        return found[place] if place else None

    def _update(self, kind: Kind, target: Seen, holder: Path) -> Sample:
        sent = at(self.message, holder)
        shown = ""
        for seen in self.world.after(kind, target.id, self.at):
            moved = [key for key in seen.raw.keys() - _NOT_TELLING if _moved(kind, key, sent, seen.raw, target.raw)]
            if moved:
                shown = f"{min(moved)} of id {target.id} was seen changed after it"
                break
            if seen.whole or kind is not Kind.CONFIG:
                break
        return self._sample(Action.UPDATE, kind, target.id, target.domain_id, target, holder, shown)

    def _delete(self, kind: Kind, target: Seen, holder: Path | None, gone: int | None) -> Sample:
        shown = f"{_told(kind, target.name)} (id {target.id}) was gone after it" if gone is not None else ""
        sample = self._sample(Action.DELETE, kind, target.id, target.domain_id, target, holder or (), shown)
        if shown and self._verb() is None:  # somebody else may have deleted it at that moment
            return replace(
                sample, confidence=Confidence.ANSWERED, evidence=f"{shown}, but it does not speak of deleting"
            )
        return sample

    def _sample(
        self,
        action: Action,
        kind: Kind,
        number: int | None,
        domain_id: int | None,
        thing: Seen | None,
        holder: Path,
        shown: str,
    ) -> Sample:
        if shown and not self.failed:
            confidence, evidence = Confidence.SHOWN, shown
        elif self.exchange.reply is not None and not self.failed:
            confidence, evidence = Confidence.ANSWERED, "it was answered without an error; what it did was not seen"
        else:
            confidence, evidence = Confidence.SENT, "it was not answered, and what it did was not seen"
        after = next(self.world.after(kind, number, self.at), None) if number is not None else None
        return Sample(
            action,
            kind,
            self.exchange,
            number,
            domain_id,
            thing,
            holder,
            confidence,
            evidence,
            failed=self.failed,
            became=after.raw if after and after.at < self.until else None,
        )


def _words(message: Mapping[str, Any], world: World) -> Iterator[str]:
    """Single words of a message that are no content: what is to be done may stand beside the type."""
    names = frozenset().union(*(world.names(kind) for kind in Kind))
    for path, value in plain(message):
        if isinstance(value, str) and path[-1] not in CONFIG_KEYS | {"name"} and value not in names:
            yield from [value] if _WORD.fullmatch(value) else []


def _moved(kind: Kind, key: str, sent: Mapping[str, Any], after: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a field became what was sent; a category's or domain's may be sent under another name."""
    value = after[key]
    if isinstance(value, dict | list) or value == before.get(key):
        return False
    if key in sent or kind is Kind.CONFIG:
        return bool(sent.get(key) == value)
    return any(type(one) is type(value) and one == value for one in sent.values())


def _told(kind: Kind, name: str | None) -> str:
    return f"{kind} {visible(name, 60)}" if name else f"a {kind}"
