"""Sealing with age: who can read it, what survives, and what a person reads where a key is of no use."""

import base64
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyrage import x25519

from syncer.errors import SyncerError
from syncer.files.sealing import KEY_FILE, Sealer, wrong_recipient
from syncer.files.settings import load_settings
from tests.files.conftest import SETTINGS, Repository

IDENTITY = x25519.Identity.from_str(
    "AGE-SECRET-KEY-15KSYCJQXWN7RFA40ZTXNSC24F6XLKTR47HWFWZY9GU5VZ09A2XWQDTC8RQ"
)  # of no use elsewhere
RECIPIENT = str(IDENTITY.to_public())
HINT = "write a public key: age1… (from age-keygen), or that of an SSH key, ssh-ed25519 … or ssh-rsa …"
SECRET = "correct horse battery staple"


def _key_file(folder: Path, content: str | bytes) -> dict[str, str]:
    path = folder / "key.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {KEY_FILE: str(path)}


def _ssh_key(folder: Path, kind: str, passphrase: str = "") -> Path:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("no ssh-keygen here")
    path = folder / f"id_{kind}"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "a comment", "-f", path], check=True)
    return path


@settings(deadline=None, max_examples=30)
@given(st.text(st.characters(exclude_categories=())))
@example("\ud83d half a pair \udfff")
def test_any_text_is_sealed_and_unsealed(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    sealer = Sealer([RECIPIENT], _key_file(tmp_path_factory.getbasetemp(), str(IDENTITY)))
    assert sealer.can_seal
    ciphertext = sealer.seal(text)
    assert sealer.unseal(ciphertext) == text
    assert base64.b64decode(ciphertext).startswith(b"age-encryption.org/v1\n")


def test_a_ciphertext_is_one_line_of_ascii_and_never_the_same_twice() -> None:
    sealer = Sealer([RECIPIENT], {})
    one, other = sealer.seal(SECRET * 100), sealer.seal(SECRET * 100)
    assert one.isascii()
    assert one.isprintable()
    assert one != other
    assert SECRET not in one


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_ssh_keys(tmp_path: Path, kind: str) -> None:
    key = _ssh_key(tmp_path, kind)
    public = key.with_suffix(".pub").read_text()
    assert wrong_recipient(public) is None
    sealed = Sealer([public, RECIPIENT], {}).seal(SECRET)
    assert Sealer([], {KEY_FILE: str(key)}).unseal(sealed) == SECRET
    assert Sealer([], _key_file(tmp_path, str(IDENTITY))).unseal(sealed) == SECRET


def test_a_key_file_with_comments_and_several_keys(tmp_path: Path) -> None:
    content = f"# created: 2026\n\n{x25519.Identity.generate()}\r\n  {IDENTITY}  \n"
    assert Sealer([], _key_file(tmp_path, content)).unseal(Sealer([RECIPIENT], {}).seal(SECRET)) == SECRET


def test_without_a_key_nothing_is_unsealed(tmp_path: Path) -> None:
    sealed = Sealer([RECIPIENT], {}).seal(SECRET)
    assert Sealer([RECIPIENT], {}).unseal(sealed) is None
    assert Sealer([RECIPIENT], {KEY_FILE: ""}).unseal(sealed) is None
    other = _key_file(tmp_path, str(x25519.Identity.generate()))
    assert Sealer([RECIPIENT], other).unseal(sealed) is None


def test_whoever_has_no_recipient_cannot_seal() -> None:
    assert not Sealer([], {}).can_seal


@pytest.mark.parametrize("ciphertext", ["", "x", "QUJD", "ü", "\ud800", "=", "YWdlLWVuY3J5cHRpb24ub3JnL3YxCg=="])
def test_what_is_no_ciphertext(tmp_path: Path, ciphertext: str) -> None:
    assert Sealer([], _key_file(tmp_path, str(IDENTITY))).unseal(ciphertext) is None


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_what_was_tampered_with_is_not_believed(tmp_path_factory: pytest.TempPathFactory, at: int, flip: int) -> None:
    sealer = Sealer([RECIPIENT], _key_file(tmp_path_factory.getbasetemp(), str(IDENTITY)))
    sealed = bytearray(base64.b64decode(sealer.seal(SECRET)))
    sealed[at % len(sealed)] ^= flip
    assert sealer.unseal(base64.b64encode(sealed).decode()) is None


ALMOST = f"{str(IDENTITY)[:-1]}{'Q' if str(IDENTITY)[-1] != 'Q' else 'P'}"
AGE_KEYGEN = "write it with age-keygen"


@pytest.mark.parametrize(
    "content, told",
    [
        ("", f"there is no key in it; {AGE_KEYGEN}"),
        ("# only a comment\n", f"there is no key in it; {AGE_KEYGEN}"),
        (ALMOST, f"line 1 is no age key; {AGE_KEYGEN}"),
        (f"{IDENTITY}\n{SECRET}\n", f"line 2 is no age key; {AGE_KEYGEN}"),
        (RECIPIENT, f"line 1 is no age key; {AGE_KEYGEN}"),
        (f"{SECRET}\xff".encode("latin-1"), f"no UTF-8 text; {AGE_KEYGEN}"),
        ("age-encryption.org/v1\n-> scrypt x 18\n",
         f"it is encrypted itself; decrypt it, and set {KEY_FILE} to the result"),
        ("\n-----BEGIN AGE ENCRYPTED FILE-----\n",
         f"it is encrypted itself; decrypt it, and set {KEY_FILE} to the result"),
        (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n-----END OPENSSH PRIVATE KEY-----\n",
         ("its SSH key cannot be used; it is encrypted, broken, or neither ed25519 nor RSA; "
          "use one without a passphrase, or an age key")),
    ],
)  # fmt: skip
def test_a_key_file_that_is_of_no_use(tmp_path: Path, content: str | bytes, told: str) -> None:
    environ = _key_file(tmp_path, content)
    with pytest.raises(SyncerError) as caught:
        Sealer([], environ).unseal("QUJD")
    assert str(caught.value) == f"the age key file {environ[KEY_FILE]}: {told}"
    assert caught.value.__cause__ is None
    assert SECRET not in str(caught.value)


def test_an_ssh_key_with_a_passphrase(tmp_path: Path) -> None:
    key = _ssh_key(tmp_path, "ed25519", "a passphrase")
    with pytest.raises(
        SyncerError, match=r"its SSH key cannot be used; it is encrypted, .*; use one without a passphrase"
    ):
        Sealer([], {KEY_FILE: str(key)}).unseal("QUJD")


def test_a_key_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SyncerError) as caught:
        Sealer([], {KEY_FILE: "/no/such\x1b"}).unseal("QUJD")
    assert str(caught.value) == (
        rf"the age key file /no/such\x1b: there is no such file; set {KEY_FILE} to one that can be read"
    )
    with pytest.raises(SyncerError, match="not a file; set"):
        Sealer([], {KEY_FILE: str(tmp_path)}).unseal("QUJD")


