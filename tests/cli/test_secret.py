"""`syncer secret` by its command line: what is asked, what is written where, and that no plaintext stays anywhere."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyrage import x25519

from syncer.cli.options import make_context
from syncer.errors import SyncerError
from syncer.files.holders import ciphertexts, may_be, read_holders
from syncer.files.load import load_desired
from syncer.files.sealing import KEY_FILE
from syncer.files.settings import load_settings
from syncer.model.values import Secret
from syncer.workflow.secrets import set_secret
from tests.cli.running import Done, syncer
from tests.cli.sealed import DOCUMENT, MEDIA, OTHER, PLAIN, RECIPIENT, new_repository, opened
from tests.cli.sealed import repo as repo


async def run(repo: Path, *args: str, stdin: str | None = None, key: bool = False, **environ: str) -> Done:
    """`syncer ARGS` with temporary and cache folders of its own beside the repository."""
    spare = repo.parent / "spare"
    spare.mkdir(exist_ok=True)
    folders = dict.fromkeys(("TMPDIR", "HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"), str(spare))
    keys = {KEY_FILE: str(repo.parent / "key.txt")} if key else {}
    done = await syncer(*args, cwd=repo, environ={**folders, **keys, **environ}, stdin=stdin)
    assert PLAIN not in done.out + done.err
    return done


def nowhere(folder: Path, text: str) -> bool:
    """Whether no file below a folder holds a text in any of the ways in which it could be written; but for the store
    of the embedded service, which is not syncer's."""
    forms = [text.encode(), text.encode("utf-16-le"), json.dumps(text)[1:-1].encode()]
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("e.sqlite")]
    return not any(form in path.read_bytes() for path in files for form in forms)


def without(after: str, start: str) -> str:
    """A text without the line that begins so."""
    return "".join(line for line in after.splitlines(keepends=True) if not line.startswith(start))


async def test_set_then_apply_then_an_empty_plan(repo: Path) -> None:
    done = await run(repo, "secret", "set", MEDIA, "turnPassword", stdin=f"{PLAIN}\n")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"domains/a.yaml:11:19: turnPassword of {MEDIA} is sealed for 1 recipient\n"
    assert without((repo / "domains/a.yaml").read_text("utf-8"), "    turnPassword: {age: YWdl") == DOCUMENT
    assert opened(repo) == {(MEDIA, "turnPassword"): PLAIN}
    assert (await run(repo, "apply", "--yes", key=True, LOG="x")).code == 0
    again = await run(repo, "plan", "--detailed-exitcode", key=True, LOG="x")
    assert (again.code, "No changes." in again.out) == (0, True)
    assert nowhere(repo.parent, PLAIN)


