"""How queues give their work out: in turn, by load, to who is there, and once."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from o2c.collections import absences, chores, pools, sharing, teams, worklist
from o2c.collections.models import Activity, Queue, Task
from o2c.collections.pools import Pool
from o2c.collections.sharing import Lot, Member, share
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import OutboxEvent, Role, User
from tests.given import Given

TODAY = clock.today("UTC")


class Office:
    """A team of three that serves one pool, which holds all that is nobody's."""

    def __init__(self, given, gives="round_robin"):
        self.given, self.entity = given, given.entity(time_zone="UTC")
        self.anna, self.ben, self.cleo = (given.user(name, Role.COLLECTOR) for name in ("anna", "ben", "cleo"))
        self.queue = teams.open_queue("north", "North", actor=SYSTEM)
        self.team = teams.create(
            "north", name="North", lead=None, members=[self.anna, self.ben, self.cleo], queues=[self.queue],
            actor=SYSTEM,
        )  # fmt: skip
        self.say(gives)

    def say(self, gives):
        pools.change(self.queue, Pool("North", 1, gives=gives), actor=SYSTEM)

    def task(self, customer=None, entity=None, **more) -> Task:
        entity = entity or self.entity
        return worklist.create(
            entity=entity, customer=customer or self.given.customer(entity=entity), kind=Task.Kind.CALL, why="x",
            due_on=TODAY, actor=SYSTEM, **more,
        )  # fmt: skip

    def tasks(self, count) -> list[Task]:
        return [self.task() for _ in range(count)]


@pytest.fixture
def office(given):
    return Office(given)


def who(*tasks: Task) -> list[str | None]:
    found = dict(Task.objects.values_list("pk", "assignee__username"))
    return [found[task.pk] for task in tasks]


def test_each_member_gets_the_next_in_turn_and_the_turn_goes_on(office):
    first = office.tasks(4)
    assert sharing.give_out() == 4
    assert who(*first) == ["anna", "ben", "cleo", "anna"]
    more = office.tasks(2)
    assert sharing.give_out() == 2
    assert who(*more) == ["ben", "cleo"]
    note = Activity.objects.filter(task=first[1]).get()
    assert (note.kind, note.text, note.actor) == ("note", "Given to ben by North: it was their turn.", "system")


def test_run_twice_nothing_is_given_twice(office):
    office.tasks(3)
    assert [sharing.give_out(), sharing.give_out()] == [3, 0]
    assert Activity.objects.filter(text__startswith="Given to").count() == 3


def test_by_load_whoever_has_least_gets_it_and_ties_go_by_turn(office):
    office.say("load_balance")
    for _ in range(2):
        office.task(assignee=office.anna)
    office.task(assignee=office.ben)
    worklist.claim(office.task(assignee=office.ben), office.cleo)
    seen = office.tasks(4)
    sharing.give_out()
    # anna 2, ben 1, cleo 1 (claimed): ben, cleo, then all have two, and anna comes after cleo, then ben
    assert who(*seen) == ["ben", "cleo", "anna", "ben"]
    assert Activity.objects.get(task=seen[0]).text == "Given to ben by North: had least to do, with 1 task."


def test_a_customers_tasks_go_to_one_person(office):
    customer = office.given.customer(entity=office.entity)
    office.task(customer, assignee=office.cleo)
    one, two, other = office.task(customer), office.task(customer), office.task()
    sharing.give_out()
    assert who(one, two, other) == ["cleo", "cleo", "anna"]
    assert Activity.objects.get(task=one).text == "Given to cleo by North: has other tasks of the customer."
    new = office.given.customer(entity=office.entity)
    together = [office.task(new) for _ in range(3)]
    sharing.give_out()
    assert who(*together) == ["ben", "ben", "ben"]


def test_who_is_away_gets_nothing_new_and_their_cover_keeps_the_customer(office):
    customer = office.given.customer(entity=office.entity)
    old = office.task(customer, assignee=office.ben)
    absences.enter(office.ben, first_on=TODAY, last_on=TODAY + timedelta(days=2), cover=office.cleo, actor=SYSTEM)
    more, others = office.task(customer), office.tasks(3)
    sharing.give_out()
    assert who(old, more, *others) == ["ben", "cleo", "anna", "cleo", "anna"]
    assert worklist.claim_next(office.cleo, TODAY) in {old, more, others[1]}


