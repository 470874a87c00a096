"""syncer.yaml: what it gives, and what a person reads where it is wrong."""

from pathlib import Path

import pytest

from syncer.errors import Place, ProblemsError, SyncerError, UsageProblem
from syncer.files.settings import Server, Settings, find_root, load_settings, read_password
from syncer.model.address import Kind
from syncer.model.state import Limits
from tests.files.conftest import Repository

DESIGN = """\
version: 1
servers:
  production:
    url: wss://apps.example.com/example.com/devices/innovaphone-devices-api
    password: {env: SYNCER_PASSWORD}
    ca_file: certs/ca.pem
    wire_profile: wire/production.yaml
    files: [domains]
  local:
    url: emulator:.syncer/emulator.sqlite
files: [domains, "more/*.yaml"]
policy:
  prune: [config]
  limits: {deletes: 5, updates_percent: 12.5}
  protect: ["config[*/EXPERT/*]"]
  ignore: {"config[*/PHONE/*]": [recordingUrl]}
  mask: {"config[*/EXPERT/*]": [script]}
"""
OUTSIDE = "is outside the repository; name a file inside it, relative to syncer.yaml"
REFERENCE = "{env: NAME}, {file: PATH} or {age: CIPHERTEXT}"
URLS = "write wss://HOST/DOMAIN/INSTANCE/APP, or emulator:PATH"


def _settings(repository: Repository, text: str) -> Settings:
    repository.write("syncer.yaml", text)
    return load_settings(repository.root)


def _server(repository: Repository, lines: str) -> Server:
    return _settings(repository, f"version: 1\nservers:\n  a:\n    {lines}\nfiles: [domains]\n").server("a")


def _told(repository: Repository, lines: str) -> list[str]:
    """What is wrong with a server; its first line is line 4, its keys stand in column 5."""
    return repository.settings_problems(f"version: 1\nservers:\n  a:\n    {lines}\nfiles: [domains]\n")


def test_the_example_of_the_design(repository: Repository) -> None:
    settings = _settings(repository, DESIGN)
    root = repository.root

    server = settings.server("production")
    assert (server.app, server.domain) == ("innovaphone-devices-api", "example.com")
    assert server.password is not None
    assert server.password.env == "SYNCER_PASSWORD"
    assert (server.ca_file, server.wire_profile) == (root / "certs/ca.pem", root / "wire/production.yaml")
    assert (server.files, server.insecure, server.emulator) == (("domains",), False, None)
    assert server.place == Place("syncer.yaml", 4, 5)
    assert settings.files == ("domains", "more/*.yaml")
    assert settings.policy.prune == {Kind.CONFIG}
    assert settings.policy.limits == Limits(deletes=5, deletes_percent=30, updates=None, updates_percent=12.5)
    assert settings.policy.protect == ("config[*/EXPERT/*]",)
    assert settings.policy.ignore == {"config[*/PHONE/*]": ("recordingUrl",)}
    assert settings.policy.mask == {"config[*/EXPERT/*]": ("script",)}


def test_the_embedded_service(repository: Repository) -> None:
    local = _settings(repository, DESIGN).server("local")

    assert local.emulator == str(repository.root / ".syncer/emulator.sqlite")
    assert (local.app, local.domain, local.password, local.wire_profile) == (None, None, None, "conventional")


def test_the_embedded_service_that_keeps_nothing(repository: Repository) -> None:
    assert _server(repository, "url: 'emulator::memory:'").emulator == ":memory:"


def test_defaults_are_the_designs(repository: Repository) -> None:
    policy = _settings(repository, "version: 1\nservers: {a: {url: 'emulator:x'}}\nfiles: [a]\n").policy

    assert policy.limits == Limits(deletes=10, deletes_percent=30, updates=None, updates_percent=None)
    assert policy.prune == frozenset()


def test_which_server_is_meant(repository: Repository) -> None:
    settings = _settings(repository, DESIGN)

    assert settings.server(None).name == "local"
    assert settings.server("production").name == "production"
    with pytest.raises(UsageProblem, match=r"^syncer.yaml has no server producton; did you mean production\?$"):
        settings.server("producton")
    with pytest.raises(UsageProblem, match=r"^syncer.yaml has no server x; it has production, local$"):
        settings.server("x")


def test_the_only_server_is_meant(repository: Repository) -> None:
    settings = _settings(repository, "version: 1\nservers: {a: {url: 'emulator:x'}}\nfiles: [a]\n")

    assert settings.server(None).name == "a"


def test_one_of_several_must_be_named(repository: Repository) -> None:
    settings = _settings(
        repository, "version: 1\nservers: {a: {url: 'emulator:x'}, b: {url: 'emulator:y'}}\nfiles: [a]\n"
    )

    with pytest.raises(UsageProblem, match=r"^syncer.yaml has several servers; say --server with one of a, b$"):
        settings.server(None)


