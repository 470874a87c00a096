"""GitLab in small: its API on loopback, and pipelines whose jobs run here as the YAML says."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from syncer.emulator import PASSWORD
from tests.ci.documents import document
from tests.ci.origin import Origin, git
from tests.ci.shell import bash

PROJECT = 42
BOT = 7  # the user of the project token
Job = dict[str, Any]


@dataclass
class Pipeline:
    """What ran, and what a person reads in the logs of its jobs."""

    id: int
    results: dict[str, str] = field(default_factory=dict)  # success, failed, or manual: waits to be played
    logs: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, Path] = field(default_factory=dict)


@dataclass
class State:
    """What the service knows; lists are newest first, as it gives them, but for notes."""

    folder: Path
    notes: list[Job] = field(default_factory=list)
    issues: list[Job] = field(default_factory=list)
    merged: list[Job] = field(default_factory=list)
    pipelines: list[tuple[str, Pipeline]] = field(default_factory=list)  # with the merge request's iid
    calls: list[str] = field(default_factory=list)
    head: str = ""  # of merge request 3

    def answer(self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str]) -> Any:
        """What one request gives, None for 404."""
        self.calls.append(f"{method} {path}")
        match (method, *path.split("/")):
            case ("GET", "user"):
                return {"id": BOT}
            case ("GET", "merge_requests", "3", "notes"):
                return self.notes
            case ("POST", "merge_requests" | "issues" as where, iid, "notes"):
                self.notes.append({"id": 1000 + len(self.calls), "author": {"id": BOT}, "on": f"{where}/{iid}", **form})
            case ("PUT", "merge_requests", "3", "notes", id):
                next(one for one in self.notes if one["id"] == int(id)).update(form)
            case ("GET", "merge_requests", "3"):
                return {"sha": self.head}
            case ("GET", "issues"):
                return [one for one in self.issues if one["state"] == query["state"]]
            case ("POST", "issues"):
                self.issues.insert(0, {"iid": len(self.calls), "author": {"id": BOT}, "state": "opened", **form})
            case ("PUT", "issues", iid):
                issue = next(one for one in self.issues if one["iid"] == int(iid))
                issue.update({"state": "closed"} if form == {"state_event": "close"} else form)
            case ("GET", *rest):
                return self._of_pipelines(rest)
            case _:
                return None
        return {}

    def _of_pipelines(self, path: list[str]) -> Any:
        match path:
            case ["repository", "commits", _, "merge_requests"]:
                return self.merged
            case ["merge_requests", iid, "pipelines"]:
                return [{"id": pipeline.id} for of, pipeline in self.pipelines if of == iid]
            case ["pipelines", id, "jobs"]:
                (pipeline,) = [pipeline for _, pipeline in self.pipelines if pipeline.id == int(id)]
                return [{"id": f"{id}-{n}", "name": n, "status": s} for n, s in pipeline.results.items()]
            case ["jobs", id, "artifacts", name]:
                pipeline_id, _, job = id.partition("-")
                (pipeline,) = [pipeline for _, pipeline in self.pipelines if pipeline.id == int(pipeline_id)]
                file = pipeline.artifacts[job] / name
                return file.read_bytes() if file.exists() else None
        return None


class _Handler(BaseHTTPRequestHandler):
    """Says what the state answers, a list page by page."""

    state: ClassVar[State]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        path = url.path.removeprefix("/api/v4/").removeprefix(f"projects/{PROJECT}/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.headers["PRIVATE-TOKEN"] != "the-token":
            self.send_error(401)
            return
        answer = self.state.answer(self.command, path, query, dict(parse_qsl(body, keep_blank_values=True)))
        if answer is None:
            self.send_error(404)
            return
        self.send_response(200)
        if isinstance(answer, list) and "page" in query:
            size, page = int(query["per_page"]), int(query["page"])
            self.send_header("X-Next-Page", str(page + 1) if len(answer) > size * page else "")
            answer = answer[size * (page - 1) : size * page]
        self.end_headers()
        self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    do_POST = do_PUT = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nowhere."""


def rule_holds(condition: str, variables: Mapping[str, str]) -> bool:
    """An `if` of a rule, as far as ours use them."""
    return all(_compared(part, variables) for part in condition.split(" && "))


def _compared(text: str, variables: Mapping[str, str]) -> bool:
    match = re.fullmatch(r'\$(\w+) (==|!=|=~) (?:\$(\w+)|"([^"]*)"|/(.+)/)', text)
    assert match, text
    value = variables.get(match[1], "")
    if match[2] == "=~":
        return re.search(match[5], value) is not None
    return (value == (match[4] if match[3] is None else variables.get(match[3], ""))) == (match[2] == "==")


