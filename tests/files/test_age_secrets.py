"""`{age: …}` in files: what opens it, what a person reads where nothing does, and that nothing else changes."""

import base64
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill, indent

import pyrage
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyrage import passphrase, ssh, x25519

from syncer.errors import ProblemsError
from syncer.files.holders import ciphertexts, read_holders
from syncer.files.load import load_desired
from syncer.files.sealing import KEY_FILE, Opener, Sealer
from syncer.files.settings import load_settings, read_password
from syncer.files.stanzas import Stanza, differences, stanza_of, stanzas
from syncer.model.values import Secret
from tests.files.conftest import SETTINGS, Repository

IDENTITY = x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
PLAIN = "correct horse battery staple"
CONFIG = "type: MEDIA\ndesc: media\ncategories: []\nturnServer: t.example.com\nturnPassword: "
ANEW = "seal the secret anew with `syncer secret set`"
NO_KEY = f"the secret is sealed with age, and {KEY_FILE} names no key file; set it to the file with your age key"


@pytest.fixture
def key(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody with the key."""
    path = tmp_path / "key.txt"
    path.write_text(f"# a comment\n{IDENTITY}\n")
    return {KEY_FILE: str(path)}


def sealed(text: str | bytes, *more: str) -> str:
    """In base64, on one line."""
    content = text.encode() if isinstance(text, str) else text
    recipients = [x25519.Recipient.from_str(name) for name in (more or (RECIPIENT,))]
    return base64.b64encode(pyrage.encrypt(content, recipients)).decode()


def armored(text: str) -> str:
    """As `age -a` writes it."""
    return f"-----BEGIN AGE ENCRYPTED FILE-----\n{fill(sealed(text), 64)}\n-----END AGE ENCRYPTED FILE-----"


@pytest.mark.parametrize(
    "value",
    [
        f"{{age: {sealed(PLAIN)}}}",
        f'{{age: "{sealed(PLAIN)}"}}',
        f"\n  age: |\n{indent(armored(PLAIN), '    ')}",
        f"\n  age: >-\n{indent(fill(sealed(PLAIN), 70), '    ')}",
        f"{{age: {sealed(PLAIN + chr(10))}}}",
        f"{{age: {sealed(PLAIN + chr(13) + chr(10))}}}",
    ],
)
def test_the_ways_to_write_it(repository: Repository, key: Mapping[str, str], value: str) -> None:
    entry = repository.config(CONFIG + value, key)
    assert entry.fields["turnPassword"] == Secret(PLAIN)


@settings(deadline=None, max_examples=30)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text[-1] not in "\r\n"))
@example("ü€😀\0")
@example("${x} $${y} # {age: z}")
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "age-key.txt"
    path.write_text(str(IDENTITY))
    opener = Opener({KEY_FILE: str(path)})
    assert opener.open(Sealer([RECIPIENT], {}).seal(text)) == text


def _broken() -> str:
    whole = bytearray(base64.b64decode(sealed(PLAIN)))
    whole[-1] ^= 1
    return base64.b64encode(whole).decode()


@pytest.mark.parametrize(
    "ciphertext, told",
    [
        ("hunter2", f"this is no age ciphertext; {ANEW}"),
        ("'  '", f"this is no age ciphertext; {ANEW}"),
        ("ü", f"this is no age ciphertext; {ANEW}"),
        ("aHVudGVyMg==", f"this is no age ciphertext; {ANEW}"),
        ("'-----BEGIN AGE ENCRYPTED FILE-----'", f"this is no age ciphertext; {ANEW}"),
        (_broken(), f"the age ciphertext is damaged; restore it from git, or {ANEW}"),
        (sealed(PLAIN)[:40], f"the age ciphertext is damaged; restore it from git, or {ANEW}"),
        (sealed(PLAIN)[:-24], f"the age ciphertext is damaged; restore it from git, or {ANEW}"),
        (sealed(""), f"the secret that is sealed here is empty; {ANEW}"),
        (sealed("\n"), f"the secret that is sealed here is empty; {ANEW}"),
        (sealed(b"hunter2\xff"), f"the secret that is sealed here is no UTF-8 text; {ANEW}"),
        (
            base64.b64encode(passphrase.encrypt(b"hunter2", "hunter2")).decode(),
            f"the secret is sealed with a passphrase, not for a recipient; {ANEW}",
        ),
    ],
)
def test_what_cannot_be_opened(repository: Repository, key: Mapping[str, str], ciphertext: str, told: str) -> None:
    assert repository.config_problems(f"{CONFIG}{{age: {ciphertext}}}", key) == [f"domains/a.yaml:7:19: {told}"]


def test_it_is_sealed_for_somebody_else(repository: Repository, key: Mapping[str, str]) -> None:
    other = str(x25519.Identity.generate().to_public())
    assert repository.config_problems(f"{CONFIG}{{age: {sealed(PLAIN, other)}}}", key) == [
        (
            f"domains/a.yaml:7:19: the secret is sealed for somebody else: no key in {key[KEY_FILE]} opens it; "
            "name another key file, or let somebody with a key for it run `syncer secret rotate`"
        )
    ]


@pytest.mark.parametrize("environ", [{}, {KEY_FILE: ""}])
def test_no_key_file_is_named(repository: Repository, environ: Mapping[str, str]) -> None:
    assert repository.config_problems(f"{CONFIG}{{age: {sealed(PLAIN)}}}", environ) == [
        f"domains/a.yaml:7:19: {NO_KEY}"
    ]


@pytest.mark.parametrize("content", [None, "hunter2\n"])
def test_the_key_file_is_of_no_use(repository: Repository, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "bad.txt"
    if content is not None:
        path.write_text(content)
    told = (
        f"there is no such file; set {KEY_FILE} to one that can be read"
        if content is None
        else "line 1 is no age key; write it with age-keygen"
    )
    assert repository.config_problems(f"{CONFIG}{{age: {sealed(PLAIN)}}}", {KEY_FILE: str(path)}) == [
        f"domains/a.yaml:7:19: the age key file {path}: {told}"
    ]


def test_without_a_key_the_rest_can_be_checked(repository: Repository) -> None:
    repository.config(f"{CONFIG}{{age: {sealed(PLAIN)}}}", {KEY_FILE: _key_path(repository)})
    opener = Opener({}, required=False)
    found = load_settings(repository.root)
    desired = load_desired(found, found.server(None), {}, opener)
    configs = desired.domains[0].configs
    assert configs is not None
    secret = configs[0].fields["turnPassword"]
    assert isinstance(secret, Secret)
    assert secret.plain is None
    assert opener.left == 1


def test_without_a_key_what_is_no_ciphertext_is_told_all_the_same(repository: Repository) -> None:
    repository.write(
        "domains/a.yaml", "domain: a\nconfigs:\n  - {type: MEDIA, categories: [], turnPassword: {age: x}}\n"
    )
    found = load_settings(repository.root)
    with pytest.raises(ProblemsError, match="3:49: this is no age ciphertext"):
        load_desired(found, found.server(None), {}, Opener({}, required=False))


def _key_path(repository: Repository) -> str:
    return str(repository.write(".key", str(IDENTITY)))


def test_a_servers_password(repository: Repository, key: Mapping[str, str]) -> None:
    repository.write("syncer.yaml", f"{SETTINGS}".replace("files:", f"    password: {{age: {sealed(PLAIN)}}}\nfiles:"))
    server = load_settings(repository.root).server(None)
    assert read_password(server, key) == PLAIN
    assert PLAIN not in repr(server)
    with pytest.raises(ProblemsError) as caught:
        read_password(server, {})
    assert str(caught.value) == f"syncer.yaml:5:15: {NO_KEY}"


def test_one_that_is_laid_over_a_variable(repository: Repository, key: Mapping[str, str]) -> None:
    repository.write(
        "domains/a.yaml",
        "baseline: b\ndomains: ['*']\nconfigs: [{type: MEDIA, categories: [], turnPassword: {env: X}}]\n---\n"
        f"domain: a\nconfigs: [{{type: MEDIA, turnPassword: {{age: {sealed(PLAIN)}}}}}]\n",
    )
    assert [entry.fields["turnPassword"] for entry in repository.load(key).domains[0].configs or ()] == [Secret(PLAIN)]


def test_nothing_of_the_secret_is_in_an_exception(repository: Repository, key: Mapping[str, str]) -> None:
    repository.write(
        "domains/a.yaml",
        f"domain: a\nconfigs:\n  - {{type: MEDIA, categories: [], turnPassword: {{age: {sealed(PLAIN)}}}, x: 1}}\n",
    )
    with pytest.raises(ProblemsError) as caught:
        repository.load(key)
    assert PLAIN not in f"{caught.value!r}{caught.value}{caught.value.__cause__!r}{caught.value.__context__!r}"


def test_age_itself_opens_it(tmp_path: Path, key: Mapping[str, str]) -> None:
    if shutil.which("age") is None:
        pytest.skip("no age here")
    ciphertext = base64.b64decode(Sealer([RECIPIENT], {}).seal(PLAIN))
    done = subprocess.run(["age", "-d", "-i", key[KEY_FILE]], input=ciphertext, capture_output=True, check=True)
    assert done.stdout.decode() == PLAIN


@pytest.fixture
def ssh_recipient(tmp_path: Path) -> str:
    """A public key of SSH."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no ssh-keygen here")
    path = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "anna", "-f", path], check=True)
    return path.with_suffix(".pub").read_text().strip()


