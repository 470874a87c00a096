"""Baselines: which domains they are for, what is laid over them, and what cannot be."""

import json
from collections.abc import Container, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import Place
from syncer.model.address import Kind, category_address, config_address
from syncer.model.state import Entry
from syncer.model.values import Secret
from tests.files.conftest import Repository

BASELINE = """\
baseline: german sites
domains: ["*.customers.example.com", "!test.customers.example.com"]
configs:
  - {type: NTP, desc: time, categories: [], ntp1: ptbtime1.ptb.de, tz: CET-1CEST}
"""
BEFORE = "domains/b.yaml:3:14"
DOMAIN = "a.customers.example.com"


def one_domain(repository: Repository, baseline: str, document: str, **environ: str) -> tuple[Entry, ...]:
    """The configs of a domain, with what a baseline for it gives."""
    repository.write("domains/base.yaml", f"baseline: b\ndomains: ['*']\n{baseline}")
    repository.write("domains/z.yaml", f"domain: example.com\n{document}")
    return repository.load(environ).domains[0].configs or ()


def one_config(repository: Repository, under: str, over: str) -> Entry:
    """A domain's own entry, laid over that of a baseline."""
    (config,) = one_domain(repository, f"configs: [{{type: NTP, {under}}}]", f"configs: [{{type: NTP, {over}}}]")
    return config


def test_it_is_added_to_every_domain_that_it_is_for(repository: Repository) -> None:
    repository.write("domains/base.yaml", BASELINE)
    names = ["a.customers.example.com", "test.customers.example.com", "b.c.customers.example.com", "example.com"]
    repository.write("domains/all.yaml", "\n---\n".join(f"domain: {name}" for name in names))

    domains = {domain.name: domain for domain in repository.load().domains}

    assert list(domains) == names
    assert domains["example.com"].configs is None
    assert domains["test.customers.example.com"].configs is None
    assert [domains[name].configs for name in (DOMAIN, "b.c.customers.example.com")] == [
        (
            Entry(
                config_address(name, "NTP", "time"),
                Place("domains/base.yaml", 4, 5),
                {"ntp1": "ptbtime1.ptb.de", "tz": "CET-1CEST"},
                categories=(),
            ),
        )
        for name in (DOMAIN, "b.c.customers.example.com")
    ]


@pytest.mark.parametrize(
    "glob, matches",
    [
        ("?.customers.example.com", True),
        ("[a].customers.example.com", False),
        ("{a,b}.customers.example.com", False),
        ("A.customers.example.com", False),
        ("customers", False),
        ("*customers*", True),
    ],
)
def test_only_star_and_question_mark_are_special(repository: Repository, glob: str, matches: bool) -> None:
    repository.write("domains/base.yaml", BASELINE.replace('"*.customers.example.com"', f"x, '{glob}'"))
    repository.write("domains/a.yaml", f"domain: {DOMAIN}\n---\ndomain: x")

    assert (repository.load().domains[0].configs is not None) is matches


def test_it_makes_no_domain(repository: Repository) -> None:
    repository.write("domains/base.yaml", BASELINE)

    assert repository.problems() == [
        (
            "domains/base.yaml:2:10: the baseline is for no domain that the files name; "
            "correct its globs, or leave it out of these files"
        )
    ]


def test_what_is_missing_is_inherited_and_the_rest_overrides(repository: Repository) -> None:
    """null, "" and false are said; only what is left out is not."""
    phone = "  - {type: PHONE, desc: p, categories: [A], gk1: a, gk2: b, gkId: c, exclusive: true}\n"
    repository.write("domains/base.yaml", BASELINE + phone)
    own = "{type: PHONE, desc: p, gk1: null, gk2: '', exclusive: false, coder: G722}"
    repository.write("domains/a.yaml", f"domain: {DOMAIN}\ncategories: [{{name: A}}]\nconfigs: [{own}]")

    laid_over, ntp = repository.load().domains[0].configs or ()

    assert laid_over == Entry(
        config_address(DOMAIN, "PHONE", "p"),
        Place("domains/a.yaml", 3, 11),
        {"gk1": None, "gk2": None, "gkId": "c", "exclusive": None, "coder": "G722"},
        categories=("A",),
    )
    assert str(laid_over.place_of("gkId")) == "domains/base.yaml:5:67"
    assert str(laid_over.place_of("categories")) == "domains/base.yaml:5:40"
    assert laid_over.place_of("gk1") == laid_over.place
    assert (ntp.address.name, ntp.origins) == ("time", None)


