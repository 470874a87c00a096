"""Who is told what and when: by a real server on loopback, which answers as servers do on a bad day."""

import asyncio
import hashlib
import hmac
import json
import re
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import UsageProblem
from syncer.model.address import Address
from syncer.model.watch import Sighting
from syncer.workflow import telling
from syncer.workflow.receivers import Failed, signature
from syncer.workflow.telling import Teller, Telling, open_teller
from tests.transport.hooked import OK, SILENCE, Hooked, hooked, status
from tests.workflow.telling import Counted, World, address, sighting

README = Path(__file__).parents[2] / "README.md"
NOT_SIGNED = "what is told to {} is not signed: SYNCER_WEBHOOK_SECRET is not set"
SIGNED = {"SYNCER_WEBHOOK_SECRET": "between us"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, SIGNED)


@asynccontextmanager
async def teller_to(world: World, there: Hooked) -> AsyncIterator[Teller]:
    async with open_teller(world.context, world.repository, Telling(webhook=there.url), world.gauges) as teller:
        yield teller


def events(there: Hooked) -> list[tuple[list[str], list[str], list[str]]]:
    """Of each request: what is drifted, what of it is new, and what is gone, by the names of the configs."""
    documents = [json.loads(body) for body in there.bodies]
    return [(_names(one["drifted"]), _names(one["new"]), _names(one["gone"])) for one in documents]


def _names(addresses: list[str]) -> list[str]:
    return [one.removesuffix("]").rpartition("/")[2] for one in addresses]


def test_a_signature_as_others_compute_it() -> None:
    """printf '1795629630.{"a": 1}\\n' | openssl dgst -sha256 -hmac 'between us'"""
    expected = "sha256=9ce86987eebb049acd73084bc13bf8d9d55ab631ef050ad62910c6dfecd97674"
    assert signature("between us", "1795629630", b'{"a": 1}\n') == expected


async def test_the_request(world: World) -> None:
    async with hooked(OK) as there, teller_to(world, there) as teller:
        teller.tell(sighting("ab", new="ab"))
        await there.until(1)
    assert events(there) == [(["a", "b"], ["a", "b"], [])]
    document: dict[str, Any] = json.loads(there.bodies[0])
    assert (document["format"], document["time"]) == ("syncer-drift/1", "2026-11-25T18:00:30Z")
    assert there.header("Content-Type") == "application/json"
    assert there.header("User-Agent").startswith("innovaphone-syncer/")
    assert there.header("Idempotency-Key") == "01" * 16
    assert there.header("X-Syncer-Timestamp") == "1795629630"
    signed = hmac.new(b"between us", b"1795629630." + there.bodies[0], hashlib.sha256).hexdigest()
    assert there.header("X-Syncer-Signature") == f"sha256={signed}"
    assert world.warnings == []
    assert world.gauges.tellings == {True: 1}


async def test_the_receivers_side_as_the_readme_has_it(world: World) -> None:
    code = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert code
    receiver: dict[str, Any] = {}
    exec(textwrap.dedent(code[1]), receiver)  # noqa: S102
    async with hooked(OK) as there, teller_to(world, there) as teller:
        teller.tell(sighting("a", new="a"))
        await there.until(1)
    headers = {name: there.header(name) for name in ("X-Syncer-Timestamp", "X-Syncer-Signature")}
    body, is_genuine = there.bodies[0], receiver["is_genuine"]
    receiver["time"] = SimpleNamespace(time=lambda: 1795629640.0)
    assert is_genuine(headers, body, "between us")
    assert not is_genuine(headers, body, "between others")
    assert not is_genuine(headers, body.replace(b"NTP/a", b"NTP/b"), "between us")
    receiver["time"] = SimpleNamespace(time=lambda: 1795640000.0)
    assert not is_genuine(headers, body, "between us")


