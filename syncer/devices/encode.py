"""A write in the words of a wire profile: the message, and the pieces of values that go ahead of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncer.devices.interface import Write
from syncer.errors import SyncerError, visible
from syncer.model.address import Action, Kind
from syncer.model.fields import Field, Wire, fields_of
from syncer.model.state import CategoryRef, LiveObject, Target
from syncer.model.values import Secret
from syncer.wire.chunks import TooLarge, split
from syncer.wire.cipher import encrypt
from syncer.wire.messages import encode as json_text
from syncer.wire.messages import size
from syncer.wire.profile import ENVELOPE, SEND_VALUE, Operation, Profile

_SRC_BYTES = 32  # room for a `src` that is added when the message is sent
_OMIT = object()
MASKED = "<encrypted>"  # what stands for a secret where there is no session to encrypt it for
_HALF = "\ud800"  # half of a surrogate pair: the worst that a piece may hold, since it escapes all of the message


class Unspellable(SyncerError):
    """The wire profile has no words for this write; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A message and what goes ahead of it, all without `src`."""

    message: dict[str, Any]
    pieces: tuple[dict[str, Any], ...]


def encode(write: Write, profile: Profile, key: str | None, login_domain: str | None = None) -> Encoded:
    """Unspellable where the profile cannot say it; `key` is the session key that secrets are encrypted with.

    `key` None: the messages are for people, and secrets are not in them.

    A create that names no domain makes the object in the login's; `login_domain` None: that is not checked.
    """
    operation = profile.operation(write.operation)
    if operation is None:
        raise Unspellable(
            f"{write.address.shown}: the wire profile {profile.name} has no {write.operation}; "
            "learn it with `syncer wire learn`"
        )
    variables = _variables(write, operation, profile, key)
    _refuse_unsayable(write, operation)
    _refuse_other_domain(write, operation, login_domain)
    return _fit(write, operation, variables, profile)


def spell(write: Write, profile: Profile, login_domain: str | None = None) -> tuple[dict[str, Any], ...]:
    """The messages of a write in their order, for people: no secret is in them. Unspellable like `encode`."""
    encoded = encode(write, profile, None, login_domain)
    return (*encoded.pieces, encoded.message)


def _variables(write: Write, operation: Operation, profile: Profile, key: str | None) -> dict[str, Any]:
    address = write.address
    variables: dict[str, Any] = {"id": write.id, "domain_id": write.domain_id}
    if write.target is None:
        return variables | ({} if address.kind is Kind.CONFIG else {"name": address.name or address.domain})
    target = write.target
    match address.kind:
        case Kind.DOMAIN:
            variables["name"] = target.address.domain
            variables["deployAdminPasswords"] = bool(target.fields.get("deployAdminPasswords"))
            variables["extra"] = _extra(write, target, operation)
        case Kind.CATEGORY:
            variables["name"] = target.address.name
            variables["config"] = bool(target.fields.get("config"))
            variables["extra"] = _extra(write, target, operation)
        case Kind.CONFIG:
            variables["config"] = config = dict(_config(write, target, operation, profile, key))
            if "categories" in operation.placeholders:
                variables["categories"] = config.pop("categories")
    return variables


def _config(
    write: Write, target: Target, operation: Operation, profile: Profile, key: str | None
) -> Iterator[tuple[str, Any]]:
    """The config's object, item by item, as the operation sends it."""
    yield "type", target.address.type
    yield "desc", target.address.name
    yield "categories", _category_refs(write, target, profile)
    changed_only = write.action is Action.UPDATE and operation.sends == "changed"
    for field in fields_of(Kind.CONFIG, target.address.type).values():
        value = _field(field, write, target, operation, profile, key, changed_only)
        if value is not _OMIT:
            yield field.name, value
    yield from _extra(write, target, operation).items()


def _field(
    field: Field,
    write: Write,
    target: Target,
    operation: Operation,
    profile: Profile,
    key: str | None,
    changed_only: bool,
) -> Any:
    """What is written for a field: what came where nothing changes, so that a whole write disturbs nothing."""
    after = target.fields.get(field.name)
    before = write.before.fields.get(field.name) if write.before else None
    if field.secret:
        return _secret(field, before, after, write, target, operation, key, changed_only)
    if write.before is not None and before == after:
        return _OMIT if changed_only else write.before.raw.get(field.name, _OMIT)
    if after is not None:
        return field.wire_form(after)
    if write.before is None and not field.optional:
        return _OMIT  # on create it is left to the service
    return _unset(field, operation, profile, target.address.type, changed_only)


def _secret(
    field: Field,
    before: Any,
    after: Any,
    write: Write,
    target: Target,
    operation: Operation,
    key: str | None,
    changed_only: bool,
) -> Any:
    seed = target.fields.get(str(field.seed))
    seed_before = write.before.fields.get(str(field.seed)) if write.before else None
    if changed_only and before == after and seed == seed_before:
        return _OMIT
    if after is None:
        nothing_there = write.before is not None and before is None
        return _OMIT if nothing_there else _unset(field, operation, None, target.address.type, changed_only)
    if not isinstance(after, Secret) or after.plain is None:
        raise Unspellable(
            f"{target.address.shown}: the live {field.name} cannot be decrypted, so it cannot be written back; "
            "give it in the files"
        )
    return MASKED if key is None else encrypt(after.plain, seed if isinstance(seed, str) else "", key)


