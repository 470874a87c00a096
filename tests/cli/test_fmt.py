"""`syncer fmt`, as a person runs it."""

import stat
from pathlib import Path

import pytest

from tests.cli.running import repository, syncer

UNTIDY = """\
configs: []   # none yet
domain: "example.com"
"""
TIDY = """\
domain: example.com
configs: []  # none yet
"""
URL = "emulator:.syncer/e.sqlite"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository whose one domain is untidy."""
    folder = repository(tmp_path / "r", URL, UNTIDY)
    settings = folder / "syncer.yaml"
    settings.write_text(settings.read_text().replace("    password: {env: SYNCER_PASSWORD}\n", ""))
    return folder


def _domain(folder: Path) -> Path:
    return folder / "domains" / "example.com.yaml"


async def test_files_get_their_form_and_are_named(folder: Path) -> None:
    _domain(folder).chmod(0o664)

    done = await syncer("fmt", cwd=folder)

    assert (done.code, done.out, done.err) == (0, "domains/example.com.yaml\n", "")
    assert _domain(folder).read_text() == TIDY
    assert stat.S_IMODE(_domain(folder).stat().st_mode) == 0o664
    assert [path.name for path in (folder / "domains").iterdir()] == ["example.com.yaml"]
    assert (await syncer("fmt", cwd=folder)).out == ""


async def test_check_shows_a_diff_and_writes_nothing(folder: Path) -> None:
    done = await syncer("fmt", "--check", cwd=folder)

    assert (done.code, done.err) == (2, "")
    assert (
        done.out
        == """\
--- domains/example.com.yaml
+++ domains/example.com.yaml
@@ -1,2 +1,2 @@
-configs: []   # none yet
-domain: "example.com"
+domain: example.com
+configs: []  # none yet
"""
    )
    assert _domain(folder).read_text() == UNTIDY


async def test_check_of_tidy_files_says_nothing(folder: Path) -> None:
    _domain(folder).write_text(TIDY)

    done = await syncer("fmt", "--check", cwd=folder)

    assert (done.code, done.out, done.err) == (0, "", "")


async def test_syncer_yaml_has_a_form_too(folder: Path) -> None:
    _domain(folder).write_text(TIDY)
    (folder / "syncer.yaml").write_text(
        f"files: [ domains ]\nservers:\n    # here\n    a: {{url: '{URL}'}}\nversion: 1\n"
    )

    done = await syncer("fmt", cwd=folder)

    assert (done.code, done.out) == (0, "syncer.yaml\n")
    assert (
        (folder / "syncer.yaml").read_text()
        == f"""\
version: 1
servers:
  # here
  a: {{url: "{URL}"}}
