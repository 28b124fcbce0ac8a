"""Strategies: rules with points weigh the money at risk, and each task says why it stands where it stands."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.collections import activities, disputes, promises, worklist
from o2c.collections.models import Activity, Strategy, StrategyRule, Task
from o2c.collections.strategies import facts, ranking, rules
from o2c.collections.strategies.rules import Rule, Rules, StrategyChanged, StrategyRefused
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing.models import OpenItem, ReturnedPayment
from o2c.wiring import handle_events

TODAY = clock.today("UTC")


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def entity(given):
    return given.entity(time_zone="UTC")


@pytest.fixture
def owes(given, entity):
    """Makes a customer who has owed so much for so many days, and a task about it."""

    def make(money="100.00 EUR", days=10, kind=Task.Kind.MANUAL, due_on=TODAY, limit=None, **details) -> Task:
        customer = given.customer(entity=entity, **details)
        customer.accounts.update(credit_limit=limit)
        given.open_item(money, customer=customer, entity=entity, due=ago(days))
        return worklist.create(
            entity=entity, customer=customer, kind=kind, why="Call them", due_on=due_on, actor=SYSTEM
        )

    return make


@pytest.fixture
def ranks(entity):
    """Sets the strategy, has the event handled, and gives each task's points and rank."""

    def set_to(*given: Rule, least: str = "0") -> dict[int, tuple[int, Decimal]]:
        rules.change(entity, Rules(Decimal(least), given), actor=SYSTEM)
        handle_events()
        return {task.pk: (task.points, task.rank) for task in Task.objects.all()}

    return set_to


def test_without_a_strategy_tasks_count_by_the_money_at_risk(owes):
    task = owes("250.00 EUR")
    assert (task.at_risk, task.points, task.rank) == (Decimal(250), 0, Decimal(250))
    assert ranking.explain([task]) == {}


def test_points_of_all_rules_that_hold_weigh_the_money(owes, ranks):
    old, young = owes("100.00 EUR", days=90), owes("120.00 EUR", days=10)
    found = ranks(Rule("oldest", "at_least", "60", 40), Rule("overdue", "at_most", "110", 10))
    assert found == {old.pk: (50, Decimal(150)), young.pk: (0, Decimal(120))}


def test_points_below_minus_a_hundred_count_nothing_and_no_less(owes, ranks):
    task = owes("100.00 EUR", days=90)
    assert ranks(Rule("oldest", "at_least", "1", -80), Rule("oldest", "at_least", "2", -70)) == {task.pk: (-100, 0)}


def test_a_task_without_money_counts_what_a_task_counts_at_least(given, owes, ranks, entity):
    customer = given.customer(entity=entity)
    mail = worklist.create(
        entity=entity, customer=customer, kind=Task.Kind.REPLY, why="Answer", due_on=TODAY, actor=SYSTEM
    )
    large = owes("400.00 EUR")
    found = ranks(Rule("kind", "is", "reply", 100), least="300")
    assert found == {mail.pk: (100, Decimal(600)), large.pk: (0, Decimal(400))}


def test_the_next_task_is_the_first_by_the_strategy(given, owes, ranks):
    user = given.user("tomas", Role.COLLECTOR)
    large, old = owes("120.00 EUR", days=3), owes("100.00 EUR", days=90)
    assert list(worklist.in_queues(user, TODAY)) == [large, old]
    ranks(Rule("oldest", "at_least", "60", 50))
    assert list(worklist.in_queues(user, TODAY)) == [old, large]
    assert worklist.claim_next(user, TODAY) == old


def item_of(task) -> OpenItem:
    return OpenItem.objects.get(customer=task.customer, kind=OpenItem.Kind.INVOICE)


def broken_promise(given, task):
    promises.record(
        customer=task.customer, entity=task.entity, items=[(item_of(task), Decimal(10))], pay_by=ago(20),
        promised_on=ago(30), actor=SYSTEM,
    )  # fmt: skip
    promises.recompute(TODAY)


def returned(given, task):
    receipt = given.receipt("10.00 EUR", customer=task.customer, entity=task.entity, on=ago(20))
    ReturnedPayment.objects.create(entity=task.entity, receipt=receipt, returned_on=ago(5), actor="bank")


def contested(given, task):
    disputes.open(item_of(task), reason="broken", on=ago(1), amount=Decimal(50), actor=SYSTEM)


def spoken(given, task):
    activities.log_call(task, Activity.Outcome.REACHED, actor=SYSTEM)


