"""A recovery meets what others did since."""

from pathlib import Path

from syncer.emulator import Store, When
from syncer.workflow import Way
from tests.reliability import scenario
from tests.reliability.harness import TIMEOUT, Restart, Server, World, quick


def test_what_others_use_by_now_stays_and_all_the_rest_is_rolled_back(tmp_path: Path) -> None:
    server = Server()
    try:
        with quick():
            world = World.make(tmp_path / "world", server, "small")
            world.faults.add(Restart(server, gone=True), When(operation="delete_config"))
            assert world.apply(1, TIMEOUT).code == 6
            world.faults.clear()
            with Store(world.data, instance_domain=scenario.HOME) as store:
                (new,) = (one for one in store.categories(store.instance.id) if one.name == "New phones")
                store.add_config(store.instance.id, {"type": "NTP", "desc": "theirs"}, [new.id])
            ran = world.recover(Way.ROLLBACK)
            assert ran.code == 6
            told = "not rolled back: it must not be deleted: config[example.com/NTP/theirs] names it now"
            assert told in ran.reasons
            expected = scenario.told(scenario.BEFORE) | {
                ("category", scenario.HOME, "", "New phones"): [[{"config": True}, []]],
                ("config", scenario.HOME, "NTP", "theirs"): [[{}, ["New phones"]]],
            }
            assert world.contents() == expected
            again = world.recover(Way.ROLLBACK)
            assert (again.code, again.text) == (0, "Nothing to recover.")
            assert world.apply().code == 0
    finally:
        server.close()
