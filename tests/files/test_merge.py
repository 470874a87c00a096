"""Several documents for one domain, and what only shows when all are seen."""

import pytest

from tests.files.conftest import Repository


def test_documents_of_one_domain_are_one(repository: Repository) -> None:
    repository.write(
        "domains/a.yaml",
        "domain: x\ndeployAdminPasswords: true\ncategories: [{name: A}]\nextra: {a: 1}\nignore: [a]\n",
    )
    repository.write(
        "domains/b.yaml",
        "domain: y\n---\ndomain: x\nid: 5\ncategories: [{name: B}]\nextra: {b: 2}\n"
        "configs: [{type: NTP, categories: [A, B]}]\n---\ndomain: x\ndeployAdminPasswords: true\n",
    )

    x, y = repository.load().domains

    assert (x.name, y.name) == ("x", "y")
    assert x.entry.fields == {"deployAdminPasswords": True}
    assert (x.entry.extra, set(x.entry.ignore), x.entry.id) == ({"a": 1, "b": 2}, {"a"}, 5)
    assert str(x.entry.place) == "domains/a.yaml:1:1"
    assert [entry.address.name for entry in x.categories or ()] == ["A", "B"]
    assert len(x.configs or ()) == 1


@pytest.mark.parametrize(
    "first, second, told",
    [
        ("deployAdminPasswords: true", "deployAdminPasswords: false", "23: deployAdminPasswords"),
        ("extra: {a: 1}", "extra: {a: 2}", "12: a"),
        ("renamed_from: a", "renamed_from: b", "15: renamed_from"),
        ("state: absent", "state: present", "8: state"),
    ],
)
def test_what_two_documents_say_differently(repository: Repository, first: str, second: str, told: str) -> None:
    repository.write("domains/a.yaml", f"domain: x\n{first}\n")
    repository.write("domains/b.yaml", f"domain: x\n{second}\n")

    column = told.partition(":")[0]
    assert repository.problems() == [
        f"domains/b.yaml:2:{told} is not what domains/a.yaml:2:{column} says; say it once, or the same twice"
    ]


def test_one_address_twice(repository: Repository) -> None:
    repository.write(
        "domains/a.yaml",
        "domain: x\ncategories:\n  - name: A\n  - name: A\nconfigs:\n  - {type: NTP, desc: t, categories: []}\n",
    )
    repository.write(
        "domains/b.yaml",
        "domain: x\nconfigs: [{type: NTP, desc: t, categories: [], id: 4}, {type: NTP, desc: t, state: absent}]\n",
    )

    hint = "remove one, or give each the id that it has on the server"
    assert repository.problems() == [
        f"domains/a.yaml:4:5: category[x/A] stands at domains/a.yaml:3:5 already; {hint}",
        f"domains/b.yaml:2:11: config[x/NTP/t] stands at domains/a.yaml:6:5 already; {hint}",
        f"domains/b.yaml:2:56: config[x/NTP/t] stands at domains/a.yaml:6:5 already; {hint}",
    ]


def test_one_address_twice_told_apart_by_ids(repository: Repository) -> None:
    configs = repository.configs(
        "domain: x\nconfigs:\n  - {type: NTP, categories: [], id: 1}\n  - {type: NTP, categories: [], id: 2}\n"
    )

    assert [entry.id for entry in configs] == [1, 2]


def test_one_id_twice(repository: Repository) -> None:
    repository.write(
        "domains/a.yaml",
        "domain: x\nconfigs:\n"
        + "".join(f"  - {{type: NTP, desc: t, categories: [], id: {number}}}\n" for number in (1, 2, 2)),
    )

    assert repository.problems() == [
        "domains/a.yaml:5:5: config[x/NTP/t] stands at domains/a.yaml:4:5 already; remove one, or correct its id"
    ]


def test_the_same_name_in_two_domains_is_fine(repository: Repository) -> None:
    repository.write(
        "domains/a.yaml",
        "".join(f"---\ndomain: {name}\nconfigs: [{{type: NTP, categories: []}}]\n" for name in ("x", "y")),
    )

    assert len(repository.load().domains) == 2


def test_two_domains_of_one_name(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: x\nid: 1\n---\ndomain: x\nid: 2\n---\ndomain: x\nid: 1\nconfigs: []\n")

    one, two = repository.load().domains

    assert (one.entry.id, one.configs) == (1, ())
    assert (two.entry.id, two.configs) == (2, None)


def test_two_domains_of_one_name_and_one_without_id(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: x\nid: 1\n---\ndomain: x\nid: 2\n---\ndomain: x\nconfigs: []\n")

    assert repository.problems() == ["domains/a.yaml:7:1: there are several domain[x]; say the id of this one too"]


CATEGORIES = (
    "domain: x\ncategories: [{name: Phones HQ}, {name: Old, state: absent}, {name: New, renamed_from: Former}]\n"
)


@pytest.mark.parametrize(
    "name, told",
    [
        ("Phones Hq", "unknown category Phones Hq; did you mean Phones HQ?"),
        ("Gateways", "unknown category Gateways; add it to the domain's categories"),
        ("Old", "the category Old is to be deleted (state: absent); name another, or keep it"),
        ("Former", "the category Former has a new name; write New"),
    ],
)
def test_a_category_that_is_not_there(repository: Repository, name: str, told: str) -> None:
    repository.write("domains/a.yaml", CATEGORIES)
    repository.write("domains/b.yaml", f"domain: x\nconfigs: [{{type: NTP, categories: [Phones HQ, {name}]}}]\n")

    assert repository.problems() == [f"domains/b.yaml:2:47: {told}"]


def test_without_the_key_any_category_may_be_named(repository: Repository) -> None:
    assert repository.config("type: NTP\ncategories: [Whatever]").categories == ("Whatever",)


def test_what_is_to_be_deleted_may_name_any_category(repository: Repository) -> None:
    repository.write(
        "domains/a.yaml", "domain: x\ncategories: []\nconfigs: [{type: NTP, categories: [A], state: absent}]"
    )

    assert repository.load().domains[0].categories == ()


def test_a_domain_that_is_to_be_deleted_holds_nothing(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: x\nstate: absent\ncategories: [{name: A, state: absent}, {name: B}]\n")

    what = "domain[x] is to be deleted, but domains/a.yaml:3:40 says that something stays in it"
    hint = "remove that, or mark it state: absent too"
    assert repository.problems() == [f"domains/a.yaml:1:1: {what}; {hint}"]


def test_ten_thousand_unknown_categories_are_told_quickly(repository: Repository) -> None:
    repository.write(
        "domains/a.yaml",
        "domain: x\ncategories:\n"
        + "".join(f"  - name: Category {n}\n" for n in range(500))
        + "configs:\n"
        + "".join(f"  - {{type: NTP, desc: '{n}', categories: [Katgory 1]}}\n" for n in range(5000)),
    )

    assert len(repository.problems()) == 5000
