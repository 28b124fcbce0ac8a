"""Billing over the API: what is due, invoiced once, and what differs accepted with a reason."""

from dataclasses import replace
from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing.billing import running
from o2c.invoicing.invoices import correcting, drafts
from o2c.invoicing.models import BillingRun, Invoice
from o2c.orders.models import Account, Customer, PaymentTerms
from tests.api.conftest import Caller
from tests.orders.ordered import DAY, order, shipped


@pytest.fixture
def seller(given, time_machine):
    time_machine.move_to("2026-03-02 12:00Z", tick=False)
    PaymentTerms.objects.create(code="NET30", name="30 days", days=30)
    return given.entity(vat_id="DE123456789")


@pytest.fixture
def sent(given, seller):
    terms = PaymentTerms.objects.get(code="NET30")
    for number, lines in (("C1", (("10", "2.50"), ("4", "100"))), ("C2", (("1", "7"),))):
        buyer = given.customer(number, entity=seller, terms=terms)
        shipped(order(buyer, *lines, entity=seller, number=f"SO-{number}", terms=terms))


def run(api, body, key="k"):
    return api.post("/billing-runs", {"entity": "DE1"} | body, Idempotency_Key=key)


def due(api, more="") -> list:
    answer = api.get(f"/billing-due?entity=DE1{more}")
    assert answer.status_code == 200, answer.content
    return [(row["number"], row["invoices"], row["lines"], row["net"]["amount"]) for row in answer.json()["data"]]


def test_what_is_due_is_invoiced_once(api, sent, given):
    assert due(api) == [("C1", 1, 2, "425.00"), ("C2", 1, 1, "7.00")]
    first = Customer.objects.get(number="C1")
    assert due(api, f"&customer={first.pk}") == [("C1", 1, 2, "425.00")]
    made = run(api, {"customers": [first.pk]})
    told = made.json()
    assert (made.status_code, told["state"], told["invoices"], told["held"]) == (201, "done", 1, 0)
    assert run(api, {"customers": [first.pk]}).json() == told
    assert due(api) == [("C2", 1, 1, "7.00")]
    assert run(api, {}, "k2").json()["invoices"] == 1
    assert run(api, {}, "k3").json()["invoices"] == 0
    assert due(api) == []
    assert Invoice.objects.filter(state="issued").count() == 2
    assert api.get(f"/billing-runs/{told['id']}").json() == told
    assert len(api.get("/billing-runs?entity=DE1&state=done").json()["data"]) == 3


def test_what_cannot_be_billed_says_where(api, sent):
    assert api.post("/billing-runs", {"entity": "DE1"}).json()["type"] == "/problems/idempotency-key"
    assert run(api, {"as_of": "2026-03-03"}).json()["errors"][0]["pointer"] == "/as_of"
    assert run(api, {"entity": "XX"}).json()["errors"][0]["pointer"] == "/entity"
    assert run(api, {"customers": [999_999_999]}).json()["errors"][0]["pointer"] == "/customers/0"
    assert api.get("/billing-due?entity=DE1&as_of=2026-03-03").json()["errors"][0]["parameter"] == "as_of"
    assert api.get("/billing-due?entity=XX").json()["errors"][0]["parameter"] == "entity"
    assert (BillingRun.objects.count(), Invoice.objects.count()) == (0, 0)


def test_what_differs_is_accepted_with_a_reason(api, given, seller):
    terms = PaymentTerms.objects.get(code="NET30")
    buyer = given.customer("C1", entity=seller, terms=terms)
    Account.objects.filter(customer=buyer).update(standing="blocked")
    shipped(order(buyer, ("10", "2.50"), entity=seller, terms=terms))
    running.run(seller, as_of=DAY, actor=SYSTEM)
    Account.objects.filter(customer=buyer).update(standing="open")
    draft = Invoice.objects.get()
    path = f"/invoices/{draft.pk}/accept-differences"
    assert api.post(path, {"reason": "agreed"}).status_code == 409
    said = correcting.as_draft(draft)
    dearer = (replace(said.lines[0], price=Decimal("2.75")),)
    drafts.write(replace(said, lines=dearer), existing=draft, seen=None, actor=SYSTEM)
    (found,) = api.get("/billing-differences?kind=price").json()["data"]
    assert (found["invoice"], found["ordered"], found["invoiced"], found["amount"]["amount"], found["held"]) == (
        draft.pk, "2.50", "2.75", "2.50", True,
    )  # fmt: skip
    assert api.get("/billing-differences?kind=tax").json()["data"] == []
    assert api.post(f"/invoices/{draft.pk}/issue", None, Idempotency_Key="i1").status_code == 400
    assert api.post(path, {"reason": "x"}, If_Match='"0"').status_code == 412
    assert api.post(path, {"reason": " "}).status_code == 400
    done = api.post(path, {"reason": "agreed by phone"}).json()
    assert (done["amount"]["amount"], done["reason"]) == ("2.50", "agreed by phone")
    assert api.post(f"/invoices/{draft.pk}/issue", None, Idempotency_Key="i2").status_code == 200
    assert api.post(path, {"reason": "agreed"}).status_code == 409


def test_people_do_it_by_the_rights_of_the_pages(client, given, sent):
    client.force_login(given.user("otto", Role.ORDER_CLERK))
    clerk = Caller(None, client=client)
    assert run(clerk, {}).status_code == 201
    invoice = Invoice.objects.first()
    assert clerk.post(f"/invoices/{invoice.pk}/accept-differences", {"reason": "x"}).status_code == 403
