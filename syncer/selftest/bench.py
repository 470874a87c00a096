"""One write of a self-test: sent once, read back together with everything else, and judged."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeVar

from syncer.apply import wording
from syncer.devices.interface import Service, Write
from syncer.errors import BrokenMessage, NotSent, RequestRefused, ServerError, SilentServer, SyncerError, visible
from syncer.model.address import Action, Address, Kind
from syncer.model.fields import fields_of
from syncer.model.selftest import Damage, Failed, Passed
from syncer.model.state import LiveObject, Target
from syncer.selftest.compare import Meant, Measured, wrong
from syncer.selftest.spelling import shortened
from syncer.selftest.survey import Before, Key, Scope, Survey, key_of, take_survey, unlike

_Read = TypeVar("_Read")

_AGAIN = "try again when the connection holds"
_LEARN = "correct {0} in the wire profile, or learn it again with `syncer wire learn`"


class Stopped(Exception):
    """A person ended it, before the next write."""


class Wrong(Exception):
    """A step did not come out as it should."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed
        super().__init__(failed.found)


class Stands(Enum):
    """How things stand after a write."""

    AS_MEANT = "as meant"
    AS_IT_WAS = "as it was"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True)
class Reply:
    """How a write was answered: with an id perhaps, a refusal, silence or garbage, or by the connection's end."""

    id: int | None = None
    refusal: str = ""
    silence: str = ""
    lost: str = ""

    @property
    def told(self) -> str:
        """In words; "" for one that reports no error."""
        refused = f"the server refused it: {self.refusal}" if self.refusal else ""
        return refused or self.silence or self.lost


@dataclass(frozen=True, slots=True)
class Attempt:
    """A write, in words what it does, and by id the categories that a config shall have afterwards."""

    write: Write
    what: str
    refs: frozenset[int | str] = frozenset()

    @property
    def key(self) -> Key | None:
        """The object that it is about; None for a new one."""
        return key_of(self.write.before) if self.write.before else None


@dataclass(frozen=True, slots=True)
class Look:
    """What was read after a write. `strangers`: what is new besides; `others`: what became of our other objects."""

    survey: Survey
    stands: Stands
    told: str = ""
    now: LiveObject | None = None
    damages: tuple[Damage, ...] = ()
    strangers: tuple[LiveObject, ...] = ()
    others: str = ""


