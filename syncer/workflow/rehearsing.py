"""What a self-test of a wire profile would send, told without a server."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from syncer.devices.encode import spell
from syncer.errors import SyncerError
from syncer.model.selftest import PREFIX, Passed, Rehearsed
from syncer.selftest.attempts import Wrong
from syncer.selftest.before import take_before
from syncer.selftest.bench import Bench
from syncer.selftest.course import Course, Wanted
from syncer.selftest.rehearsal import Rehearsal
from syncer.selftest.survey import Scope
from syncer.workflow.connecting import login_domain, profile_of
from syncer.workflow.context import Context, open_repository
from syncer.workflow.verifying import TAG_BYTES, Trial, refuse_unable


async def rehearse(context: Context, trial: Trial) -> tuple[Rehearsed, ...]:
    """Every write of a self-test with its messages, in their order; SyncerError where the profile has no words."""
    repository = open_repository(context)
    profile, own = profile_of(repository.server), login_domain(repository.server)
    refuse_unable(repository, profile, trial)
    written: list[Sequence[Mapping[str, Any]]] = []
    done: list[Rehearsed] = []

    def passed(step: Passed) -> None:
        if step.operation:
            done.append(Rehearsed(step.operation, step.what, tuple(written[-1])))

    service = Rehearsal(partial(spell, profile=profile, login_domain=own), written.append)
    domain = service.add_domain(trial.domain or own)
    scope = Scope(frozenset({domain.id}))
    before = await take_before(service, scope)
    tag = f"{PREFIX}{context.random(TAG_BYTES).hex()}"
    bench = Bench(
        service=service,
        scope=scope,
        before=before,
        tag=tag,
        survey=before.survey,
        pauses=(),
        on_passed=passed,
        is_stopped=lambda: False,
    )
    wanted = Wanted(frozenset(profile.operations), profile.max_message_bytes, trial.domains)
    try:
        await Course(bench, domain, wanted).run()
    except Wrong as exc:
        raise SyncerError(f"the wire profile cannot say it: {exc.failed.what}: {exc.failed.found}") from exc
    return tuple(done)
