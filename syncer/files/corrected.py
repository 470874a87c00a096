"""One entry that is to say something else: which key gets which value, and what cannot be said."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.errors import visible
from syncer.files.describe import Description
from syncer.files.edits import item_of, loosen, put, remove
from syncer.files.emit import block, fits_literal, flow, text
from syncer.files.export import Texts
from syncer.files.layout import Collection, Item
from syncer.files.rendering import Exporter, Scripts, key_line
from syncer.files.sources import beside
from syncer.model.address import Address, Kind
from syncer.model.fields import Field, fields_of
from syncer.model.state import Entry, LiveObject
from syncer.model.writeback import Correction, Steps

_INDENT = "  "  # of a value below its key, in lines of YAML that are read on their own
_ANY = 1_000_000  # lines
_NAMES = {Kind.DOMAIN: "domain", Kind.CATEGORY: "name", Kind.CONFIG: "desc"}
_NAME_STEPS = ("name", "desc")


@dataclass(frozen=True, slots=True)
class Own:
    """An entry as it stands: its item, what it says (merges done, variables not), and what a baseline lays under it."""

    item: Item
    node: Mapping[str, Any]
    under: Mapping[str, Any]

    @property
    def mapping(self) -> Collection:
        """Its keys in the layout."""
        assert isinstance(self.item.value, Collection)  # noqa: S101  (the file was read)
        return self.item.value


@dataclass(slots=True)
class Corrector:
    """Corrects the entries of one file in folder `root`/…; new scripts and variables are collected by `exporter`.

    `is_shared`: whether several entries name a file.
    """

    root: Path
    exporter: Exporter[Texts]
    scripts: Scripts
    is_shared: Callable[[Path], bool]
    changed: dict[Path, str] = field(default_factory=dict)  # scripts that stand in files already

    def correct(self, one: Correction, said: Description, own: Own, twins: Container[Address]) -> None:
        """Bring an entry to what is live."""
        live = one.live
        assert live is not None  # noqa: S101  (what is gone is not corrected)
        if one.entry.absent:
            self._whole(live, said, own, twins)
            return
        # what is to go goes first, since its comments move on to what comes after it
        for steps in sorted(one.steps, key=lambda steps: steps[-1] in said.fields or steps[-1] in said.extra):
            self._step(steps, one.entry, live, said, own)
        ignored = [name for name in said.ignore if any(name in steps for steps in one.steps)]
        if ignored:
            before = own.node.get("ignore") or []
            _put(own, "ignore", flow([*before, *(name for name in ignored if name not in before)]))
            self.exporter.notes += [note for note in said.notes if any(f": {name} " in note for name in ignored)]
        if one.id is not None:
            _put(own, "id", str(one.id))

    def _whole(self, live: LiveObject, said: Description, own: Own, twins: Container[Address]) -> None:
        """All that an entry says which was to be deleted, and still is to be in other domains of its baseline."""
        if own.under.get("state") == "absent":
            _put(own, "state", "present")
        else:
            _take_out(own, "state")
        for key, value in self.exporter.entry(live, said, twins, self.scripts).items():
            if own.mapping.item(key) is None:
                _put(own, key, value)

    def _step(self, steps: Steps, entry: Entry, live: LiveObject, said: Description, own: Own) -> None:
        name, address = steps[0], live.address
        known = fields_of(address.kind, address.type).get(name)
        if name in said.ignore:
            return
        if name == "extra":
            self._extra(steps[1], said, own)
        elif name == "categories":
            _put(own, name, flow(said.categories or ()))
        elif known is None and name in _NAME_STEPS:
            self._name(address, own)
        elif known is not None and known.secret and said.fields.get(name) is not None and entry.fields.get(name):
            self._secret(entry, name, own)
        elif known is not None and known.from_file and said.fields.get(name) is not None:
            self._script(known, live, said, own)
        elif known is not None:
            _put_or_unset(own, name, self.exporter.value(live, known, said, self.scripts))

    def _name(self, address: Address, own: Own) -> None:
        name = address.domain if address.kind is Kind.DOMAIN else address.name
        _put_or_unset(own, _NAMES[address.kind], text(name) if name else "")
        _take_out(own, "renamed_from")

    def _extra(self, name: str, said: Description, own: Own) -> None:
        extra = own.mapping.item("extra")
        value = flow(said.extra[name]) if name in said.extra else ""
        before, under = own.node.get("extra"), own.under.get("extra")
        inside = before if isinstance(before, Mapping) else {}
        if extra is None and value:  # an entry that is merged in may say others
            others = {key: one for key, one in inside.items() if key != name}
            _put(own, "extra", "".join(f"\n{_INDENT}{text(key)}: {flow(one)}" for key, one in others.items()))
            extra = own.mapping.item("extra")
        if extra is None or not isinstance(extra.value, Collection):
            _put(own, "extra", f"\n{_INDENT}{text(name)}: {value or 'null'}")
            return
        if own.mapping.flow:
            loosen(own.item)
        below = Own(extra, inside, under if isinstance(under, Mapping) else {})
        _put_or_unset(below, name, value)
        if not below.mapping.items:
            remove(own.mapping, extra)

    def _secret(self, entry: Entry, name: str, own: Own) -> None:
        reference = own.node.get(name) or own.under.get(name)
        source = next(iter(reference.items())) if isinstance(reference, Mapping) and len(reference) == 1 else None
        match source:
            case ("env", variable):
                change = f"set {visible(variable)} to it"
            case ("file", file):
                change = f"write it into {visible(file)}"
            case _:
                change = f"seal it with `syncer secret set '{entry.address.shown}' {name}`"
        self.exporter.notes.append(
            f"{entry.address.shown}: {name} on the server is not what the files give, and is never written; {change}"
        )

    def _script(self, known: Field, live: LiveObject, said: Description, own: Own) -> None:
        """In the YAML if it stands there, in its file if that is nobody else's, else in a new one."""
        content, before = said.fields[known.name], own.node.get(known.name)
        named = before.get("file") if isinstance(before, Mapping) else None
        path = beside(self.root, self.exporter.keeper.out, named) if isinstance(named, str) else None
        if path is not None and not self.is_shared(path.resolve()):
            self.changed[path] = content
        elif isinstance(before, str) and fits_literal(content, _ANY):
            _put(own, known.name, block(content, _INDENT * 2, _ANY))
        elif path is not None:
            relative = self.exporter.script(live.address, content, self.scripts)
            _put(own, known.name, f"{{file: {text(relative, in_flow=True)}}}")
        else:
            _put(own, known.name, self.exporter.value(live, known, said, self.scripts))


def _put_or_unset(own: Own, name: str, value: str) -> None:
    if value:
        _put(own, name, value)
    elif name in own.under or (name in own.node and own.mapping.item(name) is None):  # it comes from elsewhere
        _put(own, name, "null")
    else:
        _take_out(own, name)


def _put(own: Own, name: str, value: str) -> None:
    new = item_of(key_line(text(name), value))
    if own.mapping.odd or "\n" in value:
        loosen(own.item)
    put(own.mapping, new)


def _take_out(own: Own, name: str) -> None:
    item = own.mapping.item(name)
    if item is not None:
        if own.mapping.odd:
            loosen(own.item)
        remove(own.mapping, item)


def overlay(address: Address, more: Sequence[str] = ()) -> str:
    """A list with an entry of that address, and `more` keys with their values."""
    own = [f"type: {text(address.type)}"] if address.kind is Kind.CONFIG else []
    own += [f"{_NAMES[address.kind]}: {text(address.name)}"] if address.name else []
    return "entries:\n  - " + "\n    ".join([*own, *more]) + "\n"
