"""Whatever mix of good and bad rows a file holds, the counts add up and no bad row is ever booked."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from o2c.invoicing.models import OpenItem
from o2c.invoicing.proof import proof
from tests.imports.files_given import ITEM_COLUMNS, counts, found

MAP = {
    "columns": {**ITEM_COLUMNS, "currency": "Cur", "settled_on": "Paid on"},
    "date_format": "%d.%m.%Y",
    "decimal": ",",
    "create_customers": True,
}
HEADER = "Customer;Invoice;Issued;Due;Amount;Cur;Paid on\n"
# text → whether it can be read
DAYS = {"01.02.2026": True, "1.2.26": False, "30.02.2026": False, "2026-02-01": False, "": False, "x": False}
AMOUNTS = {
    "10,00": True,
    "1.234,5": True,
    "7-": True,
    "12.5": False,
    "10,001": False,
    "0": False,
    "": False,
    "1e3": False,
}
CURRENCIES = {"EUR": True, "usd": True, "EURO": False, "": False}
PAID = {"": True, "03.02.2026": True, "32.02.2026": False}
NUMBERS = {"A": True, "B": True, "C": True, "D": True, "E": True, "": False, "x" * 101: False}

row = st.tuples(*(st.sampled_from(list(cells)) for cells in (NUMBERS, DAYS, DAYS, AMOUNTS, CURRENCIES, PAID)))
mostly_good = st.tuples(
    st.sampled_from(["A", "B", "C", "D", "E", "F", "G"]),
    st.just("01.02.2026"),
    st.just("01.02.2026"),
    st.sampled_from(["10,00", "11,00"]),
    st.just("EUR"),
    st.sampled_from(["", "03.02.2026"]),
)


def good(cells) -> bool:
    number, issued, due, amount, currency, paid = cells
    return (
        NUMBERS.get(number, True)
        and DAYS[issued]
        and (DAYS[due] or due == "")
        and AMOUNTS.get(amount, True)
        and CURRENCIES[currency]
        and PAID[paid]
    )


def in_a_book_of_its_own(load, rows):
    with transaction.atomic():
        _hold(load, rows)
        transaction.set_rollback(True)


FILES = st.lists(st.one_of(row, mostly_good), max_size=12)
ONE_DATABASE = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.mark.django_db
@settings(max_examples=20, **ONE_DATABASE)
@given(FILES)
def test_any_mix_keeps_the_counts_and_books_no_bad_row(load, rows):
    in_a_book_of_its_own(load, rows)


@pytest.mark.soak
@pytest.mark.django_db
@settings(max_examples=1000, **ONE_DATABASE)
@given(FILES)
def test_any_of_a_thousand_mixes_keeps_the_counts(load, rows):
    in_a_book_of_its_own(load, rows)


def _hold(load, rows):
    # two rows that nothing is wrong with, so that no column is unreadable throughout
    anchors = [
        ("Y", "01.02.2026", "01.02.2026", "5,00", "EUR", "03.02.2026"),
        ("Z",) + ("01.02.2026",) * 2 + ("6,00", "EUR", ""),
    ]
    rows = anchors + rows
    text = HEADER + "".join("K1;" + ";".join(cells) + "\n" for cells in rows)
    answer = load.items(text, {**MAP, "due_days": 30})
    if "refused" in answer:  # so many days or amounts in the other convention that it looks like another file's map
        assert "exchanged" in answer["refused"]
        assert OpenItem.objects.count() == 0
        return
    created, updated, unchanged, rejected = counts(answer)
    assert (answer["rows"], updated) == (len(rows), 0)
    contents: dict[str, set] = {}
    for cells in rows:
        contents.setdefault(cells[0], set()).add(cells)
    booked = {
        number: next(iter(cells)) for number, cells in contents.items() if len(cells) == 1 and good(next(iter(cells)))
    }
    bad = {line for line, cells in enumerate(rows, start=2) if cells[0] not in booked}
    assert {int(line) for line, *_, severity in found(answer) if severity == "error"} == bad
    assert rejected == len(bad)
    assert created == len(booked)
    assert unchanged == len(rows) - len(bad) - len(booked)
    items = OpenItem.objects.filter(source="file", kind__in=["invoice", "credit_note"])
    assert {i.number: i.amount for i in items} == {number: amount_of(cells[3]) for number, cells in booked.items()}
    assert all(i.issued_on == date(2026, 2, 1) for i in items)
    assert proof() == []


def amount_of(text: str) -> Decimal:
    return {
        "10,00": Decimal(10),
        "11,00": Decimal(11),
        "1.234,5": Decimal("1234.5"),
        "7-": Decimal(-7),
        "5,00": Decimal(5),
        "6,00": Decimal(6),
    }[text]
