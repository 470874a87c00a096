"""GitHub Actions in small: runs the jobs of a workflow as its YAML says, with stand-ins for the published actions."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.emulator import PASSWORD
from tests.ci import gh
from tests.ci.documents import document
from tests.ci.expressions import holds, text
from tests.ci.origin import Origin, git
from tests.ci.shell import bash

REPOSITORY = "example/phones"
_EVENT = {"repository": {"default_branch": "main"}}  # of a schedule GitHub tells nothing
Document = Mapping[str, Any]


@dataclass
class Run:
    """One run of a workflow: the result of each job, and what people see of it."""

    id: int
    results: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    said: str = ""
    summary: str = ""
    annotations: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """As the whole run is told."""
        return set(self.results.values()) <= {"success", "skipped"}


@dataclass
class _Job:
    """What steps of one job share."""

    folder: Path
    environ: dict[str, str]
    contexts: dict[str, Any]


class GitHub:
    """The service: its state in a folder that the stand-in for `gh` reads too, and runners on this machine."""

    def __init__(self, folder: Path, origin: Origin, programs: Path) -> None:
        self.folder = folder
        self.origin = origin
        self._path = programs
        gh.write(folder, {"comments": [], "issues": [], "pulls": [], "runs": [], "calls": [], "head": ""})

    @property
    def state(self) -> gh.State:
        """Comments, issues and so on."""
        return gh.read(self.folder)

    def add(self, kind: str, **values: Any) -> None:
        """Something that people made."""
        state = self.state
        state[kind].insert(0, values)
        gh.write(self.folder, state)

    def run(
        self,
        name: str,
        event: str,
        ref: str,
        payload: Document | None = None,
        *,
        trusted: bool = True,
        inputs: Mapping[str, str] | None = None,
        waiting: Callable[[], object] = lambda: None,
    ) -> Run:
        """The whole workflow of this file as `ref` has it. Where not trusted there are no secrets.

        `waiting` is what happens before somebody approves a job of an environment.
        """
        run = Run(len(self.state["runs"]) + 1)
        sha = git(self.origin.folder, "rev-parse", ref)
        files = self.origin.checkout(ref, self.folder / f"workflow{run.id}")
        workflow = document(files / ".github" / "workflows" / name)
        assert event in workflow["on"]
        contexts: dict[str, Any] = {
            "github": {
                "event_name": event,
                "event": {**({} if event == "schedule" else _EVENT), **(payload or {})},
                "ref": ref if ref.startswith("refs/") else f"refs/heads/{ref}",
                "ref_name": ref.removeprefix("refs/tags/"),
                "ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
                "repository": REPOSITORY,
                "actor": "ann",
                "token": "the-token",
                "server_url": "https://github.com",
                "run_id": run.id,
                "sha": sha,
            },
            "secrets": {"SYNCER_PASSWORD": PASSWORD} if trusted else {},
            "vars": {},
            "inputs": inputs or {},
            "needs": {},
        }
        for job_name, job in workflow["jobs"].items():
            if "environment" in job:
                waiting()
            self._job(run, job_name, job, contexts)
        head = (payload or {}).get("pull_request", {}).get("head", {})
        self.add(
            "runs",
            id=run.id,
            workflow=name,
            event=event,
            status="success" if run.succeeded else "failure",
            head_sha=head.get("sha", sha),
            head_repository={"full_name": head.get("repo", {}).get("full_name", REPOSITORY)},
        )
        return run

    def _job(self, run: Run, name: str, job: Document, outer: Mapping[str, Any]) -> None:
        needs = [job["needs"]] if isinstance(job.get("needs"), str) else list(job.get("needs", ()))
        before = {one: {"result": run.results[one], "outputs": run.outputs[one]} for one in needs}
        contexts = {
            **outer,
            "needs": before,
            "ok": all(one["result"] == "success" for one in before.values()),
            "steps": {},
            "runner": {},
            "env": {},
        }
        run.outputs[name] = {}
        if not holds(job.get("if"), contexts):
            run.results[name] = "skipped"
            return
        folder = self.folder / f"run{run.id}-{name}"
        (folder / "temp").mkdir(parents=True)
        (folder / "work").mkdir()
        environ = {k: text(v, contexts) for k, v in job.get("env", {}).items()}
        contexts |= {"env": environ, "runner": {"temp": str(folder / "temp")}, "ok": True}
        self._steps(run, job["steps"], _Job(folder, environ, contexts))
        run.results[name] = "success" if contexts["ok"] else "failure"
        run.outputs[name] = {k: text(v, contexts) for k, v in job.get("outputs", {}).items()}

    def _steps(self, run: Run, steps: list[Any], job: _Job) -> None:
        for step in steps:
            if not holds(step.get("if"), job.contexts):
                continue
            environ = job.environ | {k: text(v, job.contexts) for k, v in step.get("env", {}).items()}
            given = {k: text(v, job.contexts) for k, v in step.get("with", {}).items()}
            if "run" in step:
                ok, outputs = self._shell(run, step["run"], job, environ)
            else:
                ok, outputs = self._action(run, step["uses"].partition("@")[0], given, job, environ)
            job.contexts["ok"] = job.contexts["ok"] and ok
            if "id" in step:
                job.contexts["steps"][step["id"]] = {"outputs": outputs, "outcome": "success" if ok else "failure"}

    def _shell(self, run: Run, script: str, job: _Job, environ: dict[str, str]) -> tuple[bool, dict[str, str]]:
        assert "${{" not in script
        files = {name: job.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("", "utf-8")
        github = {
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SHA": job.contexts["github"]["sha"],
            "RUNNER_TEMP": str(job.folder / "temp"),
            "FAKE_GITHUB": str(self.folder),
        }
        done = bash(script, job.folder / "work", self._path, environ | github | {k: str(v) for k, v in files.items()})
        run.said += done.out + done.err
        run.annotations += commands(done.out)
        run.summary += files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text("utf-8").splitlines())
        return done.code == 0, outputs

    def _action(
        self, run: Run, name: str, given: dict[str, str], job: _Job, environ: dict[str, str]
    ) -> tuple[bool, dict[str, str]]:
        work = job.folder / "work"
        artifact = self.folder / "artifacts" / str(run.id) / given.get("name", "")
        match name:
            case "actions/checkout":
                assert given["persist-credentials"] == "false"
                work.rmdir()
                self.origin.checkout(given.get("ref") or job.contexts["github"]["sha"], work)
            case "actions/setup-python":
                pass
            case "actions/upload-artifact":
                return self._upload(work / given["path"], artifact, given), {}
            case "actions/download-artifact":
                shutil.copytree(artifact, work / given["path"])
            case "./.github/action":
                return self._composite(run, document(work / name / "action.yml"), given, job, environ)
            case _:
                raise AssertionError(name)
        return True, {}

    def _upload(self, source: Path, artifact: Path, given: Mapping[str, str]) -> bool:
        """Without file modes, as they are lost on the way."""
        if not source.is_dir() or not any(source.iterdir()):
            return given["if-no-files-found"] != "error"
        shutil.rmtree(artifact, ignore_errors=True)
        shutil.copytree(source, artifact, copy_function=shutil.copyfile)
        return True

    def _composite(
        self, run: Run, action: Document, given: dict[str, str], job: _Job, environ: dict[str, str]
    ) -> tuple[bool, dict[str, str]]:
        assert given.keys() <= action["inputs"].keys()
        inputs = {k: str(v["default"]) for k, v in action["inputs"].items()} | given
        contexts = {**job.contexts, "inputs": inputs or {}, "steps": {}, "secrets": {}, "ok": True}
        self._steps(run, action["runs"]["steps"], _Job(job.folder, environ, contexts))
        return bool(contexts["ok"]), {k: text(v["value"], contexts) for k, v in action["outputs"].items()}


def commands(log: str) -> list[str]:
    """The annotations that a runner takes from a log, as long as it is not told to leave it alone."""
    found: list[str] = []
    until: str | None = None
    for line in log.splitlines():
        if until is not None:
            until = None if line.strip() == f"::{until}::" else until
        elif stopped := re.fullmatch(r"::stop-commands::(\w{32})", line.strip()):
            until = stopped[1]
        elif line.lstrip().startswith("::"):
            found.append(line.strip())
    assert until is None
    return found
