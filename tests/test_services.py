"""examples/systemd and examples/kubernetes: what they run exists, and they run it with no more rights than it needs."""

import configparser
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from syncer import __version__, resources
from syncer.cli.main import cli

EXAMPLES = resources.directory("examples")
UNITS = sorted(path for path in (EXAMPLES / "systemd").iterdir() if path.suffix != ".md")
SERVICES = [path for path in UNITS if path.suffix == ".service"]
MANIFESTS = sorted((EXAMPLES / "kubernetes").glob("*.yaml"))
READMES = [EXAMPLES / folder / "README.md" for folder in ("systemd", "kubernetes")]
UID = 10001  # of the user in examples/ci/Containerfile

each_service = pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
each_manifest = pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)


def unit(path: Path) -> configparser.ConfigParser:
    """A unit; a key that comes twice keeps its last value."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return parser


def documents(path: Path) -> list[Any]:
    """Every document of a manifest."""
    return list(YAML(typ="safe").load_all(path.read_text("utf-8")))


def pod(path: Path) -> Any:
    """The one pod that a manifest makes."""
    (found,) = [one["spec"] for one in documents(path) if one["kind"] in ("Deployment", "CronJob")]
    return found["jobTemplate"]["spec"]["template"]["spec"] if "jobTemplate" in found else found["template"]["spec"]


def containers(path: Path) -> list[Any]:
    """Those of it that begin, and those that stay."""
    return [*pod(path)["initContainers"], *pod(path)["containers"]]


def own(path: Path) -> Any:
    """The container of syncer's own image."""
    (found,) = [one for one in containers(path) if "/syncer:" in one["image"]]
    return found


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line of syncer, without the program."""
    for path in SERVICES:
        text = unit(path)["Service"]["ExecStart"]
        inner = re.search(r"-c '(.*)'", text)
        yield path.name, _after_syncer(shlex.split(inner[1] if inner else text))
    for path in MANIFESTS:
        container = own(path)
        is_shell = "command" in container
        yield (
            path.name,
            _after_syncer(shlex.split(container["args"][0]) if is_shell else ["syncer", *container["args"]]),
        )
    for path in READMES:
        for line in re.findall(r"`(?:syncer )?((?:watch|backup) --[^`]*)`", path.read_text("utf-8")):
            yield str(path.relative_to(EXAMPLES)), shlex.split(line)


def _after_syncer(words: Sequence[str]) -> list[str]:
    start = next(n for n, word in enumerate(words) if word.rpartition("/")[2] == "syncer")
    return list(words[start + 1 :])


@pytest.mark.parametrize("where, words", list(commands()))
def test_every_option_exists(where: str, words: list[str]) -> None:
    with click.Context(cli) as outer:
        command = cli.get_command(outer, words[0])
        assert command is not None, where
        known = {name for parameter in command.params for name in parameter.opts}
        command.make_parser(outer).parse_args([word.replace("$$", "$") for word in words[1:]])
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


def test_both_are_there() -> None:
    names = [path.name for path in UNITS + MANIFESTS]
    services = ["syncer-backup.service", "syncer-backup.timer", "syncer-watch.service"]
    assert names == [*services, "backup.yaml", "watch.yaml"]


@each_service
def test_a_service_is_confined(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    wanted = ("DynamicUser", "NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictNamespaces")
    assert {service[name] for name in wanted} == {"yes"}
    assert service["EnvironmentFile"] == "/etc/syncer/environment"
    assert "PASSWORD" not in service["Environment"]


def test_the_watch_tells_systemd_how_it_is() -> None:
    service = unit(EXAMPLES / "systemd" / "syncer-watch.service")["Service"]
    assert service["Type"] == "notify"
    assert (service["Restart"], service["WatchdogSec"]) == ("on-failure", "5min")
    assert service["RestartSec"] == "2min"  # a wrong password is not to be tried all the time
    assert "AF_UNIX" in service["RestrictAddressFamilies"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_nothing(path: Path, tmp_path: Path) -> None:
    """With a program that there is on this machine; a timer is looked at together with what it starts."""
    for one in UNITS:
        text = one.read_text("utf-8").replace("ExecStart=/opt/syncer/bin/syncer", f"ExecStart={shutil.which('true')}")
        (tmp_path / one.name).write_text(text, "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / path.name)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@each_manifest
def test_a_pod_is_confined(path: Path) -> None:
    spec = pod(path)
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert {spec["securityContext"][name] for name in ("runAsUser", "runAsGroup", "fsGroup")} == {UID}
    assert f"--uid {UID} " in (EXAMPLES / "ci" / "Containerfile").read_text("utf-8")
    for container in containers(path):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} == set(container["resources"])


@each_manifest
def test_what_a_pod_mounts_is_there(path: Path) -> None:
    spec = pod(path)
    volumes = [volume["name"] for volume in spec["volumes"]]
    mounted = {mount["name"] for container in containers(path) for mount in container["volumeMounts"]}
    assert sorted(mounted) == sorted(volumes)
    claims = [one["metadata"]["name"] for one in documents(path) if one["kind"] == "PersistentVolumeClaim"]
    assert [v["persistentVolumeClaim"]["claimName"] for v in spec["volumes"] if "persistentVolumeClaim" in v] == claims


@each_manifest
def test_secrets_are_referred_to_and_explained(path: Path) -> None:
    readme = (EXAMPLES / "kubernetes" / "README.md").read_text("utf-8")
    for container in containers(path):
        (source,) = container["envFrom"]
        assert f"kubectl create secret generic {source['secretRef']['name']} " in readme
    assert "PASSWORD" not in path.read_text("utf-8")


@each_manifest
def test_images_are_pinned(path: Path) -> None:
    assert own(path)["image"] == f"registry.example.com/syncer:{__version__}"
    others = {one["image"] for one in containers(path)} - {own(path)["image"]}
    assert all(re.fullmatch(r"registry\.k8s\.io/git-sync/git-sync:v\d+\.\d+\.\d+", one) for one in others)


def test_a_git_server_that_is_away_ends_nothing() -> None:
    """By itself git-sync ends with the first failure."""
    (sidecar,) = [one for one in pod(EXAMPLES / "kubernetes" / "watch.yaml")["containers"] if one["name"] == "git-sync"]
    assert "--max-failures=-1" in sidecar["args"]


def test_probes_ask_what_the_watch_serves() -> None:
    container = own(EXAMPLES / "kubernetes" / "watch.yaml")
    (port,) = container["ports"]
    assert f"--metrics=:{port['containerPort']}" in container["args"]
    for probe in ("livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"] == {"path": "/metrics", "port": port["name"]}
