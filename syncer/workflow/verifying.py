"""The self-test of a wire profile on a server: prepared, agreed to, run, cleaned up, and its receipt written."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from syncer.devices.interface import DomainHead
from syncer.errors import Declined, MissingRight, ServerError, SyncerError, visible
from syncer.learn.plausible import misplaced, speaks_of_its_kind
from syncer.model.selftest import PREFIX, Failed, Intent, Leftover, Passed, SelfTest
from syncer.model.state import LiveObject
from syncer.selftest.attempts import Stopped, Wrong
from syncer.selftest.before import Before, take_before
from syncer.selftest.bench import Bench
from syncer.selftest.cleanup import clean_up
from syncer.selftest.course import Course, Wanted
from syncer.selftest.survey import EVERYWHERE, Key, Scope, is_tagged, key_of, take_survey
from syncer.wire.profile import Profile
from syncer.workflow.applying import pauses, stopped_by_signals
from syncer.workflow.connecting import Connected, connect, login_domain, profile_of
from syncer.workflow.context import Context, Repository, open_repository
from syncer.workflow.locking import locked
from syncer.workflow.unfinished import refuse_unfinished
from syncer.workflow.verified import keep_damages, recorded

_NEEDED = ("create_category", "delete_category", "create_config", "delete_config")
TAG_BYTES = 4
_NEEDED_FOR_DOMAINS = ("create_domain", "delete_domain")


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be tried: in which domain (None: the login's), whether domains too, and what was left before."""

    domain: str | None = None
    domains: bool = False
    clean: bool = False


@dataclass(frozen=True, slots=True)
class _Prepared:
    intent: Intent
    scope: Scope
    domain: LiveObject
    stale: frozenset[Key]


async def verify(
    context: Context,
    trial: Trial,
    agree: Callable[[Intent], bool],
    on_passed: Callable[[Passed], None],
) -> SelfTest:
    """Try every operation of the server's wire profile on scratch objects, take them away, and write the receipt.

    `agree` is told what is going to be done before anything is.
    """
    repository = open_repository(context)
    profile = profile_of(repository.server)
    refuse_unable(repository, profile, trial)
    with locked(context, repository, "wire verify"):
        refuse_unfinished(repository)
        async with connect(context, repository) as connected:
            if connected.profile.digest != profile.digest:
                raise SyncerError(f"{visible(profile.source)} was changed meanwhile; run it again; nothing was written")
            prepared = await _prepare(context, repository, connected, trial)
            if not agree(prepared.intent):
                raise Declined("not verified: nobody agreed; nothing was written")
            before = await take_before(connected.service, prepared.scope, context.progress.phase("reading", None))
            context.progress.close()
            prepared = _still_stale(prepared, before)
            test = await _run(context, connected, prepared, before, on_passed)
        return recorded(context, repository, profile, keep_damages(repository, before, test))


def refuse_unable(repository: Repository, profile: Profile, trial: Trial) -> None:
    """A profile that could not take away what it makes, would make it in another domain, or mixes up its ids."""
    needed = (*_NEEDED, *(_NEEDED_FOR_DOMAINS if trial.domains else ()))
    shown, learn = visible(profile.name), "learn it with `syncer wire learn`; nothing was written"
    if missing := [one for one in needed if profile.operation(one) is None]:
        raise SyncerError(
            f"the wire profile {shown} has no {', '.join(missing)}, without which nothing is tried; {learn}"
        )
    if wrong := [one for name, operation in profile.operations.items() for one in misplaced(name, operation.request)]:
        raise SyncerError(f"the wire profile {shown}: {visible('; '.join(wrong))}; correct it; nothing was written")
    chosen = trial.domain or login_domain(repository.server)
    creates = [profile.operations[one] for one in ("create_category", "create_config")]
    no_place = [one.name for one in creates if "domain_id" not in one.placeholders]
    if no_place and chosen != login_domain(repository.server):
        what = f"{', '.join(no_place)} of the wire profile {shown} names no domain, so nothing can be made in"
        hint = f"try it in {visible(login_domain(repository.server))}, the login's; nothing was written"
        raise SyncerError(f"{what} {visible(chosen)}; {hint}")


