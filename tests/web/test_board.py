"""The board and targets as pages: what is shown, who may, and what a form does."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from o2c.collections import targets, teams, worklist
from o2c.collections.models import Target, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.orders.models import Account, Holiday

TODAY = clock.today("UTC")


@pytest.fixture
def office(given, client):
    client.entity = given.entity(time_zone="UTC", weekend=[])
    Holiday.objects.filter(day=TODAY).delete()
    client.maria = given.user("maria", Role.FINANCE_MANAGER)
    client.anna, client.ben = given.user("anna", Role.COLLECTOR), given.user("ben", Role.COLLECTOR)
    customer = given.customer(entity=client.entity, name="Muster", collector=client.anna)
    given.open_item("100.00 EUR", customer=customer, entity=client.entity, due=TODAY - timedelta(days=40))
    client.task = worklist.create(
        entity=client.entity, customer=customer, kind=Task.Kind.CALL, why="x", due_on=TODAY, actor=SYSTEM
    )
    client.force_login(client.maria)
    return client


def move(office, **facts):
    return office.post("/tasks/board/move/", {"key": str(uuid4()), "to": f"user-{office.ben.pk}"} | facts)


def test_what_was_dropped_is_given_and_sent_twice_it_is_given_once(office):
    facts = {"chosen": [office.task.pk], "key": str(uuid4())}
    assert [move(office, **facts).status_code for _ in range(2)] == [302, 302]
    office.task.refresh_from_db()
    assert office.task.assignee == office.ben
    assert office.task.activities.count() == 1
    assert Account.objects.get().collector == office.anna
    page = office.get("/tasks/board/").content.decode()
    assert "Given to ben: 1 task" in page


def test_all_of_somebody_with_the_accounts(office):
    assert move(office, of=f"user-{office.anna.pk}", accounts="on").status_code == 302
    office.task.refresh_from_db()
    assert (office.task.assignee, Account.objects.get().collector) == (office.ben, office.ben)


@pytest.mark.parametrize("facts", [{}, {"of": "user-0"}, {"of": "nonsense"}, {"chosen": ["0"]}, {"chosen": ["x"]}])
def test_what_names_no_task_changes_nothing(office, facts):
    assert move(office, **facts).status_code == 422
    office.task.refresh_from_db()
    assert office.task.assignee == office.anna


def test_who_has_them_already_is_refused(office):
    answer = move(office, of=f"user-{office.anna.pk}", to=f"user-{office.anna.pk}")
    assert answer.status_code == 422
    assert b"They have these tasks already" in answer.content


def test_a_collector_who_leads_nobody_sees_so_and_may_not_give(office):
    office.force_login(office.anna)
    assert b"Nobody to look after" in office.get("/tasks/board/").content
    assert move(office, chosen=[office.task.pk]).status_code == 403


def test_a_target_is_set_shown_on_the_worklist_and_on_the_board(office):
    facts = {"of": f"user-{office.anna.pk}", "what": "tasks", "amount": "20", "from_on": TODAY.isoformat()}
    assert office.post("/tasks/targets/new/", facts).status_code == 302
    assert b"Tasks done a working day" in office.get("/tasks/targets/").content
    assert b"0 of 20" in office.get("/tasks/board/").content
    office.force_login(office.anna)
    assert [(each.reached, each.target) for each in office.get("/worklist/").context["progress"]] == [(0, 20)]
    office.force_login(office.ben)
    page = office.get("/worklist/")
    assert page.context["progress"] == []
    assert b"figures" not in page.content


def test_a_target_that_cannot_be_stands_at_its_field(office):
    facts = {"of": f"user-{office.anna.pk}", "what": "collected", "amount": "20", "from_on": TODAY.isoformat()}
    answer = office.post("/tasks/targets/new/", facts)
    assert answer.status_code == 422
    assert b"Money is of a legal entity" in answer.content
    assert not Target.objects.exists()
    assert targets.of(office.anna) == []


def test_of_a_team_of_another_legal_entity_no_target_is_shown_or_set(office, given):
    kate = given.user("kate", Role.COLLECTOR, entities=[given.entity("GB1", "GBP")])
    isles = teams.create("isles", name="The isles", lead=None, members=[kate], queues=[], actor=SYSTEM)
    targets.set_target(isles, "tasks", amount=Decimal(5), from_on=TODAY, actor=SYSTEM)
    assert b"The isles" in office.get("/tasks/targets/").content
    office.force_login(given.user("mona", Role.FINANCE_MANAGER, entities=[office.entity]))
    assert b"The isles" not in office.get("/tasks/targets/").content
    assert b"The isles" not in office.get("/tasks/targets/new/").content
    facts = {"of": f"team-{isles.pk}", "what": "tasks", "amount": "20", "from_on": TODAY.isoformat()}
    assert office.post("/tasks/targets/new/", facts).status_code == 422
    assert Target.objects.get().amount == 5
