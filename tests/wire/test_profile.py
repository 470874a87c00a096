"""Wire profiles: what a person gets to read for a wrong one, and messages there and back."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from syncer import resources
from syncer.errors import ProblemsError
from syncer.wire.profile import Profile, Recognised, builtin, load, point

FILE = "wire/production.yaml"
HEAD: dict[str, Any] = {"format": "syncer-wire/1", "name": "production", "origin": "learned"}
KNOWN_OF_A_DOMAIN = "known here: $deployAdminPasswords, $domain_id, $extra, $id, $name"
DELETE: dict[str, Any] = {"request": {"mt": "DelDomain", "id": "$id"}, "response": {"mt": "DelDomainResult"}}


def profile(**operations: Any) -> Profile:
    """A profile of these requests, answered by `…Result`."""
    return load(json.dumps(HEAD | {"operations": operations}, ensure_ascii=False), FILE)


def operation(request: dict[str, Any], **response: Any) -> dict[str, Any]:
    return {"request": request, "response": {"mt": f"{request['mt']}Result", **response}}


def problems(text: str) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        load(text, FILE)
    return [str(problem) for problem in caught.value.problems]


def problems_of(**operations: Any) -> list[str]:
    return problems(json.dumps(HEAD | {"operations": operations}))


class TestConventional:
    """The profile that comes with syncer."""

    def test_passes_its_schema(self) -> None:
        text = resources.wire_profile("conventional")
        document = YAML(typ="safe").load(text)
        schema = resources.schema("wire-profile")
        Draft202012Validator.check_schema(schema)
        assert list(Draft202012Validator(schema).iter_errors(document)) == []

    def test_says_that_it_is_a_guess(self) -> None:
        conventional = builtin("conventional")
        assert (conventional.name, conventional.origin, conventional.source) == (("conventional",) * 3)
        assert (conventional.max_message_bytes, conventional.category_refs) == (60000, "objects")
        assert (dict(conventional.reads_back_unset), conventional.write_only) == ({}, frozenset())

    def test_has_every_operation(self) -> None:
        kinds = ("domain", "category", "config")
        every = [f"{action}_{kind}" for kind in kinds for action in ("create", "update", "delete")]
        assert list(builtin("conventional").operations) == [*every, "send_value"]
        assert builtin("conventional").operation("paint_domain") is None

    def test_no_other_is_built_in(self) -> None:
        for name in ("production", "", "../syncer", "/etc/passwd"):
            with pytest.raises(KeyError):
                builtin(name)


class TestLoad:
    """Every mistake of a profile, as `file: what`."""

    def test_defaults(self) -> None:
        loaded = profile(delete_domain=DELETE)
        one = loaded.operations["delete_domain"]
        assert (loaded.max_message_bytes, loaded.category_refs, loaded.source) == (60000, "objects", FILE)
        assert (one.sends, one.unset, sorted(one.placeholders)) == ("whole", None, ["id"])
        assert one.response is not None
        assert (one.response.mt, one.response.id, one.response.error) == ("DelDomainResult", None, None)
        assert one.response.match == "src"

    def test_all_that_can_be_said(self) -> None:
        text = """
            format: syncer-wire/1
            name: production
            origin: learned
            max_message_bytes: 1024
            category_refs: ids
            operations:
              update_config:
                request: {mt: SetConfig, id: $id, $merge: $config}
                response: {mt: SetConfigDone, id: /config/id, error: /a~1b/c~0d, match: mt}
                sends: changed
                unset: "null"
              send_value: {request: {mt: Piece, n: $name, v: $chunk, i: $index, l: $last}, response: none}
            reads_back: {unset: {PHONE: {frameSize: 0}}, write_only: [logPassword]}
        """
        loaded = load(text, FILE)
        update = loaded.operations["update_config"]
        assert update.response is not None
        assert (update.response.id, update.response.error, update.response.match) == ("/config/id", "/a~1b/c~0d", "mt")
        assert (update.sends, update.unset) == ("changed", "null")
        assert loaded.operations["send_value"].response is None
        assert (loaded.max_message_bytes, loaded.category_refs) == (1024, "ids")
        assert loaded.reads_back_unset == {"PHONE": {"frameSize": 0}}
        assert loaded.write_only == {"logPassword"}

    @pytest.mark.parametrize(
        "text, where, what",
        [
            ("a: [1\n", "2:1", "did not find expected ',' or ']'"),
            ("a:\n\t- b", "2:1", "found character that cannot start any token"),
            ("a: *b", "1:4", "found undefined alias"),
            ("a: 1\n---\nb: 2", "2:1", "but found another document"),
            (
                "!!python/name:os.system x",
                "1:1",
                "could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'",
            ),
            ('a: "\\ud800"', "1:7", "found invalid Unicode character escape code"),
        ],
    )
    def test_what_is_no_yaml(self, text: str, where: str, what: str) -> None:
        assert problems(text) == [f"wire/production.yaml:{where}: no YAML: {what}; correct the syntax"]

    @pytest.mark.parametrize(
        "text, what",
        [
            ("a: 2026-01-01", "Object of type date is not JSON serializable"),
            ("a: !!binary aGk=", "Object of type bytes is not JSON serializable"),
            ("a: .nan", "Out of range float values are not JSON compliant"),
            ("1: a", "1 stands where only a text may stand; put it in quotes"),
            ("a: {b: [{true: c}]}", "True stands where only a text may stand; put it in quotes"),
        ],
    )
    def test_what_is_no_usable_yaml(self, text: str, what: str) -> None:
        assert problems(text) == [f"wire/production.yaml: no usable YAML: {what}; correct the file"]

    @pytest.mark.parametrize(
        "text",
        [
            "a: " + "[" * 100_000,
            "a: " + "[" * 100_000 + "]" * 100_000,
            "{a: " * 100_000 + "}" * 100_000,
            "".join(f"{'  ' * i}a:\n" for i in range(1000)),
            "- " * 50_000,
        ],
        ids=["open", "lists", "mappings", "block mappings", "block lists"],
    )
    def test_deep_nesting(self, text: str) -> None:
        """libyaml's loader crashes the process over this."""
        said = "wire/production.yaml: no usable YAML: nested more than 60 levels deep; correct the file"
        assert problems(text) == [said]

    @pytest.mark.parametrize(
        "text",
        [
            "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 50)),
            "a0: &a0 {x: y}\n"
            + "".join(f"a{i}: &a{i} {{{', '.join(f'k{n}: *a{i - 1}' for n in range(10))}}}\n" for i in range(1, 50)),
            "a: &a [*a]",
            "a: &a {b: *a}",
        ],
        ids=["lists", "mappings", "a list in itself", "a mapping in itself"],
    )
    def test_aliases_that_multiply(self, text: str) -> None:
        started = time.perf_counter()
        said = "wire/production.yaml: no usable YAML: more than 10000 values, aliases counted with what they stand for"
        assert problems(text) == [f"{said}; correct the file"]
        assert time.perf_counter() - started < 5

    @pytest.mark.parametrize("said", ["null", '"null"'])
    def test_unset_null_with_and_without_quotes(self, said: str) -> None:
        operation = f"{{request: {{mt: D, id: $id}}, response: none, unset: {said}}}"
        text = f"{{format: syncer-wire/1, name: a, origin: learned, operations: {{delete_domain: {operation}}}}}"
        assert load(text, FILE).operations["delete_domain"].unset == "null"

    def test_an_alias_is_legal(self) -> None:
        text = "{format: syncer-wire/1, name: a, origin: learned, operations: {delete_domain: &a {request: {mt: D, "
        text += "id: $id}, response: none}, delete_category: *a}}"
        assert list(load(text, FILE).operations) == ["delete_domain", "delete_category"]

    @pytest.mark.parametrize("text", ["", "# nothing\n", "null", "top secret\n", "[top, secret]"])
    def test_what_is_no_profile_at_all_is_not_quoted(self, text: str) -> None:
        assert problems(text) == ["wire/production.yaml: no wire profile; name a YAML file with format: syncer-wire/1"]

    def test_every_mistake_against_the_schema_at_once(self) -> None:
        text = """
            format: syncer-wire/2
            name: ../production
            origin: dreamt
            max_message_bytes: 100
            category_refs: pointers
            colour: red
            operations:
              paint_domain: {request: {mt: X}, response: none}
              delete_domain: {request: {mt: $mt, id: $id, src: x}, response: {mt: X, id: id}, unset: never}
              delete_config: {request: {id: $id}}
        """
        assert [said.removeprefix(f"{FILE}: ") for said in problems(text)] == [
            "category_refs: 'pointers' is not one of ['objects', 'ids', 'names']",
            "format: 'syncer-wire/1' was expected",
            "max_message_bytes: 100 is less than the minimum of 1024",
            "name: '../production' does not match '^[A-Za-z0-9][A-Za-z0-9._-]*$'",
            "operations/delete_config/request: 'mt' is a required property",
            "operations/delete_config: 'response' is a required property",
            "operations/delete_domain/request/mt: '$mt' does not match '^[^$]'",
            "operations/delete_domain/request: it holds src, which every message gets of its own",
            "operations/delete_domain/response/id: 'id' does not match '^(/([^~/]|~[01])*)+$'",
            "operations/delete_domain/unset: 'never' is not one of ['omit', 'empty', 'null', None]",
            f"operations/delete_domain: $mt is not known; {KNOWN_OF_A_DOMAIN}",
            "operations: Additional properties are not allowed ('paint_domain' was unexpected)",
            "origin: 'dreamt' is not one of ['conventional', 'learned']",
            "the profile: Additional properties are not allowed ('colour' was unexpected)",
        ]

    @pytest.mark.parametrize(
        "name, missing",
        [
            ("create_domain", "$name"),
            ("update_domain", "$id"),
            ("delete_domain", "$id"),
            ("create_category", "$name"),
            ("update_category", "$id"),
            ("delete_category", "$id"),
            ("create_config", "$config"),
            ("update_config", "$config"),
            ("update_config", "$id"),
            ("delete_config", "$id"),
            ("send_value", "$chunk"),
            ("send_value", "$name"),
        ],
    )
    def test_what_an_operation_cannot_do_without(self, name: str, missing: str) -> None:
        said = f"{FILE}: operations/{name}: the request has no {missing}, so it could not do its work"
        assert said in problems_of(**{name: operation({"mt": "X"})})

    def test_an_unknown_value(self) -> None:
        request = {"mt": "DelDomain", "id": "$id", "nested": [{"really": "$pasword\x1b[31m"}]}
        assert problems_of(delete_domain=operation(request)) == [
            f"{FILE}: operations/delete_domain: $pasword\\x1b[31m is not known; {KNOWN_OF_A_DOMAIN}"
        ]

    @pytest.mark.parametrize("value", ["$name", "$config", "config", 5, None, ["$extra"], {"a": "$extra"}, "$"])
    @pytest.mark.parametrize("where", ["top", "object", "list"])
    def test_merge_misused(self, value: Any, where: str) -> None:
        wrong: Any = {"$merge": value}
        wrong = {"top": wrong, "object": {"x": wrong}, "list": {"x": [[wrong]]}}[where]
        request = {"mt": "SetCategory", "id": "$id", **wrong}
        said = f"{FILE}: operations/update_category: $merge takes $config of a config, or $extra"
        assert problems_of(update_category=operation(request)) == [said]

    def test_other_keys_that_begin_with_a_dollar(self) -> None:
        request = {"mt": "DelDomain", "id": "$id", "inside": [{"$merg": "$extra"}]}
        said = "$merg is no key that syncer knows; only $merge begins with $"
        assert problems_of(delete_domain=operation(request)) == [f"{FILE}: operations/delete_domain: {said}"]

    @pytest.mark.parametrize("part,pointer", [("id", "/mt"), ("error", "/src/x")])
    def test_pointers_into_what_makes_a_message(self, part: str, pointer: str) -> None:
        wrong = {"request": {"mt": "DelDomain", "id": "$id"}, "response": {"mt": "Done", part: pointer}}
        said = f"operations/delete_domain: response/{part} points into the message's own mt or src"
        assert problems_of(delete_domain=wrong) == [f"{FILE}: {said}"]

    def test_merge_of_extra_in_a_config(self) -> None:
        request = {"mt": "SetConfig", "id": "$id", "config": "$config", "$merge": "$extra"}
        assert problems_of(update_config=operation(request)) == [
            f"{FILE}: operations/update_config: $extra is not known; known here: $categories, $config, $domain_id, $id",
            f"{FILE}: operations/update_config: $merge takes $config of a config, or $extra",
        ]

    def test_hostile_names_are_harmless_for_a_terminal(self) -> None:
        for said in problems_of(**{"\x1b[2J\u202e": operation({"mt": "X"})}):
            assert "\x1b" not in said
            assert "\u202e" not in said


