"""The session as a state machine, driven with literal frames and a clock of its own."""

import contextlib
import json
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.wire.login import Credentials
from syncer.wire.messages import MalformedMessage
from syncer.wire.session import (
    Event,
    Expect,
    Limits,
    LoggedIn,
    LoginFailed,
    Notice,
    ProtocolError,
    Reply,
    Send,
    Session,
)

CREDENTIALS = Credentials("innovaphone-devices-api", "example.com", "instance-pw")

# appwebsocket-vectors.json, "sessions"
CHALLENGE = '{"mt":"AppChallengeResult","challenge":"0123456789012345"}'
LOGIN = (
    '{"mt":"AppLogin","app":"innovaphone-devices-api","domain":"example.com","sip":"innovaphone-devices-api",'
    '"guid":"00000000000000000000000000000000","dn":"Admin",'
    '"digest":"86b313a3fa40c410732cc5598a776252fcf13dcb47b9543ae7d317e66a9c31ba","pbxObj":"innovaphone-devices-api"}'
)
ACCEPTED = '{"mt":"AppLoginResult","ok":true}'

DOMAINS = Expect("GetDomainsResult", items="domains")
CONFIG = Expect("GetDeviceConfigResult", pieces="GetDeviceConfigValueResult")
INFO = Expect("GetUserInfoResult")


def logged_in(limits: Limits | None = None) -> Session:
    session = Session(CREDENTIALS, limits)
    session.open(0)
    session.receive(CHALLENGE, 0)
    assert session.receive(ACCEPTED, 0) == LoggedIn()
    return session


def ask(session: Session, mt: str, expect: Expect, now: float = 0, timeout: float = 10) -> str:
    src, _ = session.request({"mt": mt}, expect, now, timeout)
    return src


def feed(session: Session, frames: Iterable[str]) -> list[Event | None]:
    return [session.receive(frame, 0) for frame in frames]


def reply(event: Event | None) -> Reply:
    assert isinstance(event, Reply)
    return event


class TestLogin:
    """Challenge, login, and everything that may come instead."""

    def test_frames_and_events(self) -> None:
        session = Session(CREDENTIALS)
        assert session.key == ""
        assert session.open(0) == '{"mt":"AppChallenge"}'
        assert session.receive(CHALLENGE, 0) == Send(LOGIN)
        assert session.receive(ACCEPTED, 0) == LoggedIn()
        assert session.key == "a5a76e6677b5da69964d38b60b66bc44e5809103a64f9b2bcfc814f3becb95fc"

    @pytest.mark.parametrize(
        "frame, reason",
        [
            ('{"mt":"AppLoginResult"}', ""),
            ('{"mt":"AppLoginResult","ok":false}', ""),
            ('{"mt":"AppLoginResult","ok":1}', ""),
            ('{"mt":"AppLoginResult","ok":"true"}', ""),
            ('{"mt":"AppLoginResult","error":7}', "7"),
            ('{"mt":"AppLoginResult","ok":false,"error":7,"errorText":"wrong digest"}', "wrong digest"),
        ],
    )
    def test_refused(self, frame: str, reason: str) -> None:
        session = Session(CREDENTIALS)
        session.open(0)
        session.receive(CHALLENGE, 0)
        assert session.receive(frame, 0) == LoginFailed(reason)
        with pytest.raises(RuntimeError, match="requests come after the login"):
            ask(session, "GetDomains", DOMAINS)
        assert isinstance(session.receive(ACCEPTED, 0), Notice)  # too late

    def test_accepted_before_the_challenge_is_no_login(self) -> None:
        session = Session(CREDENTIALS)
        assert isinstance(session.receive(ACCEPTED, 0), Notice)
        session.open(0)
        assert isinstance(session.receive(ACCEPTED, 0), Notice)
        with pytest.raises(RuntimeError):
            ask(session, "GetDomains", DOMAINS)
        assert session.receive(CHALLENGE, 0) == Send(LOGIN)

    def test_a_second_challenge_changes_nothing(self) -> None:
        session = Session(CREDENTIALS)
        session.open(0)
        session.receive(CHALLENGE, 0)
        key = session.key
        other = '{"mt":"AppChallengeResult","challenge":"abcdef0123456789"}'
        assert isinstance(session.receive(other, 0), Notice)
        assert session.receive(ACCEPTED, 0) == LoggedIn()
        assert isinstance(session.receive(other, 0), Notice)
        assert session.key == key

    def test_something_else_meanwhile(self) -> None:
        session = Session(CREDENTIALS)
        session.open(0)
        event = '{"mt":"PbxInfo","version":"13r3"}'
        assert session.receive(event, 0) == Notice({"mt": "PbxInfo", "version": "13r3"})
        assert session.receive(CHALLENGE, 0) == Send(LOGIN)
        assert isinstance(session.receive(event, 0), Notice)
        assert session.receive(ACCEPTED, 0) == LoggedIn()

    @pytest.mark.parametrize("challenge", ["", ',"challenge":""', ',"challenge":5', f',"challenge":"{"x" * 257}"'])
    def test_no_usable_challenge(self, challenge: str) -> None:
        session = Session(CREDENTIALS)
        session.open(0)
        with pytest.raises(ProtocolError) as caught:
            session.receive(f'{{"mt":"AppChallengeResult"{challenge}}}', 0)
        assert str(caught.value) == "AppChallengeResult has no usable challenge"

    def test_no_request_before_the_login(self) -> None:
        session = Session(CREDENTIALS)
        for step in (lambda: session.open(0), lambda: session.receive(CHALLENGE, 0)):
            with pytest.raises(RuntimeError, match="requests come after the login"):
                ask(session, "GetDomains", DOMAINS)
            step()

    def test_nothing_shows_the_password(self) -> None:
        session = logged_in()
        assert "instance-pw" not in repr(session)


