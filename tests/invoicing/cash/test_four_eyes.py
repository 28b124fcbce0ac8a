"""Nobody approves what they asked for: as every role, through the page, the API and the administration."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.api import keys
from o2c.core.models import Role
from o2c.invoicing.cash import details, refunds, writeoffs
from o2c.invoicing.models import BankDetailChange, OpenItem, Refund, WriteOff
from o2c.orders.models import Contact, CustomerBankAccount
from tests.api.conftest import Caller
from tests.invoicing.cash.conftest import STRANGERS, THEIRS

ROLES = [*([role] for role in Role), list(Role)]
IDS = [*(str(role) for role in Role), "all of them"]
ADDRESS = {WriteOff: ("write-off", "write-off"), Refund: ("refund", "refund")}
ADDRESS[BankDetailChange] = ("bank-details", "bank-detail-change")


def write_off(given, bank, person) -> WriteOff:
    item = given.open_item("500.00 EUR")
    return writeoffs.write_off(
        item, Decimal(500), kind="bad_debt", reason="Insolvent", on=clock.today(), actor=Actor.of(person)
    )


def refund(given, bank, person) -> Refund:
    receipt = bank.receipt("500.00 EUR", customer=given.customer())
    return refunds.ask(
        receipt.item, Decimal(500), iban=THEIRS, reason="Paid twice", on=clock.today(), actor=Actor.of(person)
    )


def bank_details(given, bank, person) -> BankDetailChange:
    """Asked for by the person, and called back by somebody else."""
    customer = given.customer()
    change = details.ask(customer, iban=STRANGERS, way="email", reason="They wrote", actor=Actor.of(person))
    caller = Actor.of(given.user("caller", Role.CASH_CLERK))
    details.call_back(change, Contact.objects.get(customer=customer), spoke_with="Ms Ledger", actor=caller)
    return change


def called_back(given, bank, person) -> BankDetailChange:
    """Asked for by somebody else, and called back by the person."""
    customer = given.customer()
    asker = Actor.of(given.user("asker", Role.CASH_CLERK))
    change = details.ask(customer, iban=STRANGERS, way="email", reason="They wrote", actor=asker)
    contact = Contact.objects.get(customer=customer)
    details.call_back(change, contact, spoke_with="Ms Ledger", actor=Actor.of(person))
    return change


def half_approved(given, bank, person) -> Refund:
    """So large that two must approve; the person was the first."""
    receipt = bank.receipt("50000.00 EUR", customer=given.customer())
    asker = Actor.of(given.user("asker", Role.CASH_CLERK))
    asked = refunds.ask(receipt.item, Decimal(50000), iban=THEIRS, reason="Paid twice", on=clock.today(), actor=asker)
    return refunds.approve(asked, on=clock.today(), actor=Actor.of(person))


REQUESTS = [write_off, refund, bank_details, called_back, half_approved]


def facts(row) -> tuple:
    """All that approving would change."""
    row = type(row).objects.get(pk=row.pk)
    opened = list(OpenItem.objects.order_by("pk").values_list("pk", "open_amount"))
    return (row.state, row.decided_by_id, row.first_by_id, opened, CustomerBankAccount.objects.count())


@pytest.mark.parametrize("roles", ROLES, ids=IDS)
@pytest.mark.parametrize("request_of", REQUESTS)
def test_ones_own_request_is_never_approved(given, bank, request_of, roles):
    person = given.user("person", *roles)
    row = request_of(given, bank, person)
    before = facts(row)
    kind, name = ADDRESS[type(row)]
    client = Client(raise_request_exception=False)
    client.force_login(person)

    page = client.post(reverse("approve_request", args=[kind, row.pk]), {"note": "Fine"})
    assert page.status_code in (403, 422), page.status_code
    if Role.FINANCE_MANAGER in roles:
        assert page.status_code == 422
        assert b"somebody else decides it" in page.content
    said = Caller(None, client=client).post(f"/{name}s/{row.pk}/approve", {"note": "Fine"}, Idempotency_Key="one")
    assert (said.status_code, said.json()["type"]) == (403, "/problems/forbidden"), said.content

    change = reverse(f"admin:invoicing_{type(row)._meta.model_name}_change", args=[row.pk])
    answer = client.post(change, {"state": "approved", "decided_by": person.pk})
    assert answer.status_code == 403
    assert facts(row) == before


@pytest.mark.parametrize("request_of", [write_off, refund, bank_details])
def test_a_key_approves_nothing(given, bank, request_of):
    row = request_of(given, bank, given.user("person", Role.CASH_CLERK))
    maker = Actor.of(given.user("maker", *Role))
    made = keys.create(name="program", scopes=["approvals:write"], all_entities=True, actor=maker)
    before = facts(row)
    name = ADDRESS[type(row)][1]
    said = Caller(made.text).post(f"/{name}s/{row.pk}/approve", {}, Idempotency_Key="one")
    assert said.status_code == 403, said.content
    assert facts(row) == before


@pytest.mark.parametrize("request_of", [write_off, refund, bank_details])
def test_somebody_else_approves_through_the_page_and_the_api(given, bank, request_of):
    boss = given.user("boss", Role.FINANCE_MANAGER)
    client = Client()
    client.force_login(boss)
    by_page = request_of(given, bank, given.user("person", Role.CASH_CLERK))
    kind, name = ADDRESS[type(by_page)]
    answer = client.post(reverse("approve_request", args=[kind, by_page.pk]), {"note": "Fine"})
    assert answer.status_code == 302, answer.content
    by_page.refresh_from_db()
    assert (by_page.state in ("booked", "approved"), by_page.decided_by) == (True, boss)
    assert client.post(reverse("approve_request", args=[kind, by_page.pk]), {}).status_code == 422
    again = Caller(None, client=client).post(f"/{name}s/{by_page.pk}/approve", {}, Idempotency_Key="two")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")


def test_bank_accounts_of_customers_are_only_shown_in_the_administration(given):
    customer = given.customer()
    account = CustomerBankAccount.objects.create(customer=customer, iban=THEIRS)
    client = Client()
    client.force_login(given.user("admin", *Role))
    url = reverse("admin:orders_customer_change", args=[customer.pk])
    assert THEIRS.encode() in client.get(url).content
    client.post(
        url,
        {
            "name": customer.name,
            "country": "DE",
            "language": "en",
            "contacts-TOTAL_FORMS": 0,
            "contacts-INITIAL_FORMS": 0,
            "bank_accounts-TOTAL_FORMS": 1,
            "bank_accounts-INITIAL_FORMS": 1,
            "bank_accounts-0-id": account.pk,
            "bank_accounts-0-customer": customer.pk,
            "bank_accounts-0-iban": STRANGERS,
        },
    )
    assert list(CustomerBankAccount.objects.values_list("iban", flat=True)) == [THEIRS]


def test_who_asked_sees_that_it_waits_and_may_only_take_it_back(given, bank):
    person = given.user("person", Role.CASH_CLERK, Role.FINANCE_MANAGER)
    row = refund(given, bank, person)
    client = Client()
    client.force_login(person)
    mine = client.get(reverse("approvals")).content.decode()
    assert THEIRS in mine
    assert "Paid twice" in mine
    assert reverse("approve_request", args=["refund", row.pk]) not in mine
    assert reverse("withdraw_request", args=["refund", row.pk]) in mine
    other = Client()
    other.force_login(given.user("boss", Role.FINANCE_MANAGER))
    theirs = other.get(reverse("approvals")).content.decode()
    assert reverse("approve_request", args=["refund", row.pk]) in theirs
    assert reverse("withdraw_request", args=["refund", row.pk]) not in theirs
    assert client.post(reverse("withdraw_request", args=["refund", row.pk])).status_code == 302
    assert Refund.objects.get().state == "withdrawn"
