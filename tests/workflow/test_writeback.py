"""What becomes of the files of a rich repository when something changes on the server, case by case."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.errors import SyncerError
from syncer.model.state import Live, LiveDomain, LiveObject
from syncer.model.values import Secret
from syncer.workflow.planning import load_files
from tests.files.conftest import SETTINGS
from tests.workflow.test_writeback_law import as_live, context, repository, rich, write_back

Change = Callable[[LiveObject], LiveObject | None]


class Bench:
    """A rich repository, and what an apply of it has made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ = rich(root)
        self.live = as_live(load_files(context(root, self.environ), repository(root)))
        self.notes: list[str] = []

    def change(self, domain: str, name: str, change: Change) -> None:
        """Change the configs of that desc, or take them away."""
        self.live = tuple(one if one.name != domain else _changed(one, name, change) for one in self.live)

    def write_back(self) -> None:
        """Bring the files to what is live."""
        self.notes, _ = write_back(self.root, self.environ, Live(self.live))

    def text(self, name: str) -> str:
        """A file of domains/."""
        return (self.root / "domains" / name).read_text("utf-8")


def _changed(domain: LiveDomain, name: str, change: Change) -> LiveDomain:
    changed = [change(one) if one.address.name == name else one for one in domain.configs]
    return replace(domain, configs=tuple(one for one in changed if one is not None))


