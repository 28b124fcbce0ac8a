"""When invoices fall due, and that parts add up."""

import calendar
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import assume
from hypothesis import given as suppose
from hypothesis import strategies as st

from o2c.core.money import step
from o2c.orders.models import EarlyPaymentDiscount, Instalment, PaymentTerms
from o2c.orders.terms import Share, Terms, Tier, discount_until, due_date, schedule

NET, MONTH, DAY = PaymentTerms.Kind.NET, PaymentTerms.Kind.END_OF_MONTH, PaymentTerms.Kind.DAY_OF_MONTH
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))


def last_of(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


@pytest.mark.parametrize(
    ("issued", "terms", "due"),
    [
        ("2026-01-31", Terms(NET, 30), "2026-03-02"),
        ("2028-01-31", Terms(NET, 30), "2028-03-01"),  # a leap year
        ("2026-05-05", Terms(NET, 0), "2026-05-05"),
        ("2026-01-31", Terms(MONTH, 30), "2026-03-02"),
        ("2026-02-01", Terms(MONTH, 0), "2026-02-28"),
        ("2028-02-01", Terms(MONTH, 0), "2028-02-29"),
        ("2026-04-30", Terms(MONTH, 15), "2026-05-15"),
        ("2026-12-31", Terms(MONTH, 0), "2026-12-31"),
        ("2026-03-01", Terms(DAY, 0, 10), "2026-03-10"),
        ("2026-03-10", Terms(DAY, 0, 10), "2026-03-10"),
        ("2026-03-11", Terms(DAY, 0, 10), "2026-04-10"),
        ("2026-03-01", Terms(DAY, 14, 10), "2026-04-10"),
        ("2026-12-20", Terms(DAY, 14, 2), "2027-02-02"),
        ("2026-12-20", Terms(DAY, 14, 3), "2027-01-03"),
        ("2026-02-10", Terms(DAY, 0, 31), "2026-02-28"),
        ("2028-02-10", Terms(DAY, 0, 30), "2028-02-29"),
        ("2026-01-31", Terms(DAY, 1, 31), "2026-02-28"),
        ("2026-01-30", Terms(DAY, 0, 31), "2026-01-31"),
    ],
)
def test_due_dates_of_known_cases(issued, terms, due):
    assert due_date(date.fromisoformat(issued), terms) == date.fromisoformat(due)


@suppose(DAYS, st.integers(0, 180))
def test_net_counts_days(issued, days):
    assert due_date(issued, Terms(NET, days)) - issued == timedelta(days=days)


@suppose(DAYS, st.integers(0, 90))
def test_end_of_month_counts_from_the_last_day_of_the_month_of_issue(issued, days):
    due = due_date(issued, Terms(MONTH, days))
    assert due - timedelta(days=days) == last_of(issued)
    assert due >= issued + timedelta(days=days)


@suppose(DAYS, st.integers(0, 90), st.integers(1, 31))
def test_day_of_month_is_the_first_such_day_after_the_days(issued, days, day_of_month):
    due = due_date(issued, Terms(DAY, days, day_of_month))
    earliest = issued + timedelta(days=days)
    assert earliest <= due <= earliest + timedelta(days=31)
    assert due.day == min(day_of_month, last_of(due).day)
    candidate = earliest
    while candidate < due:
        assert candidate.day != min(day_of_month, last_of(candidate).day)
        candidate += timedelta(days=1)


@suppose(DAYS, DAYS, st.sampled_from([Terms(NET, 30), Terms(MONTH, 30), Terms(DAY, 14, 31), Terms(DAY, 0, 1)]))
def test_who_is_invoiced_later_is_never_due_earlier(one, other, terms):
    assume(one <= other)
    assert due_date(one, terms) <= due_date(other, terms)


PERCENTS = st.lists(st.integers(1, 99_999), min_size=1, max_size=11).map(
    lambda cuts: [
        Decimal(b - a) / 1000 for a, b in zip([0, *sorted(set(cuts))], [*sorted(set(cuts)), 100_000], strict=True)
    ]
)


@suppose(
    DAYS,
    PERCENTS,
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.integers(-(10**15), 10**15),
)
def test_instalments_add_up_to_the_amount_at_the_currencys_own_scale(issued, percents, currency, units):
    amount = units * step(currency)
    terms = Terms(NET, 30, shares=tuple(Share(percent, 30 * n) for n, percent in enumerate(percents)))
    parts = schedule(issued, amount, currency, terms)
    assert len(parts) == len(percents)
    assert sum(part for _, part in parts) == amount
    for (due, part), share in zip(parts, terms.shares, strict=True):
        assert due == issued + timedelta(days=30 + share.extra_days)
        assert part == part.quantize(step(currency))
        assert abs(part - amount * share.percent / 100) <= len(parts) * step(currency)


def test_what_rounding_leaves_over_goes_to_the_last_instalment():
    third = Decimal("33.333")
    terms = Terms(NET, 30, shares=(Share(third, 0), Share(third, 30), Share(Decimal("33.334"), 60)))
    parts = schedule(date(2026, 1, 1), Decimal("100.00"), "EUR", terms)
    assert [str(part) for _, part in parts] == ["33.33", "33.33", "33.34"]
    parts = schedule(date(2026, 1, 1), Decimal("0.01"), "EUR", terms)
    assert [str(part) for _, part in parts] == ["0.00", "0.00", "0.01"]


def test_an_invoice_without_instalments_is_due_whole():
    assert schedule(date(2026, 1, 1), Decimal("7.00"), "EUR", Terms(NET, 10)) == [(date(2026, 1, 11), Decimal("7.00"))]


def test_discount_tiers_come_earliest_first():
    terms = Terms(NET, 30, tiers=(Tier(20, Decimal(1)), Tier(10, Decimal(2))))
    assert discount_until(date(2028, 2, 20), terms) == [(date(2028, 3, 1), Decimal(2)), (date(2028, 3, 11), Decimal(1))]


@pytest.mark.django_db
def test_stored_terms_are_read_whole():
    terms = PaymentTerms.objects.create(code="T", name="T", kind=DAY, days=14, day_of_month=10)
    EarlyPaymentDiscount.objects.create(terms=terms, days=20, percent=1)
    EarlyPaymentDiscount.objects.create(terms=terms, days=10, percent=2)
    Instalment.objects.create(terms=terms, number=2, percent=40, extra_days=30)
    Instalment.objects.create(terms=terms, number=1, percent=60)
    assert Terms.of(PaymentTerms.objects.get()) == Terms(
        DAY, 14, 10, (Tier(10, Decimal(2)), Tier(20, Decimal(1))), (Share(Decimal(60), 0), Share(Decimal(40), 30))
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "day_of_month"), [(DAY, None), (DAY, 0), (DAY, 32), (NET, 5)])
def test_the_database_wants_a_day_of_month_where_it_is_needed_and_only_there(kind, day_of_month):
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentTerms.objects.create(code="T", name="T", kind=kind, days=1, day_of_month=day_of_month)
    assert not PaymentTerms.objects.exists()
