"""Mistakes in entries: what a person reads, to the letter."""

import pytest

from tests.files.conftest import Repository

TYPES = "ALARM_SERVER, EXPERT, FXS_PHONE, MEDIA, NTP, PHONE, TLS_PROFILE"
TONES = (
    "EUROPE-PBX (0), EUROPE-PUBLIC (1), US (2), UK (3), ITALY-PUBLIC (4), CZECH-PBX (5), CZECH-PUBLIC (6), SWEDEN (7), "
    "FRANCE (8), SWISS (9), ITALY-PBX (10), BELGIUM (11), NETHERLANDS (12), NORWAY (13), DENMARK (14), GERMANY (15), "
    "SPAIN (16), FINLAND (17), AUSTRIA (18), IRELAND (19), AUSTRALIA (20), NEWZEALAND (21), MALAYSIA (22), "
    "TURKEY (23), RUSSIA (24), SOUTH AFRICA (25), BRAZIL (26)"
)
KEYS = "SDES-DTLS (0), DTLS-SDES (1), SDES (2), DTLS (3), No encryption (4)"
EVERYONE = "name them, or write categories: [] for every device of the domain"
WRITE_IT = "write ${vars.NAME} or ${domain.name}, or $${ for a literal ${"
SECRET = "a reference to a secret: {env: NAME}, {file: PATH} or {age: CIPHERTEXT}"
EXTRA = "its fields stand under extra:"
FIRST = "domains/a.yaml:4:"  # the line after the type, its keys in column 5

PHONE = [
    ("dialTone: GERMNY", f"15: dialTone: GERMNY is not one of {TONES}; did you mean GERMANY?"),
    ("dialTone: 27", f"15: dialTone: 27 is not one of {TONES}"),
    ('srtpKey: "0"', f'14: srtpKey: "0" is not one of {KEYS}; drop the quotes'),
    ("coder: opus-wb", "12: coder: opus-wb is not one of G711A, G711u, G722, OPUS-NB, OPUS-WB; did you mean OPUS-WB?"),
    ("coder: [G722]", "12: coder is a list, not one of G711A, G711u, G722, OPUS-NB, OPUS-WB"),
    ("frameSize: 10", "16: frameSize: 10 is not a whole number from 20 to 80"),
    ("frameSize: 20.5", "16: frameSize: 20.5 is not a whole number from 20 to 80"),
    ('frameSize: "20"', '16: frameSize: "20" is not a whole number from 20 to 80; drop the quotes'),
    ("frameSize: true", "16: frameSize: true is not a whole number from 20 to 80"),
    ("exclusive: yes", "16: exclusive: yes is not true or false; write true"),
    ("exclusive: Off", "16: exclusive: Off is not true or false; write false"),
    ('exclusive: "true"', '16: exclusive: "true" is not true or false; drop the quotes'),
    ("exclusive: 1", "16: exclusive: 1 is not true or false"),
    ("gk1: 1721600", "10: gk1 is a number, not a text; put it in quotes"),
    ("gk1: true", "10: gk1 is true, not a text; put it in quotes"),
    ("gk1: {a: b}", "10: gk1 is a mapping, not a text"),
    ("gk1: 2024-01-01", "10: YAML reads this as a date; put it in quotes"),
    ("gk1: ${vars.x}", "10: unknown variable vars.x; add it to the domain's vars"),
    ("gkid: x", "5: unknown field gkid; did you mean gkId?"),
    ("fax: true", "5: unknown field fax: it belongs to FXS_PHONE; leave it out"),
    ("newField: 1", "5: unknown field newField; a field that syncer does not know stands under extra:"),
    ("extra: {gk1: x}", "13: gk1 is known to syncer, so it cannot stand under extra; write it beside extra"),
    ("extra: {domainId: 3}", "13: domainId is known to syncer, so it cannot stand under extra; leave it out"),
    ("extra: {mt: X}", "13: mt is known to syncer, so it cannot stand under extra; leave it out"),
    ("extra: [a]", "12: extra is a list, not a mapping"),
    ("extra:", "5: nothing stands after extra; it is a mapping"),
    ("extra: {a: .inf}", "16: no finite number; put it in quotes if it is a text"),
    ("ignore: [gk9]", "14: ignore: there is no field gk9; did you mean gk2?"),
    ("ignore: [gk1, gk1]", "13: ignore lists something twice; keep one of them"),
    ("ignore: gk1", "13: ignore is a text, not a list; put it in brackets, like [one] or [one, another]"),
    ("id: -1", "9: id: -1 is not a whole number from 0 up"),
    ("id: x", "9: id is a text, not a whole number from 0 up"),
    ("state: gone", "12: state: gone is not one of present, absent"),
    ("desc: 12", "11: desc is a number, not a text; put it in quotes"),
    ("renamed_from: 12", "19: renamed_from is a number, not a text; put it in quotes"),
]


