"""Every kind and every type, made, changed and deleted; renames."""

from typing import Any

from syncer.model.address import Address, category_address, domain_address
from syncer.model.plan import HIDDEN, Change, FieldDiff, Plan, Rename
from tests.render.plans import BERLIN, EXAMPLE, SCRIPT, config, create, delete, make_plan, update

_SECRET = dict(HIDDEN)
_GATEKEEPERS = {"gk1": "172.16.0.1", "gk2": "172.16.0.2", "gkId": "example.com", "coder": "OPUS-WB", "frameSize": 20}
_CALLS = {
    "setRecordingUrl": True,
    "silenceComp": True,
    "noDtmfDetect": True,
    "noPhysicalLocation": True,
    "srtpKey": "SDES-DTLS",
    "srtpCipher": "AES128/80",
    "recordingUrl": "https://recordings.example.com/upload?site=hq",
    "dialTone": "GERMANY",
}
_LOCKS = ("audioOnly", "noCtHookOn", "protectCfg", "allowUserCfg", "hideCompleteCfg", "hideAdminCfg")
_UNKNOWN = {"snmp-community": "public", "retries": 3, "paging": True, "peers": [{"host": "a", "port": 1}, {}]}
# Every field of every type, as files spell them.
_TYPES: dict[str, dict[str, Any]] = {
    "ALARM_SERVER": {
        "url": "https://alarms.example.com/gateways",
        "logUrl": "https://logs.example.com/gateways",
        "logUser": "gateways",
        "logPassword": _SECRET,
        "setLogUrl": True,
    },
    "EXPERT": {"script": SCRIPT},
    "FXS_PHONE": _GATEKEEPERS | {"exclusive": True, "fax": True} | _CALLS,
    "MEDIA": {
        "stunServer": "stun.example.com",
        "turnServer": "turn.example.com:3478",
        "turnUser": "phones",
        "turnPassword": _SECRET,
        "tosRtp": "0xb8",
        "tosSig": "0x60",
        "setRtpPorts": True,
        "rtpFirst": 16384,
        "rtpNum": 512,
        "setNatPorts": True,
        "natFirst": 50000,
        "natNum": 0,
    },
    "NTP": {"ntp1": "ptbtime1.ptb.de", "ntp2": "ptbtime2.ptb.de", "tz": "CET-1CEST-2,M3.5.0/2,M10.5.0/3"},
    "PHONE": _GATEKEEPERS | {"exclusive": True} | dict.fromkeys(_LOCKS, True) | _CALLS,
    "TLS_PROFILE": {"profile": "strict"},
    "DECT_HANDSET": {f"extra.{name}": value for name, value in _UNKNOWN.items() if name != "snmp-community"}
    | {'extra["snmp-community"]': "public"},
}
_OTHERWISE: dict[Any, Any] = {True: None, 0: 128, 3: 2, 20: 60, 512: 1024, 16384: 20000, 50000: 60000} | {
    "strict": "secure",
    "GERMANY": "US",
    "OPUS-WB": "G722",
    "SDES-DTLS": "DTLS",
    "AES128/80": "AES256/80",
    "0xb8": "0x88",
    "0x60": "0x68",
    "CET-1CEST-2,M3.5.0/2,M10.5.0/3": "GMT0BST-1,M3.5.0/1,M10.5.0/2",
}


def _kinds() -> Plan:
    phones = category_address(EXAMPLE, "Phones")
    return make_plan(
        create(domain_address(BERLIN), name=BERLIN, deployAdminPasswords=True, source="berlin.yaml:1:1"),
        update(domain_address(EXAMPLE), FieldDiff("deployAdminPasswords", True, None), source="hq.yaml:2:1"),
        create(category_address(BERLIN, "Phones"), name="Phones", config=True, source="berlin.yaml:4:5"),
        update(phones, FieldDiff("config", True, None), source="hq.yaml:4:5"),
        create(config("NTP", "time", BERLIN), desc="time", categories=["Phones"], ntp1="a", source="berlin.yaml:9:5"),
        update(config("NTP", "time"), FieldDiff("ntp1", "a", "b"), source="hq.yaml:9:5"),
        delete(config("NTP", "old clock"), desc="old clock", categories=["Old phones"], ntp1="a"),
        delete(category_address(EXAMPLE, "Old phones"), name="Old phones", config=True, source="hq.yaml:5:5"),
        delete(domain_address("gone.example.com"), name="gone.example.com", source="gone.yaml:1:1"),
    )


def _each_type(make: Any) -> tuple[Change, ...]:
    called = "old" if make is delete else "new"
    return tuple(
        make(config(name, called), desc=called, categories=["Phones HQ"], source="hq.yaml:9:5", **fields)
        for name, fields in _TYPES.items()
    )


def _changed(config_type: str, fields: dict[str, Any]) -> Change:
    diff = (FieldDiff(name, value, _other(value)) for name, value in fields.items())
    return update(config(config_type, "main"), *diff, source="hq.yaml:9:5")


def _other(value: Any) -> Any:
    if value is _SECRET or isinstance(value, dict):
        return value
    if isinstance(value, list):
        return [*value, {"host": "b", "port": 2}]
    return _OTHERWISE.get(value, f"{value}1" if isinstance(value, str) and "\n" not in value else None)


def _renamed(old: Address, new: Address, *more: FieldDiff, source: str) -> Change:
    is_domain = not new.name
    names = ("name", old.domain, new.domain) if is_domain else ("desc" if new.type else "name", old.name, new.name)
    return update(new, FieldDiff(*names), *more, former=old, source=source)


def _renames() -> Plan:
    other = "hamburg.example.com"
    return make_plan(
        _renamed(domain_address("hh.example.com"), domain_address(other), source="hh.yaml:1:1"),
        _renamed(category_address("hh.example.com", "Phones"), category_address(other, "Desks"), source="hh.yaml:5:5"),
        _renamed(
            config("PHONE", "Meeting rooms"),
            config("PHONE", "Conference rooms"),
            FieldDiff("gk1", "172.16.0.9", "172.16.0.1"),
            source="hq.yaml:34:5",
        ),
        update(
            config("NTP", "time", other),
            FieldDiff("ntp1", "ptbtime1.ptb.de", "ptbtime2.ptb.de"),
            former=config("NTP", "time", "hh.example.com"),
        ),
    )


def _likely_renames() -> Plan:
    hq, old = category_address(EXAMPLE, "Phones HQ"), category_address(EXAMPLE, "Phones Stuttgart")
    phones, before = config("PHONE", "12"), config("PHONE", "HQ: phones")
    domain, former = domain_address(BERLIN), domain_address("bln.example.com")
    return make_plan(
        create(domain, name=BERLIN, source="berlin.yaml:1:1"),
        create(hq, name="Phones HQ", config=True, source="hq.yaml:6:5"),
        create(phones, desc="12", categories=["Phones HQ"], gk1="172.16.0.1", source="hq.yaml:14:5"),
        delete(before, desc="HQ: phones", categories=["Phones Stuttgart"], gk1="172.16.0.1"),
        renames=(
            Rename(domain, former, "berlin.yaml:1:1"),
            Rename(hq, old, "hq.yaml:6:5"),
            Rename(phones, before, None),
        ),
        unmanaged=(old, former),
    )


OBJECTS = {
    "each-kind": _kinds(),
    "each-type-created": make_plan(*_each_type(create)),
    "each-type-updated": make_plan(*(_changed(name, fields) for name, fields in _TYPES.items())),
    "each-type-deleted": make_plan(*_each_type(delete)),
    "renames": _renames(),
    "likely-renames": _likely_renames(),
}
