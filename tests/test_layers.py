"""Which layer may import which: the list of the design, held."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "syncer"

MAY: dict[str, set[str]] = {
    "cli": {"workflow", "render", "emulator", "model"},
    "workflow": {
        "files",
        "devices",
        "transport",
        "wire",
        "learn",
        "plan",
        "apply",
        "selftest",
        "emulator",
        "model",
        "resources",
    },
    "selftest": {"devices.interface", "apply", "plan", "model"},
    "learn": {"wire", "model"},
    "apply": {"devices.interface", "plan", "model"},
    "devices": {"transport", "wire", "model"},
    "files": {"model", "resources"},
    "plan": {"model"},
    "render": {"model"},
    "transport": {"wire"},
    "emulator": {"wire"},
    "model": {"resources"},
    "wire": {"resources"},
    "resources": set(),
    "errors": set(),
}
ONLY_IN: dict[str, tuple[str, ...]] = {
    "deepdiff": ("plan/diff.py",),
    "ruamel": ("files/", "wire/profile.py"),
    "jsonschema": ("files/", "wire/profile.py", "emulator/loading.py"),
    "websockets": ("transport/", "emulator/"),
    "rich": ("cli/", "render/terminal.py"),
    "Crypto": ("wire/cipher.py",),
    "pyrage": ("files/sealing.py",),
    "filelock": ("files/locks.py",),
    "platformdirs": ("cli/options.py",),
    "prometheus_client": ("workflow/metrics.py",),
    "ijson": ("files/",),
    "click": ("cli/",),
    "sqlite3": ("emulator/",),
}
# Clock, randomness and environment come in as arguments; the emulator is a service of its own.
OUTSIDE = {"time", "random", "secrets", "uuid"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _layer(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_only_lower_layers(path: Path) -> None:
    layer = _layer(path)
    if layer == "__init__":
        return
    for name in _imports(path):
        if not name.startswith("syncer."):
            continue
        target = name.removeprefix("syncer.")
        allowed = {layer, "errors", "__version__", *MAY[layer]}
        assert any(target == one or target.startswith(f"{one}.") for one in allowed) or (
            target.partition(".")[0] in allowed
        ), f"{path.name} ({layer}) imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_libraries_stay_where_they_belong(path: Path) -> None:
    where = path.relative_to(PACKAGE).as_posix()
    for name in _imports(path):
        places = ONLY_IN.get(name.partition(".")[0])
        assert places is None or where.startswith(places), f"{where} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_clock_randomness_or_environment_below_the_workflow(path: Path) -> None:
    if _layer(path) in ("cli", "emulator", "__init__"):
        return
    tops = {name.partition(".")[0] for name in _imports(path)}
    assert not tops & OUTSIDE, path
    assert "os.environ" not in path.read_text("utf-8"), path
    assert "datetime.now" not in path.read_text("utf-8"), path


def test_every_layer_is_listed() -> None:
    assert {_layer(path) for path in MODULES} - {"__init__"} == set(MAY)
