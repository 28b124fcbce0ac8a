"""The workbench: what waits and why, one key to take it, a split by hand, and the way back."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.guarding import checks
from o2c.invoicing.matching import deciding, workbench
from o2c.invoicing.models import BankLine, MatchProposal, Receipt

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(given):
    return given.user("clerk", Role.CASH_CLERK)


@pytest.fixture
def browser(clerk) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


def proposed(line, item, money: str, **facts) -> MatchProposal:
    return deciding.propose_by_hand(line, item.customer, [Part(item, Decimal(money), **facts)], actor=SYSTEM)


def test_lines_wait_by_what_is_the_matter_with_them(given, clerk):
    item = given.open_item("10.00 EUR")
    one, several, nobody, held = (given.bank_line("10.00 EUR", iban="DE00") for _ in range(4))
    flagged = given.bank_line("10.00 EUR", statement=given.bank_statement(arithmetic_ok=False))
    proposed(one, item, "10.00")
    proposed(several, item, "10.00")
    MatchProposal.objects.filter(line=several).update(reasons=[{"code": "rivals", "count": 1}])
    proposed(flagged, item, "10.00")
    checks.look([(held.pk, item.customer_id)])
    given.bank_line("-5.00 EUR")
    waiting = workbench.waiting(clerk)
    assert dict(waiting.values_list("pk", "why")) == {
        one.pk: "proposed", several.pk: "several", nobody.pk: "nobody", held.pk: "held", flagged.pk: "flagged",
    }  # fmt: skip
    assert workbench.counts(waiting) == {"proposed": 1, "several": 1, "nobody": 1, "flagged": 1, "held": 1}
    assert workbench.sums(waiting) == [("EUR", Decimal("50.0000"))]
    assert workbench.after(waiting, one) == several.pk
    assert workbench.after(waiting, flagged) == one.pk


def test_one_accepts_and_comes_to_the_next_with_a_way_back(given, browser):
    item = given.open_item("100.00 EUR")
    line, following = given.bank_line("100.00 EUR", "R-1"), given.bank_line("5.00 EUR")
    proposal = proposed(line, item, "100.00")
    page = browser.get(reverse("match_line", args=[line.pk])).content.decode()
    assert reverse("accept_proposal", args=[proposal.pk]) in page
    answer = browser.post(reverse("accept_proposal", args=[proposal.pk]))
    assert answer.url == f"{reverse('match_line', args=[following.pk])}?done={proposal.pk}"
    item.refresh_from_db()
    line.refresh_from_db()
    assert (item.open_amount, line.open_amount) == (0, 0)
    shown = browser.get(answer.url).content.decode()
    assert Receipt.objects.get().number in shown
    assert browser.post(reverse("undo_match", args=[proposal.pk])).url == reverse("match_line", args=[line.pk])
    item.refresh_from_db()
    line.refresh_from_db()
    assert (item.open_amount, line.open_amount) == (100, 100)


def test_what_is_not_it_is_not_shown_again(given, browser):
    item = given.open_item("100.00 EUR")
    proposal = proposed(given.bank_line("100.00 EUR"), item, "100.00")
    browser.post(reverse("reject_proposal", args=[proposal.pk]))
    proposal.refresh_from_db()
    assert proposal.state == "rejected"
    assert (
        reverse("accept_proposal", args=[proposal.pk])
        not in browser.get(reverse("match_line", args=[proposal.line_id])).content.decode()
    )


def test_a_line_is_split_by_hand_over_items_with_what_is_let_go(given, browser):
    customer = given.customer()
    first, second = (given.open_item("100.00 EUR", customer=customer) for _ in range(2))
    credit = given.open_item("-20.00 EUR", customer=customer)
    line = given.bank_line("150.00 EUR")
    address = f"{reverse('split_line', args=[line.pk])}?customer={customer.pk}"
    typed = {
        f"amount-{first.pk}": "97.00", f"rest-{first.pk}": "discount",
        f"amount-{second.pk}": "70.00", f"amount-{credit.pk}": "20.00",
    }  # fmt: skip
    assert browser.post(address, typed).status_code == 302
    for row in (first, second, credit, line):
        row.refresh_from_db()
    assert (first.open_amount, second.open_amount, credit.open_amount, line.open_amount) == (0, 30, 0, 0)
    receipt = Receipt.objects.get()
    receipt.item.refresh_from_db()
    assert (receipt.amount, receipt.item.open_amount) == (150, -3)


def test_too_much_is_refused_beside_what_was_typed_and_nothing_is_written(given, browser):
    item = given.open_item("100.00 EUR")
    line = given.bank_line("50.00 EUR")
    address = f"{reverse('split_line', args=[line.pk])}?customer={item.customer_id}"
    answer = browser.post(address, {f"amount-{item.pk}": "60.00"})
    assert answer.status_code == 422
    assert 'value="60.00"' in answer.content.decode()
    answer = browser.post(address, {f"amount-{item.pk}": "40.00", f"rest-{item.pk}": "deduction"})
    assert answer.status_code == 422
    assert "Say why it is paid short" in answer.content.decode()
    assert not MatchProposal.objects.exists()


def test_a_customer_is_found_by_number_name_document_and_amount(given, clerk):
    customer = given.customer("C-77", name="Mühle & Söhne")
    given.open_item("1234.50 EUR", customer=customer, number="R-4711")
    given.open_item("1.00 EUR")
    line = given.bank_line("1.00 EUR")
    for text in ("C-77", "mühle", "R-4711", "1.234,50", "1234.50"):
        assert [found.customer for found in workbench.find(clerk, line, text)] == [customer], text
    for text in ("", "R-4712", "1234.501", "NaN"):
        assert workbench.find(clerk, line, text) == [], text


def test_who_does_not_see_the_legal_entity_finds_nothing(given):
    item = given.open_item("10.00 EUR")
    line = given.bank_line("10.00 EUR")
    proposal = proposed(line, item, "10.00")
    other = given.user("other", Role.CASH_CLERK, entities=[given.entity("FR1", country="FR")])
    client = Client()
    client.force_login(other)
    assert not workbench.waiting(other).exists()
    assert client.get(reverse("match_line", args=[line.pk])).status_code == 404
    for name in ("accept_proposal", "reject_proposal", "undo_match"):
        assert client.post(reverse(name, args=[proposal.pk])).status_code == 404
    assert BankLine.objects.get().open_amount == 10


def test_a_split_that_a_check_speaks_against_waits_for_two_people(given, browser):
    item = given.open_item("10.00 EUR")
    line = given.bank_line("10.00 EUR", iban="DE00")
    address = f"{reverse('split_line', args=[line.pk])}?customer={item.customer_id}"
    assert browser.post(address, {f"amount-{item.pk}": "10.00"}).url == reverse("match_line", args=[line.pk])
    item.refresh_from_db()
    assert (item.open_amount, MatchProposal.objects.get().state, Receipt.objects.count()) == (10, "open", 0)
    page = browser.get(reverse("match_line", args=[line.pk])).content.decode()
    assert "This payment is held back. DE00 is no IBAN" in page
    assert reverse("accept_proposal", args=[MatchProposal.objects.get().pk]) not in page
