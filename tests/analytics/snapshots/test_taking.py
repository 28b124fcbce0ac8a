"""Snapshots: equal to the ageing of the day, the same whenever they are worked out, each once."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from o2c.analytics.models import AgingSnapshot, DaySnapshot, DueDateChange, Snapshot
from o2c.analytics.snapshots import reading, taking
from o2c.core import clock
from o2c.invoicing.aging import aging
from o2c.invoicing.models import ExchangeRate, OpenItem
from tests.given import DAY

pytestmark = pytest.mark.django_db(transaction=True)
BUCKETS = {0: 0, 1: 1, 31: 2, 61: 3, 91: 4}


@pytest.fixture(autouse=True)
def _nothing_kept(transactional_db):
    """The table is unmanaged, so that the flush after a test passes it by."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE analytics_agingsnapshot")


@pytest.fixture
def book(given):
    """Two legal entities, three currencies, every age, a credit, payments before, on and after the day."""
    ExchangeRate.objects.create(currency="USD", on=DAY - timedelta(days=4), rate=Decimal("1.10"))
    ExchangeRate.objects.create(currency="GBP", on=DAY - timedelta(days=4), rate=Decimal("0.80"))
    german, british = given.entity("DE1"), given.entity("GB1", "GBP", time_zone="Europe/London")
    first, second = given.customer(entity=german), given.customer(entity=british)
    ages = [(-5, 100), (0, 20), (1, 3), (30, 400), (31, 50), (60, 6), (61, 700), (90, 80), (91, 9), (400, 1000)]
    for customer, entity in ((first, german), (second, british)):
        for place, (days, amount) in enumerate(ages):
            currency = ("EUR", "USD", "CHF")[place % 3]
            given.open_item(f"{amount}.00 {currency}", customer=customer, entity=entity, due=DAY - timedelta(days=days))
    given.open_item("-33.00 EUR", customer=first, entity=german, due=DAY - timedelta(days=40))
    items = OpenItem.objects.filter(amount__gt=50).order_by("id")
    for item, days in zip(items, (-10, -3, 0, 3), strict=False):
        given.pay(item, on=DAY + timedelta(days=days))
    return german, british


def kept(entity, day) -> dict:
    """By currency: what each bucket comes to."""
    found: dict[str, list] = {}
    for row in AgingSnapshot.objects.filter(day=day, entity_id=entity.pk):
        found.setdefault(row.currency, [Decimal(0)] * 5)[BUCKETS[row.bucket]] += row.amount
    return {currency: tuple(amounts) for currency, amounts in found.items()}


@pytest.mark.parametrize("days", [-400, -31, -4, -3, 0, 2, 3, 90])
def test_a_snapshot_is_the_ageing_of_its_day(book, days):
    day = DAY + timedelta(days=days)
    with time_machine.travel(day + timedelta(days=2), tick=False):
        assert taking.take(day, book) == 2
    for entity in book:
        assert kept(entity, day) == aging(day, entity_ids=[entity.pk]).buckets
        sums = {
            (row.currency, row.bucket): (row.amount, row.items) for row in DaySnapshot.objects.filter(entity=entity)
        }
        rows = AgingSnapshot.objects.filter(entity_id=entity.pk)
        assert sums == {
            (currency, bucket): (
                sum(row.amount for row in rows if (row.currency, row.bucket) == (currency, bucket)),
                sum(row.items for row in rows if (row.currency, row.bucket) == (currency, bucket)),
            )
            for currency, bucket in sums
        }
    assert taking.differences(Snapshot.objects.all()) == []


def test_it_is_in_base_currency_at_the_rate_of_the_day_where_there_is_one(given):
    entity = given.entity("GB1", "GBP")
    ExchangeRate.objects.create(currency="USD", on=DAY - timedelta(days=4), rate=Decimal("1.10"))
    ExchangeRate.objects.create(currency="GBP", on=DAY - timedelta(days=4), rate=Decimal("0.80"))
    customer = given.customer(entity=entity)
    for currency in ("GBP", "USD", "CHF"):
        given.open_item(f"100.00 {currency}", customer=customer, entity=entity, due=DAY)
    given.open_item("-30.00 GBP", customer=customer, entity=entity, due=DAY)
    taking.take(DAY, [entity])
    rows = AgingSnapshot.objects.values_list("currency", "amount", "credits", "base_amount", "items", "bucket")
    assert list(rows.order_by("currency")) == [
        ("CHF", Decimal(100), Decimal(0), None, 1, 0),
        ("GBP", Decimal(70), Decimal(-30), Decimal(70), 2, 0),
        ("USD", Decimal(100), Decimal(0), Decimal("72.73"), 1, 0),
    ]
    assert dict(DaySnapshot.objects.values_list("currency", "base_amount")) == {
        "CHF": None, "GBP": Decimal(70), "USD": Decimal("72.73"),
    }  # fmt: skip


def test_a_day_is_kept_once_and_not_before_it_is_over(book):
    german, _ = book
    today = clock.today(german.time_zone)
    for day in (today, today + timedelta(days=1)):
        with pytest.raises(taking.SnapshotRefused, match="is not over for DE1"):
            taking.take(day, book)
    assert taking.take(DAY, [german]) == 1
    before = list(AgingSnapshot.objects.values())
    assert taking.take(DAY, book) == 1
    assert taking.take(DAY, book) == 0
    assert [row for row in AgingSnapshot.objects.values() if row["entity_id"] == german.pk] == before
    with pytest.raises(taking.SnapshotRefused, match="ends before it begins"):
        taking.fill(book, DAY, DAY - timedelta(days=1))


