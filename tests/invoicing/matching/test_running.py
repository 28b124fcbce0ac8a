"""From bank lines to receipts, in the books: what is applied, proposed and left, and that nothing is done twice."""

import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from o2c.collections.models import Dispute
from o2c.core.actors import Actor
from o2c.invoicing import jobs
from o2c.invoicing.cash import CashRefused
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.guarding import quarantine
from o2c.invoicing.matching import applying, deciding, learning, running
from o2c.invoicing.models import (
    Allocation,
    BankLine,
    Concession,
    Deduction,
    LineUse,
    MatchingRules,
    MatchProposal,
    MatchRun,
    OpenItem,
    PayerAlias,
    Quarantine,
    ReasonCode,
    Receipt,
)
from o2c.invoicing.papers.references import creditor_reference
from o2c.invoicing.proof import proof
from o2c.orders import agreements
from o2c.orders.models import CustomerBankAccount, LegalEntity
from o2c.orders.terms import Tier
from o2c.wiring import handle_events
from tests.given import DAY

IBAN = "DE89370400440532013000"


@pytest.fixture
def acme(given):
    customer = given.customer("C1", name="Acme GmbH")
    CustomerBankAccount.objects.create(customer=customer, iban=IBAN)
    return customer


@pytest.fixture
def clerk(given):
    return Actor.of(given.user("clerk", "cash_clerk"))


def matched(given) -> dict[str, int]:
    counts = running.match(given.entity())
    assert proof() == []
    return counts


def counted(lines=0, applied=0, proposed=0, left=0) -> dict[str, int]:
    return {"lines": lines, "applied": applied, "proposed": proposed, "left": left, "quarantined": 0}


def test_a_named_invoice_is_paid(given, acme):
    item = given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    line = given.bank_line("119.00 EUR", "Rechnung INV 2026 000123 danke", iban=IBAN, name="ACME GMBH")
    assert matched(given) == counted(lines=1, applied=1)
    item.refresh_from_db()
    line.refresh_from_db()
    receipt = Receipt.objects.get()
    assert (item.open_amount, line.open_amount, line.payer_id) == (0, 0, acme.payer_id)
    assert (receipt.amount, receipt.received_on, receipt.method) == (119, DAY, "transfer")
    assert (receipt.customer, receipt.number) == (acme, "R2026-000001")
    proposal = MatchProposal.objects.get()
    assert (proposal.state, proposal.receipt, proposal.by_hand) == ("applied", receipt, False)
    assert LineUse.objects.get().receipt == receipt
    assert receipt.item.open_amount == 0
    run = MatchRun.objects.get()
    assert (run.lines, run.applied, run.finished_at is not None) == (1, 1, True)


def test_running_twice_does_nothing_twice(given, acme):
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    given.bank_line("55.00 EUR", "hello", iban=IBAN)
    assert matched(given) == counted(lines=2, applied=1, proposed=1)
    before = list(MatchProposal.objects.order_by("pk").values_list("pk", "state"))
    assert matched(given) == counted(lines=1, proposed=1)
    assert list(MatchProposal.objects.order_by("pk").values_list("pk", "state")) == before
    assert Receipt.objects.count() == 1


def test_many_of_one_payer_by_range_and_with_a_discount(given, acme):
    agreement = agreements.Agreement(name="2 % in 10 days", kind="net", days=30, tiers=(Tier(10, Decimal(2)),))
    terms = agreements.create("2P10", agreement, actor=running.MATCHER)
    acme.accounts.update(terms=terms)
    items = [
        given.open_item("100.00 EUR", customer=acme, number=f"RE-{number}", issued=DAY, due=DAY + timedelta(days=30))
        for number in range(471101, 471104)
    ]
    given.bank_line("294.00 EUR", "RE 471101-471103", iban=IBAN, on=DAY + timedelta(days=8))
    assert matched(given) == counted(lines=1, applied=1)
    for item in items:
        item.refresh_from_db()
        assert item.open_amount == 0
    assert list(OpenItem.objects.filter(kind="discount").values_list("amount", flat=True)) == [-2, -2, -2]
    assert Receipt.objects.get().item.open_amount == 0


def test_the_discount_written_on_an_invoice_holds_whatever_the_terms_say_now(given, acme):
    agreement = agreements.Agreement(name="2 % in 10 days", kind="net", days=30, tiers=(Tier(10, Decimal(2)),))
    terms = agreements.create("NET30", agreement, actor=running.MATCHER)
    invoice = given.invoice("100.00 EUR", customer=acme)
    assert [tier["percent"] for tier in invoice.agreed["discounts"]] == ["2"]
    acme.accounts.update(terms=None)
    terms.discounts.all().delete()
    given.bank_line("116.62 EUR", invoice.number, iban=IBAN, on=DAY + timedelta(days=3))
    assert matched(given) == counted(lines=1, applied=1)
    assert OpenItem.objects.get(kind="discount").amount == Decimal("-2.38")


