"""Targets: what is expected of whom from when, and what was reached of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.collections import absences, activities, calling, promises, targets, teams, worklist
from o2c.collections.models import Activity, Target, Task
from o2c.collections.targets import TargetRefused, progress, set_target
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.orders import business_days
from o2c.orders.models import Holiday

TODAY = clock.today("UTC")
TASKS, REACHED, PROMISED, COLLECTED = Target.What


@pytest.fixture
def office(given):
    return Office(given)


class Office:
    """Two collectors in a team, and a legal entity that is never closed."""

    def __init__(self, given):
        self.given = given
        self.entity = given.entity(time_zone="UTC", weekend=[])
        Holiday.objects.filter(day=TODAY).delete()
        self.anna, self.ben = given.user("anna", Role.COLLECTOR), given.user("ben", Role.COLLECTOR)
        self.team = teams.create("t", name="T", lead=None, members=[self.anna, self.ben], queues=[], actor=SYSTEM)

    def expect(self, of, what, amount, *, entity=None, on=TODAY):
        return set_target(of, what, amount=amount and Decimal(amount), from_on=on, entity=entity, actor=SYSTEM)

    def task(self, **more) -> Task:
        customer = self.given.customer(entity=self.entity, **more)
        return worklist.create(
            entity=self.entity, customer=customer, kind=Task.Kind.CALL, why="x", due_on=TODAY, actor=SYSTEM
        )

    def reached(self, user) -> list[tuple]:
        found = progress([user.pk], [self.entity]).get(user.pk, [])
        return [(each.what, each.reached, each.target, each.currency) for each in found]


def test_tasks_and_customers_are_counted_by_what_somebody_did_today(office):
    office.expect(office.anna, TASKS, 20)
    office.expect(office.anna, REACHED, 5)
    anna = Actor.of(office.anna)
    calling.called(office.task(), "reached", actor=anna)
    calling.called(office.task(), "no_answer", actor=anna)
    worklist.done(office.task(), "", actor=anna)
    done_by_another = office.task()
    worklist.done(done_by_another, "reached", actor=Actor.of(office.ben))
    once = office.task()
    activities.log_call(once, "reached", actor=anna)
    activities.log_call(once, "already_paid", actor=anna)
    old = worklist.done(office.task(), "reached", actor=anna)
    Activity.objects.filter(task=old).update(happened_at=clock.now() - timedelta(days=1))
    assert office.reached(office.anna) == [("tasks", 2, 20, ""), ("reached", 2, 5, "")]
    assert office.reached(office.ben) == []


def test_money_is_counted_this_month_in_the_entitys_currency(given, office):
    given.rate("USD", "1.25", on=TODAY - timedelta(days=400))
    for what in (PROMISED, COLLECTED):
        office.expect(office.anna, what, "1000.00", entity=office.entity)
    mine = given.customer(entity=office.entity, collector=office.anna)
    bens = given.customer(entity=office.entity, collector=office.ben)
    for customer, money in ((mine, "300.00 EUR"), (mine, "100.00 USD"), (bens, "70.00 EUR")):
        given.pay(given.open_item(money, customer=customer, entity=office.entity, due=TODAY), on=TODAY)
    before = TODAY.replace(day=1) - timedelta(days=1)
    given.pay(given.open_item("11.00 EUR", customer=mine, entity=office.entity, due=before), on=before)
    for money, actor in (("50.00 EUR", office.anna), ("10.00 USD", office.anna), ("7.00 EUR", office.ben)):
        item = given.open_item(money, customer=mine, entity=office.entity, due=TODAY)
        promises.record(
            customer=mine, entity=office.entity, items=[(item, item.open_amount)], pay_by=TODAY + timedelta(days=3),
            promised_on=TODAY, actor=Actor.of(actor),
        )  # fmt: skip
    assert office.reached(office.anna) == [
        ("promised", Decimal("58.00"), 1000, "EUR"), ("collected", Decimal("380.00"), 1000, "EUR")
    ]  # fmt: skip


def test_a_teams_target_is_its_members_unless_they_have_their_own(office):
    office.expect(office.team, TASKS, 10)
    office.expect(office.ben, TASKS, 4)
    assert office.reached(office.anna) == [("tasks", 0, 10, "")]
    assert office.reached(office.ben) == [("tasks", 0, 4, "")]
    office.expect(office.ben, TASKS, None)
    assert office.reached(office.ben) == []


def test_the_last_that_has_begun_counts(office):
    office.expect(office.anna, TASKS, 10)
    office.expect(office.anna, TASKS, 30, on=TODAY + timedelta(days=1))
    assert office.reached(office.anna) == [("tasks", 0, 10, "")]
    Target.objects.create(user=office.anna, what=REACHED, amount=3, from_on=TODAY - timedelta(days=9), set_by="x")
    office.expect(office.anna, REACHED, 6)
    assert office.reached(office.anna) == [("tasks", 0, 10, ""), ("reached", 0, 6, "")]
    assert [(row.what, row.amount) for row in targets.standing(TODAY)] == [
        ("reached", 6), ("tasks", 10), ("tasks", 30)
    ]  # fmt: skip


def test_nothing_is_expected_of_a_day_on_which_nobody_works_or_one_is_away(office):
    office.expect(office.anna, TASKS, 10)
    office.expect(office.anna, COLLECTED, "5.00", entity=office.entity)
    absence = absences.enter(
        office.anna, first_on=TODAY, last_on=TODAY + timedelta(days=1), cover=office.ben, actor=SYSTEM
    )
    assert [each[0] for each in office.reached(office.anna)] == ["collected"]
    absences.end(absence, on=TODAY, actor=SYSTEM)
    assert [each[0] for each in office.reached(office.anna)] == ["tasks", "collected"]
    business_days.close(office.entity, TODAY, "Flood", actor=SYSTEM)
    assert [each[0] for each in office.reached(office.anna)] == ["collected"]


def test_a_target_of_an_entity_that_is_not_seen_is_not_shown(given, office):
    other = given.entity("FR1", time_zone="UTC")
    office.expect(office.anna, COLLECTED, "5.00", entity=other)
    assert office.reached(office.anna) == []


@pytest.mark.parametrize(
    ("what", "amount", "days", "of_entity", "field"),
    [
        ("tasks", "0", 0, False, "amount"),
        ("tasks", "2.5", 0, False, "amount"),
        ("tasks", "1001", 0, False, "amount"),
        ("tasks", "5", -1, False, "from_on"),
        ("tasks", "5", 0, True, "entity"),
        ("collected", "5.00", 0, False, "entity"),
        ("collected", "5.001", 0, True, "amount"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(office, what, amount, days, of_entity, field):
    with pytest.raises(TargetRefused) as refused:
        office.expect(
            office.anna, what, amount, entity=office.entity if of_entity else None, on=TODAY + timedelta(days=days)
        )
    assert refused.value.field == field
    assert not Target.objects.exists()


def test_who_works_no_tasks_has_no_target(given, office):
    with pytest.raises(TargetRefused, match="works no tasks"):
        office.expect(given.user("clerk", Role.CASH_CLERK), TASKS, 5)


def test_one_that_counts_is_ended_from_a_day_on(office):
    target = office.expect(office.anna, TASKS, 10)
    ended = targets.end(target, from_on=TODAY + timedelta(days=3), actor=SYSTEM)
    assert (ended.user, ended.what, ended.amount, ended.from_on) == (
        office.anna, "tasks", None, TODAY + timedelta(days=3),
    )  # fmt: skip
    assert office.reached(office.anna) == [("tasks", 0, 10, "")]
    targets.end(target, from_on=TODAY, actor=SYSTEM)
    assert office.reached(office.anna) == []


@pytest.mark.parametrize(
    ("amounts", "end", "says"),
    [
        ({2: 10}, 1, "It begins on"),
        ({0: 10, 2: 20}, 3, "Another one counts from"),
        ({0: 10, 2: None}, 3, "It has ended from"),
        ({0: None}, 3, "It has ended already"),
    ],
)
def test_what_does_not_count_on_the_day_is_not_ended(office, amounts, end, says):
    rows = [
        Target.objects.create(
            user=office.anna, what=TASKS, amount=amount, from_on=TODAY + timedelta(days=day), set_by="x"
        )
        for day, amount in amounts.items()
    ]
    with pytest.raises(TargetRefused, match=says):
        targets.end(rows[0], from_on=TODAY + timedelta(days=end), actor=SYSTEM)
    assert list(Target.objects.order_by("id")) == rows


def test_of_who_works_no_tasks_any_more_a_target_can_still_be_ended(office):
    target = office.expect(office.anna, TASKS, 10)
    office.anna.roles = []
    office.anna.save()
    assert targets.end(target, from_on=TODAY, actor=SYSTEM).amount is None


def test_a_change_is_stamped_and_the_same_again_is_none(office):
    stamps = []
    for amount in (10, 20, 20):
        office.expect(office.anna, TASKS, amount)
        stamps.append(Target.objects.get().updated_at)
    assert stamps[0] < stamps[1] == stamps[2]
    events = apps.get_model("collections", "TargetEvent")
    assert [row.amount for row in events.objects.order_by("pgh_id")] == [10, 20]


def test_many_are_worked_out_in_one_statement(given, office):
    people = [given.user(f"p{number}", Role.COLLECTOR) for number in range(12)]
    for person in people:
        office.expect(person, TASKS, 5)
    entities = [office.entity]
    with CaptureQueriesContext(connection) as caught:
        found = progress([person.pk for person in people], entities)
    assert (len(caught), len(found)) == (1, 12)