def test_categories_may_be_said_by_either(repository: Repository) -> None:
    assert one_config(repository, "ntp1: a", "categories: [A]").categories == ("A",)
    assert one_config(repository, "categories: [A]", "ntp1: a").categories == ("A",)
    assert one_config(repository, "categories: [A]", "categories: []").categories == ()


def test_unknown_fields_are_laid_over_one_by_one_and_ignored_ones_are_united(repository: Repository) -> None:
    config = one_config(
        repository,
        "categories: [], extra: {a: 1, b: 2}, ignore: [ntp1, tz]",
        "extra: {b: null, c: 3}, ignore: [ntp2, tz]",
    )

    assert config.extra == {"a": 1, "b": None, "c": 3}
    assert config.ignore == {"ntp1", "ntp2", "tz"}
    assert str(config.place_of("extra", "a")) == "domains/base.yaml:3:50"
    assert config.place_of("extra", "b") == config.place


def test_categories_are_laid_over_too(repository: Repository) -> None:
    repository.write(
        "domains/base.yaml", "baseline: b\ndomains: [x]\ncategories: [{name: A, config: false}, {name: B}]"
    )
    repository.write("domains/x.yaml", "domain: x\ncategories: [{name: A, renamed_from: C}]")

    (domain,) = repository.load().domains

    assert [(c.address, dict(c.fields), c.renamed_from) for c in domain.categories or ()] == [
        (category_address("x", "A"), {"config": None}, "C"),
        (category_address("x", "B"), {}, None),
    ]


def test_a_domain_takes_out_what_a_baseline_gives(repository: Repository) -> None:
    config = one_config(repository, "categories: [], ntp1: a", "state: absent")

    assert (config.absent, config.fields, config.categories) == (True, {}, None)


def test_what_a_baseline_takes_out_stays_only_where_a_domain_says_so(repository: Repository) -> None:
    assert one_config(repository, "state: absent", "categories: [], state: present").absent is False

    repository.write("domains/z.yaml", "domain: example.com\nconfigs:\n  - {type: NTP, categories: []}")

    assert repository.problems() == [
        (
            "domains/z.yaml:3:5: domains/base.yaml:3:11 says state: absent of the same; "
            "write state: present here, or remove the entry"
        )
    ]


def test_a_domain_to_delete_inherits_nothing(repository: Repository) -> None:
    assert one_domain(repository, "configs: [{type: NTP, categories: []}]", "state: absent") == ()


def test_entries_that_ids_tell_apart_inherit_each(repository: Repository) -> None:
    under = "configs: [{type: NTP, categories: [], ntp1: a}]"

    configs = one_domain(repository, under, "configs: [{type: NTP, id: 3}, {type: NTP, id: 4, ntp1: b}]")

    assert [(c.id, c.fields["ntp1"]) for c in configs] == [(3, "a"), (4, "b")]


def test_what_only_baselines_name_is_not_all_that_there_is_to_be(repository: Repository) -> None:
    """Nothing is pruned for a key that only a baseline has."""
    repository.write("domains/base.yaml", BASELINE)
    repository.write("domains/a.yaml", f"domain: {DOMAIN}\n---\ndomain: b.customers.example.com\nconfigs: []")

    first, second = repository.load().domains

    assert [set(one.partial) for one in (first, second)] == [{Kind.CONFIG}, set()]
    assert [[kind for kind in Kind if one.manages(kind)] for one in (first, second)] == [[], [Kind.CONFIG]]
    assert len(second.configs or ()) == 1


