"""An issued invoice is sent by e-mail over the API."""

from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from o2c.invoicing.invoices import drafts
from o2c.invoicing.invoices.drafts import Draft
from o2c.orders.models import Contact


def test_an_invoice_is_sent_to_who_pays_the_bills_or_to_the_contact_named(api, given):
    customer = given.customer("C1", language="de")
    issued = given.invoice(customer=customer)
    other = Contact.objects.create(customer=customer, name="Buyer", email="buyer@c.example")
    path = f"/invoices/{issued.pk}/send"
    sent = api.post(path, {}, Idempotency_Key="k1")
    assert sent.status_code == 200, sent.content
    assert sent.json() == {
        "recipient": "Accounts payable C1 <ap@c1.example>", "subject": Message.objects.get().subject, "language": "de",
        "state": "queued",
    }  # fmt: skip
    assert api.post(path, {}, Idempotency_Key="k1")["Idempotent-Replayed"] == "true"
    refused = api.post(path, {}, Idempotency_Key="k2")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    assert api.post(path, {"again": True}, Idempotency_Key="k3").status_code == 200
    assert api.post(path, {"contact": other.pk}, Idempotency_Key="k4").json()["recipient"] == "Buyer <buyer@c.example>"
    strange = Contact.objects.get(customer=given.customer("C2"))
    unknown = api.post(path, {"contact": strange.pk}, Idempotency_Key="k5")
    assert [error["pointer"] for error in unknown.json()["errors"]] == ["/contact"]
    assert Message.objects.count() == 3


def test_a_draft_is_not_sent(api, given):
    issued = given.invoice(customer=given.customer("C1"))
    draft = drafts.write(Draft(given.entity(), issued.customer, "EUR", issued.issued_on, ()), actor=SYSTEM)
    refused = api.post(f"/invoices/{draft.pk}/send", {}, Idempotency_Key="k")
    assert refused.status_code == 409
    assert not Message.objects.exists()
