"""Every figure once more by other means: a book's rows are read out as CSV and added up by polars, to the cent."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import polars as pl
import pytest
import time_machine
from django.db import connection

from o2c.analytics.metrics import keeping, months
from o2c.analytics.models import Figure
from o2c.analytics.snapshots import taking
from o2c.invoicing.models import ExchangeRate

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL = date(2026, 6, 30)
COUNT = 7
DECIMAL = pl.Decimal(30, 6)


@pytest.fixture
def book(given):
    """Some 130 items of seven months in two currencies: paid in time, late, in two parts, or not at all."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE analytics_agingsnapshot")
    dice = Random(9)
    entity = given.entity()
    ExchangeRate.objects.create(currency="USD", on=date(2025, 11, 1), rate=Decimal("1.25"))
    customers = [given.customer(f"P{number}", entity=entity) for number in range(6)]
    for _ in range(130):
        issued = date(2025, 12, 1) + timedelta(days=dice.randrange(205))
        amount, currency = Decimal(dice.randrange(1000, 900000)) / 100, dice.choice(["EUR", "EUR", "EUR", "USD"])
        sign = -1 if dice.random() < 0.1 else 1
        item = given.open_item(
            f"{sign * amount} {currency}",
            customer=dice.choice(customers),
            issued=issued,
            due=issued + timedelta(days=30),
        )
        paid_on = issued + timedelta(days=dice.randrange(5, 110))
        if sign > 0 and paid_on < date(2026, 7, 8):
            if dice.random() < 0.2:
                given.pay(item, f"{(amount / 3).quantize(Decimal('0.01'))} {currency}", on=paid_on)
                paid_on += timedelta(days=4)
            if dice.random() < 0.9:
                given.pay(item, on=paid_on)
    with time_machine.travel(datetime(2026, 7, 10, 12, tzinfo=UTC), tick=False):
        taking.take_due()
        keeping.refresh(entity, UNTIL)
    return entity


def table(sql: str) -> pl.DataFrame:
    """The rows of a query as they are exported."""
    file = io.StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv, HEADER)", file)
    return pl.read_csv(io.BytesIO(file.getvalue().encode()), infer_schema=False)


def typed(frame: pl.DataFrame, *, days: tuple[str, ...], amounts: tuple[str, ...]) -> pl.DataFrame:
    return frame.with_columns(
        *(pl.col(name).str.to_date() for name in days), *(pl.col(name).cast(DECIMAL) for name in amounts)
    )


@pytest.fixture
def rows(book):
    items = typed(
        table(
            "SELECT id, customer_id, kind, currency, amount, base_amount, issued_on, due_on, effective_on"
            " FROM invoicing_openitem"
        ),
        days=("issued_on", "due_on", "effective_on"), amounts=("amount", "base_amount"),
    )  # fmt: skip
    allocations = typed(
        table("SELECT debit_item_id, credit_item_id, amount, effective_on FROM invoicing_allocation"),
        days=("effective_on",), amounts=("amount",),
    )  # fmt: skip
    return items, allocations


def owed(items: pl.DataFrame, allocations: pl.DataFrame, day: date) -> dict[int, Decimal]:
    """By bucket, in euros: what a customer owes in a currency, of one age, is turned into euros and rounded once."""
    until = allocations.filter(pl.col("effective_on") <= day)
    settled = pl.concat(
        [
            until.select(pl.col("debit_item_id").alias("id"), -pl.col("amount").alias("delta")),
            until.select(pl.col("credit_item_id").alias("id"), pl.col("amount").alias("delta")),
        ]
    )
    late = (pl.lit(day) - pl.col("due_on")).dt.total_days()
    sums = (
        items.filter(pl.col("effective_on") <= day)
        .join(settled.group_by("id").agg(pl.col("delta").sum()), on="id", how="left")
        .with_columns(
            (pl.col("amount") + pl.col("delta").fill_null(0)).alias("balance"),
            pl.when(late <= 0).then(0).when(late <= 30).then(1).when(late <= 60).then(31).when(late <= 90).then(61)
            .otherwise(91).alias("bucket"),
        )
        .filter(pl.col("balance") != 0)
        .group_by("customer_id", "currency", "bucket")
        .agg(pl.col("balance").sum())
    )  # fmt: skip
    found: dict[int, Decimal] = {}
    for currency, bucket, balance in sums.select("currency", "bucket", "balance").iter_rows():
        euros = balance if currency == "EUR" else balance / Decimal("1.25")
        found[bucket] = found.get(bucket, Decimal(0)) + euros.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return found


