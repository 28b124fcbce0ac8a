"""Receipts and rates from files: booked as by hand, each once, and applied as far as it goes."""

import threading
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import connections

from o2c.core import numbering
from o2c.core.actors import SYSTEM
from o2c.invoicing import cash, ledger, rates
from o2c.invoicing.models import Allocation, ExchangeRate, OpenItem, Receipt
from o2c.invoicing.proof import proof
from tests.imports.files_given import Loader, counts, found

HEADER = "Key;Customer;Amount;Cur;Date;Text;How;For\n"
MAP = {
    "columns": {
        "external_id": "Key",
        "customer": "Customer",
        "amount": "Amount",
        "currency": "Cur",
        "received_on": "Date",
        "reference": "Text",
        "method": "How",
        "item": "For",
    },
    "date_format": "DD.MM.YYYY",
    "decimal": ",",
    "source": "bank",
}


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel("2026-03-02 12:00:00+00:00", tick=True):
        yield


@pytest.fixture
def customer(given):
    return given.customer("K1")


def owed(number: str) -> Decimal:
    return OpenItem.objects.get(number=number, kind="invoice").open_amount


def test_a_receipt_is_booked_as_one_by_hand_is(load, given, customer):
    hand = given.receipt("80.00 EUR", customer=customer, on=date(2026, 2, 27))
    answer = load("receipts", HEADER + "p1;K1;80,00;EUR;27.02.2026;;;\n", MAP)
    assert counts(answer) == (1, 0, 0, 0)
    loaded = Receipt.objects.get(external_id="p1")
    for name in ("method", "currency", "amount", "received_on", "reference", "payer_id", "reversed_on"):
        assert getattr(loaded, name) == getattr(hand, name), name
    assert (hand.number, loaded.number) == ("R2026-000001", "R2026-000002")
    for name in ("kind", "number", "amount", "open_amount", "base_amount", "issued_on", "due_on", "counts_from"):
        assert getattr(loaded.item, name) == getattr(hand.item, name), name

    def postings(of):
        return sorted(of.item.entry.postings.values_list("account__role", "amount", "base_amount"))

    assert postings(loaded) == postings(hand)
    assert (loaded.item.entry.kind, loaded.source, loaded.item.import_run_id) == (
        hand.item.entry.kind,
        "bank",
        answer["import_run"],
    )
    assert proof() == []


def test_numbers_are_written_as_the_company_writes_them(load, given, customer):
    how = numbering.Pattern("ZE", 2, "/", 3)
    numbering.arrange("DE1", numbering.RECEIPT, how, first=998, on=date(2026, 3, 2), actor=SYSTEM)
    rows = "".join(f"p{n};K1;1,00;EUR;0{n}.02.2026;;;\n" for n in (3, 1, 2))
    load("receipts", HEADER + rows + "p9;K1;1,00;EUR;31.12.2025;;;\n", MAP)
    numbers = dict(Receipt.objects.values_list("external_id", "number"))
    assert numbers == {"p9": "ZE25/001", "p1": "ZE26/998", "p2": "ZE26/999", "p3": "ZE26/1000"}
    assert proof() == []


def test_what_it_is_for_is_settled_and_the_rest_stays_on_account(load, given, customer):
    for number, amount in (("R-1", "100.00"), ("R-2", "50.00"), ("R-3", "30.00")):
        given.open_item(f"{amount} EUR", number=number, customer=customer, due=date(2026, 2, 1))
    rows = (
        "p1;K1;120,00;EUR;27.02.2026;thanks;cheque;R-1; R-2=15,50; R-9\n".replace(
            "R-1; R-2=15,50; R-9", '"R-1; R-2=15,50; R-9"'
        )
        + "p2;K1;100,00;EUR;27.02.2026;;;R-2 | R-1\n"
        + "p3;K1;10,00;EUR;27.02.2026;;;R-3=25\n"
    )
    answer = load("receipts", HEADER + rows, MAP)
    assert counts(answer) == (3, 0, 0, 0)
    assert found(answer) == [
        ("2", "For", "R-9", "is no open item of this customer; the money stays on account", "warning"),
        ("3", "For", "R-1", "is settled already, or nothing is left of the money", "warning"),
        ("4", "For", "R-3", "takes only 10.00 EUR; the rest stays on account", "warning"),
    ]
    assert (owed("R-1"), owed("R-2"), owed("R-3")) == (0, 0, 20)
    left = {r.external_id: -r.item.open_amount for r in Receipt.objects.select_related("item")}
    assert left == {"p1": Decimal("4.50"), "p2": Decimal("65.50"), "p3": 0}
    assert {each.effective_on for each in Allocation.objects.all()} == {date(2026, 2, 27)}
    assert proof() == []
    assert counts(load("receipts", HEADER + rows, MAP)) == (0, 0, 3, 0)
    assert Allocation.objects.count() == 4


