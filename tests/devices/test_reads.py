"""Every read message of the API document to the letter: what is sent, and what its answers come to."""

import pytest

from syncer.devices import client as client_module
from syncer.errors import BrokenMessage, RequestRefused, ServerError, SilentServer
from syncer.model.address import category_address, config_address, domain_address
from syncer.model.state import CategoryRef
from tests.devices.played import domain, plain, played
from tests.transport.scripted import LOGIN_AGAIN, PASSWORD, SHOWN, Drop, Get, Say

NO_SERVICE = "what answers there may be no Devices service"
NO_RIGHT = "check the rights of the login"


def told(exc: ServerError) -> str:
    """What a person reads: one line, without the password."""
    assert "\n" not in str(exc)
    assert PASSWORD not in f"{exc} {exc!r} {vars(exc)}"
    assert (exc.server, exc.exit_code) == (SHOWN, 1)
    return str(exc)


class TestUserInfo:
    """GetUserInfo, or GetLoginInfo as 13r1 calls it."""

    ASK = Get('{"mt":"GetUserInfo","src":"1"}')
    ASK_13R1 = Get('{"mt":"GetLoginInfo","src":"2"}')
    ADMIN_13R1 = Say('{"mt":"GetLoginInfoResult","src":"2","key":"0e6ff4c7","admin":true}')

    @pytest.mark.parametrize(
        "result, admin",
        [
            ('"key":"0e6ff4c7-7a88-40c4-98eb-8c91903933e6","admin":true,"major":14', True),
            ('"key":"0e6ff4c7-7a88-40c4-98eb-8c91903933e6","admin":false', False),
            ('"key":"0e6ff4c7-7a88-40c4-98eb-8c91903933e6"', False),
            ('"admin":"true"', False),
        ],
    )
    async def test_rights(self, result: str, *, admin: bool) -> None:
        async with played(self.ASK, Say(f'{{"mt":"GetUserInfoResult","src":"1",{result}}}')) as client:
            assert (await client.user_info()).admin is admin

    @pytest.mark.parametrize("patience", [0.1, 5.0])
    async def test_the_older_name_after_silence(self, monkeypatch: pytest.MonkeyPatch, patience: float) -> None:
        monkeypatch.setattr(client_module, "_FALLBACK_AFTER", 0.1)
        async with played(self.ASK, self.ASK_13R1, self.ADMIN_13R1, timeout=patience) as client:
            assert (await client.user_info()).admin is True

    async def test_the_older_name_after_an_error(self) -> None:
        error = Say('{"mt":"GetUserInfoResult","src":"1","error":"unknown"}')
        async with played(self.ASK, error, self.ASK_13R1, self.ADMIN_13R1) as client:
            assert (await client.user_info()).admin is True

    async def test_a_late_answer_disturbs_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client_module, "_FALLBACK_AFTER", 0.05)
        late = Say('{"mt":"GetUserInfoResult","src":"1","admin":false}')
        async with played(self.ASK, self.ASK_13R1, late, self.ADMIN_13R1) as client:
            assert (await client.user_info()).admin is True

    async def test_neither(self) -> None:
        errors = [
            Say(f'{{"mt":"Get{name}InfoResult","src":"{i}","error":"no"}}') for i, name in ((1, "User"), (2, "Login"))
        ]
        async with played(self.ASK, errors[0], self.ASK_13R1, errors[1]) as client:
            with pytest.raises(RequestRefused) as caught:
                await client.user_info()
        assert told(caught.value) == f"{SHOWN}: GetLoginInfo was refused: no; {NO_RIGHT}"

    async def test_silence_to_both(self) -> None:
        async with played(self.ASK, self.ASK_13R1, timeout=0.1) as client:
            with pytest.raises(SilentServer) as caught:
                await client.user_info()
        assert told(caught.value) == (
            f"{SHOWN}: no answer to GetLoginInfo within 0.1 s; try again, or give it more time with --timeout"
        )

    async def test_lost_is_not_silent(self) -> None:
        """A lost connection says nothing about the name: it is asked again under the same."""
        answer = Say('{"mt":"GetUserInfoResult","src":"1","admin":true}')
        async with played(self.ASK, Drop(), again=(*LOGIN_AGAIN, self.ASK, answer)) as client:
            assert (await client.user_info()).admin is True