class TestDigest:
    """What a receipt vouches for."""

    def test_not_over_layout_comments_and_order(self) -> None:
        block = """
            # learned on Monday
            origin: learned
            name: production   # ours
            operations:
              delete_domain:
                response:
                  mt: DelDomainResult
                request:
                  id: $id
                  mt: "DelDomain"
            format: syncer-wire/1
        """
        assert load(block, "elsewhere.yaml").digest == profile(delete_domain=DELETE).digest
        assert load(block, "elsewhere.yaml") == profile(delete_domain=DELETE)

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "other"},
            {"origin": "conventional"},
            {"max_message_bytes": 59999},
            {"category_refs": "ids"},
            {"reads_back": {"write_only": ["logPassword"]}},
            {"operations": {"delete_domain": DELETE | {"sends": "changed"}}},
            {"operations": {"delete_domain": operation({"mt": "DelDomain", "id": "$id", "force": True})}},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_over_everything_else(self, change: dict[str, Any]) -> None:
        document = HEAD | {"operations": {"delete_domain": DELETE}}
        assert load(json.dumps(document | change), FILE).digest != load(json.dumps(document), FILE).digest


NESTED = operation({"mt": "SetConfig", "domain": "$domain_id", "args": [{"id": "$id", "version": 2}, "$config"]})
FLAT = operation({"mt": "SetConfig", "id": "$id", "version": 2, "$merge": "$config"})
CONFIG = {"type": "NTP", "desc": "time", "categories": [], "ntp1": "a", "version": 3}


