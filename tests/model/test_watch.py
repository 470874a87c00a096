"""The event that a watch tells."""

import json

import jsonschema
import pytest

from syncer.files.schemas import inlined
from syncer.model.plan import Plan
from syncer.model.watch import About, Remark, Sighting, to_event
from syncer.render.sightings import remark_as_json
from tests.render.corpus import CORPUS


@pytest.mark.parametrize("plan", CORPUS.values(), ids=CORPUS)
def test_an_event_is_as_its_schema_says(plan: Plan) -> None:
    drifted = tuple(change.address for change in plan.changes)
    event = to_event(Sighting("2026-11-25T18:00:30Z", plan, drifted[:1], drifted[1:]))
    parsed = json.loads(json.dumps(event))
    jsonschema.validate(parsed, inlined("drift"))
    assert parsed["drifted"] == [str(address) for address in drifted]
    assert parsed["new"] + parsed["gone"] == parsed["drifted"]
    assert parsed["plan"]["changes"] == event["plan"]["changes"]


def test_another_key_is_none_of_it() -> None:
    event = to_event(Sighting("2026-11-25T18:00:30Z", next(iter(CORPUS.values())), (), ()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(event | {"more": 1}, inlined("drift"))


@pytest.mark.parametrize("about", About)
def test_a_remark_is_as_its_schema_says(about: About) -> None:
    told = json.loads(remark_as_json(Remark("2026-11-25T18:00:30Z", about, "the files are sound again")))
    jsonschema.validate(told, inlined("watch"))
    assert (told["event"], told["message"]) == (about, "the files are sound again")
