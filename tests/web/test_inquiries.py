"""Inquiries in the browser: found, opened from where people are, answered beside a preview, and set."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from o2c.collections.incoming import keeping
from o2c.collections.inquiries import changing, opening, routing
from o2c.collections.models import Dispute, Inquiry, InquiryAnswer, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Role
from tests.collections.incoming.samples import letter


@pytest.fixture
def collector(given):
    return given.user("anna", Role.COLLECTOR)


@pytest.fixture
def client(collector) -> Client:
    client = Client()
    client.force_login(collector)
    return client


@pytest.fixture
def customer(given):
    return given.customer(email="erika@kunde.example")


@pytest.fixture
def opened(given, customer):
    def opened(kind="other", subject="Where are we?", **more) -> Inquiry:
        return opening.open(customer, given.entity(), kind, subject=subject, actor=SYSTEM, **more)

    return opened


def rows(client: Client, **asked) -> list[Inquiry]:
    answer = client.get(reverse("inquiries"), asked)
    assert answer.status_code == 200
    return list(answer.context["page"])


def typed(client: Client, inquiry: Inquiry, **more) -> dict:
    """What the answer's form holds, as a browser sends it."""
    form = client.get(reverse("inquiry", args=[inquiry.pk])).context["answer_form"]
    sent = {name: form[name].value() for name in form.fields} | more
    return {name: value for name, value in sent.items() if value not in (None, False)}


def test_the_list_is_filtered(client, collector, opened, given, customer):
    longer = opened("copy", received_at=clock.now() - timedelta(days=30))
    mine = opened("statement", to=collector)
    closed = opened("copy")
    changing.close(closed, note="Twice", actor=SYSTEM)
    assert rows(client) == [longer, mine]
    assert rows(client, show="mine") == [mine]
    assert rows(client, show="overdue") == [longer]
    assert rows(client, show="closed") == [closed]
    assert rows(client, show="all") == [closed, mine, longer]
    assert rows(client, kind="copy") == [longer]
    assert rows(client, customer=customer.number, entity="DE1") == [longer, mine]
    assert rows(client, customer="nobody") == []
    assert rows(client, show="nonsense", kind="nonsense") == [longer, mine]
    assert "1 overdue" in client.get(reverse("inquiries")).content.decode()


def test_an_empty_list_says_what_to_do(client, given):
    given.entity()
    assert "Nothing waits for an answer" in client.get(reverse("inquiries")).content.decode()
    assert "No inquiry fits" in client.get(reverse("inquiries"), {"show": "all"}).content.decode()


def test_a_call_becomes_an_inquiry_with_a_task_that_leads_to_it(client, given, customer):
    item = given.open_item("9.00 EUR", customer=customer)
    url = reverse("open_inquiry", args=[customer.pk])
    empty = client.post(url, {"entity": "DE1", "kind": "copy", "channel": "phone", "subject": ""})
    assert (empty.status_code, Inquiry.objects.count()) == (422, 0)
    sent = {"entity": "DE1", "kind": "copy", "channel": "phone", "subject": "A copy", "items": [item.pk]}
    made = client.post(url, sent)
    inquiry = Inquiry.objects.get()
    assert made["Location"] == reverse("inquiry", args=[inquiry.pk])
    assert (inquiry.channel, inquiry.items.get().item) == ("phone", item)
    assert f'href="/inquiries/{inquiry.pk}/"' in client.get(f"/tasks/{Task.objects.get().pk}/").content.decode()
    page = client.get(reverse("timeline", args=[customer.pk])).content.decode()
    assert f'href="/inquiries/{inquiry.pk}/"' in page
    assert "Asked: copy of an invoice, open" in page


