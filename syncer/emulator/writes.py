"""Changes, as the wire profile spells them. What they mean is here; how they are written is the profile's alone.

Types of values are not checked narrowly, and unknown types and fields are kept, as a real service does.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar

from syncer.emulator.objects import with_secrets_decrypted
from syncer.emulator.request import identifier, own_domain, permitted
from syncer.emulator.session import Refusal, Session, source
from syncer.emulator.state import Category, Config, StateError
from syncer.emulator.store import Store
from syncer.wire.profile import SEND_VALUE, Profile, Recognised

_Thing = TypeVar("_Thing", Category, Config)

_NOT_WRITABLE = frozenset({"hasRentalProducts"})
_ENVELOPE = frozenset({"id", "domainId", "categories", "mt", "src"})


class Write:
    """One write of a session, under way."""

    def __init__(self, store: Store, profile: Profile, session: Session, recognised: Recognised) -> None:
        self.store, self.profile, self.session = store, profile, session
        self.operation = recognised.operation
        self.src = source(recognised.variables.get("src"))
        self.variables = dict(recognised.variables)

    def perform(self) -> dict[str, Any] | None:
        """Do it; the reply, None where the profile has none."""
        try:
            if self.operation == SEND_VALUE:
                self._keep_piece()
                return self.reply()
            self._take_pieces()
            return self.reply(id_=_OPERATIONS[self.operation](self))
        except (Refusal, StateError) as exc:
            return self.reply(error=str(exc))

    def reply(self, id_: int | None = None, error: str | None = None) -> dict[str, Any] | None:
        """The profile's reply."""
        return self.profile.reply(self.operation, id=id_, error=error, src=self.src)

    def _keep_piece(self) -> None:
        name, piece = self.variables.get("name"), self.variables.get("chunk")
        if not isinstance(name, str) or not isinstance(piece, str):
            raise Refusal("a piece of a value needs a name and a text")
        self.session.send_ahead(self.src, name, piece)

    def _take_pieces(self) -> None:
        ahead = self.session.take_ahead(self.src)
        if ahead:
            place = "config" if self.operation.endswith("_config") else "extra"
            self.variables[place] = {**self._object(place), **ahead}

    def _object(self, name: str) -> dict[str, Any]:
        value = self.variables.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refusal(f"{name} is not an object")
        return value

    def create_domain(self) -> int:
        """Only with the instance's login."""
        if not self.session.admin:
            raise Refusal("no right to create domains")
        return self.store.add_domain(self.variables.get("name", ""), self._domain_fields())

    def update_domain(self) -> int:
        """With `whole` all but the read-only fields are replaced."""
        domain_id = permitted(self.session, self._id())
        domain = self.store.domain(domain_id)
        if domain is None:
            raise Refusal("unknown domain")
        if self._lays_over:
            self.store.update_domain(domain_id, self._domain_fields())
        else:
            own = {name: value for name, value in domain.fields.items() if name in _NOT_WRITABLE}
            self.store.replace_domain(domain_id, own | self._domain_fields())
        return domain_id

    def delete_domain(self) -> int:
        """Only with the instance's login."""
        if not self.session.admin:
            raise Refusal("no right to delete domains")
        self.store.delete_domain(self._id())
        return self._id()

    def _domain_fields(self) -> dict[str, Any]:
        extra = {name: value for name, value in self._object("extra").items() if name not in _NOT_WRITABLE | _ENVELOPE}
        return extra | self._given("name", "deployAdminPasswords")

    def create_category(self) -> int:
        """In the named domain, else the login's."""
        fields = {"config": True} | self._category_fields()
        domain_id = own_domain(self.session, self.variables.get("domain_id"))
        return self.store.add_category(domain_id, fields.pop("name", ""), fields.pop("config"), fields)

    def update_category(self) -> int:
        """With `whole` all fields are replaced."""
        category = self._found(self.store.category(self._id()), "category")
        change = self.store.update_category if self._lays_over else self.store.replace_category
        change(category.id, self._category_fields())
        return category.id

    def delete_category(self) -> int:
        """Mentions of it vanish with it."""
        category = self._found(self.store.category(self._id()), "category")
        self.store.delete_category(category.id)
        return category.id

    def _category_fields(self) -> dict[str, Any]:
        extra = {name: value for name, value in self._object("extra").items() if name not in _ENVELOPE}
        return extra | self._given("name", "config")

    def create_config(self) -> int:
        """In the named domain, else the login's; without categories it is for every device."""
        domain_id = own_domain(self.session, self.variables.get("domain_id"))
        sent = self._config_fields()
        return self.store.add_config(domain_id, self._plain(sent, sent), self._references(domain_id) or ())

    def update_config(self) -> int:
        """With `whole` all fields and the categories are replaced."""
        config = self._found(self.store.config(self._id()), "config")
        sent, references = self._config_fields(), self._references(config.domain_id)
        if self._lays_over:
            fields = self._plain({**config.fields, **sent}, sent)
        else:
            fields, references = self._plain(sent, sent), references or []
        self.store.replace_config(config.id, fields, references)
        return config.id

    def delete_config(self) -> int:
        """Delete it."""
        config = self._found(self.store.config(self._id()), "config")
        self.store.delete_config(config.id)
        return config.id

    def _config_fields(self) -> dict[str, Any]:
        return {name: value for name, value in self._object("config").items() if name not in _ENVELOPE}

    def _plain(self, fields: Mapping[str, Any], sent: Iterable[str]) -> dict[str, Any]:
        try:
            return with_secrets_decrypted(fields, sent, self.session.key or "")
        except ValueError as exc:
            raise Refusal("a password that is not encrypted") from exc

    def _references(self, domain_id: int) -> list[int] | None:
        """Ids of the categories that the config names, None if it says nothing of categories."""
        named = self.variables.get("categories", self._object("config").get("categories"))
        if named is None:
            return None
        if not isinstance(named, list):
            raise Refusal("categories is not an array")
        categories = self.store.categories(domain_id)
        return [_reference(value, self.profile.category_refs, categories) for value in named]

    @property
    def _lays_over(self) -> bool:
        operation = self.profile.operation(self.operation)
        return operation is not None and operation.sends == "changed"

    def _id(self) -> int:
        value = identifier(self.variables.get("id"), "id")
        if value is None:
            raise Refusal("no id")
        return value

    def _given(self, *names: str) -> dict[str, Any]:
        return {name: self.variables[name] for name in names if name in self.variables}

    def _found(self, thing: _Thing | None, what: str) -> _Thing:
        """`thing`, which must be where the message says that it is, and the login must have the right to it."""
        named = identifier(self.variables.get("domain_id"), "domainId")
        if named is not None:
            permitted(self.session, named)
        if thing is None or not self.session.sees(thing.domain_id) or named not in (None, thing.domain_id):
            raise Refusal(f"unknown {what}")
        return thing


def _reference(value: Any, spelling: Literal["objects", "ids", "names"], categories: list[Category]) -> int:
    if spelling == "objects":
        value = value.get("id") if isinstance(value, dict) else None
    if type(value) is (str if spelling == "names" else int):
        for category in categories:
            if value == (category.name if spelling == "names" else category.id):
                return category.id
    raise Refusal("a category that this domain does not have")


_OPERATIONS: Mapping[str, Callable[[Write], int]] = {
    "create_domain": Write.create_domain,
    "update_domain": Write.update_domain,
    "delete_domain": Write.delete_domain,
    "create_category": Write.create_category,
    "update_category": Write.update_category,
    "delete_category": Write.delete_category,
    "create_config": Write.create_config,
    "update_config": Write.update_config,
    "delete_config": Write.delete_config,
}