@pytest.mark.parametrize(
    "url, insecure",
    [
        ("wss://h/d/i/a", False),
        ("wss://h:8443/d/i/a/", False),
        ("ws://localhost/d/i/a", False),
        ("ws://127.3.2.1:80/d/i/a", False),
        ("ws://[::1]/d/i/a", False),
        ("ws://h/d/i/a", True),
        ("wss://[2001:db8::1]/d/i/a", True),
    ],
)
def test_urls(repository: Repository, url: str, insecure: bool) -> None:
    server = _server(repository, f"url: '{url}'\n    password: {{env: X}}\n    insecure: true")

    assert (server.domain, server.app) == ("d", "a")
    assert server.insecure is (insecure and url.startswith("ws:"))


def test_parts_of_a_url_are_decoded_and_can_be_overridden(repository: Repository) -> None:
    assert _server(repository, "url: wss://h/ex%2Fa/i/my%20app\n    password: {env: X}").app == "my app"
    server = _server(repository, "url: wss://h/d/i/a\n    app: b\n    domain: c\n    password: {env: X}")

    assert (server.app, server.domain) == ("b", "c")


@pytest.mark.parametrize(
    "lines, told",
    [
        ("app: x", ["4:5: url is missing; url is a text"]),
        ("url: http://h/d/i/a", [f"4:10: url is none that syncer knows; {URLS}"]),
        ("url: 5", [f"4:10: url is none that syncer knows; {URLS}"]),
        ("url: 'emulator:'", [f"4:10: url is none that syncer knows; {URLS}"]),
        ("url: emulator:../x", [f"4:10: ../x {OUTSIDE}"]),
        ("url: emulator:x\n    urk: x", ["5:5: unknown key urk; did you mean url?"]),
        ("url: wss://h/d/i/a", [f"4:5: a server needs a password; add password: {REFERENCE}"]),
        ("url: wss://h/a\n    password: {env: X}", [f"4:10: url has no path with domain and app; {URLS}"]),
        ("url: wss:///d/i/a\n    password: {env: X}", [f"4:10: url is no address of a server; {URLS}"]),
        ("url: wss://h:99999/d/a\n    password: {env: X}", [f"4:10: url is no address of a server; {URLS}"]),
        ("url: wss://[::1/d/a\n    password: {env: X}", [f"4:10: url is no address of a server; {URLS}"]),
        ("url: wss://h h/d/a\n    password: {env: X}", [f"4:10: url is no address of a server; {URLS}"]),
        ("url: wss://h/d/a?x=1\n    password: {env: X}", ["4:10: url holds a ? or a #; leave out what follows it"]),
        (
            "url: ws://h/d/i/a\n    password: {env: X}",
            ["4:10: ws: sends everything in the clear; use wss:, or say insecure: true if it must be"],
        ),
        (
            "url: ws://127.0.0.1.example.com/d/i/a\n    password: {env: X}",
            ["4:10: ws: sends everything in the clear; use wss:, or say insecure: true if it must be"],
        ),
        ("url: emulator:x\n    insecure: yes", ["5:15: insecure is a text, not true or false"]),
        (
            "url: emulator:x\n    ca_file: /etc/ca.pem\n    wire_profile: ../x.yaml\n    files: [../y]",
            [
                "5:14: /etc/ca.pem is outside the repository; name a file inside it, relative to syncer.yaml",
                "6:19: ../x.yaml is outside the repository; name a file inside it, relative to syncer.yaml",
                "7:13: ../y is outside the repository; name a file inside it, relative to syncer.yaml",
            ],
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_a_server(repository: Repository, lines: str, told: list[str]) -> None:
    assert _told(repository, lines) == [f"syncer.yaml:{one}" for one in told]


@pytest.mark.parametrize(
    "lines, told",
    [
        ("url: wss://u:hunter2@h/d/i/a\n    password: {env: X}", [
            "4:10: url holds a user name or password; leave it out of the url; the password has its own key"
        ]),
        ("url: wsx://u:hunter2@h/d/i/a\n    password: {env: X}", [f"4:10: url is none that syncer knows; {URLS}"]),
        ("url: wss://h/d/i/a\n    password: hunter2", [
            f"5:15: password is not a reference to a secret; write a reference: {REFERENCE}"
        ]),
        ("url: wss://h/d/i/a\n    password: {hunter2: }", [
            f"5:15: password is not a reference to a secret; write a reference: {REFERENCE}"
        ]),
        ("url: wss://h/d/i/a\n    password: {age: hunter2}", [
            "5:15: this is no age ciphertext; seal the secret anew with `syncer secret set`"
        ]),
        ("url: wss://h/d/i/a\n    password: {env: [hunter2]}", [
            f"5:15: password is not a reference to a secret; write a reference: {REFERENCE}"
        ]),
    ],
)  # fmt: skip
def test_a_password_is_never_shown(repository: Repository, lines: str, told: list[str]) -> None:
    found = _told(repository, lines)

    assert found == [f"syncer.yaml:{one}" for one in told]
    assert "hunter2" not in "".join(found)


@pytest.mark.parametrize(
    "text, told",
    [
        ("", ["1:1: nothing stands after the document; it is a mapping"]),
        ("- a", ["1:1: the document is a list, not a mapping"]),
        ("version: 1\n---\nversion: 1", ["3:1: a second document; syncer.yaml holds one"]),
        ("version: 1\nservers: {a: {url: 'emulator:x'}}", ["1:1: files is missing; files is a list"]),
        ("version: 2\nservers: {a: {url: 'emulator:x'}}\nfiles: [a]", ["1:10: version: 2 is not 1"]),
        ("version: 1\nservers: {}\nfiles: [a]", ["2:10: servers is empty; servers by name"]),
        ("version: 1\nservers: {a b: {url: 'emulator:x'}}\nfiles: [a]", [
            "2:10: a b cannot be a name here; use letters, digits, . _ -"
        ]),
        ("version: 1\nservers: {a: {url: 'emulator:x'}}\nfiles: [/etc]", [
            "3:9: /etc is outside the repository; name a file inside it, relative to syncer.yaml"
        ]),
        ("version: 1\nservers: {a: {url: x}}\nfiles: [a]\npolicy: {limits: {deletes: -1}, prune: [configs]}", [
            f"2:20: url is none that syncer knows; {URLS}",
            "4:28: deletes: -1 is not a whole number from 0 up",
            "4:41: an item of prune: configs is not one of domain, category, config; did you mean config?",
        ]),
        ("version: 1\nservers: {a: {url: 'emulator:x'}}\nfiles: [a]\npolcy: {}", [
            "4:1: unknown key polcy; did you mean policy?"
        ]),
        ("version: 1\nversion: 1", ["2:1: the same key twice in one mapping; keep one of them"]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file(repository: Repository, text: str, told: list[str]) -> None:
    assert repository.settings_problems(text) == [f"syncer.yaml:{one}" for one in told]


def test_what_looks_like_a_variable_is_fine_here(repository: Repository) -> None:
    settings = _settings(
        repository, "version: 1\nservers: {a: {url: 'emulator:x'}}\nfiles: [a]\npolicy: {protect: ['${x}']}\n"
    )

    assert settings.policy.protect == ("${x}",)


def test_the_root_is_found_upwards(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "syncer.yaml").touch()

    assert find_root(below) == tmp_path
    assert find_root(tmp_path) == tmp_path


def test_no_root(tmp_path: Path) -> None:
    with pytest.raises(SyncerError) as caught:
        find_root(tmp_path / "nowhere")

    assert str(caught.value) == (
        f"no syncer.yaml in {tmp_path}/nowhere or above; run `syncer init` to begin a repository, "
        "or name one with -C DIR"
    )


def test_no_settings(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r"^syncer.yaml: there is no such file; correct the name$"):
        load_settings(tmp_path)


def test_the_password(repository: Repository) -> None:
    server = _server(repository, "url: wss://h/d/i/a\n    password: {env: PW}")

    assert read_password(server, {"PW": "hunter2"}) == "hunter2"
    with pytest.raises(
        ProblemsError, match=r"^syncer.yaml:5:15: the environment variable PW is not set; set it to the secret$"
    ):
        read_password(server, {})


def test_a_variable_is_named_without_a_dollar(repository: Repository) -> None:
    server = _server(repository, "url: wss://h/d/i/a\n    password: {env: $PW}")

    with pytest.raises(ProblemsError, match=r"the environment variable \$PW is not set; write its name alone: PW$"):
        read_password(server, {"PW": "hunter2"})


def test_the_password_from_a_file(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("vault") / "pw"
    path.write_text("hunter2\n")
    server = _server(repository, f"url: wss://h/d/i/a\n    password: {{file: '{path.as_posix()}'}}")

    assert read_password(server, {}) == "hunter2"
    path.unlink()
    with pytest.raises(ProblemsError) as caught:
        read_password(server, {})
    assert str(caught.value) == (f"syncer.yaml:5:15: the secret's file {path}: there is no such file; correct the name")


def test_a_server_without_a_password(repository: Repository) -> None:
    server = _server(repository, "url: emulator:x")

    with pytest.raises(ProblemsError, match=r"^syncer.yaml:4:5: the server a has no password; write a reference"):
        read_password(server, {})
