"""Any mix of edits, plans, applies, faults, crashes and recoveries, against a model of what must be true after each.

`python -m tests.reliability.test_stateful [SECONDS]` runs it for longer.
"""

import asyncio
import copy
import os
import secrets
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from syncer import workflow
from syncer.cli import writing
from syncer.emulator import Store
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.exchange import Ending as Hangup
from syncer.emulator.faults import Action, Close, Garbage, Moment, NoEffect, OtherEffect, Refuse
from syncer.errors import SyncerError
from syncer.files.journals import JournalFile, read_journal
from syncer.model.address import Action as ChangeAction
from syncer.model.address import Address
from syncer.model.journal import Ended, History
from syncer.model.plan import Ending, Plan, Report
from syncer.wire.profile import Profile
from syncer.workflow import applying
from tests.reliability import installation, model
from tests.reliability.harness import Silence, quick
from tests.reliability.model import CATEGORIES, DESCS, FIELDS, HOME, OTHER, PASSWORDS, SECRET, Document, Thing
from tests.reliability.scenario import Contents, Key, contents
from tests.reliability.served import PASSWORD, Served

EXAMPLES = int(os.environ.get("SYNCER_TEST_EXAMPLES", "30"))
STEPS = int(os.environ.get("SYNCER_TEST_STEPS", "12"))
UNTOUCHED = (1, 3, 4)
KEEPER = ("config", HOME, "NTP", "keeper")  # neither in the files nor ever edited
PROFILE: Profile = installation.PROFILE
SETTINGS = """version: 1
servers:
  production: {{url: '{url}', password: {{env: SYNCER_PASSWORD}}, wire_profile: wire/small.yaml}}
files: [domains]
policy: {{limits: {{deletes: 1000, deletes_percent: 100}}}}
{more}
"""

FAULTS: dict[str, Action] = {
    "refused": Refuse(),
    "refused, yet done": Refuse(handled=True),
    "no effect": NoEffect(),
    "other effect": OtherEffect("xforced", 1),
    "closed before": Close(),
    "closed after": Close(Moment.HANDLED, abrupt=True),
    "closed later": Close(Moment.REPLIED, abrupt=True),
    "garbage": Garbage(),
}


Draw = Callable[[st.SearchStrategy[Any]], Any]


COUNTS: Counter[str] = Counter()  # of what was seen, for who runs it by hand


def count(what: str) -> None:
    """Seen once more."""
    COUNTS[what] += 1
    event(what)


class Crash(BaseException):
    """The process is no more."""


@dataclass
class Trouble:
    """What goes wrong in one command: at its `nth` write a fault, a crash, or an edit of somebody else."""

    what: str = ""
    nth: int = 0
    edit: Callable[[Store], None] | None = None
    is_dead: bool = False

    def __call__(self, call: Call, handle: Handler) -> Answer:
        """Stands around the handling of each message."""
        if self.is_dead:
            return Answer(ending=Hangup.ABORT)
        if call.write is None or self.what == "":
            return handle(call)
        self.nth -= 1
        if self.nth != -1:
            return handle(call)
        if self.what.startswith("crash"):
            return self._die(call, handle)
        if self.what == "edit":
            return handle(call)
        return FAULTS[self.what](call, handle, self.service)

    service: Any = None

    def _die(self, call: Call, handle: Handler) -> Answer:
        self.is_dead = True
        if self.what != "crash before":
            handle(call)
        return Answer(ending=Hangup.ABORT)


@dataclass
class Ran:
    """What came of a command."""

    code: int  # -9: it crashed
    text: str
    report: Report | None = None


@dataclass
class Pending:
    """An apply that is not decided yet."""

    before: Contents
    is_in_the_way: bool = True
    edited: set[Key] = field(default_factory=set)


@dataclass
class Saved:
    """A saved plan, and what it was made from."""

    plan: Plan
    files: model.Files
    things: list[Any]


def key_of(address: Address) -> Key:
    """Of the contents of a store."""
    return (str(address.kind), address.domain, address.type, address.name)