def test_a_head_office_pays_for_its_branch_and_nobody_for_others(load, given, customer):
    branch = given.customer("K2", parent=customer)
    given.open_item("10.00 EUR", number="R-1", customer=branch, due=date(2026, 2, 1))
    given.open_item("10.00 EUR", number="R-2", customer=given.customer("K3"), due=date(2026, 2, 1))
    given.open_item("10.00 USD", number="R-3", customer=customer, due=date(2026, 2, 1))
    for number in ("R-4", "R-4"):
        given.open_item("10.00 EUR", number=number, customer=customer, due=date(2026, 2, 1))
    rows = HEADER + 'p1;K1;90,00;EUR;27.02.2026;;;"R-1;R-2;R-3;R-4"\n'
    answer = load("receipts", rows, MAP)
    assert [(row[2], row[3][:31]) for row in found(answer)] == [
        ("R-2", "is no open item of this custome"),
        ("R-3", "is no open item of this custome"),
        ("R-4", "is the number of several open i"),
    ]
    assert Allocation.objects.get().amount == 10


def test_foreign_money_is_worth_the_rate_of_its_day_or_the_last_before(load, given):
    """Each legal entity in its own currency."""
    ExchangeRate.objects.create(currency="USD", on=date(2026, 2, 26), rate=Decimal("1.25"))
    ExchangeRate.objects.create(currency="GBP", on=date(2026, 2, 20), rate=Decimal("0.80"))
    for code, currency, base in (("DE1", "EUR", "80.00"), ("GB1", "GBP", "64.00")):
        entity = given.entity(code, currency)
        given.customer(f"K-{code}", entity=entity)
        answer = load("receipts", HEADER + f"p1;K-{code};100,00;USD;27.02.2026;;;\n", MAP, entity=code)
        assert counts(answer) == (1, 0, 0, 0)
        item = Receipt.objects.get(entity=entity).item
        assert item.base_amount == -Decimal(base)
        assert item.base_amount == ledger.in_base(item.amount, "USD", entity, date(2026, 2, 27))
    assert rates.rate_on("USD", date(2026, 2, 27)).on == date(2026, 2, 26)
    assert proof() == []


def test_what_changed_is_booked_anew_unless_it_is_applied(load, given, customer):
    given.open_item("10.00 EUR", number="R-1", customer=customer, due=date(2026, 2, 1))
    load("receipts", HEADER + "p1;K1;80,00;EUR;27.02.2026;a;;\np2;K1;10,00;EUR;27.02.2026;;;R-1\n", MAP)
    later = HEADER + "p1;K1;81,00;EUR;27.02.2026;b;;\np2;K1;11,00;EUR;27.02.2026;;;R-1\n"
    answer = load("receipts", later, MAP)
    assert counts(answer) == (0, 1, 0, 1)
    assert found(answer) == [
        ("3", "Amount", "11.0000", "differs from what is booked, and that is applied to items already", "error")
    ]
    old, new = Receipt.objects.filter(number__in=["R2026-000001", "R2026-000003"]).order_by("number")
    assert (old.reversed_on, old.external_id, old.item.open_amount) == (date(2026, 3, 2), "", 0)
    assert (new.amount, new.external_id, new.reference, new.item.open_amount) == (81, "p1", "b", -81)
    assert counts(load("receipts", later.replace("11,00", "10,00").replace(";b;", ";c;"), MAP)) == (0, 1, 1, 0)
    assert Receipt.objects.get(external_id="p1").reference == "c"
    assert proof() == []


def test_a_receipt_that_was_taken_back_here_stays_so(load, given, customer):
    load("receipts", HEADER + "p1;K1;80,00;EUR;27.02.2026;;;\n", MAP)
    cash.reverse(Receipt.objects.get(), on=date(2026, 3, 2), actor=SYSTEM)
    answer = load("receipts", HEADER + "p1;K1;80,00;EUR;27.02.2026;;;\n", MAP)
    assert (counts(answer), answer["warnings"]) == ((0, 0, 1, 0), 1)
    answer = load("receipts", HEADER + "p1;K1;70,00;EUR;27.02.2026;;;\n", MAP)
    assert counts(answer) == (0, 0, 0, 1)
    assert Receipt.objects.count() == 1


