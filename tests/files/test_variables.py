"""Variables: what they stand for, where that was said, and what they cannot be."""

from functools import partial
from typing import Any

import pytest

from syncer.errors import Place
from syncer.files import load
from syncer.files.variables import Room
from syncer.model.state import Entry
from syncer.model.values import Secret
from tests.files.conftest import Repository

DOCUMENT = "domain: example.com\nvars: {}\nconfigs:\n  - {}\n"


def config(repository: Repository, variables: str, entry: str, **environ: str) -> Entry:
    """A config on line 4 of a domain document with `vars` on line 2."""
    repository.write("domains/a.yaml", DOCUMENT.format(variables, entry))
    (found,) = repository.load(environ).domains[0].configs or ()
    return found


def problems(repository: Repository, variables: str, entry: str = "{type: NTP, categories: []}") -> list[str]:
    """What is told of the same."""
    repository.write("domains/a.yaml", DOCUMENT.format(variables, entry))
    return repository.problems()


def phone(fields: str) -> str:
    return f"{{type: PHONE, categories: [], {fields}}}"


@pytest.mark.parametrize(
    "variables, fields, name, value",
    [
        ("{a: pbx}", "gk1: '${vars.a}'", "gk1", "pbx"),
        ("{a: pbx, b: com}", "gk1: '${vars.a}.example.${vars.b}:1'", "gk1", "pbx.example.com:1"),
        ("{}", "gk1: 'pbx.${domain.name}'", "gk1", "pbx.example.com"),
        ("{}", "gk1: '${domain.name}'", "gk1", "example.com"),
        ("{a: 20}", "frameSize: '${vars.a}'", "frameSize", 20),
        ("{a: true}", "exclusive: '${vars.a}'", "exclusive", True),
        ("{a: null}", "gk1: '${vars.a}'", "gk1", None),
        ("{a: 3, b: true, c: 1.5}", "gk1: '${vars.a}-${vars.b}-${vars.c}'", "gk1", "3-true-1.5"),
        ("{a: GERMANY}", "dialTone: '${vars.a}'", "dialTone", 15),
        ("{a: GER}", "dialTone: '${vars.a}MANY'", "dialTone", 15),
        ("{a: '${vars.b}', b: '${vars.c}x', c: y}", "gk1: '${vars.a}'", "gk1", "yx"),
        ("{a: '$${vars.b}'}", "gk1: '${vars.a}'", "gk1", "${vars.b}"),
        ("{a: x}", "gk1: '$${vars.a}'", "gk1", "${vars.a}"),
        ("{a: x}", "gk1: '$$${vars.a}$'", "gk1", "$${vars.a}$"),
        ("{a-b_2: x}", "gk1: '${vars.a-b_2}'", "gk1", "x"),
        ("{a: x}", 'gk1: "\\x24{vars.a}"', "gk1", "x"),
    ],
)
def test_what_a_variable_stands_for(repository: Repository, variables: str, fields: str, name: str, value: Any) -> None:
    assert config(repository, variables, phone(fields)).fields[name] == value


def test_they_may_stand_in_any_text(repository: Repository) -> None:
    found = config(
        repository,
        "{t: NTP, d: time, c: [A, B], i: [tz], s: present, x: [1, null]}",
        "{type: '${vars.t}', desc: 'our ${vars.d}', categories: '${vars.c}', ignore: '${vars.i}', state: '${vars.s}',"
        " renamed_from: 'the ${vars.d}', extra: {a: {b: ['${vars.x}', '${domain.name}']}, '$${c}': 1}}",
    )

    assert str(found.address) == "config[example.com/NTP/our time]"
    assert (found.categories, set(found.ignore)) == (("A", "B"), {"tz"})
    assert (found.renamed_from, found.extra) == ("the time", {"a": {"b": [[1, None], "example.com"]}, "${c}": 1})