class TestReplies:
    """Which reply belongs to which request."""

    def test_frames_carry_a_fresh_src(self) -> None:
        session = logged_in()
        first = session.request({"mt": "GetDeviceConfig", "domainId": 1, "id": 12}, CONFIG, 0, 10)
        assert first == ("1", '{"mt":"GetDeviceConfig","domainId":1,"id":12,"src":"1"}')
        assert session.request({"mt": "GetUserInfo"}, INFO, 0, 10) == ("2", '{"mt":"GetUserInfo","src":"2"}')
        assert session.new_src() == "3"
        assert session.request({"mt": "GetUserInfo"}, INFO, 0, 10, "3") == ("3", '{"mt":"GetUserInfo","src":"3"}')
        assert session.pending == 3

    def test_out_of_order_with_events_between(self) -> None:
        session = logged_in()
        srcs = [ask(session, "GetUserInfo", INFO) for _ in range(3)]
        for src in (srcs[2], srcs[0], srcs[1]):
            event = session.receive('{"mt":"DeviceUpdate","device":{"id":1}}', 0)
            assert event == Notice({"mt": "DeviceUpdate", "device": {"id": 1}})
            got = reply(session.receive(f'{{"mt":"GetUserInfoResult","src":"{src}","admin":true,"key":"k"}}', 0))
            assert got == Reply(src, {"mt": "GetUserInfoResult", "src": src, "admin": True, "key": "k"}, [], {}, None)
        assert session.pending == 0

    def test_an_event_with_the_src_of_a_pending_list(self) -> None:
        """A subscription's events carry the `src` of the request that subscribed, whose list may still be coming."""
        session = logged_in()
        src = ask(session, "GetDomains", DOMAINS)
        assert session.receive('{"mt":"GetDomainsResult","src":"1","domains":[{"id":1}]}', 0) is None
        event = session.receive('{"mt":"DomainAdded","src":"1","domains":[{"id":9}],"last":true}', 0)
        assert isinstance(event, Notice)
        got = reply(session.receive('{"mt":"GetDomainsResult","src":"1","domains":[{"id":2}],"last":true}', 0))
        assert (got.src, got.items) == (src, [{"id": 1}, {"id": 2}])
        assert isinstance(session.receive('{"mt":"DomainDeleted","src":"1","id":1}', 0), Notice)

    @pytest.mark.parametrize("src", ['"9"', "1", "null", '["1"]', '{"1":1}'])
    def test_of_nobody(self, src: str) -> None:
        session = logged_in()
        ask(session, "GetUserInfo", INFO)
        assert isinstance(session.receive(f'{{"mt":"GetUserInfoResult","src":{src}}}', 0), Notice)
        assert isinstance(session.receive('{"mt":"GetUserInfoResult"}', 0), Notice)
        assert session.pending == 1

    def test_twice(self) -> None:
        session = logged_in()
        ask(session, "GetUserInfo", INFO)
        frame = '{"mt":"GetUserInfoResult","src":"1"}'
        assert isinstance(session.receive(frame, 0), Reply)
        assert isinstance(session.receive(frame, 0), Notice)

    @pytest.mark.parametrize(
        "error, expected",
        [
            ('"no right"', "no right"),
            ("5", "5"),
            ("true", "True"),
            ('["x"]', "['x']"),
            ('""', None),
            ("0", None),
            ("null", None),
            ("false", None),
        ],
    )
    def test_errors(self, error: str, expected: str | None) -> None:
        session = logged_in()
        ask(session, "GetUserInfo", INFO)
        got = reply(session.receive(f'{{"mt":"GetUserInfoResult","src":"1","error":{error}}}', 0))
        assert got.error == expected

    def test_an_error_needs_neither_list_nor_last_nor_the_right_type(self) -> None:
        session = logged_in()
        ask(session, "GetDomains", DOMAINS)
        ask(session, "GetDomains", DOMAINS)
        assert reply(session.receive('{"mt":"GetDomainsResult","src":"1","error":"x"}', 0)).error == "x"
        assert reply(session.receive('{"mt":"Error","src":"2","error":"y"}', 0)).error == "y"

    def test_an_error_after_half_a_list(self) -> None:
        session = logged_in()
        ask(session, "GetDomains", DOMAINS)
        session.receive('{"mt":"GetDomainsResult","src":"1","domains":[{"id":1}]}', 0)
        got = reply(session.receive('{"mt":"GetDomainsResult","src":"1","error":"gone"}', 0))
        assert got.error == "gone"

    def test_forgotten(self) -> None:
        session = logged_in()
        src = ask(session, "GetUserInfo", INFO)
        session.forget(src)
        session.forget(src)
        assert session.pending == 0
        assert isinstance(session.receive('{"mt":"GetUserInfoResult","src":"1"}', 0), Notice)

    def test_by_type_where_the_service_does_not_echo_src(self) -> None:
        session = logged_in()
        first = ask(session, "AddDomain", Expect("AddDomainResult", by_src=False))
        second = ask(session, "AddDomain", Expect("AddDomainResult", by_src=False))
        ask(session, "GetUserInfo", INFO)
        assert isinstance(session.receive('{"mt":"GetUserInfoResult"}', 0), Notice)  # this one is by `src`
        assert reply(session.receive('{"mt":"AddDomainResult","id":7}', 0)).src == first
        assert reply(session.receive('{"mt":"AddDomainResult","src":"2","id":8}', 0)).src == second
        assert isinstance(session.receive('{"mt":"AddDomainResult","id":9}', 0), Notice)

    @given(st.data())
    def test_any_order(self, data: st.DataObject) -> None:
        session = logged_in()
        srcs = [ask(session, "GetUserInfo", INFO) for _ in range(8)]
        for src in data.draw(st.permutations(srcs)):
            assert reply(session.receive(f'{{"mt":"GetUserInfoResult","src":"{src}"}}', 0)).src == src