def _with(**fields: object) -> Change:
    def change(live: LiveObject) -> LiveObject:
        given = {name: value for name, value in {**live.fields, **fields}.items() if value is not None}
        return replace(live, fields=given)

    return change


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Nothing has changed yet."""
    return Bench(tmp_path)


def test_what_a_baseline_says_is_overridden_for_one_domain(bench: Bench) -> None:
    before = bench.text("baseline.yaml").partition("---")[0]
    bench.change("a.example.com", "HQ phones", _with(coder="G722", dialTone=None, gk1="10.0.0.1"))

    bench.write_back()

    assert "  - type: PHONE\n    desc: HQ phones\n    gk1: 10.0.0.1\n    coder: G722\n" in bench.text("own.yaml")
    assert bench.text("baseline.yaml").partition("---")[0] == before


def test_an_unset_field_of_a_baseline_is_null(bench: Bench) -> None:
    bench.change("a.example.com", "HQ phones", _with(gkId=None))

    bench.write_back()

    assert "    desc: HQ phones\n    gkId: null\n" in bench.text("own.yaml")


def test_what_a_baseline_gives_and_is_gone_is_absent(bench: Bench) -> None:
    bench.change("b.example.com", "time", lambda _: None)
    bench.change("b.example.com", "HQ phones", lambda _: None)

    bench.write_back()

    text = bench.text("baseline.yaml")
    assert "  - type: NTP\n    desc: time\n    state: absent\n" in text
    assert "  - type: PHONE\n    desc: HQ phones\n    state: absent\n" in text


def test_an_anchor_that_goes_is_written_out_where_it_was_used(bench: Bench) -> None:
    bench.change("a.example.com", "hq phones", lambda _: None)

    bench.write_back()

    text = bench.text("own.yaml")
    assert "&" not in text
    assert "<<" not in text
    assert 'desc: "*"\n    categories:\n      - Phones HQ\n      - phones hq\n    gk1: 10.1.1.1\n' in text


def test_what_an_anchor_lends_stays_what_it_was(bench: Bench) -> None:
    bench.change("a.example.com", "hq phones", _with(gk1="10.2.2.2"))

    bench.write_back()

    text = bench.text("own.yaml")
    assert "    gk1: 10.2.2.2  # c35c\n    gk2: 10.1.1.1\n" in text
    assert 'desc: "*"\n    gk1: 10.1.1.1\n' in text


def test_a_script_in_a_file_of_its_own_changes_there(bench: Bench) -> None:
    bench.change("a.example.com", "", lambda one: _with(script="new\n")(one) if one.address.type == "EXPERT" else one)

    bench.write_back()

    assert (bench.root / "scripts" / "own.txt").read_text() == "new\n"


def test_a_script_that_is_shared_gets_a_file_of_its_own(bench: Bench) -> None:
    bench.change("a.example.com", "shared 2", _with(script="new\n"))

    bench.write_back()

    assert (bench.root / "scripts" / "shared.txt").read_text() == "shared\n"
    assert (bench.root / "domains" / "scripts" / "own" / "shared-2.txt").read_text() == "new\n"
    assert "desc: shared 2, categories: [], script: {file: scripts/own/shared-2.txt}}  # c45c" in bench.text("own.yaml")


def _with_file(root: Path, text: str) -> Bench:
    """A bench with one more file, of the domain `x.net`."""
    bench = Bench(root)
    (root / "domains" / "more.yaml").write_text(f"domain: x.net\n{text}", "utf-8")
    bench.live = as_live(load_files(context(root, bench.environ), repository(root)))
    return bench


def test_a_script_that_a_variable_names_changes_in_its_file(tmp_path: Path) -> None:
    entry = "configs: [{type: EXPERT, desc: x, categories: [], script: {file: '../mine/${vars.s}.txt'}}]\n"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("old\n")
    bench = _with_file(tmp_path, "vars: {s: a}\n" + entry)
    bench.change("x.net", "x", _with(script="new\n"))

    bench.write_back()

    assert [(path.name, path.read_text()) for path in (tmp_path / "mine").iterdir()] == [("a.txt", "new\n")]


def test_a_script_that_a_variable_names_too_is_shared(tmp_path: Path) -> None:
    bench = _with_file(
        tmp_path,
        "vars: {s: own}\nconfigs:\n"
        "  - {type: EXPERT, desc: x, categories: [], script: {file: '../scripts/${vars.s}.txt'}}\n",
    )
    bench.change("a.example.com", "", lambda one: _with(script="new\n")(one) if one.address.type == "EXPERT" else one)

    bench.write_back()

    assert (tmp_path / "scripts" / "own.txt").read_text() == "own\n"


def test_a_script_that_another_server_has_too_is_shared(bench: Bench) -> None:
    settings = SETTINGS + "  other: {url: 'emulator:.syncer/o.sqlite', files: [others]}\n"
    (bench.root / "syncer.yaml").write_text(settings.replace("files: [domains]\n", "", 1) + "files: [domains]\n")
    (bench.root / "others").mkdir()
    entry = "configs: [{type: EXPERT, categories: [], script: {file: ../scripts/own.txt}}]\n"
    (bench.root / "others" / "a.yaml").write_text(f"domain: other.net\n{entry}")
    bench.change("a.example.com", "", lambda one: _with(script="new\n")(one) if one.address.type == "EXPERT" else one)

    bench.write_back()

    assert (bench.root / "scripts" / "own.txt").read_text() == "own\n"


def test_a_name_with_what_looks_like_a_variable(tmp_path: Path) -> None:
    bench = _with_file(
        tmp_path,
        "configs: [{type: NTP, desc: '$${x}', ntp1: a}]\n---\nbaseline: net\ndomains: [x.net]\n"
        "configs: [{type: NTP, desc: '$${x}', categories: [], ntp2: b}]\n",
    )
    bench.change("x.net", "${x}", _with(ntp2=None))

    bench.write_back()

    assert '  - {type: NTP, desc: "$${x}", ntp1: a, ntp2: null}\n---' in bench.text("more.yaml")


def test_a_script_in_the_yaml_stays_there(bench: Bench) -> None:
    bench.change("a.example.com", "- [x]: y", _with(script="a\n" * 30))

    bench.write_back()

    assert "    # c42c\n    # c43c\n    script: |\n      a\n      a\n" in bench.text("own.yaml")


def test_a_comment_behind_a_value_that_gets_several_lines_goes_above_it(bench: Bench) -> None:
    bench.change("a.example.com", "time", _with(ntp1="two\nlines\n"))
    bench.write_back()
    assert "    # c64c\n    ntp1: |\n      two\n      lines\n" in bench.text("second.yaml")


def test_a_secret_is_told_and_stays(bench: Bench) -> None:
    bench.change("a.example.com", "a/b/c", _with(turnPassword=Secret("another")))

    bench.write_back()

    (note,) = bench.notes
    assert note.startswith("config[a.example.com/MEDIA/a/b/c]: turnPassword on the server is not what the files give")
    assert note.endswith("and is never written; set TURN to it")
    assert "another" not in bench.text("own.yaml")


def test_an_id_tells_a_rename(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.change("a.example.com", "shared", lambda one: replace(one, id=77))
    own = bench.root / "domains" / "own.yaml"
    own.write_text(own.read_text("utf-8").replace("desc: shared,", "id: 77, desc: shared,"), "utf-8")
    bench.change("a.example.com", "shared", lambda one: replace(one, address=replace(one.address, name="renamed")))

    bench.write_back()

    assert "  - {type: EXPERT, desc: renamed, categories: [], id: 77, script: {" in bench.text("own.yaml")


def test_two_with_one_address_get_their_ids(bench: Bench) -> None:
    twin = next(c for c in bench.live[1].configs if c.address.name == "shared")
    other = replace(twin, id=4711, fields={"script": "other\n"})
    bench.live = tuple(
        replace(one, configs=(*one.configs, other)) if one.name == "a.example.com" else one for one in bench.live
    )

    bench.write_back()

    text = bench.text("own.yaml")
    assert f"desc: shared, categories: [], id: {twin.id}," in text
    assert "    id: 4711\n    script: |\n      other\n" in text


def test_files_that_would_have_mistakes_are_not_written(bench: Bench) -> None:
    before = bench.text("own.yaml"), bench.text("baseline.yaml")
    bench.live = ()

    with pytest.raises(SyncerError) as caught:
        bench.write_back()

    assert str(caught.value).startswith("the files would have mistakes then, so nothing was written:\n")
    assert before == (bench.text("own.yaml"), bench.text("baseline.yaml"))