def test_what_is_recorded_later_changes_nothing_that_is_kept_and_shows_beside_it(given):
    entity = given.entity()
    customer = given.customer()
    old = given.open_item(
        "100.00 EUR", customer=customer, due=DAY - timedelta(days=40), issued=DAY - timedelta(days=70)
    )
    paid = given.open_item("50.00 EUR", customer=customer, due=DAY - timedelta(days=2))
    taking.take(DAY, [entity])
    # a payment of the day, an invoice of the day, another due date: all recorded after the day was kept
    given.pay(paid, on=DAY)
    given.open_item("7.00 EUR", customer=customer, due=DAY - timedelta(days=35), issued=DAY - timedelta(days=60))
    OpenItem.objects.filter(pk=old.pk).update(due_on=DAY + timedelta(days=10))
    assert DueDateChange.objects.get().due_on == DAY - timedelta(days=40)

    snapshot = Snapshot.objects.get()
    assert taking.differences([snapshot]) == []
    assert kept(entity, DAY) == {"EUR": (Decimal(0), Decimal(50), Decimal(100), Decimal(0), Decimal(0))}
    buckets, corrections = reading.of_day(snapshot, most=10)
    assert [(each.customer_id, each.then, each.corrected) for each in corrections] == [
        (customer.pk, Decimal(150), Decimal(-43))
    ]
    assert [(each.bucket, each.then, each.now) for each in buckets] == [
        (0, Decimal(0), Decimal(100)), (1, Decimal(50), Decimal(0)), (31, Decimal(100), Decimal(7)),
    ]  # fmt: skip
    # a second change still tells what was known first
    OpenItem.objects.filter(pk=old.pk).update(due_on=DAY + timedelta(days=20))
    assert taking.differences([snapshot]) == []


def test_what_was_tampered_with_is_found(book):
    german, _ = book
    taking.take(DAY, [german])
    row = AgingSnapshot.objects.filter(currency="USD").order_by("bucket")[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE analytics_agingsnapshot SET amount = amount + 0.01 WHERE currency = 'USD' AND bucket = %s",
            [row.bucket],
        )
    (found,) = taking.differences(Snapshot.objects.all())
    assert (found.currency, found.bucket, found.kept - found.worked_out) == ("USD", row.bucket, Decimal("0.01"))


def test_who_is_still_writing_is_not_in_it_and_it_stays_the_same_when_he_is_done(given):
    """A booking that began before the snapshot and ends after it."""
    entity, customer = given.entity(), given.customer()
    given.open_item("10.00 EUR", customer=customer, due=DAY)
    booked, taken = threading.Event(), threading.Event()

    def book():
        try:
            with transaction.atomic():
                given.open_item("5.00 EUR", customer=customer, due=DAY)
                booked.set()
                taken.wait(30)
        finally:
            connections.close_all()

    writer = threading.Thread(target=book)
    writer.start()
    booked.wait(30)
    taking.take(DAY, [entity])
    taken.set()
    writer.join()
    assert AgingSnapshot.objects.get().amount == Decimal(10)
    assert OpenItem.objects.count() == 2
    assert taking.differences(Snapshot.objects.all()) == []
    ((found,), (correction,)) = reading.of_day(Snapshot.objects.get(), most=10)
    assert (found.then, found.now, correction.corrected) == (Decimal(10), Decimal(15), Decimal(5))


def test_many_at_once_keep_a_day_once(book):
    failed = []

    def take():
        try:
            taking.take(DAY, book)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=take) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failed
    assert Snapshot.objects.count() == 2
    assert taking.differences(Snapshot.objects.all()) == []


def test_nights_that_were_missed_are_made_up_for_and_the_ends_of_months_since_the_books_began(given):
    entity = given.entity()
    given.open_item("10.00 EUR", issued=date(2025, 11, 20), due=DAY)
    with time_machine.travel(datetime(2026, 3, 3, 12, tzinfo=UTC), tick=False):
        taking.take_due()
        assert taking.take_due() == {"days": 0}
    days = list(Snapshot.objects.order_by("day").values_list("day", flat=True))
    month = [date(2026, 3, 2) - timedelta(days=back) for back in range(31)]
    assert days == sorted({*month, date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31)})
    with time_machine.travel(datetime(2026, 3, 6, 12, tzinfo=UTC), tick=False):
        assert taking.take_due() == {"days": 3}
    assert taking.fill([entity], date(2026, 1, 29), date(2026, 2, 2)) == 2


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@drawn(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["item", "pay", "take", "move"]),
            st.integers(1, 500),
            st.integers(0, 25),
            st.integers(-40, 60),
        ),
        min_size=4,
        max_size=14,
    )
)
def test_whatever_comes_between_every_snapshot_is_the_same_when_worked_out_again(transactional_db, acts):
    from tests.given import Given

    given = Given()
    start = date(2026, 1, 5)
    entity = given.entity()
    customer = given.customer(f"H{Snapshot.objects.count()}-{OpenItem.objects.count()}")
    mine = OpenItem.objects.filter(customer=customer)
    for act, amount, days, due in acts:
        on = start + timedelta(days=days)
        if act == "item":
            given.open_item(f"{amount}.00 EUR", customer=customer, issued=on, due=on + timedelta(days=abs(due)))
        elif act == "take":
            taking.take(on, [entity])
        else:
            item = mine.filter(open_amount__gt=0).order_by("id").first()
            if item is None:
                continue
            if act == "pay":
                given.pay(item, f"{min(Decimal(amount), item.open_amount)} EUR", on=max(on, item.issued_on))
            else:
                mine.filter(pk=item.pk).update(due_on=item.due_on + timedelta(days=due))
        assert taking.differences(Snapshot.objects.all()) == []
