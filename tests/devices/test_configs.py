"""GetDeviceConfig: fields in normal form, values in pieces, secrets, and what is none of it."""

from dataclasses import replace

import pytest

from syncer.errors import BrokenMessage, RequestRefused
from syncer.model.address import config_address
from syncer.model.state import CategoryRef, LiveObject
from syncer.model.values import Secret
from syncer.wire.profile import Profile, load
from tests.devices.played import CONVENTIONAL, head, plain, played
from tests.devices.test_reads import NO_RIGHT, NO_SERVICE, told
from tests.transport.scripted import LOGIN_AGAIN, SHOWN, Drop, Get, Say

READS_BACK = load(
    """
format: syncer-wire/1
name: learned
origin: learned
operations:
  delete_domain: {request: {mt: X, id: $id}, response: none}
reads_back: {unset: {PHONE: {frameSize: 30, coder: none, dialTone: 26}, NTP: {tz: UTC}}, write_only: [logPassword]}
""",
    "learned.yaml",
)


def ask(number: int = 7, src: int = 1) -> Get:
    return Get(f'{{"mt":"GetDeviceConfig","domainId":1,"id":{number},"src":"{src}"}}')


def answer(config: str, src: int = 1) -> Say:
    return Say(f'{{"mt":"GetDeviceConfigResult","src":"{src}","config":{config}}}')


def piece(name: str, value: str, src: int = 1) -> Say:
    """`value` is JSON."""
    return Say(f'{{"mt":"GetDeviceConfigValueResult","src":"{src}","name":"{name}","value":{value}}}')


async def read(*says: Say, kind: str = "PHONE", profile: Profile = CONVENTIONAL) -> LiveObject:
    async with played(ask(), *says, profile=profile) as client:
        (found,) = await client.configs([head(7, kind)])
    assert isinstance(found, LiveObject)
    return found


@pytest.mark.parametrize("said", ["", ',"categories":null'])
async def test_a_reply_that_says_nothing_of_categories_is_not_every_device(said: str) -> None:
    known = replace(head(7), categories=(CategoryRef(3, "Phones"),))
    async with played(ask(), answer(f'{{"id":7,"type":"PHONE"{said}}}')) as client:
        (found,) = await client.configs([known])
    assert isinstance(found, LiveObject)
    assert found.categories == known.categories


class TestFields:
    """Each type's fields, and those that syncer does not know."""

    async def test_phone(self) -> None:
        found = await read(
            answer(
                '{"id":7,"domainId":1,"desc":"HQ","type":"PHONE","categories":[{"id":3,"name":"Phones","config":true}],'
                '"gk1":"172.16.0.1","gk2":"","gkId":null,"coder":"OPUS-WB","frameSize":20,"exclusive":true,'
                '"audioOnly":false,"srtpKey":"1","srtpCipher":"0","dialTone":0,"newField":{"a":[1,null,2.5]}}'
            )
        )
        assert (found.address, found.id, found.domain_id) == (config_address("example.com", "PHONE", "HQ"), 7, 1)
        assert plain(found) == (
            {
                "gk1": "172.16.0.1",
                "coder": "OPUS-WB",
                "frameSize": 20,
                "exclusive": True,
                "srtpKey": 1,
                "srtpCipher": 0,
                "dialTone": 0,
            },
            {"newField": {"a": [1, None, 2.5]}},
        )
        assert found.categories == (CategoryRef(3, "Phones"),)
        assert found.complete

    @pytest.mark.parametrize(
        "kind, raw, fields, extra",
        [
            (
                "NTP",
                '"ntp1":"a","ntp2":"","tz":"CET-1CEST-2,M3.5.0/2"',
                {"ntp1": "a", "tz": "CET-1CEST-2,M3.5.0/2"},
                {},
            ),
            ("TLS_PROFILE", '"profile":"strict"', {"profile": "strict"}, {}),
            ("FXS_PHONE", '"fax":true,"audioOnly":true', {"fax": True}, {"audioOnly": True}),
            ("EXPERT", '"script":"mod cmd"', {"script": "mod cmd"}, {}),
            (
                "MEDIA",
                '"tosRtp":"0xB8","tosSig":"0x00","rtpFirst":2052,"rtpNum":0,"natFirst":0,"natNum":0,"setRtpPorts":true',
                {"tosRtp": 0xB8, "tosSig": 0, "rtpFirst": 2052, "setRtpPorts": True, "natNum": 0},
                {},
            ),
            ("ALARM_SERVER", '"url":"u","setLogUrl":false', {"url": "u"}, {}),
            ("CERT_TRUST", '"certs":["a","b"],"gk1":"","x":false', {}, {"certs": ["a", "b"], "gk1": "", "x": False}),
            ("CERT_TRUST", '"mt":"x","src":"9","last":true', {}, {"mt": "x", "src": "9", "last": True}),
            # what fits no type stays as it came
            ("PHONE", '"dialTone":99,"frameSize":"long","gk1":5,"exclusive":"yes"', None, {}),
        ],
    )
    async def test_of_each_type(
        self, kind: str, raw: str, fields: dict[str, object] | None, extra: dict[str, object]
    ) -> None:
        found = await read(answer(f'{{"id":7,"type":"{kind}",{raw}}}'), kind=kind)
        expected = {"dialTone": 99, "frameSize": "long", "gk1": 5, "exclusive": "yes"} if fields is None else fields
        assert plain(found) == (expected, extra)
        assert found.address == config_address("example.com", kind, "")

    async def test_what_a_server_gives_for_unset(self) -> None:
        """By its wire profile, for that type only."""
        raw = '{"id":7,"type":"PHONE","frameSize":30,"coder":"none","dialTone":25,"tz":"UTC"}'
        assert plain(await read(answer(raw), profile=READS_BACK)) == ({"dialTone": 25}, {"tz": "UTC"})
        assert plain(await read(answer(raw))) == ({"frameSize": 30, "coder": "none", "dialTone": 25}, {"tz": "UTC"})

    async def test_write_only_secrets_are_known(self) -> None:
        async with played(profile=READS_BACK) as client:
            assert client.write_only == {"logPassword"}

    async def test_the_object_is_kept_as_it_came(self) -> None:
        raw = {"id": 7, "type": "NTP", "desc": None, "categories": [4], "tz": "", "ntp1": 5.0}
        found = await read(answer('{"id":7,"type":"NTP","desc":null,"categories":[4],"tz":"","ntp1":5.0}'))
        assert found.raw == raw
        assert found.categories == (CategoryRef(4, None),)


