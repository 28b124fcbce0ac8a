"""Reminders that carry the papers of their invoices, where the level says so."""

from datetime import timedelta

import pytest
import time_machine

from o2c.collections import composing, dunning
from o2c.collections.models import DunningLevel
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, MessageAttachment
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers import keeping
from tests.collections.test_dunning_sending import NOON, proposed
from tests.given import DAY

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
