"""Secrets put into YAML text: what changes is the value, and not a character else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.files.documents import parse, plain
from syncer.files.splicing import Unspliceable, with_age, with_ages

ORDER = ("type", "desc", "categories", "turnServer", "turnUser", "turnPassword", "tosRtp")
NEW = "{age: YWdl+/==}"
STEPS = (0, "configs", 0, "turnPassword")
HEAD = "# top\ndomain: a  # its name\nconfigs:\n"


def spliced(text: str) -> str:
    """With the new ciphertext as the first config's turnPassword."""
    return with_age(text, STEPS, "YWdl+/==", ORDER)


@pytest.mark.parametrize(
    "before, after",
    [
        ("{env: X}", NEW),
        ("{ env : X } # why", "{ age : YWdl+/== } # why"),
        ("{ # a\n      env:  # b\n        'X',  # c\n    }", "{ # a\n      age:  # b\n        YWdl+/==,  # c\n    }"),
        ("\n      env: X  # why\n      # below", "\n      age: YWdl+/==  # why\n      # below"),
        ("{age: b2xk}", NEW),
        ("\n      age: | # old\n        line\n        line\n\n", "\n      age: YWdl+/== # old\n\n"),
        ("\n      age: |+\n        line\n\n      # c", "\n      age: YWdl+/==\n\n      # c"),
        ("\n      age: >-\n        line\n        line", "\n      age: YWdl+/=="),
        ("", f" {NEW}"),
        (" # why", f" {NEW} # why"),
        ("''", NEW),
        ("null # why", f"{NEW} # why"),
        ("hunter2", NEW),
        ("'hunter2 \n\n      2' # why", f"{NEW} # why"),
        ("!!str hunter2", NEW),
        ("|\n      hunter2\n", f"{NEW}\n"),
        ("{env: X, file: Y}", NEW),
        ("[hunter2]", NEW),
        ("\n      - hunter2 # why", f"\n      {NEW} # why"),
        ("é 😀", NEW),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n    tosRtp: 0xb8  # é\n", "\n", ""])
def test_a_value_in_place_of_one(before: str, after: str, end: str) -> None:
    text = (
        f"{HEAD}  - type: MEDIA\n    turnPassword:{before if before[:1] in ('', chr(10), ' ') else f' {before}'}{end}"
    )
    assert spliced(text) == (
        f"{HEAD}  - type: MEDIA\n    turnPassword:{after if after[:1] in (chr(10), ' ') else f' {after}'}{end}"
    )


BLOCK, FLOW = f"\n    turnPassword: {NEW}", f", turnPassword: {NEW}"


@pytest.mark.parametrize(
    "entry, added",  # at the @
    [
        ("  - type: MEDIA@", BLOCK),
        ("  - type: MEDIA@\n", BLOCK),
        ("  -   type: MEDIA # é@\n", f"\n      turnPassword: {NEW}"),
        ("-\n  type: MEDIA@\n", f"\n  turnPassword: {NEW}"),
        ("  - turnServer: t # seed@\n    # of it\n    tosRtp: 1\n    type: MEDIA\n", BLOCK),
        ("  - type: MEDIA\n    categories:\n    - a\n    - b # last@\n    # after\n    tosRtp: 1\n", BLOCK),
        ("  - tosRtp: 1\n    ignore: [a,\n      b]  # c@\n", BLOCK),
        ("  - desc: |\n      a@\n\n    tosRtp: 1\n", BLOCK),
        ("  - desc: |+\n      a\n@\n    tosRtp: 1\n", BLOCK),
        ("  - desc: a\n    turnUser:@\n    tosRtp: 1\n", BLOCK),
        ("  - <<: {type: MEDIA}\n    desc: a@\n", BLOCK),
        ("  - {type: MEDIA@, tosRtp: 1 } # c\n", FLOW),
        ("  - {tosRtp: 1,\n    desc: a@, # c\n    }\n", FLOW),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_key_of_its_own(entry: str, added: str, newline: str) -> None:
    text = (HEAD + entry).replace("\n", newline)
    assert spliced(text.replace("@", "")) == text.replace("@", added.replace("\n", newline))


@pytest.mark.parametrize(
    "entries",
    [
        "  - &a {type: MEDIA}\n  - <<: *a\n    desc: b\n",
        "  - type: MEDIA\n    turnPassword: &a {env: X}\n  - {type: MEDIA, desc: b, turnPassword: *a}\n",
        "  - type: MEDIA\n    turnPassword: {env: &a X}\n    turnUser: *a\n",
        "  - &a\n    type: MEDIA\n  - *a\n",
        "  - ? type\n    : MEDIA\n",
    ],
)
def test_what_would_change_something_else_is_left_alone(entries: str) -> None:
    with pytest.raises(Unspliceable):
        spliced(HEAD + entries)


def test_an_alias_in_the_place_of_the_value() -> None:
    text = f"{HEAD}  - {{type: MEDIA, turnPassword: &a {{env: X}}}}\n  - {{type: MEDIA, desc: b, turnPassword: *a}}\n"
    with pytest.raises(Unspliceable):
        with_age(text, (0, "configs", 1, "turnPassword"), "YWdl", ORDER)


def test_the_second_document() -> None:
    text = "domain: a\n...\n---\ndomain: b\nconfigs: [{type: MEDIA}] # c"
    assert with_age(text, (1, "configs", 0, "turnPassword"), "YWdl", ORDER) == (
        "domain: a\n...\n---\ndomain: b\nconfigs: [{type: MEDIA, turnPassword: {age: YWdl}}] # c"
    )


def test_all_ciphertexts_of_a_text() -> None:
    text = (
        "configs: # é\n- turnPassword: &a {age: b25l} # one\n- turnPassword: *a\n- turnPassword:\n    age: |\n"
        "      dHdv\n      dHdv\n- <<: {turnPassword: {age: b25l}}\n- {extra: {age: x, b: {age: [y]}}}\n"
    )
    assert with_ages(text, {"b25l": "MQ==", "dHdv\ndHdv\n": "Mg=="}) == (
        "configs: # é\n- turnPassword: &a {age: MQ==} # one\n- turnPassword: *a\n- turnPassword:\n    age: Mg==\n"
        "- <<: {turnPassword: {age: MQ==}}\n- {extra: {age: x, b: {age: [y]}}}\n"
    )


def test_no_ciphertext_is_touched_that_is_another() -> None:
    text = "a: {age: one}\nb: one # {age: one}\nage: [one]\n"
    assert with_ages(text, {"one": "two"}) == "a: {age: two}\nb: one # {age: one}\nage: [one]\n"


_COMMENTS = st.sampled_from(["", " # why", "  # é: {age: x}, 'y"])
_VALUES = st.sampled_from(["plain", "'a: b'", '"\\u00e9"', "[a, {b: c}]", "|-\n        text\n        more", "0xb8", ""])
_BETWEEN = st.sampled_from(["", "\n", "    # note\n", "\n    # note\n\n"])
_LINES = st.dictionaries(
    st.sampled_from(["desc", "turnServer", "turnUser", "tosRtp"]), st.tuples(_VALUES, _COMMENTS, _BETWEEN)
)


@settings(deadline=None, max_examples=60)
@given(_LINES, st.booleans(), st.text(st.sampled_from("AQYz+/"), min_size=1))
def test_any_layout_stays_to_the_letter(
    lines: dict[str, tuple[str, str, str]], has_more: bool, ciphertext: str
) -> None:
    text = f"{HEAD}  - type: MEDIA\n"
    for key, (value, comment, between) in lines.items():
        text += f"    {key}: {value}{'' if value.startswith('|') else comment}\n{between}"
    text += "  # the next\n  - {type: MEDIA, desc: other}\n" if has_more else ""
    after = with_age(text, STEPS, ciphertext, ORDER)
    kept = [line for line in after.splitlines(keepends=True) if not line.startswith("    turnPassword: ")]
    assert "".join(kept) == text
    assert len(kept) + 1 == len(after.splitlines())
    expected = plain(parse(text).documents)
    expected[0]["configs"][0]["turnPassword"] = {"age": ciphertext}
    assert plain(parse(after).documents) == expected
