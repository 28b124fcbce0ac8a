"""Tasks: who gets which, and what becomes of them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from o2c.collections import activities, worklist
from o2c.collections.models import Activity, Queue, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing.models import ExchangeRate
from tests.given import DAY

YESTERDAY = DAY - timedelta(days=1)


@pytest.fixture
def collector(given):
    return given.user("tomas", Role.COLLECTOR)


@pytest.fixture
def task(given):
    """Makes a task of a customer who owes so much since yesterday."""

    def make(money="100.00 EUR", *, entity=None, customer=None, due_on=DAY, **details):
        entity = entity or given.entity()
        customer = customer or given.customer(entity=entity)
        if money:
            given.open_item(money, customer=customer, entity=entity, due=YESTERDAY)
        return worklist.create(
            entity=entity,
            customer=customer,
            kind=Task.Kind.MANUAL,
            why="Call them",
            due_on=due_on,
            actor=SYSTEM,
            **details,
        )

    return make


def test_a_task_goes_to_the_customers_collector_else_to_the_queue(given, task, collector):
    looked_after = given.customer(collector=collector)
    assert task(customer=looked_after).assignee == collector
    orphan = task()
    assert (orphan.assignee, orphan.queue.code) == (None, "collections")


def test_the_same_cause_makes_one_task(given, task):
    first = task(key="notice:7")
    assert task(key="notice:7").pk == first.pk
    assert Task.objects.count() == 1


def test_the_next_task_is_ones_own_before_the_queues_and_the_most_at_risk_first(task, collector):
    queued_small, queued_large = task("10.00 EUR"), task("9000.00 EUR")
    own_small, own_large = task("20.00 EUR", assignee=collector), task("30.00 EUR", assignee=collector)
    task("99.00 EUR", assignee=None, due_on=DAY + timedelta(days=1))
    got = [worklist.claim_next(collector, DAY) for _ in range(4)]
    assert got == [own_large, own_small, queued_large, queued_small]
    assert worklist.claim_next(collector, DAY) is None
    assert {(each.state, each.claimed_by_id) for each in got} == {("claimed", collector.pk)}
    assert list(worklist.mine(collector, DAY)) == [queued_large, own_large, own_small, queued_small]


def test_nobody_is_given_a_task_of_a_legal_entity_they_do_not_see(given, task):
    theirs, ours = given.entity("FR1"), given.entity("DE1")
    user = given.user("eva", Role.COLLECTOR, entities=[ours])
    task("500.00 EUR", entity=theirs)
    hidden = task("500.00 EUR", entity=theirs, assignee=user)
    visible = task("5.00 EUR", entity=ours)
    assert worklist.claim_next(user, DAY) == visible
    assert worklist.claim_next(user, DAY) is None
    assert hidden not in worklist.mine(user, DAY)


def test_a_snoozed_task_comes_back_on_its_day(task, collector):
    sleeping = task(assignee=collector)
    until = clock.today() + timedelta(days=3)
    worklist.snooze(sleeping, until, Actor.of(collector), "on holiday")
    assert list(worklist.mine(collector, until - timedelta(days=1))) == []
    assert worklist.claim_next(collector, until - timedelta(days=1)) is None
    assert list(worklist.mine(collector, until)) == [sleeping]
    assert worklist.claim_next(collector, until) == sleeping
    note = Activity.objects.get(kind="snooze")
    assert note.text == f"Until {until}. on holiday"


def test_a_task_is_not_snoozed_until_a_day_that_has_come(task, collector):
    with pytest.raises(worklist.TaskRefused):
        worklist.snooze(task(assignee=collector), clock.today(), Actor.of(collector))
    assert Task.objects.get().state == "open"


def test_an_old_page_learns_who_has_the_task(given, task, collector):
    eva = given.user("eva", Role.COLLECTOR)
    seen = task()
    worklist.claim(seen, collector)
    for act in (
        lambda: worklist.claim(seen, eva),
        lambda: worklist.done(seen, "reached", actor=Actor.of(eva)),
        lambda: worklist.snooze(seen, date(2100, 1, 1), Actor.of(eva)),
        lambda: worklist.release(seen, Actor.of(eva)),
    ):
        with pytest.raises(worklist.TaskTaken, match="tomas") as taken:
            act()
        assert taken.value.holder == collector
    assert Task.objects.get().claimed_by == collector
    assert Activity.objects.count() == 0


def test_claiming_ones_own_again_changes_nothing(task, collector):
    claimed = worklist.claim(task(), collector)
    assert worklist.claim(claimed, collector).claimed_at == claimed.claimed_at


def test_a_task_is_done_once(task, collector):
    seen = task()
    worklist.done(seen, "promised", "next week", actor=Actor.of(collector))
    with pytest.raises(worklist.TaskFinished):
        worklist.done(seen, "promised", actor=Actor.of(collector))
    with pytest.raises(worklist.TaskFinished):
        worklist.claim(seen, collector)
    assert [(a.kind, a.outcome, a.text) for a in Activity.objects.all()] == [("done", "promised", "next week")]


def test_a_released_task_can_be_claimed_by_another(given, task, collector):
    seen = worklist.claim(task(), collector)
    worklist.release(seen, Actor.of(collector))
    assert worklist.claim_next(given.user("eva", Role.COLLECTOR), DAY) == seen


def test_a_manager_takes_a_task_from_one_and_gives_it_to_another(given, task, collector):
    manager, eva = given.user("maria", Role.FINANCE_MANAGER), given.user("eva", Role.COLLECTOR)
    seen = worklist.claim(task(), collector)
    worklist.reassign(seen, eva, Actor.of(manager))
    assert list(worklist.mine(collector, DAY)) == []
    assert list(worklist.mine(eva, DAY)) == [seen]
    worklist.reassign(seen, Queue.objects.get(), Actor.of(manager))
    assert list(worklist.in_queues(collector, DAY)) == [seen]
    assert [a.text for a in Activity.objects.order_by("id")] == ["Given to eva.", "Given to Collections."]


def test_a_call_and_a_note_are_written_down(given, task, collector):
    seen = task()
    worklist.log_call(seen, "no_answer", "rang twice", actor=Actor.of(collector))
    worklist.add_note(seen.customer, "moved house", actor=Actor.of(collector), entity=seen.entity)
    assert [(a.kind, a.outcome, a.text, a.task_id) for a in Activity.objects.order_by("id")] == [
        ("call", "no_answer", "rang twice", seen.pk),
        ("note", "", "moved house", None),
    ]
    with pytest.raises(ValueError, match="sang"):
        worklist.log_call(seen, "sang", actor=Actor.of(collector))
    with pytest.raises(activities.NothingSaid):
        worklist.add_note(seen, "  ", actor=Actor.of(collector))
    assert Activity.objects.count() == 2


def test_money_at_risk_is_what_is_overdue_in_base_currency(given, task):
    ExchangeRate.objects.create(currency="USD", on=DAY - timedelta(days=3), rate=Decimal("1.25"))
    customer = given.customer()
    seen = task("100.00 EUR", customer=customer)
    given.open_item("50.00 USD", customer=customer, due=YESTERDAY)
    given.open_item("-10.00 EUR", customer=customer, due=YESTERDAY)
    given.open_item("7.00 CHF", customer=customer, due=YESTERDAY)  # no rate: as it is
    given.open_item("1000.00 EUR", customer=customer, due=DAY)
    assert worklist.rerank(as_of=DAY) == 1
    seen.refresh_from_db()
    assert seen.at_risk == Decimal("137.00")
    assert worklist.rerank(as_of=DAY) == 0


def test_credit_beyond_what_is_owed_puts_nothing_at_risk(given, task):
    seen = task("10.00 EUR")
    given.open_item("-25.00 EUR", customer=seen.customer, due=YESTERDAY)
    worklist.rerank(seen.entity_id, as_of=DAY)
    seen.refresh_from_db()
    assert seen.at_risk == 0