values = {
    kind: st.fixed_dictionaries({}, optional={name: st.sampled_from(every) for name, every in fields.items()})
    for kind, fields in FIELDS.items()
}
kinds, descs, categories = st.sampled_from(sorted(FIELDS)), st.sampled_from(DESCS), st.sampled_from(CATEGORIES)
troubles = st.builds(
    Trouble,
    st.sampled_from(["", "", *FAULTS, "crash before", "crash after", "crash after"]),
    st.sampled_from([0, 1, 1, 2, 3, 5]),
)


def write_config(files: model.Files, draw: Draw) -> None:
    """A config in the files, new or otherwise than before."""
    home = files[HOME]
    kind = draw(kinds)
    there = [name for name, one in home.categories.items() if not one.absent]
    named = draw(st.lists(st.sampled_from(there), max_size=2, unique=True)) if there else []
    home.configs[kind, draw(descs)] = Thing(draw(values[kind]), tuple(named))


def rename_config(files: model.Files, draw: Draw) -> None:
    """Where nothing is called so yet."""
    home = files[HOME]
    there = [key for key, one in home.configs.items() if not one.absent]
    if not there:
        return
    kind, former = draw(st.sampled_from(there))
    desc = draw(descs)
    if (kind, desc) not in home.configs:
        home.configs[kind, desc] = replace(home.configs.pop((kind, former)), renamed_from=former)


def drop_config(files: model.Files, draw: Draw) -> None:
    """Marked as absent, or left to others."""
    home = files[HOME]
    key = draw(st.sampled_from([*home.configs, ("MEDIA", "one"), ("PHONE", "one")]))
    if draw(st.booleans()):
        home.configs.pop(key, None)
    else:
        home.configs[key] = Thing(absent=True)


def write_category(files: model.Files, draw: Draw) -> None:
    """New, or otherwise than before."""
    has_config = draw(st.sampled_from([None, True, False]))
    files[HOME].categories[draw(categories)] = Thing({} if has_config is None else {"config": has_config})


def rename_category(files: model.Files, draw: Draw) -> None:
    """And the configs that name it name it so."""
    home = files[HOME]
    there = [name for name, one in home.categories.items() if not one.absent]
    name = draw(categories)
    if not there or name in home.categories:
        return
    former = draw(st.sampled_from(there))
    home.categories[name] = replace(home.categories.pop(former), renamed_from=former)
    for config in home.configs.values():
        config.categories = tuple(name if one == former else one for one in config.categories)


def drop_category(files: model.Files, draw: Draw) -> None:
    """Marked as absent; the files' configs name it no more."""
    home, name = files[HOME], draw(categories)
    home.categories[name] = Thing(absent=True)
    for config in home.configs.values():
        config.categories = tuple(one for one in config.categories if one != name)


def write_domain(files: model.Files, draw: Draw) -> None:
    """A flag of the first domain, or another domain that comes and goes with all that the files know of."""
    deploy = draw(st.sampled_from([None, True, False]))
    there = files.get(OTHER, Document())
    match draw(st.sampled_from(["flag", "there", "absent"])):
        case "flag":
            files[HOME].deploy = deploy
        case "there":
            configs = {key: one for key, one in there.configs.items() if not one.absent}
            config = Thing({"ntp1": "one"}, ("red",))
            files[OTHER] = Document(deploy, False, {"red": Thing()}, {**configs, ("NTP", draw(descs)): config})
        case _ if OTHER in files:
            gone = {name: Thing(absent=True) for name in there.categories}
            files[OTHER] = Document(None, True, gone, {key: Thing(absent=True) for key in there.configs})


def _tidy(files: model.Files) -> None:
    """No name that something is renamed from may stand for another entry."""
    for one in files.values():
        for name, thing in one.categories.items():
            if thing.renamed_from in one.categories or list(_formers(one.categories)).count(thing.renamed_from) > 1:
                one.categories[name] = replace(thing, renamed_from=None)
        for (kind, desc), thing in one.configs.items():
            same = {key: other for key, other in one.configs.items() if key[0] == kind}
            if (kind, thing.renamed_from) in one.configs or list(_formers(same)).count(thing.renamed_from) > 1:
                one.configs[kind, desc] = replace(thing, renamed_from=None)


def _formers(things: Mapping[Any, Thing]) -> Iterator[str | None]:
    return (one.renamed_from for one in things.values())


