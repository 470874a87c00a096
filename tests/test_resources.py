"""What is shipped beside the code is found, in a checkout and in a wheel."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from syncer import resources

CHECKOUT = Path(__file__).parent.parent
SCHEMAS = sorted((CHECKOUT / "schemas").glob("*.schema.json"))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package folder of our own; what was cached before and here is forgotten."""
    package = tmp_path / "site-packages" / "syncer"
    package.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", package)
    resources.schema.cache_clear()
    yield package
    resources.schema.cache_clear()


def test_in_the_checkout() -> None:
    assert resources.directory("schemas") == CHECKOUT / "schemas"
    assert resources.directory("examples") == CHECKOUT / "examples"
    assert resources.schema("domain")["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_in_a_wheel(package: Path) -> None:
    """As hatchling's force-include lays them: inside the package."""
    shutil.copytree(CHECKOUT / "schemas", package / "schemas")
    assert resources.directory("schemas") == package / "schemas"
    assert resources.schema("wire-profile")["title"] == "syncer wire profile"
    assert resources.wire_profile("conventional") == (CHECKOUT / "schemas/wire/conventional.yaml").read_text("utf-8")


def test_the_wheels_own_goes_before_what_lies_beside_the_package(package: Path) -> None:
    """site-packages may hold a folder `schemas` of somebody else."""
    (package.parent / "schemas").mkdir()
    (package / "schemas").mkdir()
    assert resources.directory("schemas") == package / "schemas"


def test_in_a_broken_installation(package: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        resources.directory("schemas")
    assert str(caught.value) == "syncer's own folder schemas/ is missing; reinstall innovaphone-syncer"


def test_a_wire_profile_that_is_not_there() -> None:
    assert resources.wire_profile("production") is None


def test_there_are_schemas() -> None:
    assert {path.name.removesuffix(".schema.json") for path in SCHEMAS} >= {"domain", "plan", "syncer", "wire-profile"}


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_every_schema_is_valid(path: Path) -> None:
    schema = resources.schema(path.name.removesuffix(".schema.json"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f"/schemas/{path.name}")
    Draft202012Validator.check_schema(schema)
