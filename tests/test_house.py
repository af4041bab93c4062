"""The house: .importlinter says who may import whom, and has a door for every third party."""

import ast
import configparser
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp

OURS = ("pages", "burn_core", "db", "understudy")


def test_every_third_party_has_a_door() -> None:
    graph = grimp.build_graph(*OURS, include_external_packages=True, cache_dir=None)
    imported = {it.split(".")[0] for it in graph.modules if graph.is_module_squashed(it)}
    assert imported - sys.stdlib_module_names == _list_protected(), (
        "a third party is imported that .importlinter has no contract for, or the other way round"
    )


def test_database_errors_end_in_db() -> None:
    """Elsewhere they are db.errors.Away and Refused. .importlinter holds psycopg itself."""
    root = Path(__file__).parent.parent
    files = [*root.glob("*.py"), *root.glob("pages/**/*.py"), *root.glob("burn_core/**/*.py")]
    named = {
        f"{file.relative_to(root)}: {module}"
        for file in files
        for module in _list_imports(file)
        if module.startswith(("sqlalchemy.exc", "sqlalchemy.orm.exc", "psycopg"))
    }
    assert named == set()


def _list_imports(file: Path) -> Iterator[str]:
    """Modules, and for `from module import name` also module.name, which may be a module."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _list_protected() -> set[str]:
    config = configparser.ConfigParser()
    config.read(".importlinter")
    contracts = (config[name] for name in config.sections())
    lists = (it["protected_modules"] for it in contracts if it.get("type") == "protected")
    return {module for each in lists for module in each.split()}
