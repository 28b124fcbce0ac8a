"""Payables from files: again and again, complete or not, and taken back; what was netted here stays netted."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from o2c.collections.netting import agreeing, asking, deciding
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.imports.undoing import UndoRefused
from o2c.core.models import ImportRun, Role
from o2c.invoicing.models import Payable
from o2c.invoicing.proof import proof
from o2c.orders.models import Account
from o2c.web.loading import undo
from tests.imports.files_given import counts, found

MAP = {
    "columns": {
        "customer": "Cust", "number": "Doc", "external_id": "Key", "issued_on": "Date", "due_on": "Due",
        "currency": "Cur", "amount": "Amount", "open_amount": "Open", "as_of": "As of", "blocked": "Block",
    },
    "source": "sap",
}  # fmt: skip
HEADER = "Cust;Doc;Key;Date;Due;Cur;Amount;Open;As of;Block\n"
DAY = date(2026, 3, 2)


def row(
    key: str, left: str = "", *, customer: str = "ACME", amount: str = "100.00", as_of: date = DAY, block=""
) -> str:
    return f"{customer};RE {key};{key};2026-02-01;2026-03-01;EUR;{amount};{left};{as_of};{block}\n"


@pytest.fixture
def acme(given):
    return given.customer("ACME", entity=given.entity("DE1"))


def told(*names) -> list[tuple]:
    return list(Payable.objects.order_by("external_id").values_list("external_id", *names))


def take_back(answer):
    return undo(ImportRun.objects.get(pk=answer["import_run"]), actor=SYSTEM)


def netted(given, customer, amounts: dict[str, str], *, approved: bool = True):
    """So much of the payables with these keys is netted today."""
    entity = given.entity("DE1")
    today = clock.today(entity.time_zone)
    agreement = agreeing.agree(entity=entity, customer=customer, since=DAY, actor=SYSTEM)
    total = sum(map(Decimal, amounts.values()))
    item = given.open_item(f"{total} EUR", customer=customer, entity=entity)
    owed = {Payable.objects.get(external_id=key).pk: Decimal(amount) for key, amount in amounts.items()}
    made = asking.ask(agreement, "EUR", items={item.pk: total}, owed=owed, reason="x", on=today, actor=SYSTEM)
    boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    return deciding.approve(made, on=today, actor=boss) if approved else made


def test_new_ones_changed_ones_and_the_same_again(load, acme):
    first = load("payables", HEADER + row("1") + row("2", "40.00", block="yes"), MAP)
    assert counts(first) == (2, 0, 0, 0)
    names = ("number", "amount", "source_open", "open_amount", "as_of", "blocked", "source")
    assert told(*names) == [
        ("1", "RE 1", 100, 100, 100, DAY, False, "sap"),
        ("2", "RE 2", 100, 40, 40, DAY, True, "sap"),
    ]
    assert counts(load("payables", HEADER + row("1") + row("2", "40.00", block="yes"), MAP)) == (0, 0, 2, 0)
    later = DAY + timedelta(days=1)
    answer = load("payables", HEADER + row("1", "70.00", as_of=later) + row("2", "0"), MAP)
    assert counts(answer) == (0, 2, 0, 0)
    assert told("open_amount", "blocked") == [("1", 70, False), ("2", 0, True)]
    # what is of an earlier day changes nothing, and is said
    answer = load("payables", HEADER + row("1", "100.00"), MAP)
    assert counts(answer) == (0, 0, 1, 0)
    assert found(answer) == [
        ("2", "As of", "2026-03-02", "is before 2026-03-03, of which what is open is known; left as it is", "warning")
    ]
    assert told("open_amount")[0] == ("1", 70)


def test_bad_rows_are_named_at_their_place_and_the_good_ones_loaded(load, acme):
    tomorrow = date(2199, 1, 1)
    rows = [
        row("1"), row("2", customer="NOBODY"), row("3", amount="-5.00"), row("4", "100.01"),
        row("5", as_of=tomorrow), "ACME;RE 6;6;2026-02-01;2026-01-01;EUR;5.00;;2026-03-02;\n",
        "ACME;RE 7;7;2026-02-01;2026-03-01;EUR;5.00;;;\n", row("1", "50.00"), row("8"),
    ]  # fmt: skip
    answer = load("payables", HEADER + "".join(rows), MAP)
    assert counts(answer) == (1, 0, 0, 8)
    assert [(line, column) for line, column, _, _, severity in found(answer) if severity == "error"] == [
        ("2", "Key"), ("3", "Cust"), ("4", "Amount"), ("5", "Open"), ("6", "As of"), ("7", "Due"), ("8", "As of"),
        ("9", "Key"),
    ]  # fmt: skip


def test_netted_here_it_stays_netted_whatever_is_loaded(load, acme, given):
    load("payables", HEADER + row("1") + row("2"), MAP)
    made = netted(given, acme, {"1": "100.00", "2": "60.00"})
    assert counts(load("payables", HEADER + row("1") + row("2"), MAP)) == (0, 0, 2, 0)
    assert told("open_amount") == [("1", 0), ("2", 40)]
    today = made.netted_on
    answer = load(
        "payables", HEADER + row("1", "0", as_of=today) + row("2", "90.00", amount="110.00", as_of=today), MAP
    )
    assert counts(answer) == (0, 0, 0, 2)
    assert [finding[1:4] for finding in found(answer)] == [
        ("Open", "0.0000", f"is less than the 100 EUR that are netted here and not taken over yet: say first that"
         f" {made.reference} was"),
        ("Amount", "110.0000", "differs from what is known, and stands in a netting"),
    ]  # fmt: skip
    deciding.taken_over(made, on=today, today=today, actor=SYSTEM)
    answer = load("payables", HEADER + row("1", "0", as_of=today) + row("2", "40.00", as_of=today), MAP)
    assert counts(answer) == (0, 2, 0, 0)
    assert told("open_amount", "netted", "ahead") == [("1", 0, 100, 100), ("2", 0, 60, 60)]  # until tomorrow
    assert proof() == []


def test_what_a_complete_file_leaves_out_is_paid(load, acme, given):
    load("payables", HEADER + row("1") + row("2") + row("3"), MAP)
    netted(given, acme, {"3": "10.00"})
    answer = load("payables", HEADER + row("1"), MAP, complete=True)
    assert (counts(answer), answer["settled_as_absent"]) == ((0, 0, 1, 0), 1)
    assert answer["notes"] == [
        "1 payables that are absent from the file are netted here and not taken over yet: they stay."
    ]
    assert told("open_amount") == [("1", 100), ("2", 0), ("3", 90)]
    assert proof() == []


def test_a_load_is_taken_back_unless_something_of_it_is_in_a_netting(load, acme, given):
    first = load("payables", HEADER + row("1", "90.00"), MAP)
    later = DAY + timedelta(days=1)
    second = load("payables", HEADER + row("1", "50.00", as_of=later) + row("2"), MAP)
    assert take_back(second).taken_back == 1
    assert told("open_amount", "as_of") == [("1", 90, DAY)]
    assert Account.objects.filter(customer=acme).count() == 1
    again = load("payables", HEADER + row("2"), MAP)
    netted(given, acme, {"2": "5.00"}, approved=False)
    with pytest.raises(UndoRefused, match="1 netted payables"):
        take_back(again)
    assert take_back(first).taken_back == 1
    assert told("open_amount") == [("2", 100)]
    assert proof() == []


def test_a_changed_payable_that_was_netted_since_keeps_its_load(load, acme, given):
    load("payables", HEADER + row("1"), MAP)
    second = load("payables", HEADER + row("1", "80.00", as_of=DAY + timedelta(days=1)), MAP)
    netted(given, acme, {"1": "5.00"})
    with pytest.raises(UndoRefused, match=r"1 payables changed since \(RE 1\)"):
        take_back(second)
    assert told("open_amount") == [("1", 75)]
