"""Plans for the tests of the renderers."""

from dataclasses import replace
from typing import Any

from syncer.model.address import Action, Address, category_address, config_address, domain_address
from syncer.model.plan import (
    HIDDEN,
    Change,
    Coverage,
    FieldDiff,
    Guard,
    Outcome,
    Plan,
    Reach,
    Report,
    Result,
    Summary,
    Whose,
)

EXAMPLE = "example.com"
BERLIN = "berlin.example.com"
SCRIPT = "mod cmd UP1 /no-telnet\nmod cmd HTTP0 /force-tls\nconfig change TELNET0 /off\nconfig write\nconfig activate\n"


def make_plan(
    *changes: Change,
    guards: tuple[Guard, ...] = (),
    notes: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    unchanged: int = 40,
    **more: Any,
) -> Plan:
    """A plan of these changes; `more` is anything else that a plan has."""
    counts = {action: sum(change.action is action for change in changes) for action in Action}
    unmanaged = len(more["unmanaged"]) if "unmanaged" in more else 2
    plan = Plan(
        server_name="production",
        server_url="wss://apps.example.com/example.com/devices/innovaphone-devices-api",
        created="2026-05-04T09:30:00Z",
        salt="00112233445566778899aabbccddeeff",
        files_digest="f" * 64,
        only=only,
        summary=Summary(counts[Action.CREATE], counts[Action.UPDATE], counts[Action.DELETE], unchanged, unmanaged),
        changes=changes,
        guards=guards,
        notes=notes,
    )
    return replace(plan, **more)


def update(address: Address, *diff: FieldDiff, **more: Any) -> Change:
    """An update of these fields."""
    return _change(Action.UPDATE, address, *diff, **more)


def create(
    address: Address,
    *,
    reach: Reach | None = None,
    source: str | None = None,
    whose: Whose | None = None,
    **fields: Any,
) -> Change:
    """A new object with these fields."""
    diff = [FieldDiff(name, None, value, whose) for name, value in fields.items()]
    return _change(Action.CREATE, address, *diff, reach=reach, source=source, whose=whose)


def delete(
    address: Address,
    *,
    reach: Reach | None = None,
    source: str | None = None,
    whose: Whose | None = None,
    **fields: Any,
) -> Change:
    """An object with these fields that goes."""
    diff = [FieldDiff(name, value, None, whose) for name, value in fields.items()]
    return _change(Action.DELETE, address, *diff, reach=reach, source=source, whose=whose)


def _change(action: Action, address: Address, *diff: FieldDiff, **more: Any) -> Change:
    is_old, is_new = action is not Action.CREATE, action is not Action.DELETE
    return Change(
        action=action,
        address=address,
        former=more.get("former"),
        id=12 if is_old else None,
        base="b" * 64 if is_old else None,
        fingerprint="c" * 64 if is_new else None,
        diff=diff,
        reach=more.get("reach"),
        source=more.get("source"),
        whose=more.get("whose"),
    )


def reach(before: bool, after: bool) -> Reach:
    """Whether it is every device, before and after."""
    return Reach(Coverage(everyone=before), Coverage(everyone=after))


def config(config_type: str, desc: str, domain: str = EXAMPLE) -> Address:
    """A config of the example's domain."""
    return config_address(domain, config_type, desc)


def believable() -> Plan:
    """What a reviewer meets on a busy day, with one of everything."""
    media = config("MEDIA", "media")
    return make_plan(
        update(
            category_address(EXAMPLE, "Phones HQ"),
            FieldDiff("name", "Phones Stuttgart", "Phones HQ"),
            former=category_address(EXAMPLE, "Phones Stuttgart"),
            source="domains/hq.yaml:6:5",
        ),
        create(category_address(BERLIN, "Phones Berlin"), name="Phones Berlin", config=True, source="b.yaml:4:5"),
        update(
            config("EXPERT", "no telnet"),
            FieldDiff(
                "script", SCRIPT, SCRIPT.replace("/force-tls", "/force-tls /tls-only").replace("config write\n", "")
            ),
            FieldDiff("extra.note", dict(HIDDEN), dict(HIDDEN)),
            source="domains/hq.yaml:31:5",
        ),
        update(
            media,
            FieldDiff("categories", ["Phones HQ"], []),
            FieldDiff("tosRtp", "0xb8", "0x88"),
            FieldDiff("turnPassword", dict(HIDDEN), dict(HIDDEN)),
            reach=reach(before=False, after=True),
            source="domains/hq.yaml:36:5",
        ),
        update(
            config("PHONE", "HQ phones"),
            FieldDiff("gk1", "172.16.0.1", "172.16.0.2"),
            FieldDiff("gk2", None, "172.16.0.3"),
            FieldDiff("dialTone", "GERMANY", "SWITZERLAND"),
            FieldDiff("noAnswerTimeout", 30, None),
            FieldDiff(
                "recordingUrl",
                "https://recordings.example.com/upload?site=stuttgart",
                "https://recordings.example.com/upload?site=stuttgart&tenant=hq",
            ),
            source="domains/hq.yaml:14:5",
        ),
        create(
            config("NTP", "time", BERLIN),
            desc="time",
            categories=[],
            ntp1="ptbtime1.ptb.de",
            tz="CET-1CEST-2,M3.5.0/2,M10.5.0/3",
            reach=reach(before=False, after=True),
            source="baselines/german.yaml:9:5",
        ),
        create(
            config("EXPERT", "welcome", BERLIN),
            desc="welcome",
            categories=["Phones Berlin", "Guests, ground floor"],
            script="config change PHONE APP-SETUP\nconfig activate\n",
            logPassword=dict(HIDDEN),
            source="b.yaml:12:5",
        ),
        delete(
            config("NTP", "old clock"),
            desc="old clock",
            categories=["Phones HQ"],
            ntp1="192.168.0.1",
            logPassword=dict(HIDDEN),
            source="domains/hq.yaml:52:5",
        ),
        guards=(
            Guard("deletes", "1 deletes take every config of example.com", "deletes", 1, (config("NTP", "old clock"),)),
            Guard(
                "protected",
                "policy.protect forbids to change or delete these",
                addresses=(config("EXPERT", "no telnet"),),
            ),
            Guard(
                "unverified-wire",
                "the wire profile conventional is not verified on this server for create_config: "
                "prove it with `syncer wire verify`",
                "unverified-wire",
            ),
        ),
        notes=("config[berlin.example.com/FAX/fax]: syncer does not know this type and creates it as written",),
        only=("config[*]",),
    )


def mixed_report() -> Report:
    """An apply that stopped half-way."""
    return Report(
        (
            Outcome(category_address(BERLIN, "Phones Berlin"), Action.CREATE, Result.APPLIED),
            Outcome(
                config("NTP", "time"), Action.UPDATE, Result.UNCHANGED, "the server took it and kept the old value"
            ),
            Outcome(config("NTP", "clock"), Action.UPDATE, Result.REFUSED, "the server answered: no"),
            Outcome(
                config("PHONE", "HQ phones"),
                Action.UPDATE,
                Result.FAILED,
                "gk1 reads back as 172.16.0.1, not 172.16.0.2",
            ),
            Outcome(
                config("MEDIA", "media"), Action.UPDATE, Result.UNKNOWN, "the connection was lost before the reply"
            ),
            Outcome(category_address(EXAMPLE, "Phones HQ"), Action.UPDATE, Result.ROLLED_BACK),
            Outcome(domain_address("old.example.com"), Action.DELETE, Result.NOT_TRIED, "an earlier change failed"),
        )
    )
