"""Fifty collectors at the same worklist: each task goes to one of them, and is done once."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from o2c.collections import worklist
from o2c.collections.models import Activity, Queue, Task
from o2c.core import clock, states
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role, User
from tests.given import Given

THREADS = 50
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work, people):
    """Run `work(person)` for all at once, each in a thread with a connection of its own."""
    barrier = threading.Barrier(len(people))

    def one(person):
        try:
            barrier.wait(timeout=120)
            return work(person)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(people)) as pool:
        return [future.result() for future in [pool.submit(one, person) for person in people]]


@pytest.fixture
def office():
    """Fifty collectors, ten of whom have tasks of their own; the other tasks are in the queue."""
    given = Given()
    entity = given.entity()
    people = User.objects.bulk_create(
        User(username=f"collector{number}", roles=[Role.COLLECTOR], all_entities=True) for number in range(THREADS)
    )
    customer = given.customer(entity=entity)
    queue = Queue.objects.get(code="collections")
    today = clock.today()
    Task.objects.bulk_create(
        Task(
            key=f"test:{number}",
            entity=entity,
            customer=customer,
            payer_id=customer.payer_id,
            kind=Task.Kind.CALL,
            why="Call them",
            due_on=today,
            at_risk=number % 7,
            assignee=people[number % 10] if number < 60 else None,
            queue=None if number < 60 else queue,
            created_by=SYSTEM.name,
        )
        for number in range(260)
    )
    return people


def test_each_task_is_claimed_once(office):
    today = clock.today()

    def claim_all(person):
        got = []
        while task := worklist.claim_next(person, today):
            got.append(task.pk)
        return got

    claimed = at_once(claim_all, office)
    everything = [pk for got in claimed for pk in got]
    assert len(everything) == len(set(everything)) == 260
    by_person = dict(Task.objects.filter(state="claimed").values_list("pk", "claimed_by_id"))
    assert by_person == {pk: person.pk for person, got in zip(office, claimed, strict=True) for pk in got}
    own = dict(Task.objects.exclude(assignee=None).values_list("pk", "assignee_id"))
    assert all(by_person[pk] == person for pk, person in own.items())


def test_no_task_is_lost_or_done_twice_whatever_they_do(office):
    """Each claims and then finishes, snoozes, releases or hands on, and meddles with others' tasks in between."""
    today = clock.today()
    later = today + timedelta(days=1)
    refused = (worklist.TaskRefused, states.LostRace)

    def work(person):
        chance, actor, finished = random.Random(person.username), Actor.of(person), []
        for _ in range(12):
            task = worklist.claim_next(person, today)
            if task is None:
                break
            for seen, act in [(Task.objects.get(pk=task.pk), chance.randrange(5)), (any_task(chance), 0)]:
                try:
                    match act:
                        case 0:
                            worklist.done(seen, "reached", actor=actor)
                            finished.append(seen.pk)
                        case 1:
                            worklist.snooze(seen, later, actor)
                        case 2:
                            worklist.release(seen, actor)
                        case 3:
                            worklist.reassign(seen, chance.choice(office), actor)
                        case 4:
                            worklist.claim(any_task(chance), person)
                except refused:
                    pass
        return finished

    def any_task(chance):
        return Task(pk=chance.choice(ids))

    ids = list(Task.objects.values_list("pk", flat=True))
    done = Counter(pk for finished in at_once(work, office) for pk in finished)
    assert Task.objects.count() == 260
    assert set(done.values()) <= {1}
    assert set(done) == set(Task.objects.filter(state="done").values_list("pk", flat=True))
    assert Counter(Activity.objects.filter(kind="done").values_list("task_id", flat=True)) == done
    assert not Task.objects.filter(state="claimed", claimed_by=None).exists()
    assert not Task.objects.exclude(state__in=["claimed", "done"]).exclude(claimed_by=None).exists()
    assert not Task.objects.filter(state="snoozed", snoozed_until=None).exists()
    # what is left can still be worked through to the end
    left = set(ids) - set(done)
    for person in office:
        for task in worklist.mine(person, later):
            worklist.done(task, "reached", actor=Actor.of(person))
            left.remove(task.pk)
        while task := worklist.claim_next(person, later):
            worklist.done(task, "reached", actor=Actor.of(person))
            left.remove(task.pk)
    assert left == set()


def test_ranking_and_closing_never_wait_for_nor_break_who_works(office):
    """Chores run over all tasks while everybody claims and finishes: no deadlock, nothing closed that was done."""
    today = clock.today()

    def work(person):
        if person is office[0]:
            for _ in range(10):
                worklist.rerank(as_of=today)
                worklist.close_cleared()
            return 0
        count = 0
        while count < 3 and (task := worklist.claim_next(person, today)):
            worklist.done(task, "reached", actor=Actor.of(person))
            count += 1
        return count

    assert sum(at_once(work, office)) == Task.objects.filter(state="done", outcome="reached").count()
    assert not Task.objects.filter(outcome="cleared").exists()
