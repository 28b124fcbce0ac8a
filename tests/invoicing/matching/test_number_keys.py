"""The figures of a number, as the database's index has them."""

import pytest
from django.db import connection

from o2c.invoicing.models import BankLine
from o2c.invoicing.proof import proof


@pytest.mark.parametrize(
    ("number", "key", "tail"),
    [
        ("INV-2026-000123", "2026000123", "123"),
        ("RE/2026/01", "202601", "1"),
        ("INV-2026-000123/2", "2026000123", "123"),
        ("0004711", "4711", "4711"),
        ("4711A", "4711", "4711"),
        ("A", "", None),
    ],
)
def test_figures_of_a_number(db, number, key, tail):
    with connection.cursor() as cursor:
        cursor.execute("SELECT invoicing_number_key(%s), invoicing_number_tail(%s)", [number, number])
        assert cursor.fetchone() == (key, tail)


def test_a_line_of_a_statement_is_money_in_the_books(given):
    line = given.bank_line("119.00 EUR", "INV-1", name="Acme")
    line.refresh_from_db()
    assert line.open_amount == line.amount == 119
    assert line.entry.postings.count() == 2
    assert BankLine.objects.get().account.ledger_account.role == "bank"
    assert proof() == []
