"""From an advice to the line it is of, and from there to the books."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections

from o2c.collections.models import Dispute
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.invoicing import banks, jobs
from o2c.invoicing.matching import advised, deciding, running
from o2c.invoicing.models import (
    Deduction,
    MatchProposal,
    OpenItem,
    Receipt,
    RemittanceAdvice,
)
from o2c.invoicing.proof import proof
from o2c.invoicing.remittances import joining, keeping
from o2c.invoicing.remittances.facts import Refused
from o2c.orders import agreements
from o2c.orders.models import CustomerBankAccount, LegalEntity
from o2c.orders.terms import Tier
from o2c.wiring import handle_events
from tests.given import DAY
from tests.invoicing.remittances.advices import advice
from tests.invoicing.remittances.samples import CSV, REMADV, X12

IBAN = "DE89370400440532013000"


@pytest.fixture
def acme(given):
    customer = given.customer("C1", name="Acme GmbH")
    CustomerBankAccount.objects.create(customer=customer, iban=IBAN)
    return customer


@pytest.fixture
def items(given, acme):
    return {
        number: given.open_item(money, customer=acme, number=number)
        for number, money in {
            "INV-10001": "100.00 EUR", "INV-10002": "200.00 EUR", "INV-10003": "300.00 EUR", "CN-20001": "-40.00 EUR",
        }.items()
    }  # fmt: skip


def load(content: bytes, *, entities=None, **how):
    seen = entities if entities is not None else LegalEntity.objects.all()
    return keeping.load(content, name="a", seen=seen, actor=SYSTEM, **how)


def left(items) -> dict[str, Decimal]:
    return {number: OpenItem.objects.get(pk=item.pk).open_amount for number, item in items.items()}


# --- Kept once


def test_an_advice_is_kept_once_with_its_file(given):
    given.entity(currency="EUR")
    first = load(CSV)
    assert (first.created, first.unchanged, [each["outcome"] for each in first.remittances]) == (2, 0, ["created"] * 2)
    again = load(CSV)
    assert (again.created, again.unchanged, again.new) == (0, 2, [])
    row = RemittanceAdvice.objects.get(reference="E2E-4711")
    assert bytes(row.file.content) == CSV
    assert [(line.document, line.paid, line.deduction) for line in row.lines.all()] == [
        ("INV-1001", Decimal("1166.20"), 0), ("INV-1002", 450, 50),
    ]  # fmt: skip


def test_another_content_for_the_same_payment_is_refused_until_the_first_is_dropped(given):
    given.entity()
    load(CSV)
    other = CSV.replace(b"INV-1002", b"INV-1009")
    again = load(other)
    assert (again.created, again.unchanged) == (0, 1)
    assert [each.where for each in again.refused] == ["line 2"]
    assert "drop that one first" in again.refused[0].reason
    joining.drop(RemittanceAdvice.objects.get(reference="E2E-4711"), actor=SYSTEM)
    assert load(other).created == 1
    with pytest.raises(joining.JoinRefused):
        joining.take_up(RemittanceAdvice.objects.get(state="dropped"), actor=SYSTEM)
    assert load(CSV).created == 0


def test_a_dry_run_writes_nothing(given):
    given.entity()
    assert load(CSV, dry_run=True).created == 2
    assert not RemittanceAdvice.objects.exists()


def test_whose_it_is_says_the_payee_or_the_caller(given):
    first, second = given.entity("DE1"), given.entity("US1", currency="USD", name="Company US")
    assert load(X12).remittances[0]["entity"] == "DE1"
    with pytest.raises(Refused, match="say which of DE1, US1"):
        load(X12.replace(b"Company DE1", b"Somebody"))
    banks.open_account(second, name="House bank", currency="EUR", iban="DE02120300000000202051", actor=SYSTEM)
    assert load(REMADV.replace(b"FII+OR", b"FII+BF+DE02120300000000202051'FII+OR").replace(b"UNT+22", b"UNT+23")).new
    assert RemittanceAdvice.objects.get(format="edifact.remadv").entity == second
    load(X12.replace(b"Company DE1", b"Somebody"), entities=LegalEntity.objects.filter(pk=second.pk))
    assert set(RemittanceAdvice.objects.values_list("entity_id", flat=True)) == {first.pk, second.pk}


# --- Joined


def test_by_reference_whoever_pays(given, acme, items):
    line = given.bank_line("300.00 EUR", "salary", name="Somebody else", end_to_end_id="e2e 77-1")
    found = advice("INV-10001 100.00", "INV-10002 200.00", reference="E2E-771")
    assert joining.join(given.entity(), actor=SYSTEM) == [line.pk]
    found.refresh_from_db()
    assert (found.state, found.line, found.joined_by, found.customer) == ("joined", line, "reference", acme)


def test_long_after_it_was_loaded_only_a_person_joins_an_advice(given, acme, items):
    line = given.bank_line("300.00 EUR", end_to_end_id="E2E-771")
    found = advice("INV-10001 100.00", "INV-10002 200.00", reference="E2E-771")
    aged = RemittanceAdvice.objects.filter(pk=found.pk)
    aged.update(loaded_at=clock.now() - timedelta(days=121))
    assert joining.join(given.entity(), actor=SYSTEM) == []
    aged.update(loaded_at=clock.now() - timedelta(days=119))
    assert joining.join(given.entity(), actor=SYSTEM) == [line.pk]


def test_by_the_reference_in_the_text_where_the_amount_is_the_same(given, items, acme):
    given.bank_line("299.00 EUR", "CHK 0099881")
    line = given.bank_line("300.00 EUR", "DEPOSIT CHK 0099881 OK")
    advice("INV-10001 100.00", "INV-10002 200.00", reference="99881")
    assert joining.join(given.entity(), actor=SYSTEM) == [line.pk]


def test_by_payer_amount_and_day(given, acme, items):
    given.bank_line("300.00 EUR", iban=IBAN, on=DAY + timedelta(days=60))
    given.bank_line("301.00 EUR", iban=IBAN)
    given.bank_line("300.00 EUR", name="Nobody AG")
    line = given.bank_line("300.00 EUR", iban=IBAN, on=DAY + timedelta(days=2))
    found = advice("INV-10003 300.00", number="C1")
    assert joining.join(given.entity(), actor=SYSTEM) == [line.pk]
    found.refresh_from_db()
    assert found.joined_by == "payer"


def test_by_the_payers_name_of_a_branch(given, acme):
    branch = given.customer("C2", name="Acme Nord OHG", payer=acme)
    given.open_item("50.00 EUR", customer=branch, number="INV-10009")
    line = given.bank_line("50.00 EUR", name="ACME NORD")
    advice("INV-10009 50.00")
    assert joining.join(given.entity(), actor=SYSTEM) == [line.pk]


def test_what_is_ambiguous_is_not_joined_and_says_so_until_it_is_clear(given, acme, items):
    lines = [given.bank_line("300.00 EUR", iban=IBAN) for _ in range(2)]
    found = advice("INV-10003 300.00", number="C1")
    assert joining.join(given.entity(), actor=SYSTEM) == []
    found.refresh_from_db()
    assert (found.state, found.candidates) == ("unclear", [line.pk for line in lines])
    joining.join_by_hand(found, lines[0], actor=SYSTEM)
    found.refresh_from_db()
    assert (found.state, found.line, found.joined_by) == ("joined", lines[0], "hand")
    second = advice("INV-10002 300.00", number="C1")
    with pytest.raises(joining.JoinRefused, match="has its advice"):
        joining.join_by_hand(second, lines[0], actor=SYSTEM)
    assert joining.join(given.entity(), actor=SYSTEM) == [lines[1].pk]


def test_taken_off_it_is_not_joined_to_that_line_again(given, acme, items):
    line = given.bank_line("300.00 EUR", iban=IBAN)
    found = advice("INV-10003 300.00", number="C1")
    joining.join(given.entity(), actor=SYSTEM)
    found.refresh_from_db()
    joining.part(found, actor=SYSTEM)
    assert joining.join(given.entity(), actor=SYSTEM) == []
    found.refresh_from_db()
    assert (found.state, found.line, found.apart_from) == ("waiting", None, [line.pk])


def test_of_another_legal_entity_or_currency_nothing_is_joined(given, acme, items):
    other = given.entity("US1", currency="USD")
    given.rate("USD", "1.10")
    given.bank_line("300.00 EUR", statement=given.bank_statement(entity=other, currency="EUR"), iban=IBAN)
    given.bank_line("300.00 USD", statement=given.bank_statement(currency="USD"), end_to_end_id="E2E-771")
    keeping.load(CSV, name="a", seen=LegalEntity.objects.filter(code="DE1"), actor=SYSTEM)
    assert joining.join(given.entity(), actor=SYSTEM) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_join_once(given):
    customer = given.customer("C1", name="Acme GmbH")
    CustomerBankAccount.objects.create(customer=customer, iban=IBAN)
    for number in range(20):
        given.bank_line(f"{number + 100}.00 EUR", iban=IBAN)
        advice(f"INV-{number + 10001} {number + 100}.00", number="C1")
    entity = given.entity()
    joined, barrier = [], threading.Barrier(2)

    def work():
        barrier.wait()
        try:
            joined.append(joining.join(entity, actor=SYSTEM))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(map(len, joined)) == [0, 20]
    assert RemittanceAdvice.objects.filter(state="joined").values("line").distinct().count() == 20


# --- Matched


def test_the_line_is_split_exactly_as_the_advice_says(given, acme, items):
    agreement = agreements.Agreement(name="2 % in 60 days", kind="net", days=60, tiers=(Tier(60, Decimal(2)),))
    acme.accounts.update(terms=agreements.create("2P60", agreement, actor=SYSTEM))
    line = given.bank_line("508.00 EUR", "nothing of use", name="Unknown Paying Agent", end_to_end_id="E2E-771")
    advice(
        "INV-10001 98.00 2.00", "INV-10002 150.00 0 50.00 quality", "INV-10003 300.00", "CN-20001 -40.00",
        reference="E2E-771",
    )  # fmt: skip
    counts = running.match(given.entity())
    assert (counts["applied"], counts["proposed"]) == (1, 0)
    assert left(items) == {"INV-10001": 0, "INV-10002": 50, "INV-10003": 0, "CN-20001": 0}
    (deduction,) = Deduction.objects.all()
    assert (deduction.item, deduction.amount, deduction.reason.code) == (items["INV-10002"], 50, "quality")
    proposal = MatchProposal.objects.get()
    assert [reason["code"] for reason in proposal.reasons] == ["advice", "advice_deduction"]
    line.refresh_from_db()
    assert (line.open_amount, Receipt.objects.get().customer) == (0, acme)
    assert proof() == []
    handle_events()
    assert Dispute.objects.count() == 1


def test_an_advice_that_comes_after_the_line_was_left_makes_it_be_looked_at_again(
    given, acme, items, monkeypatch, django_capture_on_commit_callbacks
):
    line = given.bank_line("300.00 EUR", "nothing of use", name="Unknown", end_to_end_id="E2E-771")
    assert running.match(given.entity())["left"] == 1
    with django_capture_on_commit_callbacks(execute=True):
        advice("INV-10001 100.00", "INV-10002 200.00", reference="E2E-771")
    monkeypatch.setattr(jobs.match_lines, "delay", jobs.match_lines)
    with django_capture_on_commit_callbacks(execute=True):
        handle_events()
    with django_capture_on_commit_callbacks(execute=True):
        jobs.take_up_matching()
    line.refresh_from_db()
    assert line.open_amount == 0
    assert left(items)["INV-10002"] == 0
    assert proof() == []


def test_one_that_comes_before_its_money_waits_for_it(given, acme, items):
    found = advice("INV-10001 100.00", "INV-10002 200.00", reference="E2E-771", paid_on=DAY)
    assert running.match(given.entity())["lines"] == 0
    assert joining.age(found, DAY + timedelta(days=3)) == 3
    given.bank_line("300.00 EUR", end_to_end_id="E2E-771")
    assert running.match(given.entity())["applied"] == 1


def test_where_an_item_owes_less_than_said_it_is_only_proposed(given, acme, items):
    given.pay(items["INV-10002"], "150.00 EUR")
    given.bank_line("300.00 EUR", end_to_end_id="E2E-771")
    advice("INV-10001 100.00", "INV-10002 200.00", reference="E2E-771")
    counts = running.match(given.entity())
    assert (counts["applied"], counts["proposed"]) == (0, 1)
    first = MatchProposal.objects.order_by("rank").first()
    assert "advice_less" in [reason["code"] for reason in first.reasons]
    assert sorted(first.splits.values_list("amount", flat=True)) == [50, 100]
    assert proof() == []


@pytest.mark.parametrize(
    ("lines", "money", "code"),
    [
        (("INV-10001 100.00", "INV-99999 20.00"), "120.00", "advice_unknown"),
        (("INV-10001 100.00",), "101.00", "advice_differs"),
        (("INV-10001 100.00", "INV-10002 200.00"), "299.00", "advice_more"),
    ],
)
def test_what_does_not_fit_is_left_to_a_person(given, acme, items, lines, money, code):
    given.bank_line(f"{money} EUR", end_to_end_id="E2E-771")
    advice(*lines, reference="E2E-771")
    assert running.match(given.entity())["applied"] == 0
    codes = {reason["code"] for proposal in MatchProposal.objects.all() for reason in proposal.reasons}
    assert code in codes
    assert proof() == []


def test_an_advice_against_an_exact_match_leaves_it_to_a_person(given, acme, items):
    line = given.bank_line("100.00 EUR", "INV-10001", iban=IBAN, end_to_end_id="E2E-771")
    advice("INV-88888 100.00", reference="E2E-771")
    assert running.match(given.entity())["applied"] == 0
    proposal = MatchProposal.objects.get(line=line)
    assert proposal.reasons[-1]["code"] == "advice_contradicts"


def test_a_discount_that_is_not_earned_stays_open_in_dispute(given, acme, items):
    given.bank_line("90.00 EUR", end_to_end_id="E2E-771")
    advice("INV-10001 90.00 10.00", reference="E2E-771")
    assert running.match(given.entity())["applied"] == 1
    assert left(items)["INV-10001"] == 10
    assert Deduction.objects.get().reason.code == "discount"
    assert not OpenItem.objects.filter(kind="discount").exists()


def test_taken_back_it_is_not_applied_by_itself_again(given, acme, items):
    line = given.bank_line("300.00 EUR", end_to_end_id="E2E-771")
    advice("INV-10003 300.00", reference="E2E-771")
    running.match(given.entity())
    deciding.undo(MatchProposal.objects.get(), on=DAY, actor=SYSTEM)
    assert running.match(given.entity())["applied"] == 0
    line.refresh_from_db()
    assert line.open_amount == 300
    assert proof() == []


def test_the_databases_key_of_a_reference_is_ours(db):
    for text in ("E2E-771", "  00e2e/771 ", "äöü-7", "", "000", "Straße 7"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT invoicing_reference_key(%s)", [text])
            assert cursor.fetchone()[0] == keeping.reference_key(text)


def test_reasons_by_code_by_name_and_by_the_standards():
    ours = {"QUALITY": "quality", "DAMAGEDORFAULTY": "quality", "FREIGHT": "freight", "PRICE": "price"}
    assert advised.reason_of("quality", "", ours) == "quality"
    assert advised.reason_of("", "Damaged or faulty", ours) == "quality"
    assert advised.reason_of("01", "", ours) == "price"
    assert advised.reason_of("Z9", "for freight again", ours) == "freight"
    assert advised.reason_of("Z9", "", ours) == "unknown"
