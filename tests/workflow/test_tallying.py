"""What became of secrets, counted from the lines of a backup."""

from typing import Any

from syncer.model.backup import SecretsAre
from syncer.workflow.tallying import Tally, told_of_secrets

UNREADABLE = {"syncer-secret": "unreadable"}
LEFT_OUT = {"syncer-secret": "left out"}
SEALED = {"syncer-secret": "sealed", "age": "YWdl"}


def media(number: int, password: Any) -> dict[str, Any]:
    return {"type": "MEDIA", "desc": f"media {number}", "turnPassword": password}


def test_many_are_named_by_the_first_of_them() -> None:
    tally = Tally(SecretsAre.LEFT_OUT, frozenset())
    for number in range(500):
        tally.line("example.com", media(number, LEFT_OUT))
    (told,) = told_of_secrets(tally.result)
    assert told == (
        "500 secrets (config[example.com/MEDIA/media 0]: turnPassword, "
        "config[example.com/MEDIA/media 1]: turnPassword, config[example.com/MEDIA/media 2]: turnPassword "
        "and 497 more) are left out of the backup, since nobody is named to seal for; "
        "name somebody with --recipient, or in age_recipients of syncer.yaml"
    )
    assert len(tally.result.first_left_out) == 10


def test_one_that_cannot_be_decrypted() -> None:
    tally = Tally(SecretsAre.SEALED, frozenset())
    assert tally.line("example.com", media(1, UNREADABLE))["turnPassword"] == UNREADABLE
    tally.line("example.com", media(2, SEALED))
    assert tally.result.kept == 1
    (told,) = told_of_secrets(tally.result)
    assert told == (
        "1 secret (config[example.com/MEDIA/media 1]: turnPassword) is not in the backup, "
        "since what the service gave cannot be decrypted"
    )


def test_a_rendering_names_a_variable_for_each_that_is_there() -> None:
    tally = Tally(SecretsAre.LEFT_OUT, frozenset())
    shown = tally.line("example.com", media(1, LEFT_OUT))
    assert shown["turnPassword"]["syncer-secret"] == "plaintext"
    assert tally.line("example.com", media(2, "")) == media(2, "")
    assert tally.result.left_out == 1


def test_what_a_type_that_nobody_knows_has_is_no_secret() -> None:
    tally = Tally(SecretsAre.PLAINTEXT, frozenset({"logPassword"}))
    line = {"type": "TRUST_LIST", "turnPassword": {"syncer-secret": 7}, "desc": None}
    assert tally.line("example.com", line) == line
    assert list(told_of_secrets(tally.result)) == []