class TestPieces:
    """Values too long for a message come first, in pieces."""

    async def test_are_joined_by_name(self) -> None:
        found = await read(
            piece("script", '"one "'),
            piece("other", '"x"'),
            piece("script", '""'),
            piece("script", '"two"'),
            answer('{"id":7,"type":"EXPERT","desc":"d"}'),
            kind="EXPERT",
        )
        assert plain(found) == ({"script": "one two"}, {"other": "x"})
        assert found.raw["script"] == "one two"

    async def test_that_end_inside_a_character(self) -> None:
        found = await read(
            piece("script", '"a\\ud83d"'), piece("script", '"\\ude00b"'), answer('{"id":7,"type":"EXPERT"}')
        )
        assert found.fields["script"] == "a😀b"

    async def test_of_two_requests_interleaved(self) -> None:
        steps = (
            ask(7, 1),
            ask(8, 2),
            piece("script", '"b1"', 2),
            piece("script", '"a1"', 1),
            piece("script", '"b2"', 2),
            answer('{"id":8,"type":"EXPERT"}', 2),
            piece("script", '"a2"', 1),
            answer('{"id":7,"type":"EXPERT"}', 1),
        )
        counted: list[int] = []
        async with played(*steps) as client:
            found = await client.configs([head(7, "EXPERT"), head(8, "EXPERT")], counted.append)
        assert [one.fields["script"] for one in found if isinstance(one, LiveObject)] == ["a1a2", "b1b2"]
        assert counted == [1, 1]

    async def test_take_the_place_of_what_the_object_says(self) -> None:
        found = await read(piece("script", '"whole"'), answer('{"id":7,"type":"EXPERT","script":""}'))
        assert found.fields == {"script": "whole"}

    async def test_never_say_what_an_object_is(self) -> None:
        names = ("id", "domainId", "type", "categories", "desc")
        says = [piece(name, '"evil"') for name in names]
        found = await read(*says, answer('{"id":7,"domainId":1,"type":"EXPERT","desc":"d","categories":[]}'))
        assert (found.id, found.address, found.categories) == (7, config_address("example.com", "EXPERT", "d"), ())
        assert plain(found) == ({}, {})

    async def test_half_a_value_is_thrown_away_with_its_connection(self) -> None:
        before = (ask(), piece("script", '"half of "'), Drop())
        after = (*LOGIN_AGAIN, ask(), piece("script", '"all"'), answer('{"id":7,"type":"EXPERT"}'))
        async with played(*before, again=after) as client:
            (found,) = await client.configs([head(7, "EXPERT")])
        assert isinstance(found, LiveObject)
        assert found.fields == {"script": "all"}

    @pytest.mark.parametrize("rest", ['"name":"script"', '"value":"x"', '"name":1,"value":"x"', '"name":"x","value":1'])
    async def test_without_name_or_value(self, rest: str) -> None:
        broken = Say(f'{{"mt":"GetDeviceConfigValueResult","src":"1",{rest}}}')
        async with played(ask(), broken) as client:
            with pytest.raises(BrokenMessage) as caught:
                await client.configs([head(7)])
        assert told(caught.value) == (
            f"{SHOWN}: a broken message came during GetDeviceConfig: GetDeviceConfigValueResult has no name or value; "
            "what answers there may be no Devices service, or a newer one"
        )


ALARM = '{"id":7,"type":"ALARM_SERVER","url":"https://logs.example.com/up","logPassword":'


