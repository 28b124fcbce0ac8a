"""Reminders that carry the papers of their invoices and the statement of account, where the level says so."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.collections import composing, dunning, policies
from o2c.collections.models import DunningLevel
from o2c.core.actors import SYSTEM
from o2c.core.models import Document, Message, MessageAttachment
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers import keeping
from o2c.orders.models import Customer
from tests.collections.test_dunning_sending import NOON, proposed
from tests.given import DAY
from tests.invoicing.papers import reading

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def late(given):
    """Three invoices of one customer with their papers, the first due first, all some days late; one of an ERP too."""
    customer = given.customer(entity=given.entity())
    made = [given.invoice(customer=customer, on=DAY - timedelta(days=days)) for days in (45, 44, 43)]
    keeping.print_issued()
    given.open_item("10.00 EUR", customer=customer, due=DAY - timedelta(days=9))
    return [Invoice.objects.get(pk=invoice.pk) for invoice in made]


def attached() -> list[int]:
    return list(MessageAttachment.objects.order_by("message_id", "position").values_list("document_id", flat=True))


def attaching() -> None:
    DunningLevel.objects.filter(number=1).update(attaches=True)


def test_the_papers_of_what_is_named_go_with_it_the_longest_due_first(given, late):
    attaching()
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    assert Message.objects.get().attachments.count() == 3
    assert attached() == [invoice.document_id for invoice in late]


def test_without_the_levels_word_nothing_is_attached(given, late):
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    assert Message.objects.count() == 1
    assert attached() == []


def test_what_was_paid_before_it_went_out_is_not_attached(given, late):
    attaching()
    run = proposed(given.entity())
    given.pay(late[0].entry.items.get(), on=DAY)
    dunning.send(run, actor=SYSTEM)
    assert attached() == [invoice.document_id for invoice in late[1:]]


@pytest.mark.parametrize("most", ["MOST_PAPERS", "MOST_BYTES"])
def test_more_than_servers_take_is_left_out_whole(given, late, monkeypatch, most):
    attaching()
    sizes = [len(bytes(keeping.document_of(invoice).content)) for invoice in late]
    monkeypatch.setattr(composing, most, 2 if most == "MOST_PAPERS" else sizes[0] + sizes[1] + sizes[2] - 1)
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    assert attached() == [invoice.document_id for invoice in late[:2]]


# --- Statements of account


def stating(**more) -> None:
    DunningLevel.objects.filter(number=1).update(attaches_statement=True, **more)


def text_of(document: Document) -> str:
    return reading.text(bytes(document.content))


def test_the_statement_of_the_day_goes_first_and_the_invoices_after_it(given, late):
    stating(attaches=True)
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    first, *rest = MessageAttachment.objects.order_by("position")
    assert (first.position, first.document.media_type) == (0, "application/pdf")
    assert [each.document_id for each in rest] == [invoice.document_id for invoice in late]
    said = text_of(first.document)
    assert all(invoice.number in said for invoice in late)


def test_a_statement_is_of_what_is_open_when_it_goes_and_in_the_mails_language(given, late):
    stating()
    late[0].customer.contacts.update(language="de")
    run = proposed(given.entity())
    given.pay(late[0].entry.items.get(), on=DAY)
    dunning.send(run, actor=SYSTEM)
    document = MessageAttachment.objects.get().document
    assert (document.language, Message.objects.get().language) == ("de", "de")
    said = text_of(document)
    assert late[0].number not in said
    assert late[1].number in said


def test_who_is_told_twice_gets_the_same_paper_with_both(given, late):
    stating()
    given.open_item("70.00 USD", customer=late[0].customer, due=DAY - timedelta(days=9))
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    assert Message.objects.count() == 2
    assert len(attached()) == 2
    assert len(set(attached())) == 1
    assert "USD" in text_of(Document.objects.get(pk=attached()[0]))


def test_statements_of_many_take_as_many_queries_as_those_of_few(given):
    counts = []
    entities = [given.entity(code) for code in ("DE2", "DE3")]
    for entity in entities:
        policies.install_standard(entity)
    stating()
    for entity, customers in zip(entities, (1, 6), strict=True):
        for _ in range(customers):
            given.open_item("50.00 EUR", customer=given.customer(entity=entity), entity=entity, due=DAY - timedelta(9))
        run = proposed(entity)
        with CaptureQueriesContext(connection) as queries:
            dunning.send(run, actor=SYSTEM)
        assert MessageAttachment.objects.filter(message__notice__run=run, position=0).count() == customers
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_letter_carries_no_statement(given, late):
    stating(channel=DunningLevel.Channel.LETTER)
    Customer.objects.update(street="Weg 1", postal_code="10115", city="Berlin")
    dunning.send(proposed(given.entity()), actor=SYSTEM)
    assert Message.objects.get().channel == Message.Channel.LETTER
    assert not MessageAttachment.objects.filter(position=0).exists()


def test_a_replay_carries_no_statement(given, late):
    stating()
    replayed = dunning.propose(given.entity(), DAY, actor=SYSTEM, replay=True, inline=True)
    dunning.approve(replayed, actor=SYSTEM)
    dunning.send(replayed, actor=SYSTEM)
    assert Message.objects.get().spool_only
    assert not MessageAttachment.objects.exists()