def test_a_mail_becomes_an_inquiry_by_one_form(client, given, customer):
    item = given.open_item("9.00 EUR", customer=customer, number="RE-2026-004711")
    mail = keeping.take_in(
        letter("Please send us a copy of invoice RE-2026-004711.", subject="Copy"), mailbox="b", entity=given.entity()
    )
    page = client.get(reverse("mail", args=[mail.pk])).content.decode()
    way = f"{reverse('open_inquiry', args=[customer.pk])}?mail={mail.pk}&kind=copy"
    assert way.replace("&", "&amp;") in page
    form = client.get(way).context["form"]
    assert (form["kind"].value(), form["subject"].value(), form["items"].value()) == ("copy", "Copy", [item.pk])
    sent = {"entity": "DE1", "kind": "copy", "subject": "Copy", "items": [item.pk]}
    assert client.post(way, sent).status_code == 302
    mail.refresh_from_db()
    assert (mail.state, mail.verdicts["copy"]["verdict"]) == ("done", "accepted")
    page = client.get(reverse("mail", args=[mail.pk])).content.decode()
    assert f'href="/inquiries/{Inquiry.objects.get().pk}/"' in page
    again = client.post(way, sent)
    assert again.status_code == 422
    assert "opened an inquiry of this mail already" in again.content.decode()


def test_an_answer_is_shown_as_it_goes_out_and_goes_out_once(client, opened, customer):
    inquiry = opened("statement")
    sent = typed(client, inquiry)
    assert sent["statement"] is True
    del sent["statement"]
    live = client.post(reverse("try_answer", args=[inquiry.pk]), sent).content.decode()
    assert "shows a balance of 0.00 EUR" in live
    assert "is overdue" not in live, "nothing is, so that paragraph is left out"
    wrong = client.post(reverse("try_answer", args=[inquiry.pk]), sent | {"text": "{nobody}"}).content.decode()
    assert "There is no field {nobody}." in wrong
    assert Message.objects.count() == 0
    refused = client.post(reverse("answer_inquiry", args=[inquiry.pk]), sent | {"text": "{nobody}"})
    assert refused.status_code == 422
    assert refused.context["answer_form"].errors["text"] == ["There is no field {nobody}."]
    for _ in range(2):
        assert client.post(reverse("answer_inquiry", args=[inquiry.pk]), sent).status_code == 302
    assert (Message.objects.count(), InquiryAnswer.objects.count()) == (1, 1)
    late = client.post(reverse("answer_inquiry", args=[inquiry.pk]), sent | {"key": uuid.uuid4()}, follow=True)
    assert "anna has answered it already" in late.content.decode()
    page = late.content.decode()
    assert "Answered" in page
    assert "Begin with" not in page
    message = Message.objects.get()
    assert f'href="/messages/{message.pk}/"' in page
    assert list(client.get(reverse("messages"), {"customer": customer.number}).context["page"]) == [message]


def test_another_wording_and_language_are_begun_with(client, opened):
    inquiry = opened("other")
    page = client.get(reverse("inquiry", args=[inquiry.pk]), {"template": "answer_payment", "language": "de"})
    form = page.context["answer_form"]
    assert form["subject"].value() == "Ihre Zahlung an {entity}"
    assert form["language"].value() == "de"
    assert "Guten Tag" in page.content.decode()


def test_without_an_address_the_page_says_so_and_takes_a_note(client, opened, customer):
    customer.contacts.all().delete()
    inquiry = opened()
    page = client.get(reverse("inquiry", args=[inquiry.pk])).content.decode()
    assert "Nobody of this customer can be written to by e-mail" in page
    sent = typed(client, inquiry, text="Told them.")
    assert sent["how"] == "phone"
    assert client.post(reverse("answer_inquiry", args=[inquiry.pk]), sent | {"how": "mail"}).status_code == 422
    assert client.post(reverse("answer_inquiry", args=[inquiry.pk]), sent).status_code == 302
    assert (InquiryAnswer.objects.get().how, Message.objects.count()) == ("phone", 0)


