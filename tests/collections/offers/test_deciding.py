"""What becomes of offers: approved with one mail a customer, left out, withdrawn, taken, not taken, ended."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from o2c.collections import holds
from o2c.collections.disputes import opening
from o2c.collections.offers import deciding, figures
from o2c.collections.offers.deciding import OfferRefused
from o2c.core.actors import SYSTEM
from o2c.core.models import Message, OutboxEvent
from o2c.invoicing import cash
from o2c.invoicing.cash import conceding
from o2c.invoicing.cash.conceding import Part
from o2c.invoicing.models import EarlyOffer
from o2c.invoicing.proof import proof
from o2c.wiring import handle_events
from tests.collections.offers.conftest import DAY, DUE, MANAGER

ON = date(2026, 3, 12)  # twenty days before due: 49.32 of 10,000.00


def state(offer: EarlyOffer) -> tuple[str, str]:
    offer.refresh_from_db()
    return offer.state, offer.because


def take(book, offer: EarlyOffer, on: date = ON, off: str = "49.32"):
    """The customer pays the amount of the day, and a person applies it with the discount."""
    item = offer.item
    paid = item.open_amount - Decimal(off)
    receipt = book.given.receipt(f"{paid} {item.currency}", customer=item.customer, on=on)
    conceding.apply_parts(receipt, [Part(item, paid, discount=Decimal(off))], on=on, actor=SYSTEM)
    return receipt


ENGLISH = """\
Dear Sir or Madam,

you may pay this invoice early and keep a discount. What counts is the day on which the money is on our account.

Invoice RE-1 of 1,000.00 EUR, due on 1 April 2026
  until 12 March 2026   980.00 EUR   (you save 20.00 EUR)
  until 22 March 2026   990.00 EUR   (you save 10.00 EUR)

After the last day the whole amount is due on its day, as agreed."""
GERMAN = """\
  bis 12. März 2026   980,00 EUR   (Sie sparen 20,00 EUR)
  bis 22. März 2026   990,00 EUR   (Sie sparen 10,00 EUR)
