"""Invoices of what was delivered or ordered: by what the account agreed, once, whoever bills and however it ends."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection
from pghistory.models import Context

from o2c.core.actors import SYSTEM
from o2c.core.audit import whence
from o2c.invoicing import proof
from o2c.invoicing.billing import running
from o2c.invoicing.einvoices.issued import exported
from o2c.invoicing.einvoices.model import Address
from o2c.invoicing.einvoices.read import UBL, read
from o2c.invoicing.invoices import correcting, drafts
from o2c.invoicing.models import BillingRules, BillingRun, Invoice, InvoiceLine
from o2c.orders.deliveries import keeping
from o2c.orders.models import Account, Customer, DeliveryLine, LegalEntity, Order, OrderLine, PaymentTerms
from tests.at_once import at_once
from tests.orders.ordered import DAY, order, planned, shipped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to("2026-03-02 12:00Z", tick=False)
    return DAY


@pytest.fixture
def seller(given) -> LegalEntity:
    return given.entity(vat_id="DE123456789")


@pytest.fixture
def buyer(given, seller):
    terms, _ = PaymentTerms.objects.get_or_create(code="NET30", defaults={"name": "30 days", "days": 30})
    return given.customer("C1", entity=seller, terms=terms)


def agree(customer, **facts) -> None:
    Account.objects.filter(customer=customer).update(**facts)


def bill(entity: LegalEntity, on: date = DAY, **how) -> BillingRun:
    return running.run(entity, as_of=on, actor=SYSTEM, **how)


def billed(kind=DeliveryLine, field: str = "billed") -> list[Decimal]:
    return list(kind.objects.order_by("pk").values_list(field, flat=True))


def test_what_was_delivered(seller, buyer):
    made = order(buyer, ("10", "2.50"), ("3", "0.333333"), entity=seller, ship_to_city="Bonn", buyer_reference="BR")
    delivery = shipped(made, "6", "3")
    done = bill(seller)
    assert (done.state, done.invoices, done.held) == ("done", 1, 0)
    invoice = Invoice.objects.get()
    assert (invoice.state, invoice.number, invoice.issued_on) == ("issued", "INV2026-000001", DAY)
    assert (invoice.order_reference, invoice.buyer_reference, invoice.despatch_reference) == (
        "PO-SO-1", "BR", delivery.number,
    )  # fmt: skip
    assert (invoice.deliver_to_city, invoice.deliver_to_name, invoice.delivered_on) == ("Bonn", buyer.name, DAY)
    assert (invoice.net_total, invoice.tax_total, invoice.gross_total) == (
        Decimal("16.00"), Decimal("3.04"), Decimal("19.04"),
    )  # fmt: skip
    assert (billed(), billed(OrderLine, "invoiced")) == ([6, 3], [6, 3])
    assert Order.objects.get().state == "partly_delivered"
    assert bill(seller).invoices == 0
    shipped(made)
    assert (bill(seller).invoices, billed(OrderLine, "invoiced")) == (1, [10, 3])
    assert Order.objects.get().state == "invoiced"
    assert proof.proof() == []


def test_its_e_invoice_says_what_was_sent_and_to_where(seller, buyer):
    Customer.objects.filter(pk=buyer.pk).update(country="DE", city="Ulm")
    buyer.refresh_from_db()
    made = order(buyer, ("2", "10"), entity=seller, ship_to_city="Bonn", ship_to_street="Kai 1")
    delivery = shipped(made)
    bill(seller)
    told = read(exported(Invoice.objects.get(), UBL)).invoice
    assert (told.despatch_advice, told.order) == (delivery.number, "PO-SO-1")
    assert (told.delivery.name, told.delivery.address) == (buyer.name, Address("Kai 1", city="Bonn", country="DE"))


def test_nothing_of_what_is_only_planned(seller, buyer):
    planned(order(buyer, ("10", "1"), entity=seller))
    assert (bill(seller).invoices, Invoice.objects.count()) == (0, 0)


def test_the_terms_of_the_order_and_the_policy_of_the_account_are_fixed(seller, buyer):
    terms = PaymentTerms.objects.create(code="NET10", name="10 days", days=10)
    agree(buyer, policy="strict")
    shipped(order(buyer, ("1", "100"), entity=seller, terms=terms))
    bill(seller)
    invoice = Invoice.objects.get()
    assert (invoice.due_on, invoice.policy, invoice.agreed["terms"]["code"]) == (date(2026, 3, 12), "strict", "NET10")


def test_on_the_order(seller, buyer):
    agree(buyer, invoice_on="order")
    made = order(buyer, ("10", "1"), entity=seller)
    order(buyer, ("10", "1"), entity=seller, number="SO-2", state="on_hold")
    assert bill(seller).invoices == 1
    assert (billed(OrderLine, "invoiced"), Order.objects.get(pk=made.pk).state) == ([10, 0], "confirmed")
    shipped(made)
    assert (bill(seller).invoices, Order.objects.get(pk=made.pk).state) == (0, "invoiced")
    # what was invoiced ahead is not invoiced again where the account agrees otherwise meanwhile
    agree(buyer, invoice_on="delivery")
    assert bill(seller).invoices == 0


def test_on_proof(seller, buyer):
    agree(buyer, invoice_on="proof")
    delivery = shipped(order(buyer, ("10", "1"), entity=seller))
    assert bill(seller).invoices == 0
    keeping.prove(delivery, by="Ms Ring", on=DAY, actor=SYSTEM)
    assert bill(seller).invoices == 1


def test_ahead_of_a_part_of_what_is_delivered(seller, buyer):
    agree(buyer, invoice_on="order")
    made = order(buyer, ("4", "1"), entity=seller)
    bill(seller)
    agree(buyer, invoice_on="delivery")
    OrderLine.objects.update(quantity=10)
    shipped(made, "3")
    shipped(made, "3")
    assert bill(seller).invoices == 1
    assert list(InvoiceLine.objects.order_by("pk").values_list("quantity", flat=True)) == [4, 2]


@pytest.mark.parametrize(
    ("collective", "days", "invoices"),
    [
        ("each", [date(2026, 3, 2)], 3),
        ("daily", [date(2026, 3, 3)], 1),
        ("weekly", [date(2026, 3, 8), date(2026, 3, 9)], 1),
        ("monthly", [date(2026, 3, 31), date(2026, 4, 1)], 1),
    ],
)
def test_collective_invoices(seller, buyer, time_machine, collective, days, invoices):
    agree(buyer, collective=collective)
    for number in range(3):
        shipped(order(buyer, ("1", "10"), entity=seller, number=f"SO-{number}"))
    time_machine.move_to("2026-04-02 12:00Z", tick=False)
    for early in days[:-1]:
        assert bill(seller, early).invoices == 0
    assert bill(seller, days[-1]).invoices == invoices
    found = Invoice.objects.first()
    if collective != "each":
        assert (found.net_total, found.order_reference, found.despatch_reference) == (30, "", "")
        assert found.note == "For DN2026-000001 (PO-SO-0), DN2026-000002 (PO-SO-1), DN2026-000003 (PO-SO-2)"
        assert found.period_until < days[-1]


def test_what_does_not_go_together_is_apart(seller, buyer):
    agree(buyer, collective="monthly")
    terms = PaymentTerms.objects.create(code="NET10", name="10 days", days=10)
    feb = {"on": date(2026, 2, 10)}
    shipped(order(buyer, ("1", "10"), entity=seller, number="SO-1"), **feb)
    shipped(order(buyer, ("1", "10"), entity=seller, number="SO-2", terms=terms), **feb)
    shipped(order(buyer, ("1", "10"), entity=seller, number="SO-3", ship_to_country="AT"), **feb)
    shipped(order(buyer, ("1", "10"), entity=seller, number="SO-4"), **feb)
    assert bill(seller).invoices == 3


def test_what_a_rule_keeps_back_stays_a_draft_and_is_not_billed_again(seller, buyer):
    agree(buyer, standing="blocked", standing_reason="in court")
    shipped(order(buyer, ("1", "10"), entity=seller))
    done = bill(seller)
    assert (done.invoices, done.held, billed(), billed(OrderLine, "invoiced")) == (0, 1, [1], [0])
    assert bill(seller).held == 0
    drafts.discard(Invoice.objects.get(), actor=SYSTEM)
    assert billed() == [0]


def test_a_cancelled_invoice_frees_what_it_billed(seller, buyer):
    made = order(buyer, ("2", "10"), entity=seller)
    shipped(made)
    bill(seller)
    assert Order.objects.get().state == "invoiced"
    correcting.cancel(Invoice.objects.get(), actor=SYSTEM, on=DAY)
    assert (billed(), billed(OrderLine, "invoiced"), Order.objects.get().state) == ([0], [0], "delivered")
    assert (bill(seller).invoices, billed()) == (1, [2])


def test_what_is_invoiced_is_not_taken_back(seller, buyer):
    delivery = shipped(order(buyer, ("2", "10"), entity=seller))
    bill(seller)
    with pytest.raises(keeping.DeliveryRefused, match="stands on an invoice"):
        keeping.cancel(delivery, reason="lost", actor=SYSTEM)


def test_a_day_to_come_is_refused(seller, buyer):
    with pytest.raises(running.BillingRefused, match="has not come"):
        bill(seller, date(2026, 3, 3))


def test_preview_says_what_the_run_does(seller, buyer):
    shipped(order(buyer, ("2", "10"), ("1", "5"), entity=seller))
    shipped(order(buyer, ("2", "10"), entity=seller, number="SO-2"))
    (due,) = running.preview(seller, as_of=DAY)
    assert (due.number, due.invoices, due.lines, due.net) == ("C1", 2, 3, Decimal(45))
    assert Invoice.objects.count() == 0
    assert bill(seller).invoices == 2
    assert running.preview(seller, as_of=DAY) == []


def test_by_itself_once_a_day(seller, buyer, time_machine):
    assert running.run_due() == []
    BillingRules.objects.create(entity=seller, automatic=True)
    shipped(order(buyer, ("2", "10"), entity=seller))
    (done,) = running.run_due()
    assert (done.invoices, done.automatic, done.as_of) == (1, True, DAY)
    shipped(order(buyer, ("2", "10"), entity=seller, number="SO-2"))
    assert running.run_due() == []
    BillingRun.objects.update(state="running")  # as one that was broken off
    (again,) = running.run_due()
    assert (again.pk, again.invoices, again.state) == (done.pk, 2, "done")
    time_machine.move_to("2026-03-02 23:30Z", tick=False)
    assert running.run_due() == []


def test_at_the_command_line(seller, buyer, capsys):
    shipped(order(buyer, ("2", "10"), entity=seller))
    call_command("bill", entity="DE1", dry_run=True, json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["invoices"], told["due"][0]["customer"], told["due"][0]["net"]) == (1, "C1", "20.00")
    assert Invoice.objects.count() == 0
    call_command("bill", entity="DE1", as_of=DAY, json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["invoices"], told["held"], told["as_of"]) == (1, 0, "2026-03-02")
    with pytest.raises(CommandError, match="no legal entity"):
        call_command("bill", entity="XX")
    with pytest.raises(CommandError, match="has not come"):
        call_command("bill", entity="DE1", as_of=date(2026, 3, 3))


def test_a_run_that_says_nothing_for_long_was_broken_off(seller, time_machine):
    run = BillingRun.objects.create(entity=seller, as_of=DAY, created_by="tests")
    run.refresh_from_db()
    for minutes, standing in ((9, "running"), (11, "broken_off")):
        time_machine.move_to(run.updated_at + timedelta(minutes=minutes))
        assert run.standing == standing
    run.state = "done"
    assert run.standing == "done"


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_bill_once(given, seller, buyer):
    for number in range(20):
        customer = given.customer(entity=seller, terms=PaymentTerms.objects.get(code="NET30"))
        shipped(order(customer, ("2", "10"), entity=seller, number=f"SO-{number}"))
    at_once(*(lambda: bill(seller, part=2) for _ in range(3)), refusals=())
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"INV2026-{number:06}" for number in range(1, 21)]
    assert set(billed()) == {2}


@pytest.fixture
def crowd(given, seller, buyer) -> list[Customer]:
    """Eight customers with one delivery each."""
    found = [given.customer(entity=seller, terms=PaymentTerms.objects.get(code="NET30")) for _ in range(8)]
    for place, customer in enumerate(found):
        shipped(order(customer, ("2", "10"), entity=seller, number=f"SO-{place}"))
    return found


@pytest.mark.django_db(transaction=True)
def test_parts_that_are_billed_at_once_come_from_where_the_run_does(seller, crowd):
    token = whence.enter({"address": "192.0.2.1", "request": "r-1"})
    try:
        bill(seller, part=1)
    finally:
        whence.leave(token)
    contexts = Context.objects.filter(id__in=Invoice.objects.values("context_id"))
    assert contexts.count() == len(crowd)
    assert {(each.metadata["address"], each.metadata["request"]) for each in contexts} == {("192.0.2.1", "r-1")}


@pytest.mark.django_db(transaction=True)
def test_where_one_part_fails_whole_parts_are_billed_and_the_next_run_bills_the_rest(seller, crowd):
    unlucky = crowd[3]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION unlucky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'unlucky'; END $$;"
            "CREATE TRIGGER unlucky BEFORE INSERT ON invoicing_invoice FOR EACH ROW"
            f" WHEN (NEW.customer_id = {unlucky.pk}) EXECUTE FUNCTION unlucky()"
        )
    try:
        with pytest.raises(InternalError, match="unlucky"):
            bill(seller, part=1)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION unlucky() CASCADE")
    first = BillingRun.objects.get()
    assert (first.state, first.invoices) == ("running", Invoice.objects.count())
    assert 2 <= first.invoices < len(crowd)
    assert not Invoice.objects.filter(customer=unlucky).exists()
    bill(seller)
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"INV2026-{number:06}" for number in range(1, len(crowd) + 1)]
    assert proof.proof() == []


def test_a_draft_that_is_written_anew_keeps_what_it_is_of(seller, buyer):
    agree(buyer, standing="blocked")
    shipped(order(buyer, ("2", "10"), ("3", "5"), entity=seller))
    bill(seller)
    draft = Invoice.objects.get()
    said = correcting.as_draft(draft)
    fewer = replace(said, lines=(said.lines[1], replace(said.lines[0], quantity=Decimal(1))))
    drafts.write(fewer, existing=draft, actor=SYSTEM)
    assert billed() == [1, 3]
    more = replace(said, lines=(replace(said.lines[0], quantity=Decimal(3)),))
    with pytest.raises(drafts.InvoiceRefused, match="than was delivered"):
        drafts.write(more, existing=draft, actor=SYSTEM)
    assert billed() == [1, 3]
    without = replace(said, lines=(replace(said.lines[0], description="Something else"),))
    drafts.write(without, existing=draft, actor=SYSTEM)
    assert billed() == [0, 0]
