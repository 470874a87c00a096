"""Secrets in the files: set one, seal all anew, see whether each can be had."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncer.errors import Place, Problem, ProblemsError, SyncerError, visible
from syncer.files.documents import parse, position
from syncer.files.holders import Holder, YamlFile, ciphertext_of, ciphertexts, may_be, read_holders
from syncer.files.rewriting import Rewrite, rewrite
from syncer.files.sealing import Opener, Sealer, sealed_bytes
from syncer.files.secrets import MAX_SECRET, resolved
from syncer.files.settings import Settings, find_root, load_settings
from syncer.files.sources import SETTINGS, Unreadable
from syncer.files.splicing import Unspliceable, with_age, with_ages
from syncer.files.stanzas import AGE_KEY, differences, stanza_of, stanzas
from syncer.files.wording import did_you_mean
from syncer.model.doctor import Status
from syncer.model.fields import REFERENCE
from syncer.model.secrets import Reference, Rotated, Sealed, SecretCheck, SecretReport
from syncer.model.values import is_unset
from syncer.workflow.context import Context

_EXAMPLE = "write it as a plan shows it, like 'config[example.com/MEDIA/media]', or server[NAME]"
_COPIED = "see who copied it; `syncer secret set` seals one for this place alone"
_ROTATE = "run `syncer secret rotate`"


def set_secret(context: Context, address: str, field: str, ask: Callable[[], str], *, force: bool) -> Sealed:
    """Seal what `ask` gives into the files; it is asked only once everything else is known to be right.

    `force`: also where the secret comes from a variable or file.
    """
    settings, sealer = _settings(context)
    holder = _holder(_read(context, settings), address)
    _check_field(holder, field)
    before = _reference(holder.value.get(field))
    if before in (Reference.ENV, Reference.FILE) and not force:
        name = visible(holder.value[field][before], 60)
        what = f"{field} comes from {'the variable' if before is Reference.ENV else 'the file'} {name}"
        raise ProblemsError([Problem(holder.place(field), what, "say --force to seal a secret in its place")])
    new = _spliced(holder, field, sealer.seal(_accepted(ask())))
    rewrite([_rewrite(holder.file, new)])
    place = Place(holder.file.name, *position(parse(new, located=True).documents, (*holder.steps, field)))
    return Sealed(holder.owner, field, place, len(settings.age_recipients), before)


def rotate_secrets(context: Context) -> Rotated:
    """Seal every `{age: …}` of the files anew for today's recipients; all or none are written."""
    settings, sealer = _settings(context)
    held = ciphertexts(_read(context, settings))
    tick = context.progress.phase("sealing anew", len(held))
    opener = Opener(context.environ)
    problems: list[Problem] = []
    anew: dict[str, str] = {}
    for ciphertext, holders in held.items():
        try:
            anew[ciphertext] = sealer.seal(opener.open(ciphertext))
        except Unreadable as exc:
            problems += [Problem(holder.place(name), exc.what, exc.hint) for holder, name in holders]
        tick(1)
    if problems:
        raise ProblemsError([*problems, Problem(None, "nothing was written")])
    files = {holder.file.name: holder.file for holders in held.values() for holder, _ in holders}
    rewrite([_rewrite(file, _exchanged(file, anew)) for file in files.values()])
    return Rotated(sum(map(len, held.values())), len(files), len(settings.age_recipients))


def check_secrets(context: Context) -> SecretReport:
    """Every secret of the files; values are looked at and forgotten."""
    settings = load_settings(find_root(context.start, upwards=context.upwards))
    holders = _read(context, settings)
    tick = context.progress.phase("checking secrets", len(holders))
    opener = Opener(context.environ)
    held = ciphertexts(holders)
    checks: list[SecretCheck] = []
    for holder in holders:
        found = _checks(holder, settings.age_recipients, context.environ, opener)
        checks += (_with_copies(check, holder, held) for check in found)
        tick(1)
    named = [recipient for recipient in settings.age_recipients if stanza_of(recipient).type == AGE_KEY]
    return SecretReport(checks, len(settings.age_recipients), len(named))


def _settings(context: Context) -> tuple[Settings, Sealer]:
    settings = load_settings(find_root(context.start, upwards=context.upwards))
    if not settings.age_recipients:
        hint = "add age_recipients: [age1…] with the public key that age-keygen tells, and those of all who may read it"
        raise ProblemsError([Problem(Place(SETTINGS), "there is nobody to seal secrets for", hint)])
    return settings, Sealer(settings.age_recipients, context.environ)


def _read(context: Context, settings: Settings) -> list[Holder]:
    done = context.progress.phase("reading files", None)
    holders = read_holders(settings)
    done(1)
    return holders


def _holder(holders: Sequence[Holder], address: str) -> Holder:
    """What an address means; SyncerError if nothing or several."""
    found = [holder for holder in holders if holder.owner == address]
    if len(found) == 1:
        return found[0]
    if found:
        places = " and ".join(str(holder.place()) for holder in found)
        raise SyncerError(f"{visible(address)} stands at {places}; write the secret there by hand, or remove one")
    raise SyncerError(f"the files have no {visible(address)}; {_instead(holders, address)}")


