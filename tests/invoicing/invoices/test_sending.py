"""An issued invoice goes to who pays the bills, with its paper, once to each address."""

import email
import email.policy

import pytest
from django.test import Client
from django.urls import reverse

from o2c.core import messages
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, Role
from o2c.invoicing.correspondents import NotSent, SentBefore
from o2c.invoicing.invoices import drafts, sending
from o2c.invoicing.invoices.drafts import Draft
from o2c.invoicing.models import Invoice
from o2c.orders.models import Contact


@pytest.fixture
def issued(given) -> Invoice:
    customer = given.customer("C-1", language="de")
    return given.invoice("100.00 EUR", customer=customer)


def test_it_goes_with_its_paper_in_the_readers_language(issued, settings, tmp_path):
    settings.O2C_SMTP, settings.O2C_MAIL_SPOOL = None, tmp_path
    message = sending.send(issued, actor=SYSTEM)
    issued.refresh_from_db()
    assert messages.deliver().spooled == 1
    (path,) = tmp_path.iterdir()
    read = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert read["Subject"] == f"Rechnung {issued.number} vom 2. März 2026, 119,00 EUR"
    body = read.get_body(("plain",)).get_content()
    assert "Bitte zahlen Sie 119,00 EUR bis zum 1. April 2026." in body
    assert issued.reference in body
    (paper,) = read.iter_attachments()
    assert paper.get_payload(decode=True) == bytes(issued.document.content)
    assert message.key == f"invoice:{issued.pk}:1"


def test_the_same_address_gets_it_once_unless_it_is_wanted_again(issued):
    sending.send(issued, actor=SYSTEM)
    with pytest.raises(SentBefore):
        sending.send(issued, actor=SYSTEM)
    other = Contact.objects.create(customer=issued.customer, name="Buyer", email="buyer@c.example", language="fr")
    french = sending.send(issued, contact=other, actor=SYSTEM)
    assert french.subject.startswith("Facture ")
    sending.send(issued, again=True, actor=SYSTEM)
    assert sorted(Message.objects.values_list("key", flat=True)) == [f"invoice:{issued.pk}:{n}" for n in (1, 2, 3)]
    assert len({message.attachments.get().document_id for message in Message.objects.all()}) == 1


def test_what_was_refused_may_be_sent_anew(issued):
    first = sending.send(issued, actor=SYSTEM)
    Message.objects.filter(pk=first.pk).update(state=Message.State.REFUSED)
    sending.send(issued, actor=SYSTEM)
    assert Message.objects.count() == 2


def test_a_draft_and_whoever_cannot_be_written_to_get_nothing(given, issued):
    draft = drafts.write(Draft(given.entity(), issued.customer, "EUR", issued.issued_on, ()), actor=SYSTEM)
    strange = Contact.objects.get(customer=given.customer("C-2"))
    nobody = given.invoice(customer=given.customer("C-3", email=""))
    for invoice, contact in ((draft, None), (issued, strange), (nobody, None)):
        with pytest.raises(NotSent):
            sending.send(invoice, contact=contact, actor=SYSTEM)
    assert Message.objects.count() == 0


def test_the_dialog_sends_it_and_asks_before_it_goes_out_twice(given, issued):
    client = Client()
    client.force_login(given.user("clerk", Role.ORDER_CLERK))
    url = reverse("send_invoice", args=[issued.pk])
    contact = Contact.objects.get(customer=issued.customer)
    assert contact.email in client.get(url).content.decode()
    sent = client.post(url, {"contact": contact.pk})
    assert sent.url == reverse("message", args=[Message.objects.get().pk])
    again = client.post(url, {"contact": contact.pk})
    assert again.status_code == 422
    assert "was sent to" in again.content.decode()
    assert client.post(url, {"contact": contact.pk, "again": "on"}).status_code == 302
    assert Message.objects.count() == 2