@pytest.mark.parametrize("line, told", PHONE)
def test_a_mistake_in_a_phone(repository: Repository, line: str, told: str) -> None:
    assert repository.config_problems(f"type: PHONE\n{line}\ncategories: []") == [FIRST + told]


@pytest.mark.parametrize(
    "lines, told",
    [
        ("desc: x", [f"3:5: a config must say its categories; {EVERYONE}"]),
        ("categories:", [f"4:5: nothing stands after categories; {EVERYONE}"]),
        (
            "categories: Phones",
            ["4:17: categories is a text, not a list; put it in brackets, like [one] or [one, another]"],
        ),
        ("categories: [1]", ["4:18: an item of categories is a number, not a text; put it in quotes"]),
        ("categories: [A, A]", ["4:17: categories lists something twice; keep one of them"]),
        ('categories: [""]', ["4:18: an item of categories is empty"]),
        (
            "categories: []\nstate: absent\nrenamed_from: x",
            ["6:5: renamed_from together with state: absent; leave one of them out"],
        ),
        (
            "categories: []\ndesc: x\nrenamed_from: x",
            ["6:19: renamed_from is the name that it has; write the former one, or leave it out"],
        ),
        (
            "categories: []\nignore: [desc]",
            ["5:14: ignore: there is no field desc; known here: ntp1, ntp2, tz, categories"],
        ),
    ],
)
def test_a_mistake_in_common_keys(repository: Repository, lines: str, told: list[str]) -> None:
    found = repository.config_problems(f"type: NTP\n{lines}")

    assert found == [f"domains/a.yaml:{one}" for one in told]


@pytest.mark.parametrize(
    "lines, told",
    [
        ("tosRtp: b8", '4:13: tosRtp: b8 is not a byte from 0x00 to 0xff, like 0xb8 or "0xb8"'),
        ("tosRtp: 256", '4:13: tosRtp: 256 is not a byte from 0x00 to 0xff, like 0xb8 or "0xb8"'),
        ("rtpFirst: 2051", "4:15: rtpFirst: 2051 is not a whole number from 2052 to 65534"),
        (
            "rtpNum: 1000\nrtpFirst: 65000",
            "5:15: rtpFirst 65000 + rtpNum 1000 goes past port 65535; change one of them",
        ),
        (
            "rtpFirst: 5000\nrtpNum: 200\nnatFirst: 5100\nnatNum: 50",
            "4:15: the ports for RTP (5000-5199) and NAT (5100-5149) overlap; change one of them",
        ),
    ],
)
def test_a_mistake_in_media(repository: Repository, lines: str, told: str) -> None:
    assert repository.config_problems(f"type: MEDIA\n{lines}\ncategories: []") == [f"domains/a.yaml:{told}"]


