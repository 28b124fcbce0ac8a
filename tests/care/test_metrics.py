"""/metrics: who may read it, and that the figures are those of the database, the broker and all web processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from o2c import ROOT
from o2c.core import outbox
from o2c.core.audit import signs
from o2c.core.care import broker, heartbeat
from o2c.core.environment import networks
from o2c.core.models import Message, OutboxEvent
from o2c.core.services.processes import wait_until


@pytest.fixture
def empty_broker(queue, settings):
    settings.CELERY_BROKER_URL = queue
    broker.client().flushdb()


def figures(text: str) -> dict[tuple, float]:
    """(name, the values of its labels in the order of their names) → value."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize(
    ("asked_from", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        ("10.2.2.3", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("203.0.113.9", {"Authorization": "Bearer right"}, 200),
        ("203.0.113.9", {"Authorization": "Bearer wrong"}, 403),
        ("203.0.113.9", {"Authorization": "Bearer "}, 403),
        ("", {}, 403),
    ],
)
def test_who_may_read_it(client, db, empty_broker, settings, asked_from, headers, status):
    settings.O2C_METRICS_FROM = networks("O2C_METRICS_FROM", ["127.0.0.0/8", "10.1.0.0/16"])
    settings.O2C_METRICS_TOKEN = "right"
    answer = client.get("/metrics", headers=headers, REMOTE_ADDR=asked_from)
    assert answer.status_code == status
    assert (b"o2c_outbox_waiting" in answer.content) == (status == 200)


def test_without_a_token_none_is_right(client, db, empty_broker, settings):
    settings.O2C_METRICS_TOKEN = ""
    answer = client.get("/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 403


def test_the_figures_are_those_of_the_database_and_the_broker(client, db, empty_broker):
    for number in range(3):
        outbox.emit("items.settled", customer_id=number)
    OutboxEvent.objects.filter(pk=OutboxEvent.objects.last().pk).update(attempts=outbox.MOST_ATTEMPTS)
    Message.objects.create(key="k", owner="DE1", sender="a@b.example", recipient="c@d.example", subject="", text="",
                           language="en", state=Message.State.UNSURE)  # fmt: skip
    for _ in range(2):
        signs.failed(signs.Kind.SIGN_IN_FAILED, None)
    heartbeat.tick()
    broker.worker_lives("host:1")
    broker.client().rpush(broker.QUEUE, "one", "two")
    broker.count_job("o2c.wiring.tick", "success", 1.5)
    broker.count_job("o2c.wiring.tick", "success", 0.5)
    broker.count_job("o2c.wiring.tick", "failure", 0.25)
    shown = figures(client.get("/metrics").content.decode())
    expected = {
        ("o2c_outbox_waiting",): 3,
        ("o2c_outbox_dead",): 1,
        ("o2c_messages", "unsure"): 1,
        ("o2c_messages", "queued"): 0,
        ("o2c_access_last_hour", "sign_in_failed"): 2,
        ("o2c_access_last_hour", "locked_out"): 0,
        ("o2c_queue_waiting",): 2,
        ("o2c_workers",): 1,
        ("o2c_jobs_total", "o2c.wiring.tick", "success"): 2,
        ("o2c_job_seconds_total", "o2c.wiring.tick", "success"): 2.0,
        ("o2c_jobs_total", "o2c.wiring.tick", "failure"): 1,
        ("o2c_part_failures", "tick"): 0,
        ("o2c_check_ok", "database"): 1,
        ("o2c_check_ok", "worker"): 1,
    }
    assert {key: shown[key] for key in expected} == expected
    assert shown[("o2c_part_success_age_seconds", "tick")] < 60
    assert ("o2c_audit_rows", "core_accessrecord") in shown
    assert ("o2c_audit_rows", "orders_customerevent") in shown


def test_a_broker_that_is_away_takes_only_its_own_figures_with_it(client, db, settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nobody.sock?virtual_host=0"
    shown = figures(client.get("/metrics").content.decode())
    assert shown[("o2c_check_ok", "broker")] == 0
    assert ("o2c_outbox_waiting",) in shown
    assert ("o2c_queue_waiting",) not in shown


@pytest.mark.django_db(transaction=True)
def test_any_web_process_answers_for_all_and_the_log_is_json(child_environment, tmp_path):
    environ = child_environment | {
        "O2C_PORT": "0", "O2C_WEB_WORKERS": "2", "O2C_RUN_DIR": str(tmp_path), "O2C_LOG_LEVEL": "INFO",
    }  # fmt: skip
    with (tmp_path / "log").open("wb") as written:
        web = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "web"], cwd=ROOT, env=environ, stdout=written,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        port = listening_port(web.pid)
        for _ in range(40):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/login/").read()
        shown = figures(urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode())
    finally:
        os.killpg(web.pid, signal.SIGTERM)
        web.wait(30)
    assert shown[("o2c_requests_total", "GET", "200", "login")] == 40
    assert shown[("o2c_request_seconds_count", "login")] == 40
    lines = [line for line in (tmp_path / "log").read_text().splitlines() if line]
    assert sum('"event": "answered"' in line for line in lines) == 40
    assert [line for line in lines if not re.match(r'\{".*\}$', line)] == []


def listening_port(pid: int) -> int:
    """The TCP port that the process listens on, once it does."""
    import psutil

    def ports():
        return [c.laddr.port for c in psutil.Process(pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]

    wait_until(ports, seconds=60)
    return ports()[0]