def test_a_case_is_changed_noted_closed_opened_again_and_contested(client, collector, opened, given, customer):
    item = given.open_item("9.00 EUR", customer=customer)
    inquiry = opened()
    url = reverse("change_inquiry", args=[inquiry.pk])
    form = client.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"to": f"user-{collector.pk}", "items": [item.pk]}
    assert client.post(url, sent).status_code == 302
    second = client.post(url, sent | {"kind": "copy"})
    assert "anna: With anna. It is about" in str(second.context["form"].non_field_errors())
    client.post(reverse("note_inquiry", args=[inquiry.pk]), {"text": "Called the warehouse"})
    assert client.post(reverse("close_inquiry", args=[inquiry.pk]), {"note": ""}).status_code == 422
    assert client.post(reverse("close_inquiry", args=[inquiry.pk]), {"note": "No need"}).status_code == 302
    assert client.post(reverse("reopen_inquiry", args=[inquiry.pk])).status_code == 302
    made = client.post(reverse("dispute_inquiry", args=[inquiry.pk]), {"item": item.pk, "reason": "Torn"})
    assert made.status_code == 302
    page = client.get(reverse("inquiry", args=[inquiry.pk])).content.decode()
    assert f'href="/disputes/{Dispute.objects.get().pk}/"' in page
    assert "Called the warehouse" in page


def test_hours_and_targets_are_set_by_a_manager(client, given, collector):
    entity = given.entity()
    assert client.get(reverse("inquiry_hours", args=[entity.pk])).status_code == 403
    client.force_login(given.user("boss", Role.FINANCE_MANAGER))
    assert (
        client.post(reverse("inquiry_hours", args=[entity.pk]), {"opens": "9:00", "closes": "8:00"}).status_code == 422
    )
    client.post(reverse("inquiry_hours", args=[entity.pk]), {"opens": "08:00", "closes": "16:00"})
    rule = {"target_hours": 3, "escalate_after": 2, "to": f"user-{collector.pk}", "escalate_to": ""}
    client.post(reverse("inquiry_rule", args=[entity.pk, "copy"]), rule)
    assert client.post(reverse("inquiry_rule", args=[entity.pk, "copy"]), rule | {"target_hours": 0}).status_code == 422
    page = client.get(reverse("inquiry_rules")).content.decode()
    assert "08:00–16:00" in page
    found = routing.rule_of(entity, "copy")
    assert (found.target_hours, found.escalate_after, found.owner) == (3, 2, collector)


def test_a_wording_of_an_answer_is_written_beside_what_a_customer_would_get(given, customer):
    browser, entity = Client(), given.entity()
    browser.force_login(given.user("boss", Role.FINANCE_MANAGER))
    assert "Answer: copy of an invoice" in browser.get(reverse("wordings")).content.decode()
    at = [entity.pk, "answer_other", "en"]
    page = browser.get(reverse("wording", args=at))
    assert set(page.context["form"].fields) == {"version", "subject", "opening", "customer"}
    sent = {"subject": "Hello", "opening": "You owe {balance}.", "customer": customer.number, "version": ""}
    live = browser.post(reverse("try_wording", args=at), sent).content.decode()
    assert "You owe 0.00 EUR." in live
    assert "SMS" not in live
    refused = browser.post(reverse("save_wording", args=at), sent | {"opening": "{total}"})
    assert refused.status_code == 422
    assert refused.context["form"].errors["opening"] == ["There is no field {total}."]
    assert browser.post(reverse("save_wording", args=at), sent).status_code == 302


def test_whoever_does_not_see_the_entity_sees_no_inquiry(given, opened):
    inquiry = opened()
    stranger = Client()
    stranger.force_login(given.user("stranger", Role.COLLECTOR, entities=[given.entity("FR1")]))
    for name in ("inquiry", "change_inquiry", "note_inquiry", "close_inquiry", "dispute_inquiry"):
        assert stranger.get(reverse(name, args=[inquiry.pk])).status_code == 404, name
    assert stranger.post(reverse("answer_inquiry", args=[inquiry.pk]), {}).status_code == 404
    assert rows(stranger) == []