WRITTEN: dict[str, Callable[[model.Files, Draw], None]] = {
    "config": write_config,
    "config, too": write_config,
    "config renamed": rename_config,
    "config dropped": drop_config,
    "category": write_category,
    "category renamed": rename_category,
    "category dropped": drop_category,
    "domain": write_domain,
}

crashes = st.builds(Trouble, st.sampled_from(["crash before", "crash after", "crash after"]), st.integers(0, 6))

ways = st.sampled_from(list(workflow.Way))


@dataclass(frozen=True)
class Edit:
    """Of a config, by somebody else; what is undecided is picked by `which`. Drawn before anything happens."""

    kind: str
    desc: str
    which: int
    how: str
    fields: Mapping[str, dict[str, Any]]  # by type


edits = st.builds(
    Edit,
    kinds,
    descs,
    st.integers(0, 9),
    st.sampled_from(["set", "set", "unknown", "add", "delete"]),
    st.fixed_dictionaries(values),
)


class Syncer(RuleBasedStateMachine):
    """One repository, one service, other people."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextmanager(self._world)()
        self._stack.__enter__()
        self.files: model.Files = {HOME: Document()}
        self.pending: Pending | None = None
        self.saved: Saved | None = None

    def _world(self) -> Iterator[None]:
        with quick(), tempfile.TemporaryDirectory(dir=_scratch()) as folder, Served(PROFILE, _fill) as self.served:
            self.folder = Path(folder)
            self.root = self.folder / "repository"
            yield

    def teardown(self) -> None:
        """Nothing is left behind."""
        self._stack.__exit__(None, None, None)

    @initialize(has_age=st.booleans())
    def begin(self, has_age: bool) -> None:
        """A repository that says nothing yet."""
        for name in ("domains", "wire"):
            (self.root / name).mkdir(parents=True)
        self.age = installation.Age(self.folder) if has_age else None
        more = f"age_recipients: [{self.age.recipient}]" if self.age else ""
        (self.root / "syncer.yaml").write_text(SETTINGS.format(url=self.served.url, more=more))
        (self.root / "wire" / "small.yaml").write_text(installation.PROFILE_TEXT)
        self._write_down()

    # what people do

    @rule(data=st.data(), edits=st.lists(st.sampled_from(sorted(WRITTEN)), min_size=1, max_size=5))
    def write_files(self, data: st.DataObject, edits: list[str]) -> None:
        """Some edits of the files."""
        self._write(data.draw, edits)

    def _write(self, draw: Draw, edits: list[str]) -> None:
        for edit in edits:
            WRITTEN[edit](self.files, draw)
        self._write_down()

    def _write_down(self) -> None:
        _tidy(self.files)
        folder = self.root / "domains"
        for path in folder.iterdir():
            path.unlink()
        for name, one in self.files.items():
            (folder / f"{name}.yaml").write_text(model.text_of(name, one), "utf-8")

    @rule(edit=edits)
    def edit_config(self, edit: Edit) -> None:
        """Somebody else, on the server."""
        self._edit(edit, edit.kind, edit.desc)

    def _edit_hot(self, edit: Edit) -> None:
        """Rather something that is undecided."""
        hot = [*self.hot, ("", "", edit.kind, edit.desc)]
        _, _, kind, desc = hot[edit.which % len(hot)]
        self._edit(edit, kind, desc)

    def _edit(self, edit: Edit, kind: str, desc: str) -> None:
        self.served.on(lambda store: _edit(store, kind, desc, edit.fields[kind], edit.how))
        if self.pending:
            self.pending.edited.add(("config", HOME, kind, desc))

    @rule(name=categories)
    def edit_category(self, name: str) -> None:
        """Somebody else gives a category a field that syncer does not know, or makes it."""
        self.served.on(lambda store: _edit_category(store, name))
        if self.pending:
            self.pending.edited.add(("category", HOME, "", name))

    @property
    def hot(self) -> list[Key]:
        """Configs that the last apply touched."""
        paths = self.journals()
        return (
            [k for k in sorted(_touched(read_journal(paths[-1]))) if k[0] == "config" and k[1] == HOME] if paths else []
        )

    # what syncer does

    @rule(trouble=troubles, on_error=st.sampled_from(["rollback", "rollback", "stop"]))
    def apply(self, trouble: Trouble, on_error: str) -> None:
        """Plan and apply; something may go wrong."""
        self._applied(None, trouble, workflow.OnError(on_error))

    @rule(data=st.data(), trouble=troubles)
    def write_and_apply(self, data: st.DataObject, trouble: Trouble) -> None:
        """Both at once: what is interesting comes after that."""
        self._write(data.draw, data.draw(st.lists(st.sampled_from(sorted(WRITTEN)), min_size=2, max_size=7)))
        self._applied(None, trouble, workflow.OnError.ROLLBACK)

    @rule()
    def save_plan(self) -> None:
        """For later, when it may be stale."""
        self._save()

    def _save(self) -> None:
        try:
            plan = asyncio.run(workflow.plan(self._context(lambda _: None)))
        except SyncerError as exc:
            note(f"no plan: {exc}")
            return
        self.saved = Saved(plan, copy.deepcopy(self.files), self.served.on(_things))

    @rule(
        data=st.data(),
        crash=crashes,
        again=st.lists(st.tuples(ways, crashes), max_size=2),
        edits=st.lists(edits, max_size=3),
        way=ways,
    )
    def cut_off(
        self,
        data: st.DataObject,
        crash: Trouble,
        again: list[tuple[workflow.Way, Trouble]],
        edits: list[Edit],
        way: workflow.Way,
    ) -> None:
        """An apply that is cut off, edits of somebody else, a recovery that is cut off too, and one that is not."""
        self._write(data.draw, data.draw(st.lists(st.sampled_from(sorted(WRITTEN)), min_size=3, max_size=9)))
        self._applied(None, crash, workflow.OnError.ROLLBACK)
        if self.pending is None:
            return
        for edit in edits:
            self._edit_hot(edit)
        for tried, trouble in [*again, (way, Trouble())]:
            self._recovered(tried, trouble)

    @rule(trouble=troubles)
    def apply_saved(self, trouble: Trouble) -> None:
        """Exactly what was saved, or nothing."""
        if self.saved is None:
            self._save()
        else:
            self._applied(self.saved, trouble, workflow.OnError.ROLLBACK)

    def _applied(self, saved: Saved | None, trouble: Trouble, on_error: workflow.OnError) -> None:
        before, things = self.contents(), self.served.on(_things)
        known = set(self.journals())
        ran = self._apply(saved.plan if saved else None, trouble, on_error)
        note(f"apply ({trouble.what}): {ran.code} {ran.text}")
        count(f"apply{' saved' * bool(saved)}: {ran.code}")
        if saved and ran.code == 3:
            assert (saved.files, saved.things) != (self.files, things)
        after = self.contents()
        new = next(iter(set(self.journals()) - known), None)
        if self.pending and self.pending.is_in_the_way:
            assert (ran.code, after) == (1, before)
            assert "recover" in ran.text
            return
        self._check_applied(ran, saved, before, after, new)

    def _check_applied(
        self, ran: Ran, saved: Saved | None, before: Contents, after: Contents, new: Path | None
    ) -> None:
        touched = frozenset(_touched(read_journal(new))) if new and ran.code != -9 else frozenset[Key]()
        if ran.code == 0:
            self._check_done(saved, before, after)
            self.pending = self.pending if after == before else None
        elif ran.code == 5:
            assert after == before
            self.pending = None
        elif ran.code in UNTOUCHED:
            assert after == before
        elif ran.code == 6:
            for key in model.differing(before, after, touched):
                assert _but_references(before.get(key)) == _but_references(after.get(key)), key
            self._left(before, new)
        elif ran.code == -9:
            self._left(before, new)
        else:
            raise AssertionError(ran)
        if ran.code not in (6, -9) and new is not None:
            assert read_journal(new).ending is not None

    def _check_done(self, saved: Saved | None, before: Contents, after: Contents) -> None:
        expected = model.meant(before, self.files)
        after = _but_defaults(after, before, expected)
        if saved is None:
            assert {key: (expected.get(key), after.get(key)) for key in model.differing(expected, after)} == {}
            assert asyncio.run(workflow.plan(self._context(lambda _: None))).changes == ()
            return
        keys = {key_of(c.address) for c in saved.plan.changes} | {
            key_of(c.former) for c in saved.plan.changes if c.former
        }
        for key in keys:
            assert _but_references(expected.get(key)) == _but_references(after.get(key))
        renames = any(c.former and str(c.address.kind) == "category" for c in saved.plan.changes)
        for key in model.differing(before, after, frozenset(keys)):
            assert renames
            assert _but_references(before.get(key)) == _but_references(after.get(key))

    def _left(self, before: Contents, journal: Path | None) -> None:
        """Where it is part-way, somebody has to decide."""
        history = _history(journal)
        if history is None:
            return
        is_in_the_way = history.ending is None
        if history.ending in (None, Ending.STOPPED):
            self.pending = Pending(before, is_in_the_way)

    @rule(way=ways, trouble=troubles)
    def recover(self, way: workflow.Way, trouble: Trouble) -> None:
        """One way or the other; something may go wrong once more."""
        self._recovered(way, trouble)

    def _recovered(self, way: workflow.Way, trouble: Trouble) -> None:
        now = self.contents()
        if self.pending is None:
            ran = self._recover(way, trouble)
            assert (ran.code, ran.report, self.contents()) == (0, None, now)
            return
        journal = self.journals()[-1]
        was = read_journal(journal)
        ran = self._recover(way, trouble)
        note(f"recover {way} ({trouble.what}): {ran.code} {ran.text}")
        count(f"recover {way}: {ran.code}{' nothing' * (ran.code == 0 and ran.report is None)}")
        after = self.contents()
        history = read_journal(journal)
        touched = frozenset(_touched(history))
        if ran.code in UNTOUCHED:
            assert after == now
            return
        if ran.code == -9 or history.ending is None:
            for key in model.differing(now, after, touched):
                assert _but_references(now.get(key)) == _but_references(after.get(key)), key
            return
        if ran.report is None:
            assert after == now
        if way is workflow.Way.RESUME and history.ending is Ending.APPLIED:
            self._check_resumed(now, after, touched)
        else:
            self._check_rolled_back(ran, was, now, after, touched)
        self.pending = None
        again = self._recover(way, Trouble())
        if history.ending is not Ending.STOPPED:
            assert (again.code, again.report) == (0, None)
        assert self.contents() == after

    def _check_resumed(self, now: Contents, after: Contents, touched: frozenset[Key]) -> None:
        expected = model.meant(now, self.files)
        after = _but_defaults(after, now, expected)
        for key in touched:
            assert _but_references(expected.get(key)) == _but_references(after.get(key)), key
        for key in model.differing(now, after, touched):
            assert _but_references(now.get(key)) == _but_references(after.get(key)), key

    def _check_rolled_back(
        self, ran: Ran, was: History, now: Contents, after: Contents, touched: frozenset[Key]
    ) -> None:
        assert self.pending is not None
        before, edited = self.pending.before, frozenset(_by_any_name(self.pending.edited, was))
        if self.age is None:
            before, now, after = map(model.without_passwords, (before, now, after))
        told = frozenset(_told(was))
        # of what was created, theirs may be another at the same address, which is none of the apply's business
        created = {key_of(one.address) for one in was.plan.changes if one.action is ChangeAction.CREATE}
        theirs = frozenset(key for key in edited if key in touched)
        # what others made name it, or put in its place, can keep something else from being taken back
        kept = frozenset(_by_any_name(_not_rolled_back(ran.report), was)) if theirs else frozenset[Key]()
        assert {key: (before.get(key), after.get(key)) for key in model.differing(before, after, edited | kept)} == {}
        for key in edited - theirs:
            assert _but_references(after.get(key)) == _but_references(now.get(key)), key
        for key in theirs & told:
            assert _but_references(after.get(key)) in map(_but_references, (now.get(key), before.get(key))), key
            if after.get(key) != before.get(key) and key not in created:
                assert ran.code == 6, key
        if ran.code == 5:
            for key in theirs - told:
                assert after.get(key) in (before.get(key), now.get(key)), (key, before.get(key), now.get(key))

    # what is always so

    @invariant()
    def nothing_twice(self) -> None:
        """And what nobody means is as it was."""
        COUNTS["steps"] += 1
        found = self.contents()
        assert all(len(things) == 1 for things in found.values())
        assert found[KEEPER] == [[{"ntp1": "keeper", "xnote": {"a": [1, None]}}, ["keeper"]]]

    @invariant()
    def no_secret_is_told(self) -> None:
        """In journals."""
        for path in self.journals():
            content = path.read_bytes()
            assert installation.mode(path) == 0o600
            assert not any(secret.encode() in content for secret in (*PASSWORDS.values(), PASSWORD))

    def contents(self) -> Contents:
        """All that the service holds."""
        return self.served.on(contents)

    def journals(self) -> list[Path]:
        """Oldest first."""
        return list(installation.journals(self.root))

    def _context(self, warn: Callable[[str], None]) -> workflow.Context:
        environ = {"SYNCER_PASSWORD": PASSWORD, **PASSWORDS}
        return workflow.Context(
            start=self.root,
            upwards=False,
            server=None,
            environ=environ | ({"SYNCER_AGE_KEY_FILE": str(self.age.key_file)} if self.age else {}),
            now=lambda: datetime.now(UTC),
            random=secrets.token_bytes,
            clock=time.monotonic,
            progress=Silence(),
            warn=warn,
            timeout=10.0,
            reconnect_for=0.02,
        )

    def _apply(self, plan: Plan | None, trouble: Trouble, on_error: workflow.OnError) -> Ran:
        def use_case(context: workflow.Context, confirmed: workflow.Confirmed) -> Coroutine[Any, Any, Report | None]:
            wishes = workflow.Wishes(confirmed, on_error=on_error)
            return workflow.apply(context, plan, wishes, lambda _: True, lambda _: None)

        return self._run(use_case, trouble)

    def _recover(self, way: workflow.Way, trouble: Trouble) -> Ran:
        def use_case(context: workflow.Context, confirmed: workflow.Confirmed) -> Coroutine[Any, Any, Report | None]:
            talk = workflow.Talk(lambda _: way, lambda _: True, lambda _: None)
            return workflow.recover(context, None, workflow.Wishes(confirmed), talk)

        return self._run(use_case, trouble)

    def _run(self, use_case: Callable[..., Coroutine[Any, Any, Report | None]], trouble: Trouble) -> Ran:
        """As the command line does it; a guard that asks for a number is told it."""
        deletes = None
        for _ in range(2):
            ran = self._once(use_case, trouble, workflow.Confirmed(deletes=deletes, unverified_wire=True))
            if ran.code != 4 or "--confirm-deletes " not in ran.text:
                break
            deletes = int(ran.text.split("--confirm-deletes ")[1].split()[0])
        return ran

    def _once(self, use_case: Callable[..., Any], trouble: Trouble, confirmed: workflow.Confirmed) -> Ran:
        told: list[str] = []
        trouble.service = self.served.service
        self.served.faults.watch = trouble
        try:
            with _mortal(trouble):
                report = asyncio.run(use_case(self._context(told.append), confirmed))
        except SyncerError as exc:
            return Ran(-9 if trouble.is_dead else exc.exit_code, "\n".join([*told, str(exc)]))
        except Crash:
            return Ran(-9, "killed")
        finally:
            self.served.settle()
            self.served.faults.watch = lambda call, handle: handle(call)
        if trouble.is_dead:
            return Ran(-9, "killed")
        if report is None:
            return Ran(0, "Nothing to recover.")
        outcomes = [f"{o.address}: {o.result} {o.reason}" for o in report.outcomes]
        return Ran(writing._exit_code(report), "\n".join([*told, writing._ending(report), *outcomes]), report)


def _scratch() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # where fsync costs nothing


@contextmanager
def _mortal(trouble: Trouble) -> Iterator[None]:
    """Who is dead writes no journal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applying, "_PATIENCE", 0.02)  # for writes that may be on their way: here none is
        for name in ("append", "sync"):
            patch.setattr(JournalFile, name, _unless_dead(getattr(JournalFile, name), trouble))
        yield


