"""The page of a strategy: rules are typed, the order is looked at, and only saving lets them count."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.collections import worklist
from o2c.collections.models import StrategyRule, Task
from o2c.collections.strategies import rules
from o2c.collections.strategies.rules import Rule, Rules
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role


@pytest.fixture
def manager(given, client):
    entity = given.entity(time_zone="UTC")
    client.force_login(given.user("maria", Role.FINANCE_MANAGER))
    today = clock.today("UTC")
    for name, money, days in (("Young", "120.00 EUR", 3), ("Old", "100.00 EUR", 90)):
        customer = given.customer(entity=entity, name=name)
        given.open_item(money, customer=customer, entity=entity, due=today - timedelta(days=days))
        worklist.create(entity=entity, customer=customer, kind=Task.Kind.CALL, why="Call", due_on=today, actor=SYSTEM)
    client.path = f"/tasks/strategies/{entity.pk}/"
    return client


def typed(*asked: Rule, **more) -> dict:
    cells = ("fact", "comparison", "value", "points")
    return {
        f"rule_{n}_{name}": getattr(rule, name) for n, rule in enumerate(asked, start=1) for name in cells
    } | more  # fmt: skip


OLD = Rule("oldest", "at_least", "60", 50)


def test_without_a_strategy_the_usual_rules_are_offered_and_none_counts(manager):
    page = manager.get(manager.path)
    assert b"ranked by the money at risk alone" in page.content
    form = manager.get(f"{manager.path}edit/")
    assert b"the rules that collectors usually begin with" in form.content
    assert not StrategyRule.objects.exists()


def test_looking_at_the_order_changes_nothing(manager):
    answer = manager.post(f"{manager.path}edit/", typed(OLD, **{"and": "preview"}))
    assert answer.status_code == 200
    assert b"the oldest item is 90 days late (+50)" in answer.content
    assert b"2 tasks, 2 stand elsewhere than now" in answer.content
    assert not StrategyRule.objects.exists()


def test_saved_rules_are_shown_with_what_comes_first(manager):
    answer = manager.post(f"{manager.path}edit/", typed(OLD, least="10", **{"and": "save"}))
    assert (answer.status_code, answer["Location"]) == (302, manager.path)
    page = manager.get(manager.path).content.decode()
    assert "Days the oldest item is overdue at least 60" in page
    assert "Changed by maria" in page
    assert page.index(">Old<") < page.index(">Young<")
    worklist.rerank()
    assert [task.rank for task in Task.objects.order_by("-rank")] == [Decimal(150), Decimal(120)]


def test_a_wrong_rule_is_said_at_its_field(manager):
    answer = manager.post(f"{manager.path}edit/", typed(OLD, Rule("oldest", "is", "x", 5), **{"and": "save"}))
    assert answer.status_code == 422
    form = answer.context["form"]
    assert list(form.errors) == ["rule_2_comparison"]
    half = manager.post(f"{manager.path}edit/", {"rule_1_fact": "oldest", "and": "save"})
    assert set(half.context["form"].errors) == {"rule_1_comparison", "rule_1_value", "rule_1_points"}
    assert not StrategyRule.objects.exists()


def test_who_typed_over_an_older_version_is_told(given, manager):
    shown = manager.get(f"{manager.path}edit/").context["form"]["seen"].value()
    rules.change(given.entity(), Rules(rules=(OLD,)), actor=SYSTEM)
    answer = manager.post(
        f"{manager.path}edit/", typed(Rule("oldest", "at_least", "9", 5), seen=shown, **{"and": "save"})
    )
    assert answer.status_code == 409
    assert b"has changed it meanwhile" in answer.content
    assert StrategyRule.objects.get().value == "60"


def test_a_collector_reads_it_and_does_not_change_it(given, manager, client):
    client.force_login(given.user("tomas", Role.COLLECTOR))
    assert client.get(manager.path).status_code == 200
    assert client.get(f"{manager.path}edit/").status_code == 403
    assert client.post(f"{manager.path}edit/", typed(OLD)).status_code == 403


def test_another_legal_entitys_is_not_there(given, manager, client):
    client.force_login(given.user("eva", Role.FINANCE_MANAGER, entities=[given.entity("FR1")]))
    assert client.get(manager.path).status_code == 404
    assert client.post(f"{manager.path}edit/", typed(OLD)).status_code == 404
    assert client.get("/tasks/strategies/")["Location"] == f"/tasks/strategies/{given.entity('FR1').pk}/"


def test_the_worklist_and_the_task_say_why_it_stands_there(given, manager):
    rules.change(given.entity(), Rules(rules=(OLD,)), actor=SYSTEM)
    worklist.rerank()
    task = Task.objects.order_by("-rank").first()
    assert b"the oldest item is 90 days late (+50)" in manager.get("/worklist/?show=queue").content
    assert b"Ranked by the oldest item is 90 days late (+50)" in manager.get(f"/tasks/{task.pk}/").content
