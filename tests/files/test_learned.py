"""Learned profiles as files."""

import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from syncer.errors import ProblemsError, SyncerError
from syncer.files.learned import check_target, learned_text, write_learned
from syncer.model.learned import Confidence, Finding, Learned
from syncer.wire.profile import load

CREATE = Finding(
    "create_category",
    {
        "request": {
            "mt": "Add: #1 \x1b[2J",
            "in": "$domain_id",
            "name": "$name",
            "tags": [],
            "$merge": "$extra",
            "yes": "no",
        },
        "response": {"mt": "AddResult", "id": "/id", "error": "/error"},
    },
    (12,),
    Confidence.SHOWN,
    ("category \x1b[31m secret name was seen",),
)
PIECES = Finding(
    "send_value",
    {"request": {"mt": "Piece", "name": "$name", "value": "$chunk"}, "response": "none"},
    tuple(range(20, 40)),
    Confidence.SENT,
    (),
)
LEARNED = Learned(
    "wss://pbx", (CREATE, PIECES), {"max_message_bytes": 2000, "category_refs": "ids"}, {}, (), (), ("a remark",)
)
TEXT = r"""
# Learned by `syncer wire learn`: how this server is told to write. In parentheses the messages of the recording that
# show it. `syncer wire verify` proves it on the server; until then `syncer apply` refuses to use it.
format: syncer-wire/1
name: production
origin: learned
max_message_bytes: 2000
category_refs: ids
operations:
  # shown (12)
  create_category:
    request: {mt: "Add: #1 \e[2J", in: $domain_id, name: $name, tags: [], $merge: $extra, yes: no}
    response: {mt: AddResult, id: /id, error: /error}
  # sent (20, 21, 22, 23, 24, 25 and 14 more)
  send_value:
    request: {mt: Piece, name: $name, value: $chunk}
    response: none
""".removeprefix("\n")


def test_the_file_is_made_to_be_reviewed() -> None:
    """And it reads as what was learned; what the recording said of objects is not in it."""
    assert learned_text(LEARNED, "production") == TEXT
    profile = load(TEXT, "production.yaml")
    assert profile.operations["create_category"].request == CREATE.entry["request"]
    assert profile.max_message_bytes == 2000


def test_it_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "wire" / "new" / "production.yaml"
    write_learned(path, TEXT)
    assert path.read_text("utf-8") == TEXT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "wire").write_text("")
    with pytest.raises(SyncerError, match=r"the folder .*wire cannot be made: File exists"):
        write_learned(tmp_path / "wire" / "production.yaml", TEXT)


@pytest.mark.parametrize(
    "name", ["production", "production.json", ".yaml", "a b.yaml", "-x.yaml", "ä.yaml", "x\x1b.yaml"]
)
def test_a_file_that_says_no_name_for_a_profile(tmp_path: Path, name: str) -> None:
    with pytest.raises(SyncerError, match="is no name for a wire profile; take letters") as caught:
        check_target(tmp_path / name, force=True)
    assert "\x1b" not in str(caught.value)


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "production.yaml"
    assert check_target(path, force=False) == "production"
    path.write_text("mine")
    with pytest.raises(SyncerError, match="is there already; name another file, or overwrite it with --force"):
        check_target(path, force=False)
    assert check_target(path, force=True) == "production"
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(SyncerError, match="is there already"):
        check_target(tmp_path / "folder.yaml", force=True)


_TEXTS = st.text(max_size=20).filter(lambda text: not text.startswith("$"))
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | _TEXTS
    | st.sampled_from(["no", "1", "a: b", "#", "~", "<<"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(mt=_TEXTS.filter(bool), constants=st.dictionaries(_TEXTS, _VALUES, max_size=4))
def test_whatever_was_learned_is_read_again_as_it_was(mt: str, constants: dict[str, Any]) -> None:
    request = {"mt": mt, "in": "$domain_id", "name": "$name", "config": "$config"}
    request |= {key: value for key, value in constants.items() if key not in ("mt", "src", "in", "name", "config")}
    one = Finding("create_category", {"request": request, "response": "none"}, (1,), Confidence.SHOWN, ())
    learned = Learned("", (one,), {}, {}, (), (), ())
    text = learned_text(learned, "x")
    assert YAML(typ="safe").load(text)["operations"]["create_category"]["request"] == request
    with suppress(ProblemsError):  # it may be too odd a profile
        assert load(text, "x.yaml").operations["create_category"].request == request