def pays_late(given, task):
    item = given.open_item("60.00 EUR", customer=task.customer, entity=task.entity, due=ago(60))
    given.pay(item, on=ago(20))
    prompt = given.open_item("20.00 EUR", customer=task.customer, entity=task.entity, due=ago(50))
    given.pay(prompt, on=ago(50))


def blocked(given, task):
    task.customer.accounts.update(standing="blocked")


def is_consumer(given, task):
    type(task.customer).objects.filter(pk=task.customer_id).update(is_consumer=True)


@pytest.mark.parametrize(
    ("rule", "done", "said"),
    [
        (Rule("overdue", "at_least", "100", 5), None, "100 overdue (+5)"),
        (Rule("oldest", "at_least", "10", 5), None, "the oldest item is 10 days late (+5)"),
        (Rule("broken", "at_least", "1", 30), broken_promise, "1 promise broken in a year (+30)"),
        (Rule("returned", "at_least", "1", 30), returned, "1 payment returned in a year (+30)"),
        (Rule("contested", "at_least", "50", -40), contested, "50 % of it in dispute (−40)"),
        (Rule("spoken", "at_least", "21", 20), None, "never spoken with (+20)"),
        (Rule("spoken", "at_most", "2", -60), spoken, "spoken with today (−60)"),
        (Rule("habit", "at_least", "30", 10), pays_late, "pays 30 days late on average (+10)"),
        (Rule("limit", "at_least", "50", 10), None, "50 % of the credit limit used (+10)"),
        (Rule("waiting", "at_least", "4", 10), None, "due for 4 days (+10)"),
        (Rule("kind", "is", "manual", 10), None, "task by hand (+10)"),
        (Rule("kind", "is_not", "call", 10), None, "task by hand (+10)"),
        (Rule("segment", "is", "retail", 10), None, "segment retail (+10)"),
        (Rule("country", "is", "FR", 10), None, "country FR (+10)"),
        (Rule("standing", "is", "blocked", 10), blocked, "account blocked (+10)"),
        (Rule("debtor", "is", "consumer", 10), is_consumer, "a consumer (+10)"),
    ],
    ids=lambda value: f"{value.fact} {value.comparison}" if isinstance(value, Rule) else "",
)
def test_each_fact_is_read_and_said(given, owes, ranks, rule, done, said):
    task = owes(country="FR", segment="retail", limit=Decimal(200), due_on=ago(4))
    if done:
        done(given, task)
    points, _ = ranks(rule)[task.pk]
    assert points == rule.points
    assert ranking.explain([task])[task.pk].sentence() == said


def test_the_level_told_is_a_fact(given, owes, ranks):
    task = owes(days=40)
    assert ranks(Rule("level", "at_least", "1", 10))[task.pk][0] == 0
    assert ranks(Rule("level", "at_most", "0", 10))[task.pk][0] == 10


def test_every_fact_is_tested():
    (cases,) = [mark.args[1] for mark in test_each_fact_is_read_and_said.pytestmark if mark.name == "parametrize"]
    assert {rule.fact for rule, *_ in cases} | {"level"} == set(facts.BY_CODE)


@pytest.mark.parametrize(
    ("rule", "field", "said"),
    [
        (Rule("shoe_size", "at_least", "1", 5), "fact", "There is no fact"),
        (Rule("oldest", "is", "1", 5), "comparison", "“at least” or “at most”"),
        (Rule("country", "at_least", "FR", 5), "comparison", "“is” or “is not”"),
        (Rule("oldest", "at_least", "many", 5), "value", "compared with a number"),
        (Rule("oldest", "at_least", "NaN", 5), "value", "lies between"),
        (Rule("oldest", "at_least", "-1", 5), "value", "lies between 0 and 10,000."),
        (Rule("oldest", "at_least", "1.5", 5), "value", "whole number"),
        (Rule("contested", "at_least", "101", 5), "value", "between 0 and 100 %"),
        (Rule("segment", "is", "no such", 5), "value", "none yet"),
        (Rule("country", "is", "XX", 5), "value", "not “XX”"),
        (Rule("oldest", "at_least", "1", 0), "points", "not nothing"),
        (Rule("oldest", "at_least", "1", 501), "points", "between"),
    ],
    ids=lambda value: f"{value.fact} {value.comparison} {value.value}" if isinstance(value, Rule) else "",
)
def test_what_cannot_be_is_refused_at_its_field(entity, rule, field, said):
    good = Rule("oldest", "at_least", "9", 5)
    with pytest.raises(StrategyRefused, match=said) as refused:
        rules.change(entity, Rules(rules=(good, rule)), actor=SYSTEM)
    assert (refused.value.field, refused.value.place) == (field, 1)
    assert not Strategy.objects.exists()


