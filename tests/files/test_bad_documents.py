"""Mistakes of whole documents and files: what a person reads, to the letter."""

from pathlib import Path

import pytest

from syncer.files import sources
from syncer.files.documents import parse
from tests.files.conftest import Repository

NOT_CLOSED = "a value is missing, or a bracket before it is not closed; close it, or write the value"
BLANK = "put a blank after the colon, as in `desc: text`, or a text of several lines in quotes"
STARRED = 'a text that begins with * or &, which mean something else in YAML; put it in quotes, like "*"'
OUT_OF_LINE = "something that does not fit the lines above; check the indentation, the quotes and the colons"


@pytest.mark.parametrize(
    "text, told",
    [
        ("- a", ["1:1: a document is a mapping, not a list; begin it with domain: NAME"]),
        ("just text", ["1:1: a document is a mapping, not a text; begin it with domain: NAME"]),
        ("configs: []", ["1:1: the document does not say its domain; begin it with domain: NAME"]),
        ("configs: [{type: NTP, categories: [], tz: 5}]", [
            "1:1: the document does not say its domain; begin it with domain: NAME",
            "1:43: tz is a number, not a text; put it in quotes",
        ]),
        ("domain:", ["1:1: nothing stands after domain; it is a text"]),
        ("domain: 12", ["1:9: domain is a number, not a text; put it in quotes"]),
        ("domain: ''", ["1:9: domain is empty; for example example.com"]),
        ("domain: x\nconfig: []", ["2:1: unknown field config; did you mean configs?"]),
        ("domain: x\nextra: {isInstanceDomain: true}", [
            "2:9: isInstanceDomain is known to syncer, so it cannot stand under extra; leave it out"
        ]),
        ("domain: x\nconfigs:", [
            "2:1: nothing stands after configs; write [] if there are to be none, or leave the key out"
        ]),
        ("domain: x\ncategories:", [
            "2:1: nothing stands after categories; write [] if there are to be none, or leave the key out"
        ]),
        ("domain: x\ncategories: {a: b}", ["2:13: categories is a mapping, not a list; begin each entry with a dash"]),
        ("domain: x\ncategories: [a]", [
            "2:14: an entry is a mapping, not a text; begin it with `name: `, as in `- name: Phones HQ`"
        ]),
        ("domain: x\ncategories: [{config: true}]", ["2:14: a category without a name; add name: NAME"]),
        ("domain: x\ncategories: [{name: a, conf: true}]", ["2:24: unknown field conf; did you mean config?"]),
        ("domain: x\ncategories: [{name: a, config: 1}]", ["2:32: config: 1 is not true or false"]),
        ("domain: x\ndeployAdminPasswords: yes", ["2:23: deployAdminPasswords: yes is not true or false; write true"]),
        ("domain: x\ndomain: y", ["2:1: the same key twice in one mapping; keep one of them"]),
        ("domain: x\n1: y", ["2:1: a key that is no text; put it in quotes"]),
        ("domain: x\n? [a]\n: y", ["2:3: a key that is no text; put it in quotes"]),
        ("domain: !!binary eA==", ["1:9: a tag that syncer does not know; leave it out, or put a text in quotes"]),
        ("domain: x\nconfigs: !!set {a}", [
            "2:10: a tag that syncer does not know; leave it out, or put a text in quotes",
            "2:10: configs is a mapping, not a list; begin each entry with a dash",
        ]),
        ("domain: x\nid: 0x_", ["2:5: a number that cannot be read; put it in quotes if it is a text"]),
        ("domain: x\n<<: a", ["2:5: << takes mappings only; name the anchor of one"]),
        # syntax
        ("domain: x\n\tconfigs: []", ["2:1: a tab where only spaces may stand; indent with spaces"]),
        ("domain: x\nconfigs: [\n", ["3:1: " + NOT_CLOSED]),
        ("domain: x\nconfigs: [a}", ["2:10: a [ that is not closed; close it, and put commas between its items"]),
        ("{domain: x", ["1:1: a { that is not closed; close it, and put commas between its items"]),
        ("domain: x\nconfigs: []\n  - a", ["3:3: " + OUT_OF_LINE]),
        ("domain: x\nfoo\nconfigs: []", [
            "2:1: a line without `key: value`; " + BLANK
        ]),
        ("baseline: x\ndomains: [*.example.com]", ["2:11: " + STARRED]),
        ("domain: x\nconfigs: &", ["2:10: " + STARRED]),
        ("domain: |x", [
            "1:9: a | or > with something behind it; begin the text on the next line, or put it in quotes"
        ]),
        ("domain: - x", [
            "1:9: a dash where no list can start; begin the list on the next line, or put a text in quotes"
        ]),
        ("domain: ? x", ["1:9: a question mark before a blank; put the text in quotes"]),
        ("domain: {a: b:c}", ["1:14: a colon in a text inside { } or [ ]; put the text in quotes"]),
        ('domain: "a\\qb"', ["1:11: a backslash that means nothing in double quotes; double it, or use single quotes"]),
        ("domain: a\0b", ["1:10: the control character U+0000; write it as an escape, like \"\\x07\""]),
        ("domain: 'a", ["1:9: a quote that is never closed; close it"]),
        ("%YAML 3.0\n---\ndomain: x", ["1:1: no YAML: found incompatible YAML document; correct the syntax"]),
    ],
)  # fmt: skip
def test_a_mistake_in_a_document(repository: Repository, text: str, told: list[str]) -> None:
    repository.write("domains/a.yaml", text)

    found = repository.problems()

    assert found == [f"domains/a.yaml:{one}" for one in told]


