"""Taking back what was done, in reverse order, with the same care; what cannot be taken back is named."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from syncer.apply import wording
from syncer.apply.carry import Carried, write_of
from syncer.apply.execute import Executor, OnOutcome, state_of
from syncer.apply.scene import Scene
from syncer.apply.setting import Setting
from syncer.errors import SyncerError
from syncer.model.address import Action
from syncer.model.journal import Phase
from syncer.model.plan import Outcome, Result
from syncer.model.state import Live
from syncer.plan.steps import Step
from syncer.plan.undo import Left, Touched, Undo, plan_undo

_PASSES = 4  # one does it; a service that fills in defaults when an object is made again needs another


@dataclass(frozen=True, slots=True)
class Undone:
    """Where a rollback came to. `undo` is what is still to be done; `failure` says why it ended before its end."""

    undo: Undo
    carried: Mapping[int, Carried]
    failure: str = ""

    def concerns(self, number: int) -> bool:
        """Whether the change was touched at all."""
        undo = self.undo
        return number in undo.as_it_was or number in undo.left or any(number == one for one, _ in undo.steps)

    @property
    def is_final(self) -> bool:
        """Whether another try could not do more."""
        return not self.failure and not self.undo.steps and all(left.final for left in self.undo.left.values())

    @property
    def is_all_that_can_be(self) -> bool:
        """Whether all that is still to be done is in the way of what others did since."""
        moved = [number in self.carried and self.carried[number].moved for number, _ in self.undo.steps]
        return all(moved) and all(left.final for left in self.undo.left.values())

    def outcome(self, number: int, before: Outcome) -> Outcome:
        """What became of a change that was touched, in the end; `before` is how it stood when the rollback began."""
        left = self.undo.left.get(number)
        if number in self.undo.as_it_was:
            return self._as_it_was(number, before)
        if left is not None:
            return _but(before, f"not rolled back: {wording.left(left)}")
        carried = self.carried.get(number)
        why = carried.outcome.reason if carried and carried.outcome.result is not Result.APPLIED else self.failure
        return _but(before, f"not rolled back: {why or 'the rollback did not come to it'}")

    def _as_it_was(self, number: int, before: Outcome) -> Outcome:
        if number in self.carried:
            return replace(before, result=Result.ROLLED_BACK)
        if before.result in (Result.REFUSED, Result.NOT_TRIED, Result.UNCHANGED):
            return before
        return replace(before, result=Result.UNCHANGED)


class Rollback:
    """Takes back what was touched, until nothing is left that could be."""

    def __init__(self, setting: Setting, touched: Mapping[int, Touched], on_outcome: OnOutcome) -> None:
        self._setting, self._on_outcome = setting, on_outcome
        self._touched = dict(touched)
        self._carried: dict[int, Carried] = {}
        self._shown: set[int] | None = None

    def so_far(self, failure: str) -> Undone:
        """Where it came to, for one that was cut off."""
        unseen = {number: Left(f"the rollback was cut off ({failure})", final=False) for number in self._touched}
        return Undone(Undo((), unseen, frozenset()), self._carried, failure)

    async def run(self, *, assume: bool, agreed: tuple[Undo, Live] | None = None) -> Undone:
        """Never fails: what went wrong is in the answer. `assume` as for `plan_undo`.

        `agreed` is the way back that a person was shown, with the state it was computed from; nothing else is done.
        """
        unseen = {number: Left("it was not looked at", final=False) for number in self._touched}
        undo, failure = Undo((), unseen, frozenset()), ""
        for _ in range(_PASSES):
            try:
                now = agreed or await self._look(assume=assume)
            except SyncerError as exc:
                return Undone(undo, self._carried, f"the server cannot be read: {exc}")
            # only what a person looked at may be taken for ours without proof
            undo, agreed, assume = self._agreed(now[0]), None, False
            if not undo.steps or failure:
                break
            failure = await self._pass(undo, now[1])
        return Undone(undo, self._carried, failure if undo.steps else "")

    def _agreed(self, undo: Undo) -> Undo:
        """What a person was shown, and no more."""
        numbers = {number for number, _ in undo.steps}
        self._shown = numbers if self._shown is None else self._shown
        if not (more := numbers - self._shown):
            return undo
        left = {number: Left("it was changed since the rollback was shown", final=False) for number in more}
        return replace(undo, steps=tuple(s for s in undo.steps if s[0] not in more), left={**undo.left, **left})

    async def _look(self, *, assume: bool) -> tuple[Undo, Live]:
        live = await self._setting.reread(self._touched)
        return self.plan(live, assume=assume), live

    def plan(self, live: Live, *, assume: bool) -> Undo:
        """The way back from `live`; what the wire profile cannot say, or must not, is left."""
        undo = plan_undo(self._touched.values(), live, self._setting.maker(live), assume=assume)
        scene = self._setting.scene(live, ())
        refused = {number: why for number, step in undo.steps if (why := self._refusal(step, scene))}
        steps = tuple((number, step) for number, step in undo.steps if number not in refused)
        return replace(undo, steps=steps, left={**undo.left, **{number: Left(why) for number, why in refused.items()}})

    def _refusal(self, step: Step, scene: Scene) -> str:
        """Why the wire profile cannot take it back."""
        try:
            used = self._setting.service.check(
                write_of(step, scene.domain_id(step), step.live, scene.categories_of(step))
            )
        except SyncerError as exc:
            return str(exc)
        return self._setting.refusal(used)

    async def _pass(self, undo: Undo, live: Live) -> str:
        executor = Executor(
            self._setting.scene(live, (step for _, step in undo.steps), sent=True),
            self._setting.journal,
            Phase.ROLLBACK,
            parallelism=self._setting.parallelism,
            picture=lambda _number, _now: None,
            on_outcome=self._on_outcome,
        )
        try:
            await executor.run(undo.levels(self._touched))
        finally:
            self._carried |= executor.carried
        for number, step in undo.steps:
            if number in executor.carried:
                self._note(number, step, executor.carried[number])
        failed = [one.outcome for one in executor.carried.values() if one.outcome.result is not Result.APPLIED]
        return f"{failed[0].address.shown}: {failed[0].reason}" if failed else ""

    def _note(self, number: int, step: Step, carried: Carried) -> None:
        """What was made again has a new id, and whatever was read back is ours."""
        one = self._touched[number]
        if carried.now is None:
            if carried.outcome.result is Result.UNKNOWN:
                self._touched[number] = replace(one, state=None)
            return
        made = carried.now.id if step.change.action is Action.CREATE else one.id
        state = state_of(carried.now, one.ignored, self._setting.key)
        self._touched[number] = replace(one, id=made, state=state, seen=carried.now)


def _but(outcome: Outcome, reason: str) -> Outcome:
    return replace(outcome, reason="; ".join(filter(None, [outcome.reason, reason])))
