"""The network part of `syncer doctor`: DNS, TCP, TLS, the websocket's handshake, and the clock that it tells."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.errors import ServerError, some, visible
from syncer.files.settings import Server
from syncer.model.doctor import Area, Status
from syncer.transport.certificates import Certificate, Tls, look_at_tls
from syncer.transport.dial import Endpoint
from syncer.transport.probe import Tried, place_of, proxy_of, reach, resolve, upgrade
from syncer.workflow.context import Context
from syncer.workflow.findings import Findings

_SOON = timedelta(days=30)
_CLOCK_MAY_DIFFER = timedelta(seconds=60)
_RESOLUTION = timedelta(seconds=1)  # of an HTTP date
_WAYS = (Area.DNS, Area.TCP, Area.TLS)
_CHECK_CLOCK = "set the clocks by NTP: certificates, plans and journals rely on them"


@dataclass(frozen=True, slots=True)
class Heard:
    """The server's time (None: it told none), and this machine's before it was asked and after."""

    date: datetime | None
    before: datetime
    after: datetime

    @property
    def apart(self) -> timedelta:
        """How far the two clocks are apart, at most."""
        assert self.date is not None  # noqa: S101  (its callers look)
        return max(self.after - self.date, self.date + _RESOLUTION - self.before)

    @property
    def ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the server's, at least; negative: behind."""
        assert self.date is not None  # noqa: S101  (its callers look)
        if self.before > self.date + _RESOLUTION:
            return self.before - self.date - _RESOLUTION
        return min(self.after - self.date, timedelta(0))


async def check_network(context: Context, found: Findings, server: Server, endpoint: Endpoint) -> Area | None:
    """DNS, TCP and TLS; gives the first that stands in the way of all that follows.

    Where a proxy is used they are checked directly all the same, and stand in nobody's way.
    """
    if server.emulator is not None:
        for area in _WAYS:
            found.ok(area, "embedded service: it runs inside this command, on a loopback port")
        return None
    try:
        proxy = proxy_of(endpoint)
    except ServerError as exc:
        found.failed_by(Area.DNS, exc)
        found.skipped(Area.DNS, *_WAYS[1:])
        return Area.DNS
    if proxy:
        await _check_directly(context, found, endpoint, proxy)
        return None
    broken = await _check_way(context, found, endpoint)
    if broken is not None:
        found.skipped(broken, *_WAYS[_WAYS.index(broken) + 1 :])
    return broken


async def _check_directly(context: Context, found: Findings, endpoint: Endpoint, proxy: str) -> None:
    """What fails without the proxy is no failure: names may not even be known here."""
    apart = Findings(lambda _: None)
    broken = await _check_way(context, apart, endpoint)
    host, port = place_of(endpoint.url)
    what = f"the environment says to go by the proxy {visible(proxy)}; what follows for {visible(host)} port {port}"
    found.ok(Area.DNS, f"{what} is checked directly, without it, up to TLS")
    for check in apart.checks:
        if check.status is Status.FAILED:
            found.warning(check.area, f"directly: {check.what}", "matters only if the proxy does not help")
        elif check.status is Status.WARNING:
            found.warning(check.area, f"directly: {check.what}", check.hint)
        else:
            found.ok(check.area, f"directly: {check.what}")
    if broken is not None:
        for area in _WAYS[_WAYS.index(broken) + 1 :]:
            found.not_told(area, f"not tried directly, since {broken} was of no use; the proxy sees to it")


async def _check_way(context: Context, found: Findings, endpoint: Endpoint) -> Area | None:
    host = visible(place_of(endpoint.url)[0])
    context.progress.phase(f"looking up {host}", None)
    try:
        addresses = await resolve(endpoint)
    except ServerError as exc:
        found.failed_by(Area.DNS, exc)
        return Area.DNS
    numeric = addresses == (place_of(endpoint.url)[0],)
    found.ok(Area.DNS, f"{host} is an address already" if numeric else f"{host} is {_some(addresses)}")
    context.progress.phase(f"connecting to {host}", None)
    tried = await reach(endpoint, addresses)
    if not _check_tcp(found, endpoint, tried):
        return Area.TCP
    if endpoint.url.startswith("ws:"):
        found.ok(Area.TLS, "none: the url says ws:, which is not encrypted")
        return None
    context.progress.phase(f"looking at the certificate of {host}", None)
    first = next(one for one in tried if one.seconds is not None)
    try:
        seen = await look_at_tls(endpoint, first.address)
    except ServerError as exc:
        found.failed_by(Area.TLS, exc)
        return Area.TLS
    check_tls(found, endpoint, seen, context.now())
    return Area.TLS if found.has_failed(Area.TLS) else None


def _some(things: Sequence[str], most: int = 8) -> str:
    return some(things, most, visible)


