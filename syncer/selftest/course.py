"""What a self-test does, in its order: nothing that could do harm before all that it relies on is proven.

The config that might reach every device, were the profile wrong, is an EXPERT one with an empty script. On it alone,
and on categories that nothing else names, every operation is used for the first time, deletes too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from syncer.devices.interface import DomainHead, devices_of
from syncer.errors import RequestRefused, plural
from syncer.model.address import category_address, config_address, domain_address
from syncer.model.selftest import Failed
from syncer.model.state import LiveObject, Target
from syncer.selftest.attempts import Wrong, as_target, left_alone
from syncer.selftest.bench import Bench
from syncer.selftest.judging import learn_again
from syncer.selftest.specimens import ODD, Edit, Specimen, empty_expert, long_expert, specimens
from syncer.selftest.survey import EVERYWHERE, Key, take_survey

SEND_VALUE = "send_value"
_SPARE = 5  # scratch objects that may be made until one has an id that nothing else has
_DOMAIN_SUFFIX = ".invalid"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be proven: the profile's operations, how large a message may be, and whether domains too."""

    operations: frozenset[str]
    message_bytes: int
    domains: bool = False


@dataclass(slots=True)
class Course:
    """A self-test under way in one domain."""

    bench: Bench
    domain: LiveObject
    wanted: Wanted
    unproven: dict[str, str] = field(default_factory=dict)  # operations that are not tried, and why

    async def run(self) -> None:
        """All of it; Wrong or Stopped where it ends early, and then something may be left."""
        main = await self._new_category(self.bench.tag)
        await self._delete_categories(await self._categories("first"))
        experts = await self._experts(main)
        await self._update_expert(experts[-1], main)
        await self._other_categories(experts[-1], main)
        for key in reversed(experts):
            await self.bench.delete(key, f"delete the EXPERT config (id {key[2]})")
        for specimen in self._specimens():
            await self._specimen(specimen, main)
        await self._delete_category(main)
        if self.wanted.domains:
            await self._domains()
        self._refuse_lost_secrets()
        await self._as_before()

    def _has(self, operation: str) -> bool:
        if operation in self.wanted.operations:
            return True
        self.unproven.setdefault(operation, "the wire profile has no words for it")
        return False

    async def _new_category(self, name: str) -> Key:
        """A category that has no devices, neither before nor after it is made."""
        address = category_address(self.domain.address.domain, name)
        wanted = LiveObject(address, 0, self.domain.id)
        await self._refuse_devices(wanted, "no device is in a category that does not exist yet")
        target = Target(address, {"config": True}, {})
        key = await self.bench.create(target, self.domain.id, {}, f"create the category {name}")
        await self._refuse_devices(self.bench.mine[key], f"no device is in the category (id {key[2]})")
        return key

    async def _refuse_devices(self, category: LiveObject, what: str) -> None:
        asked = devices_of(category)
        assert asked is not None  # noqa: S101  (a tag has nothing in it that could not be asked for)
        try:
            found = (await self.bench.read(lambda: self.bench.service.devices([asked])))[0]
        except RequestRefused:
            if category.id:
                raise
            found = ()  # there is no such category, and it says so
        if found:
            some = f"{plural(len(found), 'device')} in {category.address.shown}"
            hint = "this service does not say which devices a category has, so nothing can be tried on it safely"
            raise Wrong(Failed("", "look for devices of the new category", f"GetDevices names {some}", hint))
        if what:
            self.bench.passed("", what)

    async def _experts(self, main: Key) -> list[Key]:
        """Configs that do nothing; the last has an id that no category and no domain has.

        Were the profile to take categories for configs, an id that both have would hit somebody else's.
        """
        made: list[Key] = []
        while not made or self._is_taken(made[-1]):
            self._refuse_too_many(made)
            made.append(await self._make(empty_expert(self.bench.tag, len(made) + 1), main))
        return made

    def _is_taken(self, key: Key) -> bool:
        return bool(self.bench.at_risk(self.bench.mine[key]))

    def _refuse_too_many(self, made: list[Key]) -> None:
        if len(made) >= _SPARE:
            found = f"the ids of {_SPARE} new ones are all ids of somebody else's objects of another kind, too"
            hint = (
                "their names do not tell which kind the messages are about, so the first would not be safe; see README"
            )
            raise Wrong(Failed("", "make something with an id of its own", found, hint))

    async def _make(self, specimen: Specimen, main: Key) -> Key:
        address = config_address(self.domain.address.domain, specimen.type, specimen.desc)
        categories = self._named(main)
        target = Target(address, specimen.fields, {}, tuple(categories))
        what = " ".join(filter(None, [f"create a config of type {specimen.type}", specimen.what]))
        return await self.bench.create(target, self.domain.id, categories, what)

    def _named(self, *keys: Key) -> dict[str, LiveObject]:
        """Categories of ours by the names that they have now."""
        return {self.bench.mine[key].address.name: self.bench.mine[key] for key in keys}

    async def _edit(self, key: Key, edit: Edit, main: Key) -> None:
        live = self.bench.mine[key]
        address = replace(live.address, name=edit.desc)
        fields = left_alone(live) | dict(edit.fields)
        await self._update(key, Target(address, fields, live.extra), f"{live.address.type}: {edit.what}", main)

    async def _update(self, key: Key, target: Target, what: str, *categories: Key) -> None:
        found = self._named(*categories)
        await self.bench.update(key, replace(target, categories=tuple(found)), found, f"update {what}")

    async def _update_expert(self, expert: Key, main: Key) -> None:
        if self._has("update_config"):
            for edit in empty_expert(self.bench.tag, 1).edits:
                await self._edit(expert, edit, main)

    async def _other_categories(self, expert: Key, main: Key) -> None:
        """References to several categories, then a category with another name: the config names nothing else."""
        others = await self._categories("other")
        second = others[-1]
        if self._has("update_config"):
            for what, refs in (("two categories", (main, second)), ("the second", (second,)), ("the first", (main,))):
                target = as_target(self.bench.mine[expert])
                await self._update(expert, target, f"EXPERT: categories, {what}", *refs)
        if self._has("update_category"):
            await self._changed_category(second, "its flag", config=None)
            await self._changed_category(second, "its flag again", config=True)
            await self._changed_category(main, "its name", name=f"{self.bench.tag} {ODD}")
        await self._delete_categories(others)

    async def _categories(self, name: str) -> list[Key]:
        """New ones; the last has an id that nothing else has, so that what is tried on it can hit nothing else."""
        made: list[Key] = []
        while not made or self._is_taken(made[-1]):
            self._refuse_too_many(made)
            made.append(await self._new_category(f"{self.bench.tag} {name} {len(made) + 1}"))
        return made

    async def _changed_category(self, key: Key, what: str, name: str | None = None, **fields: Any) -> None:
        live = self.bench.mine[key]
        target = as_target(live, **fields)
        target = replace(target, address=replace(live.address, name=name or live.address.name))
        attempt = self.bench.updating(key, target, {}, f"update the category: {what}")
        if self.bench.can(attempt.write):
            await self.bench.carry(attempt)
        else:
            self.bench.passed("", f"skipped: the wire profile has no words to change a category, {what}")

    async def _delete_categories(self, made: Sequence[Key]) -> None:
        for key in reversed(made):
            await self._delete_category(key)

    async def _delete_category(self, key: Key) -> None:
        """Somebody may have put a device into it meanwhile."""
        category = self.bench.mine[key]
        await self._refuse_devices(category, "")
        await self.bench.delete(key, f"delete the category {category.address.name}")

    def _specimens(self) -> Iterator[Specimen]:
        yield from specimens(self.bench.tag)
        if self._has(SEND_VALUE):
            yield long_expert(self.bench.tag, self.wanted.message_bytes)

    async def _specimen(self, specimen: Specimen, main: Key) -> None:
        key = await self._make(specimen, main)
        for edit in specimen.edits if self._has("update_config") else ():
            await self._edit(key, edit, main)
        await self.bench.delete(key, f"delete the config of type {specimen.type}")

    async def _domains(self) -> None:
        """Domains of its own, empty all the time; what is tried is tried on one whose id nothing else has."""
        if not (self._has("create_domain") and self._has("delete_domain")):
            return
        made: list[Key] = []
        while not made or self._is_taken(made[-1]):
            self._refuse_too_many(made)
            made.append(await self._new_domain(f"{self.bench.tag}-{len(made) + 1}{_DOMAIN_SUFFIX}"))
        if self._has("update_domain"):
            await self._changed_domain(made[-1], "deployAdminPasswords", deployAdminPasswords=True)
            await self._changed_domain(made[-1], "its name", name=f"{self.bench.tag}-renamed{_DOMAIN_SUFFIX}")
        for key in reversed(made):
            await self._refuse_full(key)
            await self.bench.delete(key, f"delete the domain {self.bench.mine[key].address.domain}")

    async def _new_domain(self, name: str) -> Key:
        return await self.bench.create(Target(domain_address(name), {}, {}), None, {}, f"create the domain {name}")

    async def _changed_domain(self, key: Key, what: str, name: str | None = None, **fields: Any) -> None:
        live = self.bench.mine[key]
        target = replace(as_target(live, **fields), address=domain_address(name or live.address.domain))
        attempt = self.bench.updating(key, target, {}, f"update the domain: {what}")
        if self.bench.can(attempt.write):
            await self.bench.carry(attempt)
        else:
            self.bench.passed("", f"skipped: the wire profile has no words to change a domain, {what}")

    async def _refuse_full(self, key: Key) -> None:
        live = self.bench.mine[key]
        inside = await self.bench.read(lambda: inside_of(self.bench, live))
        if inside:
            found = f"{inside[0].address.shown} is in it"
            raise Wrong(Failed("", f"look into {live.address.shown}", found, "it is left alone; see what put it there"))

    def _refuse_lost_secrets(self) -> None:
        """One that comes back after some writes, and not after others, is lost by these."""
        for (kind, name), operation in self.bench.measured.lost_secrets().items():
            found = f"after {operation} {name} of {kind} did not come back, though it did after another write"
            raise Wrong(Failed(operation, "compare which secrets come back", found, learn_again(operation)))

    async def _as_before(self) -> None:
        """Everything once more: in all domains, with all fields of all watched configs, and devices."""
        bench = self.bench
        survey = await bench.read(lambda: take_survey(bench.service, EVERYWHERE))
        bench.damages = await bench.read(lambda: bench.before.deep_damages(bench.service, survey))
        if bench.damages:
            first = bench.damages[0]
            found = f"{first.shown} is not ours, and {first.how}"
            hint = "whether somebody else did it cannot be known; see what is named below"
            raise Wrong(Failed("", "compare everything with what it was", found, hint))
        bench.passed("", "everything is as it was before")


async def inside_of(bench: Bench, domain: LiveObject) -> list[LiveObject]:
    """Categories and configs of a domain, and its devices as they are listed."""
    head = DomainHead(domain, False, ())
    heads = [one for one in await bench.service.domains() if one.domain.id == domain.id]
    categories = await bench.service.categories(heads or [head])
    configs = await bench.service.config_heads(heads or [head])
    asked = devices_of(domain)
    devices = (await bench.service.devices([asked]))[0] if asked else ()
    return [*categories[0], *configs[0], *(LiveObject(domain.address, one.id, domain.id) for one in devices)]
