"""docker-compose.yml and the Dockerfile, read as data: what we cannot start here must at least be coherent."""

import re

import pytest
import yaml

from stack.processes import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
SETTINGS = "".join((ROOT / "config" / name).read_text() for name in ("settings.py", "env.py"))
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_every_service_of_the_product_is_there() -> None:
    assert SERVICES.keys() == {"postgres", "valkey", "migrate", "web", "worker", "beat", "anvil"}
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["anvil"]["profiles"] == ["devchain"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_lasting_service_has_a_health_check_and_restarts(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_the_settings_read(name: str) -> None:
    known = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', SETTINGS))

    assert {variable.removesuffix("_FILE") for variable in SERVICES[name]["environment"]} - known == set()


@pytest.mark.parametrize("name", OURS)
def test_no_container_of_ours_can_gain_rights_or_write_outside_its_volumes(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["build"]["target"] == "product"


def test_every_named_volume_is_declared_and_holds_what_must_last() -> None:
    mounts = {name: service.get("volumes", []) for name, service in SERVICES.items()}
    named = {mount.split(":")[0] for found in mounts.values() for mount in found if re.match(r"[a-z]+:", mount)}

    assert named == COMPOSE["volumes"].keys()
    # The folder of PostgreSQL 18's image; the older /var/lib/postgresql/data would stay empty.
    assert mounts["postgres"] == ["postgres:/var/lib/postgresql"]
    assert mounts["valkey"] == ["valkey:/data"]


@pytest.mark.parametrize("stage", ["product", "devchain"])
def test_every_image_runs_without_root(stage: str) -> None:
    section = re.split(r"^FROM ", DOCKERFILE.split(f" AS {stage}\n")[1], flags=re.MULTILINE)[0]
    users = re.findall(r"^USER (\w+)$", section, flags=re.MULTILINE)

    assert users != []
    assert users[-1] != "root"


def test_the_commands_are_those_of_make_run() -> None:
    from pathlib import Path

    from stack.layout import Layout
    from stack.plan import plan_services

    ours = {program.part.name: program.part.command for program in plan_services(Layout(Path("var")), 8000)}

    assert SERVICES["web"]["command"][:3] == ours["web"][2:5]
    assert SERVICES["worker"]["command"] == ours["worker"][2:]
    assert SERVICES["beat"]["command"][:5] == ours["beat"][2:7]
    assert SERVICES["migrate"]["command"][:3] == ["python", "manage.py", "migrate"]


def test_the_chain_of_compose_is_the_version_of_make_run() -> None:
    from stack import anvil

    assert f"{anvil.PACKAGE}@{anvil.VERSION}" in DOCKERFILE


def test_secrets_have_no_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    assert set(re.findall(r"\$\{(\w+):\?", text)) == {"SECRET_KEY", "POSTGRES_PASSWORD"}
