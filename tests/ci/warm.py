"""`syncer` at the cost of a fork: shell steps call it by the dozen, and each start would import everything anew.

`python -m tests.ci.warm SOCKET` imports it all once, then serves the program that `client` writes: that hands over its
arguments, folder, environment and standard streams, and exits as the child does.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from tests.reliability.zygote import ROOT, _warm_up

_CLIENT = """\
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as link:
    link.connect({socket!r})
    job = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(link, [len(job).to_bytes(8, "big")], [0, 1, 2])
    link.sendall(job)
    sys.exit(int(link.makefile().readline()))
"""


def client(path: str) -> str:
    """The program that calls the server at this socket."""
    return _CLIENT.format(socket=path)


@contextmanager
def served() -> Iterator[str]:
    """The socket of a server, while the context lasts."""
    with tempfile.TemporaryDirectory(prefix="syncer-ci-") as folder:  # a socket's path must be short
        path = str(Path(folder) / "socket")
        command = [sys.executable, "-m", __name__, path]
        environ = {**os.environ, "PYTHONUTF8": "1"}
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with process:
            assert process.stdin
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            yield path
            process.terminate()


def _serve(path: str) -> None:
    _warm_up()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        print("ready", flush=True)
        while True:
            link, _ = listening.accept()
            with link:
                _answer(link)


def _answer(link: socket.socket) -> None:
    size, streams, _, _ = socket.recv_fds(link, 8, 3)
    with link.makefile("rb") as incoming:
        job = json.loads(incoming.read(int.from_bytes(size, "big")))
    pid = os.fork()
    if pid == 0:
        _become(job, streams)
    for stream in streams:
        os.close(stream)
    link.sendall(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())


def _become(job: Any, streams: list[int]) -> NoReturn:
    """The child: syncer, and its own way to exit."""
    from syncer.cli.main import main

    args, folder, environ = job
    code: Any = 70
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        main(args)
    except SystemExit as exc:
        code = exc.code
    except BaseException:  # noqa: BLE001  # nothing may get back into the server
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
