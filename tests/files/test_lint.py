"""What is legal and probably wrong: what a person reads of it, to the letter, and how it is silenced."""

import re
from pathlib import Path

import pytest

from syncer import resources
from syncer.files import lint as linting
from syncer.files.conflicts import conflicts
from syncer.files.hosts import wrong_host, wrong_ice_server, wrong_url
from syncer.files.load import load
from syncer.files.secrets import References
from syncer.files.settings import load_settings
from syncer.files.timezones import is_timezone
from syncer.model.lint import RULES, SILENCEABLE
from tests.files.conftest import SETTINGS, Repository

EXAMPLES = resources.directory("examples")
ZONES = Path("/usr/share/zoneinfo")
EVERYONE = (
    "every device of the domain gets this config; name categories, or say `# syncer: ignore everyone` here [everyone]"
)


def _lint(root: Path) -> list[str]:
    settings = load_settings(root)
    loaded = load(settings, settings.server(None), References(root, {"PW": "hush"}))
    return [f"{one} [{one.code}]" for one in linting.lint(loaded, settings.lint_ignored)]


def _told(repository: Repository, text: str) -> list[str]:
    """Warnings of one file, without its name."""
    repository.write("domains/a.yaml", text)
    return [line.removeprefix("domains/a.yaml:") for line in _lint(repository.root)]


def _config(repository: Repository, lines: str) -> list[str]:
    """Warnings of one config whose first line is line 4, its keys in column 5; each line after `type` is one more."""
    indented = lines.strip("\n").replace("\n", "\n    ")
    return _told(repository, f"domain: x\ncategories: [{{name: A}}]\nconfigs:\n  - {indented}\n    categories: [A]\n")


def test_every_device_of_the_domain(repository: Repository) -> None:
    told = _told(repository, "domain: x\nconfigs:\n  - type: TLS_PROFILE\n    categories: []\n")

    assert told == [f"4:17: {EVERYONE}"]


@pytest.mark.parametrize("more", ["ignore: [categories]", "state: absent"])
def test_not_every_device(repository: Repository, more: str) -> None:
    assert _told(repository, f"domain: x\nconfigs:\n  - {{type: TLS_PROFILE, categories: [], {more}}}\n") == []


@pytest.mark.parametrize("off", ["false", "null"])
def test_a_category_that_configs_do_not_use(repository: Repository, off: str) -> None:
    told = _told(
        repository,
        f"domain: x\ncategories:\n  - {{name: A, config: {off}}}\n  - {{name: B}}\n"
        "configs:\n  - {type: TLS_PROFILE, categories: [B, A]}\n",
    )

    what = "A has config: false (domains/a.yaml:3:5), so its devices do not get this config"
    assert told == [f"6:41: {what}; say config: true there, or drop it [disabled-category]"]


def test_a_category_that_nothing_uses(repository: Repository) -> None:
    told = _told(
        repository,
        "domain: x\ncategories:\n  - name: A\n  - name: B\n  - {name: C, config: false}\n  - {name: D, state: absent}\n"
        "configs:\n  - {type: TLS_PROFILE, categories: [B]}\n  - {type: MEDIA, categories: [A], state: absent}\n",
    )

    assert told == ["3:11: no config names the category A; name it in one, or remove it [unused-category]"]


@pytest.mark.parametrize(
    "more", ["", "\n---\nbaseline: b\ndomains: ['*']\nconfigs: [{type: TLS_PROFILE, categories: [B]}]"]
)
def test_categories_whose_configs_are_not_all_in_the_files_may_be_used(repository: Repository, more: str) -> None:
    assert _told(repository, f"domain: x\ncategories: [{{name: A}}, {{name: B}}]{more}\n") == []


