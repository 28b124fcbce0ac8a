"""What a test session gives to the processes that its tests start."""

import subprocess
import sys

import pytest

from o2c import ROOT


@pytest.mark.django_db
def test_a_process_of_a_test_works_on_the_sessions_database_and_queue(child_environment):
    from django.db import connection

    show = "from django.db import connection as c; from o2c.celery import app; c.ensure_connection();"
    show += "print(c.settings_dict['NAME'], app.connection().default_channel.client.connection_pool.connection_kwargs)"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", show]
    done = subprocess.run(command, cwd=ROOT, env=child_environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    database, broker = done.stdout.split(" ", 1)
    assert database == connection.settings_dict["NAME"]
    assert database.startswith("test_o2c_")
    assert "valkey.sock" in broker


@pytest.mark.django_db
def test_the_session_starts_with_every_migration_applied(django_db_setup):
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
