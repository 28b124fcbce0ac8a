"""Two who match the same money: one comes first, the other is told, and nothing is applied twice."""

import threading

import pytest
from django.db import connection, connections, transaction

from o2c.core.actors import SYSTEM, Actor
from o2c.invoicing import cash
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.matching import applying, deciding, running
from o2c.invoicing.models import Allocation, LineUse, MatchProposal, MatchRun, Receipt
from o2c.invoicing.proof import proof
from o2c.orders.models import CustomerBankAccount
from tests.at_once import at_once
from tests.given import DAY

IBAN = "DE89370400440532013000"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clerks(given):
    return [Actor.of(given.user(name, "cash_clerk")) for name in ("anna", "bert")]


@pytest.fixture
def acme(given):
    customer = given.customer("C1")
    CustomerBankAccount.objects.create(customer=customer, iban=IBAN)
    return customer


def test_two_clerks_apply_the_same_proposal(given, acme, clerks):
    item = given.open_item("100.00 EUR", customer=acme)
    line = given.bank_line("100.00 EUR")
    proposal = deciding.propose_by_hand(line, acme, [Part(item, item.amount)], actor=clerks[0])
    results = at_once(
        *[
            lambda clerk=clerk: applying.apply_one(MatchProposal.objects.get(pk=proposal.pk), actor=clerk, on=DAY)
            for clerk in clerks
        ]
    )
    assert sorted(type(result).__name__ for result in results) == ["MatchProposal", "Overtaken"]
    check_once(item, line)


def test_two_clerks_split_the_same_line_differently(given, acme, clerks):
    items = [given.open_item("100.00 EUR", customer=acme) for _ in clerks]
    line = given.bank_line("100.00 EUR")
    proposals = [
        deciding.propose_by_hand(line, acme, [Part(item, item.amount)], actor=clerk)
        for item, clerk in zip(items, clerks, strict=True)
    ]
    results = at_once(
        *[
            lambda proposal=proposal, clerk=clerk: applying.apply_one(proposal, actor=clerk, on=DAY)
            for proposal, clerk in zip(proposals, clerks, strict=True)
        ]
    )
    assert sorted(type(result).__name__ for result in results) == ["MatchProposal", "Overtaken"]
    assert (Receipt.objects.count(), LineUse.objects.count(), Allocation.objects.count()) == (1, 1, 1)
    assert sorted(MatchProposal.objects.values_list("state", flat=True)) == ["applied", "gone"]
    assert proof() == []


def test_two_lines_for_the_same_item(given, acme, clerks):
    item = given.open_item("100.00 EUR", customer=acme)
    lines = [given.bank_line("100.00 EUR") for _ in clerks]
    proposals = [
        deciding.propose_by_hand(line, acme, [Part(item, item.amount)], actor=clerk)
        for line, clerk in zip(lines, clerks, strict=True)
    ]
    results = at_once(
        *[
            lambda proposal=proposal, clerk=clerk: applying.apply_one(proposal, actor=clerk, on=DAY)
            for proposal, clerk in zip(proposals, clerks, strict=True)
        ]
    )
    assert sorted(type(result).__name__ for result in results) == ["MatchProposal", "Overtaken"]
    item.refresh_from_db()
    assert (item.open_amount, Receipt.objects.count()) == (0, 1)
    assert proof() == []


def test_the_matcher_races_a_clerk(given, acme, clerks):
    """Whoever is first has it; the matcher leaves a line that a clerk holds, the clerk is told that it is gone."""
    item = given.open_item("100.00 EUR", customer=acme, number="INV-2026-000123")
    line = given.bank_line("100.00 EUR", "INV-2026-000123", iban=IBAN)
    proposal = deciding.propose_by_hand(line, acme, [Part(item, item.amount)], actor=clerks[0])
    entity = given.entity()
    matched, clicked = at_once(
        lambda: running.match(entity),
        lambda: applying.apply_one(MatchProposal.objects.get(pk=proposal.pk), actor=clerks[0], on=DAY),
    )
    by_matcher = isinstance(clicked, applying.Overtaken)
    assert matched["applied"] == by_matcher
    assert by_matcher or clicked.state == "applied"
    check_once(item, line)


def test_a_line_that_a_clerk_holds_is_left_to_him(given, acme):
    given.open_item("100.00 EUR", customer=acme, number="INV-2026-000123")
    line = given.bank_line("100.00 EUR", "INV-2026-000123", iban=IBAN)
    held, done = threading.Event(), threading.Event()

    def clerk():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM invoicing_bankline WHERE id = %s FOR UPDATE", [line.pk])
            held.set()
            done.wait(timeout=60)
        connections.close_all()

    thread = threading.Thread(target=clerk)
    thread.start()
    held.wait(timeout=30)
    assert running.match(given.entity())["lines"] == 0
    done.set()
    thread.join(timeout=30)
    assert running.match(given.entity())["applied"] == 1


def test_a_receipt_by_hand_takes_the_item_from_the_matcher(given, acme):
    item = given.open_item("100.00 EUR", customer=acme, number="INV-2026-000123")
    line = given.bank_line("100.00 EUR", "INV-2026-000123", iban=IBAN)
    receipt = given.receipt("100.00 EUR", customer=acme)
    entity = given.entity()
    results = at_once(
        lambda: running.match(entity),
        lambda: cash.apply(receipt.item, [cash.Split(item, item.amount)], on=DAY, actor=SYSTEM),
    )
    item.refresh_from_db()
    line.refresh_from_db()
    assert item.open_amount == 0
    by_matcher = isinstance(results[1], cash.OverApplied)
    assert results[0]["applied"] == by_matcher
    assert line.open_amount == (0 if by_matcher else 100)
    assert proof() == []


def test_two_rounds_at_once_do_the_work_of_one(given, acme, monkeypatch):
    monkeypatch.setattr(running, "LINES_A_PART", 5)
    for number in range(60):
        given.open_item(f"{100 + number}.00 EUR", customer=acme, number=f"INV-2026-{number:06}")
        given.bank_line(f"{100 + number}.00 EUR", f"INV-2026-{number:06}", iban=IBAN)
    entity = given.entity()
    results = at_once(*[lambda: running.match(entity)] * 3)
    assert {result["applied"] for result in results} <= {0, 60}
    assert MatchProposal.objects.filter(state="applied").count() == Receipt.objects.count() == 60
    assert not MatchRun.objects.filter(finished_at=None).exists()
    assert proof() == []


def check_once(item, line):
    item.refresh_from_db()
    line.refresh_from_db()
    assert (item.open_amount, line.open_amount) == (0, 0)
    assert (Receipt.objects.count(), LineUse.objects.count(), Allocation.objects.count()) == (1, 1, 1)
    assert MatchProposal.objects.filter(state="applied").count() == 1
    assert proof() == []
