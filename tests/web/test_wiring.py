"""What happens when: every event has its place in the table, and the tick does what is due, once."""

import ast
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils.module_loading import import_string

from o2c import ROOT, wiring
from o2c.analytics.models import BookRollup, CustomerRollup, ProofRun
from o2c.celery import app
from o2c.collections import promises, worklist
from o2c.collections.models import DunningRun, DunningSettings, PromiseToPay, Task
from o2c.core import heartbeat, outbox
from o2c.core.actors import SYSTEM
from o2c.core.models import Heartbeat, OutboxEvent
from o2c.invoicing import cash
from o2c.invoicing.models import Allocation
from tests.given import DAY, Given

FOLDERS = ("o2c", "orders", "invoicing", "collections", "analytics")
NOON = f"{DAY}T12:00:00Z"


def emitted() -> set[str]:
    """Every kind that is named where an event is emitted; a kind that is worked out cannot be read off and fails."""
    kinds = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = node.func if isinstance(node, ast.Call) else None
                name = getattr(called, "attr", getattr(called, "id", None))
                if name in ("emit", "emit_all") and not (
                    isinstance(called, ast.Attribute) and called.value.id != "outbox"
                ):
                    assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
                    kinds.add(node.args[0].value)
    return kinds


def test_every_event_has_its_place_in_the_table():
    assert emitted() == set(wiring.HANDLERS)


def test_every_handler_is_there():
    for names in wiring.HANDLERS.values():
        assert all(callable(import_string(name)) for name in names)


def test_the_worker_knows_every_job_of_the_beat():
    app.loader.import_default_modules()
    jobs = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert jobs <= set(app.tasks)


@time_machine.travel(NOON, tick=True)
def test_a_payment_goes_through_to_promise_task_ranking_and_figures(given):
    item = given.open_item("100.00 EUR", due=DAY - timedelta(days=30))
    other = given.open_item("40.00 EUR", customer=item.customer, due=DAY - timedelta(days=30))
    DunningSettings.objects.update(paused=True)
    promise = promises.record(
        customer=item.customer,
        entity=item.entity,
        items=[(item, item.amount)],
        pay_by=DAY,
        promised_on=DAY - timedelta(days=5),
        actor=SYSTEM,
    )
    task = worklist.create(
        entity=item.entity, customer=item.customer, kind=Task.Kind.MANUAL, why="Call", due_on=DAY, actor=SYSTEM
    )
    assert no_error(wiring.beat())["figures"] == {"seconds": {"DE1": BookRollup.objects.get().seconds}}
    assert CustomerRollup.objects.get().overdue == 140
    given.pay(item, on=DAY)
    no_error(wiring.beat())
    promise.refresh_from_db()
    task.refresh_from_db()
    assert (promise.state, task.at_risk, CustomerRollup.objects.get().overdue) == ("kept", 40, 40)
    cash.unapply(Allocation.objects.get(), on=DAY, actor=SYSTEM)
    no_error(wiring.beat())
    promise.refresh_from_db()
    assert promise.state == "open"
    made_at = BookRollup.objects.get().made_at
    assert no_error(wiring.beat())["figures"] == {"seconds": {}}
    assert BookRollup.objects.get().made_at == made_at
    assert OutboxEvent.objects.filter(done_at=None).count() == 0
    assert other.open_amount == 40


def no_error(results: dict) -> dict:
    assert not [part for part, result in results.items() if "error" in result], results
    return results


def test_a_day_that_turns_breaks_promises_wakes_tasks_and_makes_the_figures_anew(given):
    with time_machine.travel(NOON, tick=True):
        item = given.open_item("100.00 EUR", due=DAY)
        DunningSettings.objects.update(paused=True)
        promises.record(
            customer=item.customer,
            entity=item.entity,
            items=[(item, item.amount)],
            pay_by=DAY,
            promised_on=DAY,
            actor=SYSTEM,
        )
        task = worklist.create(
            entity=item.entity, customer=item.customer, kind=Task.Kind.MANUAL, why="Call", due_on=DAY, actor=SYSTEM
        )
        worklist.snooze(task, DAY + timedelta(days=2), SYSTEM)
        no_error(wiring.beat())
        task.refresh_from_db()
        assert (task.state, task.at_risk) == ("snoozed", 0)
    with time_machine.travel(f"{DAY + timedelta(days=2)}T12:00:00Z", tick=True):
        results = no_error(wiring.beat())
        assert results["day"] == {
            "judged": 1,
            "escalated": 0,
            "woken": 1,
            "put_back": 0,
            "passed_on": 0,
            "ending": 0,
            "given_out": 0,
        }
        task.refresh_from_db()
        assert (task.state, task.snoozed_until, task.at_risk) == ("open", None, 100)
        assert PromiseToPay.objects.get().state == "broken"
        assert Task.objects.filter(kind="broken_promise").count() == 1
        assert BookRollup.objects.get().as_of == DAY + timedelta(days=2)
        again = no_error(wiring.beat())
        assert again["day"] == dict.fromkeys(again["day"], 0)
        assert Task.objects.filter(kind="broken_promise").count() == 1


