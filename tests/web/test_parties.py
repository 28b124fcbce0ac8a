"""Customers' master data in the browser: changed by those who may, refused where it makes no sense, and audited."""

import pghistory.models
import pytest
from django.test import Client
from django.urls import reverse

from o2c.core.models import Role
from o2c.orders import agreements, customers
from o2c.orders.agreements import Agreement
from o2c.orders.models import Account, Contact, Customer
from tests.web.company import company

CUSTOMER = {"name": "Nordwind GmbH", "street": "Kai 1", "postal_code": "20457", "city": "Hamburg", "country": "de",
            "vat_id": "DE 811 907 980", "language": "de", "is_consumer": "on", "parent": ""}  # fmt: skip


@pytest.fixture
def shown(given):
    return company(given)


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clerk(given):
    return browser(given.user("otto", Role.ORDER_CLERK))


@pytest.fixture
def analyst(given):
    return browser(given.user("cleo", Role.CREDIT_ANALYST))


def version(row) -> str:
    row.refresh_from_db()
    return row.updated_at.isoformat()


def said(answer, field: str) -> str:
    assert answer.status_code == 422
    form = answer.context["form"]
    return " ".join(form.errors.get(field, []))


def by_whom(model, row) -> list[str]:
    """Who made each change of the row that the audit trail has."""
    events = pghistory.models.Events.objects.tracks(row).order_by("pgh_created_at", "pgh_id")
    return [event.pgh_context["actor"] for event in events]


def test_an_order_clerk_changes_a_customer(shown, clerk):
    row = shown.customer
    answer = clerk.post(reverse("edit_customer", args=[row.pk]), CUSTOMER | {"version": version(row)})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.name, row.street, row.postal_code, row.city) == ("Nordwind GmbH", "Kai 1", "20457", "Hamburg")
    assert (row.country, row.vat_id, row.language, row.is_consumer) == ("DE", "DE811907980", "de", True)
    assert by_whom(Customer, row)[-1] == "otto"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "required"),
        ("country", "Germany", "at most 2"),
        ("country", "D1", "Two letters"),
        ("vat_id", "DE123456789", "Not a VAT id of DE"),
        ("eori", "DE1234567890123456", "two letters of a country and up to 15"),
        ("peppol_address", "0088:7300010000002", "7300010000002 is no GLN."),
        ("parent", "nobody", "There is no customer with the number nobody."),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(shown, clerk, field, value, words):
    before = Customer.objects.values().get(pk=shown.customer.pk)
    facts = CUSTOMER | {"version": version(shown.customer), field: value}
    assert words in said(clerk.post(reverse("edit_customer", args=[shown.customer.pk]), facts), field)
    assert Customer.objects.values().get(pk=shown.customer.pk) == before


def test_a_branch_moves_with_what_it_owes_and_a_parent_is_never_its_own_branch(given, shown, clerk):
    head = given.customer("HEAD", entity=shown.entity)
    facts = CUSTOMER | {"parent": "HEAD", "version": version(shown.customer)}
    assert clerk.post(reverse("edit_customer", args=[shown.customer.pk]), facts).status_code == 302
    shown.customer.refresh_from_db()
    shown.item.refresh_from_db()
    assert (shown.customer.payer_id, shown.item.payer_id) == (head.pk, head.pk)
    facts = CUSTOMER | {"parent": shown.customer.number, "version": version(head)}
    answer = clerk.post(reverse("edit_customer", args=[head.pk]), facts)
    assert "cannot be its parent" in said(answer, "parent")
    head.refresh_from_db()
    assert head.parent is None
    assert head.name != "Nordwind GmbH"


def test_nobody_overwrites_what_they_have_not_seen(shown, clerk):
    seen = version(shown.customer)
    customers.change(shown.customer, name="Meanwhile", actor=customers.Actor("erp"))
    url = reverse("edit_customer", args=[shown.customer.pk])
    for stale in (seen, "", "nonsense"):
        answer = clerk.post(url, CUSTOMER | {"version": stale})
        assert answer.status_code == 409
    shown.customer.refresh_from_db()
    assert shown.customer.name == "Meanwhile"


def test_a_new_customer_has_an_account_and_is_found(shown, clerk):
    agreements.create("N14", Agreement(name="14 days", kind="net", days=14), actor=customers.Actor("test"))
    facts = {"number": "N-1", "entity": "DE1", "terms": "N14"}
    answer = clerk.post(reverse("new_customer"), CUSTOMER | facts)
    made = Customer.objects.get(number="N-1")
    assert answer.url == reverse("customer", args=[made.pk])
    account = made.accounts.get()
    assert (account.entity, account.terms.code, account.currency, made.payer_id) == (
        shown.entity, "N14", "EUR", made.pk,
    )  # fmt: skip
    assert "There is a customer N-1 already." in said(clerk.post(reverse("new_customer"), CUSTOMER | facts), "number")