class TestMessages:
    """Values into messages, and out again."""

    def test_nested(self) -> None:
        loaded = profile(update_config=NESTED)
        values = {"id": 5, "domain_id": 1, "config": CONFIG}
        message = {"mt": "SetConfig", "domain": 1, "args": [{"id": 5, "version": 2}, CONFIG]}
        assert loaded.render("update_config", values) == message
        assert loaded.recognise(message | {"src": "7"}) == Recognised("update_config", values | {"src": "7"})

    def test_flat(self) -> None:
        """What the template says itself goes before what is laid in."""
        loaded = profile(update_config=FLAT)
        message = {
            "mt": "SetConfig",
            "id": 5,
            "type": "NTP",
            "desc": "time",
            "categories": [],
            "ntp1": "a",
            "version": 2,
        }
        assert loaded.render("update_config", {"id": 5, "config": CONFIG}) == message
        config = {name: value for name, value in CONFIG.items() if name != "version"}
        assert loaded.recognise(message) == Recognised("update_config", {"id": 5, "config": config, "src": None})

    def test_a_value_is_replaced_whole_and_only_there(self) -> None:
        request = {"mt": "DelDomain", "id": "$id", "price": "$", "text": "id: $id", "id$": "x"}
        loaded = profile(delete_domain=operation(request))
        message = {"mt": "DelDomain", "id": 5, "price": "$", "text": "id: $id", "id$": "x"}
        assert loaded.render("delete_domain", {"id": 5}) == message

    def test_what_is_not_given_is_null_or_nothing(self) -> None:
        conventional = builtin("conventional")
        assert conventional.render("update_category", {"id": 5}) == {
            "mt": "EditProvisioningCategory",
            "domainId": None,
            "id": 5,
            "name": None,
            "config": None,
        }

    def test_a_value_of_null(self) -> None:
        loaded = profile(delete_domain=DELETE)
        assert loaded.recognise({"mt": "DelDomain", "id": None}) == Recognised(
            "delete_domain", {"id": None, "src": None}
        )

    @pytest.mark.parametrize(
        "message",
        [
            {"mt": "GetDomains"},
            {},
            {"mt": "SetConfig", "domain": 1, "args": []},
            {"mt": "SetConfig", "domain": 1, "args": [{"id": 5, "version": 3}, {}]},
            {"mt": "SetConfig", "domain": 1, "args": [{"id": 5}, {}]},
            {"mt": "SetConfig", "domain": 1, "args": {"id": 5}},
            {"mt": ["SetConfig"], "domain": 1, "args": [{"id": 5, "version": 2}, {}]},
        ],
    )
    def test_what_is_none_of_it(self, message: dict[str, Any]) -> None:
        assert profile(update_config=NESTED).recognise(message) is None

    def test_numbers_are_no_truths(self) -> None:
        loaded = profile(delete_domain=operation({"mt": "X", "id": "$id", "force": True}))
        assert loaded.recognise({"mt": "X", "id": 5, "force": 1}) is None
        assert loaded.recognise({"mt": "X", "id": 5, "force": True}) is not None

    def test_a_value_that_stands_twice_is_the_same_twice(self) -> None:
        loaded = profile(delete_domain=operation({"mt": "X", "id": "$id", "key": ["$id"]}))
        assert loaded.recognise({"mt": "X", "id": 5, "key": [5]}) == Recognised("delete_domain", {"id": 5, "src": None})
        assert loaded.recognise({"mt": "X", "id": 5, "key": [6]}) is None

    @pytest.mark.parametrize("flat", [False, True])
    @pytest.mark.parametrize("create_first", [False, True])
    def test_one_message_type_for_create_and_update(self, *, flat: bool, create_first: bool) -> None:
        """A service may tell them apart by the id alone."""
        config: dict[str, Any] = {"$merge": "$config"} if flat else {"config": "$config"}
        operations = {
            "create_config": operation({"mt": "SetConfig", "domainId": "$domain_id", **config}),
            "update_config": operation({"mt": "SetConfig", "domainId": "$domain_id", "id": "$id", **config}),
        }
        loaded = profile(**(operations if create_first else dict(reversed(operations.items()))))
        values = {"domain_id": 1, "config": {"type": "NTP", "desc": "time"}}
        created = loaded.recognise(loaded.render("create_config", values))
        assert created == Recognised("create_config", values | {"src": None})
        updated = loaded.recognise(loaded.render("update_config", values | {"id": 5}))
        assert updated == Recognised("update_config", values | {"id": 5, "src": None})

    def test_a_message_with_more_or_less_than_was_learned(self) -> None:
        loaded = profile(delete_config=operation({"mt": "X", "domainId": "$domain_id", "id": "$id"}))
        assert loaded.recognise({"mt": "X", "id": 5, "comment": "x"}) == Recognised(
            "delete_config", {"id": 5, "src": None}
        )