class GitLab:
    """A project with pipelines; `variables` are those of its settings."""

    def __init__(self, folder: Path, origin: Origin, programs: Path, url: str, state: State) -> None:
        self.folder = folder
        self.origin = origin
        self.state = state
        self.waiting: Callable[[], object] = lambda: None  # what happens before somebody plays a manual job
        self.variables = {"SYNCER_PASSWORD": PASSWORD, "GITLAB_API_TOKEN": "the-token"}
        self._url = url
        self._path = programs
        self._runs = 0

    def run(self, source: str, ref: str, /, *played: str, **variables: str) -> Pipeline:
        """A pipeline, and of its manual jobs those that are played."""
        self._runs += 1
        pipeline = Pipeline(self._runs)
        folder = self.folder / f"pipeline{pipeline.id}"
        folder.mkdir()
        config = document(self.origin.checkout(ref, folder / "config") / ".gitlab-ci.yml")
        known = {
            **{name: str(v["value"] if isinstance(v, dict) else v) for name, v in config["variables"].items()},
            **self.variables,
            "CI_PIPELINE_SOURCE": source,
            "CI_PIPELINE_URL": f"https://gitlab.example.com/pipelines/{pipeline.id}",
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": git(self.origin.folder, "rev-parse", ref),
            "CI_API_V4_URL": self._url,
            "CI_PROJECT_ID": str(PROJECT),
            **({} if source == "merge_request_event" else {"CI_COMMIT_BRANCH": ref}),
            **variables,
        }
        assert self._when(config["workflow"]["rules"], known) != "never"
        jobs = {n: _whole(config, job) for n, job in config.items() if isinstance(job, dict) and "script" in job}
        for name, job in sorted(jobs.items(), key=lambda item: config["stages"].index(item[1]["stage"])):
            self._job(pipeline, name, job, known, played)
        self.state.pipelines.insert(0, (known.get("CI_MERGE_REQUEST_IID", ""), pipeline))
        return pipeline

    def _when(self, rules: list[Job], known: Mapping[str, str]) -> str:
        """The first rule that holds decides."""
        found = (one.get("when", "on_success") for one in rules if "if" not in one or rule_holds(one["if"], known))
        return str(next(found, "never"))

    def _job(self, pipeline: Pipeline, name: str, job: Job, known: Mapping[str, str], played: tuple[str, ...]) -> None:
        when = self._when(job["rules"], known)
        needs = [one["job"] for one in job.get("needs", ()) if one["job"] in pipeline.results]
        assert all(one.get("optional") or one["job"] in needs for one in job.get("needs", ())) or when == "never"
        if when == "never" or (when != "always" and any(pipeline.results[one] != "success" for one in needs)):
            return
        if when == "manual" and name not in played:
            pipeline.results[name] = "manual"
            return
        if when == "manual":
            self.waiting()
        work = self.folder / f"pipeline{pipeline.id}" / name.replace(":", "-")
        self.origin.checkout(known["CI_COMMIT_SHA"], work)
        for one in needs:
            shutil.copytree(pipeline.artifacts[one], work, dirs_exist_ok=True)
        environ = {**known, **{n: _expanded(v, known) for n, v in job.get("variables", {}).items()}}
        done = bash("\n".join([*job["before_script"], *job["script"]]), work, self._path, environ)
        pipeline.results[name] = "success" if done.code == 0 else "failed"
        pipeline.logs[name] = done.out + done.err
        pipeline.artifacts[name] = self._keep(work, job.get("artifacts", {}), pipeline.results[name])

    def _keep(self, work: Path, artifacts: Job, result: str) -> Path:
        kept = work.with_name(f"{work.name}-artifacts")
        kept.mkdir()
        if artifacts.get("when", "on_success") == "on_success" and result != "success":
            return kept
        for path in [*artifacts.get("paths", ()), *artifacts.get("reports", {}).values()]:
            source, target = work / path, kept / path
            if source.is_dir():
                shutil.copytree(source, target)
            elif source.exists():
                shutil.copyfile(source, target)
        return kept


def _whole(config: Job, job: Job) -> Job:
    """With what it extends."""
    return {"before_script": [], **(config[job["extends"]] if "extends" in job else {}), **job}


def _expanded(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda match: known[match[1]], text)


@contextmanager
def served(folder: Path, origin: Origin, programs: Path) -> Iterator[GitLab]:
    """The service while the context lasts."""
    state = State(folder)
    handler = type("Handler", (_Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield GitLab(folder, origin, programs, f"http://127.0.0.1:{server.server_port}/api/v4", state)
        finally:
            server.shutdown()
            thread.join()
