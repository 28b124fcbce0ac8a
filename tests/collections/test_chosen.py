"""Several items of a customer at once: contested, held, sent again."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from o2c.collections import disputes, holds, resending
from o2c.collections.models import Activity, Dispute, Hold
from o2c.core.actors import SYSTEM
from o2c.core.mail import MOST_PAPERS
from o2c.core.models import Message, OutboxEvent
from o2c.core.money import MoneyError
from o2c.invoicing.invoices import copies, sending
from o2c.invoicing.invoices.copies import NotSent
from o2c.invoicing.models import Invoice
from o2c.orders.models import Contact
from tests.given import DAY

LATER = DAY + timedelta(days=9)


@pytest.fixture
def items(given):
    customer = given.customer()
    return [given.open_item(f"{amount}.00 EUR", customer=customer) for amount in (100, 50, 20)]


# --- Disputes


def contest(amounts, **more):
    return disputes.open_all(amounts, **{"reason": "Damaged", "on": DAY, "actor": SYSTEM, **more})


def test_each_item_gets_a_case_of_its_own(given, items):
    user = given.user("anna", "collector")
    items[0].customer.accounts.update(collector=user)
    made = contest({items[0].pk: None, items[1].pk: Decimal(20)})
    assert [(row.item_id, row.amount, row.owner, row.state) for row in made] == [
        (items[0].pk, None, user, "open"), (items[1].pk, 20, user, "open"),
    ]  # fmt: skip
    assert len({row.due_on for row in made}) == 1
    said = Activity.objects.filter(kind="dispute").order_by("pk")
    assert list(said.values_list("dispute", "text")) == [
        (made[0].pk, f"{items[0].number} disputed: Damaged"),
        (made[1].pk, f"{items[1].number} disputed, 20.00 EUR of it: Damaged"),
    ]
    told = OutboxEvent.objects.filter(kind="disputes.opened").order_by("pk").values_list("payload", flat=True)
    assert [each["dispute_id"] for each in told] == [row.pk for row in made]


def test_many_cases_take_as_many_statements_as_one(items):
    with CaptureQueriesContext(connection) as one:
        contest({items[0].pk: None})
    with CaptureQueriesContext(connection) as many:
        contest({items[1].pk: None, items[2].pk: None})
    assert len(many) == len(one)


def test_all_cases_or_none_are_opened(given, items):
    stranger = given.open_item("10.00 EUR")
    contest({items[2].pk: None})
    for more, error, said in (
        ({items[2].pk: None}, disputes.DisputeRefused, f"{items[2].number} is in dispute already"),
        ({stranger.pk: None}, disputes.DisputeRefused, "one customer with one legal entity"),
        ({items[1].pk: Decimal(51)}, disputes.DisputeRefused, "at most what is open"),
        ({items[1].pk: Decimal("0.001")}, MoneyError, "EUR"),
    ):
        with pytest.raises(error, match=said), transaction.atomic():
            contest({items[0].pk: None, **more})
    assert Dispute.objects.count() == 1


# --- Holds


def test_the_items_are_held_and_it_is_told_once(items):
    made = holds.place_on(items[:2], customer=items[0].customer, reason="Talks", from_on=DAY, until=LATER, actor=SYSTEM)
    assert list(Hold.objects.order_by("pk").values_list("item", "entity", "from_on", "until")) == [
        (item.pk, item.entity_id, DAY, LATER) for item in items[:2]
    ]
    assert len(made) == 2
    numbers = f"{items[0].number}, {items[1].number}"
    assert [row.text for row in Activity.objects.all()] == [f"{numbers} on hold from {DAY} until {LATER}: Talks"]


def test_items_of_two_legal_entities_are_not_held_together(given, items):
    abroad = given.open_item("10.00 EUR", customer=items[0].customer, entity=given.entity("FR1"))
    for wrong in ([items[0], abroad], []):
        with pytest.raises(holds.HoldRefused), transaction.atomic():
            holds.place_on(wrong, customer=items[0].customer, reason="x", from_on=DAY, actor=SYSTEM)
    assert not Hold.objects.exists()


# --- Papers once more


@pytest.fixture
def customer(given):
    return given.customer("C-1", language="de")


@pytest.fixture
def written(given, customer) -> list[Invoice]:
    return [given.invoice(f"{amount}.00 EUR", customer=customer) for amount in (100, 50)]


def send(papers, **more) -> Message:
    items = [paper.entry.items.get() for paper in papers]
    contact = Contact.objects.get(customer=papers[0].customer)
    facts = {"entity": papers[0].entity, "customer": papers[0].customer, "contact": contact, "key": uuid4()}
    return resending.send_again(items, **{**facts, "actor": SYSTEM, **more})


def test_the_papers_go_in_one_mail_in_the_readers_language(given, written):
    given.pay(written[1].entry.items.get(), on=DAY)
    message = send(written, note="Wie besprochen.")
    for paper in written:
        paper.refresh_from_db()
    assert [each.document_id for each in message.attachments.all()] == [paper.document_id for paper in written]
    assert message.subject == "Kopien von 2 Belegen, Kunde C-1"
    first, second = (paper.number for paper in written)
    assert message.text.startswith(
        "Sehr geehrte Damen und Herren,\n\nWie besprochen.\n\nanbei erhalten Sie noch einmal:\n\n"
        f"{first} vom 2. März 2026, 119,00 EUR: davon offen 119,00 EUR, fällig am 1. April 2026\n"
        f"{second} vom 2. März 2026, 59,50 EUR\n\nWie Sie zahlen können, steht auf jeder Rechnung."
    )
    (said,) = Activity.objects.all()
    assert said.text == f"{first}, {second} sent again to Accounts payable C-1 <ap@c-1.example>."
    assert sending.sent(written[0]) == [message], "the invoice knows that it went"
    assert OutboxEvent.objects.filter(kind="invoices.sent").count() == 2


def test_the_statement_goes_along_where_it_is_wanted(written):
    message = send(written[:1], with_statement=True)
    assert message.subject == f"Kopie von {written[0].number}, Kunde C-1"
    assert "Ihr Kontoauszug zum" in message.text
    stated = message.attachments.select_related("document")[1]
    assert stated.document.name.startswith("Kontoauszug C-1 ")
    assert stated.document.media_type == "application/pdf"


def test_the_same_form_sends_once(written):
    key = uuid4()
    assert send(written, key=key) == send(written, key=key)
    assert (Message.objects.count(), Activity.objects.count()) == (1, 1)


def test_what_cannot_go_is_refused_and_nothing_is_sent(given, written, customer):
    foreign = given.open_item("10.00 EUR", customer=customer)
    contact = Contact.objects.get(customer=customer)
    facts = {"entity": foreign.entity, "customer": customer, "contact": contact, "actor": SYSTEM}
    with pytest.raises(NotSent, match=f"no paper of ours of {foreign.number}"):
        resending.send_again([foreign], key=uuid4(), **facts)
    with pytest.raises(NotSent, match=f"At most {MOST_PAPERS}"):
        resending.send_again([foreign] * (MOST_PAPERS + 1), key=uuid4(), **facts)
    stranger = Contact.objects.get(customer=given.customer())
    with pytest.raises(NotSent, match="cannot be written to"):
        resending.send_again([foreign], key=uuid4(), **{**facts, "contact": stranger})
    assert (Message.objects.count(), Activity.objects.count()) == (0, 0)


def test_more_bytes_than_servers_take_are_refused(written, monkeypatch):
    monkeypatch.setattr("o2c.core.mail.MOST_BYTES", 1000)
    with pytest.raises(NotSent, match="MB together"), transaction.atomic():
        send(written)
    assert not Message.objects.exists()


def test_papers_are_found_in_the_order_of_the_items(written):
    items = [paper.entry.items.get() for paper in reversed(written)]
    assert [copy.invoice for copy in copies.of_items(items)] == list(reversed(written))