class TestDomains:
    """GetDomains."""

    ASK = Get('{"mt":"GetDomains","src":"1"}')

    async def test_of_the_api_document(self) -> None:
        answer = (
            '{"mt":"GetDomainsResult","src":"1","last":true,"domains":[{"id":1,"name":"domain.com",'
            '"hasRentalProducts":true,"deployAdminPasswords":true,"isInstanceDomain":true,'
            '"categories":[{"id":1,"name":"Test","config":false},{"id":2,"name":"Test2","config":true}]}]}'
        )
        async with played(self.ASK, Say(answer)) as client:
            (one,) = await client.domains()
        assert (one.domain.address, one.domain.id, one.domain.domain_id) == (domain_address("domain.com"), 1, 1)
        assert plain(one.domain) == ({"deployAdminPasswords": True}, {})
        assert one.is_instance is True
        assert [(c.address, c.id, c.domain_id, plain(c)) for c in one.categories] == [
            (category_address("domain.com", "Test"), 1, 1, ({}, {})),
            (category_address("domain.com", "Test2"), 2, 1, ({"config": True}, {})),
        ]

    async def test_in_several_replies(self) -> None:
        pages = (
            Say('{"mt":"GetDomainsResult","src":"1","domains":[{"id":1,"name":"a"},{"id":2,"name":"b"}]}'),
            Say('{"mt":"DomainEdited","id":1}'),
            Say('{"mt":"GetDomainsResult","src":"1","domains":[],"last":false}'),
            Say('{"mt":"GetDomainsResult","src":"1","domains":[{"id":3,"name":"c"}],"last":true}'),
        )
        async with played(self.ASK, *pages) as client:
            assert [one.domain.address.domain for one in await client.domains()] == ["a", "b", "c"]

    async def test_none(self) -> None:
        async with played(self.ASK, Say('{"mt":"GetDomainsResult","src":"1","domains":[],"last":true}')) as client:
            assert await client.domains() == []

    async def test_unknown_fields_are_kept(self) -> None:
        answer = (
            '[{"id":1,"name":"a","deployAdminPasswords":false,"quota":{"phones":[1,2.5,null]},"isInstanceDomain":1}]'
        )
        async with played(
            self.ASK, Say(f'{{"mt":"GetDomainsResult","src":"1","domains":{answer},"last":true}}')
        ) as client:
            (one,) = await client.domains()
        assert plain(one.domain) == ({}, {"quota": {"phones": [1, 2.5, None]}})
        assert one.is_instance is False

    @pytest.mark.parametrize(
        "domains, what",
        [
            ('[{"name":"a"}]', "a domain without a number id"),
            ('[{"id":"1","name":"a"}]', "a domain without a number id"),
            ('[{"id":true,"name":"a"}]', "a domain without a number id"),
            ('[{"id":1.5,"name":"a"}]', "a domain without a number id"),
            ('[{"id":1}]', "a domain without a text name"),
            ('[{"id":1,"name":null}]', "a domain without a text name"),
            ('["a"]', "a domain without a text name"),
            ("[null]", "a domain without a text name"),
            ('[{"id":1,"name":"a","categories":[{"name":"c"}]}]', "a category without a number id"),
            ('[{"id":1,"name":"a","categories":[7]}]', "a category without a text name"),
            ('[{"id":1,"name":"a","x":' + "[" * 70 + "]" * 70 + "}]", "a domain with a value nested too deeply"),
        ],
    )
    async def test_of_a_wrong_shape(self, domains: str, what: str) -> None:
        answer = f'{{"mt":"GetDomainsResult","src":"1","domains":{domains},"last":true}}'
        async with played(self.ASK, Say(answer)) as client:
            with pytest.raises(BrokenMessage) as caught:
                await client.domains()
        assert told(caught.value) == f"{SHOWN}: GetDomainsResult holds {what}; {NO_SERVICE}"

    @pytest.mark.parametrize("domains", ['"domains":{}', '"domains":null', '"last":true'])
    async def test_no_list(self, domains: str) -> None:
        async with played(self.ASK, Say(f'{{"mt":"GetDomainsResult","src":"1",{domains}}}')) as client:
            with pytest.raises(BrokenMessage) as caught:
                await client.domains()
        assert told(caught.value) == (
            f"{SHOWN}: a broken message came during GetDomains: GetDomainsResult has no array domains; "
            "what answers there may be no Devices service, or a newer one"
        )

    async def test_refused(self) -> None:
        error = '{"mt":"GetDomainsResult","src":"1","error":"not \\u001b[1mallowed\\n"}'
        async with played(self.ASK, Say(error)) as client:
            with pytest.raises(RequestRefused) as caught:
                await client.domains()
        assert told(caught.value) == f"{SHOWN}: GetDomains was refused: not \\x1b[1mallowed\\n; {NO_RIGHT}"


