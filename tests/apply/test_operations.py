"""Each of the nine operations, written and read back, in profiles that differ in all that a profile can say."""

from dataclasses import replace

import pytest

from syncer.model.address import Kind
from syncer.model.state import Desired, Policy
from syncer.model.values import Secret
from tests.apply.bench import Bench, all_applied, category, config, desired, domain, open_bench

PHONE = {"gk1": "172.16.0.1", "coder": "OPUS-WB", "srtpKey": 0, "dialTone": 15, "exclusive": True}
SCRIPT = 'mod cmd UP0 pässwörd 😀 \\ "x"\r\n' * 400


def everything() -> Desired:
    """A new domain, categories there and at home, and configs of every sort."""
    media = {"turnServer": "turn.example.com", "turnPassword": Secret("pässwörd 😀"), "tosRtp": 0xB8, "natNum": 0}
    logs = {"url": "https://logs.example.com", "logUser": "syncer", "logPassword": Secret("s3cr3t"), "setLogUrl": True}
    return desired(
        domain(
            categories=[category("HQ 1st floor"), category("Old", fields={"config": None}, extra={"colour": "red"})],
            configs=[
                config("PHONE", "HQ", PHONE, categories=("HQ 1st floor", "Old"), extra={"newField": [1, {"a": None}]}),
                config("ALARM_SERVER", "logs", logs, categories=("Old",)),
                config("MEDIA", "media", media),
                config("EXPERT", "no telnet", {"script": SCRIPT}),
                config("TRUST_LIST", "", extra={"certificates": [{"cn": "a"}], "count": 2}),
            ],
        ),
        domain(
            "new.example.com",
            [category("Phones", "new.example.com")],
            [config("FXS_PHONE", "fax", {"fax": True}, "new.example.com", categories=("Phones",))],
        ),
    )


async def test_creates(any_bench: Bench) -> None:
    bench, wanted = any_bench, everything()
    assert all_applied(await bench.apply(wanted))
    assert {s.operation for s in bench.faults.writes()} == {"create_domain", "create_category", "create_config"}
    one, old = bench.category("HQ 1st floor"), bench.category("Old")
    assert one is not None
    assert old is not None
    assert (one.fields["config"], old.fields["config"], old.fields["colour"]) == (True, False, "red")
    phone = bench.stored("PHONE", "HQ")
    assert phone is not None
    assert set(phone.categories) == {one.id, old.id}
    assert {
        "gk1": "172.16.0.1",
        "coder": "OPUS-WB",
        "srtpKey": "0",
        "dialTone": 15,
        "exclusive": True,
        "newField": [1, {"a": None}],
    }.items() <= phone.fields.items()
    assert bench.fields("ALARM_SERVER", "logs")["logPassword"] == "s3cr3t"
    media = bench.fields("MEDIA", "media")
    assert (media["turnPassword"], media["tosRtp"], media["natNum"]) == ("pässwörd 😀", "0xb8", 0)
    assert bench.fields("EXPERT", "no telnet")["script"] == SCRIPT
    assert bench.fields("TRUST_LIST", "") == {"certificates": [{"cn": "a"}], "count": 2}
    fax, phones = bench.stored("FXS_PHONE", "fax", "new.example.com"), bench.category("Phones", "new.example.com")
    assert fax is not None
    assert phones is not None
    assert (fax.fields["fax"], fax.categories) == (True, (phones.id,))
    assert await bench.is_settled(wanted)