def _check_tcp(found: Findings, endpoint: Endpoint, tried: Sequence[Tried]) -> bool:
    """Whether there is a way."""
    port = place_of(endpoint.url)[1]
    good = [f"{visible(one.address)} in {_time(one.seconds)}" for one in tried if one.seconds is not None]
    bad = [f"{visible(one.address)}: {one.why}" for one in tried if one.seconds is None and not one.is_local]
    away = [f"{visible(one.address)}: {one.why}" for one in tried if one.seconds is None and one.is_local]
    failures = "; ".join([*bad, *away])
    if not good:
        hint = "check host and port of the url, that the server runs, and what firewalls let through"
        found.failed(Area.TCP, f"no connection to port {port} of {failures}", hint)
        return False
    what = f"port {port} of {', '.join(good)}"
    if bad:
        hint = "the addresses are tried in turn, so that this may cost time; correct DNS, or the server"
        found.warning(Area.TCP, f"{what}; but no connection to {failures}", hint)
    else:
        found.ok(Area.TCP, f"{what}; not reached from here: {failures}" if away else what)
    return True


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def check_tls(found: Findings, endpoint: Endpoint, seen: Tls, now: datetime) -> None:
    """Chain, name and time, each for itself."""
    certificate = seen.certificate
    if seen.refused:
        hint = "let the server use TLS 1.2 or newer, and a certificate with a key of today's length"
        found.failed(Area.TLS, f"{seen.protocol}, which a connection refuses: {seen.refused}", hint)
    elif certificate is None:
        found.ok(Area.TLS, f"{seen.protocol}, with a certificate that cannot be shown")
    else:
        issuer = visible(certificate.issuer or "nobody")
        found.ok(Area.TLS, f"{seen.protocol}; certificate of {visible(certificate.subject or '-')}, issued by {issuer}")
    _check_chain(found, endpoint, seen)
    if certificate is not None:
        _check_name(found, endpoint, seen, certificate)
    _check_dates(found, seen, now)


def _check_chain(found: Findings, endpoint: Endpoint, seen: Tls) -> None:
    by = f"ca_file {visible(endpoint.ca_file)}" if endpoint.ca_file else "the system's store"
    if not seen.untrusted:
        if not seen.refused:
            found.ok(Area.TLS, f"trusted by {by}")
    elif not seen.is_unknown:
        found.failed(Area.TLS, f"not accepted by {by}: {seen.untrusted}", "have the certificate issued anew")
    elif endpoint.ca_file:
        hint = f"put the certificate of the CA that issued it into {visible(endpoint.ca_file)}, as PEM"
        found.failed(Area.TLS, f"not trusted by {by}: {seen.untrusted}", hint)
    else:
        hint = (
            "get the certificate of its CA from whoever runs the server (not over this connection), save it as PEM in "
            "the repository, and name it in syncer.yaml: ca_file: certs/ca.pem; "
            "or let the server send the certificates between its own and a public CA's"
        )
        found.failed(Area.TLS, f"not trusted by {by}: {seen.untrusted}", hint)


def _check_name(found: Findings, endpoint: Endpoint, seen: Tls, certificate: Certificate) -> None:
    host = visible(place_of(endpoint.url)[0])
    names = _some(certificate.names) or "no name at all"
    if seen.wrong_name:
        hint = "write the url with a name that the certificate has, or have one issued for this host"
        found.failed(Area.TLS, f"the certificate is not for {host}; it is for {names}", hint)
    else:
        found.ok(Area.TLS, f"the certificate is for {host}")


def _check_dates(found: Findings, seen: Tls, now: datetime) -> None:
    start, end = (seen.certificate.not_before, seen.certificate.not_after) if seen.certificate else (None, None)
    renew = "renew the certificate on the server"
    if end is not None and end <= now:
        found.failed(Area.TLS, f"the certificate expired on {end:%Y-%m-%d}, {_days(now - end)} ago", renew)
    elif start is not None and start > now:
        what = f"the certificate is valid only from {start:%Y-%m-%d %H:%M} UTC on, and it is {now:%Y-%m-%d %H:%M} here"
        found.failed(Area.TLS, what, "check this machine's clock, or have the certificate issued anew")
    elif seen.wrong_time:
        what = f"a certificate of the chain is out of date: {seen.wrong_time}"
        found.failed(Area.TLS, what, "renew the CA certificates that the server sends, or those in ca_file")
    elif end is not None and end - now < _SOON:
        found.warning(Area.TLS, f"the certificate expires on {end:%Y-%m-%d}, in {_days(end - now)}", renew)
    elif end is not None:
        found.ok(Area.TLS, f"the certificate is valid until {end:%Y-%m-%d}, for {_days(end - now)}")


def _days(span: timedelta) -> str:
    return "less than a day" if not span.days else f"{span.days} days" if span.days != 1 else "1 day"


async def check_websocket(context: Context, found: Findings, endpoint: Endpoint) -> Heard:
    """The handshake, and the server's time, which an answer that is no websocket tells, too."""
    context.progress.phase("opening a websocket", None)
    before = context.now()
    opened = await upgrade(endpoint)
    after = context.now()
    if opened.failure is not None:
        found.failed_by(Area.WEBSOCKET, opened.failure)
    else:
        by = f" by the proxy {visible(proxy)}" if (proxy := proxy_of(endpoint)) else ""
        found.ok(Area.WEBSOCKET, f"opened{by} in {_time(opened.seconds)}")
    return Heard(opened.date, before, after)


def check_clock(found: Findings, heard: Heard | None, broken: Area | None) -> None:
    """This machine's clock against the Date of the handshake's answer: nothing else tells the server's."""
    if heard is None:
        found.skipped(broken or Area.WEBSOCKET, Area.CLOCK)
        return
    if heard.date is None:
        found.not_told(Area.CLOCK, "the server's answer to the handshake tells no time (Date)")
        return
    ahead = heard.ahead
    if abs(ahead) > _CLOCK_MAY_DIFFER:
        way = "ahead of" if ahead > timedelta(0) else "behind"
        found.warning(Area.CLOCK, f"this machine's clock is {_span(abs(ahead))} {way} the server's", _CHECK_CLOCK)
    else:
        found.ok(Area.CLOCK, f"within {_span(heard.apart)} of the server's")


def _span(span: timedelta) -> str:
    seconds = math.ceil(span.total_seconds())
    for unit, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{round(seconds / unit)} {name}"
    return f"{seconds} s"