def test_recipients_in_the_settings(repository: Repository) -> None:
    repository.write("syncer.yaml", f"{SETTINGS}age_recipients:\n  - {RECIPIENT}\n")
    assert load_settings(repository.root).age_recipients == (RECIPIENT,)


def test_no_recipients_in_the_settings(repository: Repository) -> None:
    assert load_settings(repository.root).age_recipients == ()
    repository.write("syncer.yaml", f"{SETTINGS}age_recipients: []\n")
    assert load_settings(repository.root).age_recipients == ()


@pytest.mark.parametrize(
    "value, told",
    [
        (f"[{RECIPIENT}, age1xyz]", f"6:{20 + len(RECIPIENT)}: this is no recipient that syncer can seal for; {HINT}"),
        ("[ssh-ecdsa AAAA]", f"6:18: this is no recipient that syncer can seal for; {HINT}"),
        ("[ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQA=]", f"6:18: this is no recipient that syncer can seal for; {HINT}"),
        ("[ssh-ed25519 AAAA]", f"6:18: this is no recipient that syncer can seal for; {HINT}"),
        (f"[{IDENTITY}]", f"6:18: this is a secret key; make a new one, since this one was written down; {HINT}"),
        (RECIPIENT, "6:17: age_recipients is a text, not a list; put it in brackets, like [one] or [one, another]"),
        ("", "6:1: nothing stands after age_recipients; it is a list"),
        ("[5]", "6:18: an item of age_recipients is a number, not a text; put it in quotes"),
        ("['']", "6:18: an item of age_recipients is empty"),
        (f"[{RECIPIENT}, {RECIPIENT}]", "6:17: age_recipients lists something twice; keep one of them"),
    ],
)
def test_recipients_that_are_none(repository: Repository, value: str, told: str) -> None:
    problems = repository.settings_problems(f"{SETTINGS}age_recipients: {value}\n")
    assert problems == [f"syncer.yaml:{told}"]
    assert str(IDENTITY) not in problems[0]


def test_pyrage_is_loaded_only_where_it_is_needed(repository: Repository) -> None:
    code = (
        "import sys; from pathlib import Path; import syncer.files.sealing; "
        "from syncer.files.settings import load_settings; load_settings(Path(sys.argv[1])); "
        "syncer.files.sealing.Sealer([], {}).unseal('x'); print('pyrage' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, repository.root], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
