"""All that is red is on one page, and each button does what it says. Every red thing here is made for real."""

import base64
import json
from datetime import timedelta

import pytest
import redis
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from o2c import wiring
from o2c.analytics import rollups
from o2c.analytics.models import ProofRun
from o2c.celery import app
from o2c.collections import dunning, jobs
from o2c.collections.models import Task
from o2c.core import clock, heartbeat, leases, messages, outbox
from o2c.core.actors import SYSTEM
from o2c.core.care import metrics
from o2c.core.models import (
    AccessRecord,
    FailedJob,
    Heartbeat,
    ImportRun,
    Message,
    OutboxEvent,
    Partition,
    Role,
    SetAside,
)
from o2c.core.rights import RIGHTS
from o2c.orders.models import Contact
from o2c.web.corrections import acts, reading
from o2c.web.corrections.kinds import KINDS
from tests.given import DAY
from tests.web.company import company


@pytest.fixture(autouse=True)
def fresh(settings, queue):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    app.loader.import_default_modules()  # as a worker does: what is done around every job
    cache.clear()
    redis.Redis.from_url(queue).delete("celery")


@pytest.fixture
def boss(given):
    return given.user("boss", Role.FINANCE_MANAGER)


@pytest.fixture
def press(boss, django_capture_on_commit_callbacks):
    """Press a button of the thing, as the finance manager; the answer's page."""
    client = Client()
    client.force_login(boss)

    def send(kind: str, act: str, key: str, **typed):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(f"{reverse('correct', args=[kind, act])}?key={key}", typed, follow=True)
        assert answer.status_code == (422 if typed == {"reason": ""} else 200), answer.content
        return answer.content.decode()

    return send


def red(user, kind: str) -> list[reading.Red]:
    return next((group.reds for group in reading.groups(user) if group.kind.name == kind), [])


def work(queue: str) -> list[str]:
    """Do the jobs that wait in the queue, as a worker would; their names."""
    broker, done = redis.Redis.from_url(queue), []
    while taken := broker.rpop("celery"):
        told = json.loads(taken)
        args, kwargs, _ = json.loads(base64.b64decode(told["body"]))
        app.tasks[told["headers"]["task"]].apply(args=args, kwargs=kwargs)
        done.append(told["headers"]["task"])
    return done


def test_broken_books_are_red_until_they_are_proven_again(given, boss, press, queue):
    item = given.open_item("100.00 EUR")
    assert red(boss, "proof") == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE invoicing_openitem DISABLE TRIGGER USER")
        cursor.execute("UPDATE invoicing_openitem SET open_amount = 99 WHERE id = %s", [item.pk])
    wiring.prove_the_books()
    found = red(boss, "proof")
    assert {each.title for each in found} == {
        "open amounts equal amounts less allocations", "receivables equal what is open",
    }  # fmt: skip
    client = Client()
    client.force_login(boss)
    assert "found something" in client.get("/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE invoicing_openitem SET open_amount = 100 WHERE id = %s", [item.pk])
        cursor.execute("ALTER TABLE invoicing_openitem ENABLE TRIGGER USER")
    assert "A worker proves the books now" in press("proof", "prove", found[0].key)
    assert work(queue) == ["o2c.wiring.prove_now"]
    assert ProofRun.objects.get().findings == []
    assert red(boss, "proof") == []
    assert "found something" not in client.get("/").content.decode()


def test_a_part_of_the_tick_that_fails_is_run_again(given, boss, press, queue, monkeypatch):
    given.entity()
    with monkeypatch.context() as broken:
        broken.setitem(wiring.PARTS, "day", lambda: 1 / 0)
        wiring.run_part("day")
    (found,) = red(boss, "work")
    assert (found.key, found.detail) == ("tick.day", "1 times in a row: ZeroDivisionError: division by zero")
    press("work", "run", "tick.day")
    assert work(queue) == ["o2c.wiring.run_part"]
    assert red(boss, "work") == []
    assert Heartbeat.objects.get(part="tick.day").failures == 0