def test_a_list_may_bear_the_name_of_its_request() -> None:
    """As in the API document's own example of GetProvisioningCategories."""
    session = logged_in()
    categories = Expect("GetProvisioningCategoriesResult", items="categories")
    src = ask(session, "GetProvisioningCategories", categories)
    frame = f'{{"mt":"GetProvisioningCategories","last":true,"categories":[{{"id":1,"name":"Cat1"}}],"src":"{src}"}}'
    (event,) = feed(session, [frame])
    assert reply(event).items == [{"id": 1, "name": "Cat1"}]


def test_all_lists_under_way_together_are_bounded() -> None:
    session = logged_in(Limits(waiting_characters=300))
    for src in (ask(session, "GetDomains", DOMAINS), ask(session, "GetDomains", DOMAINS)):
        feed(session, [f'{{"mt":"GetDomainsResult","domains":["{"x" * 60}"],"src":"{src}"}}'])
    with pytest.raises(ProtocolError, match="the lists under way are larger than syncer accepts"):
        feed(session, [f'{{"mt":"GetDomainsResult","domains":["{"x" * 60}"],"src":"{src}"}}'])


class TestLists:
    """Lists in several replies until `last`."""

    def test_in_several_replies(self) -> None:
        session = logged_in()
        ask(session, "GetDomains", DOMAINS)
        assert (
            session.receive('{"mt":"GetDomainsResult","src":"1","domains":[{"id":1},{"id":2}],"last":false}', 0) is None
        )
        assert session.receive('{"mt":"GetDomainsResult","src":"1","domains":[]}', 0) is None
        assert session.receive('{"mt":"GetDomainsResult","src":"1","domains":[3],"last":null}', 0) is None
        got = reply(session.receive('{"mt":"GetDomainsResult","src":"1","domains":[],"last":true}', 0))
        assert got.items == [{"id": 1}, {"id": 2}, 3]

    def test_two_at_once(self) -> None:
        session = logged_in()
        ask(session, "GetDomains", DOMAINS)
        ask(session, "GetDomains", DOMAINS)
        frames = ((1, '["a"]', "false"), (2, '["x"]', "false"), (1, '["b"]', "true"), (2, '["y"]', "true"))
        events = [
            session.receive(f'{{"mt":"GetDomainsResult","src":"{src}","domains":{items},"last":{last}}}', 0)
            for src, items, last in frames
        ]
        assert [event.items for event in events if isinstance(event, Reply)] == [["a", "b"], ["x", "y"]]

    @pytest.mark.parametrize("frame", ["", ',"domains":null', ',"domains":{}', ',"domains":"x"'])
    def test_without_the_array(self, frame: str) -> None:
        session = logged_in()
        ask(session, "GetDomains", DOMAINS)
        with pytest.raises(ProtocolError) as caught:
            session.receive(f'{{"mt":"GetDomainsResult","src":"1","last":true{frame}}}', 0)
        assert str(caught.value) == "GetDomainsResult has no array domains"

    @pytest.mark.parametrize("limits", [Limits(list_items=1000), Limits(list_characters=50_000)])
    def test_one_that_does_not_end(self, limits: Limits) -> None:
        session = logged_in(limits)
        ask(session, "GetDomains", DOMAINS)
        frame = '{"mt":"GetDomainsResult","src":"1","domains":[1,1,1,1,1,1,1,1,1,1]}'
        with pytest.raises(ProtocolError) as caught:
            feed(session, [frame] * 1001)
        assert str(caught.value) == "the list of GetDomainsResult does not end"

    def test_one_of_empty_replies_that_does_not_end(self) -> None:
        session = logged_in(Limits(list_characters=40_000))
        ask(session, "GetDomains", DOMAINS)
        with pytest.raises(ProtocolError, match="does not end"):
            feed(session, ['{"mt":"GetDomainsResult","src":"1","domains":[]}'] * 1000)

    def test_a_long_one_within_the_limits(self) -> None:
        session = logged_in()
        ask(session, "GetDomains", DOMAINS)
        for _ in range(100):
            session.receive('{"mt":"GetDomainsResult","src":"1","domains":[' + ",".join(["{}"] * 1000) + "]}", 0)
        got = reply(session.receive('{"mt":"GetDomainsResult","src":"1","domains":[],"last":true}', 0))
        assert len(got.items) == 100_000


