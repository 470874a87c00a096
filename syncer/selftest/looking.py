"""Reading back after a write: the object that it was about, what else became of others', and of our own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from syncer.apply import wording
from syncer.devices.interface import Service
from syncer.errors import BrokenMessage, RequestRefused, SilentServer, visible
from syncer.model.address import Action, Kind
from syncer.model.state import LiveObject
from syncer.selftest.attempts import Attempt, Look, Stands, named
from syncer.selftest.before import Before
from syncer.selftest.compare import Meant, unsteady, wrong
from syncer.selftest.measuring import Measured
from syncer.selftest.survey import EVERYWHERE, Key, Scope, Survey, own_name, take_survey, unlike

_Read = TypeVar("_Read")


@dataclass(slots=True, kw_only=True)
class Sight:
    """What a self-test sees: `survey` is what was read last, `mine` what it made, as last read."""

    service: Service
    scope: Scope
    before: Before
    tag: str
    survey: Survey
    measured: Measured = field(default_factory=Measured)
    mine: dict[Key, LiveObject] = field(default_factory=dict)

    async def read(self, read: Callable[[], Awaitable[_Read]]) -> _Read:
        """Read, and once again where it fails: on another connection if nothing can be heard on it any more."""
        try:
            return await read()
        except RequestRefused:
            return await read()
        except (SilentServer, BrokenMessage):
            await self.service.renew()
            return await read()

    async def look(self, attempt: Attempt) -> Look:
        """How things stand after a write; ServerError where that cannot be read."""
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
                return _look_for_deleted(attempt, look, found)

    async def look_everywhere(self, attempt: Attempt, look: Look) -> Look:
        """The same, with everything else compared, in all domains; ServerError where that cannot be read."""
        survey = await take_survey(self.service, EVERYWHERE)
        damages = await self.before.deep_damages(self.service, survey)
        new = [one for key, one in survey.objects.items() if not self.before.has(one) and key not in self.mine]
        elsewhere = tuple(one for one in new if not self.scope.has(one))
        look = replace(look, survey=survey, damages=damages, strangers=(*look.strangers, *elsewhere))
        landed = [
            one for one in elsewhere if one.address.kind is attempt.write.address.kind and self.tag in own_name(one)
        ]
        if attempt.key is None and look.stands is Stands.AS_IT_WAS and landed:
            told = f"it is in another domain: {named(landed[0].address, landed[0].id)}"
            return replace(look, stands=Stands.OTHERWISE, told=told)
        return look

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

    async def _compared(self, attempt: Attempt, look: Look, listed: LiveObject) -> Look:
        write, survey = attempt.write, look.survey
        now = await self._whole(listed)
        assert write.target is not None  # noqa: S101  (it is no delete)
        meant = Meant(write.target, attempt.refs, write.before, self.tag)
        # what the list says counts as much as the object itself
        refs = next((r for r in (survey.refs(now), survey.refs(listed)) if r != attempt.refs), attempt.refs)
        shown = now if listed.address == write.address else replace(now, address=listed.address)
        differ, seen = wrong(meant, shown, refs, self.measured)
        if not differ:
            return replace(look, stands=Stands.AS_MEANT, now=now, seen=seen)
        told = f"it reads back otherwise: {wording.otherwise(differ)}"
        if write.address.kind is Kind.CONFIG and refs != attempt.refs:
            told += _reach(refs, listed, survey)
        as_it_was = write.before is not None and not unlike(self.survey, write.before, survey, now)
        stands = Stands.AS_IT_WAS if as_it_was else Stands.OTHERWISE
        return replace(look, stands=stands, told=told, now=now, unsteady=unsteady(differ, meant, self.measured))

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

    def refresh(self, survey: Survey) -> None:
        """What was read last is what is known now."""
        self.survey = survey
        for key, one in list(self.mine.items()):
            now = survey.objects.get(key)
            if now is None:
                del self.mine[key]
            else:
                listed = replace(one, address=now.address, categories=now.categories)
                self.mine[key] = now if now.complete else listed


def _look_for_deleted(attempt: Attempt, look: Look, found: list[LiveObject]) -> Look:
    if not found:
        return replace(look, stands=Stands.AS_MEANT)
    before = attempt.write.before
    stays = before is not None and found[0].address == before.address
    told = "it is still there" if stays else "it is still there, and not as it was"
    return replace(look, stands=Stands.AS_IT_WAS if stays else Stands.OTHERWISE, told=told, now=found[0])


def _reach(refs: frozenset[int | str], listed: LiveObject, survey: Survey) -> str:
    if not refs:
        return "; without categories it is for EVERY device of the domain"
    return f"; it is for {visible(', '.join(survey.labels(refs, listed.domain_id)))}"