class TestCategories:
    """GetProvisioningCategories, with those that GetDomains embeds."""

    async def test_each_domain(self) -> None:
        asked = (
            Get('{"mt":"GetProvisioningCategories","domainId":1,"src":"1"}'),
            Get('{"mt":"GetProvisioningCategories","domainId":18446744073709551615,"src":"2"}'),
        )
        answers = (
            Say('{"mt":"GetProvisioningCategoriesResult","src":"2","last":true,"categories":[]}'),
            Say(
                '{"mt":"GetProvisioningCategoriesResult","src":"1","last":true,'
                '"categories":[{"id":1,"name":"Cat1","domainId":2,"config":true}]}'
            ),
        )
        async with played(*asked, *answers) as client:
            first, second = await client.categories([domain(1), domain(2**64 - 1, "b.example.com")])
        assert second == ()
        assert [(c.address, c.id, c.domain_id, plain(c)) for c in first] == [
            (category_address("example.com", "Cat1"), 1, 1, ({"config": True}, {}))
        ]

    async def test_together_with_the_embedded(self) -> None:
        """Each id once; what GetProvisioningCategories says is more."""
        domains = (
            '{"mt":"GetDomainsResult","src":"1","last":true,"domains":[{"id":1,"name":"example.com","categories":'
            '[{"id":9,"name":"old","config":false},{"id":3,"name":"not for configs","config":false}]}]}'
        )
        listed = (
            '{"mt":"GetProvisioningCategoriesResult","src":"2","last":true,"categories":'
            '[{"id":9,"domainId":1,"name":"new","config":true,"colour":"red"},{"id":5,"domainId":1,"name":"more"}]}'
        )
        async with played(
            Get('{"mt":"GetDomains","src":"1"}'),
            Say(domains),
            Get('{"mt":"GetProvisioningCategories","domainId":1,"src":"2"}'),
            Say(listed),
        ) as client:
            (found,) = await client.categories(await client.domains())
        assert [(c.id, c.address.name, plain(c)) for c in found] == [
            (3, "not for configs", ({}, {})),
            (5, "more", ({}, {})),
            (9, "new", ({"config": True}, {"colour": "red"})),
        ]

    async def test_refused(self) -> None:
        error = Say('{"mt":"GetProvisioningCategoriesResult","src":"1","error":"E5"}')
        async with played(Get('{"mt":"GetProvisioningCategories","domainId":1,"src":"1"}'), error) as client:
            with pytest.raises(RequestRefused) as caught:
                await client.categories([domain()])
        assert told(caught.value) == f"{SHOWN}: GetProvisioningCategories was refused: E5; {NO_RIGHT}"

    async def test_of_no_domain(self) -> None:
        async with played() as client:
            assert await client.categories([]) == []


class TestConfigHeads:
    """GetDeviceConfigs: common fields only."""

    ASK = Get('{"mt":"GetDeviceConfigs","domainId":1,"src":"1"}')

    async def test_common_fields(self) -> None:
        answer = (
            '{"mt":"GetDeviceConfigsResult","src":"1","last":true,"configs":['
            '{"id":4,"domainId":1,"desc":"HQ","type":"PHONE","categories":[{"id":1,"name":"Cat1","config":true}]},'
            '{"id":5,"domainId":1,"type":"TLS_PROFILE","categories":[]},'
            '{"id":6,"desc":null,"type":"CERT_TRUST"},'
            '{"id":7,"desc":"ids and names","type":"NTP","categories":[3,"Cat1",{"id":4},{"id":true,"name":"x"}]}]}'
        )
        async with played(self.ASK, Say(answer)) as client:
            ((hq, tls, trust, tolerated),) = await client.config_heads([domain()])
        assert (hq.address, hq.id, hq.domain_id) == (config_address("example.com", "PHONE", "HQ"), 4, 1)
        assert hq.categories == (CategoryRef(1, "Cat1"),)
        assert (tls.address, tls.categories) == (config_address("example.com", "TLS_PROFILE", ""), ())
        assert (trust.address, trust.categories) == (config_address("example.com", "CERT_TRUST", ""), ())
        assert tolerated.categories == (
            CategoryRef(3, None),
            CategoryRef(None, "Cat1"),
            CategoryRef(4, None),
            CategoryRef(None, "x"),
        )
        assert not any(one.complete for one in (hq, tls, trust, tolerated))

    @pytest.mark.parametrize(
        "config, what",
        [
            ('{"type":"NTP"}', "a config without a number id"),
            ('{"id":4}', "a config without a text type"),
            ('{"id":4,"type":7}', "a config without a text type"),
            ("[]", "a config without a text type"),
            ('{"id":4,"type":"NTP","categories":{"id":1}}', "a config whose categories are no list"),
            ('{"id":4,"type":"NTP","categories":[null]}', "a config with a category that is no object"),
            ('{"id":4,"type":"NTP","categories":[true]}', "a config with a category that is no object"),
            ('{"id":4,"type":"NTP","categories":[[1]]}', "a config with a category that is no object"),
            ('{"id":4,"type":"NTP","x":' + "[" * 70 + "]" * 70 + "}", "a config with a value nested too deeply"),
        ],
    )
    async def test_of_a_wrong_shape(self, config: str, what: str) -> None:
        answer = f'{{"mt":"GetDeviceConfigsResult","src":"1","configs":[{config}],"last":true}}'
        async with played(self.ASK, Say(answer)) as client:
            with pytest.raises(BrokenMessage) as caught:
                await client.config_heads([domain()])
        assert told(caught.value) == f"{SHOWN}: GetDeviceConfigsResult holds {what}; {NO_SERVICE}"

    async def test_refused(self) -> None:
        async with played(self.ASK, Say('{"mt":"GetDeviceConfigsResult","src":"1","error":4}')) as client:
            with pytest.raises(RequestRefused) as caught:
                await client.config_heads([domain()])
        assert told(caught.value) == f"{SHOWN}: GetDeviceConfigs was refused: 4; {NO_RIGHT}"