def test_what_a_header_tells(ssh_recipient: str) -> None:
    ciphertext = base64.b64decode(Sealer([RECIPIENT, ssh_recipient], {}).seal(PLAIN))
    found = stanzas(ciphertext)
    assert sorted(found) == sorted([Stanza("X25519"), stanza_of(ssh_recipient)])
    assert differences(found, [RECIPIENT, ssh_recipient]) == []
    assert differences(found, [ssh_recipient]) == ["sealed for 1 age key, age_recipients has 0"]
    assert differences(found, [RECIPIENT]) == ["sealed for another key, of type ssh-ed25519"]
    other = str(x25519.Identity.generate().to_public())
    assert differences([Stanza("X25519")], [RECIPIENT, other, ssh_recipient]) == [
        "sealed for 1 age key, age_recipients has 2",
        "not sealed for ssh-ed25519 anna",
    ]
    without_comment = " ".join(ssh_recipient.split()[:2])
    assert differences([], [without_comment]) == [f"not sealed for ssh-ed25519 …{without_comment[-8:]}"]
    assert ssh.Recipient.from_str(ssh_recipient)


@pytest.mark.parametrize("header", [b"", b"age-encryption.org/v1", b"\xff\n---", b"-> \n--- x", b"-> \xff\n---"])
def test_a_header_that_cannot_be_read_tells_nothing_more(header: bytes) -> None:
    assert all(isinstance(stanza, Stanza) for stanza in stanzas(header))