names = st.text(st.sampled_from("abcidmt$~/ ä"), min_size=1, max_size=4)
printable = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=5)  # what a YAML file can hold as it is
ids = st.integers(0, 2**64 - 1)
values = st.recursive(
    st.none() | st.booleans() | ids | printable,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(names, inside, max_size=3),
    max_leaves=6,
)
constants = values.filter(lambda value: "$" not in json.dumps(value))
configs = st.dictionaries(st.sampled_from(["type", "desc", "gk1", "newField", "a"]), values)


@st.composite
def templates(draw: st.DrawFn, placeholders: tuple[str, ...], merged: str | None) -> dict[str, Any]:
    """A request with each placeholder somewhere, at the top, in an object or in a list, among constants."""
    request: dict[str, Any] = {"mt": draw(st.sampled_from(["A", "B"]))}
    for number, name in enumerate(placeholders):
        value: Any = f"${name}"
        for _ in range(draw(st.integers(0, 2))):
            others = draw(constants)
            value = [others, value] if draw(st.booleans()) else {"x": value, "c": others}
        request[f"p{number}"] = value
    for number in range(draw(st.integers(0, 2))):
        request[f"c{number}"] = draw(constants)
    if merged and draw(st.booleans()):
        request["$merge"] = f"${merged}"
    elif merged:
        request["object"] = f"${merged}"
    return request


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    operations = {
        "update_config": operation(draw(templates(("id", "domain_id"), "config"))),
        "create_config": operation(draw(templates(("domain_id",), "config"))),
        "delete_config": operation(draw(templates(("id", "domain_id"), None))),
    }
    for name, request in operations.items():
        request["request"]["op"] = name  # each is recognised by something
    return profile(**dict(draw(st.permutations(list(operations.items())))))


