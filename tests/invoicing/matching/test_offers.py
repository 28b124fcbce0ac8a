"""Payments that take an offer: the amount of its day clears the item, all else leaves the rest open and says why."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.core.actors import Actor
from o2c.invoicing.cash import CashRefused, conceding, discounts
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.matching import reasons, running
from o2c.invoicing.models import EarlyOffer, MatchProposal, OpenItem
from o2c.invoicing.proof import proof
from o2c.orders import agreements
from o2c.orders.models import CustomerBankAccount, EarlyPaymentDiscount, LegalEntity
from o2c.orders.terms import Tier
from tests.collections.offers.conftest import DAY, DUE, Offering

IBAN = "DE89370400440532013000"
TWENTY = date(2026, 3, 12)  # days before due: 9 x 20 / 365 % of 10,000.00 are 49.32


@pytest.fixture
def book(given):
    return Offering(given)


@pytest.fixture
def acme(book):
    customer = book.customer(name="Acme GmbH")
    CustomerBankAccount.objects.create(customer=customer, iban=IBAN)
    return customer


@pytest.fixture
def offer(book, acme) -> EarlyOffer:
    return book.offered(customer=acme, number="INV-2026-000123")


def match(given, money: str, on: date, text: str = "Rechnung INV-2026-000123", **facts):
    given.bank_line(money, text, iban=IBAN, on=on, **facts)
    counts = running.match(given.entity())
    assert proof() == []
    return counts


def booked() -> list[Decimal]:
    return list(OpenItem.objects.filter(kind="discount").order_by("pk").values_list("amount", flat=True))


def says() -> list[str]:
    return reasons.sentences(best().reasons)


def best() -> MatchProposal:
    return MatchProposal.objects.get(rank=1)


@pytest.mark.parametrize(
    ("money", "on", "off"),
    [
        ("9926.03 EUR", DAY, "73.97"),  # thirty days early
        ("9950.68 EUR", TWENTY, "49.32"),
        ("9987.67 EUR", date(2026, 3, 27), "12.33"),  # its last day, five before due
        # a day before the one of the table: it takes less than there is
        ("9950.68 EUR", TWENTY - timedelta(days=1), "49.32"),
    ],
)
def test_the_amount_of_the_day_clears_the_item(given, book, offer, money, on, off):
    assert match(given, money, on)["applied"] == 1
    offer.item.refresh_from_db()
    assert (offer.item.open_amount, booked()) == (0, [-Decimal(off)])
    book.follow(on)
    offer.refresh_from_db()
    assert (offer.state, offer.taken_on, offer.discount) == ("taken", on, Decimal(off))


def test_it_is_the_day_of_the_money_that_counts_not_the_one_of_the_statement(given, book, offer):
    """Valued on 12 March, twenty days before due, and found after the offer has lapsed."""
    book.follow(DUE - timedelta(days=1))
    offer.refresh_from_db()
    assert offer.state == "lapsed"
    assert match(given, "9950.68 EUR", TWENTY)["applied"] == 1
    book.follow(DUE)
    offer.refresh_from_db()
    assert (offer.state, offer.taken_on) == ("taken", TWENTY)


def test_an_earlier_days_amount_leaves_what_is_not_granted_by_now_open_and_says_so(given, offer):
    """9,926.03 were the amount of 2 March. On the 12th they earn 9,926.03 x 0.4931506849 / 99.5068493151 = 49.19, and
    24.78 of the 73.97 stay open."""
    assert match(given, "9926.03 EUR", TWENTY)["applied"] == 0
    assert (
        "The amount is what the offer asked for until 2026-03-02; what it does not grant by now stays open." in says()
    )
    split = best().splits.get()
    assert (split.amount, split.discount, split.deduction, split.charge) == (
        Decimal("9926.03"), Decimal("49.19"), Decimal("24.78"), 0,
    )  # fmt: skip


def test_after_the_last_day_nothing_is_granted(given, offer):
    """9,987.67 were the amount of 27 March; on the 30th the 12.33 stay open, whatever days of grace terms have."""
    assert match(given, "9987.67 EUR", date(2026, 3, 30))["applied"] == 0
    split = best().splits.get()
    assert (split.discount, split.deduction) == (0, Decimal("12.33"))
    assert booked() == []


def test_too_little_is_a_part_and_says_so(given, offer):
    counts = match(given, "9000.00 EUR", TWENTY)
    assert "The amount is less than what the offer asks for on the day; the rest stays open." in says()
    assert counts["applied"] == 1
    offer.item.refresh_from_db()
    assert (offer.item.open_amount, booked()) == (1000, [])


def test_the_full_amount_clears_it_without_a_discount(given, book, offer):
    assert match(given, "10000.00 EUR", TWENTY)["applied"] == 1
    book.follow(TWENTY)
    offer.refresh_from_db()
    assert (offer.state, offer.because, booked()) == ("ended", "settled", [])


def test_what_is_withdrawn_or_not_approved_grants_nothing(given, book, acme):
    item = book.item(customer=acme, number="INV-2026-000123")
    book.propose()
    match(given, "9950.68 EUR", TWENTY)
    item.refresh_from_db()
    assert (item.open_amount, booked()) == (Decimal("49.32"), [])
    assert discounts.of_items([item]) == {}


@pytest.mark.parametrize(("percent", "off"), [(Decimal(1), "100.00"), (Decimal("0.2"), "49.32")])
def test_of_the_terms_and_the_offer_the_better_one_counts(given, book, offer, acme, percent, off):
    """The terms, agreed later, grant so much on the same day: 1 % is more than the offer's 0.4932 %, 0.2 % is less."""
    agreement = agreements.Agreement(name="60 days", kind="net", days=60, tiers=(Tier(59, percent),))
    acme.accounts.update(terms=agreements.create("T", agreement, actor=running.MATCHER))
    paid = Decimal(10_000) - Decimal(off)
    assert match(given, f"{paid} EUR", TWENTY)["applied"] == 1
    assert booked() == [-Decimal(off)]


