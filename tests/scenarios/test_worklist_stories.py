"""A collector's tasks from day to day: covered while away, and escalated when nobody does them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from o2c.collections import absences, chores, worklist
from o2c.collections.models import Activity, Queue, Task
from o2c.collections.strategies import rules
from o2c.collections.strategies.rules import Rules, StrategyRefused
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.wiring import handle_events

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def day():
    """Goes to a day of the story, counted from its Monday, and lets the tick turn it."""
    with time_machine.travel(MONDAY, tick=False) as traveller:

        def go(n: int) -> dict:
            traveller.move_to(MONDAY + timedelta(days=n), tick=False)
            handle_events()
            return chores.turn_the_day()

        yield go


@pytest.fixture
def people(given):
    given.entity(time_zone="UTC")
    return [given.user(name, role) for name, role in (
        ("tomas", Role.COLLECTOR), ("eva", Role.COLLECTOR), ("maria", Role.FINANCE_MANAGER),
    )]  # fmt: skip


@pytest.fixture
def task(given):
    def make(assignee=None, queue=None) -> Task:
        entity = given.entity()
        customer = given.customer(entity=entity)
        given.open_item("100.00 EUR", customer=customer, entity=entity, due=clock.today("UTC") - timedelta(days=5))
        return worklist.create(
            entity=entity, customer=customer, kind=Task.Kind.CALL, why="Call", due_on=clock.today("UTC"),
            assignee=assignee, queue=queue, actor=SYSTEM,
        )  # fmt: skip

    return make


def waiting(user) -> list[Task]:
    return list(worklist.waiting(user, clock.today("UTC")))


def test_a_week_away_covered_by_a_colleague(day, people, task):
    tomas, eva, _ = people
    begun = task(tomas)
    worklist.claim(begun, tomas)
    week = {"first_on": clock.today("UTC") + timedelta(days=1), "last_on": clock.today("UTC") + timedelta(days=5)}
    absences.enter(tomas, cover=eva, actor=Actor.of(tomas), **week)
    assert waiting(eva) == []
    day(1)
    new = task(tomas)
    assert waiting(eva) == [begun, new]
    worklist.claim(begun, eva)
    worklist.snooze(begun, clock.today("UTC") + timedelta(days=3), Actor.of(eva))
    worklist.done(new, "reached", actor=Actor.of(eva))
    day(4)
    assert waiting(eva) == [begun]
    day(6)
    assert waiting(eva) == []
    assert waiting(tomas) == [begun]


def test_what_nobody_does_for_three_days_goes_to_the_manager_once(given, day, people, task):
    tomas, eva, maria = people
    rules.change(given.entity(), Rules(escalates_after=3, escalates_to=maria), actor=SYSTEM)
    left, snoozed, busy = task(tomas), task(tomas), task(tomas)
    worklist.snooze(snoozed, clock.today("UTC") + timedelta(days=4), Actor.of(tomas))
    assert day(2)["passed_on"] == 0
    worklist.claim(busy, tomas)
    assert day(2)["passed_on"] == 0
    assert day(3)["passed_on"] == 1  # the other was claimed just a day ago
    assert day(3)["passed_on"] == 0
    left.refresh_from_db()
    assert (left.assignee, left.state, str(left.escalated_on)) == (maria, "open", "2026-03-05")
    assert Activity.objects.get(task=left).text == "Not done since 2026-03-02, so it went to maria."
    assert day(4)["passed_on"] == 1  # what was claimed and forgotten
    assert waiting(maria) == [left, busy]
    worklist.reassign(left, eva, Actor.of(maria))
    assert day(6)["passed_on"] == 0  # the one put off is due since the day it came back, and left is not sent again
    assert waiting(eva) == [left]
    assert day(7)["passed_on"] == 1
    assert waiting(maria) == [snoozed, busy]


def test_what_nobody_does_goes_to_a_queue_and_not_to_where_it_is_already(given, day, people, task):
    tomas, _, _ = people
    urgent = Queue.objects.create(code="urgent", name="Urgent")
    rules.change(given.entity(), Rules(escalates_after=1, escalates_to=urgent), actor=SYSTEM)
    one, there = task(tomas), task(queue=urgent)
    assert day(1)["passed_on"] == 1
    one.refresh_from_db()
    there.refresh_from_db()
    assert (one.assignee, one.queue, there.escalated_on) == (None, urgent, None)


def test_who_works_no_tasks_gets_nothing_and_half_a_rule_is_none(given, people):
    entity = given.entity()
    clerk = given.user("clerk", Role.CASH_CLERK)
    stranger = given.user("stranger", Role.COLLECTOR, entities=[given.entity("FR1")])
    cases = [
        (Rules(escalates_after=3), "escalates_to", "who gets it"),
        (Rules(escalates_to=people[0]), "escalates_after", "how many days"),
        (Rules(escalates_after=0, escalates_to=people[0]), "escalates_after", "Between 1 and"),
        (Rules(escalates_after=3, escalates_to=clerk), "escalates_to", "works no tasks of DE1"),
        (Rules(escalates_after=3, escalates_to=stranger), "escalates_to", "works no tasks of DE1"),
    ]
    for wanted, field, said in cases:
        with pytest.raises(StrategyRefused, match=said) as refused:
            rules.change(entity, wanted, actor=SYSTEM)
        assert refused.value.field == field
