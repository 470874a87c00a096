"""What people meet: nothing to do, a typical edit of the examples, a busy day."""

from syncer.model.address import category_address, domain_address
from syncer.model.plan import HIDDEN, Coverage, FieldDiff, Ignored, Plan, Reach, Since, Third, Whose
from tests.render.plans import BERLIN, believable, config, create, delete, make_plan, update

RECORD = Since(Third.RECORD, "applied.json", "2026-05-03T17:12:04+00:00")
COMMIT = Since(Third.REVISION, "origin/main", "9fceb02d0ae598e95dc970b74767f19372d61af8")
_PHONES = "domains/example.com-phones.yaml"


def the_same(devices: int | None, online: int | None = None, *, everyone: bool = False) -> Reach:
    """The same devices before and after."""
    coverage = Coverage(devices, online, everyone)
    return Reach(coverage, coverage)


def _typical() -> Plan:
    """Of examples/: somebody edits a few lines, and a colleague was at one of them by hand."""
    old = "# voice first\nconfig change IP0 /priority-tos 0x10\nconfig change LLDP0 /enable on\nconfig write\n"
    new = old.replace("# voice first", "# voice before everything: DSCP EF for RTP, CS3 for signalling")
    return make_plan(
        update(
            config("EXPERT", "Quality of service"),
            FieldDiff("script", old, new.replace("0x10", "0xb8 /signaling-tos 0x60"), Whose.YOURS),
            reach=the_same(112, 97),
            source=f"{_PHONES}:90:5",
            whose=Whose.YOURS,
        ),
        update(
            config("PHONE", "Conference rooms"),
            FieldDiff("desc", "Meeting rooms", "Conference rooms", Whose.YOURS),
            former=config("PHONE", "Meeting rooms"),
            reach=the_same(12, 12),
            source=f"{_PHONES}:34:5",
            whose=Whose.YOURS,
        ),
        update(
            config("PHONE", "HQ phones"),
            FieldDiff("gk1", "172.16.0.9", "172.16.0.1", Whose.YOURS),
            FieldDiff("dialTone", "EUROPE-PBX", "GERMANY", Whose.DRIFT),
            reach=the_same(80, 71),
            source=f"{_PHONES}:5:5",
            whose=Whose.BOTH,
        ),
        create(
            config("EXPERT", "SNMP"),
            desc="SNMP",
            categories=["Gateways"],
            script=dict(HIDDEN),
            reach=Reach(Coverage(0, 0), Coverage(4, 4)),
            source="domains/example.com.yaml:70:5",
            whose=Whose.YOURS,
        ),
        delete(
            config("NTP", "DCF77 clock"),
            desc="DCF77 clock",
            categories=["Gateways"],
            ntp1="172.16.0.30",
            tz="CET-1CEST-2,M3.5.0/2,M10.5.0/3",
            reach=Reach(Coverage(4, 4), Coverage(0, 0)),
            source="domains/example.com.yaml:22:5",
            whose=Whose.YOURS,
        ),
        unchanged=38,
        since=RECORD,
        unmanaged=(domain_address("test.example.com"), config("MEDIA", "tried out", "test.example.com")),
    )


def _left_alone() -> Plan:
    """Nothing to do, and much that is left to others."""
    return make_plan(
        notes=("2 protected configs are not in the files and left alone: config[example.com/EXPERT/a b]",),
        unmanaged=(
            domain_address("test.example.com"),
            category_address("test.example.com", "Phones"),
            config("PHONE", "by hand", BERLIN),
        ),
        ignored=(
            Ignored(config("PHONE", "HQ phones"), ("recordingUrl",)),
            Ignored(config("MEDIA", "media"), ("stunServer", "turnServer")),
        ),
        since=COMMIT,
        only=("config[example.com/*", "config[?erlin.example.com/PHONE/*"),
    )


EVERYDAY = {
    "empty": make_plan(unchanged=0, unmanaged=()),
    "left-alone": _left_alone(),
    "typical-edit": _typical(),
    "busy-day": believable(),
}