@dataclass(slots=True)
class Bench:
    """Where a self-test works, and what it knows. `pauses`: seconds before each further look for a write not seen yet.

    `mine`: what it made, as last read. `told`: creates, and the id that their reply told. `harmful`: operations that
    changed what they were not about. `unsure`: what was sent last may still arrive.
    """

    service: Service
    scope: Scope
    before: Before
    tag: str
    pauses: tuple[float, ...]
    on_passed: Callable[[Passed], None]
    is_stopped: Callable[[], bool]
    survey: Survey
    measured: Measured = field(default_factory=Measured)
    mine: dict[Key, LiveObject] = field(default_factory=dict)
    told: list[tuple[Attempt, int | None]] = field(default_factory=list)
    steps: list[Passed] = field(default_factory=list)
    proven: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    harmful: set[str] = field(default_factory=set)
    damages: tuple[Damage, ...] = ()
    wrote: bool = False
    unsure: bool = False

    def passed(self, operation: str, what: str, note: str = "") -> None:
        """Tell that a step came out as it should."""
        self.steps.append(Passed(operation, what, note))
        self.on_passed(self.steps[-1])

    def can(self, write: Write) -> bool:
        """Whether the profile has words for a write."""
        try:
            self.service.check(write)
        except SyncerError:
            return False
        return True

    async def read(self, read: Callable[[], Awaitable[_Read]]) -> _Read:
        """Read; where nothing can be heard or understood on the connection any more, once again on another."""
        try:
            return await read()
        except (SilentServer, BrokenMessage):
            await self.service.renew()
            return await read()

    async def create(self, target: Target, domain_id: int | None, named: Mapping[str, LiveObject], what: str) -> Key:
        """Make something; `named`: the categories that it names."""
        write = Write(Action.CREATE, target.address, domain_id, None, None, target, named)
        now = await self.carry(Attempt(write, what, frozenset(named[name].id for name in target.categories)))
        assert now is not None  # noqa: S101  (carry says so)
        return key_of(now)

    async def update(self, key: Key, target: Target, named: Mapping[str, LiveObject], what: str) -> None:
        """Make something of ours what `target` says."""
        attempt = self.updating(key, target, named, what)
        await self.carry(attempt)

    def updating(self, key: Key, target: Target, named: Mapping[str, LiveObject], what: str) -> Attempt:
        """The update, not sent yet."""
        live = self.mine[key]
        before = replace(live, fields=self.measured.without_unset(live))
        write = Write(Action.UPDATE, target.address, live.domain_id, live.id, before, target, named)
        return Attempt(write, what, frozenset(named[name].id for name in target.categories))

    async def delete(self, key: Key, what: str) -> None:
        """Take something of ours away."""
        await self.carry(self.deleting(self.mine[key], what))

    @staticmethod
    def deleting(live: LiveObject, what: str) -> Attempt:
        """The delete, not sent yet."""
        return Attempt(Write(Action.DELETE, live.address, live.domain_id, live.id, live), what)

    async def carry(self, attempt: Attempt) -> LiveObject | None:
        """Send a write, and read back what came of it; Wrong if it is not exactly what was meant, and nothing else."""
        if self.is_stopped():
            raise Stopped
        used = self.service.check(attempt.write)
        reply, look = await self.send_and_look(attempt)
        await self._judge(attempt, reply, look)
        self.survey = look.survey
        if attempt.key is not None:
            self.mine.pop(attempt.key, None)
        if look.now is not None:
            self.mine[key_of(look.now)] = look.now
        note = ""
        if reply.lost:
            note = f"{reply.lost}; found by reading"
        else:
            self.proven |= used
        self.done |= used
        self.passed(attempt.write.operation, attempt.what, note)
        return look.now

    async def send_and_look(self, attempt: Attempt) -> tuple[Reply, Look]:
        """Send it once, and look until something came of it; Wrong where it could not be sent or read back."""
        reply = await self._send(attempt)
        if attempt.write.action is Action.CREATE:
            self.told.append((attempt, reply.id))
        try:
            look = await self._look_patiently(attempt, reply)
        except ServerError as exc:
            found = f"; reading it back failed: {exc.what}".removeprefix("; " * (not reply.told))
            raise self.wrong(attempt, f"{reply.told}{found}; whether it was done is not known", _AGAIN) from exc
        self.unsure = look.stands is Stands.AS_IT_WAS and bool(reply.silence or reply.lost)
        return reply, look

    async def _send(self, attempt: Attempt) -> Reply:
        was_first, self.wrote, self.unsure = not self.wrote, True, True
        try:
            return Reply(await self.service.write(attempt.write))
        except NotSent as exc:
            self.wrote, self.unsure = not was_first, False
            raise self.wrong(attempt, f"it could not be sent: {exc.what}", _AGAIN, operation="") from exc
        except RequestRefused as exc:
            return Reply(refusal=exc.what)
        except (SilentServer, BrokenMessage) as exc:
            return Reply(silence=exc.what)
        except ServerError as exc:
            return Reply(lost=exc.what)

    async def _look_patiently(self, attempt: Attempt, reply: Reply) -> Look:
        """Unless it was refused, it may still be on its way."""
        look = await self.read(lambda: self._look(attempt))
        for pause in () if reply.refusal else self.pauses:
            if look.stands is not Stands.AS_IT_WAS:
                break
            await asyncio.sleep(pause)
            look = await self.read(lambda: self._look(attempt))
        return look

    async def _look(self, attempt: Attempt) -> Look:
        survey = await take_survey(self.service, self.scope)
        fresh = [one for key, one in survey.objects.items() if not self.before.has(one) and key not in self.mine]
        key = attempt.key
        if key is None:
            found = [one for one in fresh if one.address.kind is attempt.write.address.kind]
        else:
            found = [survey.objects[key]] if key in survey.objects else []
        strangers = tuple(one for one in fresh if one not in found)
        look = Look(
            survey, Stands.AS_IT_WAS, "", None, self.before.damages(survey), strangers, self._others(key, survey)
        )
        match attempt.write.action:
            case Action.CREATE:
                return await self._look_at_new(attempt, look, found)
            case Action.UPDATE:
                return await self._look_at_changed(attempt, look, found)
            case Action.DELETE:
                return self._look_for_deleted(attempt, look, found)

    async def _look_at_new(self, attempt: Attempt, look: Look, found: list[LiveObject]) -> Look:
        if not found:
            return replace(look, told="nothing new is there")
        if len(found) > 1:
            every = ", ".join(named(one.address, one.id) for one in found)
            return replace(look, stands=Stands.OTHERWISE, told=f"{len(found)} new ones are there: {every}")
        return await self._compared(attempt, look, found[0])

    async def _look_at_changed(self, attempt: Attempt, look: Look, found: list[LiveObject]) -> Look:
        if not found:
            return replace(look, stands=Stands.OTHERWISE, told="it is gone")
        return await self._compared(attempt, look, found[0])

    def _look_for_deleted(self, attempt: Attempt, look: Look, found: list[LiveObject]) -> Look:
        if not found:
            return replace(look, stands=Stands.AS_MEANT)
        before = attempt.write.before
        stays = before is not None and found[0].address == before.address
        told = "it is still there" if stays else "it is still there, and not as it was"
        return replace(look, stands=Stands.AS_IT_WAS if stays else Stands.OTHERWISE, told=told, now=found[0])

    async def _compared(self, attempt: Attempt, look: Look, listed: LiveObject) -> Look:
        write, survey = attempt.write, look.survey
        now = await self._whole(listed)
        assert write.target is not None  # noqa: S101  (it is no delete)
        meant = Meant(write.target, attempt.refs, write.before, self.tag)
        # what the list says counts as much as the object itself
        refs = next((r for r in (survey.refs(now), survey.refs(listed)) if r != attempt.refs), attempt.refs)
        shown = now if listed.address == write.address else replace(now, address=listed.address)
        differ = wrong(meant, shown, refs, self.measured)
        if not differ:
            return replace(look, stands=Stands.AS_MEANT, now=now)
        told = f"it reads back otherwise: {wording.otherwise(differ)}"
        if write.address.kind is Kind.CONFIG and refs != attempt.refs:
            told += _reach(refs, listed, survey)
        as_it_was = write.before is not None and not unlike(self.survey, write.before, survey, now)
        return replace(look, stands=Stands.AS_IT_WAS if as_it_was else Stands.OTHERWISE, told=told, now=now)

    async def _whole(self, listed: LiveObject) -> LiveObject:
        if listed.address.kind is not Kind.CONFIG:
            return listed
        found = (await self.service.configs([listed]))[0]
        if isinstance(found, RequestRefused):
            raise found
        return found

    def _others(self, key: Key | None, survey: Survey) -> str:
        """What became of other objects of ours that no write was about."""
        for other, one in self.mine.items():
            if other == key:
                continue
            now = survey.objects.get(other)
            if now is None:
                return f"{named(one.address, one.id)} is gone with it"
            same_refs = self.survey.refs(one) == survey.refs(now)
            is_config = one.address.kind is Kind.CONFIG
            if now.address != one.address or (not same_refs if is_config else unlike(self.survey, one, survey, now)):
                return f"{named(one.address, one.id)} changed with it"
        return ""

    async def _judge(self, attempt: Attempt, reply: Reply, look: Look) -> None:
        self.damages = look.damages
        operation = attempt.write.operation
        if not self.damages and operation not in self.done and look.stands is Stands.AS_MEANT:
            self.damages = await self._deep(attempt, look.survey)
        if self.damages or look.others:
            self.harmful.add(operation)
        if problem := self._problem(attempt, reply, look):
            found, hint = problem
            blamed = "" if reply.lost and look.stands is Stands.AS_IT_WAS and not self.damages else operation
            raise self.wrong(attempt, found, hint, operation=blamed)

    async def _deep(self, attempt: Attempt, survey: Survey) -> tuple[Damage, ...]:
        """The first time that an operation is used everything is compared."""
        try:
            return await self.read(lambda: self.before.deep_damages(self.service, survey))
        except ServerError as exc:
            found = f"whether anything else changed could not be read: {exc.what}"
            raise self.wrong(attempt, found, _AGAIN, operation="") from exc

    def _problem(self, attempt: Attempt, reply: Reply, look: Look) -> tuple[str, str] | None:
        """What is wrong, and what to do about it; the worst first."""
        learn = _LEARN.format(attempt.write.operation)
        said = reply.told or "the server reported no error"
        if self.damages:
            first = self.damages[0]
            what = f"{named(first.address, first.id)} is not ours, and {first.how}"
            return f"{said}; but {what}", "whether somebody else did it cannot be known; see what is named below"
        if look.stands is not Stands.AS_MEANT:
            lost = reply.lost and look.stands is Stands.AS_IT_WAS
            return f"{said}; {'' if reply.told else 'but '}{look.told}", _AGAIN if lost else learn
        if look.others:
            return f"{said}; but {look.others}", learn
        if look.strangers:
            stranger = look.strangers[0]
            what = f"{named(stranger.address, stranger.id)} is new, which we did not make"
            return f"{said}; but {what}", "run it again when nobody else works on this domain"
        if reply.refusal or reply.silence:
            return f"{said}; yet it was done", _LEARN.format(f"the response of {attempt.write.operation}")
        if reply.id is not None and look.now is not None and attempt.key is None and reply.id != look.now.id:
            what = f"the reply tells id {reply.id}, but {named(look.now.address, look.now.id)} is the new one"
            return what, _LEARN.format(f"response/id of {attempt.write.operation}")
        return None

    def wrong(self, attempt: Attempt, found: str, hint: str, operation: str | None = None) -> Wrong:
        """A failure, with the messages that were sent."""
        blamed = attempt.write.operation if operation is None else operation
        return Wrong(Failed(blamed, attempt.what, found, hint, tuple(self._sent(attempt))))

    def _sent(self, attempt: Attempt) -> Iterator[str]:
        for message in self.service.spell(attempt.write):
            yield json.dumps(shortened(message), ensure_ascii=False)


def named(address: Address, number: int | None) -> str:
    """An object in words."""
    return f"{address.shown} (id {number})" if number is not None else address.shown


def _reach(refs: frozenset[int | str], listed: LiveObject, survey: Survey) -> str:
    if not refs:
        return "; without categories it is for EVERY device of the domain"
    return f"; it is for {visible(', '.join(survey.labels(refs, listed.domain_id)))}"


def as_target(live: LiveObject, **fields: Any) -> Target:
    """An object as it is, with other fields (None: unset)."""
    values = {name: value for name, value in {**live.fields, **fields}.items() if value is not None}
    names = tuple(ref.name for ref in live.categories if ref.name is not None)
    return Target(live.address, values, live.extra, names)


def left_alone(live: LiveObject) -> dict[str, Any]:
    """The fields of a config that an update which does not name them leaves as they are."""
    fields = fields_of(Kind.CONFIG, live.address.type)
    return {name: value for name, value in live.fields.items() if name in fields and not fields[name].optional}
