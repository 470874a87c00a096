"""A GitHub that fits into a folder: state.json, and artifacts/RUN/NAME/. Run as a program it is `gh` over it.

Only what the workflows use; anything else ends with a complaint, and fails the test.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"
State = dict[str, Any]


def read(folder: Path) -> State:
    """All that the service knows."""
    return dict(json.loads((folder / "state.json").read_text("utf-8")))


def write(folder: Path, state: State) -> None:
    """Keep it."""
    (folder / "state.json").write_text(json.dumps(state), "utf-8")


def _starts(marker: str, key: str) -> Callable[[Any], list[Any]]:
    return lambda found: [
        one[key] for one in found if one["user"]["login"] == BOT and (one["body"] or "").startswith(marker)
    ]


def merged(repository: str, sha: str) -> str:
    """The head of a pull request of the repository itself that became this commit."""
    ours = f'.merge_commit_sha == "{sha}" and .head.repo.full_name == "{repository}"'
    return f".[] | select(.merged_at != null and {ours}) | .head.sha"


def select(expression: str, found: Any) -> list[Any]:
    """What jq gives for one of the workflows' own expressions; test_github compares it with a real jq."""
    repository, sha = os.environ["GITHUB_REPOSITORY"], os.environ.get("GITHUB_SHA", "")
    plan, drift = "<!-- syncer plan -->", "<!-- syncer drift -->"
    ours = f'.[] | select(.user.login == "{BOT}" and '
    known: Mapping[str, Callable[[Any], list[Any]]] = {
        f'{ours}(.body | startswith("{plan}"))) | .id': _starts(plan, "id"),
        f'{ours}(.body // "" | startswith("{drift}"))) | .number': _starts(drift, "number"),
        merged(repository, sha): lambda pulls: [
            one["head"]["sha"]
            for one in pulls
            if one["merged_at"] is not None
            and one["merge_commit_sha"] == sha
            and (one["head"]["repo"] or {}).get("full_name") == repository
        ],
        ".head.sha": lambda pull: [pull["head"]["sha"]],
        f'.workflow_runs[] | select(.head_repository.full_name == "{repository}") | .id': lambda answer: [
            one["id"] for one in answer["workflow_runs"] if one["head_repository"]["full_name"] == repository
        ],
    }
    return known[expression](found)


class Api:
    """`gh api`: routes over the state."""

    def __init__(self, state: State, number_of: Callable[[], int]) -> None:
        self._state = state
        self._new = number_of

    def answer(self, method: str, url: str, fields: Mapping[str, str]) -> Any:
        """What one request gives, after what it does."""
        path, query = urlsplit(url).path, {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        where = path.removeprefix(f"repos/{os.environ['GITHUB_REPOSITORY']}/").split("/")
        match (method, *where):
            case ("GET", "issues", number, "comments"):
                return [one for one in self._state["comments"] if one["issue"] == int(number)]
            case ("POST", "issues", number, "comments"):
                self._add("comments", id=self._new(), issue=int(number), **fields)
            case ("PATCH", "issues", "comments", id):
                self._change("comments", "id", id, fields)
            case ("GET", "issues"):
                return [one for one in self._state["issues"] if one["state"] == query["state"]]
            case ("POST", "issues"):
                self._add("issues", number=self._new(), state="open", **fields)
            case ("PATCH", "issues", number):
                self._change("issues", "number", number, fields)
            case ("GET", "commits", sha, "pulls"):
                return [one for one in self._state["pulls"] if sha in one["commits"]]
            case ("GET", "pulls", _):
                return {"head": {"sha": self._state["head"]}}
            case ("GET", "actions", "workflows", name, "runs"):
                wanted = {"workflow": name, **query}
                return {"workflow_runs": [r for r in self._state["runs"] if all(r[k] == v for k, v in wanted.items())]}
            case _:
                sys.exit(f"the fake gh knows no {method} {path}")
        return None

    def _add(self, kind: str, **values: Any) -> None:
        self._state[kind].append({"user": {"login": BOT}, **values})

    def _change(self, kind: str, key: str, value: str, fields: Mapping[str, str]) -> None:
        (one,) = [one for one in self._state[kind] if one[key] == int(value)]
        assert one["user"]["login"] == BOT
        one.update(fields)


def _api(args: argparse.Namespace, folder: Path) -> None:
    state = read(folder)
    fields = dict(field.split("=", 1) for field in args.raw)
    for name, value in (field.split("=", 1) for field in args.field):
        fields[name] = Path(value[1:]).read_text("utf-8") if value.startswith("@") else value
    state["calls"].append([args.method, args.url])
    answer = Api(state, lambda: len(state["calls"])).answer(args.method, args.url, fields)
    write(folder, state)
    if args.jq:
        print(*select(args.jq, answer), sep="\n")


def _download(args: argparse.Namespace, folder: Path) -> None:
    source = folder / "artifacts" / args.run / args.name
    if not source.exists():
        sys.exit("no artifact matches any of the names or patterns provided")
    shutil.copytree(source, args.dir)


def main() -> None:
    """The command line."""
    assert os.environ["GH_TOKEN"] == "the-token"
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    api = commands.add_parser("api")
    api.add_argument("url")
    api.add_argument("--method", default="GET")
    api.add_argument("--field", action="append", default=[])
    api.add_argument("--raw-field", dest="raw", action="append", default=[])
    api.add_argument("--jq")
    api.add_argument("--paginate", action="store_true")
    api.add_argument("--silent", action="store_true")
    api.set_defaults(do=_api)
    download = commands.add_parser("run").add_subparsers(required=True).add_parser("download")
    download.add_argument("run")
    for name in ("repo", "name", "dir"):
        download.add_argument(f"--{name}", required=True)
    download.set_defaults(do=_download)
    args = parser.parse_args()
    args.do(args, Path(os.environ["FAKE_GITHUB"]))


if __name__ == "__main__":
    main()