def test_they_may_stand_in_what_is_said_of_the_domain_and_its_categories(repository: Repository) -> None:
    repository.write(
        "domains/a.yaml",
        "domain: x\nvars: {yes: true, site: HQ}\ndeployAdminPasswords: ${vars.yes}\n"
        "categories: [{name: 'Phones ${vars.site}', config: '${vars.yes}'}]",
    )

    (domain,) = repository.load().domains

    assert domain.entry.fields == {"deployAdminPasswords": True}
    assert [(c.address.name, c.fields) for c in domain.categories or ()] == [("Phones HQ", {"config": True})]


def test_a_reference_to_a_secret_may_use_them(repository: Repository) -> None:
    found = config(
        repository, "{site: HQ}", "{type: MEDIA, categories: [], turnPassword: {env: 'TURN_${vars.site}'}}", TURN_HQ="s"
    )

    assert found.fields == {"turnPassword": Secret("s")}


def test_what_a_file_holds_is_taken_to_the_letter(repository: Repository) -> None:
    repository.write("domains/a.txt", "${vars.a} $${b}")

    assert config(repository, "{a: a}", "{type: EXPERT, categories: [], script: {file: '${vars.a}.txt'}}").fields == {
        "script": "${vars.a} $${b}"
    }


def test_the_place_of_a_whole_value_is_that_of_the_variable(repository: Repository) -> None:
    """It is there that somebody who wants another value has to write."""
    found = config(
        repository,
        "{a: '${vars.b}', b: pbx, c: [A]}",
        "{type: PHONE, categories: '${vars.c}', gk1: '${vars.a}', gk2: 'x${vars.b}', gkId: y, extra: {z: '${vars.b}'}}",
    )

    assert found.place_of("gk1") == Place("domains/a.yaml", 2, 27)
    assert found.place_of("extra", "z") == Place("domains/a.yaml", 2, 27)
    assert found.place_of("categories") == Place("domains/a.yaml", 2, 35)
    assert {found.place_of("gk2"), found.place_of("gkId"), found.place_of("coder")} == {found.place}


def test_a_domains_own_go_before_those_of_baselines(repository: Repository) -> None:
    entry = "configs: [{type: NTP, desc: '${domain.name}', categories: [], ntp1: '${vars.a}', ntp2: '${vars.b}'}]"
    repository.write("domains/b.yaml", f"baseline: b\ndomains: ['*']\nvars: {{a: 1.1.1.1, b: 'x${{vars.a}}'}}\n{entry}")
    repository.write("domains/c.yaml", "domain: c\nvars: {a: 2.2.2.2}\n---\ndomain: d\n---\ndomain: c\nvars: {c: 1}")

    told = {config.address: config.fields for domain in repository.load().domains for config in domain.configs or ()}

    assert {str(address): fields for address, fields in told.items()} == {
        "config[c/NTP/c]": {"ntp1": "2.2.2.2", "ntp2": "x2.2.2.2"},
        "config[d/NTP/d]": {"ntp1": "1.1.1.1", "ntp2": "x1.1.1.1"},
    }