def test_two_items_are_paid_at_once_with_both_their_discounts(given, book, acme):
    """49.32 of 10,000.00 and 24.66 of 5,000.00."""
    book.item(customer=acme, number="INV-2026-000123")
    book.offered("5000.00 EUR", customer=acme, number="INV-2026-000124")
    assert match(given, "14926.02 EUR", TWENTY, "INV-2026-000123 INV-2026-000124")["applied"] == 1
    assert sorted(booked()) == [Decimal("-49.32"), Decimal("-24.66")]


def test_who_names_nothing_pays_the_one_whose_amount_of_the_day_it_is(given, book, acme, offer):
    assert match(given, "9950.68 EUR", TWENTY, "Danke")["applied"] == 1
    assert booked() == [Decimal("-49.32")]


def test_by_hand_the_same_rule_says_what_is_granted(given, offer):
    item, clerk = offer.item, Actor.of(given.user("clerk", "cash_clerk"))
    assert discounts.tier_on(discounts.of_items([item])[item.pk], TWENTY, grace_days=3).percent == Decimal(
        "0.4931506849"
    )
    receipt = given.receipt("9926.03 EUR", customer=item.customer, on=TWENTY)
    with pytest.raises(CashRefused, match=r"a discount of 24\.78 EUR that is not earned"):
        conceding.apply_parts(
            receipt, [Part(item, Decimal("9926.03"), discount=Decimal("73.97"))], on=TWENTY, actor=clerk
        )
    assert booked() == []


def test_another_legal_entitys_offer_is_not_read(given, offer):
    other = given.entity("UK1")
    assert running.candidates.Search(other, DAY).offers is False
    assert running.candidates.Search(LegalEntity.objects.get(code="DE1"), DAY).offers is True


def test_offers_are_read_with_the_items_in_no_more_statements(given, book, acme):
    """The same book with and without an offer, and with five."""
    book.rule(pause_days=0)
    counts = []
    for number in range(3):
        for _ in range((0, 1, 4)[number]):
            book.item("8000.00 EUR", customer=acme)
        if number:
            run = book.propose()
            EarlyOffer.objects.filter(run=run).update(state="open")
            type(run).objects.filter(pk=run.pk).update(state="approved", decided_on=DAY)
        line = given.bank_line("1.00 EUR", f"nothing {number}", iban=IBAN, on=TWENTY)
        with CaptureQueriesContext(connection) as caught:
            running.candidates.answers(given.entity(), [line.pk], running.Rules(), today=TWENTY)
        counts.append(len(caught))
    assert counts[0] == counts[1] == counts[2]
    assert EarlyOffer.objects.filter(state="open").count() == 5
    assert not EarlyPaymentDiscount.objects.exists()
