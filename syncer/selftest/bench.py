"""The writes of a self-test: each sent once, read back together with everything else, and judged."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from syncer.devices.interface import Write
from syncer.errors import BrokenMessage, NotSent, RequestRefused, ServerError, SilentServer, SyncerError
from syncer.model.address import Action
from syncer.model.selftest import Damage, Failed, Passed
from syncer.model.state import LiveObject, Target
from syncer.selftest.attempts import Attempt, Look, Reply, Stands, Stopped, Wrong
from syncer.selftest.judging import AGAIN, problem
from syncer.selftest.looking import Sight
from syncer.selftest.spelling import shortened
from syncer.selftest.survey import Key, key_of


@dataclass(slots=True, kw_only=True)
class Bench(Sight):
    """Where a self-test works, and what it did. `pauses`: seconds before each further look for a write not seen yet.

    `tells_id`: operations whose reply tells an id. `told`: creates, and the id that their reply told. `works`,
    `harmful`: operations that did what they should, or changed what they were not about. `proven`: those that were
    answered as they should be, too. `pending`: creates that were sent and never seen, so that they may still arrive.
    `clear`: operations whose words are about their own kind of object, so that none of another kind could be meant.
    `placed`: those whose words say the domain.
    """

    pauses: tuple[float, ...]
    on_passed: Callable[[Passed], None]
    is_stopped: Callable[[], bool]
    tells_id: frozenset[str] = frozenset()
    clear: frozenset[str] = frozenset()
    placed: frozenset[str] = frozenset()
    told: list[tuple[Attempt, int | None]] = field(default_factory=list)
    steps: list[Passed] = field(default_factory=list)
    proven: set[str] = field(default_factory=set)
    works: set[str] = field(default_factory=set)
    harmful: set[str] = field(default_factory=set)
    compared: set[str] = field(default_factory=set)  # operations after which everything was compared
    damages: tuple[Damage, ...] = ()
    noted: set[Damage] = field(default_factory=set)  # all damages that were ever seen
    wrote: bool = False
    pending: tuple[Attempt, ...] = ()

    def passed(self, operation: str, what: str, note: str = "") -> None:
        """Tell that a step came out as it should."""
        self.steps.append(Passed(operation, what, note))
        self.on_passed(self.steps[-1])

    def at_risk(self, one: LiveObject) -> str:
        """Something with the id of one of ours, in words, if a message about ours might hit it; "" for none."""
        operations = {f"{action}_{one.address.kind}" for action in (Action.UPDATE, Action.DELETE)}
        other = "" if operations <= self.clear else self.before.other_with_id(one)
        return other or ("" if operations <= self.placed else self.before.twin(one))

    def can(self, write: Write) -> bool:
        """Whether the profile has words for a write."""
        try:
            self.service.check(write)
        except SyncerError:
            return False
        return True

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
        self._judge(attempt, reply, look, used)
        note = f"{reply.lost}; found by reading" if reply.lost else ""
        self.proven |= frozenset() if reply.lost else used
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
            raise self.wrong(attempt, f"{reply.told}{found}; whether it was done is not known", AGAIN) from exc
        if look.stands is not Stands.AS_IT_WAS or reply.refusal:
            self._arrived(attempt)
        self._remember(attempt.write, look)
        return reply, await self._compare(attempt, look)

    def _arrived(self, attempt: Attempt) -> None:
        self.pending = tuple(one for one in self.pending if one is not attempt)

    def _remember(self, write: Write, look: Look) -> None:
        self.refresh(look.survey)
        self._keep_harm(write.operation, look)
        if look.stands is Stands.AS_MEANT:
            self.works.add(write.operation)
            self.measured.learn(look.seen)
        if look.now is not None and look.stands is not Stands.OTHERWISE and write.action is not Action.DELETE:
            self.mine[key_of(look.now)] = look.now

    def _keep_harm(self, operation: str, look: Look) -> None:
        if look.others or not self.noted.issuperset(look.damages):
            self.harmful.add(operation)
        self.noted.update(look.damages)
        self.damages = look.damages

    async def _compare(self, attempt: Attempt, look: Look) -> Look:
        """The first time that an operation is used, and where it did something else, everything is compared."""
        operation = attempt.write.operation
        if operation in self.compared and look.stands is Stands.AS_MEANT:
            return look
        try:
            look = await self.read(lambda: self.look_everywhere(attempt, look))
        except ServerError as exc:
            if look.stands is not Stands.AS_MEANT or look.damages:  # which is worse; all is compared at the end again
                return look
            found = f"whether anything else changed could not be read: {exc.what}"
            raise self.wrong(attempt, found, AGAIN, operation="") from exc
        self.compared.add(operation)
        self.survey = look.survey
        self._keep_harm(operation, look)
        if look.stands is not Stands.AS_IT_WAS:
            self._arrived(attempt)
        return look

    async def _send(self, attempt: Attempt) -> Reply:
        was_first, self.wrote = not self.wrote, True
        if attempt.write.action is Action.CREATE:
            self.pending = (*self.pending, attempt)
        try:
            return Reply(await self.service.write(attempt.write))
        except NotSent as exc:
            self.wrote = not was_first
            self._arrived(attempt)
            raise self.wrong(attempt, f"it could not be sent: {exc.what}", AGAIN, operation="") from exc
        except RequestRefused as exc:
            return Reply(refusal=exc.what)
        except (SilentServer, BrokenMessage) as exc:
            return Reply(silence=exc.what)
        except ServerError as exc:
            return Reply(lost=exc.what)

    async def _look_patiently(self, attempt: Attempt, reply: Reply) -> Look:
        """Unless it was refused, it may still be on its way."""
        look = await self.read(lambda: self.look(attempt))
        for pause in () if reply.refusal else self.pauses:
            if look.stands is not Stands.AS_IT_WAS:
                break
            await asyncio.sleep(pause)
            look = await self.read(lambda: self.look(attempt))
        return look

    def _judge(self, attempt: Attempt, reply: Reply, look: Look, used: frozenset[str]) -> None:
        blamed = self._blamed(attempt, used)
        if found := problem(attempt, reply, look, blamed, self.tells_id):
            is_lost = reply.lost and look.stands is Stands.AS_IT_WAS and not look.damages
            raise self.wrong(attempt, *found, operation="" if is_lost or look.unsteady else blamed)

    def _blamed(self, attempt: Attempt, used: frozenset[str]) -> str:
        """Of several operations that a write takes, the one that never did what it should."""
        operation = attempt.write.operation
        others = sorted(used - self.proven - {operation})
        return others[0] if operation in self.proven and others else operation

    def wrong(self, attempt: Attempt, found: str, hint: str, operation: str | None = None) -> Wrong:
        """A failure, with the messages that were sent."""
        blamed = attempt.write.operation if operation is None else operation
        return Wrong(Failed(blamed, attempt.what, found, hint, tuple(self._sent(attempt))))

    def _sent(self, attempt: Attempt) -> Iterator[str]:
        for message in self.service.spell(attempt.write):
            yield json.dumps(shortened(message), ensure_ascii=False)
