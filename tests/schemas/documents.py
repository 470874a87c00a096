"""Domain documents, good and broken, on which every judge of a document has to agree."""

from pathlib import Path

from syncer import resources

_EXAMPLES = resources.directory("examples")

HEAD = "domain: example.com\nconfigs:\n"
GOOD_ENTRIES = {
    "labels": "type: PHONE\nsrtpKey: No encryption\nsrtpCipher: AES256/80\ndialTone: SOUTH AFRICA",
    "numbers": "type: PHONE\nsrtpKey: 4\nsrtpCipher: 0\ndialTone: 26",
    "unset": "type: PHONE\nsrtpKey:\ndialTone: null\ngk1: ''\nexclusive: false\nframeSize: 0\ncoder: ''",
    "ranges": "type: PHONE\nframeSize: 80\nexclusive: true",
    "bytes": "type: MEDIA\ntosRtp: 0xb8\ntosSig: '0x8'",
    "unset bytes": "type: MEDIA\ntosRtp: ''\ntosSig:\nrtpNum: 0\nnatNum: 0",
    "secret by env": "type: MEDIA\nturnServer: a\nturnPassword: {env: TURN}",
    "no secret": "type: MEDIA\nturnPassword: ''",
    "a script": "type: EXPERT\nscript: |\n  a\n  b",
    "no script": "type: EXPERT\nscript:",
    "unknown type": "type: TRUST_LIST\nextra: {a: [1, {b: null}]}",
    "unknown fields": "type: NTP\nextra: {newField: 1}",
    "absent": "type: NTP\nstate: absent",
    "renamed": "type: NTP\ndesc: new\nrenamed_from: old",
    "told apart": "type: NTP\nid: 12",
    "ignored": "type: NTP\nignore: [ntp2, categories]",
    "no desc": "type: NTP\ndesc:",
}
BROKEN_ENTRIES = {
    "no type": "desc: x",
    "type of another kind": "type: 5",
    "empty type": "type: ''",
    "no label": "type: PHONE\ndialTone: GERMNY",
    "number without a label": "type: PHONE\ndialTone: 27",
    "number as a text": "type: PHONE\nsrtpKey: '0'",
    "label that is true": "type: PHONE\nsrtpKey: true",
    "half a label": "type: PHONE\nsrtpKey: 0.5",
    "no choice": "type: PHONE\ncoder: opus-wb",
    "below the range": "type: PHONE\nframeSize: 19",
    "above the range": "type: PHONE\nframeSize: 81",
    "no whole number": "type: PHONE\nframeSize: 20.5",
    "number that is true": "type: PHONE\nframeSize: true",
    "text for true": "type: PHONE\nexclusive: 'true'",
    "yes": "type: PHONE\nexclusive: yes",
    "number for a text": "type: PHONE\ngk1: 5",
    "unknown field": "type: PHONE\ngkid: x",
    "field of another type": "type: PHONE\nfax: true",
    "no byte": "type: MEDIA\ntosRtp: 256",
    "byte without 0x": "type: MEDIA\ntosRtp: b8",
    "negative byte": "type: MEDIA\ntosRtp: -1",
    "byte that is false": "type: MEDIA\ntosRtp: [1]",
    "natNum below 0": "type: MEDIA\nnatNum: -1",
    "literal secret": "type: MEDIA\nturnPassword: hunter2",
    "unknown reference": "type: MEDIA\nturnPassword: {vault: x}",
    "two references": "type: MEDIA\nturnPassword: {env: X, file: y}",
    "no reference": "type: MEDIA\nturnPassword: {}",
    "reference to nothing": "type: MEDIA\nturnPassword: {env: ''}",
    "script with another key": "type: EXPERT\nscript: {path: a}",
    "script as a list": "type: EXPERT\nscript: [a]",
    "extra as a list": "type: NTP\nextra: [a]",
    "extra of nothing": "type: NTP\nextra:",
    "unknown state": "type: NTP\nstate: gone",
    "negative id": "type: NTP\nid: -1",
    "ignored twice": "type: NTP\nignore: [ntp1, ntp1]",
    "ignore as a text": "type: NTP\nignore: ntp1",
    "unknown type with a field": "type: TRUST_LIST\nurls: []",
    "desc as a number": "type: NTP\ndesc: 12",
}
GOOD = {
    "only a domain": "domain: x",
    "no configs": "domain: x\nconfigs: []\ncategories: []",
    "a category": "domain: x\ncategories: [{name: a, config: false}]",
    "a domain to delete": "domain: x\nstate: absent",
    "admin passwords": "domain: x\ndeployAdminPasswords: true",
    "variables": """\
domain: x
vars: {coder: OPUS-WB, own: true, tone: 15, tos: 0xb8, size: 20, all: [], none: null, id: 3, left: [gk2], a-b_2: 1.5}
configs:
  - type: PHONE
    categories: ${vars.all}
    id: ${vars.id}
    ignore: ${vars.left}
    coder: ${vars.coder}
    exclusive: ${vars.own}
    dialTone: ${vars.tone}
    frameSize: ${vars.size}
    gk1: pbx.${domain.name}
    extra: {a: "${vars.none}"}
  - {type: MEDIA, categories: [], tosRtp: "${vars.tos}", turnPassword: {env: TURN}}
""",
}
BASELINES = (
    "baseline: a\ndomains: ['*']",
    (
        "baseline: a\ndomains: ['*.a', '!b.a']\nvars: {x: a}\n"
        "categories: []\nconfigs: [{type: NTP, categories: [], ntp1: '${vars.x}'}]"
    ),
)
BROKEN = {
    "no domain": "configs: []",
    "empty domain": "domain: ''",
    "domain as a number": "domain: 5",
    "configs of nothing": "domain: x\nconfigs:",
    "configs as a mapping": "domain: x\nconfigs: {type: NTP}",
    "categories as a text": "domain: x\ncategories: a",
    "category without a name": "domain: x\ncategories: [{config: true}]",
    "category as a text": "domain: x\ncategories: [a]",
    "unknown key": "domain: x\nconfig: []",
    "true as a text": "domain: x\ndeployAdminPasswords: 'yes'",
    "vars of nothing": "domain: x\nvars:",
    "vars as a list": "domain: x\nvars: [a]",
    "a variable that is a mapping": "domain: x\nvars: {a: {b: c}}",
    "a variable that is a list of lists": "domain: x\nvars: {a: [[b]]}",
    "a name that no variable can have": "domain: x\nvars: {1a: b}",
    "a literal in place of a variable": "domain: x\nconfigs: [{type: PHONE, categories: [], coder: '$${a}'}]",
    "a baseline for no domains": "baseline: a",
    "a baseline for nothing": "baseline: a\ndomains:",
    "a baseline for an empty list": "baseline: a\ndomains: []",
    "a baseline for a text": "baseline: a\ndomains: '*'",
    "a baseline without a name": "baseline:\ndomains: ['*']",
    "a baseline with a domain's keys": "baseline: a\ndomains: ['*']\nextra: {}",
    "a baseline that is a domain": "baseline: a\ndomains: ['*']\ndomain: x",
    "a baseline with an unknown field": "baseline: a\ndomains: ['*']\nconfigs: [{type: PHONE, gkid: x}]",
}


def _in_a_document(entry: str) -> str:
    more = "" if "state: absent" in entry or "- categories" in entry else "\ncategories: []"
    return HEAD + "  - " + (entry + more).replace("\n", "\n    ")


GOOD_TEXTS = GOOD | {name: _in_a_document(entry) for name, entry in GOOD_ENTRIES.items()}
BROKEN_TEXTS = BROKEN | {name: _in_a_document(entry) for name, entry in BROKEN_ENTRIES.items()}


def shipped() -> list[Path]:
    """The documents of the examples and of `init`."""
    folders = ("domains", "baselines", "starter/domains")
    return [path for folder in folders for path in sorted((_EXAMPLES / folder).glob("*.yaml"))]