def test_a_secret_and_a_script_are_beside_the_file_that_names_them(repository: Repository) -> None:
    repository.write("common/secret.txt", "hunter2\n")
    repository.write("common/base/a.txt", "mod cmd")
    repository.write(
        "common/base/b.yaml",
        "baseline: b\ndomains: ['*']\nconfigs:\n"
        "  - {type: EXPERT, categories: [], script: {file: a.txt}}\n"
        "  - {type: MEDIA, categories: [], turnServer: a, turnPassword: {file: ../secret.txt}}\n",
    )
    repository.write("domains/x.yaml", "domain: x\nconfigs: [{type: MEDIA, turnUser: b}]")
    repository.write(
        "syncer.yaml", (repository.root / "syncer.yaml").read_text().replace("[domains]", "[domains, common]")
    )

    media, expert = repository.load().domains[0].configs or ()

    assert expert.fields == {"script": "mod cmd"}
    assert media.fields == {"turnServer": "a", "turnUser": "b", "turnPassword": Secret("hunter2")}


@pytest.mark.parametrize(
    "text, told",
    [
        ("baseline: a", "1:1: the baseline does not say its domains; GLOBS"),
        ("baseline: a\ndomains:", "2:1: nothing stands after domains; GLOBS"),
        ("baseline: a\ndomains: []", "2:10: domains is empty; GLOBS"),
        ("baseline: a\ndomains: '*'", "2:10: domains is a text, not a list; GLOBS"),
        (
            "baseline: a\ndomains: ['!a', '!b*']",
            '2:10: domains has only exclusions, so it names none; put a glob before them, like "*"',
        ),
        ("baseline: a\ndomains: ['*', '!']", "2:16: an empty text is no glob; NAME"),
        ("baseline: a\ndomains: ['*', 5]", "2:16: a number is no glob; NAME"),
        ("baseline: a\ndomains: ['*', {a: b}]", "2:16: a mapping is no glob; NAME"),
        (
            "baseline: a\ndomains: ['${vars.x}']",
            "2:11: no variable can stand in a glob; write it out, or $${ for a literal ${",
        ),
        (
            "baseline: a\ndomains:\n  - !a",
            "3:5: a tag that syncer does not know; leave it out, or put a text in quotes",
        ),
        (
            "baseline:\ndomains: [x]",
            "1:1: nothing stands after baseline; give it a name that says what it is for",
        ),
        (
            "baseline: [a]\ndomains: [x]",
            "1:11: baseline is a list, not a name; give it a name that says what it is for",
        ),
        ("baseline: a\ndomains: [x]\nconfig: []", "3:1: unknown key config in a baseline; did you mean configs?"),
        (
            "baseline: a\ndomains: [x]\ndomain: x",
            "3:1: unknown key domain in a baseline; a document is a domain's or a baseline's; divide two with ---",
        ),
        (
            "baseline: a\ndomains: [x]\nextra: {}",
            "3:1: unknown key extra in a baseline; known here: baseline, domains, vars, categories, configs",
        ),
        (
            "baseline: a\ndomains: [x]\nconfigs:",
            "3:1: nothing stands after configs; write [] if there are to be none, or leave the key out",
        ),
        (
            "baseline: a\ndomains: [x]\ncategories: a",
            "3:13: categories is a text, not a list; begin each entry with a dash",
        ),
        (
            "baseline: a\ndomains: [x]\nconfigs: [a]",
            "3:11: an entry is a mapping, not a text; begin it with `type: `, as in `- type: PHONE`",
        ),
        ("baseline: a\ndomains: [x]\nconfigs: [{desc: a}]", "3:11: a config without a type; add type: one of TYPES"),
        ("baseline: a\ndomains: [x]\ncategories: [{config: true}]", "3:14: a category without a name; add name: LABEL"),
        (
            "baseline: a\ndomains: [x]\nconfigs: [{type: NTP, id: 3, categories: []}]",
            "3:23: an id in a baseline; an id is of one object: put it on the domain's own entry",
        ),
        (
            "baseline: a\ndomains: [x]\nconfigs: [{type: NTP}]",
            "3:11: a config must say its categories; name them, or write categories: [] for every device of the domain",
        ),
        (
            "baseline: a\ndomains: [x]\nconfigs: [{type: NTP, categories: [], tzz: x}]",
            "3:39: unknown field tzz; did you mean tz?",
        ),
        (
            "baseline: a\ndomains: [x]\ncategories: [{name: A}, {name: A}]",
            f"3:25: baselines give the category A twice: {BEFORE} does too (for x); take it out of one of them",
        ),
    ],
)
def test_a_mistake_in_a_baseline(repository: Repository, text: str, told: str) -> None:
    repository.write("domains/b.yaml", text)
    repository.write("domains/x.yaml", "domain: x")
    words = {
        "GLOBS": 'write globs, like domains: ["*.example.com", "!test.example.com"]',
        "NAME": "write the name of a domain, * for any text in it, ? for one character",
        "LABEL": "NAME",
        "TYPES": "ALARM_SERVER, EXPERT, FXS_PHONE, MEDIA, NTP, PHONE, TLS_PROFILE",
    }
    for short, meant in words.items():
        told = told.replace(short, meant)

    assert repository.problems() == [f"domains/b.yaml:{told}"]