def test_only_members_who_see_the_legal_entity_and_work_tasks_get_any(given, office):
    french = given.entity("FR1", time_zone="UTC")
    narrow = given.user("dora", Role.COLLECTOR, entities=[french])
    teams.change(
        office.team, name="North", lead=None, members=[office.anna, office.ben, narrow], queues=[office.queue],
        actor=SYSTEM,
    )  # fmt: skip
    User.objects.filter(pk=office.anna.pk).update(is_active=False)
    User.objects.filter(pk=office.ben.pk).update(roles=[Role.AUDITOR])
    here, there = office.task(), office.task(entity=french)
    assert sharing.give_out() == 1
    assert who(here, there) == [None, "dora"]
    assert Task.objects.get(pk=here.pk).queue == office.queue


def test_where_nobody_is_there_it_waits_until_somebody_is(office):
    teams.dissolve(office.team, actor=SYSTEM)
    waits = office.task()
    assert sharing.give_out() == 0
    assert worklist.claim_next(office.anna, TODAY) == waits
    worklist.release(waits, Actor.of(office.anna))
    teams.create("new", name="New", lead=None, members=[office.cleo], queues=[office.queue], actor=SYSTEM)
    chores.turn_the_day()
    assert who(waits) == ["cleo"]


def test_what_is_claimed_stays_and_what_members_take_is_not_given(office):
    taken = office.task()
    worklist.claim(taken, office.cleo)
    assert sharing.give_out() == 0
    office.say("taken")
    office.task()
    assert sharing.give_out() == 0
    assert who(taken) == [None]


def test_a_task_that_waits_is_told_of_and_the_handler_gives_it_out(office):
    waits = office.task()
    event = OutboxEvent.objects.filter(kind="tasks.wait").latest("id")
    assert event.payload == {"queue_ids": [office.queue.pk]}
    chores.tasks_wait([event.payload])
    assert who(waits) == ["anna"]


def test_when_a_pool_is_changed_what_it_gave_out_goes_where_it_belongs(office):
    seen = office.task()
    sharing.give_out()
    pools.change(office.queue, Pool("North"), actor=SYSTEM)
    moved = Task.objects.get(pk=seen.pk)
    assert (moved.assignee, moved.queue.code) == (None, "collections")


def test_what_somebody_left_behind_who_is_gone_is_given_anew(office):
    seen = office.task()
    sharing.give_out()
    User.objects.filter(pk=office.anna.pk).update(is_active=False)
    chores.look_again(office.entity)
    sharing.give_out()
    assert who(seen) == ["ben"]


def test_many_are_given_in_as_many_statements_as_one(office):
    counts = []
    for number in (1, 80):
        office.tasks(number)
        with CaptureQueriesContext(connection) as caught:
            assert sharing.give_out() == number
        counts.append(len(caught))
    assert counts[0] == counts[1]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@drawn(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.lists(st.integers(0, 5), max_size=2)), max_size=15),
    st.lists(st.integers(0, 9), min_size=1, max_size=5),
    st.sampled_from([Queue.Gives.ROUND_ROBIN, Queue.Gives.LOAD_BALANCE]),
)
def test_every_lot_is_given_once_and_a_customer_to_one(lots, loads, gives):
    day = date(2026, 3, 2)
    asked = [Lot(1, customer, day, tuple(range(size)), tuple(holders)) for customer, size, holders in lots]
    members = [Member(number, load) for number, load in enumerate(loads)]
    shared = share(asked, members, gives=gives, turn=None)
    assert [lot for lot, _, _ in shared.given] == asked
    people: dict[int, set[int]] = {}
    for lot, person, _ in shared.given:
        people.setdefault(lot.customer_id, set()).add(person)
    assert all(len(found) == 1 for found in people.values())
    assert sum(member.load for member in members) == sum(loads) + sum(len(lot.tasks) for lot in asked)


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_give_each_task_once_and_in_turn():
    office = Office(Given())
    seen = office.tasks(60)
    barrier, given = threading.Barrier(8), []

    def work():
        try:
            barrier.wait(timeout=120)
            given.append(sharing.give_out())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    assert (len(given), sum(given)) == (8, 60)
    names = who(*seen)
    assert {name: names.count(name) for name in set(names)} == {"anna": 20, "ben": 20, "cleo": 20}
    assert Activity.objects.filter(text__startswith="Given to").count() == 60
