"""A plan for pictures and for tests of the page: what a reviewer meets on a busy day, with devices and a third side."""

from syncer.model.address import category_address
from syncer.model.plan import (
    HIDDEN,
    Change,
    Coverage,
    FieldDiff,
    Guard,
    Ignored,
    Plan,
    Reach,
    Rename,
    Since,
    Third,
    Whose,
)
from tests.render.plans import BERLIN, EXAMPLE, SCRIPT, config, create, delete, make_plan, update

_NEW_SCRIPT = SCRIPT.replace("/force-tls", "/force-tls /tls-only").replace("config write\n", "")
_RECORDING = f"https://recordings.{EXAMPLE}/upload?site=stuttgart&tenant="
_CLOCK = config("NTP", "old clock")
_BERLIN = category_address(BERLIN, "Phones Berlin")


def showcase() -> Plan:
    """Deletes, creates and updates in two domains, of whom they are and which devices they reach."""
    return make_plan(
        *_stuttgart(),
        *_berlin(),
        guards=(Guard("deletes", "1 delete takes every NTP config of example.com", "deletes", 1, (_CLOCK,)),),
        notes=("config[berlin.example.com/FAX/fax]: syncer does not know this type and leaves it alone",),
        since=Since(Third.RECORD, "records/production.json", "2026-05-01T06:00:00Z"),
        renames=(Rename(_BERLIN, category_address(BERLIN, "Phones B"), "domains/berlin.yaml:4:5"),),
        unmanaged=(config("TRUST_LIST", "customer CA"), config("PHONE", "lobby", BERLIN)),
        ignored=(Ignored(config("PHONE", "boardroom"), ("recordingUrl",)),),
    )


def _stuttgart() -> tuple[Change, ...]:
    return (
        update(
            config("EXPERT", "no telnet"),
            FieldDiff("script", SCRIPT, _NEW_SCRIPT, Whose.YOURS),
            reach=_same(42, 40),
            source="domains/hq.yaml:31:5",
            whose=Whose.YOURS,
        ),
        update(
            config("PHONE", "HQ phones"),
            FieldDiff("gk1", "172.16.0.1", "172.16.0.2", Whose.YOURS),
            FieldDiff("dialTone", "GERMANY", "SWITZERLAND", Whose.BOTH, "AUSTRIA"),
            FieldDiff("recordingUrl", f"{_RECORDING}lab", f"{_RECORDING}hq", Whose.DRIFT),
            FieldDiff("noAnswerTimeout", 30, None, Whose.YOURS),
            reach=_same(128, 121),
            source="domains/hq.yaml:14:5",
            whose=Whose.BOTH,
        ),
        update(
            config("MEDIA", "media"),
            FieldDiff("categories", ["Phones HQ"], [], Whose.YOURS),
            FieldDiff("turnPassword", dict(HIDDEN), dict(HIDDEN), Whose.YOURS),
            reach=Reach(Coverage(128, 121), Coverage(212, 198, everyone=True)),
            source="domains/hq.yaml:36:5",
            whose=Whose.YOURS,
        ),
        delete(
            _CLOCK,
            desc="old clock",
            categories=["Phones HQ"],
            ntp1="192.168.0.1",
            reach=Reach(Coverage(128, 121), Coverage(0, 0)),
            source="domains/hq.yaml:52:5",
            whose=Whose.YOURS,
        ),
    )


def _berlin() -> tuple[Change, ...]:
    return (
        create(_BERLIN, name="Phones Berlin", config=True, source="domains/berlin.yaml:4:5", whose=Whose.YOURS),
        create(
            config("NTP", "time", BERLIN),
            desc="time",
            categories=[],
            ntp1="ptbtime1.ptb.de",
            tz="CET-1CEST-2,M3.5.0/2,M10.5.0/3",
            reach=Reach(Coverage(0, 0), Coverage(17, 9, everyone=True)),
            source="baselines/german.yaml:9:5",
            whose=Whose.YOURS,
        ),
    )


def _same(devices: int, online: int) -> Reach:
    return Reach(Coverage(devices, online), Coverage(devices, online))
