"""The manager's board: exact figures, who sees whom, and giving on with undo."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.collections import absences, bulk, pools, teams, worklist
from o2c.collections.board import board
from o2c.collections.models import Activity, Queue, Task
from o2c.collections.pools import Pool
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.orders.models import Account

TODAY = clock.today("UTC")


@pytest.fixture
def office(given):
    return Office(given)


class Office:
    def __init__(self, given):
        self.given, self.entity = given, given.entity(time_zone="UTC")
        self.maria = given.user("maria", Role.FINANCE_MANAGER)
        self.anna, self.ben = given.user("anna", Role.COLLECTOR), given.user("ben", Role.COLLECTOR)

    def customer(self, owes="0.00 EUR", late=10, entity=None, **more):
        customer = self.given.customer(entity=entity or self.entity, **more)
        if not owes.startswith("0"):
            due = TODAY - timedelta(days=late)
            self.given.open_item(owes, customer=customer, entity=entity or self.entity, due=due)
        return customer

    def task(self, customer=None, *, assignee=None, queue=None, days=0, entity=None) -> Task:
        return worklist.create(
            entity=entity or self.entity, customer=customer or self.customer(entity=entity), kind=Task.Kind.CALL,
            why="x", due_on=TODAY - timedelta(days=days), assignee=assignee, queue=queue, actor=SYSTEM,
        )  # fmt: skip


def lane(user, name):
    return next(column for column in board(user).columns if column.name == name)


def test_a_column_says_due_overdue_and_what_is_at_risk_once_a_customer(given, office):
    owing = office.customer("100.00 EUR")
    office.task(owing, assignee=office.anna)
    office.task(owing, assignee=office.anna, days=3)
    office.task(office.customer("50.00 EUR"), assignee=office.anna, days=-2)
    taken = office.task(office.customer("7.00 EUR"), assignee=office.ben)
    worklist.claim(taken, office.anna)
    put_off = office.task(assignee=office.anna, days=9)
    Task.objects.filter(pk=put_off.pk).update(state="snoozed", snoozed_until=TODAY + timedelta(days=3))
    dollars = given.entity("US1", "USD", time_zone="UTC")
    office.task(office.customer("30.00 USD", entity=dollars), assignee=office.anna, entity=dollars)
    annas = lane(office.maria, "anna")
    assert (annas.tasks, annas.due, annas.overdue) == (6, 4, 1)
    assert annas.at_risk == [("EUR", Decimal("157.00")), ("USD", Decimal("30.00"))]
    assert lane(office.maria, "ben").tasks == 0
    assert [task.at_risk for task in annas.cards][:3] == [Decimal(100), Decimal(100), Decimal(50)]


def test_ageing_is_of_the_accounts_of_each_collector(office):
    office.customer("100.00 EUR", late=10, collector=office.anna)
    office.customer("40.00 EUR", late=-5, collector=office.anna)
    office.customer("9.00 EUR", late=200, collector=office.ben)
    (currency, total, buckets) = lane(office.maria, "anna").ageing[0]
    assert (currency, total, buckets) == ("EUR", Decimal(140), (Decimal(40), Decimal(100), 0, 0, 0))
    assert lane(office.maria, "ben").ageing[0][2] == (0, 0, 0, 0, Decimal(9))
    assert lane(office.maria, "maria").ageing == []


def test_pools_and_queues_that_hold_something_have_a_column(office):
    empty, pool = (teams.open_queue(code, code.title(), actor=SYSTEM) for code in ("empty", "pool"))
    pools.change(pool, Pool("Pool", 1), actor=SYSTEM)
    office.task(office.customer("20.00 EUR"))
    assert [column.name for column in board(office.maria).queues] == ["Pool"]
    assert lane(office.maria, "Pool").at_risk == [("EUR", Decimal(20))]
    office.task(queue=empty)
    assert [column.name for column in board(office.maria).queues] == ["Pool", "Empty"]


def test_who_is_away_is_shown_with_who_covers(office):
    absences.enter(office.anna, first_on=TODAY, last_on=TODAY, cover=office.ben, actor=SYSTEM)
    assert lane(office.maria, "anna").absence.cover == office.ben
    assert lane(office.maria, "ben").covers == [office.anna]


def test_a_lead_sees_the_own_team_and_a_narrow_manager_the_own_entities(given, office):
    french = given.entity("FR1", time_zone="UTC")
    queue = teams.open_queue("north", "North", actor=SYSTEM)
    teams.create("north", name="North", lead=office.anna, members=[office.ben], queues=[queue], actor=SYSTEM)
    office.task(queue=queue)
    office.task(queue=Queue.objects.get(code="collections"))
    seen = board(office.anna)
    assert [column.name for column in seen.people] == ["anna", "ben"]
    assert [column.name for column in seen.queues] == ["North"]
    assert board(office.ben).columns == []
    office.task(office.customer("5.00 EUR", entity=french), assignee=office.ben, entity=french)
    german = given.user("gerd", Role.FINANCE_MANAGER, entities=[office.entity])
    assert lane(office.maria, "ben").tasks == 1
    assert lane(german, "ben").tasks == 0


def test_many_people_and_tasks_take_as_many_statements_as_one(given, office):
    counts = []
    for number in (1, 15):
        for each in range(number):
            person = given.user(f"p{number}-{each}", Role.COLLECTOR)
            for _ in range(3):
                office.task(office.customer("5.00 EUR", collector=person), assignee=person)
        with CaptureQueriesContext(connection) as caught:
            board(office.maria)
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 12


def test_all_of_a_persons_are_given_on_and_taken_back(office):
    mine = [office.task(assignee=office.anna) for _ in range(3)]
    claimed = office.task(assignee=office.anna)
    worklist.claim(claimed, office.ben)
    other = office.task(assignee=office.ben)
    act = bulk.give_all(office.maria, office.anna, office.ben, key=uuid4())
    assert (act.changes.count(), act.left) == (3, 1)
    assert {Task.objects.get(pk=task.pk).assignee for task in [*mine, other]} == {office.ben}
    assert Task.objects.get(pk=claimed.pk).assignee == office.anna
    assert bulk.undo(act, office.maria).tasks == 3
    assert {Task.objects.get(pk=task.pk).assignee for task in mine} == {office.anna}
    assert Task.objects.get(pk=other.pk).assignee == office.ben


def test_what_waits_in_a_queue_is_given_out_whole_and_comes_back_as_the_rules_work(office):
    waits = [office.task() for _ in range(2)]
    collections = Queue.objects.get(code="collections")
    act = bulk.give_all(office.maria, collections, office.ben, key=uuid4())
    assert set(Task.objects.values_list("assignee__username", "queue", "pool")) == {("ben", None, None)}
    bulk.undo(act, office.maria)
    assert set(Task.objects.values_list("assignee", "queue", "pool")) == {(None, collections.pk, collections.pk)}
    assert len(waits) == 2


def test_with_the_accounts_all_their_tasks_go_and_future_ones_follow(office):
    customer = office.customer(collector=office.anna)
    one, two = office.task(customer), office.task(customer)
    act = bulk.give(office.maria, [one.pk], office.ben, key=uuid4(), accounts=True)
    assert act.changes.count() == 2
    assert Account.objects.get(customer=customer).collector == office.ben
    assert office.task(customer).assignee == office.ben
    assert Activity.objects.filter(task=two).get().text == "Given to ben, with the account."
    bulk.undo(act, office.maria)
    assert Account.objects.get(customer=customer).collector == office.anna
    assert Task.objects.get(pk=two.pk).assignee == office.anna


def test_an_account_that_has_another_collector_meanwhile_keeps_that_one(office):
    customer = office.customer(collector=office.anna)
    act = bulk.give(office.maria, [office.task(customer).pk], office.ben, key=uuid4(), accounts=True)
    Account.objects.filter(customer=customer).update(collector=office.maria)
    bulk.undo(act, office.maria)
    assert Account.objects.get(customer=customer).collector == office.maria


def test_nobody_is_given_tasks_or_accounts_of_an_entity_they_do_not_see(given, office):
    french = given.entity("FR1", time_zone="UTC")
    narrow = given.user("dora", Role.COLLECTOR, entities=[office.entity])
    customer = office.customer(entity=french, collector=office.anna)
    hidden = office.task(customer, entity=french)
    act = bulk.give(office.maria, [hidden.pk], narrow, key=uuid4(), accounts=True)
    assert (act.changes.count(), act.left) == (0, 1)
    assert Account.objects.get(customer=customer).collector == office.anna


def test_giving_many_with_their_accounts_takes_as_many_statements_as_one(office):
    counts = []
    for number in (1, 30):
        tasks = [office.task(office.customer(collector=office.anna)) for _ in range(number)]
        with CaptureQueriesContext(connection) as caught:
            act = bulk.give(office.maria, [task.pk for task in tasks], office.ben, key=uuid4(), accounts=True)
        with CaptureQueriesContext(connection) as undone:
            bulk.undo(act, office.maria)
        counts.append((len(caught), len(undone)))
    assert counts[0] == counts[1]
