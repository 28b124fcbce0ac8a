"""/readyz: each check's state, age and limit, and 503 when something is missing that pages need."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test import Client

from o2c.core import clock, outbox
from o2c.core.care import broker, checks, heartbeat
from o2c.core.models import Heartbeat, OutboxEvent


@pytest.fixture
def all_well(db, queue, settings):
    """A worker has just said that it lives, and beat has just ticked."""
    settings.CELERY_BROKER_URL = queue
    broker.client().delete(broker.WORKERS)
    broker.worker_lives("host:1")
    heartbeat.tick()


def states(client, address="/readyz"):
    response = client.get(address)
    answer = response.json()
    return response.status_code, answer["status"], {name: check["state"] for name, check in answer["checks"].items()}


NAMES = ["database", "migrations", "beat", "outbox", "broker", "worker"]


def test_all_is_well(client, all_well):
    status, said, found = states(client, "/readyz?all")
    assert (status, said) == (200, "ready")
    assert found == dict.fromkeys(NAMES, "ok")


def test_every_check_says_its_age_and_limit_and_nothing_else(client, all_well):
    answer = client.get("/readyz").json()
    assert all(set(check) == {"state", "needed", "age", "limit"} for check in answer["checks"].values())
    assert answer["checks"]["worker"]["limit"] == checks.WORKER_LIMIT
    assert 0 <= answer["checks"]["worker"]["age"] < 60
    assert answer["checks"]["beat"]["limit"] == checks.BEAT_LIMIT


def test_a_tick_that_is_overdue_degrades_but_turns_no_visitor_away(client, all_well):
    Heartbeat.objects.update(started_at=clock.now() - timedelta(seconds=checks.BEAT_LIMIT + 5))
    assert states(client) == (200, "degraded", {**dict.fromkeys(NAMES, "ok"), "beat": "late"})
    assert states(client, "/readyz?all")[0] == 503


def test_no_worker_and_no_tick_so_far(client, all_well):
    broker.client().delete(broker.WORKERS)
    Heartbeat.objects.all().delete()
    status, said, found = states(client)
    assert (status, said) == (200, "degraded")
    assert (found["worker"], found["beat"]) == ("unknown", "unknown")


def test_a_silent_worker_is_late_while_another_lives_is_well(client, all_well):
    broker.client().zadd(broker.WORKERS, {"host:1": clock.now().timestamp() - 3600})
    assert states(client)[2]["worker"] == "late"
    broker.worker_lives("host:2")
    assert states(client)[2]["worker"] == "ok"


def test_an_event_that_waits_too_long(client, all_well):
    outbox.emit("items.settled", customer_id=1)
    assert states(client)[2]["outbox"] == "ok"
    OutboxEvent.objects.update(created_at=clock.now() - timedelta(seconds=checks.OUTBOX_LIMIT + 5))
    assert states(client)[2]["outbox"] == "late"
    # One that failed too often waits for a person and is counted elsewhere.
    OutboxEvent.objects.update(attempts=outbox.MOST_ATTEMPTS)
    assert states(client)[2]["outbox"] == "ok"


def test_without_a_broker_no_page_that_starts_work_can_be_answered(client, all_well, settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nobody.sock?virtual_host=0"
    status, said, found = states(client)
    assert (status, said) == (503, "not ready")
    assert (found["broker"], found["worker"], found["database"]) == ("failed", "unknown", "ok")


def test_a_missing_migration_is_not_ready(client, all_well, monkeypatch):
    monkeypatch.setattr(checks, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'orders'")
    status, said, found = states(client)
    assert (status, said, found["migrations"]) == (503, "not ready", "failed")


def test_an_unreachable_database_is_not_ready(all_well, monkeypatch):
    # A thread has a connection of its own, so the address can be wrong for it alone.
    monkeypatch.setitem(connections.settings["default"], "HOST", "/nowhere")
    with ThreadPoolExecutor(1) as pool:
        status, _said, found = pool.submit(lambda: states(Client())).result()
    assert status == 503
    assert found["database"] == "failed"
    assert found["migrations"] == found["outbox"] == "unknown"
    assert found["broker"] == "ok"


def test_it_answers_before_host_check_and_session(client, all_well):
    response = client.get("/readyz", headers={"host": "unknown.example"})
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