@pytest.mark.parametrize(
    "variables, told",
    [
        ("", "1: nothing stands after vars; write NAME: VALUE below it, or leave it out"),
        ("[a]", "7: vars is a list, not a mapping; write NAME: VALUE below it, or leave it out"),
        (
            "{1a: b}",
            "8: 1a cannot be the name of a variable; begin with a letter or _, go on with letters, digits, _ and -",
        ),
        ("{a: {env: X}}", "11: vars.a is a mapping; a variable is a text, a number, true, false or a list"),
        ("{a: [{b: c}]}", "12: an item of vars.a is a mapping; write texts or numbers"),
        ("{a: [[b]]}", "12: an item of vars.a is a list; write texts or numbers"),
        ("{b: [b], c: ['${vars.b}']}", "20: a list inside a list; write c: ${vars.…} without the list around it"),
        ("{a: '${vars.b}'}", "11: unknown variable vars.b; add it to the domain's vars"),
        (
            "{gatekeeper: a, b: '${vars.gatekeper}'}",
            "26: unknown variable vars.gatekeper; did you mean vars.gatekeeper?",
        ),
        ("{a: '${vars.a}'}", "11: vars.a leads back to itself: vars.a → vars.a; give one of them a value"),
        (
            "{x: '${vars.a}', a: 'b${vars.b}', b: ['${vars.c}'], c: '${vars.a}'}",
            "27: vars.a leads back to itself: vars.a → vars.b → vars.c → vars.a; give one of them a value",
        ),
        ("{a: 2024-01-01}", "11: YAML reads this as a date; put it in quotes"),
        ("{a: b, a: c}", "14: the same key twice in one mapping; keep one of them"),
    ],
)
def test_a_mistake_in_variables_is_told_once(repository: Repository, variables: str, told: str) -> None:
    """Whether anything uses them or not."""
    for entry in ("{type: NTP, categories: []}", "{type: NTP, categories: [], ntp1: '${vars.a}'}"):
        if "ntp1" not in entry or variables.startswith("{a"):
            assert problems(repository, variables, entry) == [f"domains/a.yaml:2:{told}"]


NO_NAME = "${ begins a variable, but what follows names none"
HINT = "write ${vars.NAME} or ${domain.name}, or $${ for a literal ${"
ELSE = "Else write $${ for a literal ${"
INSIDE = "which cannot stand inside a text; use it as the whole value, or give it a text"


@pytest.mark.parametrize(
    "value, told",
    [
        ("${vars.b}", "unknown variable vars.b; add it to the domain's vars"),
        ("${vars.sit}", "unknown variable vars.sit; did you mean vars.site?"),
        ("${vars.b}${vars.sit}", "unknown variable vars.b; add it to the domain's vars"),
        ("${domain.nmae}", f"{NO_NAME}; did you mean ${{domain.name}}? {ELSE}"),
        ("${site}", f"{NO_NAME}; did you mean ${{vars.site}}? {ELSE}"),
        ("${ vars.site }", f"{NO_NAME}; did you mean ${{vars.site}}? {ELSE}"),
        ("${}", f"{NO_NAME}; {HINT}"),
        ("${PATH}", f"{NO_NAME}; {HINT}"),
        ("a${vars.site", f"a ${{ that is never closed; {HINT}"),
        ("${vars.${vars.site}}", f"a ${{ that is never closed; {HINT}"),
        ("x${vars.list}", f"vars.list is a list, {INSIDE}"),
        ("x${vars.none}", f"vars.none is nothing, {INSIDE}"),
    ],
)
def test_a_mistake_in_the_use_of_one(repository: Repository, value: str, told: str) -> None:
    found = problems(repository, "{site: HQ, list: [a], none: null}", f"{{type: NTP, categories: [], ntp1: '{value}'}}")

    assert found[0] == f"domains/a.yaml:4:39: {told}"


def test_a_key_is_no_place_for_one(repository: Repository) -> None:
    assert problems(repository, "{a: b}", "{type: NTP, categories: [], extra: {'${vars.a}': 1}}") == [
        "domains/a.yaml:4:41: no variable can stand in a key; write it out, or $${ for a literal ${"
    ]