def test_parts_that_failed_or_whose_worker_is_gone_are_tried_again(given, boss, press, queue):
    given.open_item("100.00 EUR", due=DAY - timedelta(days=30))
    run = dunning.begin_proposing(given.entity(), DAY, actor=SYSTEM)
    for _ in range(leases.MOST_ATTEMPTS):
        leases.failed(leases.take(dunning.PROPOSE, subject_id=run.pk), ValueError("no reason"))
    assert Partition.objects.get().state == "failed"
    (found,) = red(boss, "parts")
    assert found.detail == "1 parts: ValueError: no reason"
    assert found.href == reverse("run", args=[run.pk])
    press("parts", "retry", found.key)
    assert red(boss, "parts") == []
    assert set(work(queue)) >= {"o2c.collections.jobs.do_part"}
    run.refresh_from_db()
    assert run.state == "proposed"
    # one that somebody holds who is heard of no more
    leases.cut("other.work", 7, [(1, 2)])
    leases.take("other.work", subject_id=7)
    Partition.objects.filter(work="other.work").update(leased_until=clock.now() - timedelta(hours=1))
    (found,) = red(boss, "parts")
    press("parts", "retry", found.key)
    assert Partition.objects.get(work="other.work").state == "waiting"


def test_a_job_that_failed_is_done_again_or_discarded_with_a_reason(given, boss, press, queue):
    for number in (7001, 7002):
        jobs.do_part.apply(args=[number])  # there is no such part
    first, second = red(boss, "jobs")
    assert first.title == "o2c.collections.jobs.do_part"
    assert first.detail.startswith("DoesNotExist")
    press("jobs", "again", first.key)
    assert FailedJob.objects.get(pk=first.key).state == "retried"
    assert work(queue) == ["o2c.wiring.dispatch", "o2c.collections.jobs.do_part"]
    third = red(boss, "jobs")[-1]  # it failed again
    assert [each.key for each in red(boss, "jobs")] == [second.key, third.key]
    press("jobs", "discard", second.key, reason="")
    assert FailedJob.objects.get(pk=second.key).state == "open"
    press("jobs", "discard", second.key, reason="The run is gone")
    press("jobs", "discard", third.key, reason="The run is gone")
    assert red(boss, "jobs") == []
    record = AccessRecord.objects.filter(kind="corrected").latest("id")
    assert record.facts == {"act": "discard", "thing": third.key, "reason": "The run is gone"}


def test_a_job_that_this_version_does_not_have_is_not_thrown_away(given, boss, press, queue):
    FailedJob.objects.create(name="o2c.of_before.job", job_id="1", args=[7])
    (failed,) = red(boss, "jobs")
    press("jobs", "again", failed.key)
    assert work(queue) == ["o2c.wiring.dispatch"]
    (event,) = red(boss, "events")
    assert "NotRegistered: 'o2c.of_before.job'" in event.detail
    press("events", "discard", event.key, reason="It is gone for good")
    assert red(boss, "events") == []


@pytest.fixture
def broker(queue):
    """Takes the job queue away, so that Celery finds nothing that listens, and brings it back."""

    def at(address: str) -> None:
        app.conf.broker_url = address
        app._pool = app.amqp._producer_pool = None  # both remember where the queue was

    back, away = app.conf.broker_url, "redis://127.0.0.1:1/0"
    yield lambda there: at(back if there else away)
    at(back)