async def test_updates(any_bench: Bench) -> None:
    bench, new = any_bench, "newer.example.com"
    assert all_applied(await bench.apply(everything()))
    phone = {"gk2": "172.16.0.2", "coder": "OPUS-WB", "dialTone": 3, "frameSize": 30}
    media = {"turnServer": "other.example.com", "turnPassword": Secret("pässwörd 😀"), "tosSig": 0}
    wanted = desired(
        domain(
            fields={"deployAdminPasswords": True},
            categories=[category("HQ", renamed_from="HQ 1st floor"), category("Old", fields={"config": True})],
            configs=[
                config("PHONE", "headquarters", phone, categories=("HQ",), renamed_from="HQ", extra={"newField": 1}),
                config("MEDIA", "media", media, categories=("HQ",)),
                config("EXPERT", "no telnet", {"script": SCRIPT + "more"}),
                config("TRUST_LIST", "", categories=("Old",)),
            ],
        ),
        domain(
            new,
            None,
            [config("FXS_PHONE", "fax", {"fax": None}, new, categories=("Phones",))],
            renamed_from="new.example.com",
        ),
    )
    assert all_applied(await bench.apply(wanted))
    assert {s.operation for s in bench.faults.writes()} == {"update_domain", "update_category", "update_config"}
    home, hq = bench.store.domain_named("example.com"), bench.category("HQ")
    assert home is not None
    assert home.fields["deployAdminPasswords"] is True
    assert hq is not None
    changed = bench.fields("PHONE", "headquarters")
    values = {"gk2": "172.16.0.2", "dialTone": 3, "frameSize": 30, "srtpKey": "0", "newField": 1}
    assert values.items() <= changed.items()
    assert not changed.get("gk1")
    assert not changed.get("exclusive")
    moved = bench.stored("MEDIA", "media")
    assert moved is not None
    assert moved.categories == (hq.id,)
    assert (moved.fields["turnPassword"], moved.fields["tosSig"]) == ("pässwörd 😀", "0x00")
    assert not moved.fields.get("tosRtp")
    assert bench.fields("EXPERT", "no telnet")["script"] == SCRIPT + "more"
    assert not bench.fields("FXS_PHONE", "fax", new).get("fax")
    assert await bench.is_settled(wanted)


async def test_deletes(any_bench: Bench) -> None:
    bench = any_bench
    assert all_applied(await bench.apply(everything()))
    gone = "new.example.com"
    wanted = desired(
        domain(categories=[], configs=[config("TRUST_LIST", "", absent=True)]),
        domain(
            gone,
            [category("Phones", gone, absent=True)],
            [config("FXS_PHONE", "fax", None, gone, absent=True)],
            absent=True,
        ),
        policy=Policy(prune=frozenset(Kind)),
    )
    assert all_applied(await bench.apply(wanted))
    assert {s.operation for s in bench.faults.writes()} == {"delete_domain", "delete_category", "delete_config"}
    home = bench.store.domains()
    assert [one.name for one in home] == ["example.com"]
    assert (bench.store.categories(home[0].id), bench.store.configs(home[0].id)) == ([], [])
    assert await bench.is_settled(wanted)


async def test_a_secret_is_encrypted_anew_when_only_its_seed_changed(any_bench: Bench) -> None:
    bench = any_bench
    logs = config("ALARM_SERVER", "logs", {"url": "https://one", "logPassword": Secret("s3cr3t"), "logUser": "me"})
    assert all_applied(await bench.apply(desired(domain(configs=[logs]))))
    wanted = desired(domain(configs=[replace(logs, fields={**logs.fields, "url": "https://two"})]))
    planned, _ = await bench.plan(wanted)
    assert [d.path for d in planned.plan.changes[0].diff] == ["url"]
    assert all_applied(await bench.apply(wanted))
    assert "logPassword" in str(bench.faults.writes("update_config")[0].message)
    found = bench.fields("ALARM_SERVER", "logs")
    assert (found["url"], found["logPassword"]) == ("https://two", "s3cr3t")


async def test_a_changed_secret_arrives(any_bench: Bench) -> None:
    bench = any_bench
    bench.store.add_config(1, {"type": "MEDIA", "desc": "m", "turnServer": "t", "turnPassword": "old"})
    wanted = desired(
        domain(configs=[config("MEDIA", "m", {"turnServer": "t", "turnUser": "u", "turnPassword": Secret("new")})])
    )
    assert all_applied(await bench.apply(wanted))
    assert bench.fields("MEDIA", "m")["turnPassword"] == "new"


async def test_a_secret_is_unset() -> None:
    for profile in ("conventional", "changed"):
        async with open_bench(profile) as bench:
            bench.store.add_config(1, {"type": "MEDIA", "desc": "m", "turnServer": "t", "turnPassword": "old"})
            assert all_applied(await bench.apply(desired(domain(configs=[config("MEDIA", "m", {"turnServer": "t"})]))))
            assert not bench.fields("MEDIA", "m").get("turnPassword")


