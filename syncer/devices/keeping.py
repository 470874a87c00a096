"""Configs as a backup keeps them, and back: as the service gave them, but for the secrets that syncer knows.

Where a secret was, a line has one of
`{"syncer-secret": "sealed", "age": …}`, `{"syncer-secret": "plaintext", "value": …}`,
`{"syncer-secret": "left out"}` and `{"syncer-secret": "unreadable"}`; never what the session encrypted it to.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from syncer.devices import decode
from syncer.devices.decode import Undecodable as Undecodable
from syncer.devices.snapshot import with_names
from syncer.model.address import Kind
from syncer.model.backup import Manifest, RawDomain
from syncer.model.fields import fields_of
from syncer.model.state import LiveDomain, LiveObject
from syncer.model.values import Secret, is_unset
from syncer.wire.profile import BUILT_IN, Profile, builtin

MARK = "syncer-secret"
SEALED, PLAINTEXT, LEFT_OUT, UNREADABLE = "sealed", "plaintext", "left out", "unreadable"
_TEXT_OF = {SEALED: "age", PLAINTEXT: "value"}

Seal = Callable[[str], str]
Unseal = Callable[[str], str | None]  # None: it cannot be known


def kept(config: LiveObject, seal: Seal | None, *, plaintext: bool = False) -> dict[str, Any]:
    """What a backup keeps of a config that was read whole; without `seal` secrets are left out or in plain text."""
    line = dict(config.raw)
    for name in _secrets_of(config.address.type):
        value = config.fields.get(name)
        if isinstance(value, Secret):
            line[name] = _kept(value, seal, plaintext=plaintext)
        elif not is_unset(line.get(name)):
            line[name] = ""  # a spelling of unset that the session's key, or the wire profile, tells
    return line


def _kept(secret: Secret, seal: Seal | None, *, plaintext: bool) -> dict[str, str]:
    if secret.plain is None:
        return {MARK: UNREADABLE}
    if seal is not None:
        return {MARK: SEALED, _TEXT_OF[SEALED]: seal(secret.plain)}
    return {MARK: PLAINTEXT, _TEXT_OF[PLAINTEXT]: secret.plain} if plaintext else {MARK: LEFT_OUT}


def returned(domain: RawDomain, manifest: Manifest, unseal: Unseal) -> LiveDomain:
    """A domain in normal form again. Undecodable where it, or what is in it, is none.

    `unseal` opens a ciphertext; None, as a secret that is not in the backup, becomes one that is not known.
    """
    head = decode.domain_head(domain.raw)
    categories = tuple(decode.category(raw, head.domain) for raw in domain.categories)
    names = {one.id: one.address.name for one in categories}
    configs = (returned_config(line, head.domain, manifest, unseal) for line in domain.configs)
    return LiveDomain(head.domain, head.is_instance, categories, tuple(with_names(one, names) for one in configs))


def returned_config(line: Mapping[str, Any], domain: LiveObject, manifest: Manifest, unseal: Unseal) -> LiveObject:
    """A config in normal form again; its categories have the names that stand in its line."""
    config_type = line.get("type")
    names = _secrets_of(config_type) if isinstance(config_type, str) else ()
    marked = {name: line[name] for name in names if not is_unset(line.get(name))}
    rest = {name: value for name, value in line.items() if name not in marked}
    config = decode.config(rest, {}, domain.address.domain, domain.id, "", _profile(manifest))
    secrets = {name: _returned(value, unseal) for name, value in marked.items()}
    return replace(config, fields={**config.fields, **secrets}) if secrets else config


def held_secrets(line: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """How a config's line holds each secret, with its ciphertext or text; Undecodable for what syncer never wrote."""
    config_type = line.get("type")
    for name in _secrets_of(config_type) if isinstance(config_type, str) else ():
        if not is_unset(line.get(name)):
            yield _held(line[name])


def _returned(value: Any, unseal: Unseal) -> Secret:
    how, text = _held(value)
    return Secret(unseal(text) if how == SEALED else text if how == PLAINTEXT else None)


def _held(value: Any) -> tuple[str, str]:
    """(how a secret is held, its ciphertext or text)."""
    how = value.get(MARK) if isinstance(value, dict) else None
    if how in (LEFT_OUT, UNREADABLE) and len(value) == 1:
        return str(how), ""
    text = value.get(_TEXT_OF[how]) if how in (SEALED, PLAINTEXT) and len(value) == 2 else None
    if not isinstance(text, str):
        raise Undecodable("a config with a secret that is not as syncer writes it")
    return str(how), text


def _secrets_of(config_type: str) -> tuple[str, ...]:
    return tuple(name for name, field in fields_of(Kind.CONFIG, config_type).items() if field.secret)


def _profile(manifest: Manifest) -> Profile:
    return replace(builtin(BUILT_IN), reads_back_unset=manifest.reads_back, write_only=manifest.write_only)