@pytest.mark.django_db(transaction=True)
def test_a_job_wanted_again_is_not_lost_where_the_broker_is_away(given, boss, broker, queue):
    client = Client()
    client.force_login(boss)
    jobs.do_part.apply(args=[7001])
    OutboxEvent.objects.all().delete()
    (failed,) = red(boss, "jobs")
    again = f"{reverse('correct', args=['jobs', 'again'])}?key={failed.key}"

    broker(there=False)
    assert "done as soon as the job queue answers" in client.post(again, follow=True).content.decode()
    assert FailedJob.objects.get().state == "retried"
    assert AccessRecord.objects.filter(kind="corrected", facts__thing=failed.key).count() == 1
    assert "not red any more" in client.post(again, follow=True).content.decode()  # pressed twice: wanted once
    wiring.handle_events()  # a tick by hand, while it is away still
    event = OutboxEvent.objects.get()
    assert (event.done_at, event.attempts) == (None, 1)
    assert event.payload == {"name": "o2c.collections.jobs.do_part", "args": [7001], "kwargs": {}}
    assert [each.title for each in red(boss, "events")] == ["jobs.wanted"]
    assert redis.Redis.from_url(queue).llen("celery") == 0

    broker(there=True)
    outbox.revive([event.pk])  # its next try is due
    wiring.beat()
    assert "o2c.collections.jobs.do_part" in work(queue)
    assert red(boss, "events") == []
    assert not OutboxEvent.objects.filter(kind="jobs.wanted", done_at=None).exists()
    wiring.handle_events()
    assert work(queue) == []


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_started_is_not_recorded_and_what_is_written_down_goes_on(given, boss, broker, queue):
    client = Client()
    client.force_login(boss)
    heartbeat.run("tick.day", lambda: 1 / 0)
    outbox.emit("book.changed", entity_id=given.entity().pk)
    OutboxEvent.objects.update(attempts=outbox.MOST_ATTEMPTS, last_error="no handler", position=1)
    (event,) = OutboxEvent.objects.filter(last_error="no handler")

    def press(kind: str, act: str, key) -> str:
        return client.post(f"{reverse('correct', args=[kind, act])}?key={key}", follow=True).content.decode()

    broker(there=False)
    assert "nothing was started" in press("work", "run", "tick.day")
    assert not AccessRecord.objects.filter(kind="corrected").exists()
    assert Heartbeat.objects.get(part="tick.day").failures == 1
    assert "done as soon as the job queue answers" in press("events", "retry", event.pk)
    assert AccessRecord.objects.get(kind="corrected").facts == {"act": "retry", "thing": str(event.pk)}
    wiring.handle_events()  # the tick does it, no job of the button's
    event.refresh_from_db()
    assert event.done_at is not None
    broker(there=True)
    assert "A worker does it now" in press("work", "run", "tick.day")
    assert work(queue) == ["o2c.wiring.run_part"]
    assert Heartbeat.objects.get(part="tick.day").failures == 0


def test_an_event_that_is_not_handled_is_tried_again_or_discarded(given, boss, press, queue, monkeypatch):
    def fails(payloads):
        raise RuntimeError("no handler today")

    given.entity()
    OutboxEvent.objects.all().delete()
    outbox.emit("book.changed", entity_id=given.entity().pk)
    outbox.emit("book.changed", entity_id=given.entity().pk)
    outbox.dispatch({"book.changed": (fails,)})
    first, second = red(boss, "events")
    assert "no handler today" in first.detail
    assert "tried again at" in first.detail
    OutboxEvent.objects.filter(pk=second.key).update(attempts=outbox.MOST_ATTEMPTS)
    assert red(boss, "events")[1].detail.startswith("given up")
    press("events", "discard", second.key, reason="Of a version that is gone")
    press("events", "retry", first.key)
    assert work(queue) == ["o2c.wiring.dispatch"]
    assert not OutboxEvent.objects.filter(done_at=None).exists()
    assert red(boss, "events") == []