@pytest.mark.parametrize(
    "category, config",
    [
        ("ignore: [config]", "categories: [B]"),
        ("config: false, ignore: [config]", "categories: [A, B]"),
        ("config: true", "categories: [B], ignore: [categories]"),
    ],
)
def test_what_is_left_to_others_makes_no_category_unused_or_disabled(
    repository: Repository, category: str, config: str
) -> None:
    text = f"domain: x\ncategories: [{{name: A, {category}}}, {{name: B}}]\nconfigs: [{{type: MEDIA, {config}}}]\n"

    assert _told(repository, text) == []


def _pair(one: str, other: str) -> str:
    return (
        "domain: x\ncategories: [{name: A}, {name: B}]\nconfigs:\n"
        f"  - {{type: PHONE, desc: one, gk1: '1.1.1.1', {one}}}\n"
        f"  - {{type: PHONE, desc: other, gk1: '1.1.1.1', {other}}}\n"
    )


@pytest.mark.parametrize(
    "one, other, named",
    [
        ("categories: [A, B], coder: G722", "categories: [A], coder: OPUS-WB", "coder"),
        ("categories: [A, B], srtpKey: 1", "categories: [B], srtpKey: SDES", "srtpKey"),
        ("categories: [A, B], gk2: a, gkId: a", "categories: [A], gk2: b, gkId: b", "gk2 and 1 more"),
        ("categories: [A, B], extra: {n: 1}", "categories: [A], extra: {n: 2}", "n"),
    ],
)  # fmt: skip
def test_a_conflict(repository: Repository, one: str, other: str, named: str) -> None:
    told = _told(repository, _pair(one, other))

    what = f"{named}: the PHONE one at domains/a.yaml:4:5 says otherwise, and reaches the same devices"
    assert [re.sub(r"^5:\d+: ", "", line) for line in told] == [f"{what}; say it in one of them only [conflict]"]


@pytest.mark.parametrize(
    "one, other",
    [
        ("categories: [A], coder: G722", "categories: [B], coder: OPUS-WB"),  # other devices
        ("categories: [A, B], coder: G722", "categories: [A], coder: G722"),  # the same value
        ("categories: [A, B], srtpKey: 1", "categories: [A], srtpKey: DTLS-SDES"),  # spelled differently
        ("categories: [A, B], coder: G722", "categories: [A], coder: ''"),  # one leaves it alone
        ("categories: [A, B], exclusive: true", "categories: [A], exclusive: false"),  # false is unset
        ("categories: [A, B], coder: G722", "categories: [A], coder: OPUS-WB, ignore: [coder]"),  # left to others
        ("categories: [A, B], coder: G722", "categories: [A], coder: OPUS-WB, ignore: [categories]"),
        ("categories: [A, B], coder: G722", "categories: [A], coder: OPUS-WB, state: absent"),
    ],
)
def test_no_conflict(repository: Repository, one: str, other: str) -> None:
    assert _told(repository, _pair(one, other)) == []


def test_everyone_conflicts_with_each_category_wherever_it_stands(repository: Repository) -> None:
    told = _told(repository, _pair("categories: [A, B], coder: G722", "categories: [], coder: OPUS-WB"))

    twin = "the PHONE other at domains/a.yaml:5:5"
    assert told == [
        f"4:73: coder: {twin} says otherwise, and reaches the same devices; say it in one of them only [conflict]",
        f"5:60: {EVERYONE}",
    ]


def test_scripts_add_up_and_unknown_types_are_not_judged(repository: Repository) -> None:
    told = _told(
        repository,
        "domain: x\ncategories: [{name: A}]\nconfigs:\n"
        "  - {type: EXPERT, desc: a, categories: [A], script: a}\n  - {type: EXPERT, categories: [A], script: b}\n"
        "  - {type: NEW, desc: a, categories: [A], extra: {n: 1}}\n  - {type: NEW, categories: [A], extra: {n: 2}}\n",
    )

    assert told == []


