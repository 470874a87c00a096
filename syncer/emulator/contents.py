"""The part of the store that says what is in a domain: categories, configs and devices."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from syncer.emulator.database import from_text, shared_from_text, to_text
from syncer.emulator.ledger import Ledger, known
from syncer.emulator.state import Category, Change, Config, Device, Domain, Fields, StateError

_SHOWN_NOT_KEPT = frozenset({"id", "domainId", "categories", "isInstanceDomain"})

_DOMAIN = "SELECT id, instance, body FROM domain"
_CATEGORY = "SELECT category.id, category.domain_id, category.body FROM category"
_CONFIG = "SELECT id, domain_id, body FROM config"
_DEVICE = "SELECT id, domain_id, body FROM device"
_LINKED = f"{_CATEGORY} JOIN {{0}}_category AS link ON link.category_id = category.id WHERE owner_id = ?"
_OF_CONFIG = f"{_LINKED.format('config')} ORDER BY link.rowid"
_OF_DEVICE = f"{_LINKED.format('device')} ORDER BY link.rowid"
_LINKS = """SELECT owner_id, category_id FROM {0}_category JOIN {0} ON {0}.id = owner_id
  WHERE domain_id IS ? ORDER BY {0}_category.rowid"""
_UNLINK = "DELETE FROM {0}_category WHERE owner_id = ?"
_LINK = "INSERT INTO {0}_category VALUES (?, ?)"

Rows = Iterable[tuple[Any, ...]]


def kept(fields: Fields) -> dict[str, Any]:
    """The fields of an object that are its own, without those that the service adds when it shows it."""
    return {name: value for name, value in fields.items() if name not in _SHOWN_NOT_KEPT}


class Contents(Ledger):
    """Categories, configs and devices, and the reading of domains."""

    def domains(self) -> list[Domain]:
        """All domains."""
        return [Domain(id_, bool(instance), from_text(text)) for id_, instance, text in self._db.rows(_DOMAIN)]

    def domain(self, domain_id: int) -> Domain | None:
        """A domain by its id."""
        row = self._db.row(f"{_DOMAIN} WHERE id = ?", domain_id)
        return Domain(row[0], bool(row[1]), from_text(row[2])) if row else None

    def categories(self, domain_id: int) -> list[Category]:
        """The categories of a domain."""
        return _categories(self._db.rows(f"{_CATEGORY} WHERE domain_id = ? ORDER BY id", domain_id))

    def category(self, category_id: int) -> Category | None:
        """A category by its id."""
        found = _categories(self._db.rows(f"{_CATEGORY} WHERE id = ?", category_id))
        return found[0] if found else None

    def categories_of(self, thing: Config | Device) -> list[Category]:
        """The categories that a config or a device names, in its order."""
        return _categories(self._db.rows(_OF_CONFIG if isinstance(thing, Config) else _OF_DEVICE, thing.id))

    def add_category(self, domain_id: int, name: str, config: Any = True, extra: Fields | None = None) -> int:
        """A new category; returns its id. A second one of the same name is allowed."""
        with self.transaction():
            domain = known(self.domain(domain_id), "domain")
            text = _category_text({**(extra or {}), "name": name, "config": config})
            category_id = self._db.change("INSERT INTO category (domain_id, body) VALUES (?, ?)", domain_id, text)
            self._happened.append(Change(domain, domain))
        return category_id

    def replace_category(self, category_id: int, fields: Fields) -> None:
        """Give a category exactly these fields; its name stays if they have none."""
        with self.transaction():
            before = known(self.category(category_id), "category")
            text = _category_text({"name": before.name, **fields})
            self._db.change("UPDATE category SET body = ? WHERE id = ?", text, category_id)
            domain = self.domain(before.domain_id)
            self._happened.append(Change(domain, domain))

    def update_category(self, category_id: int, fields: Fields) -> None:
        """Lay fields over those of a category."""
        self.replace_category(category_id, {**known(self.category(category_id), "category").fields, **fields})

    def delete_category(self, category_id: int) -> None:
        """Delete a category and every mention of it; a config that named no other is then for every device."""
        with self.transaction():
            before = known(self.category(category_id), "category")
            configs = [config for config in self.configs(before.domain_id) if category_id in config.categories]
            devices = [device for device in self.devices(before.domain_id) if category_id in device.categories]
            self._db.change("DELETE FROM category WHERE id = ?", category_id)
            domain = self.domain(before.domain_id)
            self._happened.append(Change(domain, domain))
            self._happened.extend(Change(config, self.config(config.id)) for config in configs)
            self._happened.extend(Change(device, self.device(device.id)) for device in devices)

    def configs(self, domain_id: int) -> list[Config]:
        """The configs of a domain."""
        links = self._links("config", domain_id)
        rows = self._db.rows(f"{_CONFIG} WHERE domain_id = ? ORDER BY id", domain_id)
        return [Config(id_, owner, from_text(text), tuple(links[id_])) for id_, owner, text in rows]

    def config(self, config_id: int) -> Config | None:
        """A config by its id."""
        found = self.config_and_categories(config_id)
        return found[0] if found else None

    def config_and_categories(self, config_id: int) -> tuple[Config, list[Category]] | None:
        """A config together with the categories that it names."""
        row = self._db.row(f"{_CONFIG} WHERE id = ?", config_id)
        if row is None:
            return None
        categories = _categories(self._db.rows(_OF_CONFIG, config_id))
        return Config(row[0], row[1], from_text(row[2]), tuple(c.id for c in categories)), categories

    def add_config(self, domain_id: int, fields: Fields, categories: Iterable[int] = ()) -> int:
        """A new config; returns its id. Secrets are in clear text; no categories: every device of the domain."""
        with self.transaction():
            known(self.domain(domain_id), "domain")
            text = _config_text(fields)
            config_id = self._db.change("INSERT INTO config (domain_id, body) VALUES (?, ?)", domain_id, text)
            self._link("config", config_id, domain_id, categories)
            self._happened.append(Change(None, self.config(config_id)))
        return config_id

    def replace_config(self, config_id: int, fields: Fields, categories: Iterable[int] | None = None) -> None:
        """Give a config exactly these fields, and these categories unless None."""
        with self.transaction():
            before = known(self.config(config_id), "config")
            self._db.change("UPDATE config SET body = ? WHERE id = ?", _config_text(fields), config_id)
            if categories is not None:
                self._link("config", config_id, before.domain_id, categories)
            self._happened.append(Change(before, self.config(config_id)))

    def update_config(self, config_id: int, fields: Fields, categories: Iterable[int] | None = None) -> None:
        """Lay fields over those of a config."""
        fields = {**known(self.config(config_id), "config").fields, **fields}
        self.replace_config(config_id, fields, categories)

    def delete_config(self, config_id: int) -> None:
        """Delete a config."""
        with self.transaction():
            before = known(self.config(config_id), "config")
            self._db.change("DELETE FROM config WHERE id = ?", config_id)
            self._happened.append(Change(before, None))

    def devices(self, domain_id: int | None) -> list[Device]:
        """The devices of a domain, or with None those that are not assigned to one."""
        links = self._links("device", domain_id)
        rows = self._db.rows(f"{_DEVICE} WHERE domain_id IS ? ORDER BY id", domain_id)
        return [Device(id_, owner, from_text(text), tuple(links[id_])) for id_, owner, text in rows]

    def device(self, device_id: int) -> Device | None:
        """A device by its id."""
        row = self._db.row(f"{_DEVICE} WHERE id = ?", device_id)
        if row is None:
            return None
        categories = _categories(self._db.rows(_OF_DEVICE, device_id))
        return Device(row[0], row[1], from_text(row[2]), tuple(c.id for c in categories))

    def add_device(self, domain_id: int | None, fields: Fields, categories: Iterable[int] = ()) -> int:
        """A new device; returns its id. Without a domain it is unassigned."""
        with self.transaction():
            if domain_id is not None:
                known(self.domain(domain_id), "domain")
            text = to_text(kept(fields))
            device_id = self._db.change("INSERT INTO device (domain_id, body) VALUES (?, ?)", domain_id, text)
            self._link("device", device_id, domain_id, categories)
            self._happened.append(Change(None, self.device(device_id)))
        return device_id

    def update_device(self, device_id: int, fields: Fields, categories: Iterable[int] | None = None) -> None:
        """Lay fields over those of a device."""
        before = known(self.device(device_id), "device")
        self._put_device(before, before.domain_id, {**before.fields, **fields}, categories)

    def move_device(self, device_id: int, domain_id: int | None, categories: Iterable[int] = ()) -> None:
        """Assign a device to a domain and categories there, or with None to no domain."""
        before = known(self.device(device_id), "device")
        if domain_id is not None:
            known(self.domain(domain_id), "domain")
        self._put_device(before, domain_id, before.fields, categories)

    def _put_device(
        self, before: Device, domain_id: int | None, fields: Fields, categories: Iterable[int] | None
    ) -> None:
        with self.transaction():
            values = (domain_id, to_text(kept(fields)), before.id)
            self._db.change("UPDATE device SET domain_id = ?, body = ? WHERE id = ?", *values)
            if categories is not None:
                self._link("device", before.id, domain_id, categories)
            self._happened.append(Change(before, self.device(before.id)))

    def delete_device(self, device_id: int) -> None:
        """Forget a device."""
        with self.transaction():
            before = known(self.device(device_id), "device")
            self._db.change("DELETE FROM device WHERE id = ?", device_id)
            self._happened.append(Change(before, None))

    def _links(self, kind: str, domain_id: int | None) -> dict[int, list[int]]:
        links: dict[int, list[int]] = defaultdict(list)
        for owner, category in self._db.rows(_LINKS.format(kind), domain_id):
            links[owner].append(category)
        return links

    def _link(self, kind: str, owner_id: int, domain_id: int | None, categories: Iterable[int]) -> None:
        named = list(dict.fromkeys(categories))
        for category_id in named:
            category = self.category(category_id)
            if category is None or category.domain_id != domain_id:
                raise StateError("a category that this domain does not have")
        self._db.change(_UNLINK.format(kind), owner_id)
        self._db.change_many(_LINK.format(kind), [(owner_id, category_id) for category_id in named])


def _categories(rows: Rows) -> list[Category]:
    return [Category(id_, domain_id, shared_from_text(text)) for id_, domain_id, text in rows]


def _category_text(fields: Fields) -> str:
    name = fields["name"]
    if not isinstance(name, str) or not name:
        raise StateError("a category needs a name")
    return to_text(kept(fields))


def _config_text(fields: Fields) -> str:
    if not isinstance(fields.get("type"), str):
        raise StateError("a config needs a type")
    return to_text(kept(fields))
