"""The house: .importlinter says who may import whom, and has a door for every third party."""

import configparser
import sys

import grimp

OURS = ("pages", "burn_core", "db", "understudy")


def test_every_third_party_has_a_door() -> None:
    graph = grimp.build_graph(*OURS, include_external_packages=True, cache_dir=None)
    imported = {it.split(".")[0] for it in graph.modules if graph.is_module_squashed(it)}
    assert imported - sys.stdlib_module_names == _list_protected(), (
        "a third party is imported that .importlinter has no contract for, or the other way round"
    )


def _list_protected() -> set[str]:
    config = configparser.ConfigParser()
    config.read(".importlinter")
    contracts = (config[name] for name in config.sections())
    lists = (it["protected_modules"] for it in contracts if it.get("type") == "protected")
    return {module for each in lists for module in each.split()}
