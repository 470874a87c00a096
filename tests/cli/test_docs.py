"""`syncer docs fields`, run as a person runs it, and the copy of it in examples/."""

import json
from pathlib import Path

from markdown_it import MarkdownIt

from syncer import resources
from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of
from tests.cli.running import syncer

CHECKED_IN = resources.directory("examples") / "FIELDS.md"


async def test_the_one_in_examples_is_current(tmp_path: Path) -> None:
    """To bring it up to date: syncer docs fields --format markdown >examples/FIELDS.md"""
    done = await syncer("docs", "fields", "--format", "markdown", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == CHECKED_IN.read_text("utf-8")


async def test_it_has_every_field_with_all_that_there_is_to_know(tmp_path: Path) -> None:
    done = await syncer("docs", "fields", "--format", "json", cwd=tmp_path)
    document = json.loads(done.out)
    sections = {section["title"]: section for section in document["sections"]}
    for config_type in config_types():
        rows = {row["name"]: row for row in sections[config_type]["fields"]}
        known = fields_of(Kind.CONFIG, config_type)
        assert list(rows) == list(known)
        assert [name for name, row in rows.items() if row["secret"]] == [n for n, one in known.items() if one.secret]
        assert {name for name, row in rows.items() if row["left_out"] == "unset"} == {
            name for name, one in known.items() if one.optional
        }
        assert sections[config_type]["devices"]
    assert sections["PHONE"]["devices"] == "devices of type PHONE"
    assert sections["FXS_PHONE"]["devices"] == "devices with FXS interfaces"
    assert {"Domain document", "Category", "Config", "syncer.yaml", "servers.NAME", "policy", "policy.limits"} <= set(
        sections
    )
    assert document["labels"]["dialTone"]["GERMANY"] == 15


async def test_a_person_reads(tmp_path: Path) -> None:
    done = await syncer("docs", "fields", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert (
        "  frameSize  (a whole number from 20 to 80; left out: unset)\n"
        "      Frame size in milliseconds, 20 to 80. Example: 20\n"
    ) in done.out
    assert "  url  (a text; required)\n" in done.out
    assert "(a reference to a secret: {env: NAME}, {file: PATH} or {age: CIPHERTEXT}; secret; left out: unset)" in (
        done.out.replace("\n      ", " ")
    )
    assert max(map(len, done.out.splitlines())) <= 100
    assert "\x1b" not in done.out


def test_its_markdown_is_tables_and_its_links_lead_somewhere() -> None:
    text = CHECKED_IN.read_text("utf-8")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    heads = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]
    anchors = {head.lower().replace(" ", "-") for head in heads}
    links = [
        str(child.attrs["href"]).removeprefix("#")
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open"
    ]
    assert links
    assert set(links) <= anchors
    tables = sum(token.type == "table_open" for token in tokens)
    assert tables == len(heads) - 1
    assert not [token for token in tokens if token.type.startswith("html")]
    cells = [token.content for token in tokens if token.type == "inline" and token.content.startswith("|")]
    assert cells == []
