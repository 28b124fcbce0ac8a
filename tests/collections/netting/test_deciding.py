"""Nettings: what is suggested and left out, exactly what one clears, and exactly what is open again."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from o2c.collections import holds
from o2c.collections.models import Hold
from o2c.collections.netting import agreeing, deciding, eligible
from o2c.collections.netting.refusing import NettingRefused
from o2c.core import states
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import cash, closing, journal
from o2c.invoicing.bank import reconciling
from o2c.invoicing.cash import deductions, foureyes
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.models import (
    Entry,
    JournalExport,
    LedgerAccount,
    NettedItem,
    Netting,
    NettingAgreement,
    OpenItem,
    Payable,
    ReasonCode,
    Receipt,
)
from o2c.invoicing.proof import proof
from o2c.orders.models import LegalEntity
from tests.collections.netting.conftest import DAY, LATER
from tests.invoicing.cash.conftest import balance


def suggested(vendors, on=DAY, currency="EUR"):
    sides = eligible.sides(vendors.agreement, currency, on)
    items, owed = sides.suggested()
    numbers = {row.id: row.number for row in sides.items}
    theirs = {row.id: row.number for row in sides.payables}
    return (
        {numbers[pk]: str(amount.quantize(Decimal("0.01"))) for pk, amount in items.items()},
        {theirs[pk]: str(amount.quantize(Decimal("0.01"))) for pk, amount in owed.items()},
    )


def test_the_oldest_due_first_up_to_the_smaller_side(vendors):
    vendors.item("300.00 EUR", number="I2", due=DAY - timedelta(days=1))
    vendors.item("500.00 EUR", number="I3", due=DAY)
    vendors.item("200.00 EUR", number="I1", due=DAY - timedelta(days=9))
    vendors.say("450.50 EUR", key="P2")
    vendors.say("100.00 EUR", key="P1", due_on=DAY - timedelta(days=2))
    assert suggested(vendors) == (
        {"I1": "200.00", "I2": "300.00", "I3": "50.50"},
        {"P1": "100.00", "P2": "450.50"},
    )


def test_what_holds_an_item_back_holds_it_back_here(vendors, given):
    asked, by = {}, SYSTEM
    asked["disputed"] = vendors.item("10.00 EUR", number="disputed")
    OpenItem.objects.filter(pk=asked["disputed"].pk).update(disputed_on=DAY)
    asked["deducted"] = vendors.item("20.00 EUR", number="deducted")
    reason = ReasonCode.objects.get(code="price")
    deductions.record(asked["deducted"], Decimal(5), reason, on=DAY, actor=by)
    held = vendors.item("30.00 EUR", number="held")
    holds.place(customer=vendors.customer, item=held, entity=None, reason="Wait", from_on=DAY, actor=by)
    vendors.item("40.00 EUR", number="later", due=LATER)
    vendors.item("-50.00 EUR", number="credit")
    vendors.item("60.00 EUR", number="free")
    vendors.item("70.00 USD", number="dollars")
    vendors.given.open_item("80.00 EUR", customer=given.customer("OTHER"), number="another's")
    vendors.say("500.00 EUR", key="P1", blocked=True)
    vendors.say("90.00 EUR", key="P2", due_on=LATER)
    vendors.say("55.00 EUR", key="P3")
    sides = eligible.sides(vendors.agreement, "EUR", DAY)
    assert {row.number: row.why for row in sides.items} == {
        "disputed": "disputed", "deducted": "disputed", "held": "hold", "later": "not_due", "free": "",
    }  # fmt: skip
    assert {row.number: row.why for row in sides.payables} == {"P1": "blocked", "P2": "not_due", "P3": ""}
    assert suggested(vendors) == ({"free": "55.00"}, {"P3": "55.00"})
    assert Hold.objects.count() == 1
    agreeing.change(vendors.agreement, until=None, nets="open", reference="", actor=SYSTEM)
    vendors.agreement.refresh_from_db()
    assert suggested(vendors) == ({"free": "60.00", "later": "40.00"}, {"P3": "55.00", "P2": "45.00"})


def test_approved_it_clears_exactly_that_on_both_sides_and_undone_it_is_open_again(vendors):
    first, second = vendors.item("700.00 EUR", due=DAY - timedelta(days=5)), vendors.item("500.00 EUR")
    paid = vendors.say("900.00 EUR")
    netting = vendors.ask()
    assert (netting.amount, netting.state, vendors.left(first, second, paid)) == (
        Decimal(900), "asked", ["700.00", "500.00", "900.00"],
    )  # fmt: skip
    assert deciding.approve(netting, on=DAY, actor=vendors.boss, note="Fine").state == "netted"
    netting.refresh_from_db()
    assert vendors.left(first, second, paid) == ["0.00", "300.00", "0.00"]
    receipt = netting.receipt
    assert (receipt.method, receipt.amount, receipt.reference, receipt.received_on) == (
        "netting", Decimal(900), netting.reference, DAY,
    )  # fmt: skip
    assert (receipt.item.kind, receipt.item.open_amount, receipt.item.entry.kind) == ("netting", 0, "netting")
    assert (balance("netting"), balance("cash"), balance("receivables")) == (900, 0, 300)
    assert proof() == []
    assert not any(each.rest for each in reconciling.clearing([vendors.entity.pk]))

    undone = deciding.undo(netting, because="Wrong customer", on=LATER, actor=vendors.boss)
    assert (undone.state, undone.undone_by, undone.undone_on) == ("undone", "boss", LATER)
    assert vendors.left(first, second, paid) == ["700.00", "500.00", "900.00"]
    assert (balance("netting"), balance("receivables")) == (0, 1200)
    assert proof() == []
    with pytest.raises(states.IllegalMove):
        deciding.undo(netting, because="Again", on=LATER, actor=vendors.boss)
    assert vendors.net(on=LATER).amount == 900
    assert proof() == []


def test_other_money_on_the_same_items_stays_when_a_netting_is_undone(vendors):
    item, payable = vendors.item("1000.00 EUR"), vendors.say("400.00 EUR")
    vendors.given.pay(item, "250.00 EUR")
    netting = vendors.net()
    vendors.given.pay(item, "100.00 EUR", on=LATER)
    assert vendors.left(item, payable) == ["250.00", "0.00"]
    deciding.undo(netting, because="Not agreed", on=LATER, actor=vendors.boss)
    assert vendors.left(item, payable) == ["650.00", "400.00"]
    assert proof() == []


def test_parts_of_items_and_payables_and_several_nettings_of_them(vendors):
    item, payable = vendors.item("1000.00 EUR"), vendors.say("800.00 EUR")
    vendors.net({item: "300.01"}, {payable: "300.01"})
    waits = vendors.ask({item: "200.00"}, {payable: "200.00"})
    assert vendors.left(item, payable) == ["699.99", "499.99"]
    # what waits is not asked for twice
    with pytest.raises(NettingRefused, match=r"Only 299\.99 EUR of V1 can be netted"):
        vendors.ask({item: "300.00"}, {payable: "300.00"})
    vendors.ask({item: "299.99"}, {payable: "299.99"})
    sides = eligible.sides(vendors.agreement, "EUR", DAY)
    assert [row.why for row in sides.payables] == ["in_netting"]
    deciding.withdraw(waits, actor=vendors.clerk)
    assert [row.why for row in eligible.sides(vendors.agreement, "EUR", DAY).payables] == [""]
    assert proof() == []


@pytest.mark.parametrize(
    ("items", "owed", "why"),
    [
        ("100.00", "100.01", "payables come to 0.01 EUR more"),
        ("100.01", "100.00", "items come to 0.01 EUR more"),
        ("0", "0", "more than nothing"),
        ("1000.01", "1000.01", r"Only 1000\.00 EUR of INV-1 can be netted"),
        ("900.00", "900.00", r"Only 800\.00 EUR of V1 can be netted"),
        ("100.001", "100.001", "finer than"),
    ],
)
def test_sides_that_do_not_fit_are_refused_and_nothing_is_written(vendors, items, owed, why):
    item, payable = vendors.item("1000.00 EUR", number="INV-1"), vendors.say("800.00 EUR")
    with pytest.raises(ValueError, match=why):
        vendors.ask({item: items}, {payable: owed})
    assert not Netting.objects.exists()


@transaction.atomic
def add(netting, item) -> None:
    """Another item behind the acts' backs, as the end of a transaction finds it."""
    NettedItem.objects.create(netting=netting, item=item, amount=1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_holds_both_sides_equal(vendors):
    item, payable = vendors.item("1000.00 EUR"), vendors.say("800.00 EUR")
    netting = vendors.ask({item: "100.00"}, {payable: "100.00"})
    more = vendors.item("1.00 EUR")
    with pytest.raises(IntegrityError, match=r"is of 100.0000, its items come to 101.0000"):
        add(netting, more)
    other = vendors.given.open_item("5.00 EUR", customer=vendors.given.customer("OTHER"))
    with pytest.raises(IntegrityError, match="item of another account"):
        add(netting, other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payable.objects.filter(pk=payable.pk).update(netted=Decimal("800.01"))
    with pytest.raises(Exception, match="never change"), transaction.atomic():
        NettedItem.objects.filter(netting=netting).update(amount=99)
    with pytest.raises(IntegrityError, match="netting_by_others"), transaction.atomic():
        Netting.objects.filter(pk=netting.pk).update(decided_by=netting.asked_by)


def test_it_is_looked_at_again_when_it_is_approved(vendors, given):
    item, payable = vendors.item("500.00 EUR", number="INV-1"), vendors.say("500.00 EUR", key="V9")
    asked = vendors.ask()

    def refused(why):
        with pytest.raises(cash.CashRefused, match=why):
            deciding.approve(asked, on=DAY, actor=vendors.boss)
        assert Netting.objects.get().state == "asked"
        assert not Receipt.objects.filter(method="netting").exists()

    OpenItem.objects.filter(pk=item.pk).update(disputed_on=DAY)
    refused("INV-1 is left out: disputed")
    OpenItem.objects.filter(pk=item.pk).update(disputed_on=None)
    payment = given.pay(item, "0.01 EUR")
    refused(r"Only 499\.99 EUR of INV-1")
    cash.reverse(payment, on=DAY, actor=SYSTEM)
    vendors.say("500.00 EUR", key="V9", left="499.00")
    refused(r"Only 499\.00 EUR of V9")
    vendors.say("500.00 EUR", key="V9", blocked=True)
    refused("V9 is left out: payment blocked")
    vendors.say("500.00 EUR", key="V9", blocked=False)
    agreeing.end(vendors.agreement, on=DAY, actor=SYSTEM)
    refused("does not count on 2026-03-02")
    agreeing.change(vendors.agreement, until=None, nets="due", reference="", actor=SYSTEM)
    closing.close(vendors.entity, DAY, actor=SYSTEM)
    with pytest.raises(ItemRefused, match="closed until"):
        deciding.approve(asked, on=DAY, actor=vendors.boss)
    closing.close(vendors.entity, None, actor=SYSTEM)
    deciding.approve(asked, on=DAY, actor=vendors.boss)
    assert vendors.left(item, payable) == ["0.00", "0.00"]
    assert proof() == []


def test_whoever_asked_never_approves_and_large_ones_need_two(vendors, given):
    vendors.item("20000.00 EUR")
    vendors.say("15000.00 EUR")
    asked = vendors.ask()
    with pytest.raises(foureyes.FourEyes, match="You asked for this"):
        deciding.approve(asked, on=DAY, actor=vendors.clerk)
    with pytest.raises(foureyes.FourEyes, match="Only a person"):
        deciding.approve(asked, on=DAY, actor=SYSTEM)
    assert deciding.approve(asked, on=DAY, actor=vendors.boss).state == "asked"
    with pytest.raises(foureyes.FourEyes, match="had a part"):
        deciding.approve(asked, on=DAY, actor=vendors.boss)
    second = Actor.of(given.user("second", Role.FINANCE_MANAGER))
    assert deciding.approve(asked, on=DAY, actor=second).state == "netted"
    assert proof() == []


def test_refused_or_taken_back_nothing_is_booked(vendors):
    item, payable = vendors.item("500.00 EUR"), vendors.say("500.00 EUR")
    asked = vendors.ask()
    with pytest.raises(cash.CashRefused, match="Say why"):
        deciding.refuse(asked, note=" ", actor=vendors.boss)
    deciding.refuse(asked, note="Not now", actor=vendors.boss)
    again = vendors.ask()
    with pytest.raises(foureyes.FourEyes):
        deciding.withdraw(again, actor=vendors.boss)
    deciding.withdraw(again, actor=vendors.clerk)
    assert list(Netting.objects.order_by("pk").values_list("state", flat=True)) == ["refused", "withdrawn"]
    for row in (asked, again):
        with pytest.raises(states.IllegalMove):
            deciding.approve(row, on=DAY, actor=vendors.boss)
    assert vendors.left(item, payable) == ["500.00", "500.00"]


def test_its_receipt_is_taken_back_in_no_other_way(vendors):
    item, payable = vendors.item("500.00 EUR"), vendors.say("500.00 EUR")
    netting = vendors.net()
    with pytest.raises(cash.CashRefused, match="belongs to a netting"):
        cash.reverse(netting.receipt, on=DAY, actor=vendors.boss)
    (allocation,) = cash.standing(credit_item=netting.receipt.item_id)
    with pytest.raises(cash.CashRefused, match="belongs to a netting"):
        cash.unapply(allocation, on=DAY, actor=vendors.boss)
    assert vendors.left(item, payable) == ["0.00", "0.00"]
    assert proof() == []


def test_where_the_erp_applies_cash_nobody_nets_here(vendors):
    vendors.item("500.00 EUR")
    vendors.say("500.00 EUR")
    asked = vendors.ask()
    LegalEntity.objects.update(cash_applied_by="erp")
    with pytest.raises(cash.AppliedElsewhere):
        vendors.ask()
    with pytest.raises(cash.AppliedElsewhere):
        deciding.approve(asked, on=DAY, actor=vendors.boss)
    assert Netting.objects.get().state == "asked"


def test_the_journal_tells_the_ledger_of_it_once(vendors):
    vendors.item("500.00 EUR")
    vendors.say("300.00 EUR")
    LedgerAccount.objects.update(company_code="X1")
    LedgerAccount.objects.filter(role="netting").update(company_code="1599")
    LegalEntity.objects.update(books_kept_by="erp")
    netting = vendors.net()
    export = journal.export(vendors.entity, DAY, DAY, actor=SYSTEM)
    rows = [row for row in journal.rows(export) if row["kind"] == "netting"]
    told = [(row["text"], row["customer"], row["account"], row["debit"], row["credit"]) for row in rows]
    assert told == [
        (netting.reference, "ACME", "X1", "", "300.00"),
        (netting.reference, "ACME", "1599", "300.00", ""),
    ]
    assert journal.export(vendors.entity, DAY, DAY, actor=SYSTEM) is None
    assert JournalExport.objects.count() == 1
    assert Entry.objects.filter(kind="netting").count() == 1


def test_another_currency_is_netted_in_itself(vendors, given):
    given.rate("USD", "1.25", on=DAY - timedelta(days=60))
    given.rate("USD", "1.00", on=DAY)
    item = vendors.item("100.00 USD")
    payable = vendors.say("80.00 USD")
    assert eligible.currencies([vendors.agreement]) == {vendors.agreement.pk: ["USD"]}
    shares, owed = eligible.sides(vendors.agreement, "USD", DAY).suggested()
    assert (list(shares.values()), list(owed.values())) == ([80], [80])
    asked = vendors.ask(currency="USD")
    assert asked.base_amount == 80
    deciding.approve(asked, on=DAY, actor=vendors.boss)
    assert vendors.left(item, payable) == ["20.00", "0.00"]
    assert proof() == []


# --- Agreements


def test_one_agreement_counts_on_a_day(vendors):
    agreeing.change(vendors.agreement, until=date(2026, 6, 30), nets="due", reference="C-1", actor=SYSTEM)
    with pytest.raises(NettingRefused, match="Another agreement counts") as refused:
        vendors.agree(since=date(2026, 6, 30))
    assert refused.value.field == "since"
    later = vendors.agree(since=date(2026, 7, 1))
    with pytest.raises(NettingRefused):
        agreeing.change(vendors.agreement, until=None, nets="due", reference="", actor=SYSTEM)
    assert NettingAgreement.objects.get(pk=vendors.agreement.pk).until == date(2026, 6, 30)
    ended = agreeing.end(later, on=DAY, actor=SYSTEM)
    assert ended.until == date(2026, 6, 30)  # it never began
    with pytest.raises(NettingRefused, match="It ended"):
        agreeing.end(later, on=DAY, actor=SYSTEM)


def test_a_signed_paper_is_a_pdf_or_a_picture(vendors):
    with pytest.raises(NettingRefused, match="PDF") as refused:
        vendors.agree(customer=vendors.given.customer("B"), paper=("x.html", b"<html>"))
    assert refused.value.field == "paper"
    made = vendors.agree(customer=vendors.given.customer("C"), paper=("signed.pdf", b"%PDF-1.7"))
    assert (made.document.name, made.document.media_type) == ("signed.pdf", "application/pdf")
    assert NettingAgreement.objects.count() == 2
