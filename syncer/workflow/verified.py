"""What a self-test leaves on the disk: a receipt, the profile with what was measured, damaged objects as they were."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from syncer.errors import SyncerError, visible
from syncer.files.local import LOCAL, private_folder
from syncer.files.plans import write_private
from syncer.files.profiles import completed, write_profile
from syncer.files.receipts import Receipt, write_receipt
from syncer.files.sources import shown_path
from syncer.model.selftest import ReadsBack, SelfTest
from syncer.model.state import LiveObject
from syncer.model.values import Secret
from syncer.selftest.before import Before
from syncer.wire.profile import Profile
from syncer.wire.profile import load as load_profile
from syncer.workflow.connecting import profile_text
from syncer.workflow.context import Context, Repository
from syncer.workflow.proofs import receipt_path

_FORMAT = "syncer-verify/1"


def recorded(context: Context, repository: Repository, profile: Profile, test: SelfTest) -> SelfTest:
    """With its receipt, and with the profile completed, where everything went well."""
    if not test.is_proven or (repository.server.emulator is not None and test.measured is None):
        return test
    path, chosen = receipt_path(repository, profile), repository.server.wire_profile
    try:
        if test.measured is not None:
            profile = _complete(repository, profile, test.measured)
            test = replace(test, completed=_shown(repository, chosen))
        receipt = Receipt(profile.digest, context.now().isoformat(timespec="seconds"), test.proven)
        write_receipt(path, repository.server.url, receipt)
    except SyncerError as exc:
        return replace(test, refused=str(exc))
    return replace(test, receipt=_shown(repository, path))


def _shown(repository: Repository, path: Path | str) -> str:
    return shown_path(repository.root, Path(path))


def _complete(repository: Repository, profile: Profile, measured: ReadsBack) -> Profile:
    """The profile with what was measured, in its file; SyncerError where that cannot be."""
    path = repository.server.wire_profile
    if not isinstance(path, Path):
        what = f"{visible(profile.name)} is a built-in wire profile, and what this service reads back does not fit it"
        hint = f"copy it to a file such as wire/{repository.server.name}.yaml, name that in syncer.yaml, and try again"
        raise SyncerError(f"{what}; {hint}")
    text = profile_text(repository.server, path)
    if load_profile(text, str(path)).digest != profile.digest:
        raise SyncerError(f"{visible(path)} was changed meanwhile; run it again")
    text = completed(text, measured.unset, measured.write_only)
    new = _checked(text, path, profile, measured)
    write_profile(path, text)
    return new


def _checked(text: str, path: Path, profile: Profile, measured: ReadsBack) -> Profile:
    """The profile that a text is, if nothing but `reads_back` is new; SyncerError before any file is touched."""
    hint = "write what is told here under reads_back by hand, and run it again"
    try:
        new = load_profile(text, str(path))
    except SyncerError as exc:
        raise SyncerError(f"{visible(path)} would be broken by what was measured; {hint}") from exc
    wanted = replace(profile, reads_back_unset=measured.unset, write_only=measured.write_only, digest=new.digest)
    if new != wanted:
        raise SyncerError(f"{visible(path)} cannot be completed without changing what else it says; {hint}")
    return new


def keep_damages(repository: Repository, before: Before, test: SelfTest) -> SelfTest:
    """With the file that has the objects of others as they were, where some are not any more."""
    if not test.damages:
        return test
    ids = {(damage.address, damage.id) for damage in test.damages if damage.device is None}
    keys = [key for key, one in before.survey.objects.items() if (one.address, one.id) in ids]
    folder = repository.root / LOCAL / "verify"
    path = folder / f"{test.intent.tag}.json"
    devices = [before.devices[damage.id] for damage in test.damages if damage.device is not None]
    document = {
        "format": _FORMAT,
        "url": test.intent.url,
        "objects": [_as_it_was(before.whole(key)) for key in keys],
        "devices": [{"id": one.id, "hwId": one.hw_id, "name": one.name, "domainId": one.domain_id} for one in devices],
    }
    try:
        private_folder(repository.root, folder)
        write_private(path, json.dumps(document, indent=2, ensure_ascii=True) + "\n")
    except SyncerError:  # what is told of the server matters more
        return test
    return replace(test, kept=_shown(repository, path))


def _as_it_was(live: LiveObject) -> dict[str, Any]:
    return {
        "address": str(live.address),
        "id": live.id,
        "domainId": live.domain_id,
        "categories": [{"id": ref.id, "name": ref.name} for ref in live.categories],
        "fields": dict(_without_secrets(live)),
        "extra": dict(live.extra),
    }


def _without_secrets(live: LiveObject) -> Iterator[tuple[str, Any]]:
    yield from ((name, value) for name, value in live.fields.items() if not isinstance(value, Secret))