@settings(deadline=None, max_examples=25)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1))
@example("{age: x} # ${vars.y} $${z} 'a' \"b\" \\ \0\x85\u2028")
def test_any_text_is_set_and_loaded_again(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = new_repository(tmp_path_factory.mktemp("any"))
    set_secret(make_context(root), MEDIA, "turnPassword", lambda: text, force=False)
    found = load_settings(root)
    desired = load_desired(found, found.server(None), {KEY_FILE: str(root.parent / "key.txt"), "LOG": "x"})
    assert [entry.fields.get("turnPassword") for entry in desired.domains[0].configs or ()] == [
        Secret(text),
        None,
        None,
    ]
    assert without((root / "domains/a.yaml").read_text("utf-8"), "    turnPassword: {age: ") == DOCUMENT


def test_a_byte_order_mark_and_windows_line_ends_stay(repo: Path) -> None:
    path = repo / "domains/a.yaml"
    before = b"\xef\xbb\xbf" + DOCUMENT.replace("\n", "\r\n").encode()
    path.write_bytes(before)
    set_secret(make_context(repo), MEDIA, "turnPassword", lambda: PLAIN, force=False)
    lines = path.read_bytes().splitlines(keepends=True)
    [added] = [line for line in lines if line.startswith(b"    turnPassword: {age: ")]
    assert added.endswith(b"}\r\n")
    assert b"".join(line for line in lines if line is not added) == before


def test_a_file_that_changes_while_the_secret_is_typed(repo: Path) -> None:
    path = repo / "domains/a.yaml"

    def ask() -> str:
        path.write_text("domain: b\n")
        return PLAIN

    with pytest.raises(
        SyncerError, match=r"a\.yaml was changed meanwhile; nothing was written, run the command again$"
    ):
        set_secret(make_context(repo), MEDIA, "turnPassword", ask, force=False)
    assert path.read_text() == "domain: b\n"


async def test_without_the_key_files_are_valid_and_no_plan_is_made(repo: Path) -> None:
    assert (await run(repo, "secret", "set", MEDIA, "turnPassword", stdin=PLAIN)).code == 0
    valid = await run(repo, "validate", LOG="x")
    assert valid.code == 0
    assert "\nvalid: 1 domain" in valid.out
    assert valid.err == (
        f"warning: a secret is sealed with age and not checked: {KEY_FILE} names no key file, which a plan needs\n"
    )
    plan = await run(repo, "plan", LOG="x")
    assert (plan.code, plan.out) == (1, "")
    assert plan.err == (
        f"domains/a.yaml:11:19: the secret is sealed with age, and {KEY_FILE} names no key file; "
        "set it to the file with your age key\n"
    )


async def test_in_place_of_a_variable_only_by_force(repo: Path) -> None:
    address = "config[example.com/ALARM_SERVER/alarms]"
    refused = await run(repo, "secret", "set", address, "logPassword", stdin=PLAIN)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "domains/a.yaml:13:97: logPassword comes from the variable LOG; say --force to seal a secret in its place\n"
    )
    assert (repo / "domains/a.yaml").read_text("utf-8") == DOCUMENT
    assert (await run(repo, "secret", "set", address, "logPassword", "--force", stdin=PLAIN)).code == 0
    before, after = DOCUMENT.split("env: LOG")
    written = (repo / "domains/a.yaml").read_text("utf-8")
    assert written.startswith(f"{before}age: YWdl")
    assert written.endswith(after)
    assert opened(repo) == {(address, "logPassword"): PLAIN}


async def test_a_servers_password(repo: Path) -> None:
    before = (repo / "syncer.yaml").read_text()
    done = await run(repo, "secret", "set", "server[local]", "password", stdin=f"{PLAIN}\r\n")
    assert (done.code, done.out) == (0, "syncer.yaml:5:15: password of server[local] is sealed for 1 recipient\n")
    assert without((repo / "syncer.yaml").read_text(), "    password: {age: ") == before
    assert opened(repo) == {("server[local]", "password"): PLAIN}


async def test_a_literal_is_replaced_and_told_as_burnt(repo: Path) -> None:
    path = repo / "domains/a.yaml"
    path.write_text("domain: example.com\nconfigs:\n  - {type: MEDIA, desc: media, turnPassword: 'hunter2'}\n")
    done = await run(repo, "secret", "set", MEDIA, "turnPassword", stdin=PLAIN)
    assert done.code == 0
    assert done.err == "warning: a secret stood there for everyone to read: change it on the server as well\n"
    assert "hunter2" not in path.read_text() + done.out
    again = await run(repo, "secret", "set", MEDIA, "turnPassword", stdin="another")  # one that is sealed may go
    assert (again.code, again.err, opened(repo)) == (0, "", {(MEDIA, "turnPassword"): "another"})


async def test_an_entry_of_a_baseline(repo: Path) -> None:
    (repo / "domains/b.yaml").write_text(
        "baseline: german sites\ndomains: ['*']\nconfigs:\n  - {type: MEDIA, desc: all, categories: []}\n"
    )
    refused = await run(repo, "secret", "set", "config[example.com/MEDIA/all]", "turnPassword", stdin=PLAIN)
    assert (refused.code, refused.err) == (
        1,
        (
            "error: the files have no config[example.com/MEDIA/all]; baseline[german sites/MEDIA/all] is for all "
            "domains of that baseline; name it, or give the domain an entry of its own\n"
        ),
    )
    done = await run(repo, "secret", "set", "baseline[german sites/MEDIA/all]", "turnPassword", stdin=PLAIN)
    assert done.code == 0
    assert opened(repo) == {("baseline[german sites/MEDIA/all]", "turnPassword"): PLAIN}