files: [domains]
"""
    )


async def test_what_is_masked_is_not_shown(folder: Path) -> None:
    settings = folder / "syncer.yaml"
    settings.write_text(settings.read_text() + "policy: {mask: {'config[*/EXPERT/*]': [script]}}\n")
    _domain(folder).write_text(
        "domain: 'example.com'\n"
        "vars: {line: 'snmp ${vars.community}', other: 'seen'}\n"
        "configs:\n"
        "  # script: hush1\n"
        "  # - script: |\n"
        "  #     hush0\n"
        "  #\n"
        "  #     hush0\n"
        "  # seen\n"
        "  - {type: EXPERT, categories: [], script: '${vars.line}'}\n"
        "  - {type: EXPERT, desc: b, categories: [], script:  'hush2'}\n"
        "  - type: EXPERT\n"
        "    desc: '${vars.other}'\n"
        "    categories: []\n"
        "    script: |\n"
        "          hush3\n"
        "          hush4\n"
        "---\n"
        "baseline: b\n"
        "domains:   ['*']\n"
        "vars: {community: 'hush5'}\n"
        "configs:\n"
        "  - {type: EXPERT, desc: c, categories: [], script: &x 'hush6'}\n"
        "  - {type: NTP, desc: *x, categories: []}\n"
    )
    (folder / "domains" / "more.yaml").write_text("domain: 'example.com'\nvars: {community: 'hush5'}\n")

    done = await syncer("fmt", "--check", cwd=folder)

    assert done.code == 2
    assert "hush" not in done.out + done.err
    assert "+vars: {line: (secret), other: seen}\n" in done.out
    assert "\n   # seen\n" in done.out
    assert "+domain: example.com\n vars: {community: (secret)}\n" in done.out


async def test_a_secret_that_is_written_out_is_not_shown(folder: Path) -> None:
    _domain(folder).write_text(
        "domain: 'example.com'\n"
        "vars: {pw: hush1}\n"
        "configs:\n"
        "  - {type: MEDIA, categories: [], turnPassword:   'hush2'}\n"
        "  - type: ALARM_SERVER\n"
        "    categories: []\n"
        "    # logPassword: hush3\n"
        "    logPassword: |\n"
        "        hush4\n"
        "  - type: MEDIA\n"
        "    desc: &pw hush5\n"
        "    turnPassword: *pw\n"
        "  - {type: MEDIA, desc: b, turnPassword: '${vars.pw}'}\n"
        "  - {type: MEDIA, desc: c, turnPassword: { env: NAME }}\n"
    )

    done = await syncer("fmt", "--check", cwd=folder)

    assert done.code == 2
    assert "hush" not in done.out + done.err
    assert "+domain: example.com\n" in done.out
    assert "+  - {type: MEDIA, categories: [], turnPassword: (secret)}\n" in done.out
    assert "turnPassword: {env: NAME}" in done.out


async def test_only_the_spelling_of_a_secret(folder: Path) -> None:
    _domain(folder).write_text(
        "domain: example.com\nconfigs:\n  - type: MEDIA\n    categories: []\n    turnPassword: 'hush'\n"
    )

    done = await syncer("fmt", "--check", cwd=folder)

    assert done.code == 2
    assert done.out.splitlines()[2:] == ["\\ only how a hidden value is written, which is not shown"]


async def test_what_no_line_shows_is_told(folder: Path) -> None:
    _domain(folder).write_bytes(b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode())

    done = await syncer("fmt", "--check", cwd=folder)

    assert done.code == 2
    assert done.out.splitlines()[2:] == ["\\ its byte order mark goes", "\\ its lines end in newlines from now on"]


async def test_a_file_with_mistakes_is_left_alone_and_the_others_are_not(folder: Path) -> None:
    broken = 'domain: "b.example.com\n'
    (folder / "domains" / "b.yaml").write_text(broken)

    done = await syncer("fmt", cwd=folder)

    assert (done.code, done.out) == (1, "domains/example.com.yaml\n")
    assert done.err == "domains/b.yaml:1:9: a quote that is never closed; close it\n"
    assert (folder / "domains" / "b.yaml").read_text() == broken


async def test_mistakes_count_more_than_differences(folder: Path) -> None:
    (folder / "domains" / "b.yaml").write_bytes(b"\xff")

    done = await syncer("fmt", "--check", cwd=folder)

    assert done.code == 1
    assert done.err == "domains/b.yaml:1:1: no UTF-8 text; save it as UTF-8\n"
    assert "+domain: example.com\n" in done.out


async def test_what_cannot_be_laid_out_is_left_alone(folder: Path) -> None:
    odd = "domain: &x   # a comment\n  example.com\n"
    _domain(folder).write_text(odd)

    done = await syncer("fmt", cwd=folder)

    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "domains/example.com.yaml:1:1: a comment between an anchor or tag and its text; "
        "left as it is; write it more simply\n"
    )
    assert _domain(folder).read_text() == odd


async def test_paths_limit_what_is_looked_at(folder: Path) -> None:
    (folder / "domains" / "b.yaml").write_text("domain: 'b'\n")

    one = await syncer("fmt", "--check", "domains/b.yaml", cwd=folder)
    both = await syncer("-C", str(folder), "fmt", "--check", str(folder / "domains"), cwd=folder.parent)
    other = await syncer("fmt", str(Path(__file__)), cwd=folder)
    none = await syncer("fmt", "nowhere.yaml", cwd=folder)

    assert one.out.count("+++") == 1
    assert both.out.count("+++") == 2
    assert (other.code, other.err) == (0, "none of these is a file that syncer.yaml names\n")
    assert none.code == 64
    assert "'nowhere.yaml' does not exist" in none.err


async def test_links_are_followed_inside_the_repository_only(folder: Path, tmp_path: Path) -> None:
    (folder / "shared").mkdir()
    (folder / "shared" / "b.yaml").write_text("domain: 'b'\n")
    (tmp_path / "outside.yaml").write_text("domain: 'c'\n")
    (folder / "domains" / "b.yaml").symlink_to("../shared/b.yaml")
    (folder / "domains" / "c.yaml").symlink_to(tmp_path / "outside.yaml")

    done = await syncer("fmt", cwd=folder)

    assert (done.code, done.out) == (1, "domains/b.yaml\ndomains/example.com.yaml\n")
    assert done.err == "domains/c.yaml: leads out of the repository; keep it inside\n"
    assert (folder / "domains" / "b.yaml").is_symlink()
    assert (folder / "shared" / "b.yaml").read_text() == "domain: b\n"
    assert (tmp_path / "outside.yaml").read_text() == "domain: 'c'\n"
