"""The board over the API, and giving a task to somebody."""

from datetime import timedelta

from o2c.collections import worklist
from o2c.collections.models import Task
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from tests.api.test_conventions import is_problem


def test_the_board_says_who_has_how_much_and_a_task_is_given_on(given, api):
    entity = given.entity(time_zone="UTC")
    today = clock.today("UTC")
    anna, _ = given.user("anna", Role.COLLECTOR), given.user("ben", Role.COLLECTOR)
    customer = given.customer(entity=entity, collector=anna)
    given.open_item("100.00 EUR", customer=customer, entity=entity, due=today - timedelta(days=40))
    task = worklist.create(entity=entity, customer=customer, kind=Task.Kind.CALL, why="x", due_on=today, actor=SYSTEM)
    loads = {load["person"]: load for load in api.get("/tasks/board").json()["loads"]}
    assert loads["anna"] == {
        "person": "anna", "queue": None, "tasks": 1, "due": 1, "overdue": 0,
        "at_risk": [{"amount": "100.00", "currency": "EUR"}], "covered_by": None, "progress": [],
        "ageing": [
            {
                "currency": "EUR", "total": "100.00",
                "buckets": {
                    "not_due": "0.00", "1_30": "0.00", "31_60": "100.00", "61_90": "0.00", "over_90": "0.00"
                },
            }
        ],
    }  # fmt: skip
    given_on = api.post(f"/tasks/{task.pk}/give", {"assignee": "ben"})
    assert (given_on.status_code, given_on.json()["assignee"]) == (200, "ben")
    assert api.post(f"/tasks/{task.pk}/give", {"queue": "collections"}).json()["queue"] == "collections"
    assert is_problem(api.post(f"/tasks/{task.pk}/give", {"assignee": "nobody"}), 400, "validation", "/assignee")
    assert is_problem(api.post(f"/tasks/{task.pk}/give", {}), 400, "validation")


def test_a_key_sees_the_tasks_of_its_entities_only(given, key):
    french = given.entity("FR1", time_zone="UTC")
    anna = given.user("anna", Role.COLLECTOR)
    worklist.create(
        entity=french, customer=given.customer(entity=french, collector=anna), kind=Task.Kind.CALL, why="x",
        due_on=clock.today(), actor=SYSTEM,
    )  # fmt: skip
    german = key(entities=[given.entity("DE1")])
    assert [load["tasks"] for load in german.get("/tasks/board").json()["loads"]] == [0]
