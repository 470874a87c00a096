"""The service's state, kept in SQLite: domains and their logins, what is in them, and provisioning codes.

Every change is announced to the listeners after it is committed, whoever made it: a client's write or a test that
plays the foreign editor. Several processes may share a file; each hears only of its own changes.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from syncer.emulator import loading
from syncer.emulator.contents import Contents, kept
from syncer.emulator.database import MEMORY, from_text, to_key, to_text
from syncer.emulator.defaults import DOMAIN, PASSWORD
from syncer.emulator.ledger import known
from syncer.emulator.state import Change, Code, Domain, Fields, Provisioned, StateError
from syncer.errors import SyncerError, visible


class Store(Contents):
    """State of one service. `password` is the instance's; the file does not hold it."""

    def __init__(self, path: str | Path = MEMORY, *, instance_domain: str = DOMAIN, password: str = PASSWORD) -> None:
        super().__init__(path)
        self.password = password
        try:
            self.instance = self._find_instance(instance_domain)
        except BaseException:
            self.close()
            raise

    def _find_instance(self, name: str) -> Domain:
        with self.transaction():
            if not self.domains():
                self._insert_domain({"name": name}, None, instance=True)
        instance = next((domain for domain in self.domains() if domain.instance), None)
        if instance is None or instance.name != name:
            found = visible(instance.name) if instance else "none"
            raise SyncerError(f"{visible(self._db.path)}: its instance domain is {found}, not {visible(name)}")
        return instance

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def load(self, directory: str | Path) -> loading.Loaded | loading.Skipped:
        """Fill a store that holds nothing but its empty instance domain from the `*.json` files of a folder."""
        return loading.load(self, Path(directory))

    def domain_named(self, name: str) -> Domain | None:
        """A domain by its name."""
        row = self._db.row("SELECT id FROM domain WHERE name = ?", to_key(name))
        return self.domain(row[0]) if row else None

    def add_domain(
        self, name: str, fields: Fields | None = None, *, password: str | None = None, access: Iterable[int] = ()
    ) -> int:
        """A new domain; returns its id. `access` are the domains that its own login may use besides."""
        with self.transaction():
            domain_id = self._insert_domain({**(fields or {}), "name": name}, password)
            self.grant(domain_id, access)
            self._happened.append(Change(None, self.domain(domain_id)))
        return domain_id

    def _insert_domain(self, fields: Fields, password: str | None, *, instance: bool = False) -> int:
        self._check_domain_name(fields["name"])
        return self._db.change(
            "INSERT INTO domain (name, password, instance, body) VALUES (?, ?, ?, ?)",
            *(to_key(fields["name"]), _password_text(password), instance, to_text(kept(fields))),
        )

    def replace_domain(self, domain_id: int, fields: Fields) -> None:
        """Give a domain exactly these fields; its name stays if they have none."""
        with self.transaction():
            before = known(self.domain(domain_id), "domain")
            fields = {"name": before.name, **fields}
            if before.instance and fields["name"] != before.name:
                raise StateError("the instance domain cannot be renamed")
            self._check_domain_name(fields["name"], but=domain_id)
            values = (to_key(fields["name"]), to_text(kept(fields)), domain_id)
            self._db.change("UPDATE domain SET name = ?, body = ? WHERE id = ?", *values)
            self._happened.append(Change(before, self.domain(domain_id)))

    def update_domain(self, domain_id: int, fields: Fields) -> None:
        """Lay fields over those of a domain."""
        self.replace_domain(domain_id, {**known(self.domain(domain_id), "domain").fields, **fields})

    def delete_domain(self, domain_id: int) -> None:
        """Delete a domain with its categories and configs; its devices become unassigned."""
        with self.transaction():
            before = known(self.domain(domain_id), "domain")
            if before.instance:
                raise StateError("the instance domain cannot be deleted")
            configs, devices = self.configs(domain_id), self.devices(domain_id)
            self._db.change("DELETE FROM domain WHERE id = ?", domain_id)
            self._happened.extend(Change(config, None) for config in configs)
            self._happened.extend(Change(device, self.device(device.id)) for device in devices)
            self._happened.append(Change(before, None))

    def _check_domain_name(self, name: Any, but: int | None = None) -> None:
        if not isinstance(name, str) or not name:
            raise StateError("a domain needs a name")
        same = self.domain_named(name)
        if same is not None and same.id != but:
            raise StateError("a domain of that name exists")

    def domain_password(self, domain_id: int) -> str | None:
        """The password of a domain's own login, None where it has none."""
        row = self._db.row("SELECT password FROM domain WHERE id = ?", domain_id)
        return from_text(row[0])["password"] if row and row[0] else None

    def set_password(self, domain_id: int, password: str | None) -> None:
        """Set or take the password of a domain's own login."""
        with self.transaction():
            self._db.change("UPDATE domain SET password = ? WHERE id = ?", _password_text(password), domain_id)

    def access(self, domain_id: int) -> frozenset[int]:
        """The other domains that a domain's own login may use."""
        rows = self._db.rows("SELECT other_id FROM access WHERE domain_id = ?", domain_id)
        return frozenset(other for (other,) in rows)

    def grant(self, domain_id: int, others: Iterable[int]) -> None:
        """Let a domain's own login use other domains too, from its next login on."""
        with self.transaction():
            for other in others:
                known(self.domain(other), "domain")
                self._db.change("INSERT OR IGNORE INTO access VALUES (?, ?)", domain_id, other)

    def add_code(self, code: str, domain_id: int, category_id: int, valid_until: int) -> None:
        """A provisioning code that no device has used yet."""
        with self.transaction():
            values = (code, domain_id, category_id, valid_until)
            self._db.change("INSERT INTO code (code, domain_id, category_id, valid_until) VALUES (?, ?, ?, ?)", *values)

    def code(self, code: str) -> Code | None:
        """A provisioning code."""
        if not code.isascii():  # ours are digits, and halves of surrogate pairs are not for SQLite
            return None
        row = self._db.row("SELECT code, domain_id, category_id, valid_until, device_id FROM code WHERE code = ?", code)
        return Code(*row) if row else None

    def provision(self, code: str, fields: Fields) -> int:
        """A device shows up with a code, as a phone would: it is moved or added; returns its id."""
        with self.transaction():
            found = self.code(code)
            if found is None or found.device_id is not None:
                raise StateError("unknown or used code")
            device_id = self._device_with(fields.get("hwId"))
            if device_id is None:
                device_id = self.add_device(found.domain_id, fields, [found.category_id])
            else:
                self.move_device(device_id, found.domain_id, [found.category_id])
                self.update_device(device_id, fields)
            self._db.change("UPDATE code SET device_id = ? WHERE code = ?", device_id, code)
            self._happened.append(Provisioned(code, known(self.device(device_id), "device")))
        return device_id

    def _device_with(self, hardware_id: Any) -> int | None:
        owners = [None, *(domain.id for domain in self.domains())]
        devices = (device for owner in owners for device in self.devices(owner))
        return next((device.id for device in devices if device.fields.get("hwId") == hardware_id), None)


def _password_text(password: str | None) -> str | None:
    return None if password is None else to_text({"password": password})