def _unless_dead(method: Callable[..., None], trouble: Trouble) -> Callable[..., None]:
    def called(*args: Any) -> None:
        if trouble.is_dead:
            raise Crash
        method(*args)

    return called


def _history(path: Path | None) -> History | None:
    if path is None:
        return None
    history = read_journal(path)
    return history if history.begun else None


def _touched(history: History) -> Iterator[Key]:
    for number in history.begun:
        change = history.plan.changes[number]
        yield key_of(change.address)
        if change.former:
            yield key_of(change.former)


def _by_any_name(keys: set[Key], history: History) -> Iterator[Key]:
    """What a change renames is edited under either name."""
    yield from keys
    for change in history.plan.changes:
        both = {key_of(change.address), key_of(change.former or change.address)}
        if both & keys:
            yield from both


def _not_rolled_back(report: Report | None) -> set[Key]:
    """As it says itself."""
    return {key_of(one.address) for one in report.outcomes if "not rolled back" in one.reason} if report else set()


def _told(history: History) -> Iterator[Key]:
    """Of which the journal knows how they were left."""
    last = {one.change: one for one in history.entries if hasattr(one, "change")}
    for number, one in last.items():
        if isinstance(one, Ended) and one.state is not None:
            yield key_of(history.plan.changes[number].address)