def test_messages_are_sent_again_or_left_unsent(given, boss, press, queue, settings, tmp_path):
    settings.O2C_MAIL_SPOOL = tmp_path
    given.entity()
    made = {
        state: Message.objects.create(
            key=state, owner="DE1", sender="a@b.example", recipient="c@d.example", subject=state, text="x",
            language="en", state=state, not_before=clock.now() - timedelta(hours=hours),
            claimed_at=clock.now() - timedelta(hours=1),
        )
        for state, hours in (("refused", 0), ("unsure", 0), ("sending", 0), ("queued", 2), ("sent", 0))
    }  # fmt: skip
    assert {each.title.split(" to ")[0] for each in red(boss, "messages")} == set(made) - {"sent"}
    assert "may still be at work" in press("messages", "again", made["sending"].pk)
    press("messages", "give_up", made["unsure"].pk, reason="They have it")
    press("messages", "again", made["refused"].pk)
    assert "o2c.wiring.run_part" in work(queue)
    states = dict(Message.objects.values_list("key", "state"))
    assert (states["refused"], states["unsure"], states["queued"]) == ("spooled", "cancelled", "spooled")
    assert messages.Message.objects.filter(state="queued").count() == 0


def test_rejected_rows_and_money_on_account_are_set_aside_and_come_back(given, boss, press, settings):
    customer = given.customer("K-1")
    receipt = given.receipt("50.00 EUR", customer=customer, on=clock.today() - timedelta(days=40))
    given.receipt("50.00 EUR", customer=customer, on=clock.today())
    loaded = {"kind": "open-items", "source": "erp", "owner": "DE1", "sha256": "0" * 64, "rows": 9, "actor": "system"}
    first = ImportRun.objects.create(file_name="a.csv", rejected=2, **loaded)
    ImportRun.objects.create(file_name="b.csv", rejected=2, dry_run=True, **loaded)
    (rows,) = red(boss, "imports")
    assert (rows.key, rows.detail) == (str(first.pk), "2 of 9 rows of open-items")
    (money,) = red(boss, "on_account")
    assert (money.key, money.detail) == (str(receipt.pk), "50 EUR not applied")
    press("on_account", "set_aside", money.key, reason="An advance", until=clock.today() + timedelta(days=1))
    press("imports", "set_aside", rows.key, reason="Not ours")
    assert red(boss, "on_account") == red(boss, "imports") == []
    SetAside.objects.filter(kind="on_account").update(until=clock.today())
    assert red(boss, "on_account") == [money]
    given.open_item("50.00 EUR", customer=customer)
    assert Client().get(reverse("corrections")).status_code == 302
    # loaded again without a mistake: not red either
    SetAside.objects.all().delete()
    ImportRun.objects.create(file_name="a.csv", rejected=0, **loaded)
    assert red(boss, "imports") == []


def test_a_notice_without_an_address_goes_when_there_is_one(given, boss):
    customer = given.customer("K-1", email="")
    given.open_item("100.00 EUR", customer=customer, due=DAY - timedelta(days=30))
    dunning.run_day(given.entity(), DAY, actor=SYSTEM)
    run = dunning.DunningRun.objects.get()
    if run.state == "proposed":
        dunning.approve(run, actor=SYSTEM)
        dunning.send(run, actor=SYSTEM)
    assert Task.objects.filter(kind="no_contact").exists()
    (found,) = red(boss, "no_address")
    assert found.href == reverse("customer", args=[customer.pk])
    Contact.objects.create(customer=customer, name="AP", email="ap@k1.example")
    assert red(boss, "no_address") == []


def test_a_currency_without_a_rate_is_red_until_there_is_one(given, boss, press, settings):
    from o2c.invoicing.models import ExchangeRate

    given.open_item("100.00 USD")
    rollups.refresh(given.entity().pk, clock.today())
    (found,) = red(boss, "rates")
    assert (found.key, found.detail) == ("DE1 USD", "1 items without a rate")
    settings.O2C_RATES_URL = ""
    assert "No address is set" in press("rates", "fetch", "DE1 USD")
    ExchangeRate.objects.create(currency="USD", on=clock.today(), rate="1.1")
    assert red(boss, "rates") == []


