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