def piece(src: str, value: str, name: str = "script") -> str:
    return json.dumps({"mt": "GetDeviceConfigValueResult", "src": src, "name": name, "value": value})


def config(src: str) -> str:
    return f'{{"mt":"GetDeviceConfigResult","src":"{src}","config":{{"id":1}}}}'


class TestPieces:
    """Values that exceed a message."""

    def test_of_two_requests_interleaved(self) -> None:
        session = logged_in()
        ask(session, "GetDeviceConfig", CONFIG)
        ask(session, "GetDeviceConfig", CONFIG)
        for frame in (
            piece("1", "a"),
            piece("2", "x"),
            piece("1", ""),
            piece("2", "u", "url"),
            piece("1", "b"),
            piece("2", "y"),
        ):
            assert session.receive(frame, 0) is None
        assert reply(session.receive(config("2"), 0)).values == {"script": "xy", "url": "u"}
        assert reply(session.receive(config("1"), 0)).values == {"script": "ab"}

    def test_literally_with_a_torn_pair(self) -> None:
        session = logged_in()
        ask(session, "GetDeviceConfig", CONFIG)
        head = '{"mt":"GetDeviceConfigValueResult","src":"1","name":"script","value":'
        assert session.receive(head + '"mod cmd UP0 \\ud83d"}', 0) is None
        assert session.receive(head + '""}', 0) is None
        assert session.receive(head + '"\\ude00\\r\\n"}', 0) is None
        assert reply(session.receive(config("1"), 0)).values == {"script": "mod cmd UP0 😀\r\n"}

    def test_an_empty_value(self) -> None:
        session = logged_in()
        ask(session, "GetDeviceConfig", CONFIG)
        session.receive(piece("1", ""), 0)
        assert reply(session.receive(config("1"), 0)).values == {"script": ""}

    def test_of_nobody(self) -> None:
        session = logged_in()
        ask(session, "GetUserInfo", INFO)
        assert isinstance(session.receive(piece("9", "a"), 0), Notice)
        assert isinstance(session.receive(piece("1", "a"), 0), Notice)  # that request awaits no pieces
        assert isinstance(session.receive('{"mt":"GetDeviceConfigValueResult","name":"n","value":"v"}', 0), Notice)

    @pytest.mark.parametrize(
        "fields", ['"name":"script"', '"value":"x"', '"name":1,"value":"x"', '"name":"n","value":1']
    )
    def test_without_name_or_value(self, fields: str) -> None:
        session = logged_in()
        ask(session, "GetDeviceConfig", CONFIG)
        with pytest.raises(ProtocolError) as caught:
            session.receive(f'{{"mt":"GetDeviceConfigValueResult","src":"1",{fields}}}', 0)
        assert str(caught.value) == "GetDeviceConfigValueResult has no name or value"

    @pytest.mark.parametrize("value", ["x" * 100, ""], ids=["long ones", "a flood of empty ones"])
    def test_more_than_is_accepted(self, value: str) -> None:
        session = logged_in(Limits(value_characters=10_000))
        ask(session, "GetDeviceConfig", CONFIG)
        with pytest.raises(ProtocolError) as caught:
            feed(session, [piece("1", value)] * 1000)
        assert str(caught.value) == "the pieces of GetDeviceConfigValueResult are larger than syncer accepts"

    def test_many_names_count_too(self) -> None:
        session = logged_in(Limits(value_characters=10_000))
        ask(session, "GetDeviceConfig", CONFIG)
        with pytest.raises(ProtocolError, match="larger than syncer accepts"):
            feed(session, (piece("1", "", f"name{number}") for number in range(1000)))

    def test_all_that_waits_is_bounded(self) -> None:
        session = logged_in(Limits(value_characters=10_000, waiting_characters=20_000))
        for _ in range(10):
            ask(session, "GetDeviceConfig", CONFIG)
        with pytest.raises(ProtocolError, match="larger than syncer accepts"):
            feed(session, (piece(str(src), "x" * 5000) for src in range(1, 11)))

    def test_what_was_answered_expired_or_forgotten_waits_no_more(self) -> None:
        session = logged_in(Limits(value_characters=10_000, waiting_characters=10_000))
        for turn in range(60):
            src = ask(session, "GetDeviceConfig", CONFIG, now=turn, timeout=0.5)
            session.receive(piece(src, "x" * 5000), turn)
            match turn % 3:
                case 0:
                    assert reply(session.receive(config(src), turn)).values == {"script": "x" * 5000}
                case 1:
                    assert session.expired(turn + 0.9) == [(src, "GetDeviceConfig")]
                case 2:
                    session.forget(src)


