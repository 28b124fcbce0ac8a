"""Acts on many tasks at once, and taking them back."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from o2c.collections import bulk, disputes, holds, promises, worklist
from o2c.collections.bulk import Undone
from o2c.collections.models import Activity, BulkAct, BulkChange, Queue, Task
from o2c.collections.worklist import TaskRefused
from o2c.core import clock, messages
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message, MessageAttachment, Role
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Account
from tests.given import DAY

LATER = DAY + timedelta(days=5)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(f"{DAY}T09:00:00Z", tick=False) as moment:
        yield moment


@pytest.fixture
def collector(given):
    return given.user("tomas", Role.COLLECTOR)


@pytest.fixture
def tasks(given, collector):
    """Makes so many tasks of customers who owe since a while, for the collector."""

    def make(count=3, **details):
        made = []
        for number in range(count):
            customer = given.customer(f"T{number}", name=f"Customer {number}")
            given.open_item(f"{100 + number}.00 EUR", customer=customer, due=DAY - timedelta(days=9))
            made.append(
                worklist.create(
                    entity=given.entity(), customer=customer, kind=Task.Kind.MANUAL, why="Call them", due_on=DAY,
                    actor=SYSTEM, **{"assignee": collector, **details},
                )
            )  # fmt: skip
        return made

    return make


def ids(tasks) -> list[int]:
    return [task.pk for task in tasks]


def now(*columns) -> list:
    return list(Task.objects.order_by("pk").values_list(*columns, flat=len(columns) == 1))


def test_tasks_are_put_away_and_back_again(tasks, collector):
    made = tasks(3)
    worklist.claim(made[0], collector)
    act = bulk.snooze(collector, ids(made), LATER, key=uuid.uuid4())
    assert now("state", "snoozed_until", "claimed_by") == [("snoozed", LATER, None)] * 3
    assert list(Activity.objects.values_list("kind", "text")) == [("snooze", f"Until {LATER}.")] * 3
    assert bulk.undo(act, collector) == Undone(tasks=3)
    assert now("state", "snoozed_until", "claimed_by") == [
        ("claimed", None, collector.pk), ("open", None, None), ("open", None, None),
    ]  # fmt: skip
    assert list(BulkChange.objects.values_list("taken_back", flat=True)) == [True] * 3
    with pytest.raises(TaskRefused, match="taken back already"):
        bulk.undo(act, collector)


def test_what_somebody_went_on_with_stays_so(tasks, collector, given):
    made = tasks(4)
    other = given.user("anna", Role.COLLECTOR)
    act = bulk.snooze(collector, ids(made), LATER, key=uuid.uuid4())
    worklist.claim(made[0], other)
    worklist.done(made[1], "", actor=Actor.of(other))
    worklist.snooze(made[2], LATER + timedelta(days=1), Actor.of(other))
    assert bulk.undo(act, collector) == Undone(tasks=1, tasks_left=3)
    assert now("state") == ["claimed", "done", "snoozed", "open"]


def test_what_others_are_on_or_what_is_done_is_left_and_counted(tasks, collector, given):
    made = tasks(4)
    other = given.user("anna", Role.COLLECTOR)
    worklist.claim(made[0], other)
    worklist.done(made[1], "", actor=Actor.of(other))
    act = bulk.finish(collector, ids(made), "no_answer", "Nobody there", key=uuid.uuid4())
    assert (act.changes.count(), act.left) == (2, 2)
    assert now("state", "outcome") == [("claimed", ""), ("done", ""), ("done", "no_answer"), ("done", "no_answer")]
    assert bulk.undo(act, collector) == Undone(tasks=2)
    assert now("state", "outcome", "done_at")[2:] == [("open", "", None)] * 2


def test_tasks_are_given_to_who_sees_their_legal_entity(tasks, collector, given):
    made = tasks(2)
    elsewhere = given.entity("AT1")
    stranger = given.user("zoe", Role.COLLECTOR, entities=[elsewhere])
    manager = given.user("mona", Role.FINANCE_MANAGER)
    assert bulk.give(manager, ids(made), stranger, key=uuid.uuid4()).left == 2
    queue = Queue.objects.create(code="key", name="Key accounts")
    act = bulk.give(manager, ids(made), queue, key=uuid.uuid4())
    assert now("assignee", "queue") == [(None, queue.pk)] * 2
    assert bulk.undo(act, manager) == Undone(tasks=2)
    assert now("assignee", "queue") == [(collector.pk, None)] * 2


def test_rows_of_legal_entities_that_one_does_not_see_are_left(tasks, given):
    made = tasks(2)
    stranger = given.user("zoe", Role.COLLECTOR, entities=[given.entity("AT1")])
    act = bulk.snooze(stranger, ids(made), LATER, key=uuid.uuid4())
    assert (act.changes.count(), act.left, now("state")) == (0, 2, ["open", "open"])


def test_a_day_that_is_not_to_come_is_refused_and_nothing_is_written(tasks, collector):
    made = tasks(2)
    with pytest.raises(TaskRefused, match="a day to come"):
        bulk.snooze(collector, ids(made), DAY, key=uuid.uuid4())
    assert not BulkAct.objects.exists()
    assert now("state") == ["open", "open"]


def test_a_form_sent_twice_acts_once(tasks, collector):
    made, key = tasks(2), uuid.uuid4()
    first = bulk.remind(collector, ids(made), key=key)
    again = bulk.remind(collector, ids(made), key=key)
    assert (first.pk, again.changes.count()) == (again.pk, 2)
    assert Message.objects.count() == 2


def test_each_customer_is_reminded_once_with_its_statement(tasks, collector, given):
    made = tasks(2)
    second = worklist.create(
        entity=given.entity(), customer=made[0].customer, kind=Task.Kind.MANUAL, why="Another", due_on=DAY, actor=SYSTEM
    )
    act = bulk.remind(collector, [*ids(made), second.pk], until=LATER, key=uuid.uuid4())
    assert sorted(Message.objects.values_list("recipient", flat=True)) == [
        "Accounts payable T0 <ap@t0.example>", "Accounts payable T1 <ap@t1.example>",
    ]  # fmt: skip
    message = Message.objects.get(recipient__contains="ap@t0")
    assert message.subject == "Overdue invoices as of 2 March 2026, customer T0"
    assert "Overdue: 100.00 EUR" in message.text
    assert MessageAttachment.objects.filter(message=message, document__media_type="application/pdf").count() == 1
    assert act.changes.filter(message=message).count() == 2
    assert now("state", "snoozed_until") == [("snoozed", LATER)] * 3
    assert Activity.objects.filter(kind="reminder").count() == 3


def test_who_may_not_be_asked_or_has_no_address_is_not_reminded(tasks, collector, given):
    made = tasks(7)
    items = [OpenItem.objects.get(customer=task.customer) for task in made]
    given.pay(items[0])
    holds.place(customer=made[1].customer, reason="Talks", from_on=DAY, actor=SYSTEM)
    made[2].customer.contacts.all().delete()
    disputes.open(items[3], reason="Broken", on=DAY, actor=SYSTEM)
    promises.record(
        customer=made[4].customer, entity=given.entity(), items=[(items[4], items[4].amount)], pay_by=LATER,
        promised_on=DAY, actor=SYSTEM,
    )  # fmt: skip
    Account.objects.filter(customer=made[5].customer).update(channel="none")
    act = bulk.remind(collector, ids(made), key=uuid.uuid4())
    assert (act.changes.count(), act.left) == (1, 6)
    assert Message.objects.get().recipient == "Accounts payable T6 <ap@t6.example>"


def test_reminders_wait_and_are_stopped_by_taking_them_back(tasks, collector, today, settings, tmp_path):
    settings.O2C_MAIL_SPOOL = tmp_path
    made = tasks(3)
    act = bulk.remind(collector, ids(made), until=LATER, key=uuid.uuid4())
    assert messages.deliver().total == 0, "there is time to think better of it"
    assert bulk.undo(act, collector) == Undone(tasks=3, mails=3)
    today.shift(timedelta(minutes=3))
    assert messages.deliver().total == 0
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}
    again = bulk.remind(collector, ids(made), key=uuid.uuid4())
    today.shift(timedelta(minutes=3))
    assert messages.deliver().spooled == 3
    assert bulk.undo(again, collector) == Undone(mails_left=3)


def test_another_takes_it_back_only_who_gives_tasks_out(tasks, collector, given):
    act = bulk.snooze(collector, ids(tasks(1)), LATER, key=uuid.uuid4())
    with pytest.raises(TaskRefused, match="Only tomas"):
        bulk.undo(act, given.user("anna", Role.COLLECTOR))
    assert bulk.undo(act, given.user("mona", Role.FINANCE_MANAGER)) == Undone(tasks=1)


def test_after_half_a_day_it_is_too_late(tasks, collector, today):
    act = bulk.snooze(collector, ids(tasks(1)), LATER, key=uuid.uuid4())
    assert bulk.last_of(collector).pk == act.pk
    today.shift(timedelta(hours=13))
    assert bulk.last_of(collector) is None
    with pytest.raises(TaskRefused, match="too long ago"):
        bulk.undo(act, collector)


@pytest.mark.parametrize("act", ["snooze", "remind"])
def test_the_number_of_statements_does_not_depend_on_the_number_of_tasks(tasks, collector, act):
    counts = []
    made = tasks(9)
    for some in (made[:1], made[1:]):
        with CaptureQueriesContext(connection) as captured:
            if act == "snooze":
                done = bulk.snooze(collector, ids(some), LATER, key=uuid.uuid4())
            else:
                done = bulk.remind(collector, ids(some), until=LATER, key=uuid.uuid4())
            bulk.undo(done, collector)
        counts.append(len(captured))
    assert counts[0] == counts[1] < 70


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_the_same_tasks_share_none(tasks, collector, given):
    made = tasks(8)
    other = given.user("anna", Role.FINANCE_MANAGER)

    def act(user):
        try:
            return bulk.finish(user, ids(made), "", key=uuid.uuid4()).changes.count()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(act, [collector, other]))
    assert sorted(counts) == [0, 8]
    assert Activity.objects.filter(kind="done").count() == 8
    assert clock.now() >= Task.objects.latest("done_at").done_at