def test_nor_is_the_name_of_a_domain(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: ${vars.a}\nvars: {a: b}\n---\ndomain: $${b}")

    assert repository.problems() == [
        "domains/a.yaml:1:9: no variable can stand in a domain's name; write it out, or $${ for a literal ${"
    ]
    repository.write("domains/a.yaml", "domain: $${b}")
    assert repository.load().domains[0].name == "${b}"


def test_a_wrong_value_is_told_where_it_was_said(repository: Repository) -> None:
    assert problems(repository, "{coder: OPUS}", phone("coder: '${vars.coder}'")) == [
        "domains/a.yaml:2:15: coder: OPUS is not one of G711A, G711u, G722, OPUS-NB, OPUS-WB; did you mean OPUS-WB?"
    ]
    assert problems(repository, "{coder: OPUS}", phone("coder: '${vars.coder}-XB'")) == [
        "domains/a.yaml:4:42: coder: OPUS-XB is not one of G711A, G711u, G722, OPUS-NB, OPUS-WB; did you mean OPUS-WB?"
    ]


def test_a_literal_secret_is_refused_and_never_shown(repository: Repository) -> None:
    entry = "{type: MEDIA, categories: [], turnPassword: '${vars.pw}'}"

    (told,) = problems(repository, "{pw: hunter2}", entry)

    assert told.startswith("domains/a.yaml:2:12: turnPassword is written out, which a secret must never be; write ")
    assert "hunter2" not in told
    assert "hunter2" not in "".join(problems(repository, "{}", entry.replace("vars.pw", "hunter2")))


def test_documents_of_one_domain_may_not_contradict_each_other(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: x\nvars: {a: 1, b: 2}\n---\ndomain: x\nvars: {a: true, b: 2}")

    assert repository.problems() == [
        "domains/a.yaml:5:11: vars.a is not what domains/a.yaml:2:11 says; say it once, or the same twice"
    ]


def test_baselines_may_contradict_each_other_only_where_the_domain_decides(repository: Repository) -> None:
    for name in ("b", "c"):
        repository.write(f"domains/{name}.yaml", f"baseline: {name}\ndomains: ['*']\nvars: {{site: {name}, same: 1}}")
    repository.write("domains/x.yaml", "domain: x\nvars: {site: x}\n---\ndomain: y\n---\ndomain: z")

    assert repository.problems() == [
        (
            "domains/c.yaml:3:14: vars.site is not what domains/b.yaml:3:14 says (for y, z); "
            "say in the domain's own vars which is meant"
        )
    ]


def test_domains_that_lack_a_variable_are_named(repository: Repository) -> None:
    repository.write(
        "domains/b.yaml", "baseline: b\ndomains: ['*']\nconfigs: [{type: NTP, categories: [], ntp1: '${vars.time}'}]"
    )
    repository.write("domains/x.yaml", "domain: a\nvars: {time: t}\n---\ndomain: b\nvars: {times: t}\n---\ndomain: c")

    assert repository.problems() == [
        "domains/b.yaml:3:45: unknown variable vars.time (for b); did you mean vars.times?",
        "domains/b.yaml:3:45: unknown variable vars.time (for c); add it to the domain's vars",
    ]


def test_no_text_grows_without_end(repository: Repository) -> None:
    doubled = ", ".join(f"v{i + 1}: '${{vars.v{i}}}${{vars.v{i}}}'" for i in range(40))

    (told,) = problems(repository, f"{{v0: abcdefgh, {doubled}}}")

    assert told.endswith(": variables make more than 1048576 characters of this; use fewer of them")


def test_many_texts_do_not_grow_without_end(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "Room", partial(Room, 50))
    for name in ("a", "b", "c"):
        entries = "".join(f"  - {{type: NTP, desc: '{n} ${{vars.x}}', categories: []}}\n" for n in range(4))
        repository.write(f"domains/{name}.yaml", f"domain: {name}\nvars: {{x: abc}}\nconfigs:\n{entries}")

    (told,) = repository.problems()

    assert told == (
        "domains/c.yaml:6:23: variables make more than 268435456 characters of these files; use fewer of them"
    )


@pytest.mark.parametrize("order", [1, -1])
def test_no_chain_is_followed_without_end(repository: Repository, order: int) -> None:
    chain = [f"v{i}: '${{vars.v{i + 1}}}'" for i in range(3000)][::order]

    found = problems(repository, f"{{{', '.join(chain)}, v3000: x}}")

    assert len(found) >= 1
    assert all(told.endswith("variables lead through more than 50 others; say the value itself") for told in found)
