"""A sample of the matrix, all of which `python -m tests.reliability` runs: each fault, at writes and at others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.harness import Message, quick
from tests.reliability.matrix import FAULTS, Bench, Case, Fault

EVERY = 6  # of the writes; each fault begins at another one, so that each write meets many
EVERY_OTHER = 59  # of the other messages


@pytest.fixture(scope="module")
def bench(module_scratch: Path) -> Iterator[Bench]:
    """One for all faults: what a case leaves behind is gone before the next."""
    with quick():
        bench = Bench(module_scratch)
        yield bench
        bench.close()


@pytest.fixture(scope="module")
def messages(bench: Bench) -> list[Message]:
    """Those of an apply in which nothing goes wrong."""
    return bench.undisturbed(1)


def sample(fault: Fault, messages: list[Message]) -> Iterator[Case]:
    """The same cases each time."""
    number = list(FAULTS.values()).index(fault)
    fitting = [(nth, message) for nth, message in enumerate(messages, 1) if fault.fits(message)]
    writes = [nth for nth, message in fitting if message.operation]
    others = [nth for nth, message in fitting if not message.operation]
    for index, nth in enumerate([*writes[number % EVERY :: EVERY], *others[number * 7 % EVERY_OTHER :: EVERY_OTHER]]):
        yield Case(fault.name, nth, (1, 8)[(number + index) % 2])


def test_all_nine_operations_are_in_it(messages: list[Message]) -> None:
    operations = {message.operation for message in messages} - {None}
    kinds = ("domain", "category", "config")
    assert operations == {f"{what}_{kind}" for what in ("create", "update", "delete") for kind in kinds} | {
        "send_value"
    }


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.name)
def test_whatever_happens_the_exit_code_is_true_and_all_can_be_recovered(
    fault: Fault, bench: Bench, messages: list[Message]
) -> None:
    for case in sample(fault, messages):
        verdict = bench.run(case)
        assert not verdict.wrong, "\n".join([str(case), *verdict.wrong, *verdict.ran])
