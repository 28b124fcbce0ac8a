"""The metrics by the field's own examples, and what must hold of them for any figures."""

from decimal import Decimal
from pathlib import Path

from hypothesis import assume
from hypothesis import given as drawn
from hypothesis import strategies as st

from o2c.analytics.metrics import rules
from o2c.analytics.metrics.catalogue import METRICS
from o2c.analytics.metrics.rules import Sales

MONEY = st.decimals("0", "99999999.99", places=2)
SOLD = st.decimals("0.01", "99999999.99", places=2)


def test_the_collection_effectiveness_index_of_the_known_example():
    begin, sales, end, current = map(Decimal, (6200, 10890, 6340, 3590))
    assert round(rules.collection_effectiveness(begin, sales, 3, end, current) * 100, 1) == Decimal("55.9")
    assert round(rules.collection_effectiveness(begin, sales, 1, end, current) * 100, 1) == Decimal("79.6")


def test_countback_of_the_known_example():
    months = [Sales(Decimal(amount), 30) for amount in (100_000, 80_000, 70_000)]
    assert round(rules.countback_dso(Decimal(212_000), months), 1) == Decimal("73.7")


def test_countback_ends_where_the_receivables_do():
    months = [Sales(Decimal(100), 31), Sales(Decimal(0), 30), Sales(Decimal(50), 31)]
    assert rules.countback_dso(Decimal(100), months) == 31
    assert rules.countback_dso(Decimal(125), months) == Decimal(31 + 30) + Decimal("15.5")
    assert rules.countback_dso(Decimal(150), months) == 92
    assert rules.countback_dso(Decimal("150.01"), months) is None
    assert rules.countback_dso(Decimal(0), months) == 0
    assert rules.countback_dso(Decimal(-5), months) == 0
    assert rules.countback_dso(Decimal(5), []) is None


@drawn(overdue=MONEY, not_due=MONEY, sales=SOLD, days=st.integers(1, 365))
def test_dso_is_the_best_possible_and_the_days_delinquent(overdue, not_due, sales, days):
    whole = rules.days_sales_outstanding(overdue + not_due, sales, days)
    parts = rules.best_possible_dso(not_due, sales, days) + rules.average_days_delinquent(
        overdue + not_due, not_due, sales, days
    )
    assert abs(whole - parts) <= abs(whole) * Decimal("1e-20")


@drawn(begin=MONEY, sales=MONEY, current=MONEY, paid=MONEY)
def test_who_collects_all_that_is_due_has_an_index_of_one(begin, sales, current, paid):
    assume(begin + sales > current)
    assert rules.collection_effectiveness(begin, sales, 1, current, current) == 1
    end = current + paid
    found = rules.collection_effectiveness(begin, sales, 1, end, current)
    assert found <= 1


@drawn(amounts=st.lists(MONEY, min_size=1, max_size=12), share=st.decimals("0", "1", places=3))
def test_countback_never_reaches_further_back_than_the_sales(amounts, share):
    months = [Sales(amount, 30) for amount in amounts]
    receivables = sum(amounts) * share
    found = rules.countback_dso(receivables, months)
    assert found is not None
    assert 0 <= found <= 30 * len(amounts)


def test_where_nothing_was_sold_or_owed_there_is_no_figure():
    assert rules.days_sales_outstanding(Decimal(5), Decimal(0), 90) is None
    assert rules.days_sales_outstanding(Decimal(5), Decimal(-1), 90) is None
    assert rules.collection_effectiveness(Decimal(0), Decimal(0), 3, Decimal(0), Decimal(0)) is None
    assert rules.turnover(Decimal(100), Decimal(0), Decimal(0), 365) is None
    assert rules.turnover(Decimal(100), Decimal(10), Decimal(30), 365) == 5
    assert rules.roll_rate(Decimal(0), Decimal(5)) is None
    assert rules.roll_rate(Decimal(20), Decimal(5)) == Decimal("0.25")
    assert rules.a_thousand(Decimal(5), Decimal(0)) is None
    assert rules.a_thousand(Decimal(5), Decimal(2000)) == Decimal("2.5")
    assert rules.average(Decimal(0), 0) is None


def test_the_documents_say_each_metric_as_the_page_does():
    text = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text(encoding="utf-8")
    told = [line for line in text.splitlines() if line.startswith("| `")]
    assert told == [f"| `{each.code}` | {each.name} | {each.formula} | {each.window} |" for each in METRICS]
    assert len({each.code for each in METRICS}) == len(METRICS)
