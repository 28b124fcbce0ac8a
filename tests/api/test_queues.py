"""Queues over the API: read, set under a condition, and previewed."""

from o2c.collections import teams, worklist
from o2c.collections.models import Queue, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM
from tests.api.test_conventions import is_problem


def test_a_queue_is_set_previewed_and_guarded_by_its_tag(given, api):
    entity = given.entity()
    queue = teams.open_queue("south", "South", actor=SYSTEM)
    task = worklist.create(
        entity=entity, customer=given.customer(), kind=Task.Kind.CALL, why="x", due_on=clock.today(), actor=SYSTEM
    )
    body = {"name": "South", "place": 1, "countries": ["de"], "letters": ["a-m"], "gives": "load_balance"}
    seen = api.post(f"/queues/{queue.pk}/preview", body).json()
    assert seen == {
        "queues": [
            {"queue": "South", "before": 0, "tasks": 1, "customers": 1},
            {"queue": "Collections", "before": 1, "tasks": 0, "customers": 0},
        ]
    }
    assert Task.objects.get().queue.code == "collections"
    made = api.put(f"/queues/{queue.pk}", body)
    assert made.status_code == 200, made.content
    said = made.json()
    assert (said["place"], said["countries"], said["letters"], said["gives"]) == (1, ["DE"], ["A-M"], "load_balance")
    assert api.get(f"/tasks/{task.pk}").json()["pool"] == "south"
    assert api.put(f"/queues/{queue.pk}", {"name": "Else"}, If_Match=made.headers["ETag"]).status_code == 200
    assert is_problem(api.put(f"/queues/{queue.pk}", body, If_Match=made.headers["ETag"]), 412, "precondition")
    assert {row["code"] for row in api.get("/queues").json()["data"]} >= {"collections", "south"}


def test_what_cannot_be_is_refused_at_its_place_and_only_who_sees_all_says_it(given, api, key):
    queue = teams.open_queue("south", "South", actor=SYSTEM)
    path = f"/queues/{queue.pk}"
    assert is_problem(api.put(path, {"name": "X", "place": 1, "countries": ["ZQ"]}), 400, "validation", "/countries")
    assert is_problem(api.put(path, {"name": "X", "gives": "lottery"}), 400, "validation", "/gives")
    german = key(entities=[given.entity("DE1")])
    assert is_problem(german.put(path, {"name": "X"}), 403, "forbidden")
    assert is_problem(german.post(f"{path}/preview", {"name": "X"}), 403, "forbidden")
    assert Queue.objects.get(pk=queue.pk).name != "X"