def test_what_is_agreed_is_changed_but_not_the_limit(given, shown, clerk):
    agreements.create("N14", Agreement(name="14 days", kind="net", days=14), actor=customers.Actor("test"))
    cora = given.user("cora", Role.COLLECTOR)
    given.user("away", Role.COLLECTOR, entities=[given.entity("UK9")])
    facts = {"segment": "Key accounts", "terms": "N14", "collector": "cora", "channel": "phone", "policy": "standard"}
    facts |= {"demands_order_number": "on", "invoice_on": "proof", "collective": "monthly"}
    url = reverse("edit_account", args=[shown.account.pk])
    page = clerk.get(url).content.decode()
    assert "cora" in page
    assert "away" not in page  # who does not see the legal entity cannot look after its customers
    answer = clerk.post(url, facts | {"version": version(shown.account), "credit_limit": "1"})
    assert answer.status_code == 302, answer.context["form"].errors
    shown.account.refresh_from_db()
    account = shown.account
    assert (account.segment, account.terms.code, account.collector, account.channel, account.policy) == (
        "Key accounts", "N14", cora, "phone", "standard",
    )  # fmt: skip
    assert (account.demands_order_number, account.invoice_on, account.collective) == (True, "proof", "monthly")
    assert account.credit_limit is None
    assert by_whom(Account, account)[-1] == "otto"


def test_a_credit_limit_is_for_credit_analysts(shown, clerk, analyst):
    url = reverse("edit_credit", args=[shown.account.pk])

    def send(client, **facts):
        return client.post(url, {"standing": "open", "version": version(shown.account)} | facts)

    assert send(clerk, credit_limit="5000").status_code == 403
    assert "finer" in said(send(analyst, credit_limit="1.005"), "credit_limit")
    assert said(send(analyst, credit_limit="-1"), "credit_limit")
    shown.account.refresh_from_db()
    assert shown.account.credit_limit is None
    assert send(analyst, credit_limit="5000").status_code == 302
    shown.account.refresh_from_db()
    assert shown.account.credit_limit == 5000
    assert by_whom(Account, shown.account)[-1] == "cleo"
    assert 'value="5000.00"' in analyst.get(url).content.decode()
    assert send(analyst, credit_limit="").status_code == 302
    shown.account.refresh_from_db()
    assert shown.account.credit_limit is None


def test_a_block_has_a_reason_and_is_for_who_looks_after_credit(shown, clerk, analyst):
    url = reverse("edit_credit", args=[shown.account.pk])
    blocked = {"standing": "blocked", "standing_reason": "Insolvent since May", "version": version(shown.account)}
    assert clerk.post(url, blocked).status_code == 403
    assert said(analyst.post(url, blocked | {"standing_reason": " "}), "standing_reason")
    assert said(analyst.post(url, blocked | {"standing": "asleep"}), "standing")
    assert analyst.post(url, blocked).status_code == 302
    shown.account.refresh_from_db()
    assert (shown.account.standing, shown.account.standing_reason) == ("blocked", "Insolvent since May")
    assert by_whom(Account, shown.account)[-1] == "cleo"
    page = clerk.get(reverse("customer", args=[shown.customer.pk])).content.decode()
    assert '<span class="tag bad">Blocked</span> Insolvent since May' in page
    opened = blocked | {"standing": "open", "version": version(shown.account)}
    assert analyst.post(url, opened).status_code == 302
    shown.account.refresh_from_db()
    assert (shown.account.standing, shown.account.standing_reason) == ("open", "")


def test_a_second_account_is_opened_once(given, shown, clerk):
    given.entity("AT1")
    url = reverse("new_account", args=[shown.customer.pk])
    assert clerk.post(url, {"entity": "AT1", "terms": ""}).status_code == 302
    assert "entity" in clerk.post(url, {"entity": "AT1", "terms": ""}).context["form"].errors
    assert Account.objects.filter(customer=shown.customer).count() == 2


def test_contacts_come_and_go(shown, clerk):
    url = reverse("new_contact", args=[shown.customer.pk])
    facts = {"name": "Ada", "role": "billing", "email": "", "phone": "", "language": ""}
    assert "Say how to reach them" in said(clerk.post(url, facts), "email")
    clerk.post(url, facts | {"phone": "+49 1"})
    ada = Contact.objects.get(name="Ada")
    page = reverse("customer", args=[shown.customer.pk])
    assert "Ada" in clerk.get(page).content.decode()
    gone = facts | {"phone": "+49 1", "version": version(ada)}  # the box "is still there" is not ticked
    assert clerk.post(reverse("edit_contact", args=[ada.pk]), gone).status_code == 302
    ada.refresh_from_db()
    assert not ada.in_use
    assert by_whom(Contact, ada) == ["otto", "otto"]


def test_who_may_not_is_offered_nothing(given, shown):
    page = browser(given.user("pierre", Role.AUDITOR)).get(reverse("customer", args=[shown.customer.pk]))
    words = page.content.decode()
    for name in ("edit_customer", "new_contact", "new_account"):
        assert reverse(name, args=[shown.customer.pk]) not in words
    assert reverse("edit_credit", args=[shown.account.pk]) not in words