async def test_an_address_as_a_plan_shows_it_where_the_file_has_a_variable(repo: Path) -> None:
    """Never another domain's, only because its name is alike."""
    path = repo / "domains" / "a.yaml"
    path.write_text(
        "domain: a.de\nvars: {n: x}\nconfigs:\n- {type: MEDIA, desc: '${vars.n} y', categories: []}\n---\n"
        "domain: b.com\nconfigs:\n- {type: MEDIA, desc: x y, categories: []}\n",
        "utf-8",
    )
    done = await run(repo, "secret", "set", "config[a.de/MEDIA/x y]", "turnPassword", stdin=PLAIN)
    assert (done.code, done.err) == (
        1,
        "error: the files have no config[a.de/MEDIA/x y]; write it as the file does: config[a.de/MEDIA/${vars.n} y]\n",
    )


@pytest.mark.parametrize(
    "written, name, is_it",
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a${x}b", "aZb", True),
        ("ab${x}ba", "aba", False),
        ("a${x}b${y}c", "a1b2c", True),
        ("a${x}b${y}c", "a12c", False),
        ("${x}${y}", "z", True),
        ("${a}x" * 30 + "y", "x" * 3000, False),
    ],
)
def test_what_a_name_with_variables_may_be(written: str, name: str, is_it: bool) -> None:
    assert may_be(written, name) is is_it


@pytest.mark.parametrize(
    "words, secret, told",
    [
        (
            ("config[example.com/MEDIA/medai]", "turnPassword"),
            PLAIN,
            f"the files have no config[example.com/MEDIA/medai]; did you mean {MEDIA}?",
        ),
        (
            ("x\x1b", "y"),
            PLAIN,
            (
                r"the files have no x\x1b; write it as a plan shows it, like 'config[example.com/MEDIA/media]', "
                "or server[NAME]"
            ),
        ),
        ((MEDIA, "turnpassword"), PLAIN, f"{MEDIA} has no turnpassword; did you mean turnPassword?"),
        ((MEDIA, "turnServer"), PLAIN, "turnServer is no secret; its secrets: turnPassword"),
        (
            ("config[example.com/NTP/time]", "ntp1"),
            PLAIN,
            "config[example.com/NTP/time] has no secret that syncer knows; name another address",
        ),
        ((MEDIA, "turnPassword"), "", "the secret is empty; nothing was written"),
        ((MEDIA, "turnPassword"), f"{PLAIN}\nx", "the secret has more than one line; nothing was written"),
        ((MEDIA, "turnPassword"), f"{PLAIN}\udcff", "the secret is no UTF-8 text; nothing was written"),
        ((MEDIA, "turnPassword"), "x" * (1 << 20) + "x", "the secret is larger than 1 MiB; nothing was written"),
    ],
)
def test_what_cannot_be_set(repo: Path, words: tuple[str, str], secret: str, told: str) -> None:
    with pytest.raises(SyncerError) as caught:
        set_secret(make_context(repo), *words, lambda: secret, force=False)
    assert str(caught.value) == told
    assert (repo / "domains/a.yaml").read_text("utf-8") == DOCUMENT
    assert nowhere(repo.parent, PLAIN)


async def test_more_than_a_line_of_stdin(repo: Path) -> None:
    for stdin, told in ((f"{PLAIN}\n\n", "the secret has more than one line"), ("\n", "the secret is empty")):
        done = await run(repo, "secret", "set", MEDIA, "turnPassword", stdin=stdin)
        assert done == Done(1, "", f"error: {told}; nothing was written\n")


async def test_a_secret_is_no_argument(repo: Path) -> None:
    done = await syncer("secret", "set", MEDIA, "turnPassword", "hunter2", cwd=repo)
    assert done.code == 64