def test_a_creditor_reference(given, acme):
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    given.bank_line("119.00 EUR", creditor_references=[creditor_reference("INV-2026-000123")], name="Somebody")
    assert matched(given) == counted(lines=1, applied=1)


def test_a_credit_note_is_netted_with_the_payment(given, acme):
    invoice = given.open_item("100.00 EUR", customer=acme, number="INV-2026-000123")
    credit = given.open_item("-20.00 EUR", customer=acme, number="CN-2026-000007")
    given.bank_line("80.00 EUR", "INV-2026-000123 less CN-2026-000007", iban=IBAN)
    assert matched(given) == counted(lines=1, applied=1)
    invoice.refresh_from_db()
    credit.refresh_from_db()
    assert (invoice.open_amount, credit.open_amount) == (0, 0)
    assert sorted(Allocation.objects.values_list("amount", flat=True)) == [20, 80]


def test_a_parent_pays_for_its_branch(given, acme):
    branch = given.customer("C2", parent=acme)
    item = given.open_item("119.00 EUR", customer=branch, number="INV-2026-000123")
    given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    assert matched(given) == counted(lines=1, applied=1)
    item.refresh_from_db()
    assert (item.open_amount, Receipt.objects.get().customer) == (0, acme)


def test_the_second_payment_of_an_invoice_waits_as_a_duplicate(given, acme):
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    other = given.open_item("119.00 EUR", customer=acme, number="INV-2026-000900")
    given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    assert matched(given) == counted(lines=2, applied=1, proposed=1)
    other.refresh_from_db()
    assert other.open_amount == 119
    waits = MatchProposal.objects.get(state="open")
    assert "paid_before" in [reason["code"] for reason in waits.reasons]


def test_a_name_like_a_customers_is_proposed(given, acme):
    given.open_item("119.00 EUR", customer=acme)
    given.bank_line("119.00 EUR", "thanks", name="ACME GMBH")
    assert matched(given) == counted(lines=1, proposed=1)


def test_a_stranger_is_left(given, acme):
    given.open_item("119.00 EUR", customer=acme)
    given.bank_line("119.00 EUR", "Miete", name="Hausverwaltung Nord")
    given.bank_line("-50.00 EUR", "Gebühren")
    assert matched(given) == counted(lines=1, left=1)
    assert not MatchProposal.objects.exists()


def test_lines_of_a_flagged_statement_are_only_proposed(given, acme):
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    wrong = given.bank_statement(arithmetic_ok=False, flags=["arithmetic"])
    given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN, statement=wrong)
    assert matched(given) == counted(lines=1, proposed=1)
    part = given.bank_statement(arithmetic_ok=None, flags=["incomplete"])
    given.open_item("55.00 EUR", customer=acme, number="INV-2026-000124")
    given.bank_line("55.00 EUR", "INV-2026-000124", iban=IBAN, statement=part)
    assert matched(given) == counted(lines=2, proposed=2)


def test_where_the_erp_applies_cash_everything_is_only_proposed(given, acme, clerk):
    LegalEntity.objects.update(cash_applied_by="erp")
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    assert matched(given) == counted(lines=1, proposed=1)
    with pytest.raises(applying.cash.AppliedElsewhere):
        applying.apply_one(MatchProposal.objects.get(), actor=clerk, on=DAY)


def test_the_entitys_own_thresholds(given, acme):
    rules = MatchingRules.objects.create(entity=given.entity(), apply_from=1, propose_from="0.98")
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    assert matched(given) == counted(lines=1, proposed=1)
    MatchingRules.objects.filter(pk=rules.pk).update(propose_from=1)
    assert matched(given) == counted(lines=1, left=1)
    assert MatchProposal.objects.get().state == "gone"


def test_a_payment_that_the_checks_hold_back_waits_in_quarantine(given, acme, clerk):
    item = given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    line = given.bank_line("119.00 EUR", "INV-2026-000123", iban="DE89370400440532013001")
    assert matched(given) == counted() | {"lines": 1, "quarantined": 1}
    proposal = MatchProposal.objects.get()
    assert proposal.state == "open"
    assert applying.apply_one(proposal, actor=clerk, on=DAY).state == "open"
    item.refresh_from_db()
    line.refresh_from_db()
    assert (item.open_amount, line.open_amount, Receipt.objects.count()) == (119, 119, 0)
    manager = given.user("manager", "finance_manager")
    quarantine.ask(Quarantine.objects.get(), why="They typed it wrongly.", actor=clerk)
    quarantine.release(Quarantine.objects.get(), decision="Called them.", actor=Actor.of(manager))
    jobs.bank_released([{"line_id": line.pk, "entity_id": line.entity_id}])
    assert matched(given) == counted(lines=1, applied=1)


