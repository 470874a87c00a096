"""The JSON Schemas that syncer ships: shown, and written where editors find them."""

from pathlib import Path

from syncer import resources
from syncer.errors import UsageProblem, visible
from syncer.files.publishing import OF_A_REPOSITORY, Written, write_schemas
from syncer.files.wording import did_you_mean

_NEEDS = {name: (name, "plan") for name in ("drift", "journal")}  # schemas that refer to another


def list_schemas() -> dict[str, str]:
    """What each schema describes, by its name."""
    return {name: str(resources.schema(name)["description"]) for name in resources.schema_names()}


def schema_text(name: str) -> str:
    """A schema as it is shipped; UsageProblem for a name that none has."""
    return resources.schema_text(_known(name))


def publish_schemas(folder: Path, name: str | None, *, force: bool = False) -> dict[Path, Written]:
    """Write one schema into a folder, or all that a repository needs; what became of each file."""
    names = OF_A_REPOSITORY if name is None else _NEEDS.get(_known(name), (name,))
    return write_schemas(names, folder, force=force)


def _known(name: str) -> str:
    names = resources.schema_names()
    if name not in names:
        hint = did_you_mean(name, names) or f"there are {', '.join(names)}"
        raise UsageProblem(f"there is no schema {visible(name, 60)}; {hint}")
    return name