def test_bytes_that_are_no_text(repo: Path) -> None:
    command = [sys.executable, "-m", "syncer.cli.main", "secret", "set", MEDIA, "turnPassword"]
    done = subprocess.run(command, cwd=repo, input=b"hunter2\xff", capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (
        1, b"", b"error: the secret is no UTF-8 text; nothing was written\n",
    )  # fmt: skip


async def test_nobody_to_seal_for(repo: Path) -> None:
    path = repo / "syncer.yaml"
    path.write_text(path.read_text().partition("age_recipients")[0])
    told = (
        "syncer.yaml: there is nobody to seal secrets for; add age_recipients: [age1…] with the public key that "
        "age-keygen tells, and those of all who may read it\n"
    )
    for words in (["set", MEDIA, "turnPassword"], ["rotate"]):
        assert await run(repo, "secret", *words, stdin=PLAIN) == Done(1, "", told)


async def test_one_address_twice(repo: Path) -> None:
    (repo / "domains/b.yaml").write_text("domain: example.com\nconfigs:\n  - {type: MEDIA, desc: media, id: 2}\n")
    done = await run(repo, "secret", "set", MEDIA, "turnPassword", stdin=PLAIN)
    assert (done.code, done.err) == (
        1,
        (
            f"error: {MEDIA} stands at domains/a.yaml:7:5 and domains/b.yaml:3:5; write the secret there by hand, "
            "or remove one\n"
        ),
    )


async def test_an_anchor_in_the_way(repo: Path) -> None:
    text = "domain: example.com\nconfigs:\n  - &a {type: MEDIA, desc: media}\n  - {<<: *a, desc: b}\n"
    (repo / "domains/a.yaml").write_text(text)
    done = await run(repo, "secret", "set", MEDIA, "turnPassword", stdin=PLAIN)
    assert (done.code, done.err) == (
        1,
        (
            "domains/a.yaml:3:5: there is no place for turnPassword alone: an alias, an anchor or a merged key is in "
            "the way; write `turnPassword: {age: x}` into the entry itself, then run the command again; "
            "nothing was written\n"
        ),
    )
    assert (repo / "domains/a.yaml").read_text() == text


async def test_rotate(repo: Path) -> None:
    for address, field in ((MEDIA, "turnPassword"), ("server[local]", "password")):
        assert (await run(repo, "secret", "set", address, field, stdin=f"{PLAIN} {field}")).code == 0
    before = {name: (repo / name).read_text("utf-8") for name in ("syncer.yaml", "domains/a.yaml")}
    path = repo / "syncer.yaml"
    path.write_text(before["syncer.yaml"] + f"  - {OTHER.to_public()}\n")
    done = await run(repo, "secret", "rotate", key=True)
    assert done == Done(
        0,
        "sealed anew: 2 secrets in 2 files for 2 recipients\n",
        "whoever could read them before still can, in git's history: change those secrets themselves\n",
    )
    for name, text in before.items():
        head, _, tail = text.partition("YWdl")
        after = (repo / name).read_text("utf-8")
        assert after != text
        assert after.startswith(head)
        assert tail.partition("}")[2] in after
    (repo.parent / "key.txt").write_text(str(OTHER))  # who came new can read all
    assert opened(repo) == {
        (MEDIA, "turnPassword"): f"{PLAIN} turnPassword",
        ("server[local]", "password"): f"{PLAIN} password",
    }
    assert nowhere(repo.parent, PLAIN)


async def test_rotate_writes_nothing_where_one_cannot_be_opened(repo: Path) -> None:
    assert (await run(repo, "secret", "set", MEDIA, "turnPassword", stdin=PLAIN)).code == 0
    path = repo / "syncer.yaml"
    path.write_text(path.read_text().replace(RECIPIENT, str(OTHER.to_public())))
    assert (await run(repo, "secret", "set", "server[local]", "password", stdin=PLAIN)).code == 0
    before = [path.read_text(), (repo / "domains/a.yaml").read_text("utf-8")]
    done = await run(repo, "secret", "rotate", key=True)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "nothing was written\n"
        f"syncer.yaml:5:15: the secret is sealed for somebody else: no key in {repo.parent / 'key.txt'} opens it; "
        "name another key file, or let somebody with a key for it run `syncer secret rotate`\n"
    )
    assert [path.read_text(), (repo / "domains/a.yaml").read_text("utf-8")] == before


async def test_rotate_where_nothing_is_sealed(repo: Path) -> None:
    assert await run(repo, "secret", "rotate") == Done(
        0, "nothing to seal anew: the files hold no {age: CIPHERTEXT}\n", ""
    )