def test_closed_books_take_the_money_on_the_first_open_day(given, acme):
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    LegalEntity.objects.update(closed_until=DAY + timedelta(days=5))
    assert matched(given) == counted(lines=1, applied=1)
    assert Receipt.objects.get().received_on == DAY + timedelta(days=6)


def test_another_currency_is_matched_in_itself(given, acme):
    given.rate("USD", "1.25", DAY - timedelta(days=90))
    item = given.open_item("119.00 USD", customer=acme, number="INV-2026-000123")
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000124")
    given.bank_line("119.00 USD", "INV-2026-000123", iban=IBAN)
    assert matched(given) == counted(lines=1, applied=1)
    item.refresh_from_db()
    assert item.open_amount == 0


def test_the_command_answers_by_its_contract(given, acme):
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    line = given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    given.bank_line("1.00 EUR", "elsewhere")
    out = StringIO()
    call_command("match", "--statement", str(line.statement_id), "--json", stdout=out)
    assert json.loads(out.getvalue()) == counted(lines=1, applied=1)
    with pytest.raises(CommandError) as error:
        call_command("match", "--statement", "999999", "--json")
    assert error.value.returncode == 2


# --- What people decide


def test_a_person_splits_a_line_and_it_teaches(given, acme, clerk):
    item = given.open_item("100.00 EUR", customer=acme)
    line = given.bank_line("150.00 EUR", "?", iban="NL91ABNA0417164300", name="Holding Noord")
    proposal = deciding.propose_by_hand(
        line, acme, [Part(item, Decimal("99.50"), difference=Decimal("0.50"))], actor=clerk
    )
    applying.apply_one(proposal, actor=clerk, on=DAY)
    item.refresh_from_db()
    assert item.open_amount == 0
    assert Receipt.objects.get().item.open_amount == Decimal("-50.50")
    assert set(PayerAlias.objects.values_list("kind", "key")) == {
        ("iban", "NL91ABNA0417164300"), ("name", "HOLDING NOORD")
    }  # fmt: skip
    assert proof() == []
    given.open_item("77.00 EUR", customer=acme)
    given.bank_line("77.00 EUR", "", iban="NL91ABNA0417164300", name="Holding Noord")
    assert matched(given) == counted(lines=1, applied=1)


def test_what_was_taught_for_two_payers_is_no_evidence(given, acme, clerk):
    other = given.customer("C9")
    for customer in (acme, other):
        line = given.bank_line("10.00 EUR", "", name="Holding Noord")
        applying.apply_one(deciding.propose_by_hand(line, customer, [], actor=clerk), actor=clerk, on=DAY)
    assert PayerAlias.objects.count() == 2
    given.open_item("77.00 EUR", customer=acme)
    given.bank_line("77.00 EUR", "", name="Holding Noord")
    assert matched(given) == counted(lines=1, left=1)


def test_what_was_withdrawn_is_not_used(given, acme, clerk):
    line = given.bank_line("10.00 EUR", "", iban="NL91ABNA0417164300")
    applying.apply_one(deciding.propose_by_hand(line, acme, [], actor=clerk), actor=clerk, on=DAY)
    learning.withdraw(PayerAlias.objects.get(), actor=clerk)
    alias = PayerAlias.objects.get()
    assert (alias.withdrawn_by, alias.withdrawn_at is not None) == ("clerk", True)
    given.open_item("77.00 EUR", customer=acme)
    given.bank_line("77.00 EUR", "", iban="NL91ABNA0417164300")
    assert matched(given) == counted(lines=1, left=1)


@pytest.mark.parametrize(
    ("amount", "let_go", "why"),
    [
        ("100.01", {}, "only owes"),
        ("0", {}, "more than nothing"),
        ("-1", {}, "whole sign"),
        ("94.99", {"difference": Decimal("5.01")}, "let go of alone"),
        ("60.00", {"charge": Decimal(40)}, "let go of alone"),
        ("90.00", {"discount": Decimal(10)}, "that is not earned"),
        ("90.00", {"deduction": Decimal(10)}, "Say why"),
    ],
)
def test_a_split_that_does_not_fit_is_refused(given, acme, clerk, amount, let_go, why):
    item = given.open_item("100.00 EUR", customer=acme)
    line = given.bank_line("500.00 EUR")
    with pytest.raises((applying.MatchRefused, CashRefused), match=why):
        deciding.propose_by_hand(line, acme, [Part(item, Decimal(amount), **let_go)], actor=clerk)
    assert not MatchProposal.objects.exists()


