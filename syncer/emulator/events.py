"""What the subscribers among the sessions hear of a change."""

from collections.abc import Iterator
from typing import Any, assert_never

from syncer.emulator import objects
from syncer.emulator.defaults import Options
from syncer.emulator.session import Echo, Session
from syncer.emulator.state import Config, Device, Domain, Happening, Provisioned
from syncer.emulator.store import Store

_Thing = Domain | Config | Device

_NAMES = {
    Domain: ("DomainAdded", "DomainEdited", "DomainDeleted"),
    Config: ("DeviceConfigAdded", "DeviceConfigEdited", "DeviceConfigDeleted"),
    Device: ("DeviceAdded", "DeviceUpdate", "DeviceRemoved"),
}


def events(session: Session, happening: Happening, store: Store, options: Options) -> Iterator[dict[str, Any]]:
    """The events that this session gets. What comes into its sight is added to it, what leaves its sight removed."""
    if isinstance(happening, Provisioned):
        echo = session.subscriptions.codes.pop(happening.code, None)
        if echo is not None:
            shown = objects.device_object(happening.device, store.categories_of(happening.device))
            yield {"mt": "DeviceProvisioned", **echo, "device": shown, "code": happening.code}
        return
    before, after = happening.before, happening.after
    heard_before, heard_after = _heard(session, before), _heard(session, after)
    if after is not None and heard_after is not None:
        added, edited, _ = _NAMES[type(after)]
        yield {"mt": added if heard_before is None else edited, **heard_after, **_shown(after, store, options)}
    elif before is not None and heard_before is not None:
        yield {"mt": _NAMES[type(before)][2], **heard_before, **_gone(before, store, options)}


def _heard(session: Session, thing: _Thing | None) -> Echo | None:
    """The `src` to repeat if the session subscribed to such things and may see this one."""
    subscriptions = session.subscriptions
    match thing:
        case None:
            return None
        case Domain():
            return subscriptions.domains if session.sees(thing.id) else None
        case Config():
            return subscriptions.configs.get(thing.domain_id) if session.sees(thing.domain_id) else None
        case Device():
            if subscriptions.devices is None or not session.sees(thing.domain_id):
                return None
            scope, echo = subscriptions.devices
            return echo if scope.holds(thing.domain_id) else None
        case _:
            assert_never(thing)


def _shown(thing: _Thing, store: Store, options: Options) -> dict[str, Any]:
    match thing:
        case Domain():
            return {"domain": objects.domain_object(thing, store.categories(thing.id))}
        case Config():
            return {"config": objects.config_summary(thing, store.categories_of(thing))}
        case Device():
            categories = store.categories_of(thing) if options.device_categories else None
            return {"device": objects.device_object(thing, categories)}
        case _:
            assert_never(thing)


def _gone(thing: _Thing, store: Store, options: Options) -> dict[str, Any]:
    match thing:
        case Domain():
            return {"id": thing.id}
        case Config():
            return {"id": thing.id, "domainId": thing.domain_id}
        case Device():
            return _shown(thing, store, options)
        case _:
            assert_never(thing)