"""
FRENCH = "  jusqu’au 12 mars 2026   980,00 EUR   (vous économisez 20,00 EUR)\n"


@pytest.mark.parametrize(
    ("language", "subject", "says"),
    [
        ("en", "Pay early and save: 1 invoice, customer", ENGLISH),
        ("de", "Früher zahlen und sparen: 1 Rechnung, Kunde", GERMAN),
        ("fr", "Payer plus tôt et économiser : 1 facture, client", FRENCH),
    ],
)
def test_the_mail_says_what_is_paid_until_when_in_the_customers_language(book, language, subject, says):
    """2 % of 1,000.00 until twenty days before due, 1 % until ten."""
    book.rule(kind="steps", steps="20: 2; 10: 1", rate=None)
    book.offered("1000.00 EUR", customer=book.customer(language=language), number="RE-1")
    message = Message.objects.get()
    assert message.subject.startswith(subject)
    assert says in message.text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert (message.language, message.recipient.endswith("<ap@acme.example>")) == (language, True)


def test_one_mail_a_customer_for_all_of_its_items_with_the_days_evenly(book):
    customer = book.customer()
    book.item(customer=customer, number="RE-1")
    book.item("5000.00 EUR", customer=customer, number="RE-2")
    book.item("700.00 EUR", number="RE-3")
    run = deciding.approve(book.propose(), on=DAY, actor=MANAGER)
    assert (run.state, run.decided_by, run.dropped) == ("approved", "manager", 0)
    text = Message.objects.get(key=f"early-offer:{run.pk}:{customer.pk}").text
    assert Message.objects.count() == 2
    assert ("RE-1" in text, "RE-2" in text, "RE-3" in text) == (True, True, False)
    assert text.count("  until ") == 16  # eight days of each of two items
    assert "(you save 73.97 EUR)" in text
    assert "days between have amounts of their own" in text
    assert {offer.state for offer in book.proposed()} == {"open"}


def test_what_happened_meanwhile_is_not_offered(book):
    paid, disputed, stays = (book.item(number=number) for number in ("PAID", "DISPUTED", "STAYS"))
    run = book.propose()
    book.given.pay(paid, on=DAY)
    opening.open(disputed, reason="Short", on=DAY, actor=SYSTEM)
    run = deciding.approve(run, on=DAY, actor=MANAGER)
    assert {offer.item_id: offer.state for offer in book.proposed()} == {
        paid.pk: "dropped", disputed.pk: "dropped", stays.pk: "open",
    }  # fmt: skip
    assert (run.dropped, Message.objects.count()) == (2, 1)


def test_where_nothing_is_left_the_run_is_cancelled_and_nobody_is_written_to(book):
    item = book.item()
    run = book.propose()
    book.given.pay(item, on=DAY)
    assert deciding.approve(run, on=DAY, actor=MANAGER).state == "cancelled"
    assert not Message.objects.exists()


def test_a_run_is_decided_once(book):
    book.item()
    run = book.propose()
    deciding.cancel(run, on=DAY, actor=MANAGER)
    assert state(book.proposed()[0]) == ("dropped", "cancelled")
    for act in (deciding.approve, deciding.cancel):
        with pytest.raises(OfferRefused, match="cancelled already by manager on 2026-03-02"):
            act(run, on=DAY, actor=SYSTEM)
    assert not Message.objects.exists()


def test_a_person_leaves_one_out_or_takes_it_back(book):
    book.item()
    run = book.propose()
    deciding.withdraw(book.proposed()[0], on=DAY, actor=MANAGER)
    run.refresh_from_db()
    assert (state(book.proposed()[0]), run.dropped) == (("dropped", "person"), 1)
    deciding.cancel(run, on=DAY, actor=MANAGER)
    offer = book.offered("9000.00 EUR")
    deciding.withdraw(offer, on=DAY, actor=MANAGER)
    assert (state(offer), offer.ended_by) == (("withdrawn", "person"), "manager")
    with pytest.raises(OfferRefused, match="withdrawn by manager already"):
        deciding.withdraw(offer, on=DAY, actor=SYSTEM)


def test_the_database_keeps_an_item_to_one_offer_at_a_time(book):
    offer = book.offered()
    with pytest.raises(IntegrityError, match="early_offer_of_item_once"), transaction.atomic():
        EarlyOffer.objects.create(
            entity=book.entity, customer=offer.customer, payer_id=offer.payer_id, run=offer.run, rule=offer.rule,
            item=offer.item, currency="EUR", amount=1, base_rate=1, due_on=DUE, offered_on=DAY, last_on=DAY, tiers=[],
            best_percent=1, best_discount=Decimal("0.01"),
        )  # fmt: skip


def test_taken_when_paid_with_the_discount_and_open_again_when_the_payment_is_taken_back(book):
    """Paid twenty days early: 9 x 20 / 365 = 0.4932 % of 10,000.00 are 49.32."""
    offer = book.offered()
    receipt = take(book, offer)
    assert book.follow(ON) == 1
    assert (state(offer), offer.taken_on, offer.discount) == (("taken", ""), ON, Decimal("49.32"))
    offer.item.refresh_from_db()
    assert (offer.item.open_amount, proof()) == (0, [])
    assert book.follow(DUE) == 0
    cash.reverse(receipt, on=ON, actor=SYSTEM)
    book.follow(ON)
    assert (state(offer), offer.taken_on, offer.discount) == (("open", ""), None, None)
    assert book.follow(ON) == 0


def test_paid_without_it_disputed_or_on_hold_it_ends(book):
    offers = [book.offered(number=number) for number in ("PAID", "DISPUTED", "HELD", "STAYS")]
    book.given.pay(offers[0].item, on=ON)
    opening.open(offers[1].item, reason="Short", on=ON, actor=SYSTEM)
    holds.place(customer=offers[2].customer, reason="x", from_on=ON, item=offers[2].item, actor=SYSTEM)
    assert book.follow(ON) == 3
    assert [state(offer) for offer in offers] == [
        ("ended", "settled"), ("ended", "disputed"), ("ended", "left_alone"), ("open", ""),
    ]  # fmt: skip
    assert book.follow(ON) == 0


def test_a_dispute_ends_it_at_once(book):
    offer = book.offered()
    opening.open(offer.item, reason="Short", on=DAY, actor=SYSTEM)
    handle_events()
    assert state(offer)[0] in {"ended", "lapsed"}  # lapsed where the day of the test is past its last
    assert not OutboxEvent.objects.filter(kind="disputes.opened", done_at=None).exists()


def test_after_its_last_day_it_lapses_and_money_of_a_day_before_takes_it_still(book):
    offer = book.offered()
    assert book.follow(offer.last_on) == 0
    assert book.follow(offer.last_on + timedelta(days=1)) == 1
    assert state(offer) == ("lapsed", "")
    take(book, offer, on=ON)
    book.follow(DUE)
    assert (state(offer), offer.ended_on) == (("taken", ""), None)


def test_the_figures_of_a_month_are_cost_days_and_rate(book):
    """Two are taken in March: 49.32 for 9,950.68 twenty days early, and 73.97 for 9,926.03 thirty days early: 123.29
    for 19,876.71, 25.0 days early on average (9,950.68 x 20 + 9,926.03 x 30 = 496,794.50, over 19,876.71 = 24.99),
    which is 123.29 x 365 / 496,794.50 = 9.1 % a year. One stands: at most 73.97."""
    early, late, _ = (book.offered() for _ in range(3))
    take(book, late, on=ON)
    take(book, early, on=DAY, off="73.97")
    book.follow(ON)
    rows = EarlyOffer.objects.all()
    (month,) = figures.by_month(rows, date(2026, 1, 1))
    assert (month.month, month.count, month.cost, month.money) == (
        date(2026, 3, 1), 2, Decimal("123.29"), Decimal("19876.71"),
    )  # fmt: skip
    assert (month.days, month.rate) == (Decimal("25.0"), Decimal("9.1"))
    (standing,) = figures.standing(rows)
    assert (standing.count, standing.most, standing.amount) == (1, Decimal("73.97"), 10_000)
    totals = figures.totals(rows.filter(state="open"))
    assert (totals.count, totals.amount, totals.most, totals.rate) == (1, 10_000, Decimal("73.97"), Decimal("9.1"))


def test_approving_many_takes_no_more_statements_than_one(book):
    counts = []
    for count in (1, 9):
        for _ in range(count):
            book.item()
        run = book.propose()
        with CaptureQueriesContext(connection) as caught:
            deciding.approve(run, on=DAY, actor=MANAGER)
        counts.append(len(caught))
    assert counts[0] == counts[1]


def test_an_offer_follows_its_customer_to_another_payer(book, given):
    offer, head = book.offered(), given.customer()
    type(head).objects.filter(pk=offer.customer_id).update(payer=head)
    offer.refresh_from_db()
    assert offer.payer_id == head.pk