def test_rows_that_are_no_receipts_are_rejected(load, customer):
    rows = (
        "p1;K1;0,00;EUR;27.02.2026;;;\np2;K1;-5,00;EUR;27.02.2026;;;\np3;K9;5,00;EUR;27.02.2026;;;\n"
        "p4;K1;5,00;EUR;27.02.2026;;barter;\np5;K1;5,00;EUR;27.02.2026;;;R-1=x\np6;K1;5,00;EUR;27.02.2026;;;=5\n"
        ";K1;5,00;EUR;27.02.2026;;;\np8;K1;5,00;JPY;27.02.2026;;;\np9;K1;5,01;JPY;27.02.2026;;;\n"
    )
    answer = load("receipts", HEADER + rows, MAP)
    assert counts(answer) == (1, 0, 0, 8)
    assert Receipt.objects.get().amount == 5
    assert proof() == []


@pytest.mark.django_db(transaction=True)
def test_two_files_at_once_never_pay_an_item_twice_and_leave_no_gap(given, tmp_path):
    customer = given.customer("K1")
    for number in range(30):
        given.open_item("10.00 EUR", number=f"R-{number}", customer=customer, due=date(2026, 2, 1))
    start = threading.Barrier(2)
    answers: dict[int, dict] = {}

    def run(index: int):
        folder = tmp_path / str(index)
        folder.mkdir()
        order = range(30) if index else reversed(range(30))
        rows = "".join(f"p{n};K1;10,00;EUR;27.02.2026;;;R-{n}\n" for n in order)
        try:
            start.wait(timeout=30)
            answers[index] = Loader(folder)("receipts", HEADER + rows, {**MAP, "source": f"bank{index}"})
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [counts(answers[index])[0] for index in range(2)] == [30, 30]
    assert sum(answer["warnings"] for answer in answers.values()) == 30
    assert (Allocation.objects.count(), OpenItem.objects.filter(amount__gt=0).exclude(open_amount=0).count()) == (30, 0)
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [f"R2026-{n:06}" for n in range(1, 61)]
    assert proof() == []


# --- Rates


def test_rates_by_map_are_the_rates_of_the_banks_file(load, given, tmp_path):
    given.entity()
    ecb = tmp_path / "ecb.csv"
    ecb.write_text("Date,USD,JPY\n2026-02-27,1.0812,162.30\n2026-02-26,1.0800,N/A\n")
    rates.load_ecb(ecb, actor=SYSTEM)
    table = "d;f;t;r\n27.02.2026;EUR;USD;1,0812\n26.02.2026;EUR;USD;1,08\n27.02.2026;EUR;JPY;162,3\n"
    mapping = {
        "columns": {"date": "d", "from": "f", "to": "t", "rate": "r"},
        "date_format": "DD.MM.YYYY",
        "decimal": ",",
    }
    assert counts(load("exchange-rates", table, mapping)) == (0, 0, 3, 0)
    changed = table.replace("1,0812", "1,0813") + "28.02.2026;GBP;EUR;1,25\n"
    assert counts(load("exchange-rates", changed, mapping)) == (1, 1, 2, 0)
    assert rates.rate_on("USD", date(2026, 3, 1)) == rates.Rate(Decimal("1.0813"), date(2026, 2, 27))
    assert rates.rate_on("GBP", date(2026, 3, 1)) == rates.Rate(Decimal("0.8"), date(2026, 2, 28))
    assert ledger.rate("GBP", date(2026, 2, 27)) is None


def test_rates_that_are_none_are_rejected(load, given):
    given.entity()
    rows = (
        "2026-02-27,USD,GBP,0.9\n2026-02-27,EUR,EUR,1\n2026-02-27,EUR,USD,0\n2026-02-27,EUR,CHF,-1\n"
        "2026-02-27,EUR,SEK,1.123456789\n2026-02-27,EUR,NOK,11.5\n2026-02-27,NOK,EUR,0.09\n"
        "2026-02-27,EUR,DKK,7.46\n2026-02-27,EUR,DKK,7.46\n2026-02-27,KRW,EUR,99999999999\n"
    )
    mapping = {"columns": {"date": "d", "from": "f", "to": "t", "rate": "r"}}
    answer = load("exchange-rates", "d,f,t,r\n" + rows, mapping)
    assert counts(answer) == (1, 0, 1, 8), found(answer)
    assert list(ExchangeRate.objects.values_list("currency", "rate")) == [("DKK", Decimal("7.46"))]
