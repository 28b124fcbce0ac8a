"""Which items are offered a discount, by which rule, how much; and nothing twice."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from o2c.collections import holds, placements, promises
from o2c.collections.disputes import opening
from o2c.collections.models import Agency, LatePayer, LatePayerRule
from o2c.collections.offers import proposing, rules
from o2c.collections.offers.rules import OfferRuleRefused, Wanted
from o2c.collections.plans import agreeing
from o2c.collections.plans.schedules import Step
from o2c.core.actors import SYSTEM
from o2c.core.models import Message
from o2c.invoicing.models import BankLine, EarlyOffer, EarlyOfferRule, EarlyOfferRun, Mandate, MatchProposal, OpenItem
from o2c.orders.models import Account, EarlyPaymentDiscount, PaymentTerms
from tests.collections.offers.conftest import DAY, DUE, MANAGER, percent


def test_an_item_is_proposed_the_discount_of_each_day(book):
    """9 % a year on 10,000.00, thirty days before due: 0.7397 %, 73.97. The least percent, 0.1, is reached five days
    before due (9 x 5 / 365 = 0.1233 %, 12.33), so the last day is 27 March; the days between are 26 tiers."""
    item = book.item()
    run = book.propose()
    (offer,) = book.proposed()
    assert (run.state, run.items, run.customers, run.unreached, run.over_budget) == ("proposed", 1, 1, 0, 0)
    assert (offer.item, offer.state, offer.amount, offer.base_rate) == (item, "proposed", 10_000, 1)
    assert (offer.offered_on, offer.last_on, offer.due_on) == (DAY, date(2026, 3, 27), DUE)
    assert (offer.best_percent, offer.best_discount) == (percent(30), Decimal("73.97"))
    assert len(offer.tiers) == 26
    assert offer.tiers[-1] == {"until": "2026-03-27", "percent": "0.1232876712"}
    assert not Message.objects.exists()


def test_fixed_steps_are_offered_as_they_are(book):
    book.rule(kind="steps", steps="20: 2; 10: 1", rate=None)
    book.item("1000.00 EUR")
    book.propose()
    (offer,) = book.proposed()
    assert offer.tiers == [{"until": "2026-03-12", "percent": "2"}, {"until": "2026-03-22", "percent": "1"}]
    assert (offer.best_discount, offer.last_on) == (20, date(2026, 3, 22))


def test_the_same_again_offers_nothing_twice(book):
    book.item()
    run = book.propose()
    assert book.propose() == run
    assert (EarlyOffer.objects.count(), EarlyOfferRun.objects.count()) == (1, 1)


def test_a_later_day_overtakes_what_waits(book):
    book.item()
    first = book.propose()
    second = book.propose(DAY + timedelta(days=1))
    first.refresh_from_db()
    assert (first.state, second.state) == ("cancelled", "proposed")
    assert [(offer.state, offer.because, offer.best_percent) for offer in book.proposed()] == [
        ("dropped", "overtaken", percent(30)), ("proposed", "", percent(29)),
    ]  # fmt: skip


def _disputed(book, item):
    opening.open(item, reason="Short", on=DAY, actor=SYSTEM)


def _promised(book, item):
    promises.record(
        customer=item.customer, entity=book.entity, items=[(item, item.amount)], pay_by=DUE, promised_on=DAY,
        actor=SYSTEM,
    )  # fmt: skip


def _planned(book, item):
    steps = [Step(DUE, Decimal(5000)), Step(DUE + timedelta(days=30), Decimal(5000))]
    agreeing.agree(customer=item.customer, entity=book.entity, items=[item], steps=steps, agreed_on=DAY, actor=SYSTEM)


def _held(book, item):
    holds.place(customer=item.customer, reason="x", from_on=DAY, item=item, actor=SYSTEM)


def _customer_held(book, item):
    holds.place(customer=item.customer, reason="x", from_on=DAY, actor=SYSTEM)


def _placed(book, item):
    agency = Agency.objects.create(entity=book.entity, code="NORD", name="Nordinkasso")
    old = book.given.open_item("5.00 EUR", customer=item.customer, due=DAY - timedelta(days=9))
    placement = placements.place(agency, [old.pk], reason="x", on=DAY, actor=SYSTEM)
    placement.items.create(item=item, amount=item.amount, from_on=DAY)


def _mandated(book, item):
    Mandate.objects.create(
        entity=book.entity, customer=item.customer, reference="M-1", state="active", signed_on=DAY, activated_on=DAY,
        holder="Acme", iban="DE89370400440532013000", actor="x",
    )  # fmt: skip


def _paid_in_part(book, item):
    book.given.pay(item, "100.00 EUR", on=DAY)


def _blocked(book, item):
    Account.objects.filter(customer=item.customer).update(standing="blocked", standing_reason="x")


def _late(book, item):
    rule = LatePayerRule.objects.create(
        entity=book.entity, version=1, begins_on=DAY, months=12, days_late=10, minimum=0, least_invoices=3,
        release_months=3, written_by="x",
    )  # fmt: skip
    LatePayer.objects.create(
        entity=book.entity, customer=item.customer, payer_id=item.payer_id, rule=rule, listed_on=DAY, why="x",
        invoices=4, late=3, late_amount=30, average_days=20,
    )  # fmt: skip


def _in_its_terms(book, item):
    terms = PaymentTerms.objects.create(code="S2", name="2 % in 30 days", days=60)
    EarlyPaymentDiscount.objects.create(terms=terms, days=30, percent=2)
    Account.objects.filter(customer=item.customer).update(terms=terms)


def _unreachable(book, item):
    item.customer.contacts.all().delete()


def _told_lately(book, item):
    other = book.item("700.00 EUR", customer=item.customer)
    run = EarlyOfferRun.objects.create(
        entity=book.entity, as_of=DAY, state="approved", items=1, customers=1, proposed_by="x", decided_by="x",
        decided_on=DAY,
    )  # fmt: skip
    EarlyOffer.objects.create(
        entity=book.entity, customer=item.customer, payer_id=item.payer_id, run=run,
        rule=EarlyOfferRule.objects.first(), item=other, state="withdrawn", currency="EUR", amount=700, base_rate=1,
        due_on=DUE, offered_on=DAY - timedelta(days=13), last_on=DAY, tiers=[], best_percent=1, best_discount=7,
    )  # fmt: skip
    OpenItem.objects.filter(pk=other.pk).update(disputed_on=DAY)


def _being_paid(book, item):
    line = book.given.bank_line("10000.00 EUR", "perhaps", on=DAY)
    proposal = MatchProposal.objects.create(
        entity=book.entity, line=BankLine.objects.get(pk=line.pk), customer=item.customer, payer_id=item.payer_id,
        amount=10_000, score=0.5, reasons=[], rank=1, made_at=f"{DAY - timedelta(days=1)}T12:00:00Z",
    )  # fmt: skip
    proposal.splits.create(item=item, amount=10_000)


APART = [
    _disputed, _promised, _planned, _held, _customer_held, _placed, _mandated, _paid_in_part, _blocked, _late,
    _in_its_terms, _unreachable, _told_lately, _being_paid,
]  # fmt: skip


@pytest.mark.parametrize("happens", APART, ids=lambda happens: happens.__name__.strip("_"))
def test_what_is_spoken_for_is_not_offered_one(book, happens):
    item = book.item()
    other = book.item("9000.00 EUR", number="OTHER")
    happens(book, item)
    book.propose()
    assert [offer.item_id for offer in book.proposed() if offer.state == "proposed"] == [other.pk]


@pytest.mark.parametrize(
    ("money", "due", "offered"),
    [
        ("500.00 EUR", DUE, False),  # 0.74 % of it are 3.70, under the least discount of 5.00
        ("676.00 EUR", DUE, True),  # 5.0005 on the first day
        ("10000.00 EUR", DAY + timedelta(days=10), True),
        ("10000.00 EUR", DAY + timedelta(days=9), False),
        ("-10000.00 EUR", DUE, False),
    ],
)
def test_small_items_and_those_due_soon_are_left_out(book, money, due, offered):
    book.item(money, due=due)
    run = book.propose()
    assert (len(book.proposed()), run.state) == ((1, "proposed") if offered else (0, "empty"))


def test_the_least_item_is_one_in_the_base_currency(book):
    """At 1.25 dollars a euro 620.00 USD are 496.00 EUR, under the least item of 500.00; 630.00 are 504.00. The
    least discount of 3.00 EUR is one of 3.75 USD; on the first day 0.7397 % of 630.00 are 4.66."""
    book.given.rate("USD", "1.25", on=DAY - timedelta(days=40))
    book.rule(least_discount=Decimal("3.00"))
    book.item("620.00 USD")
    own = book.item("630.00 USD")
    book.propose()
    (offer,) = book.proposed()
    assert (offer.item, offer.currency, offer.base_rate) == (own, "USD", Decimal("0.8"))
    assert offer.best_discount == Decimal("4.66")


def test_a_segments_own_rule_stands_in_place_of_the_entitys(book):
    book.rule("wholesale", kind="steps", steps="15: 1.5", rate=None)
    whole = book.item(customer=book.customer(segment="wholesale"))
    plain = book.item(customer=book.customer(segment="retail"))
    book.propose()
    assert {offer.item_id: offer.best_discount for offer in book.proposed()} == {
        whole.pk: Decimal("150.00"), plain.pk: Decimal("73.97"),
    }  # fmt: skip
    book.rule("wholesale", on=DAY + timedelta(days=1), offers=False)
    book.propose(DAY + timedelta(days=1))
    assert [offer.item_id for offer in book.proposed() if offer.state == "proposed"] == [plain.pk]


def test_a_version_counts_from_its_day_on(book):
    book.rule(on=DAY + timedelta(days=1), rate=Decimal(18))
    book.item()
    book.propose()
    assert book.proposed()[0].best_discount == Decimal("73.97")
    book.propose(DAY + timedelta(days=1))
    # 18 x 29 / 365 = 1.43013699 %
    assert book.proposed()[-1].best_discount == Decimal("143.01")


def test_the_budget_of_a_month_is_used_by_the_largest_that_fit(book):
    """150.00 a month: of 147.95 (20,000.00), 73.97 (10,000.00) and 5.18 (700.00, its least) only the first fits, and
    what is left of it, 2.05, is too little for the others. In April there is a budget again."""
    book.rule(budget=Decimal("150.00"))
    for money in ("700.00 EUR", "10000.00 EUR", "20000.00 EUR"):
        book.item(money, due=DUE + timedelta(days=60) if money.startswith("1") else DUE)
    run = book.propose()
    (offer,) = book.proposed()
    assert (offer.amount, offer.best_discount, run.over_budget) == (20_000, Decimal("147.95"), 2)
    run = book.propose(DUE)
    assert [(each.amount, each.state) for each in book.proposed()] == [(20_000, "dropped"), (10_000, "proposed")]


def test_what_a_rule_offers_unasked_goes_out_at_once(book):
    book.rule("wholesale", unasked=True)
    book.item(customer=book.customer(segment="wholesale"))
    book.item("5000.00 EUR")
    waits = book.propose()
    assert [(run.state, run.items) for run in EarlyOfferRun.objects.order_by("pk")] == [
        ("approved", 1), ("proposed", 1),
    ]  # fmt: skip
    assert (waits.state, Message.objects.count()) == ("proposed", 1)


def test_without_a_rule_that_offers_nothing_is_proposed(book):
    book.rule(offers=False)
    book.item()
    assert book.propose() is None
    assert not EarlyOfferRun.objects.exists()


def test_many_items_take_no_more_statements_than_one(book):
    counts = []
    for day, count in ((DAY, 1), (DAY + timedelta(days=1), 12)):
        for _ in range(count):
            book.item()
        with CaptureQueriesContext(connection) as caught:
            book.propose(day)
        counts.append(len(caught))
        EarlyOfferRun.objects.filter(state="proposed").update(state="cancelled", decided_on=day)
        EarlyOffer.objects.filter(state="proposed").update(state="dropped")
    assert counts[0] == counts[1] <= 25


def test_the_tick_proposes_once_a_day(book):
    book.item(due=date.today() + timedelta(days=40), issued=date.today() - timedelta(days=50))  # noqa: DTZ011
    rules.change(book.entity, Wanted(rate=Decimal(10)), on=DAY, actor=SYSTEM)
    assert proposing.propose_due()["items"] == 1
    assert proposing.propose_due() == {"items": 0, "ended": 0}
    assert EarlyOfferRun.objects.count() == 1


# --- The rule


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"rate": None}, "rate"),
        ({"rate": Decimal(101)}, "rate"),
        ({"kind": "steps", "steps": ""}, "steps"),
        ({"kind": "steps", "steps": "20: 4"}, "steps"),
        ({"kind": "steps", "steps": "x"}, "steps"),
        ({"most_percent": Decimal(51)}, "most_percent"),
        ({"least_percent": Decimal(4)}, "least_percent"),
        ({"least_days": 0}, "least_days"),
        ({"budget": Decimal(0)}, "budget"),
        ({"minimum": Decimal("0.001")}, "minimum"),
        ({"least_discount": Decimal(-1)}, "least_discount"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_its_field(book, wrong, field):
    with pytest.raises(OfferRuleRefused) as refused:
        book.rule(**wrong)
    assert refused.value.field == field
    assert EarlyOfferRule.objects.count() == 1


def test_the_same_rule_again_is_no_version_and_who_comes_later_is_told(book):
    assert book.rule().version == 1
    assert book.rule(rate=Decimal(10)).version == 2
    with pytest.raises(OfferRuleRefused, match="changed it meanwhile"):
        rules.change(book.entity, Wanted(rate=Decimal(11)), on=DAY, actor=MANAGER, seen=1)


def test_a_rule_says_what_it_costs():
    steps = Wanted(kind="steps", steps="20: 2; 10: 1", rate=None)
    assert [each.says for each in rules.costs(steps)] == [
        "2 % 20 days early costs 37.2 % a year.", "1 % 10 days early costs 36.9 % a year.",
    ]  # fmt: skip
    assert rules.costs(Wanted())[-1].says == "0.123 % 5 days early costs 9.0 % a year."
