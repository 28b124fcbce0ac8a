"""What people do with items and receipts in the browser, and what they are told."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.models import Role
from o2c.invoicing.models import BankDetailChange, CashRules, Deduction, ReasonCode, Refund, Transfer, WriteOff
from o2c.orders.models import Contact, EarlyPaymentDiscount, LegalEntity, PaymentTerms
from tests.given import DAY
from tests.invoicing.cash.conftest import STRANGERS, THEIRS, open_of


@pytest.fixture
def people(given):
    """Clients of a clerk, a manager and an administrator."""
    clients = {}
    for role in (Role.CASH_CLERK, Role.FINANCE_MANAGER, Role.ADMINISTRATOR):
        clients[role] = Client()
        clients[role].force_login(given.user(f"by-{role}", role))
    return clients


@pytest.fixture
def clerk_at(people) -> Client:
    return people[Role.CASH_CLERK]


def send(client, to, pk, **typed):
    """Sends a form; what the next page tells."""
    answer = client.post(reverse(to, args=[pk] if not isinstance(pk, list) else pk), typed)
    assert answer.status_code == 302, answer.content.decode()
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def refused(client, to, pk, **typed) -> str:
    answer = client.post(reverse(to, args=[pk]), typed)
    assert answer.status_code == 422
    return answer.content.decode()


def test_a_clerk_writes_off_a_little_and_asks_for_more(given, clerk_at, people):
    item = given.open_item("500.00 EUR")
    said = send(clerk_at, "write_off_item", item.pk, amount="4.00", kind="small", reason="Rounded")
    assert "written off" in said
    said = send(clerk_at, "write_off_item", item.pk, amount="496.00", kind="bad_debt", reason="Insolvent")
    assert "wait for somebody" in said
    assert "are open of" in refused(clerk_at, "write_off_item", item.pk, amount="496.01", kind="small", reason="x")
    asked = WriteOff.objects.get(state="asked")
    page = people[Role.FINANCE_MANAGER].get(reverse("approvals")).content.decode()
    assert "Insolvent" in page
    send(people[Role.FINANCE_MANAGER], "approve_request", ["write-off", asked.pk], note="Agreed")
    assert open_of(item) == [0]
    shown = clerk_at.get(reverse("item", args=[item.pk])).content.decode()
    assert "Written off" in shown
    decided = clerk_at.get(reverse("approvals") + "?show=decided").content.decode()
    assert "Agreed" in decided


def test_a_refund_from_the_receipt_to_the_bank(given, bank, clerk_at, people):
    receipt = bank.receipt("80.00 EUR", customer=given.customer())
    assert (
        reverse("refund_item", args=[receipt.item_id])
        in clerk_at.get(reverse("receipt", args=[receipt.pk])).content.decode()
    )
    assert THEIRS in clerk_at.get(reverse("refund_item", args=[receipt.item_id])).content.decode()
    refused(clerk_at, "refund_item", receipt.item_id, amount="80.00", iban=STRANGERS, reason="x")
    send(clerk_at, "refund_item", receipt.item_id, amount="80.00", iban=THEIRS, reason="Paid twice")
    row = Refund.objects.get()
    manager = people[Role.FINANCE_MANAGER]
    assert manager.post(reverse("refuse_request", args=["refund", row.pk]), {"note": ""}).status_code == 422
    send(manager, "approve_request", ["refund", row.pk])
    assert row.reference in manager.get(reverse("approvals") + "?show=to_pay").content.decode()
    send(manager, "cancel_refund", row.pk, note="Wrong customer")
    assert open_of(receipt.item) == [Decimal("-80.00")]


def test_a_credit_without_a_known_account_says_so(given, clerk_at):
    item = given.open_item("-80.00 EUR")
    assert (
        "No account of this customer is known" in clerk_at.get(reverse("refund_item", args=[item.pk])).content.decode()
    )


def test_bank_details_from_the_customer_to_the_approval(given, clerk_at, people):
    customer = given.customer()
    assert (
        reverse("ask_bank_details", args=[customer.pk])
        in clerk_at.get(reverse("customer", args=[customer.pk])).content.decode()
    )
    refused(clerk_at, "ask_bank_details", customer.pk, iban="DE1", way="email", reason="They wrote")
    send(clerk_at, "ask_bank_details", customer.pk, iban=STRANGERS, way="email", reason="They wrote")
    row = BankDetailChange.objects.get()
    contact = Contact.objects.get()
    assert contact.phone in clerk_at.get(reverse("call_back", args=[row.pk])).content.decode()
    send(clerk_at, "call_back", row.pk, contact=contact.pk, spoke_with="Ms Ledger")
    send(people[Role.FINANCE_MANAGER], "approve_request", ["bank-details", row.pk])
    row.refresh_from_db()
    assert row.state == "approved"


def test_money_is_moved_and_changed_and_taken_back(given, clerk_at):
    given.rate("USD", "1.25")
    other = given.customer("OTHER")
    receipt = given.receipt("100.00 USD", customer=given.customer())
    assert "no customer" in refused(clerk_at, "move_item", receipt.item_id, customer="?", amount="1", reason="x")
    send(clerk_at, "move_item", receipt.item_id, customer=other.number, amount="40.00", reason="Wrong customer")
    send(clerk_at, "exchange_item", receipt.item_id, amount="60.00", currency="eur", received="47.50")
    assert open_of(receipt.item) == [0]
    assert [row.in_item.amount for row in Transfer.objects.order_by("pk")] == [-40, Decimal("-47.50")]
    shown = clerk_at.get(reverse("item", args=[receipt.item_id])).content.decode()
    assert other.name in shown
    for row in Transfer.objects.all():
        send(clerk_at, "undo_transfer", row.pk)
    assert open_of(receipt.item) == [Decimal("-100.00")]


def test_a_deduction_is_recorded_and_ended(given, clerk_at):
    item = given.open_item("100.00 EUR")
    send(clerk_at, "deduct_item", item.pk, amount="10.00", reason="freight", note="Pallets")
    assert "Pallets" in clerk_at.get(reverse("item", args=[item.pk])).content.decode()
    send(clerk_at, "settle_deduction", Deduction.objects.get().pk, **{"as": "withdrawn"})
    assert Deduction.objects.get().state == "withdrawn"


def test_a_bounced_cheque_from_the_receipt(given, clerk_at):
    item = given.open_item("100.00 EUR")
    receipt = given.pay(item)
    CashRules.objects.create(entity=given.entity(), return_fee=7)
    today = clock.today().isoformat()
    send(clerk_at, "return_receipt", receipt.pk, on=today, reason="No funds")
    assert open_of(item) == [Decimal("100.00")]
    refused(clerk_at, "return_receipt", receipt.pk, on=today)


def test_the_rules_and_the_reasons_are_set_up(given, people):
    entity = given.entity()
    admin = people[Role.ADMINISTRATOR]
    typed = {
        "clerk_lets_go": "7.50", "manager_lets_go": "70", "two_approvers_from": "700", "passes_on_bank_fee": "on",
        "return_fee": "5",
    }  # fmt: skip
    send(admin, "cash_rules", entity.pk, **typed)
    rules = CashRules.objects.get(entity=LegalEntity.objects.get())
    assert (rules.clerk_lets_go, rules.passes_on_bank_fee, rules.return_fee) == (Decimal("7.50"), True, 5)
    refused(admin, "cash_rules", entity.pk, **typed | {"manager_lets_go": "7"})
    reason = ReasonCode.objects.get(code="freight")
    send(admin, "edit_reason", reason.pk, name="Carriage")
    reason.refresh_from_db()
    assert (reason.name, reason.in_use) == ("Carriage", False)
    assert admin.post(reverse("new_reason"), {"code": "freight", "name": "x"}).status_code == 422
    assert admin.post(reverse("new_reason"), {"code": "pallets", "name": "Pallets", "in_use": "on"}).status_code == 302
    assert "Pallets" in admin.get(reverse("reasons")).content.decode()


@pytest.mark.parametrize("name", ["write_off_item", "refund_item", "move_item", "exchange_item", "deduct_item"])
def test_where_the_erp_applies_cash_nobody_does_it_here(given, clerk_at, name):
    LegalEntity.objects.filter(pk=given.entity().pk).update(cash_applied_by="erp")
    credit = name not in ("write_off_item", "deduct_item")
    item = given.open_item("-50.00 EUR" if credit else "50.00 EUR")
    given.rate("USD", "1.25")
    typed = {
        "amount": "1.00", "kind": "small", "reason": "freight" if name == "deduct_item" else "x", "currency": "USD",
        "customer": given.customer("OTHER").number,
    }  # fmt: skip
    if name == "refund_item":
        assert clerk_at.post(reverse(name, args=[item.pk]), typed).status_code == 422
    else:
        assert "applies its cash in the ERP" in refused(clerk_at, name, item.pk, **typed)
    assert open_of(item) == [item.amount]


def test_a_receipt_settles_with_a_discount_and_a_rest_let_go(given, clerk_at):
    terms = PaymentTerms.objects.create(code="SK", name="2/10 net 30", days=30)
    EarlyPaymentDiscount.objects.create(terms=terms, days=10, percent=2)
    customer = given.customer(terms=terms)
    first = given.open_item("1000.00 EUR", customer=customer, issued=DAY, due=DAY + timedelta(days=30))
    second = given.open_item("50.00 EUR", customer=customer)
    receipt = given.receipt("1029.50 EUR", customer=customer)
    page = clerk_at.get(reverse("receipt", args=[receipt.pk])).content.decode()
    assert "grants 20.00" in page
    typed = {f"item-{first.pk}": "980", f"discount-{first.pk}": "20", f"item-{second.pk}": "49.50"}
    send(clerk_at, "apply_receipt", receipt.pk, **typed, **{f"difference-{second.pk}": "0.50"})
    assert open_of(first, second, receipt.item) == [0, 0, 0]
    assert "Give at least one item" in refused(
        clerk_at, "apply_receipt", given.receipt("1.00 EUR", customer=given.open_item(customer=customer).customer).pk
    )