def test_a_wrong_value_is_told_once_where_it_was_said(repository: Repository) -> None:
    """Not for each of the domains, nor where a domain lays something else over it."""
    repository.write("domains/base.yaml", BASELINE.replace("tz: CET-1CEST", "tz: 5"))
    domains = "\n---\n".join(f"domain: {i}.customers.example.com" for i in range(30))
    repository.write("domains/a.yaml", f"{domains}\nconfigs: [{{type: NTP, desc: time, ntp2: x}}]")

    assert repository.problems() == ["domains/base.yaml:4:72: tz is a number, not a text; put it in quotes"]


def test_no_load_grows_without_end(repository: Repository) -> None:
    """A baseline multiplies what aliases have multiplied before."""
    levels = "\n".join(f"      l{i + 1}: &l{i + 1} [{', '.join([f'*l{i}'] * 10)}]" for i in range(5))
    bomb = f"  - type: OTHER\n    categories: []\n    extra:\n      l0: &l0 ['${{domain.name}}']\n{levels}\n"
    repository.write("domains/base.yaml", f"baseline: b\ndomains: ['*']\nconfigs:\n{bomb}")
    repository.write("domains/a.yaml", "\n---\n".join(f"domain: d{i}" for i in range(100)))

    assert repository.problems() == [
        "domains/base.yaml:2:10: the baseline gives 100 domains 234571 values each, which is too much; divide it"
    ]


def test_no_glob_takes_for_ever(repository: Repository) -> None:
    repository.write("domains/base.yaml", BASELINE.replace('"*.customers.example.com"', f"'{'*a' * 40}b', x"))
    repository.write("domains/a.yaml", f"domain: {'a' * 4000}\n---\ndomain: x")

    assert [one.configs is None for one in repository.load().domains] == [True, False]


def test_two_baselines_that_give_one_address(repository: Repository) -> None:
    repository.write("domains/base.yaml", BASELINE)
    repository.write("domains/more.yaml", BASELINE.replace("german sites", "b").replace("ntp1", "ntp2"))
    domains = "\n---\n".join(f"domain: {i}.customers.example.com" for i in range(5))
    repository.write("domains/zz.yaml", domains)

    assert repository.problems() == [
        (
            "domains/more.yaml:4:5: baselines give the config NTP/time twice: domains/base.yaml:4:5 does too "
            "(for 0.customers.example.com, 1.customers.example.com, 2.customers.example.com and 2 more); "
            "exclude the domain from one"
        )
    ]


