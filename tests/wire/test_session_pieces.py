"""Values in pieces through the whole session, as JSON text frames with every code unit escaped."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from syncer.wire.login import Credentials
from syncer.wire.session import Expect, LoggedIn, Reply, Session

CONFIG = Expect("GetDeviceConfigResult", pieces="GetDeviceConfigValueResult")
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text(st.sampled_from('a"\\\n\x00ä☎😀\U0010ffff'))


def escaped_units(text: str) -> list[str]:
    r"""Each UTF-16 code unit as `\uXXXX`: a pair is two of them."""
    data = text.encode("utf-16-be")
    return [f"\\u{data[i : i + 2].hex()}" for i in range(0, len(data), 2)]


def frame(src: str, name: str, escapes: str) -> str:
    return f'{{"mt":"GetDeviceConfigValueResult","src":"{src}","name":"{name}","value":"{escapes}"}}'


@st.composite
def cuttings(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A value and its pieces, cut anywhere: inside a pair, and twice at one place."""
    value = draw(texts)
    units = escaped_units(value)
    cuts = sorted(draw(st.lists(st.integers(0, len(units)), max_size=8)))
    return value, ["".join(units[a:b]) for a, b in zip([0, *cuts], [*cuts, len(units)], strict=True)]


@given(st.lists(cuttings(), min_size=4, max_size=4), st.randoms(use_true_random=False))
def test_any_cutting_of_two_values_of_two_requests(cut: list[tuple[str, list[str]]], random: Random) -> None:
    """Two requests with two values each, their pieces shuffled together; each value's own order is kept."""
    session = Session(Credentials("devices", "example.com", "pw"))
    session.open(0)
    session.receive('{"mt":"AppChallengeResult","challenge":"0123456789012345"}', 0)
    assert session.receive('{"mt":"AppLoginResult","ok":true}', 0) == LoggedIn()
    targets = [("1", "script"), ("1", "url"), ("2", "script"), ("2", "url")]
    for _ in range(2):
        session.request({"mt": "GetDeviceConfig"}, CONFIG, 0, 10)

    queues = [[frame(*target, piece) for piece in pieces] for target, (_, pieces) in zip(targets, cut, strict=True)]
    while waiting := [queue for queue in queues if queue]:
        queue = random.choice(waiting)
        assert session.receive(queue.pop(0), 0) is None

    for src, first in (("2", 2), ("1", 0)):
        reply = session.receive(f'{{"mt":"GetDeviceConfigResult","src":"{src}","config":{{}}}}', 0)
        assert isinstance(reply, Reply)
        assert reply.values == {"script": cut[first][0], "url": cut[first + 1][0]}
