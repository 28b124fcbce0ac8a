"""Pools: where a task goes that is nobody's, and what moves when a pool is changed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.collections import bulk, pools, promises, teams, worklist
from o2c.collections.models import Queue, Task
from o2c.collections.pools import Pool, PoolChanged, PoolRefused, Query
from o2c.collections.worklist import Cause
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from tests.given import DAY


@pytest.fixture
def entity(given):
    return given.entity(time_zone="UTC")


@pytest.fixture
def pool(db):
    def make(code: str, place: int | None = 99, gives: str = "taken", **query) -> Queue:
        asked = Query(**{name: tuple(words) for name, words in query.items()})
        made = teams.open_queue(code, code.title(), actor=SYSTEM)
        return pools.change(made, Pool(made.name, place, asked, gives), actor=SYSTEM)

    return make


@pytest.fixture
def task(given, entity):
    def make(name="Muster", *, kind=Task.Kind.CALL, to=None, of=None, **details) -> Task:
        of = of or entity
        customer = given.customer(entity=of, name=name, **details)
        return worklist.create(entity=of, customer=customer, kind=kind, why="x", due_on=DAY, queue=to, actor=SYSTEM)

    return make


def where(*tasks: Task) -> list[str]:
    rows = Task.objects.in_bulk([task.pk for task in tasks])
    return [str(rows[task.pk].queue.code) for task in tasks]


@pytest.mark.parametrize(
    ("query", "fits", "not_this"),
    [
        ({"segments": ["key"]}, {"segment": "key"}, {"segment": "small"}),
        ({"countries": ["at", "CH"]}, {"country": "CH"}, {"country": "DE"}),
        ({"languages": ["FR"]}, {"language": "fr-CH"}, {"language": "de"}),
        ({"letters": ["a-k"]}, {"name": "Äpfel und Birnen"}, {"name": "Lager"}),
        ({"letters": ["a-k"]}, {"name": "kunz"}, {"name": "Zink"}),
        ({"letters": ["Sch", "X-Z"]}, {"name": "schulze"}, {"name": "Sauer"}),
        ({"letters": ["Sch", "X-Z"]}, {"name": "Yard"}, {"name": "Wolf"}),
        ({"letters": ["0-9"]}, {"name": "3 Musketiere"}, {"name": "Drei"}),
        ({"letters": ["SA-SM"]}, {"name": "Schmidt"}, {"name": "Sommer"}),
        ({"kinds": ["reply"]}, {"kind": Task.Kind.REPLY}, {"kind": Task.Kind.CALL}),
        ({"countries": ["DE"], "segments": ["key"]}, {"segment": "key"}, {"segment": "key", "country": "FR"}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_a_task_goes_to_the_pool_of_which_all_that_it_asks_for_holds(task, pool, query, fits, not_this):
    pool("special", **query)
    assert where(task(**fits), task(**not_this)) == ["special", "collections"]


def test_a_pool_of_a_legal_entity_holds_no_other_ones(given, task, pool):
    pool("german", entities=["DE1"])
    assert where(task(), task(of=given.entity("FR1"))) == ["german", "collections"]


def test_the_first_pool_that_fits_gets_it_and_their_order_can_be_changed(task, pool):
    first, second = pool("first", countries=["DE"]), pool("second", segments=["key"])
    seen = task(segment="key")
    assert where(seen) == ["first"]
    pools.change(second, Pool("Second", 1, Query(segments=("key",))), actor=SYSTEM)
    assert where(seen) == ["second"]
    first.refresh_from_db()
    assert (first.place, Queue.objects.get(code="second").place) == (2, 1)


def test_collectors_people_and_named_queues_come_before_pools(given, entity, task, pool):
    pool("all")
    named = teams.open_queue("named", "Named", actor=SYSTEM)
    tomas = given.user("tomas", Role.COLLECTOR)
    assert where(task(to=named)) == ["named"]
    theirs = task(collector=tomas)
    assert (theirs.assignee, theirs.queue, theirs.pool) == (tomas, None, None)


def test_whatever_opens_a_task_uses_the_pools(given, entity, pool):
    german = pool("german", countries=["DE"])
    customer = given.customer(entity=entity)
    item = given.open_item("100.00 EUR", customer=customer, entity=entity)
    cause = Cause(customer.pk, "It came back", DAY, "returned:1")
    assert worklist.create_many(entity.pk, Task.Kind.RETURNED, [cause], actor=SYSTEM) == 1
    promises.record(
        customer=customer, entity=entity, items=[(item, item.open_amount)], pay_by=DAY, promised_on=DAY, actor=SYSTEM
    )
    promises.recompute(DAY.replace(month=9), entity_ids=[entity.pk])
    assert list(Task.objects.order_by("kind").values_list("kind", "queue", "pool")) == [
        ("broken_promise", german.pk, german.pk), ("returned", german.pk, german.pk)
    ]  # fmt: skip
    assert worklist.queue_of(entity.pk, customer.pk, Task.Kind.DISPUTE) == german


def test_a_change_moves_what_nobody_has_claimed_or_given_by_hand(given, entity, task, pool):
    german, named = pool("german", countries=["DE"]), teams.open_queue("named", "Named", actor=SYSTEM)
    tomas = given.user("tomas", Role.COLLECTOR)
    waits, claimed, given_on, at_once, snoozed = task(), task(), task(), task(), task()
    worklist.claim(claimed, tomas)
    worklist.reassign(given_on, german, Actor.of(tomas))
    bulk.give(tomas, [at_once.pk], named, key="00000000-0000-0000-0000-000000000001")
    Task.objects.filter(pk=snoozed.pk).update(state="snoozed", snoozed_until=DAY.replace(year=2199))
    pools.change(german, Pool("German", None), actor=SYSTEM)
    assert where(waits, claimed, given_on, at_once, snoozed) == [
        "collections", "german", "german", "named", "collections"
    ]  # fmt: skip


def test_taking_back_makes_it_the_pools_again(given, entity, task, pool):
    german, tomas = pool("german", countries=["DE"]), given.user("tomas", Role.COLLECTOR)
    seen = task()
    act = bulk.give(tomas, [seen.pk], tomas, key="00000000-0000-0000-0000-000000000001")
    bulk.undo(act, tomas)
    assert Task.objects.get().pool == german
    pools.change(german, Pool("German", None), actor=SYSTEM)
    assert where(seen) == ["collections"]


def test_a_preview_counts_and_changes_nothing(task, pool):
    german, rest = pool("german", countries=["DE"]), pool("rest")
    seen = [task(), task("Zink"), task(country="FR")]
    worklist.create(
        entity=seen[0].entity, customer=seen[0].customer, kind=Task.Kind.REPLY, why="x", due_on=DAY, actor=SYSTEM
    )
    held = pools.preview(german, Pool("A to M", 1, Query(letters=("A-M",))))
    assert [(each.queue, each.before, each.tasks, each.customers) for each in held] == [
        ("A to M", 3, 3, 2), ("Rest", 1, 1, 1)
    ]  # fmt: skip
    last = pools.preview(german, Pool("German", 2, Query(countries=("DE",))))
    assert [(each.queue, each.before, each.tasks, each.customers) for each in last] == [
        ("Rest", 1, 4, 3), ("German", 3, 0, 0)
    ]  # fmt: skip
    none = pools.preview(rest, Pool("Rest", None))
    assert [(each.queue, each.before, each.tasks) for each in none] == [
        ("German", 3, 3), ("Collections", 0, 1), ("Rest", 1, 0)
    ]  # fmt: skip
    assert where(*seen) == ["german", "german", "rest"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"query": Query(entities=("XX9",))}, "entities"),
        ({"query": Query(countries=("ZQ",))}, "countries"),
        ({"query": Query(languages=("german",))}, "languages"),
        ({"query": Query(letters=("K-A",))}, "letters"),
        ({"query": Query(letters=("A-",))}, "letters"),
        ({"query": Query(kinds=("shoe",))}, "kinds"),
        ({"place": 0}, "place"),
        ({"gives": "lottery"}, "gives"),
        ({"name": " "}, "name"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(db, facts, field):
    made = teams.open_queue("x", "X", actor=SYSTEM)
    with pytest.raises(PoolRefused) as refused:
        pools.change(made, Pool(**{"name": "X", "place": 1} | facts), actor=SYSTEM)
    assert refused.value.field == field
    made.refresh_from_db()
    assert pools.written(made) == Pool("X")


def test_who_looked_at_an_older_version_is_told_who_changed_it(pool):
    made = pool("x")
    seen = pools.version(made)
    pools.change(made, Pool("New"), actor=Actor("maria"))
    with pytest.raises(PoolChanged, match="maria has changed it"):
        pools.change(made, Pool("Other"), actor=SYSTEM, seen=seen)
    assert Queue.objects.get(code="x").name == "New"


def test_many_tasks_are_placed_and_moved_in_as_many_statements_as_one(given, entity, pool):
    german = pool("german", countries=["DE"])
    counts = []
    for number in (1, 60):
        causes = [
            Cause(given.customer(entity=entity).pk, "x", DAY, f"returned:{number}:{each}") for each in range(number)
        ]
        with CaptureQueriesContext(connection) as caught:
            worklist.create_many(entity.pk, Task.Kind.RETURNED, causes, actor=SYSTEM)
        counts.append(len(caught))
    assert counts[0] == counts[1]
    assert set(Task.objects.values_list("queue", flat=True)) == {german.pk}
    with CaptureQueriesContext(connection) as caught:
        assert pools.place() == 0
    assert len(caught) == 1
    Queue.objects.filter(pk=german.pk).update(place=None)
    with CaptureQueriesContext(connection) as caught:
        assert pools.place() == 61
    assert len(caught) == 1