class TestSecrets:
    """Decrypted with the seed beside it and the key of the connection that it came by."""

    async def test_log_password(self) -> None:
        found = await read(answer(ALARM + '"0a4ef43f0a75"}'))
        assert found.fields["logPassword"] == Secret("s3cr3t")
        assert "s3cr3t" not in repr(found)

    async def test_turn_password(self) -> None:
        found = await read(
            answer(
                '{"id":7,"type":"MEDIA","turnServer":"turn.example.com:3478",'
                '"turnPassword":"736fc047025eb03530e3580682115e304d4d94"}'
            )
        )
        assert found.fields["turnPassword"] == Secret("pässwörd ☎ 😀")

    async def test_by_another_connection(self) -> None:
        """The same password is another ciphertext there; each answer has its own key."""
        steps = (ask(7, 1), ask(8, 2), answer(ALARM + '"0a4ef43f0a75"}', 1), Drop())
        again = (*LOGIN_AGAIN, ask(8, 1), answer(ALARM.replace("7", "8", 1) + '"58dbbdc3ba2b"}', 1))
        async with played(*steps, again=again) as client:
            found = await client.configs([head(7, "ALARM_SERVER"), head(8, "ALARM_SERVER")])
        assert [one.fields["logPassword"] for one in found if isinstance(one, LiveObject)] == [Secret("s3cr3t")] * 2

    @pytest.mark.parametrize("seed", ['"url":"",', '"url":null,', ""])
    async def test_without_a_seed(self, seed: str) -> None:
        found = await read(answer(f'{{"id":7,"type":"ALARM_SERVER",{seed}"logPassword":"ce0eb51a805c"}}'))
        assert found.fields["logPassword"] == Secret("s3cr3t")

    async def test_with_a_seed_that_came_in_pieces(self) -> None:
        found = await read(
            piece("url", '"https://logs"'),
            piece("url", '".example.com/up"'),
            answer('{"id":7,"type":"ALARM_SERVER","logPassword":"0a4ef43f0a75"}'),
        )
        assert found.fields["logPassword"] == Secret("s3cr3t")

    @pytest.mark.parametrize("raw", ['""', "null", "false"])
    async def test_none(self, raw: str) -> None:
        assert "logPassword" not in (await read(answer(ALARM + raw + "}"))).fields

    @pytest.mark.parametrize("raw", ['"no hex"', '"0a4"', "17", '["0a"]', '"\\u0660\\u0661"'])
    async def test_that_cannot_be_decrypted(self, raw: str) -> None:
        """Something is there; it equals nothing, and is never shown."""
        found = (await read(answer(ALARM + raw + "}"))).fields["logPassword"]
        assert isinstance(found, Secret)
        assert found.plain is None
        assert found != Secret(None)
        assert "hex" not in repr(found)


class TestRefusals:
    """A config that is listed and is not given."""

    @pytest.mark.parametrize(
        "rest, why",
        [
            ('"error":"not found"', "not found"),
            ('"error":"x","config":{"id":7,"type":"NTP"}', "x"),
            ('"error":5', "5"),
            ('"config":null', "no such config"),
            ('"config":{}', "no such config"),
            ('"id":7', "no such config"),
        ],
    )
    async def test_are_told_beside_the_others(self, rest: str, why: str) -> None:
        refusal = Say(f'{{"mt":"GetDeviceConfigResult","src":"1",{rest}}}')
        async with played(ask(7, 1), ask(8, 2), refusal, answer('{"id":8,"type":"NTP"}', 2)) as client:
            refused, found = await client.configs([head(7, desc="a\nb"), head(8, "NTP")])
        assert isinstance(refused, RequestRefused)
        assert isinstance(found, LiveObject)
        assert told(refused) == (f"{SHOWN}: config[example.com/PHONE/a\\nb] (id 7) was refused: {why}; {NO_RIGHT}")

    async def test_another_config(self) -> None:
        async with played(ask(), answer('{"id":8,"type":"PHONE"}')) as client:
            with pytest.raises(BrokenMessage) as caught:
                await client.configs([head(7)])
        assert (
            told(caught.value) == f"{SHOWN}: GetDeviceConfigResult holds config 8 where 7 was asked for; {NO_SERVICE}"
        )

    @pytest.mark.parametrize(
        "config, what",
        [
            ('{"type":"PHONE"}', "a config without a number id"),
            ('{"id":"7","type":"PHONE"}', "a config without a number id"),
            ('{"id":7}', "a config without a text type"),
            ('[{"id":7,"type":"PHONE"}]', "a config without a text type"),
            ('"7"', "a config without a text type"),
            ("7", "a config without a text type"),
            ('{"id":7,"type":"PHONE","categories":"all"}', "a config whose categories are no list"),
            ('{"id":7,"type":"PHONE","categories":[1.5]}', "a config with a category that is no object"),
            ('{"id":7,"type":"PHONE","x":' + "[" * 70 + "]" * 70 + "}", "a config with a value nested too deeply"),
        ],
    )
    async def test_of_a_wrong_shape(self, config: str, what: str) -> None:
        async with played(ask(), answer(config)) as client:
            with pytest.raises(BrokenMessage) as caught:
                await client.configs([head(7)])
        assert told(caught.value) == f"{SHOWN}: GetDeviceConfigResult holds {what}; {NO_SERVICE}"

    async def test_none_asked(self) -> None:
        async with played() as client:
            assert await client.configs([]) == []