def test_what_is_deducted_is_disputed_until_the_receipt_is_taken_back(given, acme, clerk):
    item = given.open_item("100.00 EUR", customer=acme)
    line = given.bank_line("80.00 EUR")
    price = ReasonCode.objects.get(code="price")
    part = Part(item, Decimal(80), difference=Decimal(2), deduction=Decimal(18), reason=price)
    proposal = deciding.propose_by_hand(line, acme, [part], actor=clerk)
    applying.apply_one(proposal, actor=clerk, on=DAY)
    proposal.refresh_from_db()
    item.refresh_from_db()
    assert item.open_amount == 18
    deduction = Deduction.objects.get()
    assert (deduction.amount, deduction.reason, deduction.receipt_id) == (18, price, proposal.receipt_id)
    assert Concession.objects.get(receipt=proposal.receipt_id).settles_id == item.pk
    handle_events()
    assert Dispute.objects.get(item=item).closed_on is None
    again = given.bank_line("1.00 EUR")
    twice = Part(item, Decimal(1), deduction=Decimal(18), reason=price)
    with pytest.raises(CashRefused, match="only owes"):
        deciding.propose_by_hand(again, acme, [twice], actor=clerk)
    deciding.undo(proposal, on=DAY, actor=clerk)
    handle_events()
    item.refresh_from_db()
    assert (item.open_amount, Deduction.objects.get().state) == (100, "withdrawn")
    assert Dispute.objects.get(item=item).closed_on is not None
    assert proof() == []


def test_undoing_opens_everything_again(given, acme, clerk):
    invoice = given.open_item("100.00 EUR", customer=acme)
    credit = given.open_item("-20.00 EUR", customer=acme)
    line = given.bank_line("79.50 EUR", "", iban="NL91ABNA0417164300")
    parts = [
        Part(invoice, Decimal("99.50"), difference=Decimal("0.50")), Part(credit, Decimal("-20.00"))
    ]  # fmt: skip
    proposal = deciding.propose_by_hand(line, acme, parts, actor=clerk)
    applying.apply_one(proposal, actor=clerk, on=DAY)
    deciding.undo(proposal, on=DAY, actor=clerk)
    for row in (invoice, credit, line, proposal):
        row.refresh_from_db()
    assert (invoice.open_amount, credit.open_amount, line.open_amount) == (100, -20, Decimal("79.50"))
    assert proposal.state == "undone"
    assert not PayerAlias.objects.filter(withdrawn_at=None).exists()
    assert proof() == []
    with pytest.raises(applying.Overtaken):
        deciding.undo(proposal, on=DAY, actor=clerk)


def test_reversing_the_receipt_frees_its_line(given, acme, clerk):
    item = given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    line = given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    matched(given)
    deciding.take_back(Receipt.objects.get(), on=DAY, actor=clerk)
    item.refresh_from_db()
    line.refresh_from_db()
    assert (item.open_amount, line.open_amount) == (119, 119)
    assert MatchProposal.objects.get().state == "undone"
    by_hand = given.receipt("5.00 EUR", customer=acme)
    deciding.take_back(by_hand, on=DAY, actor=clerk)
    assert Receipt.objects.exclude(reversed_on=None).count() == 2
    assert proof() == []


def test_what_was_undone_or_rejected_is_not_applied_again_by_itself(given, acme, clerk):
    given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    given.bank_line("119.00 EUR", "INV-2026-000123", iban=IBAN)
    assert matched(given) == counted(lines=1, applied=1)
    deciding.undo(MatchProposal.objects.get(), on=DAY, actor=clerk)
    assert matched(given)["applied"] == 0
    given.bank_line("5.00 EUR", "", iban=IBAN)
    matched(given)
    waits = MatchProposal.objects.get(state="open", amount=5)
    deciding.reject(waits, actor=clerk)
    matched(given)
    assert not MatchProposal.objects.filter(state="open", amount=5).exists()
    with pytest.raises(applying.Overtaken):
        applying.apply_one(waits, actor=clerk, on=DAY)


def test_a_proposal_that_the_facts_no_longer_bear_is_gone(given, acme, clerk):
    item = given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    line = given.bank_line("119.00 EUR")
    proposal = deciding.propose_by_hand(line, acme, [Part(item, Decimal(119))], actor=clerk)
    given.pay(item)
    with pytest.raises(applying.Overtaken):
        applying.apply_one(proposal, actor=clerk, on=DAY)
    proposal.refresh_from_db()
    assert proposal.state == "gone"
    line = BankLine.objects.get(pk=line.pk)
    assert line.open_amount == 119
    assert Receipt.objects.count() == 1


def test_a_constant_number_of_statements(given, acme, django_assert_max_num_queries):
    for number in range(40):
        given.open_item(f"{100 + number}.00 EUR", customer=acme, number=f"INV-2026-{number:06}")
        given.bank_line(f"{100 + number}.00 EUR", f"INV-2026-{number:06}", iban=IBAN)
    with django_assert_max_num_queries(130):
        assert running.match(given.entity()) == counted(lines=40, applied=40)
