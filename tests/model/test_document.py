"""Every field, range and label of the API document, written out here, so that the schemas are held to it."""

import pytest

from syncer.model.address import Kind
from syncer.model.fields import OWN_KEYS, Field, Wire, config_types, fields_of

PHONE_AND_FXS = {
    "gk1": ("string", True),
    "gk2": ("string", True),
    "gkId": ("string", True),
    "coder": ("string", False),
    "frameSize": ("integer", True),
    "exclusive": ("boolean", True),
    "setRecordingUrl": ("boolean", True),
    "silenceComp": ("boolean", True),
    "noDtmfDetect": ("boolean", True),
    "noPhysicalLocation": ("boolean", True),
    "srtpKey": ("integer", False),
    "srtpCipher": ("integer", False),
    "recordingUrl": ("string", True),
    "dialTone": ("integer", False),
}
# By type: the fields, each with the type of its normal form and whether the document says that it is optional.
DOCUMENT = {
    "ALARM_SERVER": {
        "url": ("string", True),
        "logUrl": ("string", True),
        "logUser": ("string", True),
        "logPassword": ("string", True),
        "setLogUrl": ("boolean", False),
    },
    "EXPERT": {"script": ("string", False)},
    "FXS_PHONE": PHONE_AND_FXS | {"fax": ("boolean", True)},
    "PHONE": PHONE_AND_FXS
    | {
        "audioOnly": ("boolean", True),
        "noCtHookOn": ("boolean", True),
        "protectCfg": ("boolean", True),
        "allowUserCfg": ("boolean", True),
        "hideCompleteCfg": ("boolean", True),
        "hideAdminCfg": ("boolean", True),
    },
    "MEDIA": {
        "stunServer": ("string", True),
        "turnServer": ("string", True),
        "turnUser": ("string", True),
        "turnPassword": ("string", True),
        "tosRtp": ("integer", True),
        "tosSig": ("integer", True),
        "setRtpPorts": ("boolean", True),
        "rtpFirst": ("integer", True),
        "rtpNum": ("integer", True),
        "setNatPorts": ("boolean", True),
        "natFirst": ("integer", True),
        "natNum": ("integer", True),
    },
    "NTP": {"ntp1": ("string", False), "ntp2": ("string", False), "tz": ("string", False)},
    "TLS_PROFILE": {"profile": ("string", False)},
}
RANGES = {
    "frameSize": (20, 80),
    "rtpFirst": (2052, 65534),
    "rtpNum": (128, 16384),
    "natFirst": (2052, 65534),
    "natNum": (0, None),
    "tosRtp": (0, 255),
    "tosSig": (0, 255),
}
CHOICES = {
    "coder": ("G711A", "G711u", "G722", "OPUS-NB", "OPUS-WB"),
    "profile": ("normal", "fast", "secure", "strict"),
}
LABELS = {
    "srtpKey": {"SDES-DTLS": 0, "DTLS-SDES": 1, "SDES": 2, "DTLS": 3, "No encryption": 4},
    "srtpCipher": {
        "AES128/32": 0,
        "AES128/80": 1,
        "AES192/32": 2,
        "AES192/80": 3,
        "AES256/32": 4,
        "AES256/80": 5,
    },
    "dialTone": {
        "EUROPE-PBX": 0,
        "EUROPE-PUBLIC": 1,
        "US": 2,
        "UK": 3,
        "ITALY-PUBLIC": 4,
        "CZECH-PBX": 5,
        "CZECH-PUBLIC": 6,
        "SWEDEN": 7,
        "FRANCE": 8,
        "SWISS": 9,
        "ITALY-PBX": 10,
        "BELGIUM": 11,
        "NETHERLANDS": 12,
        "NORWAY": 13,
        "DENMARK": 14,
        "GERMANY": 15,
        "SPAIN": 16,
        "FINLAND": 17,
        "AUSTRIA": 18,
        "IRELAND": 19,
        "AUSTRALIA": 20,
        "NEWZEALAND": 21,
        "MALAYSIA": 22,
        "TURKEY": 23,
        "RUSSIA": 24,
        "SOUTH AFRICA": 25,
        "BRAZIL": 26,
    },
}
WIRE = {
    "srtpKey": Wire.NUMBER_STRING,
    "srtpCipher": Wire.NUMBER_STRING,
    "dialTone": Wire.NUMBER,
    "tosRtp": Wire.HEX_BYTE,
    "tosSig": Wire.HEX_BYTE,
    "script": Wire.PIECES,
}
SEEDS = {"logPassword": "url", "turnPassword": "turnServer"}
ALL = [(config_type, field) for config_type in DOCUMENT for field in fields_of(Kind.CONFIG, config_type).values()]


def _id(value: object) -> str:
    return value.name if isinstance(value, Field) else str(value)


def test_types() -> None:
    assert config_types() == ("ALARM_SERVER", "EXPERT", "FXS_PHONE", "MEDIA", "NTP", "PHONE", "TLS_PROFILE")


@pytest.mark.parametrize("config_type", DOCUMENT)
def test_fields_of_a_type(config_type: str) -> None:
    fields = fields_of(Kind.CONFIG, config_type)

    assert {name: (field.type, field.optional) for name, field in fields.items()} == DOCUMENT[config_type]


@pytest.mark.parametrize("config_type, field", ALL, ids=_id)
def test_ranges_choices_labels_wire_and_secrets(config_type: str, field: Field) -> None:
    low, high = RANGES.get(field.name, (None, None))

    assert (field.minimum, field.maximum) == (low, high)
    assert field.choices == CHOICES.get(field.name, ())
    assert field.labels == LABELS.get(field.name, {})
    assert field.wire is WIRE.get(field.name, Wire.PLAIN)
    assert field.seed == SEEDS.get(field.name)
    assert field.secret is (field.name in SEEDS)
    assert field.from_file is (field.name == "script")


def test_fields_of_domains_and_categories() -> None:
    assert {n: (f.type, f.optional) for n, f in fields_of(Kind.DOMAIN).items()} == {
        "deployAdminPasswords": ("boolean", False)
    }
    assert {n: (f.type, f.optional) for n, f in fields_of(Kind.CATEGORY).items()} == {"config": ("boolean", False)}


def test_an_unknown_type_has_no_known_fields() -> None:
    assert fields_of(Kind.CONFIG, "TRUST_LIST") == {}
    assert fields_of(Kind.CONFIG, "other") == {}  # the schema's own word for all of them


def test_the_services_own_keys() -> None:
    own = {
        Kind.DOMAIN: {"id", "name", "hasRentalProducts", "isInstanceDomain", "categories"},
        Kind.CATEGORY: {"id", "domainId", "name"},
        Kind.CONFIG: {"id", "domainId", "desc", "type", "categories"},
    }
    assert own == OWN_KEYS
