"""What the first page shows: of the user's legal entities alone, in eight queries, equal to what is behind it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.analytics import dashboard, rollups
from o2c.analytics.models import ProofRun
from o2c.collections import dunning, promises, worklist
from o2c.collections.models import Task
from o2c.core.actors import SYSTEM
from o2c.core.models import Heartbeat, Role
from o2c.invoicing.aging import aging
from o2c.invoicing.models import ExchangeRate
from tests.given import DAY

YESTERDAY = DAY - timedelta(days=1)


@pytest.fixture
def manager(given):
    return given.user("maria", Role.FINANCE_MANAGER)


@pytest.fixture
def book(given):
    """A German and a British entity; dollars have a rate, francs have none."""
    ExchangeRate.objects.create(currency="USD", on=YESTERDAY, rate=Decimal("1.25"))
    ExchangeRate.objects.create(currency="GBP", on=YESTERDAY, rate=Decimal("0.80"))
    german, british = given.entity("DE1"), given.entity("GB1", "GBP")
    first, second = given.customer("ALPHA", entity=german), given.customer("BETA", entity=british)
    given.open_item("300.00 EUR", customer=first, entity=german, due=DAY - timedelta(days=40))
    given.open_item("125.00 USD", customer=first, entity=german, due=YESTERDAY)
    given.open_item("50.00 CHF", customer=first, entity=german, due=YESTERDAY)
    given.open_item("1000.00 EUR", customer=first, entity=german, due=DAY)
    given.open_item("400.00 GBP", customer=second, entity=british, due=YESTERDAY)
    rollups.refresh(german.pk, DAY)
    rollups.refresh(british.pk, DAY)
    return german, british


def test_totals_by_legal_entity_in_base_and_by_currency(book, manager):
    shown = dashboard.figures(manager)
    assert [(e.code, e.base_currency, e.total, e.overdue, e.unpriced) for e in shown.entities] == [
        ("DE1", "EUR", Decimal("1400.00"), Decimal("400.00"), ("CHF",)),
        ("GB1", "GBP", Decimal("400.00"), Decimal("400.00"), ()),
    ]
    aged = aging(DAY)
    assert {c.currency: c.total for c in shown.currencies} == aged.totals
    assert {c.currency: tuple(c.buckets.values()) for c in shown.currencies} == aged.buckets
    assert [tuple(c.buckets) for c in shown.currencies] == [aged.names] * 4
    assert {c.currency: c.overdue for c in shown.currencies} == {
        "CHF": Decimal(50),
        "EUR": Decimal(300),
        "GBP": Decimal(400),
        "USD": Decimal(125),
    }


def test_who_owes_most_is_ranked_by_worth_whatever_the_base_currency(book, manager):
    shown = dashboard.figures(manager)
    assert [(d.number, d.entity_code, d.overdue, d.base_currency) for d in shown.debtors] == [
        ("BETA", "GB1", Decimal("400.00"), "GBP"),  # 500 EUR
        ("ALPHA", "DE1", Decimal("400.00"), "EUR"),
    ]
    assert shown.debtors[1].oldest_due_on == DAY - timedelta(days=40)


def test_ten_debtors_are_shown_and_none_who_owes_nothing_overdue(given, manager):
    entity = given.entity()
    for amount in range(1, 13):
        given.open_item(f"{amount}.00 EUR", due=YESTERDAY)
    given.open_item("999.00 EUR", due=DAY)
    rollups.refresh(entity.pk, DAY)
    assert [debtor.overdue for debtor in dashboard.figures(manager).debtors] == list(range(12, 2, -1))


def test_a_user_sees_the_figures_of_their_legal_entities_alone(given, book):
    german, _ = book
    shown = dashboard.figures(given.user("eva", Role.COLLECTOR, entities=[german]))
    assert {entity.code for entity in shown.entities} == {"DE1"}
    assert {currency.currency for currency in shown.currencies} == {"EUR", "USD", "CHF"}
    assert {debtor.number for debtor in shown.debtors} == {"ALPHA"}
    nothing = dashboard.figures(given.user("nobody", Role.COLLECTOR, entities=[]))
    assert (nothing.entities, nothing.currencies, nothing.debtors, nothing.work, nothing.runs) == ([], [], [], [], [])
    assert nothing.made_at is None


def test_work_is_counted_for_whoever_has_it(given, book, manager):
    german, _ = book
    eva = given.user("eva", Role.COLLECTOR)
    eva.first_name, eva.last_name = "Eva", "Braun-Lee"
    eva.save()
    customer = given.customer(entity=german)
    given.open_item("60.00 EUR", customer=customer, due=YESTERDAY)

    def task(**to):
        return worklist.create(
            entity=german, customer=customer, kind=Task.Kind.MANUAL, why="x", due_on=DAY, actor=SYSTEM, **to
        )

    task(assignee=eva)
    worklist.claim(task(), eva)
    task()
    worklist.done(task(assignee=eva), "reached", actor=SYSTEM)
    worklist.rerank(as_of=DAY)
    assert [(w.name, w.user_id, w.open, w.at_risk) for w in dashboard.figures(manager).work] == [
        ("", None, 1, Decimal(60)),
        ("Eva Braun-Lee", eva.pk, 2, Decimal(120)),
    ]


def test_the_last_run_and_what_it_made(book, manager):
    german, _ = book
    first = dunning.propose(german, YESTERDAY - timedelta(days=5), actor=SYSTEM, replay=True)
    (shown,) = dashboard.figures(manager).runs
    assert (shown.id, shown.entity_code, shown.notices, shown.items) == (first.pk, "DE1", 1, 1)
    assert (shown.messages, shown.tasks) == ({}, 0)
    dunning.approve(first, actor=SYSTEM)
    dunning.send(first, actor=SYSTEM)
    (shown,) = dashboard.figures(manager).runs
    assert shown.messages == {"queued": 1}
    second = dunning.propose(german, YESTERDAY, actor=SYSTEM, replay=True)
    (shown,) = dashboard.figures(manager).runs
    assert (shown.id, shown.as_of, shown.notices, shown.messages) == (second.pk, YESTERDAY, 0, {})


def test_promises_due_and_broken(given, manager):
    item = given.open_item("100.00 EUR", due=DAY - timedelta(days=60))

    def promise(number, on, pay_by):
        other = given.open_item(f"{number}.00 EUR", customer=item.customer, due=DAY - timedelta(days=60))
        promises.record(
            customer=item.customer,
            entity=item.entity,
            items=[(other, other.amount)],
            promised_on=on,
            pay_by=pay_by,
            actor=SYSTEM,
        )

    long_ago = DAY - timedelta(days=50)
    promise(1, long_ago, DAY)
    promise(2, long_ago, DAY + timedelta(days=6))
    promise(4, long_ago, DAY + timedelta(days=7))  # next week
    promise(8, long_ago, DAY - timedelta(days=2))  # broken
    promise(16, long_ago, DAY - timedelta(days=30))  # broken
    promise(32, long_ago, DAY - timedelta(days=31))  # too long ago
    promises.recompute(DAY)
    rollups.refresh(item.entity_id, DAY)
    (shown,) = dashboard.figures(manager).promises
    assert (shown.due, shown.due_amount, shown.broken, shown.broken_amount) == (2, Decimal(3), 2, Decimal(24))


def test_red_books_and_failing_work_are_shown(given, manager, book):
    assert dashboard.figures(manager).proven is None
    ProofRun.objects.create(as_of=YESTERDAY, rules=9, findings=[{"rule": "x"}])
    Heartbeat.objects.create(part="tick.day", started_at="2026-03-02T10:00Z", failures=3, last_error="no")
    Heartbeat.objects.create(part="tick.events", started_at="2026-03-02T10:00Z")
    shown = dashboard.figures(manager)
    assert shown.proven is False
    assert [part.part for part in shown.failing] == ["tick.day"]
    ProofRun.objects.create(as_of=DAY, rules=9)
    assert dashboard.figures(manager).proven is True


def test_it_says_when_the_figures_were_made_and_whether_the_book_changed_since(book, manager):
    shown = dashboard.figures(manager)
    assert shown.made_at == min(entity.made_at for entity in shown.entities)
    assert [entity.changed_since for entity in shown.entities] == [False, False]
    rollups.mark_changed([{"entity_id": book[1].pk}])
    assert [entity.changed_since for entity in dashboard.figures(manager).entities] == [False, True]


@pytest.mark.parametrize("size", [1, 4])
def test_the_number_of_queries_does_not_depend_on_the_book(given, book, manager, size, django_assert_max_num_queries):
    for number in range(size):
        entity = given.entity(f"E{number}")
        given.open_item("10.00 EUR", entity=entity, due=YESTERDAY)
        rollups.refresh(entity.pk, DAY)
    with django_assert_max_num_queries(8):
        dashboard.figures(manager)
