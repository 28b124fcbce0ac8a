"""Strategies over the API: read, set under a condition, and previewed."""

from datetime import timedelta
from decimal import Decimal

from o2c.collections import worklist
from o2c.collections.models import Strategy, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM
from tests.api.test_conventions import is_problem

OLD = {"fact": "oldest", "comparison": "at_least", "value": "60", "points": 50}


def test_a_strategy_is_set_read_and_guarded_by_its_tag(given, api):
    entity = given.entity()
    assert is_problem(api.get(f"/legal-entities/{entity.pk}/strategy"), 404, "not-found")
    body = {"least": {"amount": "20.00", "currency": "EUR"}, "rules": [OLD]}
    made = api.put(f"/legal-entities/{entity.pk}/strategy", body)
    assert made.status_code == 200, made.content
    said = made.json()
    assert (said["entity"], said["rules"], said["least"]) == (entity.code, [OLD], body["least"])
    tag = made.headers["ETag"]
    again = api.put(f"/legal-entities/{entity.pk}/strategy", {"rules": []}, If_Match=tag)
    assert again.json()["rules"] == []
    assert is_problem(api.put(f"/legal-entities/{entity.pk}/strategy", body, If_Match=tag), 412, "precondition")
    assert [row["entity"] for row in api.get("/strategies").json()["data"]] == [entity.code]


def test_what_cannot_be_is_refused_at_its_place(given, api):
    entity = given.entity()
    path = f"/legal-entities/{entity.pk}/strategy"
    wrong = api.put(path, {"rules": [OLD, OLD | {"value": "many"}]})
    assert is_problem(wrong, 400, "validation", "/rules/1/value")
    assert is_problem(api.put(path, {"rules": [OLD | {"fact": "shoe"}]}), 400, "validation", "/rules/0/fact")
    dollars = {"least": {"amount": "20.00", "currency": "USD"}, "rules": []}
    assert is_problem(api.put(path, dollars), 400, "validation", "/least/currency")
    assert is_problem(api.put("/legal-entities/999999/strategy", {"rules": []}), 404, "not-found")
    assert not Strategy.objects.exists()


def test_a_preview_says_the_order_and_why(given, api):
    entity = given.entity()
    today = clock.today(entity.time_zone)
    tasks = []
    for money, days in (("120.00 EUR", 3), ("100.00 EUR", 90)):
        customer = given.customer(entity=entity)
        given.open_item(money, customer=customer, entity=entity, due=today - timedelta(days=days))
        tasks.append(
            worklist.create(
                entity=entity, customer=customer, kind=Task.Kind.MANUAL, why="Call", due_on=today, actor=SYSTEM
            )
        )
    seen = api.post(f"/legal-entities/{entity.pk}/strategy/preview", {"rules": [OLD]}).json()
    assert (seen["tasks"], seen["moved"]) == (2, 2)
    assert seen["first"][0] == {
        "task": tasks[1].pk, "customer": tasks[1].customer_id, "place": 1, "before": 2, "points": 50, "rank": "150.00",
        "because": [{"fact": "oldest", "value": "90", "points": 50}],
        "sentence": "the oldest item is 90 days late (+50)",
    }  # fmt: skip
    task = api.get(f"/tasks/{tasks[1].pk}").json()
    assert (task["points"], Decimal(task["rank"]["amount"])) == (0, Decimal(100))