def test_no_utf8(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: x\ndesc: ü".encode("latin-1"))
    repository.write("domains/b.yaml", "domain: x".encode("utf-16"))

    assert repository.problems() == [
        "domains/a.yaml:2:7: no UTF-8 text; save it as UTF-8",
        "domains/b.yaml:1:1: no UTF-8 text; save it as UTF-8",
    ]


def test_too_large(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_YAML", 1024 * 1024)
    repository.write("domains/a.yaml", b"#" * (1024 * 1024 + 1))

    assert repository.problems() == ["domains/a.yaml: larger than 1 MiB; split it"]


def test_links(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = repository.root / "domains"
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x.yaml").write_text("domain: x")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "gone.yaml").symlink_to("nowhere.yaml")
    (folder / "out.yaml").symlink_to(outside / "x.yaml")
    (folder / "out").symlink_to(outside)

    assert repository.problems() == [
        "domains/gone.yaml: there is no such file; correct the name",
        "domains/loop.yaml: a symbolic link that leads back to itself; point it to a file",
        "domains/out: leads out of the repository; keep it inside",
        "domains/out.yaml: leads out of the repository; keep it inside",
    ]


def test_a_folder_named_like_a_file_is_a_folder(repository: Repository) -> None:
    repository.write("domains/a.yaml/b.yaml", "domain: x")

    assert repository.load().domains[0].name == "x"


@pytest.mark.parametrize("opening, levels", [("[", 100_000), ("{a: ", 20_000), ("- ", 5_000), ("? ", 5_000)])
def test_deep_nesting(repository: Repository, opening: str, levels: int) -> None:
    repository.write("domains/a.yaml", "domain: x\nextra: {a: 1}\n---\n" + opening * levels)

    (told,) = repository.problems()

    assert told.endswith(": nested more than 100 levels deep; flatten it")


def test_an_alias_bomb(repository: Repository) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    repository.write("domains/a.yaml", "\n".join(lines))

    told = "domains/a.yaml:6:45: aliases stand for more than 1000000 values; write them out"
    assert repository.problems() == [told]


def test_a_bomb_of_merges(repository: Repository) -> None:
    lines = ["a0: &a0 {k: {x: 1}}"]
    lines += [f"a{n}: &a{n} {{<<: *a{n - 1}, l{n}: *a{n - 1}, m{n}: *a{n - 1}}}" for n in range(1, 40)]
    repository.write("domains/a.yaml", "\n".join(lines))

    (told,) = repository.problems()

    assert "aliases stand for more than 1000000 values" in told


def test_an_alias_of_what_is_around_it(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: x\nextra: &a {b: *a}\n")

    told = "an alias without its anchor; name one that stands before it, or put the text in quotes"
    assert repository.problems() == [f"domains/a.yaml:2:15: {told}"]


def test_every_problem_of_every_file_in_one_run(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: x\nconfigs:\n  - {type: NTP, categories: [Phons], tz: 5}\n")
    repository.write("domains/b/b.yaml", "domain: x\ncategories: [{name: Phones}]\nconfgs: []\n")
    repository.write(
        "domains/c.yml",
        "domain: y\nconfigs:\n  - type: PHONE\n    categories: []\n    coder: X\n  - type: X\n\tdesc: x",
    )
    repository.write("domains/d.yaml", b"\xff")

    assert repository.problems() == [
        "domains/a.yaml:3:30: unknown category Phons; did you mean Phones?",
        "domains/a.yaml:3:42: tz is a number, not a text; put it in quotes",
        "domains/b/b.yaml:3:1: unknown field confgs; did you mean configs?",
        "domains/c.yml:5:12: coder: X is not one of G711A, G711u, G722, OPUS-NB, OPUS-WB",
        "domains/c.yml:7:1: a tab where only spaces may stand; indent with spaces",
        "domains/d.yaml:1:1: no UTF-8 text; save it as UTF-8",
    ]


def test_a_file_that_breaks_off_makes_no_category_unknown(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: x\ncategories:\n  - name: A\n  - name: 'B\n")
    repository.write("domains/b.yaml", "domain: x\nconfigs: [{type: NTP, categories: [B]}]\n")

    assert repository.problems() == ["domains/a.yaml:4:11: a quote that is never closed; close it"]


def test_an_unreadable_file(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    path = repository.write("domains/a.yaml", "domain: x")

    def refuse(self: Path, mode: str = "r") -> None:
        assert self == path
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    source = sources.Source(repository.root, path)

    assert source.read().documents == []
    assert list(map(str, source.problems)) == [
        "domains/a.yaml: cannot be read: Permission denied; check its permissions"
    ]


CHAIN = "".join(f"v{n}: &v{n} {'[' * 40}{f'*v{n - 1}' if n else 1}{']' * 40}\n" for n in range(60))


def test_aliases_nest_as_what_they_stand_for_does(repository: Repository) -> None:
    """Else a chain of them is deeper than whatever looks at it can follow."""
    repository.write("domains/a.yaml", CHAIN)

    assert "domains/a.yaml:3:49: nested more than 100 levels deep; flatten it" in repository.problems()
    assert repository.settings_problems(CHAIN) == ["syncer.yaml:3:49: nested more than 100 levels deep; flatten it"]


@pytest.mark.parametrize("levels, is_deep", [(50, False), (51, True)])
def test_as_deep_as_a_value_may_be(levels: int, is_deep: bool) -> None:
    parsed = parse(f"a: &a {'[' * 49}1{']' * 49}\nb: {'[' * levels}*a{']' * levels}\n")

    assert bool(parsed.mistakes) is is_deep
