"""`syncer emulator`: the emulated Devices service on its own."""

import re
from typing import TYPE_CHECKING

import click

from syncer.cli.options import option
from syncer.errors import visible

if TYPE_CHECKING:
    import ssl

    from syncer.emulator import Emulator

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _seconds(_context: click.Context, _parameter: click.Parameter, value: str) -> float:
    """A time like `20ms` or `1.5s`, in seconds."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)(ms|s)", value)
    if match is None:
        raise click.BadParameter(f"{visible(value)} is no time like 20ms or 1.5s")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


@click.group()
def emulator() -> None:
    """A Devices service to try things on."""


@emulator.command()
@option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@option("--data", metavar="FILE", default=":memory:", help="SQLite file; without it nothing is kept.")
@option("--load", "source", metavar="DIR", help="Fill an empty service from its *.json files.")
@option("--wire-profile", metavar="FILE", help="How writes are spelled; else `conventional`.")
@option("--password", metavar="PW", help="Of the instance; else `emulator`.")
@option("--latency", callback=_seconds, default="0ms", help="From a request to its reply, like 20ms.")
@option("--page-size", type=click.IntRange(1), help="Entries in one message of a list.")
@option("--chunk-size", type=click.IntRange(1), help="UTF-16 units in one piece of a value.")
@option("--certificate", metavar="FILE", help="PEM, for wss.")
@option("--key", metavar="FILE", help="PEM, the certificate's private key.")
def serve(
    port: int,
    host: str,
    data: str,
    source: str | None,
    wire_profile: str | None,
    password: str | None,
    latency: float,
    page_size: int | None,
    chunk_size: int | None,
    certificate: str | None,
    key: str | None,
) -> None:
    """Serve until SIGINT or SIGTERM; {"url": …} on stdout says that it is ready, stderr where its page is."""
    import asyncio

    from syncer.emulator import Emulator, Options, Store
    from syncer.emulator.defaults import CHUNK_SIZE, PAGE_SIZE, PASSWORD
    from syncer.emulator.settings import read_certificate, read_profile

    if password == "":
        raise click.UsageError("--password cannot be empty")
    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key belong together")
    tls = read_certificate(certificate, key) if certificate and key else None
    profile = read_profile(wire_profile) if wire_profile else None
    options = Options(page_size=page_size or PAGE_SIZE, chunk_size=chunk_size or CHUNK_SIZE, latency=latency)
    if host not in _LOOPBACK and password is None:
        click.echo(
            "warning: reachable from other machines with a password that everybody knows; use --password", err=True
        )
    with Store(data, password=password or PASSWORD) as store:
        if source is not None:
            click.echo(store.load(source), err=True)
        asyncio.run(_serve(Emulator(store, profile=profile, options=options), host, port, tls))


async def _serve(service: "Emulator", host: str, port: int, tls: "ssl.SSLContext | None") -> None:
    import asyncio
    import json
    import signal

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with service.start(host, port, tls) as running:
        click.echo(json.dumps({"url": running.url}))
        click.echo(f"in the browser: {visible(running.page)}", err=True)
        await stop.wait()