@pytest.mark.parametrize(
    "entry, told",
    [
        ("desc: x", f"3:5: a config without a type; add type: one of {TYPES}"),
        ("type:", f"3:10: type is nothing, not a text; write one of {TYPES}"),
        ("type: 5", f"3:11: type is a number, not a text; write one of {TYPES}"),
        ("type: [PHONE]", f"3:11: type is a list, not a text; write one of {TYPES}"),
        ("just text", "3:5: an entry is a mapping, not a text; begin it with `type: `, as in `- type: PHONE`"),
        (
            "type: PHON\ncategories: []\ngk1: x",
            f"5:5: unknown field gk1: the type PHON is not known to syncer; did you mean PHONE? Else {EXTRA}",
        ),
        (
            "type: TRUST_LIST\ncategories: []\ncerts: x",
            f"5:5: unknown field certs: the type TRUST_LIST is not known to syncer; {EXTRA}",
        ),
    ],
)
def test_a_mistake_in_the_type(repository: Repository, entry: str, told: str) -> None:
    assert repository.config_problems(entry) == [f"domains/a.yaml:{told}"]


HIDDEN = "hunter2"
LITERAL = f"logPassword is written out, which a secret must never be; write {SECRET}"


@pytest.mark.parametrize(
    "value, told",
    [
        ("hunter2", f"18: {LITERAL}"),
        ("'hunter2'", f"18: {LITERAL}"),
        ("20240101", f"18: {LITERAL}"),
        ("2024-01-01", "18: YAML reads this as a date; put it in quotes"),
        ("{value: hunter2}", f"18: logPassword is not {SECRET}"),
        ("{hunter2}", f"18: logPassword is not {SECRET}"),
        ("{env: hunter2, file: hunter2}", f"18: logPassword is not {SECRET}"),
        ("{env: [hunter2]}", f"18: logPassword is not {SECRET}"),
        ("[hunter2]", f"18: logPassword is not {SECRET}"),
        ("{age: hunter2}", "18: this is no age ciphertext; seal the secret anew with `syncer secret set`"),
        ("{age: 5}", f"18: logPassword is not {SECRET}"),
        ("*hunter2", "18: an alias without its anchor; name one that stands before it, or put the text in quotes"),
        ("!hunter2 x", "18: a tag that syncer does not know; leave it out, or put a text in quotes"),
        (
            "a${hunter2}",
            f"18: ${{ begins a variable, but what follows names none; {WRITE_IT}",
        ),
        (
            "hunter2: x",
            "25: a colon where no value can start; check the indentation, or put a text that holds a colon in quotes",
        ),
        ('"hunter2', "18: a quote that is never closed; close it"),
        ("@hunter2", "18: a character that no text can start with; put the text in quotes"),
        (
            "{env: MISSING}",
            "18: the environment variable MISSING is not set; set it to the secret",
        ),
        ("{env: EMPTY}", "18: the environment variable EMPTY is empty; set it to the secret"),
    ],
)
def test_a_secret_is_never_shown(repository: Repository, value: str, told: str) -> None:
    told_all = repository.config_problems(
        f"type: ALARM_SERVER\ncategories: []\nlogPassword: {value}", {"EMPTY": "", "OTHER": HIDDEN}
    )

    assert told_all == [f"domains/a.yaml:5:{told}"]
    assert HIDDEN not in "".join(told_all)


@pytest.mark.parametrize(
    "content, told",
    [
        (None, "there is no such file; correct the name"),
        (b"", "is empty; write the secret into it"),
        (b"\n", "is empty; write the secret into it"),
        (b"hunter2\xff", "no UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_secrets_file_that_is_no_use(repository: Repository, content: bytes | None, told: str) -> None:
    if content is not None:
        repository.write("password.txt", content)

    found = repository.config_problems("type: ALARM_SERVER\ncategories: []\nlogPassword: {file: ../password.txt}")

    joint = " " if "empty" in told else ": "
    path = repository.root / "domains" / ".." / "password.txt"
    assert found == [f"domains/a.yaml:5:18: the secret's file {path}{joint}{told}"]
