"""What the words of a wire profile tell before anything is sent."""

import pytest

from syncer.learn.plausible import misplaced, speaks_of_its_kind
from tests.learn.vocabularies import VOCABULARIES, profile_of


@pytest.mark.parametrize("name", VOCABULARIES)
def test_real_vocabularies_speak_of_what_they_are_about(name: str) -> None:
    for operation, one in profile_of(name).operations.items():
        assert list(misplaced(operation, one.request)) == []
        assert speaks_of_its_kind(operation, one.request) or operation == "send_value", operation


@pytest.mark.parametrize(
    "operation, mt",
    [
        ("delete_config", "DeleteCategory"),
        ("delete_category", "DeleteDomain"),
        ("update_category", "Set"),
        ("delete_config", "X7"),
    ],
)
def test_words_about_another_kind_or_none(operation: str, mt: str) -> None:
    assert not speaks_of_its_kind(operation, {"mt": mt, "id": "$id"})


def test_a_word_beside_the_name_counts() -> None:
    assert speaks_of_its_kind("delete_config", {"mt": "Do", "what": "config", "id": "$id"})
    assert not speaks_of_its_kind("delete_config", {"mt": "DeleteConfig", "what": "domain", "id": "$id"})


def test_the_nearest_key_tells_whose_id_it_is() -> None:
    request = {"mt": "X", "domain": {"config": "$id"}, "config": {"domainId": "$domain_id"}}
    assert list(misplaced("delete_config", request)) == []
    swapped = {"mt": "X", "domain": {"id": "$id"}, "config": {"id": "$domain_id"}}
    assert list(misplaced("delete_config", swapped)) == [
        "delete_config puts $id at domain/id, which speaks of a domain",
        "delete_config puts $domain_id at config/id, which speaks of a config",
    ]


@pytest.mark.parametrize(
    "operation, request_, where",
    [
        ("create_category", {"mt": "X", "domainId": 2}, "2 at domainId"),
        ("create_config", {"mt": "X", "domain": {"id": 2}}, "2 at domain/id"),
        ("create_config", {"mt": "X", "in_domain": 2}, "2 at in_domain"),
        ("create_config", {"mt": "X", "config": {"categories": [{"id": 3}]}}, "3 at config/categories/0/id"),
        ("create_config", {"mt": "X", "categories": [3]}, ""),
        ("update_config", {"mt": "X", "id": 4, "number": "$id"}, "4 at id"),
        ("delete_category", {"mt": "X", "categoryId": 4}, "4 at categoryId"),
        ("create_config", {"mt": "X", "id": 4}, ""),  # it has none yet, so it says something else
        ("create_category", {"mt": "X", "domainId": 0}, ""),  # is no object's
        ("create_config", {"mt": "X", "domainFlags": 3, "version": 13, "mode": "id"}, ""),
    ],
)
def test_ids_that_are_always_the_same(operation: str, request_: dict[str, object], where: str) -> None:
    told = [f"{operation} puts {where}, always the same id, whichever object is meant"] if where else []
    assert list(misplaced(operation, request_)) == told
