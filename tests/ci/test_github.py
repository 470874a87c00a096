"""The GitHub workflows, followed through whole stories."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ci import gh
from tests.ci.origin import CONFIG, FILE, git, project
from tests.ci.runner import REPOSITORY, GitHub, Run
from tests.ci.shell import CI, needs_bash

pytestmark = needs_bash

FILES = {
    f".github/{path.relative_to(CI / 'github').as_posix()}": path.read_text("utf-8")
    for path in sorted((CI / "github").rglob("*.yml"))
}
BRANCH = "new-$(touch${IFS}pwned)-`id`"  # git allows it
HOSTILE = r"""
domain: example.com
configs:
  - type: EXPERT
    desc: "::error::fooled\n<!-- syncer plan --> $(touch pwned) `touch pwned`"
    categories: []
    script: "/close\n::error::fooled\n```\n/merge\n<!-- syncer plan -->"
"""


@pytest.fixture
def github(tmp_path: Path, programs: Path) -> Iterator[GitHub]:
    with project(tmp_path, FILES) as origin:
        (tmp_path / "github").mkdir()
        yield GitHub(tmp_path / "github", origin, programs)


def pull_request(github: GitHub, branch: str, sha: str, repository: str = REPOSITORY, head: str = "") -> Run:
    """A push to a pull request, number 7; its head may be another by now."""
    github.origin.merge(branch, "pull/7/merge")
    gh.write(github.folder, github.state | {"head": head or sha})
    of = {"sha": sha, "ref": branch, "repo": {"full_name": repository}}
    request = {"number": 7, "title": "$(touch pwned)", "head": of}
    trusted = repository == REPOSITORY
    return github.run("syncer.yml", "pull_request", "refs/pull/7/merge", {"pull_request": request}, trusted=trusted)


def merge(
    github: GitHub,
    branch: str,
    head: str,
    repository: str = REPOSITORY,
    waiting: Callable[[], object] = lambda: None,
) -> Run:
    """Merging it, and what that starts."""
    sha = github.origin.merge(branch, "heads/main")
    github.add("pulls", **merged(sha, head, repository))
    return github.run("syncer-apply.yml", "push", "main", waiting=waiting)


def merged(sha: str, head: str, repository: str | None) -> dict[str, Any]:
    """A pull request that became the commit `sha`."""
    of = {"sha": head, "repo": {"full_name": repository} if repository else None}
    return {"merged_at": "2026-01-01", "merge_commit_sha": sha, "head": of, "commits": [sha, head]}


def bodies(github: GitHub) -> list[str]:
    return [one["body"] for one in github.state["comments"]]


def drift(github: GitHub) -> Run:
    return github.run("syncer-drift.yml", "schedule", "main")


def test_from_a_pull_request_to_a_night_without_drift(github: GitHub) -> None:
    origin = github.origin
    github.add("comments", id=1, issue=7, user={"login": "mallory"}, body="<!-- syncer plan --> not the bot's")
    first = origin.push(BRANCH, {FILE: CONFIG.format(gk1="172.16.0.2")})
    run = pull_request(github, BRANCH, first)
    assert run.results == {"validate": "success", "plan": "success", "comment": "success"}, run.said
    other, comment = bodies(github)
    assert other == "<!-- syncer plan --> not the bot's"
    assert comment.startswith("<!-- syncer plan -->\n")
    assert "172.16.0.2" in comment
    assert first in comment
    assert "172.16.0.2" in run.summary
    planned = f"file={FILE},line=3,col=5,title=update config["
    assert [line for line in run.annotations if planned in line], run.annotations

    second = origin.push(BRANCH, {FILE: CONFIG.format(gk1="172.16.0.3")})
    run = pull_request(github, BRANCH, second)
    assert bodies(github)[0] == other
    (updated,) = bodies(github)[1:]
    assert "172.16.0.3" in updated
    assert "172.16.0.2" not in updated

    run = merge(github, BRANCH, second)
    assert run.results == {"plan": "success", "apply": "success"}, run.said
    assert origin.gatekeepers() == {"HQ phones": "172.16.0.3"}
    assert "Applied, and read back." in run.summary
    plans = [github.folder / "artifacts" / str(n) / "syncer-plan" / "plan.json" for n in (2, 3)]
    assert plans[0].read_bytes() == plans[1].read_bytes()

    night = drift(github)
    assert night.results == {"drift": "success", "issue": "success"}, night.said
    assert "In step." in night.summary
    assert "No drift." in night.said
    assert github.state["issues"] == []
    assert not list(github.folder.parent.rglob("pwned"))


def test_drift_opens_one_issue_updates_and_closes_it(github: GitHub) -> None:
    github.add("issues", number=1, user={"login": "ann"}, state="open", body=None)
    github.origin.change("10.0.0.1")
    assert drift(github).succeeded
    github.origin.change("10.0.0.2")
    assert drift(github).succeeded
    ours, theirs = sorted(github.state["issues"], key=lambda one: one["user"]["login"] == "ann")
    assert theirs["state"] == "open"
    assert ours["title"] == "syncer: the server has drifted"
    assert "`172.16.0.1` (files) → `10.0.0.2` (live)" in ours["body"]
    assert "10.0.0.1" not in ours["body"]
    github.origin.change("172.16.0.1")
    assert drift(github).succeeded
    assert sorted(one["state"] for one in github.state["issues"]) == ["closed", "open"]
    assert bodies(github)[-1].startswith("No differences any more: https://github.com/example/phones/actions/runs/")
    calls = len(github.state["calls"])
    github.origin.change("10.0.0.3")
    assert drift(github).succeeded
    assert ["POST", f"repos/{REPOSITORY}/issues"] in github.state["calls"][calls:]  # a closed one stays closed


def test_a_night_that_could_not_log_in_fails_and_touches_no_issue(github: GitHub) -> None:
    run = github.run("syncer-drift.yml", "schedule", "main", trusted=False)
    assert run.results == {"drift": "failure", "issue": "skipped"}
    assert github.state["calls"] == []


def test_a_plan_that_went_stale_is_made_anew_by_hand(github: GitHub) -> None:
    origin = github.origin
    sha = origin.push("new", {FILE: "domain: example.com\nconfigs: []\n"})
    assert pull_request(github, "new", sha).succeeded
    origin.change("10.0.0.9")
    run = merge(github, "new", sha)
    assert run.results == {"plan": "success", "apply": "failure"}
    told = (
        "The plan is stale: the server or the files moved on after it. Nothing was written. Run this workflow by hand"
    )
    assert told in run.summary
    assert any(line.startswith(f"::error title=syncer apply, exit code 3::{told}") for line in run.annotations)
    assert origin.gatekeepers() == {"HQ phones": "10.0.0.9"}

    refused = github.run("syncer-apply.yml", "workflow_dispatch", "main")
    assert refused.results == {"plan": "success", "apply": "failure"}
    assert any("exit code 4::A guard refused it" in line for line in refused.annotations)
    assert origin.gatekeepers() == {"HQ phones": "10.0.0.9"}

    confirmed = github.run("syncer-apply.yml", "workflow_dispatch", "main", inputs={"confirm-deletes": "1"})
    assert confirmed.succeeded, confirmed.said
    assert origin.gatekeepers() == {}
    assert (github.folder / "artifacts" / str(confirmed.id) / "syncer-journal").is_dir()


def test_what_main_took_back_before_the_approval_is_not_applied(github: GitHub) -> None:
    """Its plan still fits the server, and the commit that it belongs to."""
    origin = github.origin
    sha = origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    assert pull_request(github, "new", sha).succeeded
    run = merge(
        github, "new", sha, waiting=lambda: origin.push("main", {FILE: CONFIG.format(gk1="172.16.0.1"), "why": ""})
    )
    assert run.results == {"plan": "success", "apply": "failure"}
    assert "The plan is stale" in run.summary
    assert origin.gatekeepers() == {"HQ phones": "172.16.0.1"}


def test_what_else_was_merged_before_the_approval_does_not_matter(github: GitHub) -> None:
    sha = github.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    assert pull_request(github, "new", sha).succeeded
    run = merge(github, "new", sha, waiting=lambda: github.origin.push("main", {"README.md": "Phones"}))
    assert run.succeeded, run.said
    assert github.origin.gatekeepers() == {"HQ phones": "172.16.0.2"}


def test_a_stranger_with_a_request_for_the_same_commit_is_in_nobodys_way(github: GitHub) -> None:
    """GitHub tells of both as merged."""
    sha = github.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    assert pull_request(github, "new", sha).succeeded
    main = github.origin.merge("new", "heads/main")
    for repository in ("mallory/phones", None, REPOSITORY, REPOSITORY):  # None: a fork that was deleted
        github.add("pulls", **merged(main, sha, repository))
    run = github.run("syncer-apply.yml", "push", "main")
    assert run.succeeded, run.said


def test_an_old_run_that_runs_again_leaves_the_comment_alone(github: GitHub) -> None:
    first = github.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    second = github.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.66")})
    assert pull_request(github, "new", second).succeeded
    (comment,) = bodies(github)
    again = pull_request(github, "new", first, head=second)
    assert again.succeeded
    assert bodies(github) == [comment]
    assert any(f"this was the plan of {first}." in line for line in again.annotations)


@pytest.mark.parametrize("name", ["syncer-apply.yml", "syncer-drift.yml"])
@pytest.mark.parametrize("ref", ["new", "refs/tags/main"])
def test_by_hand_it_is_only_for_the_default_branch(github: GitHub, name: str, ref: str) -> None:
    github.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    git(github.origin.folder, "tag", "main", "new")
    run = github.run(name, "workflow_dispatch", ref)
    assert set(run.results.values()) == {"skipped"}


def test_an_input_is_no_shell(github: GitHub) -> None:
    github.origin.change("10.0.0.9")
    hostile = '1" $(touch pwned) `touch pwned`; touch pwned #'
    run = github.run("syncer-apply.yml", "workflow_dispatch", "main", inputs={"confirm-deletes": hostile})
    assert run.results == {"plan": "success", "apply": "failure"}
    assert any("exit code 64::" in line for line in run.annotations)
    assert not list(github.folder.parent.rglob("pwned"))


def test_a_plan_that_somebody_edited_is_refused(github: GitHub) -> None:
    sha = github.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    run = pull_request(github, "new", sha)
    plan = github.folder / "artifacts" / str(run.id) / "syncer-plan" / "plan.json"
    plan.write_text(plan.read_text("utf-8").replace("172.16.0.2", "172.16.0.66"), "utf-8")
    assert merge(github, "new", sha).results == {"plan": "success", "apply": "failure"}
    assert github.origin.gatekeepers() == {"HQ phones": "172.16.0.1"}


def test_a_base_that_cannot_be_read_is_no_obstacle(github: GitHub) -> None:
    """So that a broken main can be repaired, and the first pull request be planned at all."""
    github.origin.push("main", {FILE: "configs: broken"})
    sha = github.origin.push("repaired", {FILE: CONFIG.format(gk1="172.16.0.2")})
    run = pull_request(github, "repaired", sha)
    assert run.succeeded, run.said
    assert "Once more, without the base:" in run.said
    assert "172.16.0.2" in bodies(github)[0]


def test_a_merge_without_changes_asks_nobody(github: GitHub) -> None:
    sha = github.origin.push("new", {"README.md": "Phones"})
    assert pull_request(github, "new", sha).succeeded
    assert merge(github, "new", sha).results == {"plan": "success", "apply": "skipped"}


def test_bad_files_are_told_where_the_plan_was(github: GitHub) -> None:
    sha = github.origin.push("new", {FILE: "domain: example.com\nconfigs:\n  - {type: PHONE}\n"})
    run = pull_request(github, "new", sha)
    assert run.results == {"validate": "failure", "plan": "skipped", "comment": "success"}
    assert f"::error file={FILE},line=3,col=5," in run.said
    assert "**syncer: no plan.** Something failed; the log of the run says what." in bodies(github)[0]
    unreviewed = merge(github, "new", sha)
    assert unreviewed.results == {"plan": "failure", "apply": "skipped"}
    assert unreviewed.annotations[0].startswith("::error title=No reviewed plan::The pull request has no plan")


def test_a_fork_gets_no_plan_and_is_told_why(github: GitHub) -> None:
    sha = github.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    run = pull_request(github, "new", sha, repository="mallory/phones")
    assert run.results == {"validate": "success", "plan": "skipped", "comment": "skipped"}
    assert "GitHub gives no secrets to pull requests from forks" in run.annotations[-1]
    assert run.summary.startswith("No plan: ")
    github.add("runs", **{**github.state["runs"][0], "id": 99})
    shutil.copytree(CI, github.folder / "artifacts" / "99" / "syncer-plan")  # what a fork could say that it planned
    run = merge(github, "new", sha, "mallory/phones")
    assert run.results == {"plan": "failure", "apply": "skipped"}
    assert "did not come from a pull request of this repository" in run.annotations[0]
    main = github.state["pulls"][0]["merge_commit_sha"]
    github.add("pulls", **merged(main, sha, REPOSITORY))
    assert github.run("syncer-apply.yml", "push", "main").results == {"plan": "failure", "apply": "skipped"}


def test_a_push_without_a_pull_request_applies_nothing(github: GitHub) -> None:
    github.origin.push("main", {FILE: CONFIG.format(gk1="172.16.0.2")})
    run = github.run("syncer-apply.yml", "push", "main")
    assert run.results == {"plan": "failure", "apply": "skipped"}
    assert run.annotations[0].startswith(
        "::error title=No reviewed plan::This commit did not come from a pull request of this repository."
    )


def test_what_a_server_says_is_no_command_to_the_runner(github: GitHub) -> None:
    """And none to GitHub, where a comment is."""
    sha = github.origin.push("new", {FILE: HOSTILE})
    run = pull_request(github, "new", sha)
    assert run.succeeded, run.said
    assert not [line for line in run.annotations if line.startswith("::error")]
    (body,) = bodies(github)
    assert not list(github.folder.parent.rglob("pwned"))
    assert "+::error::fooled\n" in body
    assert not [line for line in body.splitlines() if line.lstrip().startswith(("/", "::"))]


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_the_fake_selects_as_jq_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
    monkeypatch.setenv("GITHUB_SHA", "abc")
    bot, ann = {"login": gh.BOT}, {"login": "ann"}
    plan, drift = "<!-- syncer plan -->", "<!-- syncer drift -->"
    both = [(user, body) for user in (bot, ann) for body in (f"{plan}\nx", f"{drift}\nx", "text", f"x {plan}")]
    noted = [{"id": n, "number": n, "user": user, "body": body} for n, (user, body) in enumerate(both)]
    repositories = ({"full_name": REPOSITORY}, {"full_name": "m/p"}, None)
    pulls: list[Any] = [
        {"merged_at": at, "merge_commit_sha": sha, "head": {"sha": f"{at}{sha}{n}", "repo": repository}}
        for at in (None, "now")
        for sha in ("abc", "x")
        for n, repository in enumerate(repositories)
    ]
    runs = {"workflow_runs": [{"id": n, "head_repository": {"full_name": n}} for n in ("m/p", REPOSITORY)]}
    ours = f'.[] | select(.user.login == "{gh.BOT}" and '
    cases: list[tuple[str, Any, list[Any]]] = [
        (f'{ours}(.body | startswith("{plan}"))) | .id', noted, [0]),
        (f'{ours}(.body // "" | startswith("{drift}"))) | .number', [*noted, {"user": bot, "body": None}], [1]),
        (gh.merged(REPOSITORY, "abc"), pulls, ["nowabc0"]),
        (".head.sha", pulls[0], [pulls[0]["head"]["sha"]]),
        (f'.workflow_runs[] | select(.head_repository.full_name == "{REPOSITORY}") | .id', runs, [REPOSITORY]),
    ]
    for expression, found, selected in cases:
        printed = subprocess.check_output(["jq", "-c", expression], input=json.dumps(found), text=True)
        assert [json.loads(line) for line in printed.splitlines()] == selected
        assert gh.select(expression, found) == selected