@given(profiles(), ids, ids, configs, st.text(max_size=3))
def test_recognise_is_the_inverse_of_render(
    loaded: Profile, number: int, domain_id: int, config: dict[str, Any], src: str
) -> None:
    known = {"id": number, "domain_id": domain_id, "config": config}
    for name, one in loaded.operations.items():
        given_values = {value: known[value] for value in one.placeholders}
        message = loaded.render(name, given_values) | {"src": src}
        assert json.loads(json.dumps(message)) == message
        assert loaded.recognise(message) == Recognised(name, given_values | {"src": src})


@given(st.data())
def test_recognise_is_the_inverse_of_render_conventionally(data: st.DataObject) -> None:
    conventional = builtin("conventional")
    plain = {"id": ids, "domain_id": ids, "name": st.text(), "chunk": st.text(), "deployAdminPasswords": st.booleans()}
    extras = st.dictionaries(st.sampled_from(["newField", "a"]), values)
    for name, one in conventional.operations.items():
        config = configs if name.endswith("_config") else st.booleans()
        strategies: dict[str, st.SearchStrategy[Any]] = plain | {"config": config, "extra": extras}
        given_values = {value: data.draw(strategies[value]) for value in sorted(one.placeholders)}
        message = conventional.render(name, given_values)
        assert conventional.recognise(message) == Recognised(name, given_values | {"src": None})


