"""However the ageing is cut, its rows add up to its totals."""

import io
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from o2c.core.models import User
from o2c.invoicing.models import AgingBucketSet
from tests.given import DAY
from tests.imports.files_given import ITEM_COLUMNS


def aging(as_of: date = DAY, **options) -> dict:
    out = io.StringIO()
    call_command("aging", as_of=as_of, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


@pytest.fixture
def book(given, load):
    """Two legal entities, three collectors (one of them nobody), three currencies, credits, part payments."""
    anna, ben = (User.objects.create(username=name) for name in ("anna", "ben"))
    entities = [given.entity("DE1"), given.entity("GB1", "GBP")]
    for index, collector in enumerate([anna, ben, None, anna]):
        given.customer(f"C{index}", entity=entities[0], collector=collector)
    rows = ["Customer;Invoice;Issued;Due;Amount;Cur;Open"]
    for n in range(120):
        due = DAY - timedelta(days=n * 2 - 40)
        cents = (n * 7919) % 100_000 + 1
        amount = Decimal(-cents if n % 11 == 0 else cents).scaleb(0 if n % 3 == 2 else -2)
        still_open = "" if n % 4 else str(amount) if n % 3 == 2 else f"{amount / 2:.2f}"
        currency = ["EUR", "GBP", "JPY"][n % 3]
        rows.append(f"C{n % 5};{n};{due - timedelta(days=30)};{due};{amount};{currency};{still_open}")
    columns = {**ITEM_COLUMNS, "currency": "Cur", "open_amount": "Open"}
    for entity in entities:
        answer = load.items("\n".join(rows), {"columns": columns, "create_customers": True}, entity=entity.code)
        assert answer["created"] == 120


def test_rows_add_up_to_the_totals(book):
    for days in (-60, -5, 0, 90):
        totals = aging(DAY + timedelta(days=days))["totals"]
        for cut in ("customer", "entity", "collector"):
            told = aging(DAY + timedelta(days=days), by=cut)
            assert told["totals"] == totals
            assert set(totals) == {"EUR", "GBP", "JPY"}
            for currency, total in totals.items():
                rows = [row for row in told["rows"] if row["currency"] == currency]
                assert len(rows) > 1
                assert sum(Decimal(row["total"]) for row in rows) == Decimal(total)
                for name, amount in told["buckets"][currency].items():
                    assert sum(Decimal(row["buckets"][name]) for row in rows) == Decimal(amount)
                assert sum(map(Decimal, told["buckets"][currency].values())) == Decimal(total)


def test_what_the_rows_and_buckets_are(book):
    both = aging(by="entity")["rows"]
    for code in ("DE1", "GB1"):
        alone = aging(entity=code)
        assert {row["currency"]: row["buckets"] for row in both if row["key"] == code} == alone["buckets"]
    assert {row["key"] for row in aging(by="collector")["rows"]} == {"", "anna", "ben"}
    told = aging()
    assert "." not in told["totals"]["JPY"]
    assert len(told["totals"]["EUR"].partition(".")[2]) == 2
    AgingBucketSet.objects.create(code="weeks", name="Weeks", bounds=[0, 7, 14])
    weeks = aging(buckets="weeks")
    assert list(weeks["buckets"]["EUR"]) == ["not_due", "1_7", "8_14", "over_14"]
    assert weeks["totals"] == told["totals"]
    with pytest.raises(CommandError, match="bucket set none"):
        aging(buckets="none")
