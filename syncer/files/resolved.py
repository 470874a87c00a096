"""What the files say in the end, as YAML that says the same: baselines laid under, variables replaced."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

from syncer.errors import SyncerError, visible
from syncer.files.baselines import LISTS, listed
from syncer.files.cache import Cache
from syncer.files.discreet import MASK
from syncer.files.documents import Map
from syncer.files.emit import block, flow, text
from syncer.files.inheritance import Inheritance, joined
from syncer.files.load import Loaded, load
from syncer.files.outline import DomainDocument
from syncer.files.sealing import Opener
from syncer.files.secrets import References
from syncer.files.settings import Server, Settings
from syncer.files.sources import Spot
from syncer.files.variables import Said
from syncer.files.wording import did_you_mean
from syncer.model.address import Address, Kind, glob_pattern
from syncer.model.fields import Field, fields_of
from syncer.model.state import DesiredDomain

_FIRST = ("domain", "type", "name", "desc", "categories")
_NAMES = frozenset({"domain", "type", "name", "desc"})  # an address is never hidden
_APART = frozenset({"vars", *LISTS.values()})
_PARTIAL = "# Only baselines name {} of this domain, so what else it has is not syncer's business."


def resolved_text(settings: Settings, server: Server, wanted: str | None, cache: Cache | None = None) -> str:
    """The effective documents of the domains that the glob `wanted` names (None: all); paths are from the root.

    Comments name the place of each entry, and of what in it stands elsewhere. Secrets stay references, and are not
    read; what `policy.mask` names is not shown. ProblemsError with all that is wrong in the files; SyncerError where
    no domain is meant.
    """
    loaded = load(settings, server, References(settings.root, None, Opener({}, required=False)), cache=cache)
    names = list(loaded.found.domains)
    meant = [name for name in names if wanted is None or glob_pattern(wanted).fullmatch(name)]
    if wanted is not None and not meant:
        hint = did_you_mean(wanted, names) or "name one that they have, or none for all"
        raise SyncerError(f"the files name no domain {visible(wanted, 60)}; {hint}")
    writer = _Writer(settings.root, loaded)
    lines = (line for one in loaded.desired.domains if one.name in meant for line in writer.domain(one))
    return "\n".join(lines).removeprefix("---\n")


class _Writer:
    """Writes the documents of one domain after the other."""

    def __init__(self, root: Path, loaded: Loaded) -> None:
        self._root, self._loaded = root, loaded
        self._given: set[str] = set()  # domains whose baselines were told

    def domain(self, domain: DesiredDomain) -> Iterator[str]:
        """One document, and for what only baselines name another one that is a baseline for this domain alone."""
        behind = self._loaded.behind[domain.name]
        documents = list(_of(domain, self._loaded.found.domains[domain.name], behind))
        head = reduce(lambda over, under: joined(under, over), documents)
        own = {key: value for key, value in head.value.items() if key not in _APART}
        yield "---"
        yield from self._entry(own | {"domain": domain.name}, head.spot, domain.entry.address, "")
        lists = {kind: list(_entries(domain, kind, documents, behind)) for kind in LISTS}
        for kind, entries in lists.items():
            if any(LISTS[kind] in one.value for one in documents):
                yield from self._list(kind, entries, domain.name)
        partial = {kind: entries for kind, entries in lists.items() if kind in domain.partial}
        if partial and domain.name not in self._given:
            self._given.add(domain.name)
            yield from self._baseline(domain.name, partial)

    def _baseline(self, domain: str, lists: dict[Kind, list[Said]]) -> Iterator[str]:
        yield "---"
        yield _PARTIAL.format(" and ".join(LISTS[kind] for kind in lists))
        yield f"baseline: {text(f'for {domain}')}"
        yield f"domains: {flow([domain])}"
        for kind, entries in lists.items():
            yield from self._list(kind, entries, domain)

    def _list(self, kind: Kind, entries: list[Said], domain: str) -> Iterator[str]:
        yield f"{LISTS[kind]}:" if entries else f"{LISTS[kind]}: []"
        for node, spot in entries:
            name = str(node.get("name" if kind is Kind.CATEGORY else "desc") or "")
            address = Address(kind, domain, str(node.get("type", "")), name)
            first, *others = self._entry(node, spot, address, "    ")
            yield f"  - {first.removeprefix('    ')}"
            yield from others

    def _entry(self, node: dict[str, Any], spot: Spot, address: Address, indent: str) -> Iterator[str]:
        """The keys of an entry, what identifies it first, with its place."""
        fields = fields_of(address.kind, address.type)
        hidden = self._hidden(node, address)
        keys = [*(key for key in _FIRST if key in node), *(key for key in node if key not in _FIRST)]
        place = str(Spot(spot.source, spot.path).place())
        for index, key in enumerate(keys):
            where = spot.elsewhere(key)
            value = self._value(_shown(key, node[key], hidden), fields.get(key), spot.at(key), f"{indent}  ")
            first, *others = f"{indent}{text(key)}: {value}".split("\n")
            told = place if not index else str(where or "")
            yield f"{first}  # {told}" if told else first
            yield from others

    def _hidden(self, node: dict[str, Any], address: Address) -> frozenset[str]:
        """The fields that `policy.mask` names, by the former name too."""
        former = node.get("renamed_from")
        addresses = (address, replace(address, name=former)) if isinstance(former, str) else (address,)
        return self._loaded.desired.policy.masked(*addresses) - _NAMES

    def _value(self, value: Any, field: Field | None, spot: Spot, indent: str) -> str:
        if field is not None and isinstance(value, dict) and "file" in value:
            path = spot.source.path.parent / value["file"]
            return flow({"file": os.path.relpath(path, self._root) if path.is_relative_to(self._root) else str(path)})
        if field is not None and isinstance(value, int) and not isinstance(value, bool):
            value = field.file_form(value)
        return block(value, indent) if isinstance(value, str) else flow(value)


def _shown(key: str, value: Any, hidden: frozenset[str]) -> Any:
    """A value with a mask in place of what is not shown; a reference shows nothing."""
    if key == "extra" and isinstance(value, dict):
        return {name: MASK if name in hidden else one for name, one in value.items()}
    return MASK if key in hidden and not isinstance(value, dict) else value


def _of(domain: DesiredDomain, documents: Iterable[DomainDocument], behind: Inheritance) -> Iterator[Said]:
    """The documents that describe the domain: all of its name, but where ids tell several apart."""
    for document in documents:
        said = behind.scope.resolve(_head(document.node), document.spot)
        if said.value.get("id") in (None, domain.entry.id):
            into = Map(document.node.line, document.node.column)
            into.update({**document.node, **said.value})
            yield Said(into, said.spot)


def _head(node: Map) -> Map:
    """What a document says of the domain itself."""
    into = Map(node.line, node.column)
    into.update({key: value for key, value in node.items() if key not in _APART and key != "domain"})
    return into


def _entries(domain: DesiredDomain, kind: Kind, documents: Iterable[Said], behind: Inheritance) -> Iterator[Said]:
    """A domain's own entries with what they inherit, then what baselines add."""
    named = domain.categories if kind is Kind.CATEGORY else domain.configs
    own = [
        Said(*behind.lay_under(kind, *entry))
        for document in documents
        for entry in listed(document.value, LISTS[kind], document.spot) or ()
    ]
    yield from own
    if not domain.entry.absent and named is not None:
        taken = frozenset((entry.address.type, entry.address.name) for entry in named[: len(own)])
        yield from (Said(one.node, one.spot) for one in behind.rest(kind, taken))
