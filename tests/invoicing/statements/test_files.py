"""Statements of account: what is open on a day, and the file a spreadsheet opens safely."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest

from o2c.invoicing.aging import aging
from o2c.invoicing.statements.files import as_csv, statement, text
from o2c.orders.models import LegalEntity
from tests.given import DAY


@pytest.fixture
def customer(given):
    entity = given.entity()
    customer = given.customer(entity=entity)
    for days, money in [(-3, "10.00 EUR"), (0, "20.00 EUR"), (1, "30.50 EUR"), (45, "400.00 EUR"), (200, "7 JPY")]:
        given.open_item(money, customer=customer, due=DAY - timedelta(days=days))
    given.open_item("-5.00 EUR", customer=customer, due=DAY - timedelta(days=2))
    partly = given.open_item(
        "100.00 EUR", customer=customer, due=DAY - timedelta(days=90), number='=HYPERLINK("x","y")'
    )
    given.pay(partly, "25.00 EUR", on=DAY - timedelta(days=1))
    given.pay(given.open_item("9.00 EUR", customer=customer, due=DAY - timedelta(days=50)), on=DAY + timedelta(days=5))
    given.open_item("1.00 EUR")
    return customer


def rows_of(customer, as_of) -> list[dict]:
    text = "".join(as_csv(statement(customer.pk, [entity.pk for entity in entities()], as_of)))
    assert text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(StringIO(text, newline="")))


def entities():
    return LegalEntity.objects.all()


def test_lines_are_what_is_open_by_currency_and_oldest_first(customer):
    found = statement(customer.pk, [entity.pk for entity in entities()], DAY)
    assert [(line.currency, line.open, line.days_late, line.bucket) for line in found.lines] == [
        ("EUR", Decimal("75.00"), 90, "61_90"),
        ("EUR", Decimal("9.00"), 50, "31_60"),
        ("EUR", Decimal("400.00"), 45, "31_60"),
        ("EUR", Decimal("-5.00"), 2, "1_30"),
        ("EUR", Decimal("30.50"), 1, "1_30"),
        ("EUR", Decimal("20.00"), 0, "not_due"),
        ("EUR", Decimal("10.00"), -3, "not_due"),
        ("JPY", Decimal("7"), 200, "over_90"),
    ]


@pytest.mark.parametrize("days", [-100, -2, 0, 4, 5, 60])
def test_the_files_totals_are_those_of_the_ageing(customer, days):
    as_of = DAY + timedelta(days=days)
    rows = rows_of(customer, as_of)
    totals = {row["currency"]: row["open"] for row in rows if row["number"] == "total"}
    aged = {row.currency: row for row in aging(as_of, by="customer").rows if row.key == customer.number}
    assert {currency: Decimal(total) for currency, total in totals.items()} == {
        currency: row.total for currency, row in aged.items()
    }
    for currency in totals:
        lines = [row for row in rows if row["currency"] == currency and row["number"] != "total"]
        assert sum(Decimal(row["open"]) for row in lines) == Decimal(totals[currency])


def test_the_file_says_amounts_at_the_currencys_scale_and_days_as_iso(customer):
    rows = rows_of(customer, DAY)
    yen = next(row for row in rows if row["currency"] == "JPY")
    assert (yen["amount"], yen["open"], yen["bucket"]) == ("7", "7", "over_90")
    assert rows[0] == {
        "number": '\'=HYPERLINK("x","y")',
        "issued": (DAY - timedelta(days=120)).isoformat(),
        "due": (DAY - timedelta(days=90)).isoformat(),
        "days_late": "90",
        "currency": "EUR",
        "amount": "100.00",
        "open": "75.00",
        "bucket": "61_90",
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-", "'-"),
        ("-12.50", "-12.50"),
        ("+4930", "+4930"),
        ("-1.2.3", "'-1.2.3"),
        ("INV-1", "INV-1"),
        ("", ""),
    ],
)
def test_no_cell_is_run_as_a_formula(value, written):
    assert text(value) == written


def test_other_legal_entities_and_customers_are_left_out(given, customer):
    assert statement(customer.pk, [], DAY).lines == []
    elsewhere = given.entity("FR1")
    given.open_item("77.00 EUR", customer=customer, entity=elsewhere)
    assert statement(customer.pk, [elsewhere.pk], DAY).totals == {"EUR": Decimal("77.00")}
