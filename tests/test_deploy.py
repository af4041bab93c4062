"""The files of docs/deploy fit the project: nothing here runs a container."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from burn_core.settings import Settings

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "deploy"
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
NGINX = (FOLDER / "nginx.conf").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BURNS = ("web-1", "web-2", "worker")
OURS = {"burn_core", "db", "pages", "understudy"}
# Not settings of Burn's: the web server's, and Postgres's own.
OTHERS = {"FORWARDED_ALLOW_IPS", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}


def list_copied() -> list[str]:
    lines = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.M)
    return [path for line in lines for path in line.split()]


def list_imports(path: Path) -> set[str]:
    """The first parts of what a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).partition(".")[0])
    return found


def test_the_image_has_all_that_burn_imports_and_nothing_that_isnt_there() -> None:
    copied = list_copied()
    assert [path for path in copied if not (ROOT / path).exists()] == []
    files = [ROOT / path for path in copied if path.endswith(".py")]
    for folder in (ROOT / path for path in copied if (ROOT / path).is_dir()):
        files += folder.rglob("*.py")
    imported = set().union(*map(list_imports, files))
    assert imported & OURS <= set(copied)
    assert {"app.py", "agents_worker.py", "requirements.txt"} <= set(copied)
    assert imported.isdisjoint({"tests", "benchmarks"})
    assert [name for name in imported if find_spec(name) is None] == []


def test_the_image_has_the_python_that_the_readme_names() -> None:
    [needed] = re.findall(r"Python (3\.\d+) or newer", (ROOT / "README.md").read_text())
    assert f"FROM python:{needed}-slim\n" in DOCKERFILE


@pytest.mark.parametrize("name", BURNS)
def test_each_command_runs_a_file_of_the_image(name: str) -> None:
    program, file = SERVICES[name]["command"]
    assert program == "python"
    assert file in list_copied()


def test_the_image_runs_a_file_of_its_own() -> None:
    [command] = re.findall(r"^CMD (.+)$", DOCKERFILE, re.M)
    assert command == '["python", "app.py"]'


@pytest.mark.parametrize("name", SERVICES)
def test_each_variable_is_a_setting(name: str) -> None:
    settings = {setting.upper() for setting in Settings.model_fields}
    assert SERVICES[name].get("environment", {}).keys() <= settings | OTHERS


def test_workers_are_told_of_every_cap() -> None:
    caps = {name.upper() for name in Settings.model_fields if "_per_" in name}
    assert len(caps) == 12
    assert caps <= SERVICES["worker"]["environment"].keys()


def test_each_secret_comes_from_the_environment_and_a_password_is_required() -> None:
    environments = [service.get("environment", {}) for service in SERVICES.values()]
    for name, value in ((n, v) for each in environments for n, v in each.items()):
        if re.search("PASSWORD|KEY|DATABASE_URL", name):
            assert re.search(r"\$\{\w+:[?-]", value), name
    assert "${BURN_POSTGRES_PASSWORD:?" in SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]
    for name in BURNS:
        assert "${BURN_POSTGRES_PASSWORD:?" in SERVICES[name]["environment"]["DATABASE_URL"]


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_runs_as_root_or_can_write_beyond_its_own_folders(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    user = service.get("user") or ("burn" if service["image"] == "burn" else "")
    assert user or "unprivileged" in service["image"]
    assert "\nUSER burn\n" in DOCKERFILE


def test_only_nginx_has_a_port_and_that_is_on_loopback() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"nginx": ["${BURN_PUBLISH:-127.0.0.1:8080}:8080"]}
    assert "listen 8080;" in NGINX


def test_nginx_finds_both_web_processes_and_they_believe_it() -> None:
    known = dict(entry.split(":") for entry in SERVICES["nginx"]["extra_hosts"])
    address = SERVICES["nginx"]["networks"]["inside"]["ipv4_address"]
    for name in ("web-1", "web-2"):
        service = SERVICES[name]
        port = service["environment"]["BURN_PORT"]
        assert f"server {name}:{port} " in NGINX
        assert known[name] == service["networks"]["inside"]["ipv4_address"]
        assert f"::ffff:{address}" in service["environment"]["FORWARDED_ALLOW_IPS"]
    [gateway] = COMPOSE["networks"]["outside"]["ipam"]["config"]
    assert f"set_real_ip_from {gateway['gateway']};" in NGINX


def test_health_is_asked_of_healthz() -> None:
    for name in ("web-1", "web-2", "nginx"):
        assert "/healthz" in str(SERVICES[name]["healthcheck"]["test"])
