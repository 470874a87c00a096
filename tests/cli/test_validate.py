"""`syncer validate`, as a person or a pipeline runs it."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import Place, Problem
from syncer.model.lint import RULES, LintWarning, Verdict
from syncer.render import sarif
from tests.cli.running import repository, syncer

URL = "emulator:.syncer/e.sqlite"
DOUBTFUL = """\
domain: example.com
categories:
  - name: Phones
configs:
  - type: MEDIA
    desc: media
    categories: []
"""
WRONG = "domain: example.com\nconfgs: []\n---\ndomain: x\nid: a\n"
EVERYONE = "every device of the domain gets this config; name categories, or say `# syncer: ignore everyone` here"
UNUSED = "no config names the category Phones; name it in one, or remove it"


def _repository(folder: Path, document: str, policy: str = "") -> Path:
    made = repository(folder, URL, document, policy=policy)
    settings = made / "syncer.yaml"
    settings.write_text(settings.read_text().replace("    password: {env: SYNCER_PASSWORD}\n", ""))
    return made


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A valid repository with two warnings, below the top of a git work tree."""
    (tmp_path / ".git").mkdir()
    return _repository(tmp_path / "customers" / "a b", DOUBTFUL)


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A repository with two mistakes."""
    return _repository(tmp_path / "r", WRONG)


async def test_warnings_are_no_failure(doubtful: Path) -> None:
    done = await syncer("validate", cwd=doubtful)

    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"domains/example.com.yaml:3:11: warning: {UNUSED} [unused-category]\n"
        f"domains/example.com.yaml:7:17: warning: {EVERYONE} [everyone]\n"
        "valid: 1 domain, 1 category, 1 config\n"
        "2 warnings; `syncer explain CODE` tells more\n"
    )


async def test_strict(doubtful: Path) -> None:
    assert (await syncer("validate", "--strict", cwd=doubtful)).code == 1
    domain = doubtful / "domains" / "example.com.yaml"
    silent = DOUBTFUL.replace("[]", "[Phones]")
    domain.write_text(silent)

    done = await syncer("validate", "--strict", cwd=doubtful)

    assert (done.code, done.out) == (0, "valid: 1 domain, 1 category, 1 config\n")


async def test_mistakes_go_to_stderr(wrong: Path) -> None:
    done = await syncer("validate", cwd=wrong)

    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "domains/example.com.yaml:2:1: unknown field confgs; did you mean configs?\n"
        "domains/example.com.yaml:5:5: id is a text, not a whole number from 0 up\n"
    )


async def test_json(doubtful: Path, wrong: Path) -> None:
    warned, failed = await syncer("validate", "--format", "json", cwd=doubtful), await _json(wrong)

    assert warned.code == 0
    document = json.loads(warned.out)
    assert document["format"] == "syncer-validation/1"
    assert document["valid"] is True
    assert document["summary"] == {"errors": 0, "warnings": 2, "domains": 1, "categories": 1, "configs": 1}
    assert document["findings"][1] == {
        "level": "warning",
        "code": "everyone",
        "file": "domains/example.com.yaml",
        "line": 7,
        "column": 17,
        "what": "every device of the domain gets this config",
        "hint": "name categories, or say `# syncer: ignore everyone` here",
    }
    assert failed["valid"] is False
    assert [(one["level"], one["code"], one["line"], one["column"]) for one in failed["findings"]] == [
        ("error", "invalid", 2, 1),
        ("error", "invalid", 5, 5),
    ]


async def _json(folder: Path) -> dict[str, Any]:
    done = await syncer("validate", "--format", "json", cwd=folder)
    assert (done.code, done.err) == (1, "")
    document: dict[str, Any] = json.loads(done.out)
    return document


async def test_json_of_a_file_as_a_whole(wrong: Path) -> None:
    (wrong / "domains" / "example.com.yaml").unlink()
    (wrong / "domains" / "loop.yaml").symlink_to("loop.yaml")

    (found,) = (await _json(wrong))["findings"]

    assert (found["file"], found["line"], found["column"]) == ("domains/loop.yaml", None, None)


async def test_annotations_of_github(doubtful: Path) -> None:
    done = await syncer("validate", "--format", "github", cwd=doubtful)

    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "::warning file=customers/a b/domains/example.com.yaml,line=3,col=11,"
        f"title=unused-category%3A a category that nothing uses::{UNUSED}\n"
        "::warning file=customers/a b/domains/example.com.yaml,line=7,col=17,"
        f"title=everyone%3A a config for every device of the domain::{EVERYONE}\n"
        "::notice title=syncer validate::valid: 0 mistakes, 2 warnings\n"
    )


async def test_annotations_of_mistakes_are_not_more_than_github_shows(tmp_path: Path) -> None:
    many = "".join(f"x{n}: 1\n" for n in range(15))
    folder = _repository(tmp_path / "r", f"domain: x\n{many}")

    done = await syncer("validate", "--format", "github", cwd=folder)

    *errors, more, summary = done.out.splitlines()
    assert done.code == 1
    assert len(errors) == 10
    assert errors[0].startswith(
        "::error file=domains/example.com.yaml,line=2,col=1,title=invalid%3A a mistake::unknown"
    )
    assert more == "::notice title=and more::… and 5 more findings; all of them: syncer validate"
    assert summary == "::notice title=syncer validate::invalid: 15 mistakes, 0 warnings"


async def test_sarif(doubtful: Path) -> None:
    done = await syncer("validate", "--format", "sarif", cwd=doubtful)

    assert (done.code, done.err) == (0, "")
    log = json.loads(done.out)
    _check_sarif(log)
    assert [_short(one) for one in log["runs"][0]["results"]] == [
        ("unused-category", "warning", UNUSED, "customers/a%20b/domains/example.com.yaml", 3, 11),
        ("everyone", "warning", EVERYONE, "customers/a%20b/domains/example.com.yaml", 7, 17),
    ]


async def test_sarif_of_mistakes(wrong: Path) -> None:
    (wrong / "domains" / "loop.yaml").symlink_to("loop.yaml")
    done = await syncer("validate", "--format", "sarif", cwd=wrong)

    assert (done.code, done.err) == (1, "")
    log = json.loads(done.out)
    _check_sarif(log)
    assert [_short(one)[3:] for one in log["runs"][0]["results"]] == [
        ("domains/example.com.yaml", 2, 1),
        ("domains/example.com.yaml", 5, 5),
        ("domains/loop.yaml", 1, 1),
    ]


def test_sarif_has_no_more_results_than_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_MOST", 3)
    problems = tuple(Problem(Place("a.yaml", line, 1), "wrong") for line in (1, 2))
    warnings = tuple(LintWarning(Place("a.yaml", line, 1), "odd", code="conflict") for line in (1, 2))

    (run,) = json.loads(sarif.render_verdict(Verdict(problems, warnings)))["runs"]
    (whole,) = json.loads(sarif.render_verdict(Verdict(problems, warnings[:1])))["runs"]

    assert [one["level"] for one in run["results"]] == ["error", "error", "warning"]
    (invocation,) = run["invocations"]
    (told,) = invocation["toolExecutionNotifications"]
    assert told["message"]["text"] == "… and 1 more finding; all of them: syncer validate"
    assert invocation["executionSuccessful"] is True  # 3.20.14
    assert "invocations" not in whole


def _short(result: Any) -> tuple[str, str, str, str, int, int]:
    (location,) = result["locations"]
    place = location["physicalLocation"]
    region = place["region"]
    told = (result["ruleId"], result["level"], result["message"]["text"])
    return (*told, place["artifactLocation"]["uri"], region["startLine"], region["startColumn"])


def _check_sarif(log: Any) -> None:
    """What SARIF 2.1.0 demands of the properties that are used here, and GitHub of code scanning."""
    assert log.keys() == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"  # 3.13.2
    (run,) = log["runs"]
    assert run.keys() == {"tool", "columnKind", "results"}
    assert run["columnKind"] == "unicodeCodePoints"  # 3.14.17
    driver = run["tool"]["driver"]
    assert driver["name"] == "syncer"
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    for rule in driver["rules"]:
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note", "none")
        texts = [rule[key]["text"] for key in ("shortDescription", "fullDescription", "help")]
        assert all(texts)
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]  # 3.27.6
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert min(location["physicalLocation"]["region"].values()) >= 1  # 3.30.5, 3.30.6


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
async def test_nothing_that_a_terminal_or_a_runner_obeys(tmp_path: Path, form: str) -> None:
    name = "\\e[31m\\n::error::x##[error]\\x7f"
    folder = _repository(tmp_path / "r", f'domain: x\ncategories: [{{name: "{name}"}}]\nconfigs: []\n')

    done = await syncer("validate", "--format", form, cwd=folder)

    assert done.code == 0
    assert not any(c in done.out for c in "\x1b\x7f")
    assert "##[" not in done.out
    assert "\n::error" not in done.out


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are Unicode")
async def test_a_folder_whose_name_is_no_utf8(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"k\xfcnden")
    (tmp_path / ".git").mkdir()
    _repository(folder, DOUBTFUL)

    done = await syncer("validate", "--format", "sarif", cwd=folder)

    assert (done.code, done.err) == (0, "")
    unused, _ = json.loads(done.out)["runs"][0]["results"]
    assert _short(unused)[2:] == (f"domains/example.com.yaml:3:11: {UNUSED}", "k%FCnden/syncer.yaml", 1, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="no name of a file has a colon")
@pytest.mark.parametrize("name", ["::stop-commands::a.yaml", "  ::add-mask::a.yaml"])
async def test_no_name_of_a_file_is_a_command_of_a_runner(tmp_path: Path, name: str) -> None:
    folder = _repository(tmp_path / "r", "domain: x\n")
    settings = folder / "syncer.yaml"
    settings.write_text(settings.read_text().replace("files: [domains]", "files: [.]"))
    for document in (WRONG, DOUBTFUL):
        (folder / name).write_text(document.replace("domain: x", "domain: y"))

        done = await syncer("validate", cwd=folder)

        assert f"{name}:" in done.out + done.err
        assert not any(line.lstrip().startswith("::") for line in (done.out + done.err).splitlines())


async def test_mistakes_of_the_settings_are_findings(wrong: Path) -> None:
    (wrong / "syncer.yaml").write_text("version: 2\nservers: {}\n")

    found = (await _json(wrong))["findings"]

    assert {one["file"] for one in found} == {"syncer.yaml"}


async def test_without_secrets(tmp_path: Path) -> None:
    document = "domain: x\nconfigs: [{type: MEDIA, categories: [A], turnServer: t, turnPassword: {env: NOWHERE}}]\n"
    folder = _repository(tmp_path / "r", document)

    assert (await syncer("validate", cwd=folder)).code == 1
    assert (await syncer("validate", "--no-secrets", cwd=folder)).code == 0


async def test_all_servers_unless_one_is_named(tmp_path: Path) -> None:
    folder = _repository(tmp_path / "r", "domain: a\n")
    (folder / "b.yaml").write_text("domain: b\nx: 1\n")
    settings = folder / "syncer.yaml"
    other = "  other: {url: 'emulator:.syncer/f.sqlite', files: [b.yaml]}\n  same: {url: 'emulator:.syncer/g.sqlite'}\n"
    settings.write_text(settings.read_text().replace("files: [domains]", f"{other}files: [domains]"))

    every, one = await syncer("validate", cwd=folder), await syncer("validate", "--server", "production", cwd=folder)

    told = "b.yaml:2:1: unknown field x; a field that syncer does not know stands under extra:\n"
    assert (every.code, every.err) == (1, told)
    assert (one.code, one.out) == (0, "valid: 1 domain, 0 categories, 0 configs\n")