def test_categories_are_known_where_the_domain_names_them(repository: Repository) -> None:
    """Where it does not, they may be live; then a plan tells."""
    repository.write("domains/base.yaml", BASELINE.replace("categories: []", "categories: [Phons]"))
    named = f"domain: {DOMAIN}\ncategories: [{{name: Phones}}]"
    repository.write("domains/a.yaml", f"{named}\n---\ndomain: b.customers.example.com\n")

    assert repository.problems() == [
        f"domains/base.yaml:4:42: unknown category Phons (for {DOMAIN}); did you mean Phones?"
    ]


def test_a_baseline_gives_categories_to_refer_to(repository: Repository) -> None:
    repository.write("domains/base.yaml", BASELINE + "categories: [{name: A}]")
    repository.write("domains/a.yaml", f"domain: {DOMAIN}\ncategories: []\nconfigs: [{{type: PHONE, categories: [A]}}]")

    assert len(repository.load().domains[0].configs or ()) == 2


def test_what_breaks_off_is_not_missed_twice(repository: Repository) -> None:
    """Where a file could not be read, nothing is said of what may have stood in it."""
    repository.write("domains/base.yaml", BASELINE + "  - {type: PHONE")
    repository.write("domains/a.yaml", "domain: x\nconfigs: [{type: NTP, categories: [], ntp1: '${vars.x}'}]")

    assert repository.problems() == [
        "domains/base.yaml:5:5: a { that is not closed; close it, and put commas between its items"
    ]


def test_a_broken_rule_shows_only_when_both_are_together(repository: Repository) -> None:
    repository.write(
        "domains/base.yaml", "baseline: b\ndomains: [x]\nconfigs: [{type: MEDIA, categories: [], rtpFirst: 65000}]"
    )
    repository.write("domains/x.yaml", "domain: x\nconfigs: [{type: MEDIA, rtpNum: 1000}]")

    assert repository.problems() == [
        "domains/base.yaml:3:51: rtpFirst 65000 + rtpNum 1000 goes past port 65535 (for x); change one of them"
    ]


Fields = dict[str, str | None]
FIELDS = st.dictionaries(st.sampled_from(["ntp1", "ntp2", "tz"]), st.sampled_from(["a", "", None, "$${b}"]))
CONFIGS = st.dictionaries(st.sampled_from(["x", "y", "z"]), FIELDS, max_size=3)


def _written(configs: Mapping[str, Fields], inheriting: Container[str] = ()) -> str:
    """A list of NTP configs; those `inheriting` do not say their categories."""
    lines = []
    for name, fields in configs.items():
        categories: dict[str, list[str]] = {} if name in inheriting else {"categories": []}
        lines.append(f"  - {json.dumps({'type': 'NTP', 'desc': name, **categories, **fields})}\n")
    return f"configs:\n{''.join(lines)}" if lines else "configs: []\n"


@given(CONFIGS, CONFIGS, st.sampled_from(["a", "z"]))
def test_a_baseline_is_what_writing_it_out_would_be(
    tmp_path_factory: pytest.TempPathFactory, under: dict[str, Fields], over: dict[str, Fields], file: str
) -> None:
    """In whatever order the files come."""
    short, long = (Repository(tmp_path_factory.mktemp("law")) for _ in range(2))
    short.write(f"domains/{file}.yaml", f"baseline: b\ndomains: [x]\n{_written(under)}")
    short.write("domains/m.yaml", f"domain: x\n{_written(over, inheriting=under)}")
    whole = {name: under.get(name, {}) | over.get(name, {}) for name in {**under, **over}}
    long.write("domains/m.yaml", f"domain: x\n{_written(whole)}")

    assert _without_places(short) == _without_places(long)


def _without_places(repository: Repository) -> list[Entry]:
    configs = repository.load().domains[0].configs or ()
    return sorted((replace(one, place=Place("")) for one in configs), key=lambda one: one.address)