def _but_references(found: list[Any] | None) -> Any:
    """What an object holds itself: names of categories change by themselves."""
    return found and [fields for fields, _ in found]


def _but_defaults(after: Contents, before: Contents, expected: Contents) -> Contents:
    """A service may give what is new fields that nobody knows."""

    def cleared(key: Key, fields: dict[str, Any]) -> dict[str, Any]:
        meant = expected.get(key, [[{}, []]])[0][0]
        return {n: value for n, value in fields.items() if n != "xforced" or key in before or n in meant}

    return {key: [[cleared(key, fields), named] for fields, named in things] for key, things in after.items()}


def _things(store: Store) -> list[Any]:
    """All that is there with its ids, which what was made again has new."""
    return [[domain, store.categories(domain.id), store.configs(domain.id)] for domain in store.domains()]


def _fill(store: Store) -> None:
    home = store.instance.id
    keeper = store.add_category(home, "keeper", extra={"xcolour": 1})
    store.add_config(home, {"type": "NTP", "desc": "keeper", "ntp1": "keeper", "xnote": {"a": [1, None]}}, [keeper])
    red = store.add_category(home, "red", extra={"xcolour": "red"})
    store.add_config(home, {"type": "MEDIA", "desc": "one", "turnPassword": "correct-horse", "xnote": 1}, [red])
    store.add_config(home, {"type": "PHONE", "desc": "one", "gk1": "172.16.0.1", "xnote": [1]}, [])


