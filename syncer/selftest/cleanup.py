"""Taking away what a self-test made: looked for by reading, and each delete judged by reading, too.

Nothing is deleted of which it is not sure that a self-test made it, and nothing whose delete could hit something else.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from syncer.devices.interface import devices_of
from syncer.errors import ServerError, SyncerError
from syncer.model.address import LEVELS, Kind
from syncer.model.selftest import Leftover
from syncer.model.state import LiveObject
from syncer.selftest.attempts import Wrong, named
from syncer.selftest.bench import Bench
from syncer.selftest.course import inside_of
from syncer.selftest.survey import EVERYWHERE, Key, Survey, is_tagged, key_of, own_name, take_survey

_TRIES = 2  # a delete that only had no effect is worth another


async def clean_up(bench: Bench, stale: Collection[Key] = ()) -> tuple[tuple[Leftover, ...], str]:
    """Delete what this self-test made, and `stale`, what an earlier one left; what is there after all, and why.

    Everything is compared with what it was once more, in all domains; the other text says why that could not be done.
    """
    if not bench.wrote and not stale:
        return (), ""
    bench.before = bench.before.without(stale)
    bench.scope = EVERYWHERE  # a wrong create may have landed anywhere
    cleanup = _Cleanup(bench, frozenset(stale))
    try:
        await cleanup.run()
    except SyncerError as exc:
        unread = exc.what if isinstance(exc, ServerError) else str(exc)
        return (*cleanup.left.values(), *cleanup.unread(unread)), unread
    return tuple(cleanup.left.values()), ""


@dataclass(slots=True)
class _Cleanup:
    bench: Bench
    stale: frozenset[Key]
    left: dict[Key, Leftover] = field(default_factory=dict)

    async def run(self) -> None:
        """Configs first, those for every device before others; then categories and domains."""
        for _ in range(_TRIES):
            survey = await self._survey()
            found = self._found(survey)
            for one in found:
                self._leave_stranger(one, survey)
            ours = [one for one in found if self._is_ours(one, survey)]
            for one in sorted(ours, key=lambda one: self._urgency(one, survey)):
                await self._take_away(one, await self._survey())
        bench, survey = self.bench, await self._survey()
        self.left = {key: one for key, one in self.left.items() if key in survey.objects}
        for one in self._found(survey):
            self._name_latecomer(one, survey)
        bench.damages = await bench.read(lambda: bench.before.deep_damages(bench.service, survey))

    async def _survey(self) -> Survey:
        bench = self.bench
        survey = await bench.read(lambda: take_survey(bench.service, bench.scope))
        bench.refresh(survey)
        return survey

    def _found(self, survey: Survey) -> list[LiveObject]:
        found = [one for one in survey.objects.values() if not self.bench.before.has(one)]
        arrived = {one.address for one in found}
        self.bench.pending = tuple(one for one in self.bench.pending if one.write.address not in arrived)
        return found

    def unread(self, why: str) -> Iterator[Leftover]:
        """What was there when it could be read the last time, and what may have come since."""
        survey = self.bench.survey
        new = {key: one for key, one in survey.objects.items() if not self.bench.before.has(one)}
        for one in (one for key, one in (new | self.bench.mine).items() if key not in self.left):
            is_ours = self._is_ours(one, survey)
            yield Leftover(one.address, one.id, f"whether it is still there could not be read: {why}", is_ours)
        for attempt in self.bench.pending:
            yield Leftover(attempt.write.address, None, f"whether it was made could not be read: {why}")

    def _urgency(self, one: LiveObject, survey: Survey) -> tuple[int, bool, bool]:
        """What nothing else has the id of first: it shows whether the delete works."""
        return (-LEVELS[one.address.kind], bool(self.bench.at_risk(one)), bool(survey.refs(one)))

    def _is_ours(self, one: LiveObject, survey: Survey) -> bool:
        """By what was read, by our tag, or by what a reply told and something else agrees with."""
        key = key_of(one)
        is_stale = key in self.stale and is_tagged(one)
        return key in self.bench.mine or is_stale or self.bench.tag in own_name(one) or self._is_told(one, survey)

    def _is_told(self, one: LiveObject, survey: Survey) -> bool:
        """Whether the id is one that was told for a config of that type, and its categories are ours, if any."""
        return one.address.kind is Kind.CONFIG and any(
            number == one.id
            and (attempt.write.address.kind, attempt.write.address.type) == (one.address.kind, one.address.type)
            and survey.refs(one) <= attempt.refs
            for attempt, number in self.bench.told
        )

    def _leave_stranger(self, one: LiveObject, survey: Survey) -> None:
        if self._is_ours(one, survey):
            return
        told = {(attempt.write.address.kind, number) for attempt, number in self.bench.told}
        why = "not by this self-test as far as its name tells; leave it"
        if (one.address.kind, one.id) in told:
            why = "a reply told its id, but nothing else of it is ours; leave it unless you know better"
        self._leave(one, why, sure=False)

    def _name_latecomer(self, one: LiveObject, survey: Survey) -> None:
        """Nothing is deleted any more once everything is compared for the last time."""
        if key_of(one) not in self.left:
            self._leave_stranger(one, survey)
            self.left.setdefault(key_of(one), Leftover(one.address, one.id, "it came while the rest was cleaned up"))

    async def _take_away(self, one: LiveObject, survey: Survey) -> None:
        now = survey.objects.get(key_of(one))
        self.left.pop(key_of(one), None)
        if now is None:  # it is gone
            return
        if not self._is_ours(now, survey):
            self._leave_stranger(now, survey)
        elif why_not := self._why_never(now) or await self._why_not_now(now, survey):
            self._leave(now, why_not)
        else:
            await self._delete(now)

    def _leave(self, one: LiveObject, why: str, *, sure: bool = True) -> None:
        self.left[key_of(one)] = Leftover(one.address, one.id, why, sure)

    def _why_never(self, one: LiveObject) -> str:
        """Why the delete of the wire profile must not be used on it."""
        bench, attempt = self.bench, self.bench.deleting(one, "")
        operation = attempt.write.operation
        if not bench.can(attempt.write):
            return "the wire profile has no words to delete it"
        if operation in bench.harmful:
            return f"{operation} of the wire profile did something else before, so it is not used again"
        other = bench.at_risk(one)
        if other and operation not in bench.works:
            what = f"its id is also that of {other}, which {operation} might hit"
            return f"{what}, since it never worked so far"
        return ""

    async def _why_not_now(self, one: LiveObject, survey: Survey) -> str:
        """Why others would lose something with it."""
        match one.address.kind:
            case Kind.CONFIG:
                return ""
            case Kind.CATEGORY:
                users = [c for c in survey.of(Kind.CONFIG) if c.domain_id == one.domain_id and one.id in survey.refs(c)]
                if users:
                    return f"{named(users[0].address, users[0].id)} names it, and would be for every device without it"
                return "devices are in it, which would lose it" if await self._has_devices(one) else ""
            case Kind.DOMAIN:
                inside = await self.bench.read(lambda: inside_of(self.bench, one))
                return f"{inside[0].address.shown} is in it" if inside else ""

    async def _has_devices(self, category: LiveObject) -> bool:
        asked = devices_of(category)
        return asked is None or bool((await self.bench.read(lambda: self.bench.service.devices([asked])))[0])

    async def _delete(self, one: LiveObject) -> None:
        bench = self.bench
        attempt = bench.deleting(one, f"delete {named(one.address, one.id)}")
        try:
            reply, look = await bench.send_and_look(attempt)
        except Wrong as exc:  # not sent, or not read back
            self._leave(one, exc.failed.found)
            return
        if key_of(one) in look.survey.objects:
            self._leave(one, "; ".join(filter(None, [reply.told, look.others or look.told])))
            return
        bench.passed("", f"cleaned up: {named(one.address, one.id)}")
