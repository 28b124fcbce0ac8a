"""Inquiries over the API: opened, answered once, closed, in the version that the caller has seen."""

import uuid
from datetime import timedelta

import pytest

from o2c.collections.incoming import keeping
from o2c.collections.inquiries import opening
from o2c.collections.models import Dispute, Inquiry
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from o2c.invoicing.models import OpenItem
from o2c.invoicing.papers.keeping import document_of
from tests.collections.incoming.samples import letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(given):
    made = given.invoice("100.00 EUR", customer=given.customer(email="erika@kunde.example"))
    document_of(made)
    return made


@pytest.fixture
def item(invoice) -> OpenItem:
    return OpenItem.objects.get(entry=invoice.entry_id)


@pytest.fixture
def asked(item):
    def asked(**more) -> Inquiry:
        return opening.open(item.customer, item.entity, "copy", subject="A copy", actor=SYSTEM, **more)

    return asked


def test_one_is_opened_changed_answered_with_its_paper_and_closed(api, item, invoice):
    sent = {
        "customer": item.customer_id, "entity": "DE1", "kind": "copy", "subject": "A copy", "channel": "phone",
        "items": [item.pk],
    }  # fmt: skip
    made = api.post("/inquiries", sent, Idempotency_Key="1")
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["state"], told["items"], told["queue"], told["round"]) == ("open", [item.pk], "collections", 1)
    at = f"/inquiries/{told['id']}"
    assert made["Location"] == f"/api/v1{at}"
    changed = api.put(at, {"kind": "statement"}, If_Match=made["ETag"])
    assert (changed.status_code, changed.json()["kind"]) == (200, "statement")
    assert api.put(at, {"kind": "copy"}, If_Match=made["ETag"]).status_code == 412
    answered = api.post(
        f"{at}/answer", {"how": "mail", "invoices": [invoice.pk], "statement": True}, Idempotency_Key="2"
    )
    assert answered.status_code == 200
    (answer,) = answered.json()["answers"]
    message = Message.objects.get()
    assert (answer["message"], answer["in_time"], answered.json()["state"]) == (message.pk, True, "answered")
    assert message.attachments.count() == 2
    assert "shows a balance of 119.00 EUR" in message.text
    again = api.post(f"{at}/answer", {"how": "phone", "text": "Again"}, Idempotency_Key="3")
    assert (again.status_code, Message.objects.count()) == (409, 1)
    assert "has answered it already" in again.json()["detail"]
    assert api.post(f"{at}/notes", {"text": "They called"}).json()["said"][-1]["text"] == "They called"
    assert api.post(f"{at}/close", {}).json()["state"] == "closed"
    assert api.post(f"{at}/reopen", {}).json()["round"] == 2


def test_the_same_key_answers_once(api, asked):
    inquiry = asked()
    first, second = (
        api.post(f"/inquiries/{inquiry.pk}/answer", {"how": "mail"}, Idempotency_Key="ticket-1") for _ in range(2)
    )  # fmt: skip
    assert (first.status_code, second.status_code, first.content) == (200, 200, second.content)
    assert Message.objects.count() == 1


def test_what_cannot_be_done_is_refused_at_its_place(api, asked, item, given):
    inquiry, stranger = asked(), given.open_item("5.00 EUR")
    at = f"/inquiries/{inquiry.pk}"
    facts = {"customer": item.customer_id, "entity": "DE1", "kind": "copy", "subject": "A copy"}
    later = (clock.now() + timedelta(days=1)).isoformat()
    for path, body, status, place in [
        ("/inquiries", facts | {"customer": 999}, 400, "/customer"),
        ("/inquiries", facts | {"entity": "XX"}, 400, "/entity"),
        ("/inquiries", facts | {"kind": "nonsense"}, 400, "/kind"),
        ("/inquiries", facts | {"items": [999]}, 400, "/items"),
        ("/inquiries", facts | {"contact": stranger.customer.contacts.get().pk}, 400, "/contact"),
        ("/inquiries", facts | {"mail": 999}, 400, "/mail"),
        ("/inquiries", facts | {"items": [stranger.pk]}, 409, None),
        ("/inquiries", facts | {"received_at": later}, 409, None),
        (f"{at}/answer", {"how": "mail", "invoices": [999]}, 400, "/invoices"),
        (f"{at}/answer", {"how": "mail", "text": "{nobody}"}, 409, None),
        (f"{at}/answer", {"how": "mail", "contact": 999}, 409, None),
        (f"{at}/close", {}, 409, None),
        (f"{at}/dispute", {"item": stranger.pk, "reason": "x"}, 409, None),
    ]:
        refused = api.post(path, body, Idempotency_Key=str(uuid.uuid4()))
        assert refused.status_code == status, (path, body, refused.content)
        if place:
            assert refused.json()["errors"][0]["pointer"] == place
    assert (Inquiry.objects.count(), Message.objects.count(), Dispute.objects.count()) == (1, 0, 0)


def test_of_a_mail_and_into_a_dispute(api, item):
    mail = keeping.take_in(letter("It is damaged."), mailbox="b", entity=item.entity)
    sent = {"customer": item.customer_id, "entity": "DE1", "kind": "dispute", "subject": "Damaged", "mail": mail.pk}
    told = api.post("/inquiries", sent, Idempotency_Key="1").json()
    assert (told["mails"], told["channel"], told["text"]) == ([mail.pk], "mail", "It is damaged.")
    made = api.post(
        f"/inquiries/{told['id']}/dispute",
        {"item": item.pk, "reason": "Damaged", "amount": {"amount": "9.00", "currency": "EUR"}},
        Idempotency_Key="2",
    )
    dispute = Dispute.objects.get()
    assert (made.json()["dispute"], made.json()["state"], dispute.amount) == (dispute.pk, "closed", 9)


def test_the_list_and_the_figures(api, asked):
    late = asked(received_at=clock.now() - timedelta(days=30))
    other = asked()
    assert [row["id"] for row in api.get("/inquiries?overdue=true").json()["data"]] == [late.pk]
    assert {row["id"] for row in api.get("/inquiries?kind=copy&state=open").json()["data"]} == {late.pk, other.pk}
    since = (clock.today() - timedelta(days=60)).isoformat()
    told = api.get(f"/inquiry-figures?by=kind&since={since}").json()
    assert told["figures"] == [
        {"subject": "copy", "asked": 1, "answered": 0, "in_time": 0, "hours": None, "median": None}
    ]
    assert api.get("/inquiry-figures?since=2026-03-02&until=2026-03-01").status_code == 400