async def test_without_a_secret_it_is_not_signed(tmp_path: Path) -> None:
    world = World(tmp_path)
    async with hooked(OK) as there:
        async with teller_to(world, there) as teller:
            teller.tell(sighting("a", new="a"))
        assert "X-Syncer-Signature" not in there.heads[0]
        assert world.warnings == [NOT_SIGNED.format(f"http://127.0.0.1:{there.port}")]


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 599])
async def test_tried_again(world: World, code: int) -> None:
    async with hooked(status(code), status(code), OK) as there, teller_to(world, there) as teller:
        teller.tell(sighting("a", new="a"))
        await there.until(3)
        assert len(set(there.bodies)) == 1
        assert [there.header("Idempotency-Key", n) for n in range(3)] == ["01" * 16] * 3
    name = f"the webhook at http://127.0.0.1:{there.port} was not told of drift"
    assert world.warnings == [f"{name}: it answered with status {code}; tried again in {n} s" for n in (1, 2)]
    assert world.gauges.tellings == {False: 2, True: 1}


async def test_tried_again_where_nothing_answers(world: World) -> None:
    async with hooked(SILENCE, b"HTTP/1.1 2", OK) as there, teller_to(world, there) as teller:
        teller.tell(sighting("a", new="a"))
        await there.until(3)
    assert [one.partition(" drift: ")[2] for one in world.warnings] == [
        "no answer within 10 s; tried again in 1 s",
        "what came back is no answer of HTTP; tried again in 2 s",
    ]


@pytest.mark.parametrize(
    "asked, seconds",
    [("7", "7"), ("0", "1"), ("86400", "900"), ("Wed, 25 Nov 2026 18:00:50 GMT", "19.5"), ("x\x1b[31m", "1")],
)
async def test_the_server_says_when(world: World, asked: str, seconds: str) -> None:
    async with hooked(status(429, f"Retry-After: {asked}"), OK) as there, teller_to(world, there) as teller:
        teller.tell(sighting("a", new="a"))
        await there.until(2)
    (warning,) = world.warnings
    assert warning.endswith(f"it answered with status 429; tried again in {seconds} s")


@pytest.mark.parametrize("code", [400, 401, 404, 410, 413])
async def test_a_refusal_is_told_and_made_up_for(world: World, code: int) -> None:
    async with hooked(status(code), OK) as there, teller_to(world, there) as teller:
        teller.tell(sighting("a", new="a"))
        await there.until(1)
        while not world.warnings:  # noqa: ASYNC110  (it tells nobody else)
            await asyncio.sleep(0.01)
        teller.tell(sighting("ab", new="b"))
        await there.until(2)
    assert events(there) == [(["a"], ["a"], []), (["a", "b"], ["a", "b"], [])]
    (warning,) = world.warnings
    assert warning.endswith(f"it answered with status {code}; told again with the next change")
    assert "s3cret" not in warning


async def test_a_redirect_is_not_followed(world: World) -> None:
    async with hooked(OK) as elsewhere, hooked(status(302, f"Location: {elsewhere.url}")) as there:
        async with teller_to(world, there) as teller:
            teller.tell(sighting("a", new="a"))
        assert elsewhere.heads == []
    (warning,) = world.warnings
    assert "it answered with a redirect (status 302), which is not followed: name where it leads; " in warning


async def test_only_the_newest_waits(world: World) -> None:
    """What comes while the first is not answered, and goes before anybody was told of it, is not told."""
    async with hooked(SILENCE, OK) as there, teller_to(world, there) as teller:
        teller.tell(sighting("a", new="a"))
        await there.until(1)
        teller.tell(sighting("ab", new="b"))
        teller.tell(sighting("abc", new="c"))
        teller.tell(sighting("ac", gone="b"))
        await there.until(2)
    assert events(there) == [(["a"], ["a"], []), (["a", "c"], ["a", "c"], [])]


async def test_all_is_in_step_again(world: World) -> None:
    async with hooked(OK) as there, teller_to(world, there) as teller:
        teller.tell(sighting("a", new="a"))
        await there.until(1)
        teller.tell(sighting("", gone="a"))
        await there.until(2)
    assert events(there)[1] == ([], [], ["a"])


async def test_what_is_in_step_from_the_beginning_is_no_news(world: World) -> None:
    async with hooked(OK) as there:
        async with teller_to(world, there) as teller:
            teller.tell(sighting(""))
        assert there.heads == []


async def test_drifted_further(world: World) -> None:
    async with hooked(OK) as there, teller_to(world, there) as teller:
        teller.tell(sighting("ab", new="ab"))
        await there.until(1)
        teller.tell(sighting("ab", new="b"))
        await there.until(2)
    assert events(there)[1] == (["a", "b"], ["b"], [])


