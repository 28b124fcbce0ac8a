"""The figures of the first page: whole, fresh, and equal to the ageing."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection, connections, transaction
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from o2c.analytics import rollups
from o2c.analytics.models import BookRollup, CurrencyRollup, CustomerRollup
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.invoicing import cash, ledger
from o2c.invoicing.aging import DEFAULT_BOUNDS, aging, bucket_names
from o2c.invoicing.models import Allocation, ExchangeRate, OpenItem
from o2c.orders.models import Customer, LegalEntity
from tests.given import DAY


@pytest.fixture
def book(given):
    """Two entities, four customers, three currencies, items of every age, credits, payments before and after."""
    ExchangeRate.objects.create(currency="USD", on=DAY - timedelta(days=4), rate=Decimal("1.10"))
    ExchangeRate.objects.create(currency="GBP", on=DAY - timedelta(days=4), rate=Decimal("0.80"))
    german, british = given.entity("DE1"), given.entity("GB1", "GBP", time_zone="Europe/London")
    customers = [given.customer(entity=german) for _ in range(3)] + [given.customer(entity=british)]
    for position, (days, amount) in enumerate(
        [(-5, 100), (0, 20), (1, 3), (30, 400), (31, 50), (60, 6), (61, 700), (90, 80), (91, 9), (400, 1000)]
    ):
        for customer in customers:
            entity = british if customer is customers[3] else german
            for currency in ("EUR", "USD")[: 1 + position % 2]:
                given.open_item(
                    f"{amount}.00 {currency}", customer=customer, entity=entity, due=DAY - timedelta(days=days)
                )
    given.open_item("-33.00 EUR", customer=customers[0], entity=german, due=DAY - timedelta(days=40))
    items = OpenItem.objects.filter(amount__gt=50).order_by("id")
    given.pay(items[0], "30.00 EUR", on=DAY - timedelta(days=10))
    given.pay(items[1], on=DAY - timedelta(days=3))
    given.pay(items[2], on=DAY + timedelta(days=3))
    return german, british


def by_customer(entity: LegalEntity, as_of: date) -> dict:
    return {
        (row.key, row.currency): (row.total, row.buckets)
        for row in aging(as_of, by="customer", entity_ids=[entity.pk]).rows
    }


def rolled_up(entity: LegalEntity) -> dict:
    numbers = dict(Customer.objects.values_list("id", "number"))
    return {
        (numbers[row.customer_id], row.currency): (
            row.total,
            tuple(getattr(row, bucket) for bucket in rollups.BUCKETS),
        )
        for row in CustomerRollup.objects.filter(entity=entity)
    }


def test_the_buckets_are_the_default_ones():
    assert (
        tuple(name if name == "not_due" else f"days_{name}" for name in bucket_names(DEFAULT_BOUNDS)) == rollups.BUCKETS
    )


@pytest.mark.parametrize("days", [-400, -61, -10, -3, 0, 3, 30])
def test_the_figures_tie_out_to_the_ageing_of_every_customer_and_currency(book, days):
    for entity in book:
        as_of = DAY + timedelta(days=days)
        rollups.refresh(entity.pk, as_of)
        assert rolled_up(entity) == by_customer(entity, as_of)
        totals = aging(as_of, entity_ids=[entity.pk])
        sums = {row.currency: row for row in CurrencyRollup.objects.filter(entity=entity)}
        assert {currency: row.total for currency, row in sums.items()} == totals.totals
        for currency, row in sums.items():
            buckets = tuple(getattr(row, bucket) for bucket in rollups.BUCKETS)
            assert buckets == totals.buckets[currency]
            assert row.overdue == sum(buckets[1:])
            assert row.customers == CustomerRollup.objects.filter(entity=entity, currency=currency).count()


def test_making_the_figures_again_changes_none(book):
    german, british = book
    for _ in range(2):
        rollups.refresh(german.pk, DAY)
        rollups.refresh(british.pk, DAY)
        assert rolled_up(german) == by_customer(german, DAY)
        assert rolled_up(british) == by_customer(british, DAY)
    assert BookRollup.objects.count() == 2


def test_base_amounts_are_at_the_rate_of_the_day_and_say_so_where_there_is_none(given):
    entity = given.entity("GB1", "GBP")
    customer = given.customer(entity=entity)
    ExchangeRate.objects.create(currency="USD", on=DAY - timedelta(days=4), rate=Decimal("1.10"))
    ExchangeRate.objects.create(currency="GBP", on=DAY - timedelta(days=4), rate=Decimal("0.80"))
    for currency in ("GBP", "USD", "EUR", "CHF"):
        given.open_item(f"100.00 {currency}", customer=customer, entity=entity, due=DAY - timedelta(days=1))
    rollups.refresh(entity.pk, DAY)
    base = dict(CustomerRollup.objects.values_list("currency", "base_overdue"))
    assert base == {"GBP": Decimal("100.00"), "USD": Decimal("72.73"), "EUR": Decimal("80.00"), "CHF": None}
    assert set(CustomerRollup.objects.values_list("customer_base_overdue", flat=True)) == {Decimal("252.73")}
    assert BookRollup.objects.get().euro_rate == Decimal("0.80")


@pytest.mark.django_db
@settings(max_examples=150, deadline=None)
@drawn(
    amount=st.decimals("-99999999999.9999", "99999999999.9999", places=4),
    currency=st.sampled_from(["EUR", "USD", "JPY", "KWD", "GBP", "CHF"]),
    base=st.sampled_from(["EUR", "USD", "JPY", "KWD"]),
    rates=st.dictionaries(
        st.sampled_from(["USD", "JPY", "KWD", "GBP"]), st.decimals("0.00000100", "20000", places=8), max_size=4
    ),
    days=st.integers(-2, 3),
)
def test_the_database_converts_exactly_as_python_does(rates, amount, currency, base, days):
    with transaction.atomic():
        ExchangeRate.objects.bulk_create(ExchangeRate(currency=code, on=DAY, rate=rate) for code, rate in rates.items())
        day = DAY + timedelta(days=days)
        with connection.cursor() as cursor:
            cursor.execute("SELECT invoicing_in_base(%s, %s, %s, %s)", [amount, currency, base, day])
            (found,) = cursor.fetchone()
        assert found == ledger.in_base(amount, currency, LegalEntity(base_currency=base), day)
        transaction.set_rollback(True)


def test_figures_are_due_when_never_made_when_the_book_changed_and_when_the_day_turned(given):
    entity = given.entity("JP1", "JPY", time_zone="Asia/Tokyo")
    with time_machine.travel("2026-03-02T10:00:00Z", tick=True):
        assert rollups.due() == [(entity, date(2026, 3, 2))]
        rollups.refresh(entity.pk, date(2026, 3, 2))
        assert rollups.due() == []
        rollups.mark_changed([{"entity_id": entity.pk, "customer_id": 1}, {"entity_id": entity.pk}])
        assert rollups.due() == [(entity, date(2026, 3, 2))]
        rollups.refresh(entity.pk, date(2026, 3, 2))
        assert rollups.due() == []
    with time_machine.travel("2026-03-02T15:30:00Z", tick=False):
        assert clock.today("Asia/Tokyo") == date(2026, 3, 3)
        assert rollups.due() == [(entity, date(2026, 3, 3))]


@pytest.mark.django_db(transaction=True)
def test_a_reader_never_sees_half(given):
    """While the figures are made again and again, every look at them sums up to the whole book."""
    entity = given.entity()
    items = [given.open_item("100.00 EUR", due=DAY - timedelta(days=1)) for _ in range(20)]
    rollups.refresh(entity.pk, DAY)
    stop, seen = threading.Event(), set()

    def read():
        try:
            while not stop.is_set():
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT (SELECT sum(total) FROM analytics_customerrollup),"
                        " (SELECT sum(total) FROM analytics_currencyrollup)"
                    )
                    seen.add(cursor.fetchone())
        finally:
            connections.close_all()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(10):
            rollups.refresh(entity.pk, DAY)
        given.pay(items[0], on=DAY)
        rollups.refresh(entity.pk, DAY)
    finally:
        stop.set()
        reader.join()
    assert seen <= {(Decimal(2000), Decimal(2000)), (Decimal(1900), Decimal(1900))}
    assert (Decimal(2000), Decimal(2000)) in seen


def test_money_on_account_and_its_application_are_in_the_figures(given):
    item = given.open_item("100.00 EUR", due=DAY - timedelta(days=45))
    receipt = given.receipt("150.00 EUR", customer=item.customer, on=DAY)
    rollups.refresh(item.entity_id, DAY)
    row = CustomerRollup.objects.get()
    assert (row.total, row.not_due, row.days_31_60, row.items) == (Decimal("-50"), Decimal("-150"), Decimal("100"), 2)
    cash.apply(receipt.item, [cash.Split(item, Decimal("100"))], on=DAY, actor=SYSTEM)
    rollups.refresh(item.entity_id, DAY)
    row = CustomerRollup.objects.get()
    assert (row.total, row.overdue, row.items, row.oldest_due_on) == (Decimal("-50"), 0, 1, None)
    cash.unapply(Allocation.objects.get(), on=DAY, actor=SYSTEM)
    rollups.refresh(item.entity_id, DAY)
    assert CustomerRollup.objects.get().oldest_due_on == DAY - timedelta(days=45)
