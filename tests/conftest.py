"""The instance that the tests run in: their own servers, so that a demo running beside them is untouched."""

from __future__ import annotations

import os
from pathlib import Path

import django
import pytest

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("O2C_RUN_DIR", str(ROOT / ".run" / "test"))
# A crash of the machine may cost the tests' data; and pages need no collected files.
os.environ.setdefault("O2C_SCRATCH", "1")
os.environ.setdefault("O2C_HASHED_STATIC", "0")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "o2c.settings")
django.setup()


@pytest.fixture(scope="session")
def services():
    """The test instance's servers, running; left running for the next time."""
    from o2c.core.services import Instance
    from o2c.core.services.commands import Servers

    servers = Servers(Instance.of())
    servers.up()
    return servers


@pytest.fixture(scope="session")
def seat(services):
    """A number that no other test session in this instance has: several may run side by side."""
    from o2c.core.services.processes import try_lock

    for number in range(16):
        with (services.instance.run / f"seat-{number}.lock").open("a") as file:
            if try_lock(file):
                yield number
                return
    pytest.exit("Sixteen test sessions already run in this instance.")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(seat):
    """Give this session a database and a queue of its own."""
    from django.conf import settings

    name = f"test_o2c_{seat}"
    for database in settings.DATABASES.values():
        database.setdefault("TEST", {})["NAME"] = name


@pytest.fixture
def given(db):
    """Builds what a test needs in the domain's words; see tests/given.py."""
    from tests.given import Given

    return Given()
