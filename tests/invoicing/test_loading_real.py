"""Receivables that nobody here made up: loaded in three dialects, aged, and compared with the file itself."""

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from django.core.management import call_command

from o2c.invoicing.models import Allocation, OpenItem, Receipt
from o2c.invoicing.proof import proof
from o2c.orders.models import Account, Customer
from tests.imports.files_given import MAPS, counts, found, real

IBM = "ar/putanynisworkaholic__SQL-IBM-Finance-Factoring-Late-Payment-Analysis/data.csv"
IBM_ZEROS = "ar/pthiagu2__DataMining/WA_Fn-UseC_-Accounts-Receivable.csv"
IBM_DMY = "ar/pedroteles__predictive-cashflow-b2b/data/WA_Fn-UseC_-Accounts-Receivable.csv"
DAYS = [date(2012, 6, 30), date(2013, 1, 31), date(2013, 12, 1)]
BUCKETS = ["not_due", "1_30", "31_60", "61_90", "over_90"]


def aging(as_of: date, **options) -> dict:
    out = io.StringIO()
    call_command("aging", as_of=as_of, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def straight_from(file: Path, date_format: str, as_of: date) -> pl.DataFrame:
    """What was open on the day, by the file alone: customer, bucket, cents."""
    rows = pl.read_csv(file, infer_schema=False)
    rows = rows.with_columns(pl.col("InvoiceDate", "DueDate", "SettledDate").str.strptime(pl.Date, date_format))
    late = (pl.lit(as_of) - pl.col("DueDate")).dt.total_days()
    return rows.filter((pl.col("InvoiceDate") <= as_of) & (pl.col("SettledDate") > as_of)).select(
        customer="customerID",
        cents=(pl.col("InvoiceAmount").str.to_decimal(scale=2) * 100).cast(pl.Int64),
        bucket=pl.when(late <= 0).then(pl.lit("not_due"))
        .when(late <= 30).then(pl.lit("1_30"))
        .when(late <= 60).then(pl.lit("31_60"))
        .when(late <= 90).then(pl.lit("61_90"))
        .otherwise(pl.lit("over_90")),
    )  # fmt: skip


def money(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def by_bucket(rows: pl.DataFrame) -> dict[str, str]:
    sums = dict(rows.group_by("bucket").agg(pl.col("cents").sum()).iter_rows())
    return {name: money(sums.get(name, 0)) for name in BUCKETS}


@pytest.mark.parametrize(
    ("path", "map_name", "date_format"), [(IBM, "ibm-mdy", "%m/%d/%Y"), (IBM_DMY, "ibm-dmy", "%d/%m/%Y")]
)
def test_the_ibm_receivables(load, path, map_name, date_format):
    file = real(path)
    answer = load.items(file, MAPS / f"{map_name}.json")
    assert counts(answer) == (2466, 0, 0, 0)
    assert found(answer) == []
    assert Customer.objects.count() == Account.objects.count() == 100
    assert Receipt.objects.count() == Allocation.objects.count() == 2466
    assert proof() == []
    for day in DAYS:
        expected = straight_from(file, date_format, day)
        assert len(expected) > 0
        told = aging(day)
        assert told["totals"] == {"USD": money(expected["cents"].sum())}
        assert told["buckets"] == {"USD": by_bucket(expected)}
        of_customer = expected.group_by("customer").agg(pl.col("cents").sum()).sort("customer")
        rows = [(row["key"], row["total"]) for row in aging(day, by="customer")["rows"]]
        assert rows == [(number, money(cents)) for number, cents in of_customer.iter_rows()]
    assert counts(load.items(file, MAPS / f"{map_name}.json")) == (0, 0, 2466, 0)
    assert proof() == []


def test_both_dialects_are_the_same_book(load, given):
    given.entity("US1", "USD")
    given.entity("US2", "USD")
    load.items(real(IBM), MAPS / "ibm-mdy.json", entity="US1")
    load.items(real(IBM_DMY), MAPS / "ibm-dmy.json", entity="US2")
    fields = ("kind", "number", "customer__number", "issued_on", "due_on", "amount", "open_amount", "counts_from")
    one, other = (
        sorted(OpenItem.objects.filter(entity__code=code, source__startswith="ibm").values_list(*fields))
        for code in ("US1", "US2")
    )
    assert len(one) == 2466
    assert one == other
    for day in DAYS:
        assert aging(day, entity="US1")["buckets"] == aging(day, entity="US2")["buckets"]


def test_leading_zeros_of_invoice_numbers_stay(load):
    answer = load.items(real(IBM_ZEROS), MAPS / "ibm-mdy.json")
    assert counts(answer) == (2466, 0, 0, 0)
    numbers = OpenItem.objects.filter(kind="invoice").values_list("number", flat=True)
    assert OpenItem.objects.filter(number="0000611365", amount=Decimal("55.94")).exists()
    assert {len(number) for number in numbers} == {10}


def test_the_wrong_dialect_is_refused_whole(load):
    answer = load.items(real(IBM_DMY), MAPS / "ibm-mdy.json")
    assert (answer["exit"], "exchanged" in answer["refused"]) == (2, True)
    assert OpenItem.objects.count() == Customer.objects.count() == 0