async def test_check(repo: Path) -> None:
    assert (await run(repo, "secret", "set", MEDIA, "turnPassword", stdin=PLAIN)).code == 0
    path = repo / "syncer.yaml"
    path.write_text(
        path.read_text().replace(RECIPIENT, f"{OTHER.to_public()}\n  - {x25519.Identity.generate().to_public()}")
    )
    done = await run(repo, "secret", "check", key=True)
    assert (done.code, done.err) == (1, "")
    assert done.out == (
        f"warning  {MEDIA} turnPassword\n"
        "         domains/a.yaml:11:19: age: sealed for 1 age key, age_recipients has 2; opened by an age key\n"
        "         that age_recipients does not have\n"
        "         => run `syncer secret rotate`\n"
        "failed   config[example.com/ALARM_SERVER/alarms] logPassword\n"
        "         domains/a.yaml:14:97: env: the environment variable LOG is not set\n"
        "         => set it to the secret\n"
        "\n"
        "2 secrets: 1 warning, 1 failed.\n"
        "A ciphertext does not name the age keys that it is sealed for: their number is all that was\n"
        "compared.\n"
    )
    found = json.loads((await run(repo, "secret", "check", "--format", "json", key=True, LOG="x")).out)
    assert {key: value for key, value in found.items() if key != "secrets"} == {
        "format": "syncer-secrets/1",
        "ok": True,
        "recipients": 2,
        "summary": {"ok": 1, "warning": 1, "failed": 0},
    }
    assert found["secrets"][1] == {
        "address": "config[example.com/ALARM_SERVER/alarms]",
        "field": "logPassword",
        "file": "domains/a.yaml",
        "line": 14,
        "column": 97,
        "reference": "env",
        "status": "ok",
        "what": "the variable LOG is set",
        "hint": "",
    }


async def test_check_of_files_and_literals(repo: Path) -> None:
    (repo / "pw").write_text("hunter2\n")
    (repo / "domains/a.yaml").write_text(
        "domain: a\nconfigs:\n  - {type: MEDIA, turnPassword: {file: ../pw}}\n"
        "  - {type: MEDIA, turnPassword: hunter2}\n"
    )
    done = await run(repo, "secret", "check")
    assert (done.code, done.out, done.err) == (
        1,
        (
            "ok       config[a/MEDIA/] turnPassword\n"
            "         domains/a.yaml:3:33: file: the file ../pw is there\n"
            "failed   config[a/MEDIA/] turnPassword\n"
            "         domains/a.yaml:4:33: literal: no reference to a secret\n"
            "         => write {env: NAME}, {file: PATH} or {age: CIPHERTEXT}, and change the secret if it was\n"
            "            shared\n"
            "\n"
            "2 secrets: 1 ok, 1 failed.\n"
        ),
        "",
    )


async def test_check_tells_of_a_copy_but_not_of_an_alias(repo: Path) -> None:
    assert (await run(repo, "secret", "set", MEDIA, "turnPassword", stdin=PLAIN)).code == 0
    sealed = next(iter(ciphertexts(read_holders(load_settings(repo)))))
    (repo / "domains/a.yaml").write_text(
        f"domain: a\nconfigs:\n  - {{type: MEDIA, desc: a, turnPassword: &a {{age: {sealed}}}}}\n"
        f"  - {{type: MEDIA, desc: b, turnPassword: *a}}\n"
    )
    assert (await run(repo, "secret", "check", key=True)).out.count("warning") == 0
    (repo / "domains/b.yaml").write_text(f"domain: b\nconfigs:\n  - {{type: MEDIA, turnPassword: {{age: {sealed}}}}}\n")
    done = await run(repo, "secret", "check", key=True)
    assert done.code == 0
    assert (
        "warning  config[b/MEDIA/] turnPassword\n"
        "         domains/b.yaml:3:33: age: the same ciphertext stands at domains/a.yaml:3:42 and\n"
        "         domains/a.yaml:4:42\n"
        "         => see who copied it; `syncer secret set` seals one for this place alone\n"
    ) in done.out


async def test_check_where_there_are_none(repo: Path) -> None:
    (repo / "domains/a.yaml").write_text("domain: example.com\n")
    assert await run(repo, "secret", "check") == Done(0, "The files name no secrets.\n", "")
