"""How a case ends: each way, what it leaves on the books, and what is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from o2c.collections import disputes
from o2c.collections.disputes import DisputeRefused, following
from o2c.collections.models import Dispute, Task
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Message
from o2c.invoicing import cash
from o2c.invoicing.cash import CashRefused, OverApplied, writeoffs
from o2c.invoicing.cash.foureyes import FourEyes
from o2c.invoicing.invoices import crediting
from o2c.invoicing.models import CreditRequest, Invoice, OpenItem, WriteOff
from o2c.invoicing.proof import proof
from o2c.orders.models import Contact
from o2c.wiring import handle_events
from tests.given import DAY

LATER = DAY + timedelta(days=3)


def again(row):
    row.refresh_from_db()
    return row


def notes() -> list[str]:
    return list(Invoice.objects.filter(kind="credit_note").values_list("number", flat=True))


# --- Credited


def test_within_ones_limit_the_credit_note_is_issued_at_once(opened, item, invoice, boss):
    """A manager lets go of 100.00 EUR alone. 23.80 EUR at 19 percent is 20.00 and 3.80."""
    dispute = opened(Decimal("23.80"))
    done = disputes.resolve(
        dispute, "credited", note="Price of the offer", cause="pricing", on=LATER, actor=Actor.of(boss)
    )
    assert (done.state, done.resolution, done.closed_on, done.cause) == ("resolved", "credited", LATER, "pricing")
    note = done.credit.credit_note
    assert (note.corrects, note.net_total, note.tax_total, note.payable) == (
        invoice,
        20,
        Decimal("3.80"),
        Decimal("23.80"),
    )
    assert [line.description for line in note.lines.all()] == ["Price of the offer"]
    assert again(item).open_amount == Decimal("95.20")
    assert proof() == []
    assert dispute.activities.latest("id").text == (
        f"{item.number}: credited, 23.80 EUR by {note.number}. Price of the offer"
    )


def test_what_is_contested_whole_is_credited_line_by_line(opened, item, invoice, boss, other):
    dispute = opened()
    asked = disputes.resolve(dispute, "credited", note="Never came", on=LATER, actor=Actor.of(boss))
    assert asked.state == "asked"
    crediting.approve(asked.credit, on=LATER, actor=Actor.of(other))
    handle_events()
    note = again(asked.credit).credit_note
    assert [line.description for line in note.lines.all()] == [line.description for line in invoice.lines.all()]
    assert (note.payable, again(item).open_amount, again(dispute).resolution) == (119, 0, "credited")
    assert proof() == []


def test_past_the_limit_it_waits_for_another_and_the_item_is_not_chased_meanwhile(opened, item, collector, boss):
    dispute = opened(Decimal("23.80"))
    asked = disputes.resolve(dispute, "credited", note="Offer", on=LATER, actor=Actor.of(collector))
    assert (asked.state, asked.closed_on, asked.asked_for, asked.credit.state) == ("asked", None, "credited", "asked")
    assert notes() == []
    with pytest.raises(FourEyes):
        crediting.approve(asked.credit, on=LATER, actor=Actor.of(collector))
    crediting.approve(asked.credit, on=LATER, actor=Actor.of(boss))
    handle_events()
    handle_events()
    assert (again(dispute).state, dispute.resolution, len(notes())) == ("resolved", "credited", 1)
    assert again(item).open_amount == Decimal("95.20")


def test_a_refused_credit_leaves_the_case_open_and_says_so(opened, collector, boss):
    dispute = opened(Decimal("23.80"))
    asked = disputes.resolve(dispute, "credited", note="Offer", on=LATER, actor=Actor.of(collector))
    crediting.refuse(asked.credit, note="The price was right", actor=Actor.of(boss))
    handle_events()
    assert (again(dispute).state, dispute.closed_on, dispute.resolution, dispute.note) == ("open", None, "", "")
    assert dispute.activities.latest("id").text == "Credited refused by boss: The price was right"
    disputes.resolve(dispute, "rejected", note="The price was right", on=LATER, actor=Actor.of(collector))
    assert notes() == []


def test_who_asked_takes_it_back_and_nobody_else(opened, collector, boss):
    dispute = opened(Decimal("23.80"))
    asked = disputes.resolve(dispute, "credited", note="Offer", on=LATER, actor=Actor.of(collector))
    with pytest.raises(DisputeRefused, match="Only who asked"):
        disputes.take_back(asked, actor=Actor.of(boss))
    disputes.take_back(asked, actor=Actor.of(collector))
    handle_events()
    assert (again(dispute).state, again(asked.credit).state) == ("open", "withdrawn")


def test_small_credits_in_steps_count_together(opened, item, boss):
    for amount in ("60.00", "40.00"):
        dispute = opened(Decimal(amount))
        assert disputes.resolve(dispute, "credited", note="x", on=LATER, actor=Actor.of(boss)).state == "resolved"
    dispute = opened(Decimal("0.01"))
    assert disputes.resolve(dispute, "credited", note="x", on=LATER, actor=Actor.of(boss)).state == "asked"


def test_more_than_is_open_an_item_of_another_system_and_no_word_are_refused(opened, given, boss):
    dispute = opened(Decimal("23.80"))
    with pytest.raises(DisputeRefused, match="At most what is open") as refused:
        disputes.resolve(dispute, "credited", note="x", amount=Decimal("119.01"), on=LATER, actor=Actor.of(boss))
    assert refused.value.field == "amount"
    with pytest.raises(DisputeRefused, match="Say why"):
        disputes.resolve(dispute, "credited", note=" ", on=LATER, actor=Actor.of(boss))
    elsewhere = opened(of=given.open_item("50.00 EUR"))
    with pytest.raises(DisputeRefused, match="is not kept here: credit it where it was invoiced"):
        disputes.resolve(elsewhere, "credited", note="x", on=LATER, actor=Actor.of(boss))
    assert (CreditRequest.objects.count(), notes()) == (0, [])
    assert set(Dispute.objects.values_list("state", flat=True)) == {"open"}


def test_of_what_was_paid_meanwhile_no_credit_is_approved(opened, given, item, collector, boss):
    dispute = opened()
    asked = disputes.resolve(dispute, "credited", note="Offer", on=LATER, actor=Actor.of(collector))
    given.pay(item, "100.00 EUR", on=LATER)
    with pytest.raises(OverApplied, match=r"Only 19\.00 EUR are open"):
        crediting.approve(asked.credit, on=LATER, actor=Actor.of(boss))
    assert notes() == []


def test_a_credit_that_waits_is_dropped_once_the_item_is_paid(opened, given, item, collector, boss):
    dispute = opened()
    asked = disputes.resolve(dispute, "credited", note="Offer", on=LATER, actor=Actor.of(collector))
    given.pay(item, on=LATER)
    handle_events()
    assert (again(dispute).resolution, dispute.by_itself) == ("paid", True)
    assert (again(asked.credit).state, asked.credit.note) == ("withdrawn", "The item was settled meanwhile.")
    with pytest.raises(Exception, match="withdrawn already"):
        crediting.approve(asked.credit, on=LATER, actor=Actor.of(boss))


def test_several_rates_of_tax_are_credited_in_proportion_and_to_the_cent(given, boss):
    """70.00 at 19 percent and 30.00 at 7: 83.30 and 32.10, together 115.40. A third of it is 38.47."""
    from o2c.invoicing.invoices import drafts, issuing
    from o2c.invoicing.invoices.drafts import Draft, Line

    first = given.invoice("1.00 EUR")
    lines = tuple(
        Line(description=str(rate), quantity=Decimal(1), price=Decimal(net), rate=Decimal(rate))
        for net, rate in ((70, 19), (30, 7))
    )
    draft = Draft(first.entity, first.customer, "EUR", DAY, lines, terms=first.terms)
    invoice = issuing.issue(drafts.write(draft, actor=SYSTEM), actor=SYSTEM, today=DAY)
    item = OpenItem.objects.get(entry=invoice.entry_id)
    for amount, left in (("38.47", "76.93"), ("38.47", "38.46"), ("38.46", "0.00")):
        asked = crediting.ask(item, Decimal(amount), text="Part", reason="x", on=DAY, actor=SYSTEM)
        crediting.approve(asked, on=DAY, actor=Actor.of(boss))
        assert again(item).open_amount == Decimal(left)
    assert proof() == []


# --- Written off, written anew


def test_a_write_off_goes_by_its_own_rules(opened, item, collector, boss):
    dispute = opened(Decimal("23.80"))
    asked = disputes.resolve(
        dispute, "written_off", note="Not worth it", kind=WriteOff.Kind.BAD_DEBT, on=LATER, actor=Actor.of(collector)
    )
    assert (asked.state, asked.write_off.kind, again(item).open_amount) == ("asked", "bad_debt", 119)
    writeoffs.approve(asked.write_off, on=LATER, actor=Actor.of(boss))
    handle_events()
    assert (again(dispute).resolution, again(item).open_amount) == ("written_off", Decimal("95.20"))
    small = opened(Decimal("5.00"))
    assert disputes.resolve(small, "written_off", note="x", on=LATER, actor=Actor.of(collector)).state == "resolved"


def test_an_invoice_written_anew_is_credited_whole_and_its_copy_is_a_draft(opened, item, invoice, boss, other):
    dispute = opened(Decimal("23.80"), code="address")
    asked = disputes.resolve(dispute, "replaced", note="Wrong order number", on=LATER, actor=Actor.of(boss))
    assert (asked.state, asked.replacement) == ("asked", None)
    crediting.approve(asked.credit, on=LATER, actor=Actor.of(other))
    handle_events()
    dispute = Dispute.objects.get(pk=dispute.pk)
    assert (dispute.resolution, again(item).open_amount) == ("replaced", 0)
    copy = dispute.replacement
    assert (copy.state, copy.kind, copy.payable, copy.terms) == ("draft", "invoice", 119, invoice.terms)
    assert proof() == []


def test_what_is_settled_in_part_is_not_written_anew(opened, given, item, boss):
    given.pay(item, "19.00 EUR", on=DAY)
    dispute = opened()
    with pytest.raises(DisputeRefused, match="credit what is wrong of it"):
        disputes.resolve(dispute, "replaced", note="x", on=LATER, actor=Actor.of(boss))


# --- Rejected


def test_a_rejected_item_is_chased_again_and_the_customer_is_written_to(opened, item, collector):
    dispute = opened()
    contact = Contact.objects.get(customer=item.customer)
    done = disputes.resolve(
        dispute, "rejected", note="Signed for", cause="customer", tell_to=contact, letter="It was signed for.",
        on=LATER, actor=Actor.of(collector),
    )  # fmt: skip
    assert (done.state, done.closed_on, done.resolution, done.cause) == ("resolved", LATER, "rejected", "customer")
    message = Message.objects.get()
    assert (message.recipient, message.state) == (f"{contact.name} <{contact.email}>", "queued")
    assert message.subject == f"Your complaint about {item.number}"
    assert message.text.startswith("It was signed for.")


def test_where_nobody_can_be_written_to_nothing_is_rejected(opened, item, given, collector):
    dispute = opened()
    stranger = Contact.objects.get(customer=given.open_item("1.00 EUR").customer)
    for reader in (stranger, None):
        if reader is None:
            Contact.objects.filter(customer=item.customer).update(email="")
        with pytest.raises(DisputeRefused, match="Nobody of this customer") as refused:
            disputes.resolve(
                dispute, "rejected", note="x", letter="No.", tell_to=reader, on=LATER, actor=Actor.of(collector)
            )
        assert refused.value.field == "letter"
    assert (again(dispute).state, Message.objects.count()) == ("open", 0)


def test_an_ended_case_is_not_ended_again(opened, collector):
    dispute = opened()
    disputes.withdraw(dispute, on=LATER, note="They paid the wrong one", actor=Actor.of(collector))
    with pytest.raises(DisputeRefused, match=f"was closed on {LATER}"):
        disputes.withdraw(dispute, on=LATER, actor=Actor.of(collector))
    with pytest.raises(DisputeRefused, match="cannot be changed now"):
        disputes.change(dispute, cause="other", actor=SYSTEM)
    with pytest.raises(DisputeRefused, match="Nothing of this dispute waits"):
        disputes.take_back(dispute, actor=SYSTEM)


# --- By itself


def test_of_a_part_that_is_contested_only_its_credit_closes_the_case(opened, given, item):
    dispute = opened(Decimal("19.00"))
    given.pay(item, "100.00 EUR", on=LATER)
    assert following.follow(item.entity, LATER) == {"closed": 0, "reopened": 0}
    credit = given.open_item("-19.00 EUR", customer=item.customer, number="CN-9")
    cash.apply(credit, [cash.Split(item, Decimal("19.00"))], on=LATER, actor=SYSTEM)
    assert following.follow(item.entity, LATER) == {"closed": 1, "reopened": 0}
    assert (again(dispute).resolution, again(item).open_amount) == ("credited", 0)
    assert dispute.note.endswith("CN-9.")


def test_a_part_is_closed_by_a_credit_note_of_another_system_while_the_rest_is_open(opened, given, item):
    dispute = opened(Decimal("19.00"))
    credit = given.open_item("-19.00 EUR", customer=item.customer, number="CN-9")
    cash.apply(credit, [cash.Split(item, Decimal("19.00"))], on=LATER, actor=SYSTEM)
    following.follow(item.entity, LATER)
    assert (again(dispute).resolution, dispute.note, again(item).open_amount) == ("credited", "Cleared by CN-9.", 100)
    assert following.follow(item.entity, LATER) == {"closed": 0, "reopened": 0}


def test_what_a_person_ended_stays_ended_when_a_payment_comes_back(opened, given, item, collector):
    dispute = opened()
    disputes.resolve(dispute, "rejected", note="x", on=LATER, actor=Actor.of(collector))
    receipt = given.pay(item, on=LATER)
    cash.reverse(receipt, on=LATER, actor=SYSTEM)
    assert following.follow(item.entity, LATER) == {"closed": 0, "reopened": 0}
    assert (again(dispute).state, Task.objects.filter(kind="dispute").count()) == ("resolved", 0)


def test_nothing_but_a_request_can_be_refused(opened, item):
    with pytest.raises(CashRefused, match="more than nothing"):
        crediting.ask(item, Decimal(0), text="x", reason="x", on=DAY, actor=SYSTEM)
    with pytest.raises(CashRefused, match="Say what is to stand"):
        crediting.ask(item, Decimal(1), text=" ", reason="x", on=DAY, actor=SYSTEM)