class TestReplies:
    """What a service answers, and what is found in it."""

    LOADED = profile(
        create_domain=operation({"mt": "Add", "name": "$name"}, id="/result/0/a~1b", error="/result/m~0n"),
        update_domain=operation({"mt": "Edit", "id": "$id"}, match="mt"),
        delete_domain={"request": {"mt": "Del", "id": "$id"}, "response": "none"},
    )

    def test_pointers(self) -> None:
        created = self.LOADED.reply("create_domain", id=7, error=None, src="1")
        assert created == {"mt": "AddResult", "src": "1", "result": {"0": {"a/b": 7}}}
        assert point(created, "/result/0/a~1b") == 7
        refused = self.LOADED.reply("create_domain", id=7, error="no", src="1")
        assert refused == {"mt": "AddResult", "src": "1", "result": {"m~n": "no"}}
        assert point(refused, "/result/m~0n") == "no"

    def test_without_src_id_or_answer(self) -> None:
        assert self.LOADED.reply("update_domain", id=7, error=None, src="1") == {"mt": "EditResult"}
        assert self.LOADED.reply("update_domain", id=7, error="no", src="1") == {"mt": "EditResult", "error": "no"}
        assert self.LOADED.reply("create_domain", id=None, error=None, src=None) == {"mt": "AddResult"}
        assert self.LOADED.reply("delete_domain", id=7, error=None, src="1") is None

    @pytest.mark.parametrize(
        "pointer, expected",
        [
            ("/id", 7),
            ("/list/1/x", "found"),
            ("/list/2", None),
            ("/list/-", None),
            ("/list/x", None),
            ("/id/x", None),
            ("/nothing/at/all", None),
            ("/a~1b/c~0d/", "deep"),
            ("/~01", "escaped once"),
            ("/", "empty"),
            (None, None),
        ],
    )
    def test_point(self, pointer: str | None, expected: Any) -> None:
        message = {
            "id": 7,
            "list": [0, {"x": "found"}],
            "a/b": {"c~d": {"": "deep"}},
            "~1": "escaped once",
            "": "empty",
        }
        assert point(message, pointer) == expected
