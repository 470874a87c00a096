"""Signals to real processes: whatever asks syncer to end does what Ctrl-C does."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.cli.main import main
from tests.cli.running import PASSWORD, repository

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs /proc, to see what a process does"
)

DOCUMENT = "domain: example.com\nconfigs:\n  - {type: NTP, desc: time, categories: []}\n"
LARGE = "domain: example.com\nconfigs:\n" + "".join(
    f"  - {{type: NTP, desc: time {n}, categories: [], ntp1: ptbtime1.ptb.de, tz: CET}}\n" for n in range(20_000)
)
INTERRUPTED = (130, "", "\ninterrupted\n")  # the first line end is for what a terminal shows of Ctrl-C
ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
ON_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "syncer.cli.main", *sys.argv[1:]])
"""


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        yield listening


@pytest.fixture
def repo(tmp_path: Path, silent: socket.socket) -> Path:
    port = silent.getsockname()[1]
    return repository(tmp_path / "r", f"ws://127.0.0.1:{port}/example.com/devices/innovaphone-devices-api", DOCUMENT)


@contextmanager
def started(*args: str, cwd: Path, before: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
    """A process that has come as far as to listen to signals."""
    command = [*before, sys.executable, "-m", "syncer.cli.main", *args]
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=os.environ | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _wait_for_handlers(process.pid)
            yield process
        finally:
            process.kill()


def _wait_for_handlers(pid: int) -> None:
    """SigCgt is the mask of the signals that a process has handlers for."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        status = Path(f"/proc/{pid}/status").read_text()
        mask = next(line for line in status.splitlines() if line.startswith("SigCgt:")).split()[1]
        if int(mask, 16) & 1 << signal.SIGTERM - 1:
            return
        time.sleep(0.01)
    raise AssertionError("it never listened to SIGTERM")


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize("number", ENDS)
def test_while_a_server_never_answers(repo: Path, silent: socket.socket, number: int) -> None:
    with started("plan", cwd=repo) as process:
        connection, _ = silent.accept()
        with connection:
            process.send_signal(number)
            assert ended(process) == INTERRUPTED


@pytest.mark.parametrize("number", ENDS)
def test_while_files_are_read(tmp_path: Path, number: int) -> None:
    repo = repository(tmp_path / "r", "'emulator::memory:'", LARGE)
    with started("validate", cwd=repo) as process:
        time.sleep(0.3)
        process.send_signal(number)
        assert ended(process) == INTERRUPTED


def test_several_at_once(repo: Path, silent: socket.socket) -> None:
    with started("plan", cwd=repo) as process:
        connection, _ = silent.accept()
        with connection:
            for number in (*ENDS, *ENDS):
                process.send_signal(number)
            code, out, err = ended(process)
    assert (code, out) == (130, "")
    assert "Traceback" not in err


def test_nohup_is_respected(repo: Path, silent: socket.socket) -> None:
    with started("plan", cwd=repo, before=["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]) as process:
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGHUP)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.send_signal(signal.SIGTERM)
            assert ended(process) == INTERRUPTED


def test_a_job_in_the_background(repo: Path, silent: socket.socket) -> None:
    """Shells let it ignore Ctrl-C, which is no reason to ignore SIGTERM."""
    with started("plan", cwd=repo, before=["sh", "-c", 'trap "" INT; exec "$@"', "sh"]) as process:
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.send_signal(signal.SIGTERM)
            assert ended(process) == INTERRUPTED


@pytest.mark.parametrize("after", [0.2, 1.5], ids=["at once", "with progress on it"])
def test_a_terminal_that_is_closed(repo: Path, silent: socket.socket, after: float) -> None:
    """What is told cannot be written there any more; the exit code is the same."""
    master, slave = os.openpty()
    command = [sys.executable, "-c", ON_A_TERMINAL, "plan"]
    environ = os.environ | {"SYNCER_PASSWORD": PASSWORD, "TERM": "xterm"}
    with subprocess.Popen(command, cwd=repo, env=environ, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        connection, _ = silent.accept()
        with connection:
            time.sleep(after)
            os.close(master)
            try:
                assert process.wait(30) == 130
            finally:
                process.kill()


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", ">&- 2>&-"])
def test_a_stderr_that_takes_nothing(tmp_path: Path, redirection: str) -> None:
    repo = repository(tmp_path / "r", "'emulator::memory:'", DOCUMENT.replace("desc:", "dsc:"))
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "syncer.cli.main", "validate"]
    assert subprocess.run(command, cwd=repo, timeout=60, stdout=subprocess.DEVNULL).returncode == 1


def test_the_emulator_ends_as_ever(tmp_path: Path) -> None:
    with started("emulator", "serve", cwd=tmp_path) as process:
        assert process.stdout is not None
        assert '"url"' in process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        code, out, err = ended(process)
        assert (code, out) == (0, "")
        assert err.startswith("in the browser: http://127.0.0.1:")


def test_handlers_are_put_back(capsys: pytest.CaptureFixture[str]) -> None:
    before, stderr = [signal.getsignal(number) for number in ENDS], sys.stderr
    with pytest.raises(SystemExit) as caught:
        main(["--no-such-option"])
    assert caught.value.code == 64
    assert [signal.getsignal(number) for number in ENDS] == before
    assert sys.stderr is stderr
    assert "No such option" in capsys.readouterr().err


def test_in_another_thread_signals_are_not_ours() -> None:
    codes: list[object] = []

    def run() -> None:
        try:
            main(["--version"])
        except SystemExit as exc:
            codes.append(exc.code)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert codes == [0]
