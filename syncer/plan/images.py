"""Objects as a journal keeps them: what must not be read is sealed, and can still be compared and perhaps restored."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from syncer.model.fields import fields_of
from syncer.model.journal import Image, Sealed
from syncer.model.state import LiveObject
from syncer.model.values import Secret
from syncer.plan.digest import keyed

Seal = Callable[[str], str]  # a text's ciphertext
Unseal = Callable[[str], str | None]  # None: the key to it is not here


def secret_fields(live: LiveObject) -> frozenset[str]:
    """Fields that are secrets by the schema."""
    fields = fields_of(live.address.kind, live.address.type)
    return frozenset(name for name, field in fields.items() if field.secret)


def image_of(live: LiveObject, hidden: frozenset[str], key: bytes, seal: Seal | None) -> Image:
    """An object without the values of secrets and of `hidden` fields: those are sealed."""
    hidden |= secret_fields(live)

    def is_hidden(name: str, value: Any) -> bool:
        return name in hidden or isinstance(value, Secret) or holds(value, hidden)

    everything = {**live.fields, **live.extra}
    sealed = {name: _sealed(live, name, v, key, seal) for name, v in everything.items() if is_hidden(name, v)}
    return Image(
        live.address,
        live.id,
        live.domain_id,
        {name: value for name, value in live.fields.items() if name not in sealed},
        {name: value for name, value in live.extra.items() if name not in sealed},
        live.categories,
        sealed,
    )


def object_of(
    image: Image, now: LiveObject | None, key: bytes, unseal: Unseal | None
) -> tuple[LiveObject, frozenset[str]]:
    """The object of an image, and the names of sealed fields that differ `now` and cannot be restored."""
    known = fields_of(image.address.kind, image.address.type)
    restored: dict[str, Any] = {}
    lost = set()
    current = {**now.fields, **now.extra} if now else {}
    for name, sealed in image.sealed.items():
        if name in current and _fingerprint(image.id, name, current[name], key) == sealed.fingerprint:
            restored[name] = current[name]
        elif sealed.ciphertext and unseal and (kept := _kept(unseal(sealed.ciphertext), image.id, name)):
            restored[name] = Secret(kept[0]) if name in known and known[name].secret else kept[0]
        else:
            lost.add(name)
    live = LiveObject(
        image.address,
        image.id,
        image.domain_id,
        {**image.fields, **{name: value for name, value in restored.items() if name in known}},
        {**image.extra, **{name: value for name, value in restored.items() if name not in known}},
        image.categories,
    )
    return live, frozenset(lost)


def holds(value: Any, hidden: frozenset[str]) -> bool:
    """Whether something hidden is anywhere within an unknown field."""
    if isinstance(value, Mapping):
        return any(name in hidden or holds(one, hidden) for name, one in value.items())
    return isinstance(value, list) and any(holds(one, hidden) for one in value)


def _sealed(live: LiveObject, name: str, value: Any, key: bytes, seal: Seal | None) -> Sealed:
    plain = value.plain if isinstance(value, Secret) else value
    can_be_restored = seal is not None and plain is not None
    # bound to its field, so that whoever can edit a journal cannot have it shown under another name
    ciphertext = seal(json.dumps([live.id, name, plain])) if seal and can_be_restored else None
    return Sealed(_fingerprint(live.id, name, value, key), ciphertext)


def _fingerprint(number: int, name: str, value: Any, key: bytes) -> str:
    """Of one field of one object, so that nobody sees which objects share a password."""
    return keyed(key, ["sealed", number, name, value])


def _kept(text: str | None, number: int, name: str) -> tuple[Any] | None:
    """The value that was sealed for that field of that object, in a tuple since it may be anything; None: another's."""
    try:
        owner, field, value = json.loads(text or "")
    except (ValueError, TypeError, RecursionError):
        return None
    return (value,) if (owner, field) == (number, name) else None


def same_image(image: Image, other: Image) -> bool:
    """Whether two images show the same object; ciphertexts are new each time."""
    return _comparable(image) == _comparable(other)


def _comparable(image: Image) -> Image:
    return replace(image, sealed={name: replace(one, ciphertext=None) for name, one in image.sealed.items()})
