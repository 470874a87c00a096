"""The service without its sockets: a message of a session in, an answer out."""

from collections.abc import Callable
from typing import Any

from syncer.emulator.defaults import Options
from syncer.emulator.exchange import Answer, Call, Ending
from syncer.emulator.login import give_challenge, log_in
from syncer.emulator.reads import READS
from syncer.emulator.request import Request
from syncer.emulator.session import Hangup, Refusal, Session, echo
from syncer.emulator.state import StateError
from syncer.emulator.store import Store
from syncer.emulator.writes import Write
from syncer.wire.profile import Profile, Recognised

_BEFORE_LOGIN = frozenset({"AppChallenge", "AppLogin"})
_REFUSED_LOGIN = "LoginRefused"


class Service:
    """Answers messages from the state of a store."""

    def __init__(
        self,
        store: Store,
        profile: Profile,
        app: str,
        options: Options,
        *,
        clock: Callable[[], float],
        token: Callable[[int], str],
    ) -> None:
        self.store, self.profile, self.app, self.options = store, profile, app, options
        self.clock, self.token = clock, token

    def session(self) -> Session:
        """A new connection's session."""
        return Session(user_key=self.token(16))

    def call(self, session: Session, message: dict[str, Any]) -> Call:
        """`message`, recognised if it is one of the profile's writes."""
        mt = message["mt"]
        known = mt in READS or mt in _BEFORE_LOGIN or session.key is None
        return Call(session, message, None if known else self.profile.recognise(message))

    def handle(self, call: Call) -> Answer:
        """Do what the message says. An unknown message type is answered by silence, like KeepAlive."""
        mt, session = call.mt, call.session
        try:
            if mt in _BEFORE_LOGIN:
                return self._login(call)
            if session.key is None:
                raise Hangup("a message before the login")
            if mt in READS:
                return self._read(call)
            if call.write is not None:
                return self._write(session, call.write)
        except Hangup:
            return Answer(ending=Ending.CLOSE)
        return Answer()

    def refuse(self, call: Call, error: str) -> Answer:
        """An answer to this message that says `error`; empty where its kind has no reply."""
        if call.mt == "AppLogin":
            fields = {"ok": False, "error": _REFUSED_LOGIN, "errorText": error}
        else:
            fields = {"error": error}
        if call.write is not None:
            reply = Write(self.store, self.profile, call.session, call.write).reply(error=error)
            return Answer() if reply is None else Answer((reply,))
        if call.mt not in READS and call.mt not in _BEFORE_LOGIN:
            return Answer()
        return Answer(({"mt": f"{call.mt}Result", **echo(call.message.get("src")), **fields},))

    def _login(self, call: Call) -> Answer:
        reply = {"mt": f"{call.mt}Result", **echo(call.message.get("src"))}
        if call.mt == "AppChallenge":
            return Answer(({**reply, "challenge": give_challenge(call.session, self.token)},))
        try:
            log_in(call.session, call.message, self.store, self.app)
        except (Refusal, StateError) as exc:
            return self.refuse(call, str(exc))
        return Answer(({**reply, "ok": True},))

    def _read(self, call: Call) -> Answer:
        try:
            return Answer(tuple(READS[call.mt](Request(self, call.session, call.message))))
        except (Refusal, StateError) as exc:
            return self.refuse(call, str(exc))

    def _write(self, session: Session, write: Recognised) -> Answer:
        reply = Write(self.store, self.profile, session, write).perform()
        return Answer() if reply is None else Answer((reply,))