async def test_what_syncer_does_not_know_survives_an_update(any_bench: Bench) -> None:
    bench = any_bench
    unknown = {
        "newField": {"a": [1, 1.5, True, None, "é"]},
        "newFlag": False,
        "newNumber": 0,
        "newText": "",
        "nil": None,
    }
    category_id = bench.store.add_category(1, "C", extra=unknown)
    domain_id = bench.store.add_domain("customer.com", {**unknown, "hasRentalProducts": True})
    bench.store.add_config(1, {"type": "PHONE", "desc": "p", "gk1": "1", **unknown}, [category_id])
    bench.store.add_config(1, {"type": "TRUST_LIST", "desc": "t", **unknown}, [category_id])
    wanted = desired(
        domain(
            categories=[category("D", renamed_from="C")],
            configs=[
                config("PHONE", "p", {"gk1": "2"}, categories=("D",)),
                config("TRUST_LIST", "u", categories=(), renamed_from="t"),
            ],
        ),
        domain("customer.org", None, None, renamed_from="customer.com"),
    )
    assert all_applied(await bench.apply(wanted))
    renamed, customer = bench.store.category(category_id), bench.store.domain(domain_id)
    assert renamed is not None
    assert renamed.fields == {"name": "D", "config": True, **unknown}
    assert customer is not None
    assert {k: v for k, v in customer.fields.items() if v or k in unknown} == {
        "name": "customer.org", "hasRentalProducts": True, **unknown,
    }  # fmt: skip
    phone = bench.fields("PHONE", "p")
    assert phone["gk1"] == "2"
    assert {k: v for k, v in phone.items() if k in unknown} == unknown
    assert bench.fields("TRUST_LIST", "u") == unknown
    assert await bench.is_settled(wanted)


async def test_an_unknown_field_is_removed_by_null(any_bench: Bench) -> None:
    bench = any_bench
    bench.store.add_config(1, {"type": "PHONE", "desc": "p", "newField": 1, "other": 2})
    wanted = desired(domain(configs=[config("PHONE", "p", extra={"newField": None})]))
    assert all_applied(await bench.apply(wanted))
    found = bench.fields("PHONE", "p")
    assert found.get("newField") is None
    assert found["other"] == 2
    assert await bench.is_settled(wanted)


async def test_large_texts_go_in_pieces_before_their_write(any_bench: Bench) -> None:
    bench, script = any_bench, 'zeile ü😀"\\\r\n' * 12_000
    wanted = desired(domain(configs=[config("EXPERT", f"e{i}", {"script": f"{i}{script}"}) for i in range(4)]))
    assert all_applied(await bench.apply(wanted))
    assert [bench.fields("EXPERT", f"e{i}")["script"] for i in range(4)] == [f"{i}{script}" for i in range(4)]
    most = bench.profile.max_message_bytes
    pieces = [s for s in bench.faults.seen if s.operation == "send_value"]
    assert len(pieces) > 4 * len(script) // most
    for write in bench.faults.writes():
        assert "script" not in write.message
        before = bench.faults.seen[: bench.faults.seen.index(write)]
        assert [s for s in before if s.operation == "send_value" and s.message["src"] == write.message["src"]]
    assert await bench.is_settled(wanted)


@pytest.mark.parametrize("profile", ["conventional", "changed"])
async def test_a_new_domain_category_and_config_in_one_plan(profile: str) -> None:
    new = "new.example.com"
    wanted = desired(
        domain(new, [category("C", new)], [config("PHONE", "p", {"gk1": "1"}, new, categories=("C",))]),
        domain(categories=[category("C")], configs=[config("PHONE", "p", categories=("C",))]),
    )
    async with open_bench(profile) as bench:
        assert all_applied(await bench.apply(wanted))
        for name in (new, "example.com"):
            found, there = bench.stored("PHONE", "p", name), bench.category("C", name)
            assert found is not None
            assert there is not None
            assert found.categories == (there.id,)


async def test_categories_may_pass_on_their_names_and_be_named_at_once(any_bench: Bench) -> None:
    bench = any_bench
    ids = [bench.store.add_category(1, name) for name in ("A", "B", "C")]
    bench.store.add_config(1, {"type": "PHONE", "desc": "B"}, [ids[0]])
    renames = zip("BCD", "ABC", ids, strict=True)
    wanted = desired(
        domain(
            categories=[category(new, renamed_from=old, id=number) for new, old, number in renames],
            configs=[config("PHONE", desc, categories=(desc,)) for desc in "BCD"],
        )
    )
    assert all_applied(await bench.apply(wanted))
    found = [bench.stored("PHONE", desc) for desc in "BCD"]
    assert [one.categories for one in found if one is not None] == [(number,) for number in ids]
    assert await bench.is_settled(wanted)