async def test_the_last_word_is_tried_once_more_at_the_end(world: World) -> None:
    async with hooked(status(503)) as there:
        async with teller_to(world, there) as teller:
            teller.tell(sighting("a", new="a"))
            while not world.warnings:  # noqa: ASYNC110  (it tells nobody else)
                await asyncio.sleep(0.01)
        assert len(there.bodies) == 2
    assert [one.rpartition("; ")[2] for one in world.warnings] == ["tried again in 1 s", "not tried again"]


async def test_at_the_end_nobody_waits_for_long(world: World) -> None:
    async with hooked(SILENCE) as there:
        begun = asyncio.get_running_loop().time()
        async with teller_to(world, there) as teller:
            teller.tell(sighting("a", new="a"))
        assert asyncio.get_running_loop().time() - begun < 9
    assert world.warnings == [f"the webhook at http://127.0.0.1:{there.port} was not told of the last: no more time"]
    assert world.gauges.tellings == {False: 1}


@pytest.mark.parametrize("url", ["http://hooks.example.com/s3cret", "s3cret"])
async def test_a_url_that_cannot_be_used(world: World, url: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        async with open_teller(world.context, world.repository, Telling(webhook=url), world.gauges):
            pass
    assert "s3cret" not in str(caught.value) + repr(Telling(webhook=url))


async def test_nobody_to_tell(world: World) -> None:
    async with open_teller(world.context, world.repository, Telling(), world.gauges) as teller:
        teller.tell(sighting("a", new="a"))


class Moody:
    """A receiver that takes what it likes, and that is told more while it does."""

    name = "somebody"

    def __init__(self, moods: list[bool | None]) -> None:
        self.moods, self.taken = moods, list[Sighting]()
        self.ids: list[str] = []

    async def tell(self, due: Sighting, id_: str) -> Failed | None:
        self.ids.append(id_)
        await asyncio.sleep(0)
        mood = self.moods.pop(0) if self.moods else True
        if mood is None:
            return Failed("no", None)
        if not mood:
            return Failed("later", 0.0)
        self.taken.append(due)
        return None


async def test_the_end_comes_in_the_middle_of_a_failure(world: World) -> None:
    class Ended(Moody):
        async def tell(self, due: Sighting, id_: str) -> Failed | None:
            channel.close()
            return await super().tell(due, id_)

    receiver = Ended([None])
    channel = telling._Channel(world.context, receiver, world.gauges)
    channel.offer(sighting("a", new="a"))
    await channel.run()
    assert len(receiver.ids) == 1
    assert world.warnings == ["somebody was not told of drift: no; not tried again"]


letters = st.frozensets(st.sampled_from("abcd"))


@given(
    pictures=st.lists(st.tuples(letters, letters, st.integers(0, 4)), min_size=1, max_size=12),
    moods=st.lists(st.sampled_from([True, False, None]), max_size=12),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_is_told_adds_up(
    world: World, pictures: list[tuple[frozenset[str], frozenset[str], int]], moods: list[bool | None]
) -> None:
    """Whatever is skipped or refused: who follows `new` and `gone` knows what is drifted, and each `new` once more."""
    receiver = Moody(moods)
    channel = telling._Channel(world.context, receiver, Counted())
    working = asyncio.create_task(channel.run())
    before: frozenset[str] = frozenset()
    further: dict[Address, int] = {}  # since how many tellings somebody should know
    for drifted, changed, pause in pictures:
        new = (drifted - before) | (drifted & changed)
        channel.offer(sighting("".join(sorted(drifted)), new="".join(new), gone="".join(before - drifted)))
        further |= dict.fromkeys(map(address, new), len(receiver.taken))
        before = drifted
        for _ in range(pause):
            await asyncio.sleep(0)
    receiver.moods.clear()
    channel.offer(sighting("".join(sorted(before))))
    channel.close()
    await working
    known: set[Address] = set()
    for one in receiver.taken:
        assert set(one.gone) <= known
        known = (known - set(one.gone)) | set(one.new)
        assert known == {change.address for change in one.plan.changes}
    assert known == {address(name) for name in before}
    for name in map(address, before):
        assert any(name in one.new for one in receiver.taken[further[name] :])