def test_who_sees_and_may_what(given, boss):
    company(given, "DE1", "Shown")
    company(given, "UK9", "Hidden")
    heartbeat.run("tick.day", lambda: 1 / 0)
    limited = given.user("limited", Role.FINANCE_MANAGER, entities=[given.entity("DE1")])
    client = Client()
    client.force_login(limited)
    page = client.get(reverse("corrections")).content.decode()
    assert "Shown" in page
    assert "Hidden" not in page
    assert "tick.day" not in page  # the installation concerns who sees all of it
    hidden = Message.objects.get(owner="UK9")
    url = reverse("correct", args=["messages", "again"])
    assert client.post(f"{url}?key={hidden.pk}", follow=True).status_code == 200
    hidden.refresh_from_db()
    assert hidden.state == "unsure"
    # a clerk sees messages and may not settle them; an auditor may nothing at all
    clerk, auditor = Client(), Client()
    clerk.force_login(given.user("clerk", Role.CASH_CLERK))
    auditor.force_login(given.user("auditor", Role.AUDITOR))
    shown = Message.objects.get(owner="DE1")
    assert "Shown subject" in clerk.get(reverse("corrections")).content.decode()
    assert clerk.post(f"{url}?key={shown.pk}").status_code == 403
    assert auditor.get(reverse("corrections")).status_code == 200
    assert auditor.post(f"{url}?key={shown.pk}").status_code == 403
    for wrong in (["messages", "nothing"], ["nothing", "again"]):
        assert client.post(reverse("correct", args=wrong)).status_code == 404


def test_the_number_in_the_navigation_is_of_what_one_may_put_right(given, boss):
    company(given, "DE1", "Shown")
    cache.clear()
    clerk = given.user("clerk", Role.CASH_CLERK)
    assert reading.count(boss) == reading.count(clerk) + len(red(boss, "messages"))
    client = Client()
    client.force_login(boss)
    assert f"{reading.count(boss)}<span" in client.get(reverse("corrections")).content.decode()


def test_the_page_costs_the_same_however_much_is_red(given, boss):
    company(given, "DE1", "Shown")
    client = Client()
    client.force_login(boss)

    client.get(reverse("corrections"))  # what is read once

    def queries() -> int:
        reading.forget(boss)
        with CaptureQueriesContext(connection) as caught:
            client.get(reverse("corrections"))
            return len(caught)

    few = queries()
    FailedJob.objects.bulk_create(FailedJob(name=f"job {n}", job_id=str(n)) for n in range(60))
    assert queries() == few <= 8
    group = next(group for group in reading.groups(boss) if group.kind.name == "jobs")
    assert (group.total, len(group.reds), group.more) == (60, reading.SHOWN, 60 - reading.SHOWN)


def test_every_button_has_an_act_and_every_kind_a_right():
    assert {(kind.name, act.name) for kind in KINDS.values() for act in kind.acts} == {
        *acts.START, *acts.DO,
        *((kind.name, "set_aside") for kind in KINDS.values() if "set_aside" in {a.name for a in kind.acts}),
    }  # fmt: skip
    assert all(RIGHTS[kind.right] <= RIGHTS["corrections.act"] <= RIGHTS["corrections.read"] for kind in KINDS.values())


def test_the_metrics_count_it(given):
    FailedJob.objects.create(name="x", job_id="1")
    shown = {
        sample.labels["kind"]: sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name == "o2c_corrections"
    }
    assert shown == {**dict.fromkeys(KINDS, 0), "jobs": 1}


def test_beat_ticks_when_it_starts(queue):
    from celery.signals import beat_init

    beat_init.send(sender=None)
    broker = redis.Redis.from_url(queue)
    assert [json.loads(each)["headers"]["task"] for each in broker.lrange("celery", 0, -1)] == ["o2c.wiring.tick"]
