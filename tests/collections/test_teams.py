"""Teams: whose queues a person is given tasks of, and what a lead sees."""

import threading

import pytest
from django.db import connections

from o2c.collections import teams, worklist
from o2c.collections.models import DunningSettings, Queue, Task, Team
from o2c.collections.teams import TeamRefused
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from tests.given import DAY, Given


@pytest.fixture
def office(given):
    return Office(given)


class Office:
    """Two queues beside the one for everybody; `north` serves one of them."""

    def __init__(self, given):
        self.given, self.entity = given, given.entity()
        self.lead, self.anna, self.ben = (given.user(name, Role.COLLECTOR) for name in ("lead", "anna", "ben"))
        self.everybody = Queue.objects.get(code="collections")
        self.large = teams.open_queue("large", "Large customers", actor=SYSTEM)
        self.small = teams.open_queue("small", "Small customers", actor=SYSTEM)
        self.north = teams.create(
            "north", name="North", lead=self.lead, members=[self.anna], queues=[self.large], actor=SYSTEM
        )
        self.customer = given.customer()

    def task(self, queue, at_risk=0, assignee=None) -> Task:
        task = worklist.create(
            entity=self.entity, customer=self.customer, kind=Task.Kind.MANUAL, why="Call", due_on=DAY, queue=queue,
            assignee=assignee, actor=SYSTEM,
        )  # fmt: skip
        Task.objects.filter(pk=task.pk).update(at_risk=at_risk)
        return task


def test_members_get_their_teams_queues_before_the_others_and_nobody_else_gets_them(office):
    everybodys, large, own = (
        office.task(office.everybody, 900), office.task(office.large, 10), office.task(None, 1, assignee=office.anna),
    )  # fmt: skip
    assert worklist.claim_next(office.ben, DAY) == everybodys
    assert worklist.claim_next(office.ben, DAY) is None
    worklist.release(everybodys, Actor.of(office.ben))
    assert [worklist.claim_next(office.anna, DAY) for _ in range(4)] == [own, large, everybodys, None]


def test_the_list_for_anyone_shows_what_one_may_be_given(office):
    office.task(office.everybody)
    large, small = office.task(office.large), office.task(office.small)
    assert large in worklist.in_queues(office.anna, DAY)
    assert large not in worklist.in_queues(office.ben, DAY)
    assert small in worklist.in_queues(office.ben, DAY)


def test_a_team_that_is_dissolved_leaves_its_queue_to_everybody(office):
    large = office.task(office.large)
    assert worklist.claim_next(office.ben, DAY) is None
    teams.dissolve(office.north, actor=SYSTEM)
    assert worklist.claim_next(office.ben, DAY) == large


def test_the_lead_is_a_member_and_sees_what_the_team_has_to_do(office):
    large, annas, bens, everybodys = (
        office.task(office.large), office.task(None, assignee=office.anna), office.task(None, assignee=office.ben),
        office.task(office.everybody),
    )  # fmt: skip
    worklist.claim(everybodys, office.anna)
    assert set(worklist.of_teams(office.lead)) == {large, annas, everybodys}
    assert bens not in worklist.of_teams(office.lead)
    assert not worklist.of_teams(office.anna).exists()
    assert worklist.claim_next(office.lead, DAY) == large


def test_the_settings_name_the_queue_of_tasks_without_a_collector(office):
    assert worklist.queue_of(office.entity.pk) == office.everybody
    DunningSettings.objects.filter(entity=office.entity).update(queue=office.large)
    made = worklist.create(
        entity=office.entity, customer=office.customer, kind=Task.Kind.MANUAL, why="Call", due_on=DAY, actor=SYSTEM
    )
    assert made.queue == office.large


def test_a_team_is_changed_as_a_whole_and_only_where_it_differs(office):
    team = teams.change(
        office.north, name="North", lead=office.lead, members=[office.ben], queues=[office.small], actor=SYSTEM
    )
    assert {user.username for user in team.members.all()} == {"lead", "ben"}
    assert list(team.queues.all()) == [office.small]


def test_what_is_no_team_is_refused(office):
    auditor = office.given.user("auditor", Role.AUDITOR)
    with pytest.raises(TeamRefused, match="auditor works no tasks"):
        teams.create("x", name="X", lead=None, members=[auditor], queues=[], actor=SYSTEM)
    with pytest.raises(TeamRefused, match="at least one member"):
        teams.create("x", name="X", lead=None, members=[], queues=[], actor=SYSTEM)
    with pytest.raises(TeamRefused, match="There is a team north already"):
        teams.create("north", name="X", lead=None, members=[office.ben], queues=[], actor=SYSTEM)
    with pytest.raises(TeamRefused, match="There is a queue large already"):
        teams.open_queue("large", "X", actor=SYSTEM)
    assert list(Team.objects.values_list("name", flat=True)) == ["North"]


@pytest.mark.django_db(transaction=True)
def test_forty_members_and_others_at_once_get_each_task_once_and_only_their_own():
    office = Office(Given())
    people = [office.given.user(f"p{number}", Role.COLLECTOR) for number in range(40)]
    teams.change(office.north, name="North", lead=None, members=people[:20], queues=[office.large], actor=SYSTEM)
    Task.objects.bulk_create(
        Task(
            key=f"t:{number}", entity=office.entity, customer=office.customer, payer_id=office.customer.payer_id,
            kind=Task.Kind.CALL, why="Call", due_on=DAY, at_risk=number % 5, created_by="x",
            queue=office.large if number % 2 else office.everybody,
        )
        for number in range(120)
    )  # fmt: skip
    barrier, got = threading.Barrier(len(people)), {}

    def work(person):
        try:
            barrier.wait(timeout=120)
            mine = []
            while task := worklist.claim_next(person, DAY):
                mine.append(task)
            got[person.pk] = mine
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=180)
    claimed = [task.pk for mine in got.values() for task in mine]
    assert len(claimed) == len(set(claimed)) == 120
    for person in people[20:]:
        assert all(task.queue_id == office.everybody.pk for task in got[person.pk])