def _unset(field: Field, operation: Operation, profile: Profile | None, config_type: str, changed_only: bool) -> Any:
    """How an unset field is written. Where only changes are sent, leaving it out would say nothing."""
    style = operation.unset
    if style == "null":
        return None
    is_text = field.type == "string" or field.wire in (Wire.NUMBER_STRING, Wire.HEX_BYTE)
    empty: Any = "" if is_text else False if field.type == "boolean" else _OMIT
    if style == "empty" and empty is _OMIT and field.zero_is_unset:
        empty = 0
    if style == "omit":
        empty = _OMIT
    if empty is not _OMIT or not changed_only:
        return empty
    if profile is not None and field.name in profile.reads_back_unset.get(config_type, {}):
        return profile.reads_back_unset[config_type][field.name]
    if is_text:
        return ""
    return False if field.type == "boolean" else 0 if field.zero_is_unset else None


def _extra(write: Write, target: Target, operation: Operation) -> dict[str, Any]:
    """Unknown fields: all of them, or only what differs; null removes where leaving out would say nothing."""
    extra = {name: value for name, value in target.extra.items() if name not in ENVELOPE}
    if write.action is not Action.UPDATE or operation.sends == "whole" or write.before is None:
        return extra
    before = write.before.extra
    changed = {n: v for n, v in extra.items() if n not in before or json_text({n: before[n]}) != json_text({n: v})}
    return changed | {name: None for name in before if name not in target.extra}


def _category_refs(write: Write, target: Target, profile: Profile) -> list[Any]:
    known = [_live_ref(write.categories[name], profile) for name in target.categories]
    return known + [_kept_ref(ref, write, profile) for ref in target.kept_refs]


def _live_ref(category: LiveObject, profile: Profile) -> Any:
    match profile.category_refs:
        case "ids":
            return category.id
        case "names":
            return category.address.name
        case "objects":
            config = category.fields.get("config") is True
            return {"id": category.id, "name": category.address.name, "config": config}


def _kept_ref(ref: CategoryRef, write: Write, profile: Profile) -> Any:
    spelled: Any
    match profile.category_refs:
        case "ids":
            spelled = ref.id
        case "names":
            spelled = ref.name
        case "objects":
            spelled = {k: v for k, v in (("id", ref.id), ("name", ref.name)) if v is not None} or None
    if spelled is None:
        what = f"a category without {'an id' if profile.category_refs == 'ids' else 'a name'}"
        raise Unspellable(f"{write.address.shown}: it has {what}, which the wire profile {profile.name} cannot say")
    return spelled


def _refuse_unsayable(write: Write, operation: Operation) -> None:
    """An update that the template has no place for would read back as a failure; better told before."""
    if write.target is None or write.address.kind is Kind.CONFIG:
        return
    before, target = write.before, write.target
    differs = {
        "name": before is None or before.address != target.address,
        "extra": dict(target.extra) != dict(before.extra if before else {}),
        **{
            name: bool(target.fields.get(name)) != bool(before.fields.get(name) if before else None)
            for name in fields_of(write.address.kind)
        },
    }
    for name, needed in differs.items():
        if needed and name not in operation.placeholders:
            raise Unspellable(
                f"{write.address.shown}: {operation.name} of the wire profile has no place for {visible(name)}"
            )


def _refuse_other_domain(write: Write, operation: Operation, login_domain: str | None) -> None:
    """The API document: a request without domainId means the domain of the login."""
    if write.action is not Action.CREATE or write.address.kind is Kind.DOMAIN or login_domain is None:
        return
    if "domain_id" not in operation.placeholders and write.address.domain != login_domain:
        raise Unspellable(
            f"{write.address.shown}: {operation.name} of the wire profile names no domain, so it would be made in "
            f"{visible(login_domain)}; learn it again from a recording of another domain than that of the login"
        )


def _fit(write: Write, operation: Operation, variables: dict[str, Any], profile: Profile) -> Encoded:
    """Send the largest texts of a config ahead in pieces until the message fits."""
    most = profile.max_message_bytes - _SRC_BYTES
    message = profile.render(operation.name, variables)
    pieces: list[dict[str, Any]] = []
    too_large = f"{write.address.shown}: too large for a message of {profile.max_message_bytes} bytes"
    while size(message) > most:
        config = variables.get("config")
        texts = {n: v for n, v in config.items() if _may_be_cut(n, v)} if isinstance(config, dict) else {}
        if not texts or profile.operation(SEND_VALUE) is None:
            raise Unspellable(too_large)
        name = max(texts, key=lambda n: len(texts[n]))
        try:
            pieces.extend(_pieces(name, texts[name], variables, profile, most))
        except TooLarge as exc:
            raise Unspellable(too_large) from exc
        variables["config"] = {n: v for n, v in config.items() if n != name} if isinstance(config, dict) else config
        message = profile.render(operation.name, variables)
    return Encoded(message, tuple(pieces))


def _may_be_cut(name: str, value: Any) -> bool:
    return isinstance(value, str) and name not in ("type", "desc") and len(value) > 0


def _pieces(
    name: str, value: str, variables: Mapping[str, Any], profile: Profile, most: int
) -> Iterator[dict[str, Any]]:
    around = {**variables, "name": name, "chunk": _HALF, "index": 10**9, "last": False}
    room = most - size(profile.render(SEND_VALUE, around)) + len(r"\ud800")
    chunks = list(split(value, room))
    for index, chunk in enumerate(chunks):
        last = index == len(chunks) - 1
        yield profile.render(SEND_VALUE, {**around, "chunk": chunk, "index": index, "last": last})