class TestTime:
    """Deadlines and KeepAlive."""

    def test_a_deadline(self) -> None:
        session = logged_in()
        ask(session, "GetUserInfo", INFO, now=100, timeout=10)
        ask(session, "GetDomains", DOMAINS, now=105, timeout=10)
        assert session.expired(109.9) == []
        assert session.expired(110) == [("1", "GetUserInfo")]
        assert session.expired(114.9) == []
        assert session.expired(115) == [("2", "GetDomains")]
        assert (session.expired(999), session.pending) == ([], 0)
        assert isinstance(session.receive('{"mt":"GetUserInfoResult","src":"1"}', 111), Notice)  # too late

    @pytest.mark.parametrize(
        "expect, frame",
        [
            (DOMAINS, '{"mt":"GetDomainsResult","src":"1","domains":[]}'),
            (CONFIG, '{"mt":"GetDeviceConfigValueResult","src":"1","name":"script","value":"x"}'),
        ],
        ids=["a list", "pieces"],
    )
    def test_progress_extends_it_but_not_for_ever(self, expect: Expect, frame: str) -> None:
        session = logged_in()
        ask(session, "X", expect, now=0, timeout=10)
        for now in range(9, 190, 9):
            assert session.receive(frame, now) is None
            assert session.expired(now + 9) == [], now
        assert session.receive(frame, 190) is None
        assert session.receive(frame, 199) is None
        assert session.expired(199.9) == []
        assert session.expired(200) == [("1", "X")]  # twenty times the deadline

    def test_an_event_is_no_progress(self) -> None:
        session = logged_in()
        ask(session, "GetDomains", DOMAINS, now=0, timeout=10)
        session.receive('{"mt":"DomainAdded","src":"1"}', 9)
        assert session.expired(10) == [("1", "GetDomains")]

    def test_keep_alive_after_a_minute_without_a_frame_of_ours(self) -> None:
        session = logged_in()
        assert session.keep_alive(59.9) is None
        assert session.keep_alive(60) == '{"mt":"KeepAlive"}'
        assert session.keep_alive(60) is None
        session.receive('{"mt":"DeviceUpdate"}', 100)  # theirs do not count
        assert session.keep_alive(119.9) is None
        assert session.keep_alive(120) == '{"mt":"KeepAlive"}'
        ask(session, "GetUserInfo", INFO, now=170)
        assert session.keep_alive(229) is None
        session.frame({"mt": "SetDeviceConfigValue"}, 225)
        assert session.keep_alive(284.9) is None
        assert session.keep_alive(285) == '{"mt":"KeepAlive"}'

    def test_no_keep_alive_before_the_login(self) -> None:
        session = Session(CREDENTIALS)
        assert session.keep_alive(1000) is None
        session.open(0)
        session.receive(CHALLENGE, 0)
        assert session.keep_alive(1000) is None
        session.receive('{"mt":"AppLoginResult"}', 0)
        assert session.keep_alive(2000) is None


