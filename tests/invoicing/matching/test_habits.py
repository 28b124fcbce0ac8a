"""Which words of a text stand for a payer, and what becomes of them."""

import pytest

from o2c.core.actors import Actor
from o2c.invoicing.matching import applying, deciding, habits, learning, running
from o2c.invoicing.models import MatchProposal, PayerAlias
from tests.given import DAY


@pytest.mark.parametrize("word", ["4711-B", "KD-90817", "V2026/88171", "10004711", "ab-123.x", "K4711/2"])
def test_words_that_may_stand_for_a_payer(word):
    assert habits.qualifies(word)


@pytest.mark.parametrize(
    "word",
    [
        "4711", "K-12", "ABCDEF", "AB-12-C",  # too short, or too few figures
        "02.03.2026", "2026-03-02", "03/2026", "20260302", "02032026", "2026/Q1", "MAERZ2026", "12:30:15", "2.3.26",
        "1.234,50", "1,234.50", "119,00", "119.00EUR", "EUR119", "-44,10", "12.000",
        "DE89370400440532013000", "RF18539007547034", "X" * 10 + "12345678901",
    ],
)  # fmt: skip
def test_words_that_tell_of_one_payment_only(word):
    assert not habits.qualifies(word)


def test_the_words_of_a_text():
    assert habits.words("Kd 4711-B, Rechnung INV-50001 vom 02.03.2026 über 119,00") == ["4711-B", "INV-50001"]
    of_documents = {"documents": frozenset({"50001"})}
    assert habits.words("Kd 4711-B INV-50001", **of_documents) == ["4711-B"]
    assert habits.words("Kd 4711-B E2E-99817", references=["e2e-99817"]) == ["4711-B"]
    assert habits.words("10001 10002 10003 10004") == []
    assert habits.words("") == []


@pytest.fixture
def clerk(given):
    return Actor.of(given.user("clerk", "cash_clerk"))


def decided(given, clerk, customer, text, **facts) -> MatchProposal:
    line = given.bank_line("77.00 EUR", text, **facts)
    return applying.apply_one(deciding.propose_by_hand(line, customer, [], actor=clerk), actor=clerk, on=DAY)


def known() -> list[tuple[str, str, int]]:
    return list(
        PayerAlias.objects.filter(kind="reference", withdrawn_at=None)
        .order_by("key", "customer__number")
        .values_list("key", "customer__number", "times")
    )


def test_what_a_clerk_decides_is_evidence_the_next_time(given, clerk):
    acme = given.customer("C1")
    given.open_item("500.00 EUR", customer=acme, number="INV-50001")
    decided(given, clerk, acme, "Kd 4711-b INV-50001 vom 02.03.2026 über 77,00")
    assert known() == [("4711-B", "C1", 1)]
    item = given.open_item("88.00 EUR", customer=acme, number="INV-50002")
    line = given.bank_line("88.00 EUR", "KD 4711-B")
    counts = running.match(given.entity())
    # a number of its own alone is not enough to apply it
    assert (counts["applied"], counts["proposed"]) == (0, 1)
    proposal = MatchProposal.objects.get(line=line)
    assert [reason["code"] for reason in proposal.reasons] == ["learnt_reference", "exact"]
    assert proposal.splits.get().item == item
    applying.apply_one(proposal, actor=clerk, on=DAY)
    assert known() == [("4711-B", "C1", 2)]


def test_what_two_payers_share_is_evidence_for_neither(given, clerk):
    decided(given, clerk, given.customer("C1"), "Objekt 10004711")
    decided(given, clerk, given.customer("C2"), "Objekt 10004711")
    assert known() == [("10004711", "C1", 1), ("10004711", "C2", 1)]
    given.bank_line("88.00 EUR", "Objekt 10004711")
    assert running.match(given.entity())["left"] == 1


def test_customers_numbers_and_what_the_matcher_decides_teach_nothing(given, clerk):
    customer = given.customer("K90817")
    decided(given, clerk, customer, "Kunde K90817")
    decided(given, running.MATCHER, customer, "Kd 4711-B")
    assert known() == []


def test_undoing_and_forgetting_take_the_lesson_back(given, clerk):
    acme = given.customer("C1")
    first = decided(given, clerk, acme, "Kd 4711-B")
    second = decided(given, clerk, acme, "Kd 4711-B")
    assert known() == [("4711-B", "C1", 2)]
    deciding.undo(second, on=DAY, actor=clerk)
    assert known() == [("4711-B", "C1", 1)]
    deciding.undo(first, on=DAY, actor=clerk)
    assert known() == []
    decided(given, clerk, acme, "Kd 4711-B")
    learning.withdraw(PayerAlias.objects.get(withdrawn_at=None), actor=clerk)
    assert known() == []
    given.bank_line("88.00 EUR", "Kd 4711-B")
    counts = running.match(given.entity())
    # the two that were taken back wait again
    assert (counts["lines"], counts["left"]) == (3, 3)