def test_secrets_are_compared_and_not_shown(repository: Repository) -> None:
    repository.write("pw.txt", "other")
    told = _told(
        repository,
        "domain: x\ncategories: [{name: A}]\nconfigs:\n"
        "  - {type: MEDIA, desc: a, categories: [A], turnServer: t, turnPassword: {env: PW}}\n"
        "  - {type: MEDIA, categories: [A], turnServer: t, turnPassword: {file: ../pw.txt}}\n",
    )

    twin = "the MEDIA a at domains/a.yaml:4:5"
    what = f"turnPassword: {twin} says otherwise, and reaches the same devices"
    assert told == [f"5:65: {what}; say it in one of them only [conflict]"]


def test_conflicts_are_looked_for_in_one_pass(repository: Repository) -> None:
    """Each config is compared with one per category, however many there are."""
    entries = "".join(f"  - {{type: TLS_PROFILE, desc: c{n}, categories: [A], profile: fast}}\n" for n in range(300))
    last = "  - {type: TLS_PROFILE, desc: z, categories: [A], profile: secure}\n"
    repository.write("domains/a.yaml", f"domain: x\ncategories: [{{name: A}}]\nconfigs:\n{entries}{last}")
    settings = load_settings(repository.root)
    (merged,) = load(settings, settings.server(None), References(repository.root, {})).domains

    (conflict,) = conflicts(merged.configs, settings.policy)

    assert (conflict.other.entry.address.name, conflict.found.entry.address.name) == ("c0", "z")


@pytest.mark.parametrize(
    "lines, told",
    [
        ("type: NTP", "4:5: the NTP config sets no ntp1; add ntp1, for example ntp1: ptbtime1.ptb.de"),
        ("type: PHONE", "4:5: the PHONE config sets no gk1; add gk1, for example gk1: 172.16.0.1"),
        ("type: PHONE\ngk1: ''", "5:10: the PHONE config sets no gk1; add gk1, for example gk1: 172.16.0.1"),
    ],
)
def test_a_server_is_missing(repository: Repository, lines: str, told: str) -> None:
    assert _config(repository, lines) == [f"{told} [missing-server]"]


def test_what_is_left_to_others_is_not_missing(repository: Repository) -> None:
    assert _config(repository, "type: NTP\nignore: [ntp1]") == []
    repository.write("syncer.yaml", SETTINGS + "policy: {ignore: {'config[*/NTP/*]': [ntp1]}}\n")
    assert _config(repository, "type: NTP") == []