def test_the_same_rule_twice_too_many_and_a_negative_least_are_refused(entity):
    same = Rule("oldest", "at_least", "9", 5)
    with pytest.raises(StrategyRefused, match="Rule 1 asks the same"):
        rules.change(entity, Rules(rules=(same, same)), actor=SYSTEM)
    many = tuple(Rule("oldest", "at_least", str(n), 5) for n in range(31))
    with pytest.raises(StrategyRefused, match="at most 30"):
        rules.change(entity, Rules(rules=many), actor=SYSTEM)
    with pytest.raises(StrategyRefused, match="At least nothing") as refused:
        rules.change(entity, Rules(least=Decimal(-1)), actor=SYSTEM)
    assert refused.value.field == "least"


def test_who_looked_at_an_older_one_is_told_who_changed_it(given, entity):
    first = rules.change(entity, Rules(rules=(Rule("oldest", "at_least", "9", 5),)), actor=SYSTEM)
    eva = Actor.of(given.user("eva", Role.FINANCE_MANAGER))
    rules.change(entity, Rules(rules=(Rule("oldest", "at_least", "10", 5),)), actor=eva, seen=rules.version(first))
    with pytest.raises(StrategyChanged, match="eva has changed it"):
        rules.change(entity, Rules(), actor=SYSTEM, seen=rules.version(first))
    assert [rule.value for rule in StrategyRule.objects.all()] == ["10"]


def test_the_usual_rules_can_be_kept(entity):
    assert rules.faults_of(rules.USUAL, entity) == []
    rules.change(entity, rules.USUAL, actor=SYSTEM)
    assert rules.of(entity) == rules.USUAL


def test_a_preview_says_each_place_then_and_now_and_changes_nothing(owes, entity):
    first, second, third = owes("300.00 EUR", 5), owes("200.00 EUR", 5), owes("150.00 EUR", 80)
    seen = ranking.preview(entity, Rules(rules=(Rule("oldest", "at_least", "60", 60),)))
    assert (seen.tasks, seen.moved) == (3, 2)
    assert [(each.task, each.place, each.before) for each in seen.first] == [
        (first, 1, 1), (third, 2, 3), (second, 3, 2),
    ]  # fmt: skip
    assert seen.first[1].ranked.rank == Decimal(240)
    assert set(Task.objects.values_list("rank", flat=True)) == {Decimal(300), Decimal(200), Decimal(150)}


def test_a_preview_of_nothing_is_empty(entity):
    seen = ranking.preview(entity, rules.USUAL)
    assert (seen.tasks, seen.moved, seen.first) == (0, 0, ())


def test_saved_ranks_are_those_of_the_preview_and_of_the_explanation(given, owes, ranks, entity):
    tasks = [owes(f"{n * 37}.00 EUR", days=n * 9 % 100) for n in range(1, 12)]
    broken_promise(given, tasks[3])
    spoken(given, tasks[5])
    seen = {each.task.pk: (each.ranked.points, each.ranked.rank) for each in ranking.preview(entity, rules.USUAL).first}
    saved = ranks(*rules.USUAL.rules)
    assert saved == seen
    assert {pk: (each.points, each.rank) for pk, each in ranking.explain(Task.objects.all()).items()} == saved


def test_ranking_takes_one_statement_whatever_the_number_of_tasks(owes, ranks, entity):
    ranks(*rules.USUAL.rules)

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            worklist.rerank(entity.pk)
        return len(queries)

    owes("10.00 EUR")
    few = statements()
    for n in range(20):
        owes(f"{n + 1}.00 EUR", days=n * 7 + 1)
    assert statements() == few


def test_other_currencies_are_weighed_in_the_base_currency(given, entity, ranks):
    given.rate("USD", "2.0", on=ago(100))
    customer = given.customer(entity=entity)
    customer.accounts.update(credit_limit=Decimal(100))
    given.open_item("100.00 USD", customer=customer, entity=entity, due=ago(3))
    task = worklist.create(
        entity=entity, customer=customer, kind=Task.Kind.MANUAL, why="Call", due_on=TODAY, actor=SYSTEM
    )
    disputes.open(item_of(task), reason="broken", on=ago(1), amount=Decimal(50), actor=SYSTEM)
    found = ranks(Rule("contested", "at_least", "50", 10), Rule("limit", "at_least", "50", 100))
    assert found[task.pk] == (110, Decimal(105))
