"""Messages over the API: found by whom they are about, their changes followed, decided once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.collections.incoming import about
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, MessageAttachment
from o2c.invoicing.invoices import sending
from tests.api.books import book
from tests.api.test_conventions import is_problem

STATE = Message.State


def message(key: str, owner: str = "DE1", **changed) -> Message:
    facts = {"sender": "ar@seller.example", "recipient": "ap@customer.example", "subject": "s", "text": "t"}
    return Message.objects.create(key=key, owner=owner, language="en", **{**facts, **changed})


def ids(answer) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def test_messages_are_found_by_whom_they_are_about_whatever_they_say(api, given):
    invoice = given.invoice()
    about = sending.send(invoice, actor=SYSTEM)
    customer = invoice.customer_id
    other = given.customer(entity=invoice.entity)
    stated, debited = message(f"statement:3:{customer}"), message(f"debits:4:{other.pk}")
    odd = [message("other:5"), message("invoice:x:1"), message(f"invoice:{invoice.pk + 1000}:1")]
    rows = {row["id"]: row["customer"] for row in api.get("/messages").json()["data"]}
    assert rows == {
        about.pk: customer, stated.pk: customer, debited.pk: other.pk, **dict.fromkeys([each.pk for each in odd]),
    }  # fmt: skip
    assert ids(api.get(f"/messages?customer={customer}")) == [about.pk]
    assert ids(api.get("/messages?customer=999999")) == []


def test_the_messages_of_a_customer_are_found_by_row_and_by_key(api, given):
    made = book(given, "DE1", "EUR")
    customer, mail = made["customer"].pk, made["mail"]
    answer = message(f"answer:{mail.pk}:1")
    invoiced = message(f"invoice:{made['invoice'].pk}:1")
    debited = message(f"debits:{made['debit-run'].pk}:{customer}")
    message(f"invoice:{made['invoice'].pk}0:1")
    message(f"debits:{made['debit-run'].pk}:{customer}0")
    assert ids(api.get(f"/messages?customer={customer}")) == [mail.message_id, answer.pk, invoiced.pk, debited.pk]
    assert ids(api.get(f"/messages?notice={made['notice'].pk}")) == [mail.message_id]
    assert ids(api.get("/messages?state=unsure&channel=email")) == [mail.message_id]
    assert ids(api.get("/messages?fate=failed")) == []


def test_who_follows_messages_sees_what_became_of_each(api, given):
    given.entity()
    first, second = message("a:1"), message("a:2")
    since = api.get("/messages?updated_since=2026-01-01T00:00:00Z").json()["updated_until"]
    tag = api.get(f"/messages/{first.pk}")["ETag"]
    Message.objects.filter(pk=first.pk).update(state=STATE.SENT, fate=Message.Fate.FAILED, fate_text="no such user")
    changed = api.get(f"/messages?updated_since={since}").json()["data"]
    assert [row["id"] for row in changed][-1] == first.pk
    assert (changed[-1]["state"], changed[-1]["fate"], changed[-1]["fate_text"]) == ("sent", "failed", "no such user")
    assert api.get(f"/messages/{first.pk}", If_None_Match=tag).status_code == 200
    tag = api.get(f"/messages/{first.pk}")["ETag"]
    assert api.get(f"/messages/{first.pk}", If_None_Match=tag).status_code == 304
    assert api.get(f"/messages/{second.pk}").json()["state"] == "queued"


def test_a_message_says_what_goes_with_it(api, given):
    sent = sending.send(given.invoice(), actor=SYSTEM)
    told = api.get(f"/messages/{sent.pk}").json()
    document = MessageAttachment.objects.get(message=sent).document
    assert told["files"] == [{"name": document.name, "size": len(document.content)}]
    assert (told["text"], told["message_id"]) == (sent.text, str(sent.reference))


@pytest.mark.parametrize(
    ("act", "state"), [("send-again", "queued"), ("settle-as-sent", "sent"), ("give-up", "cancelled")]
)
def test_an_unsure_message_is_decided_once(api, given, act, state):
    given.entity()
    unsure = message("a:1", state=STATE.UNSURE)
    said = api.post(f"/messages/{unsure.pk}/{act}", {}, Idempotency_Key="k")
    assert (said.status_code, said.json()["state"]) == (200, state)
    assert api.post(f"/messages/{unsure.pk}/{act}", {}, Idempotency_Key="k")["Idempotent-Replayed"] == "true"
    if act != "give-up":
        assert is_problem(api.post(f"/messages/{unsure.pk}/{act}", {}, Idempotency_Key="l"), 409, "conflict")
    unsure.refresh_from_db()
    assert unsure.state == state


def test_a_message_that_was_sent_is_not_decided_about(api, given):
    given.entity()
    sent = message("a:1", state=STATE.SENT)
    for act in ("send-again", "settle-as-sent", "give-up"):
        assert is_problem(api.post(f"/messages/{sent.pk}/{act}", {}), 409, "conflict")
    sent.refresh_from_db()
    assert sent.state == STATE.SENT


def test_a_list_takes_as_many_queries_for_many_as_for_few(api, given):
    made = book(given, "DE1", "EUR")
    api.get("/messages")  # notes when the key was last used
    counts = []
    for many in (1, 8):
        for number in range(many):
            message(f"answer:{made['mail'].pk}:{many}{number}")
            made["mail"].pk = None
            made["mail"].digest = f"{many}{number}"
            made["mail"].save()
        for path in ("/messages", "/mails", f"/messages?customer={made['customer'].pk}"):
            with CaptureQueriesContext(connection) as queries:
                assert len(ids(api.get(path))) > many
            counts.append(len(queries))
    assert counts[:3] == counts[3:]


def test_the_messages_of_a_customer_are_found_by_indexes_alone(given):
    customer = given.customer(entity=given.entity())
    found = about.of_customer(Message.objects.all(), customer.pk).order_by("id")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = found.explain()
    assert "Seq Scan on core_message" not in plan
    assert "core_message_key" in plan


def test_a_text_message_says_by_which_way_it_went_and_what_the_provider_calls_it(api, given):
    given.entity()
    told = message("a:1", channel="sms", recipient="+4915112345678", state="sent", provider_id="p-17")
    message("a:2")
    assert ids(api.get("/messages?channel=sms")) == [told.pk]
    found = api.get(f"/messages/{told.pk}").json()
    assert (found["channel"], found["recipient"], found["provider_id"]) == ("sms", "+4915112345678", "p-17")