def _instead(holders: Sequence[Holder], address: str) -> str:
    kind, bracket, rest = address.partition("[")
    what = rest.partition("/")[2]
    inherited = [holder.owner for holder in holders if holder.owner.startswith("baseline[") and what]
    same = next((owner for owner in inherited if may_be(owner.partition("/")[2], what)), None)
    if kind == "config" and bracket and same is not None:
        return f"{visible(same)} is for all domains of that baseline; name it, or give the domain an entry of its own"
    written = next((holder.owner for holder in holders if may_be(holder.owner, address)), None)
    if written is not None:
        return f"write it as the file does: {visible(written)}"
    return did_you_mean(address, [holder.owner for holder in holders if holder.secrets]) or _EXAMPLE


def _check_field(holder: Holder, field: str) -> None:
    if field in holder.secrets:
        return
    if not holder.secrets:
        raise SyncerError(f"{visible(holder.owner)} has no secret that syncer knows; name another address")
    is_known = field in holder.known
    what = f"{visible(field)} is no secret" if is_known else f"{visible(holder.owner)} has no {visible(field)}"
    hint = "" if is_known else did_you_mean(field, holder.secrets)
    raise SyncerError(f"{what}; {hint or 'its secrets: ' + ', '.join(holder.secrets)}")


def _reference(value: Any) -> Reference | None:
    """How a secret is named; None where there is none."""
    if is_unset(value):
        return None
    if isinstance(value, dict) and len(value) == 1:
        key, named = next(iter(value.items()))
        if key in ("env", "file", "age") and isinstance(named, str):
            return Reference(key)
    return Reference.LITERAL


def _accepted(secret: str) -> str:
    """The secret if it can be one; SyncerError says nothing of it."""
    if not secret:
        raise SyncerError("the secret is empty; nothing was written")
    if "\n" in secret or "\r" in secret:
        raise SyncerError("the secret has more than one line; nothing was written")
    try:
        size = len(secret.encode("utf-8"))
    except UnicodeEncodeError:
        raise SyncerError("the secret is no UTF-8 text; nothing was written") from None
    if size > MAX_SECRET:
        raise SyncerError("the secret is larger than 1 MiB; nothing was written")
    return secret


def _spliced(holder: Holder, field: str, ciphertext: str) -> str:
    try:
        return with_age(holder.file.text, (*holder.steps, field), ciphertext, holder.known)
    except Unspliceable:
        what = f"there is no place for {field} alone: an alias, an anchor or a merged key is in the way"
        hint = f"write `{field}: {{age: x}}` into the entry itself, then run the command again; nothing was written"
        raise ProblemsError([Problem(holder.place(field), what, hint)]) from None


def _exchanged(file: YamlFile, anew: Mapping[str, str]) -> str:
    try:
        return with_ages(file.text, anew)
    except Unspliceable:
        what = "a ciphertext in this file cannot be replaced where it stands; nothing was written"
        raise ProblemsError([Problem(Place(file.name), what, "write it as {age: …} on one line")]) from None


def _rewrite(file: YamlFile, text: str) -> Rewrite:
    return Rewrite(file.path, file.content, file.written(text))


def _checks(
    holder: Holder, recipients: Sequence[str], environ: Mapping[str, str], opener: Opener
) -> Iterator[SecretCheck]:
    for name in holder.secrets:
        value = holder.value.get(name)
        if (reference := _reference(value)) is not None:
            found = _found(holder, value, reference, recipients, environ, opener)
            yield SecretCheck(holder.owner, name, holder.place(name), reference, *found)


def _found(
    holder: Holder,
    value: Any,
    reference: Reference,
    recipients: Sequence[str],
    environ: Mapping[str, str],
    opener: Opener,
) -> tuple[Status, str, str]:
    """Status, what was found, and what to do."""
    if reference is Reference.LITERAL:
        return Status.FAILED, "no reference to a secret", f"write {REFERENCE}, and change the secret if it was shared"
    try:
        resolved(value, holder.file.path.parent, environ, opener)
        sealed = ciphertext_of(value)
        if told := _told_of_recipients(sealed, recipients, opener) if sealed is not None else []:
            return Status.WARNING, "; ".join(told), _ROTATE
    except Unreadable as exc:
        return Status.FAILED, exc.what, exc.hint
    return Status.OK, _source(value, reference), ""


def _with_copies(check: SecretCheck, holder: Holder, held: Mapping[str, Sequence[tuple[Holder, str]]]) -> SecretCheck:
    """A warning where the same ciphertext stands elsewhere too: sealing never gives one twice. An alias is no copy."""
    value = holder.value.get(check.field)
    same = held.get(ciphertext_of(value) or "", ())
    copies = [str(other.place(name)) for other, name in same if other.value[name] is not value]
    if check.status is not Status.OK or not copies:
        return check
    what = f"the same ciphertext stands at {' and '.join(dict.fromkeys(copies))}"
    return replace(check, status=Status.WARNING, what=what, hint=_COPIED)


def _told_of_recipients(ciphertext: str, recipients: Sequence[str], opener: Opener) -> list[str]:
    told = differences(stanzas(sealed_bytes(ciphertext)), recipients)
    if opener.opens_as_former(ciphertext, recipients):
        told.append("opened by an age key that age_recipients does not have")
    return told


def _source(value: Mapping[str, str], reference: Reference) -> str:
    match reference:
        case Reference.ENV:
            return f"the variable {value['env']} is set"
        case Reference.FILE:
            return f"the file {value['file']} is there"
        case _:
            return "can be opened"