def _edit(store: Store, kind: str, desc: str, fields: dict[str, Any], how: str) -> None:
    home = store.instance.id
    plain = {name: PASSWORDS[value] if name == SECRET else value for name, value in fields.items()}
    there = [c for c in store.configs(home) if (c.fields["type"], c.fields.get("desc")) == (kind, desc)]
    if not there:
        if how == "add":
            store.add_config(home, {"type": kind, "desc": desc, **plain, "xnote": "theirs"}, [])
        return
    if how == "delete":
        store.delete_config(there[0].id)
    elif how == "unknown":
        store.update_config(there[0].id, {"xnote": secrets.token_hex(2)})
    elif how == "set":
        store.update_config(there[0].id, plain)


def _edit_category(store: Store, name: str) -> None:
    home = store.instance.id
    there = [one for one in store.categories(home) if one.name == name]
    if there:
        store.update_category(there[0].id, {"xcolour": secrets.token_hex(2)})
    else:
        store.add_category(home, name, extra={"xcolour": "theirs"})


Syncer.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    derandomize=True,  # `python -m tests.reliability.test_stateful` looks for what nobody saw yet
    phases=(Phase.explicit, Phase.generate),
)
TestSyncer = Syncer.TestCase


if __name__ == "__main__":
    warnings.simplefilter("error")
    until = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else "600")
    rounds = 0
    while time.monotonic() < until:
        run_state_machine_as_test(
            Syncer,
            settings=settings(
                Syncer.TestCase.settings,
                max_examples=100,
                stateful_step_count=25,
                database=None,
                derandomize=False,
                phases=tuple(Phase),
            ),
        )
        rounds += 1
        seen = ", ".join(f"{what} {times}" for what, times in sorted(COUNTS.items()))
        print(f"{rounds * 100} examples of at most 25 steps: {seen}", file=sys.stderr)
