"""Drafts that differ from their orders: one task each, done once nothing is held any more."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from o2c import wiring
from o2c.collections import held_invoices
from o2c.collections.models import Task
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing.billing import differences, running
from o2c.invoicing.invoices import correcting, drafts, issuing
from o2c.invoicing.models import Invoice
from o2c.orders.models import Account, PaymentTerms
from tests.at_once import at_once
from tests.orders.ordered import DAY, order, shipped


@pytest.fixture
def draft(given, time_machine) -> Invoice:
    """A draft over ten at 2.50, which a blocked account kept back; it was changed to 2.75 each."""
    time_machine.move_to("2026-03-02 12:00Z", tick=False)
    seller = given.entity(vat_id="DE123456789")
    terms = PaymentTerms.objects.create(code="NET30", name="30 days", days=30)
    buyer = given.customer("C1", entity=seller, terms=terms)
    Account.objects.filter(customer=buyer).update(standing="blocked")
    shipped(order(buyer, ("10", "2.50"), entity=seller, terms=terms))
    running.run(seller, as_of=DAY, actor=SYSTEM)
    Account.objects.filter(customer=buyer).update(standing="open")
    return rewrite(Invoice.objects.get(), "2.75")


def rewrite(draft: Invoice, price: str) -> Invoice:
    said = correcting.as_draft(draft)
    lines = (replace(said.lines[0], price=Decimal(price)),)
    return drafts.write(replace(said, lines=lines), existing=draft, seen=None, actor=SYSTEM)


def tasks() -> list[tuple]:
    return list(Task.objects.order_by("pk").values_list("kind", "why", "state", "outcome"))


WHY = "An invoice differs from SO-1 by {} EUR (price): correct it, or accept it"


@pytest.mark.django_db
def test_it_is_told_once_and_to_who_looks_after_the_account(given, draft):
    collector = given.user("anna", Role.COLLECTOR)
    Account.objects.update(collector=collector)
    assert held_invoices.follow() == {"opened": 1, "ended": 0}
    assert held_invoices.follow() == {"opened": 0, "ended": 0}
    assert tasks() == [("discrepancy", WHY.format("2.50"), "open", "")]
    task = Task.objects.get()
    assert (task.assignee, task.due_on) == (collector, DAY)
    assert task.key.startswith(f"differs:{draft.pk}:")


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["corrected", "accepted", "discarded"])
def test_it_is_done_once_nothing_is_held_any_more(draft, how):
    held_invoices.follow()
    if how == "corrected":
        issuing.issue(rewrite(draft, "2.50"), actor=SYSTEM, today=DAY)
    elif how == "accepted":
        differences.accept(draft, reason="Agreed on the telephone", actor=SYSTEM)
        wiring.handle_events()
    else:
        drafts.discard(draft, actor=SYSTEM)
    assert held_invoices.follow() == {"opened": 0, "ended": 0 if how == "accepted" else 1}
    assert tasks() == [("discrepancy", WHY.format("2.50"), "done", "settled")]


@pytest.mark.django_db
def test_changed_and_still_different_it_is_told_of_anew(draft):
    held_invoices.follow()
    rewrite(draft, "2.60")
    assert held_invoices.follow() == {"opened": 1, "ended": 1}
    assert [(why, state) for _, why, state, _ in tasks()] == [
        (WHY.format("2.50"), "done"), (WHY.format("1.00"), "open"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_tick_brings_it_by_itself(draft):
    wiring.beat()
    wiring.beat()
    assert [(kind, state) for kind, _, state, _ in tasks()] == [("discrepancy", "open")]


@pytest.mark.django_db
def test_its_page_leads_to_the_draft(given, draft, client):
    held_invoices.follow()
    client.force_login(given.user("anna", Role.COLLECTOR))
    page = client.get(reverse("task", args=[Task.objects.get().pk])).content.decode()
    assert f'href="{reverse("invoice", args=[draft.pk])}" data-key="m"' in page


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_make_one_task(draft):
    made = at_once(*(held_invoices.follow for _ in range(4)))
    assert sorted(each["opened"] for each in made) == [0, 0, 0, 1]
    assert Task.objects.count() == 1