async def _prepare(context: Context, repository: Repository, connected: Connected, trial: Trial) -> _Prepared:
    service, server = connected.service, repository.server
    if trial.domains and not (await service.user_info()).admin:
        what = "the login may not create domains, as --domains asks for"
        raise MissingRight(server.url, what, "leave it out, or log in to the instance domain; nothing was written")
    heads = await service.domains()
    domain = _domain(server.url, heads, trial.domain or service.login_domain)
    own = _domain(server.url, heads, service.login_domain)
    scope = Scope(frozenset({domain.id, own.id}))  # what loses its domain on the way is made in the login's
    survey = await take_survey(service, EVERYWHERE)
    stale = [one for one in survey.objects.values() if is_tagged(one)]
    intent = Intent(
        server.name,
        server.url,
        connected.profile.name,
        domain.address.domain,
        f"{PREFIX}{context.random(TAG_BYTES).hex()}",
        trial.domains,
        tuple(Leftover(one.address, one.id, "of an earlier self-test") for one in stale),
        trial.clean,
        own.address.domain,
    )
    return _Prepared(intent, scope, domain, frozenset(key_of(one) for one in stale if trial.clean and scope.has(one)))


def _still_stale(prepared: _Prepared, before: Before) -> _Prepared:
    """Somebody may have given one another name while the question waited."""
    there = before.survey.objects
    return replace(prepared, stale=frozenset(key for key in prepared.stale if key in there and is_tagged(there[key])))


def _domain(url: str, heads: Iterable[DomainHead], name: str) -> LiveObject:
    found = next((head.domain for head in heads if head.domain.address.domain == name), None)
    if found is None:
        hint = "name one with --domain that it sees, or log in to another; nothing was written"
        raise MissingRight(url, f"the login does not see the domain {visible(name)}", hint)
    return found


async def _run(
    context: Context,
    connected: Connected,
    prepared: _Prepared,
    before: Before,
    on_passed: Callable[[Passed], None],
) -> SelfTest:
    """The course, and whatever became of it, the way back."""
    stopped: list[bool] = []
    intent, profile = prepared.intent, connected.profile
    bench = _bench(context, connected, prepared, before, on_passed, lambda: bool(stopped))
    wanted = Wanted(frozenset(profile.operations), profile.max_message_bytes, intent.domains)
    course = Course(bench, prepared.domain, wanted)
    with stopped_by_signals(lambda: stopped.append(True)), _told_if_cut_off(context, bench, intent):
        failed, interrupted = await _try(course)
        leftovers, unread = await clean_up(bench, prepared.stale)
    return SelfTest(
        intent,
        tuple(bench.steps),
        frozenset(bench.proven),
        dict(_unproven(course, profile, intent)),
        bench.measured.completes(profile.reads_back_unset, profile.write_only),
        failed,
        leftovers,
        bench.damages,
        interrupted,
        bench.wrote,
        ", ".join(one.write.address.shown for one in bench.pending),
        unread,
        bench.measured.unseen(),
    )


def _bench(
    context: Context,
    connected: Connected,
    prepared: _Prepared,
    before: Before,
    on_passed: Callable[[Passed], None],
    is_stopped: Callable[[], bool],
) -> Bench:
    operations = connected.profile.operations.items()
    return Bench(
        service=connected.service,
        scope=prepared.scope,
        before=before,
        tag=prepared.intent.tag,
        survey=before.survey,
        pauses=pauses(context),
        on_passed=on_passed,
        is_stopped=is_stopped,
        clear=frozenset(name for name, one in operations if speaks_of_its_kind(name, one.request)),
        placed=frozenset(
            name for name, one in operations if name.endswith("_domain") or "domain_id" in one.placeholders
        ),
        tells_id=frozenset(name for name, one in operations if one.response and one.response.id),
    )


async def _try(course: Course) -> tuple[Failed | None, bool]:
    """What ended it, None where it came to its end; and whether a person did."""
    try:
        await course.run()
    except Stopped:
        return None, True
    except Wrong as exc:
        return exc.failed, False
    except ServerError as exc:
        return Failed("", "read what is there", exc.what, exc.hint), False
    except SyncerError as exc:  # the profile has no words for it
        return Failed("", "say it in the words of the wire profile", str(exc)), False
    return None, False


@contextmanager
def _told_if_cut_off(context: Context, bench: Bench, intent: Intent) -> Iterator[None]:
    """A second Ctrl-C leaves at once, so nothing is cleaned up."""
    try:
        yield
    except BaseException:
        if bench.wrote:
            what = f"what begins with {bench.tag} may be left on the server"
            context.warn(f"{what}; `{visible(intent.cleaning())}` deletes it")
        raise


def _unproven(course: Course, profile: Profile, intent: Intent) -> Iterator[tuple[str, str]]:
    for name in (name for name in profile.operations if name not in course.bench.proven):
        untried = "not tried without --domains" if name.endswith("_domain") and not intent.domains else "not proven"
        yield name, course.unproven.get(name, untried)
    yield from ((name, why) for name, why in course.unproven.items() if name not in profile.operations)