def test_what_is_owed_at_the_end_of_each_month(book, rows):
    items, allocations = rows
    found = months.whole(book, until=UNTIL, count=COUNT)
    assert len(found) == COUNT
    for month in found:
        assert month.owed == owed(items, allocations, month.ends), month.first
    assert {bucket for month in found for bucket in month.owed} == {0, 1, 31, 61, 91}


def test_what_was_invoiced_credited_collected_and_paid_in_each_month(book, rows):
    items, allocations = rows
    month_of = pl.col("effective_on").dt.truncate("1mo")

    def by_month(kind: str, sign: int) -> dict[date, tuple[int, Decimal]]:
        grouped = items.filter(pl.col("kind") == kind).group_by(month_of.alias("month"))
        return {
            month: (count, sign * amount)
            for month, count, amount in grouped.agg(pl.len(), pl.col("base_amount").sum()).iter_rows()
        }

    money = items.filter(pl.col("kind") == "on_account").select(pl.col("id").alias("credit_item_id"))
    settled = allocations.group_by(pl.col("debit_item_id").alias("id")).agg(pl.col("amount").sum().alias("settled"))
    last = (
        allocations.join(money, on="credit_item_id")
        .group_by(pl.col("debit_item_id").alias("id"))
        .agg(pl.col("effective_on").max().alias("paid_on"))
    )
    paid = (
        items.filter(pl.col("kind") == "invoice")
        .join(settled, on="id")
        .filter(pl.col("settled") == pl.col("amount"))
        .join(last, on="id")
        .filter(pl.col("paid_on") <= UNTIL)
        .with_columns(
            (pl.col("paid_on") - pl.col("issued_on")).dt.total_days().alias("days"),
            (pl.col("paid_on") - pl.col("due_on")).dt.total_days().alias("late"),
        )
    )
    expected_paid: dict[date, list] = {}
    for paid_on, amount, days, late in paid.select("paid_on", "base_amount", "days", "late").iter_rows():
        sums = expected_paid.setdefault(paid_on.replace(day=1), [0, Decimal(0), 0, 0, Decimal(0), Decimal(0)])
        for place, value in enumerate((1, amount, days, late, amount * days, amount * late)):
            sums[place] += value

    nothing = (0, Decimal(0))
    invoiced, credited, collected = by_month("invoice", 1), by_month("credit_note", -1), by_month("on_account", -1)
    for month in months.whole(book, until=UNTIL, count=COUNT):
        for figure, expected in (
            (Figure.INVOICED, invoiced), (Figure.CREDITED, credited), (Figure.COLLECTED, collected)
        ):  # fmt: skip
            sums = month.of(figure)
            assert (sums.count, sums.amount) == expected.get(month.first, nothing), (figure, month.first)
        count, amount, days, late, by_days, by_late = expected_paid.get(month.first, [0] * 6)
        of_paid, of_late = month.of(Figure.PAID), month.of(Figure.LATE)
        assert (of_paid.count, of_paid.amount, of_paid.days, of_paid.amount_days) == (count, amount, days, by_days)
        assert (of_late.count, of_late.amount, of_late.days, of_late.amount_days) == (count, amount, late, by_late)
    assert sum(each[0] for each in expected_paid.values()) > 60