def test_a_key_that_is_a_recipient_no_more(key: Mapping[str, str]) -> None:
    ciphertext, other = sealed(PLAIN), str(x25519.Identity.generate().to_public())
    assert Opener(key).opens_as_former(ciphertext, [other])
    assert not Opener(key).opens_as_former(ciphertext, [other, RECIPIENT])
    assert not Opener({}).opens_as_former(ciphertext, [other])


def test_who_holds_a_ciphertext(repository: Repository) -> None:
    one = sealed(PLAIN)
    repository.write("syncer.yaml", SETTINGS.replace("files:", f"    password: {{age: {one}}}\nfiles:"))
    repository.write(
        "domains/a.yaml",
        f"domain: a\nconfigs:\n  - {{type: MEDIA, desc: m, turnPassword: {{age: {one}}}}}\n"
        f"  - {{type: NEW, x: {{age: y}}}}\n---\nbaseline: b\ndomains: ['*']\n"
        f"configs:\n  - {{type: MEDIA, turnPassword: {{env: X}}}}\n",
    )
    holders = read_holders(load_settings(repository.root))
    assert [holder.owner for holder in holders] == [
        "server[local]", "config[a/MEDIA/m]", "config[a/NEW/]", "baseline[b/MEDIA/]",
    ]  # fmt: skip
    assert {text: [(holder.owner, name) for holder, name in held] for text, held in ciphertexts(holders).items()} == {
        one: [("server[local]", "password"), ("config[a/MEDIA/m]", "turnPassword")]
    }
    assert str(holders[1].place("turnPassword")) == "domains/a.yaml:3:42"
    assert str(holders[1].place("tosRtp")) == "domains/a.yaml:3:5"


def test_files_that_cannot_be_read(repository: Repository) -> None:
    repository.write("domains/a.yaml", "a: [\n")
    repository.write("domains/b.yaml", b"\xff")
    with pytest.raises(ProblemsError) as caught:
        read_holders(load_settings(repository.root))
    assert [str(problem.place) for problem in caught.value.problems] == ["domains/a.yaml:2:1", "domains/b.yaml:1:1"]