@time_machine.travel(NOON, tick=True)
def test_one_parts_failure_is_seen_and_stops_no_other(given, monkeypatch):
    def fails():
        raise ZeroDivisionError("by design")

    given.entity()
    DunningSettings.objects.update(paused=True)
    monkeypatch.setitem(wiring.PARTS, "day", fails)
    for times in (1, 2):
        results = wiring.beat()
        assert results["day"] == {"error": "ZeroDivisionError: by design"}
        assert list(heartbeat.failing().values_list("part", "failures")) == [("tick.day", times)]
    assert BookRollup.objects.count() == 1
    monkeypatch.undo()
    no_error(wiring.beat())
    assert list(heartbeat.failing()) == []
    assert Heartbeat.objects.get(part="tick.day").last_error == ""


def test_the_books_are_proven_once_a_night_and_red_is_kept(given, monkeypatch):
    with time_machine.travel("2026-03-02T01:00:00Z", tick=False):
        assert wiring.prove() == {}
    with time_machine.travel("2026-03-02T01:30:00Z", tick=False):
        assert wiring.prove() == {"findings": 0}
        assert wiring.prove() == {}
    with time_machine.travel("2026-03-03T09:00:00Z", tick=False):
        monkeypatch.setitem(wiring.proof.RULES, "never", "SELECT 'book', 'is red'")
        assert wiring.prove() == {"findings": 1}
    first, second = ProofRun.objects.order_by("as_of")
    assert (first.as_of, first.findings) == (date(2026, 3, 2), [])
    assert second.findings == [{"rule": "never", "subject": "book", "text": "is red"}]


@time_machine.travel(NOON, tick=True)
def test_the_command_answers_for_every_part_and_fails_with_one(given, monkeypatch):
    given.entity()
    DunningSettings.objects.update(paused=True)
    out = StringIO()
    call_command("tick", "--json", stdout=out)
    assert set(json.loads(out.getvalue())) == set(wiring.PARTS)
    monkeypatch.setitem(wiring.PARTS, "day", lambda: 1 / 0)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("tick", stdout=out)
    assert "day: error ZeroDivisionError" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_ticks_at_once_do_each_thing_once():
    """Four ticks at the same moment, then one more: every event handled once, one task, one run, one proof."""
    given = Given()
    with time_machine.travel(NOON, tick=True):
        item = given.open_item("100.00 EUR", due=DAY - timedelta(days=30))
        DunningSettings.objects.update(paused=True)
        promise = promises.record(
            customer=item.customer,
            entity=item.entity,
            items=[(item, item.amount)],
            pay_by=DAY - timedelta(days=3),
            promised_on=DAY - timedelta(days=5),
            actor=SYSTEM,
        )
        for _ in range(20):
            outbox.emit("book.changed", entity_id=item.entity_id)
        barrier = threading.Barrier(4)

        def one(_):
            try:
                barrier.wait(timeout=60)
                return wiring.beat()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            ticks = list(pool.map(one, range(4)))
        ticks.append(wiring.beat())
    for results in ticks:
        no_error(results)
    assert sum(results["events"].get("done", 0) for results in ticks) == OutboxEvent.objects.count() == 21
    assert not OutboxEvent.objects.filter(done_at=None).exists()
    assert OutboxEvent.objects.filter(attempts=1).count() == 21
    promise.refresh_from_db()
    assert promise.state == "broken"
    assert Task.objects.count() == 1
    assert ProofRun.objects.count() == 1
    assert BookRollup.objects.count() == 1
    assert DunningRun.objects.count() == 0


def test_every_thread_of_every_process_queues_in_our_application():
    """The web queues jobs in threads of its own; without ours, Celery makes an application that knows no broker."""
    asked = """
import threading, django
django.setup()
from django.conf import settings
from o2c.collections.jobs import do_part
ask = lambda: print(do_part.app.main, do_part.app.conf.broker_url == settings.CELERY_BROKER_URL)
thread = threading.Thread(target=ask); thread.start(); thread.join(); ask()
"""
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "o2c.settings"}
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.stdout == "o2c True\no2c True\n", done.stderr
