"""Small wire profiles that would be large in memory are refused before they are loaded."""

import time

import pytest

from syncer.errors import ProblemsError
from syncer.wire.profile import load

FILE = "wire/production.yaml"
SOUND = """
format: syncer-wire/1
name: production
origin: learned
operations:
  delete_domain: {request: {mt: DelDomain, id: $id}, response: none}
"""


def levels(first: str, next_one: str) -> str:
    """Ten levels, each ten times the one before."""
    lines = [f"a0: &a0 {first}"]
    for level in range(1, 10):
        ten = ", ".join(next_one.format(number=n, below=f"*a{level - 1}") for n in range(10))
        opening, closing = ("{<<: [", "]}") if next_one == "{below}" and first.startswith("{") else ("[", "]")
        tag = first.split()[0] + " " if first.startswith("!!") else ""
        lines.append(f"a{level}: &a{level} {tag}{opening}{ten}{closing}")
    return SOUND + "\n".join(lines)


BOMBS = {
    "merge keys": levels("{" + ", ".join(f"k{n}: v" for n in range(10)) + "}", "{below}"),
    "pairs": levels("!!pairs [x: y]", "k: {below}"),
    "ordered maps": levels("!!omap [x: y]", "k{number}: {below}"),
    "a list as a key": levels("[x]", "{below}") + "\n? [*a9, *a9]\n: 1\n",
    "one long text many times": SOUND + f"s: &s {'x' * 300_000}\nl: [{', '.join(['*s'] * 9000)}]\n",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_aliases_that_multiply(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ProblemsError) as caught:
        load(text, FILE)
    what = "more than 10000 values, aliases counted with what they stand for"
    assert str(caught.value) == f"{FILE}: no usable YAML: {what}; correct the file"
    assert time.perf_counter() - started < 5


def test_aliases_and_merge_keys_in_moderation() -> None:
    text = """
format: syncer-wire/1
name: production
origin: learned
operations:
  delete_domain: &delete {request: &request {mt: Del, id: $id}, response: none}
  delete_category: *delete
  delete_config: {<<: *delete, request: {<<: *request, mt: DelConfig}}
"""
    operations = load(text, FILE).operations
    assert operations["delete_category"].request == {"mt": "Del", "id": "$id"}
    assert operations["delete_config"].request == {"mt": "DelConfig", "id": "$id"}


@pytest.mark.parametrize("number", ["2048.0", "2.048e+3"])
def test_a_size_written_as_a_decimal_is_whole(number: str) -> None:
    """JSON Schema takes 2048.0 for an integer; pieces are cut with it."""
    size = load(SOUND + f"max_message_bytes: {number}\n", FILE).max_message_bytes
    assert (size, type(size)) == (2048, int)