@pytest.mark.parametrize(
    "lines, told",
    [
        (
            "type: NTP\nntp1: a\ntz: Europe/Berlin",
            ("6:9: tz: Europe/Berlin is no POSIX TZ string; write what the last line of "
            "/usr/share/zoneinfo/Europe/Berlin says, like CET-1CEST-2,M3.5.0/2,M10.5.0/3"
            " for Europe/Berlin [bad-timezone]"),
        ),
        (
            "type: NTP\nntp1: a\ntz: CET",
            ("6:9: tz: CET is no POSIX TZ string; write standard time, its offset, summer time and when it begins and "
            "ends, like CET-1CEST-2,M3.5.0/2,M10.5.0/3 [bad-timezone]"),
        ),
        (
            "type: PHONE\ngk1: 172.16.0.256",
            ("5:10: gk1: 172.16.0.256 cannot be a host, since it is no address of IPv4; "
            "write a name or an address, like 172.16.0.1 [bad-host]"),
        ),
        (
            "type: MEDIA\nturnServer: https://turn.example.com",
            ("5:17: turnServer: https://turn.example.com cannot be a host, since it is a url; "
            "write a name or an address, and a port if need be, like turn.example.com:3478 [bad-host]"),
        ),
        (
            "type: PHONE\ngk1: user:hunter2@pbx",
            ("5:10: gk1 cannot be a host, since its port is no number from 1 to 65535; "
            "write a name or an address, like 172.16.0.1 [bad-host]"),
        ),
        (
            "type: ALARM_SERVER\nurl: alarms.example.com/in",
            ("5:10: url cannot be a url, since it has no scheme like https://; "
            "write it whole, like https://alarms.example.com/in [bad-url]"),
        ),
        (
            "type: ALARM_SERVER\nlogUrl: https://u:hunter2@/x",
            ("5:13: logUrl cannot be a url, since its host is none: it names no host; "
            "write it whole, like https://logs.example.com/up [bad-url]"),
        ),
        (
            "type: ALARM_SERVER\nlogPassword: {env: PW}",
            ("5:5: logPassword is encrypted with url, which is empty; "
            "add url, or leave logPassword out [unseeded-secret]"),
        ),
        (
            "type: MEDIA\nturnServer: ''\nturnPassword: {env: PW}",
            ("6:5: turnPassword is encrypted with turnServer, which is empty; "
            "add turnServer, or leave turnPassword out [unseeded-secret]"),
        ),
        (
            'type: EXPERT\nscript: "a\\nb\\r\\nc\\r\\n"',
            "5:13: line 2 of the script has a carriage return; save it with LF line ends [crlf]",
        ),
        (
            f"type: EXPERT\nscript: |\n  x\n  {'ä' * 512}y\n  {'x' * 2000}",
            ("5:13: line 2 of the script has 1025 bytes, more than 1024; "
            "divide it, since devices may cut it off [long-line]"),
        ),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_meant(repository: Repository, lines: str, told: str) -> None:
    assert _config(repository, lines) == [told]


@pytest.mark.parametrize(
    "lines",
    [
        f"type: EXPERT\nscript: |\n  {'x' * 1024}\n",
        "type: ALARM_SERVER\nlogPassword: {env: PW}\nurl: http://a/in",
        "type: ALARM_SERVER\nlogPassword: ''",
        "type: ALARM_SERVER\nurl: nonsense\nignore: [url]",
        "type: NTP\nntp1: ${vars.a}\nextra: {tz2: Nowhere/Land}\nstate: absent",
    ],
)
def test_a_value_that_can_be_meant(repository: Repository, lines: str) -> None:
    indented = lines.strip("\n").replace("\n", "\n    ")
    text = f"domain: x\nvars: {{a: b}}\nconfigs:\n  - {indented}\n    categories: [A]\n"
    assert _told(repository, text) == []


def test_a_script_from_a_file(repository: Repository) -> None:
    repository.write("s.txt", b"a\r\n")

    assert _config(repository, "type: EXPERT\nscript: {file: ../s.txt}") == [
        "5:13: line 1 of the script has a carriage return; save it with LF line ends [crlf]"
    ]


def test_a_rename_whose_former_name_is_taken(repository: Repository) -> None:
    told = _told(
        repository,
        "domain: x\nconfigs:\n  - {type: TLS_PROFILE, desc: new, categories: [A], renamed_from: old}\n"
        "  - {type: TLS_PROFILE, desc: old, categories: [B]}\n  - {type: MEDIA, categories: [A], renamed_from: new}\n",
    )

    what = "the former name old is that of the entry at domains/a.yaml:4:5"
    assert told == [f"3:67: {what}; remove it once every server has seen it [spent-rename]"]


@pytest.mark.parametrize(
    "zone",
    [
        "UTC0", "CET-1", "CET-1CEST", "CET-1CEST-2,M3.5.0/2,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<+0330>-3:30",
        "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "IST-1GMT0,M10.5.0,M3.5.0/1", "NZST-12NZDT,J60/24,365/167:59:59",
        "EET-2EEST,M3.4.4/50,M10.4.4/50", "XXX3YYY,0/0,J365/23",
    ],
)  # fmt: skip
def test_a_posix_timezone(zone: str) -> None:
    assert is_timezone(zone)


@pytest.mark.parametrize(
    "zone",
    [
        "CET", "Europe/Berlin", ":Europe/Berlin", "CE-1", "CET-1CEST-2,M3.5.0/2", "CET-1CEST-2,M13.5.0,M10.5.0",
        "CET-1CEST-2,M3.6.0,M10.5.0", "CET-1CEST-2,M3.5.7,M10.5.0", "CET-25", "CET-1:60", "CET-1CEST,J0,J10",
        "CET-1CEST,J366,J10", "CET-1CEST,366,10", "CET-1CEST,M3.5.0/168,M10.5.0", "<+1>-1", "GMT+1 ", "1CET",
        "CET-1CEST-2;M3.5.0/2;M10.5.0/3", "A" * 100_000 + "1", "",
    ],
)  # fmt: skip
def test_no_posix_timezone(zone: str) -> None:
    assert not is_timezone(zone)


@pytest.mark.skipif(not ZONES.is_dir(), reason="there is no time zone database")
def test_every_zone_of_the_world_is_one() -> None:
    """The last line of a compiled zone is its POSIX TZ string (RFC 8536, 3.3)."""
    compiled = [path for path in ZONES.rglob("*") if path.is_file() and path.read_bytes()[:4] == b"TZif"]
    last = {path: path.read_bytes().rsplit(b"\n", 2)[-2].decode("ascii") for path in compiled}

    assert len(last) > 100
    assert [path for path, zone in last.items() if zone and not is_timezone(zone)] == []


@pytest.mark.parametrize(
    "host",
    [
        "pbx", "pbx.example.com", "pbx.example.com.", "172.16.0.1", "172.16.0.1:1720", "pbx:1720", "::1",
        "fe80::1%eth0", "[::1]", "[::1]:1720", "müller.example", "a_b.example.com", "_sip._udp.example.com",
        "x-1.example.com", "mu\u0308ller.example", "परीक्षा.example", "xn--mller-kva.example:443",
    ],
)  # fmt: skip
def test_a_host(host: str) -> None:
    assert wrong_host(host) == ""


@pytest.mark.parametrize(
    "host, why",
    [
        ("172.16.0", "it is no address of IPv4"),
        ("172.16.0.1.5", "it is no address of IPv4"),
        ("172.16.0.300", "it is no address of IPv4"),
        ("1::2::3", "it is no address of IPv6"),
        ("[::g", "it is no address of IPv6"),
        ("[::1]x", "its port is no number from 1 to 65535"),
        ("pbx:0", "its port is no number from 1 to 65535"),
        ("pbx:65536", "its port is no number from 1 to 65535"),
        ("pbx:" + "9" * 10_000, "its port is no number from 1 to 65535"),
        ("pbx:", "its port is no number from 1 to 65535"),
        ("pbx:٣", "its port is no number from 1 to 65535"),
        (":80", "it names no host"),
        ("a..b", "no host has such a name"),
        ("-a.example", "no host has such a name"),
        ("pbx,gw", "no host has such a name"),
        ("pbx/x", "no host has such a name"),
        ("a" * 64, "no host has such a name"),
        (".".join(["abc"] * 70), "no host has such a name"),
        ("p bx", "it has blanks in it"),
        ("pbx\t", "it has blanks in it"),
        ("http://pbx", "it is a url"),
    ],
)
def test_no_host(host: str, why: str) -> None:
    assert wrong_host(host) == why


def test_a_stun_or_turn_server() -> None:
    good = ["stun.example.com", "turn:turn.example.com:3478?transport=tcp", "TURNS:1.2.3.4", "1.2.3.4?tcp"]
    assert [wrong_ice_server(one) for one in good] == [""] * 4
    assert wrong_ice_server("turn://turn.example.com") == "it is a url"


@pytest.mark.parametrize(
    "url", ["https://a.example", "http://u:p@1.2.3.4:80/x?y#z", "https://[::1]/x", "sip://pbx", "https://a/%zz/$(mac)"]
)
def test_a_url(url: str) -> None:
    assert wrong_url(url) == ""


@pytest.mark.parametrize(
    "url", ["a.example/x", "//a/x", "https:/a", "https://", "https://[::1", "https://a b", "a:80/x"]
)
def test_no_url(url: str) -> None:
    assert wrong_url(url) != ""


BASELINE = """\
baseline: all
domains: ["*"]
vars: {profile: fast}
configs:
  - {type: TLS_PROFILE, desc: all, categories: []}
"""


def test_what_a_baseline_says_is_told_once_at_its_place(repository: Repository) -> None:
    names = ["a.example", "b.example", "c.example", "d.example"]
    repository.write("domains/z.yaml", BASELINE)

    told = _told(repository, "\n---\n".join(f"domain: {name}" for name in names))

    assert told == [
        (
            "domains/z.yaml:5:48: every device of the domain gets this config (for a.example, b.example, c.example "
            "and 1 more); name categories, or say `# syncer: ignore everyone` here [everyone]"
        )
    ]


def test_what_a_variable_says_is_told_where_it_was_said(repository: Repository) -> None:
    repository.write("domains/z.yaml", "baseline: b\ndomains: ['*']\nvars: {gk: 1.2.3.}\n")

    told = _told(
        repository,
        "domain: x\ncategories: [{name: A}]\nconfigs:\n  - {type: PHONE, categories: [A], gk1: '${vars.gk}'}\n",
    )

    what = "gk1: 1.2.3. cannot be a host, since it is no address of IPv4"
    assert told == [f"domains/z.yaml:3:12: {what} (for x); write a name or an address, like 172.16.0.1 [bad-host]"]


@pytest.mark.parametrize(
    "text",
    [
        "  - type: TLS_PROFILE  # syncer: ignore everyone\n    categories: []\n",
        "  - type: TLS_PROFILE\n    categories: []  # syncer: ignore everyone\n",
        "  - type: TLS_PROFILE\n    categories:  # why not; # syncer: ignore conflict, everyone (all)\n      []\n",
        "  - type: TLS_PROFILE\r\n    categories: [] #syncer:ignore everyone\r\n",
        "  - {type: TLS_PROFILE, categories: []}\t#  syncer:  ignore  conflict , everyone\n",
    ],
)
def test_silenced_by_a_comment(repository: Repository, text: str) -> None:
    assert _told(repository, f"domain: x\nconfigs:\n{text}") == []


@pytest.mark.parametrize(
    "text",
    [
        "  # syncer: ignore everyone\n  - type: TLS_PROFILE\n    categories: []\n",
        "  - type: TLS_PROFILE  # syncer: ignore conflict\n    categories: []\n",
        "  - type: TLS_PROFILE\n    desc: a  # syncer: ignore everyone\n    categories: []\n",
        "  - type: TLS_PROFILE\n    desc: a#syncer:ignore everyone\n    categories: []\n",
    ],
)
def test_not_silenced_by_a_comment(repository: Repository, text: str) -> None:
    (told,) = _told(repository, f"domain: x\nconfigs:\n{text}")

    assert told.endswith(EVERYONE)


@pytest.mark.parametrize(
    "text",
    [
        "script: |\n      # syncer: managed by operations\n\n      # syncer: ignore bogus\n",
        "script: >-  # a comment\n      # syncer: managed\n",
        'script: "a\n      # syncer: managed\n      b"\n',
        "desc: 'a # syncer: rules, it''s said # syncer: ok'\n",
    ],
)
def test_a_text_is_no_comment(repository: Repository, text: str) -> None:
    document = f"domain: x\ncategories: [{{name: A}}]\nconfigs:\n  - type: EXPERT\n    {text}    categories: [A]\n"

    assert _told(repository, document) == []


def test_a_text_silences_nothing(repository: Repository) -> None:
    (told,) = _told(
        repository, "domain: x\nconfigs:\n  - {type: MEDIA, desc: 'a # syncer: ignore everyone', categories: []}\n"
    )

    assert told == f"3:68: {EVERYONE}"


def test_a_comment_beside_a_text(repository: Repository) -> None:
    script = f"script: |  # syncer: ignore long-line\n      # syncer: this\n      {'x' * 2000}\n"
    desc = "desc: 'a # syncer: it'  # syncer: ignore bogus\n"
    text = f"domain: x\nconfigs:\n  - type: EXPERT\n    {script}    {desc}    categories: [A]\n"

    (told,) = _told(repository, text)

    assert told.startswith("7:46: there is no warning bogus to ignore")


def test_a_comment_in_a_baseline_silences_what_it_gives(repository: Repository) -> None:
    repository.write("domains/z.yaml", BASELINE.replace("[]}", "[]}  # syncer: ignore everyone"))

    assert _told(repository, "domain: x") == []


def test_silenced_for_addresses(repository: Repository) -> None:
    text = "domain: x\nconfigs:\n  - {type: TLS_PROFILE, categories: []}\n  - {type: MEDIA, categories: []}\n"
    repository.write("syncer.yaml", SETTINGS + "policy: {lint: {ignore: {'config[*/MEDIA/*]': [everyone]}}}\n")
    assert _told(repository, text) == [f"3:37: {EVERYONE}"]
    repository.write("syncer.yaml", SETTINGS + "policy: {lint: {ignore: {'*': [everyone]}}}\n")
    assert _told(repository, text) == []


def test_an_unknown_code_in_the_settings(repository: Repository) -> None:
    (told,) = repository.settings_problems(SETTINGS + "policy: {lint: {ignore: {'*': [evryone]}}}\n")

    assert told.startswith("syncer.yaml:6:32: an item of *: evryone is not one of everyone, disabled-category, ")
    assert told.endswith("; did you mean everyone?")


def test_a_comment_that_means_nothing(repository: Repository) -> None:
    told = _told(
        repository,
        "domain: x\nconfigs:  # syncer: ignore evryone, everyone, 7\n"
        "  - {type: MEDIA, categories: [A]}  # syncer: ignore\n  # syncer: allow all\n  # syncer: ignore: conflict\n",
    )

    example = "write # syncer: ignore CODE, or several with commas between [unknown-code]"
    assert told == [
        "2:28: there is no warning evryone to ignore; did you mean everyone? [unknown-code]",
        "2:47: there is no warning 7 to ignore; `syncer explain` lists them all [unknown-code]",
        f"3:37: # syncer: ignore says nothing to syncer; {example}",
        f"4:3: # syncer: allow all says nothing to syncer; {example}",
        f"5:3: # syncer: ignore: conflict says nothing to syncer; {example}",
    ]


def test_places_are_not_looked_for_where_nothing_is_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That would be to read every file twice."""
    repository.write(
        "domains/a.yaml", "domain: x\nconfigs:\n  - type: MEDIA  # syncer: ignore everyone\n    categories: []\n"
    )
    monkeypatch.setattr("syncer.files.sources.position", pytest.fail)

    assert _lint(repository.root) == []


def test_a_name_is_made_harmless(repository: Repository) -> None:
    told = _told(repository, 'domain: x\ncategories: [{name: "\\e[31mA\\n"}]\nconfigs: []\n')

    assert told == ["2:21: no config names the category \\x1b[31mA\\n; name it in one, or remove it [unused-category]"]


@pytest.mark.parametrize("folder", [EXAMPLES, EXAMPLES / "starter"])
def test_the_examples_have_none(folder: Path) -> None:
    assert _lint(folder) == []


def test_each_rule_is_told_in_full_and_in_the_schema() -> None:
    for code, rule in RULES.items():
        assert code == rule.code
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert rule.why.endswith(".")
        assert rule.remedy
        assert len(rule.title) < 80
    lint = resources.schema("syncer")["properties"]["policy"]["properties"]["lint"]["properties"]["ignore"]
    items = lint["additionalProperties"]["items"]
    assert items["enum"] == list(SILENCEABLE)
    titles = [RULES[code].title for code in SILENCEABLE]
    assert items["enumDescriptions"] == [f"{title[0].upper()}{title[1:]}." for title in titles]
    assert set(RULES) - set(SILENCEABLE) == {"invalid", "unknown-code"}