def frames() -> st.SearchStrategy[str]:
    """Messages of a server that lost its mind, many of them near to what is awaited."""
    types = ("AppChallengeResult", "AppLoginResult", "GetDomainsResult", "GetDeviceConfigValueResult", "X")
    values = st.sampled_from([None, True, False, 0, 1, "", "1", "2", "x", [], [1], {}, {"id": 1}])
    names = ("src", "challenge", "ok", "error", "last", "domains", "name", "value", "config")
    fields = st.dictionaries(st.sampled_from(names), values)
    return st.builds(lambda mt, more: json.dumps({**more, "mt": mt}), st.sampled_from(types), fields)


@given(st.lists(frames() | st.text(max_size=3), max_size=30))
def test_whatever_comes_there_are_only_the_errors_that_are_promised(received: list[str]) -> None:
    for session in sessions():
        with contextlib.suppress(ProtocolError, MalformedMessage):
            assert len([e for e in feed(session, received) if isinstance(e, Reply)]) <= 2


def sessions() -> Iterator[Session]:
    fresh = Session(CREDENTIALS)
    fresh.open(0)
    yield fresh
    busy = logged_in()
    ask(busy, "GetDomains", DOMAINS)
    ask(busy, "GetDeviceConfig", CONFIG)
    yield busy
