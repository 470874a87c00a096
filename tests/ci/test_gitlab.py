"""GitLab's pipeline, followed through whole stories."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci.gitlab import PROJECT, GitLab, Pipeline, served
from tests.ci.origin import CONFIG, FILE, git, project
from tests.ci.shell import CI, needs_bash

pytestmark = [needs_bash, pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")]

FILES = {".gitlab-ci.yml": (CI / "gitlab" / "gitlab-ci.yml").read_text("utf-8")}
BRANCH = "new-$(touch${IFS}pwned)-`id`"  # git allows it
OTHERS = {"author": {"id": 1}, "body": "<!-- syncer plan --> not the token's"}


@pytest.fixture
def gitlab(tmp_path: Path, programs: Path) -> Iterator[GitLab]:
    (tmp_path / "gitlab").mkdir()
    with project(tmp_path, FILES) as origin, served(tmp_path / "gitlab", origin, programs) as gitlab:
        yield gitlab


def merge_request(gitlab: GitLab, branch: str, project_id: int = PROJECT, head: str = "") -> Pipeline:
    """A push to merge request 3; its head may be another by now."""
    gitlab.state.head = head or git(gitlab.origin.folder, "rev-parse", branch)
    return gitlab.run(
        "merge_request_event",
        branch,
        CI_MERGE_REQUEST_IID="3",
        CI_MERGE_REQUEST_TITLE="$(touch pwned)",
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID=str(project_id),
        CI_MERGE_REQUEST_PROJECT_ID=str(PROJECT),
    )


def merge(gitlab: GitLab, branch: str, *played: str, project_id: int = PROJECT) -> Pipeline:
    """Merging it, and what that starts."""
    sha = gitlab.origin.merge(branch, "heads/main")
    ids = {"source_project_id": project_id, "target_project_id": PROJECT}
    shas = {"merge_commit_sha": sha, "squash_commit_sha": None, "sha": git(gitlab.origin.folder, "rev-parse", branch)}
    gitlab.state.merged.insert(0, {"iid": 3, "state": "merged", **ids, **shas})
    return gitlab.run("push", "main", *played)


def test_from_a_merge_request_to_a_night_without_drift(gitlab: GitLab) -> None:
    origin, state = gitlab.origin, gitlab.state
    state.notes += [{"id": n, **OTHERS} for n in range(150)]  # more than a page
    origin.push(BRANCH, {FILE: CONFIG.format(gk1="172.16.0.2")})
    origin.push("main", {"README.md": "moved on meanwhile"})
    run = merge_request(gitlab, BRANCH)
    assert run.results == {"syncer:plan": "success", "syncer:note": "success"}, run.logs
    assert len(state.notes) == 151
    assert state.notes[-1]["body"].startswith("<!-- syncer plan -->\n")
    assert "172.16.0.2" in state.notes[-1]["body"]
    reports = run.artifacts["syncer:plan"]
    assert (reports / "plan.junit.xml").read_text("utf-8").count(' name="update config[') == 1
    assert json.loads((reports / "plan.codequality.json").read_text("utf-8"))[0]["location"]["path"] == FILE

    origin.push(BRANCH, {FILE: CONFIG.format(gk1="172.16.0.3")})
    run = merge_request(gitlab, BRANCH)
    assert len(state.notes) == 151
    assert "172.16.0.3" in state.notes[-1]["body"]
    assert "172.16.0.2" not in state.notes[-1]["body"]

    merged = merge(gitlab, BRANCH, "syncer:apply")
    assert merged.results == {"syncer:reviewed": "success", "syncer:apply": "success"}, merged.logs
    assert origin.gatekeepers() == {"HQ phones": "172.16.0.3"}
    assert "Applied, and read back." in merged.logs["syncer:apply"]
    reviewed = merged.artifacts["syncer:reviewed"] / "plan.json"
    assert reviewed.read_bytes() == (run.artifacts["syncer:plan"] / "plan.json").read_bytes()
    assert any((merged.artifacts["syncer:apply"] / ".syncer" / "journal").iterdir())

    night = gitlab.run("schedule", "main")
    assert night.results == {"syncer:drift": "success", "syncer:issue": "success"}
    assert "In step." in night.logs["syncer:drift"]
    assert "No drift." in night.logs["syncer:issue"]
    assert state.issues == []
    assert not list(gitlab.folder.rglob("pwned"))


def test_apply_waits_for_somebody(gitlab: GitLab) -> None:
    gitlab.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    merge_request(gitlab, "new")
    assert merge(gitlab, "new").results == {"syncer:reviewed": "success", "syncer:apply": "manual"}
    assert gitlab.origin.gatekeepers() == {"HQ phones": "172.16.0.1"}


def test_drift_opens_one_issue_updates_and_closes_it(gitlab: GitLab) -> None:
    state = gitlab.state
    state.issues.append({"iid": 1, "author": {"id": 1}, "state": "opened", "description": None})
    for gatekeeper in ("10.0.0.1", "10.0.0.2"):
        gitlab.origin.change(gatekeeper)
        assert gitlab.run("schedule", "main").results["syncer:issue"] == "success"
    ours, theirs = state.issues
    assert ours["title"] == "syncer: the server has drifted"
    assert "`172.16.0.1` (files) → `10.0.0.2` (live)" in ours["description"]
    assert "10.0.0.1" not in ours["description"]
    gitlab.origin.change("172.16.0.1")
    assert gitlab.run("schedule", "main").results["syncer:issue"] == "success"
    assert (ours["state"], theirs["state"]) == ("closed", "opened")
    assert state.notes[-1]["on"] == f"issues/{ours['iid']}"
    assert state.notes[-1]["body"].startswith("No differences any more: https://")


def test_a_night_that_could_not_log_in_fails_and_touches_no_issue(gitlab: GitLab) -> None:
    gitlab.variables["SYNCER_PASSWORD"] = "wrong"
    assert gitlab.run("schedule", "main").results == {"syncer:drift": "failed"}
    assert gitlab.state.calls == []


def test_a_plan_that_went_stale_is_made_anew_by_hand(gitlab: GitLab) -> None:
    gitlab.origin.push("new", {FILE: "domain: example.com\nconfigs: []\n"})
    merge_request(gitlab, "new")
    gitlab.origin.change("10.0.0.9")
    run = merge(gitlab, "new", "syncer:apply")
    assert run.results == {"syncer:reviewed": "success", "syncer:apply": "failed"}
    assert "The plan is stale: the server or the files moved on after it." in run.logs["syncer:apply"]

    refused = gitlab.run("web", "main", "syncer:apply")
    assert refused.results == {"syncer:plan": "success", "syncer:apply": "failed"}
    assert "A guard refused it; see above which number to confirm." in refused.logs["syncer:apply"]
    assert gitlab.origin.gatekeepers() == {"HQ phones": "10.0.0.9"}

    hostile = gitlab.run(
        "web", "main", "syncer:apply", CONFIRM_DELETES='1" $(touch pwned) `touch pwned`; touch pwned #'
    )
    assert hostile.results["syncer:apply"] == "failed"
    assert not list(gitlab.folder.rglob("pwned"))

    confirmed = gitlab.run("web", "main", "syncer:apply", CONFIRM_DELETES="1")
    assert confirmed.results == {"syncer:plan": "success", "syncer:apply": "success"}, confirmed.logs
    assert gitlab.origin.gatekeepers() == {}


def test_what_main_took_back_before_somebody_played_it_is_not_applied(gitlab: GitLab) -> None:
    """Its plan still fits the server, and the commit that it belongs to."""
    origin = gitlab.origin
    origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    merge_request(gitlab, "new")
    gitlab.waiting = lambda: origin.push("main", {FILE: CONFIG.format(gk1="172.16.0.1"), "why": ""})
    run = merge(gitlab, "new", "syncer:apply")
    assert run.results == {"syncer:reviewed": "success", "syncer:apply": "failed"}
    assert "The plan is stale" in run.logs["syncer:apply"]
    assert origin.gatekeepers() == {"HQ phones": "172.16.0.1"}


def test_an_old_pipeline_that_runs_again_leaves_the_note_alone(gitlab: GitLab) -> None:
    gitlab.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.66")})
    merge_request(gitlab, "new")
    (note,) = [one["body"] for one in gitlab.state.notes]
    gitlab.origin.push("older", {FILE: CONFIG.format(gk1="172.16.0.2")})
    again = merge_request(gitlab, "older", head=git(gitlab.origin.folder, "rev-parse", "new"))
    assert again.results == {"syncer:plan": "success", "syncer:note": "success"}
    assert [one["body"] for one in gitlab.state.notes] == [note]
    assert "No note: the merge request is at" in again.logs["syncer:note"]


def test_bad_files_are_told_where_the_plan_was(gitlab: GitLab) -> None:
    gitlab.origin.push("new", {FILE: "domain: example.com\nconfigs:\n  - {type: PHONE}\n"})
    run = merge_request(gitlab, "new")
    assert run.results == {"syncer:plan": "failed", "syncer:note": "success"}
    assert f"{FILE}:3:5" in run.logs["syncer:plan"]
    assert "**syncer: no plan.** Something failed" in gitlab.state.notes[0]["body"]
    merged = merge(gitlab, "new", "syncer:apply")
    assert merged.results == {"syncer:reviewed": "failed"}
    assert "No reviewed plan: the last pipeline of merge request 3 made none." in merged.logs["syncer:reviewed"]


def test_a_conflict_is_told(gitlab: GitLab) -> None:
    gitlab.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    gitlab.origin.push("main", {FILE: CONFIG.format(gk1="172.16.0.3")})
    run = merge_request(gitlab, "new")
    assert run.results["syncer:plan"] == "failed"
    assert "No plan: the branch conflicts with its target; rebase it." in run.logs["syncer:plan"]


def test_without_a_token_the_note_says_what_is_missing(gitlab: GitLab) -> None:
    del gitlab.variables["GITLAB_API_TOKEN"]
    gitlab.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    run = merge_request(gitlab, "new")
    assert run.results == {"syncer:plan": "success", "syncer:note": "failed"}
    assert "GITLAB_API_TOKEN: is not set, see the top of .gitlab-ci.yml" in run.logs["syncer:note"]


def test_a_fork_gets_no_plan_and_is_told_why(gitlab: GitLab) -> None:
    gitlab.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    run = merge_request(gitlab, "new", project_id=43)
    assert run.results == {"syncer:no-plan": "success"}
    assert "a fork has no variables of this project" in run.logs["syncer:no-plan"]
    merged = merge(gitlab, "new", project_id=43)
    assert merged.results == {"syncer:reviewed": "failed"}
    told = "No reviewed plan: this commit did not come from a merge request of this project."
    assert told in merged.logs["syncer:reviewed"]


def test_an_artifact_that_expired(gitlab: GitLab) -> None:
    gitlab.origin.push("new", {FILE: CONFIG.format(gk1="172.16.0.2")})
    run = merge_request(gitlab, "new")
    (run.artifacts["syncer:plan"] / "plan.json").unlink()
    merged = merge(gitlab, "new")
    assert merged.results == {"syncer:reviewed": "failed"}
    assert "No reviewed plan: that of merge request 3 is kept no longer." in merged.logs["syncer:reviewed"]
