"""Commands that people hand over, run in a shell: what they get to know, and how they end."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping

from syncer.files.sealing import KEY_FILE
from syncer.transport import notify
from syncer.workflow.context import Context, Repository

WEBHOOK_SECRET = "SYNCER_WEBHOOK_SECRET"  # noqa: S105  (its name)
_GRACE = 5.0  # seconds that a command gets to end
_SECRET = {KEY_FILE, "SYNCER_PASSWORD", "SYNCER_WEBHOOK", WEBHOOK_SECRET}  # a webhook's url may hold a token


def environment_for(context: Context, repository: Repository) -> dict[str, str]:
    """Ours, without what a command has no need to know."""
    passwords = {server.password.env for server in repository.settings.servers.values() if server.password}
    hidden = _SECRET | notify.VARIABLES | passwords
    return {name: value for name, value in context.environ.items() if name not in hidden}


async def start(
    command: str, environ: Mapping[str, str], stdin: int = asyncio.subprocess.DEVNULL
) -> asyncio.subprocess.Process:
    """Start it in a session of its own: Ctrl-C is for syncer, which lets it end. What it prints goes to stderr."""
    return await asyncio.create_subprocess_shell(
        command, stdin=stdin, stdout=2, env=environ, start_new_session=os.name == "posix"
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask it to end, with all that it started, and see to it that it does."""
    with contextlib.suppress(ProcessLookupError):
        _kill(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE):
                await process.wait()
        except TimeoutError:
            _kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))
            await process.wait()


def _kill(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """With all that it started."""
    if os.name == "posix":
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
