"""What is recommended of chronic accounts, and by which numbers; what people have said about a debt is not chronic."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from o2c.collections import activities, disputes, handing_over, holds, placements, promises
from o2c.collections.chronic import recommending, rules
from o2c.collections.chronic.rules import RulesRefused, Wanted
from o2c.collections.models import Activity, Agency, ChronicRules, DunningLevel, DunningPolicy
from o2c.core.actors import SYSTEM
from o2c.invoicing import cash
from o2c.orders.models import Account
from tests.collections.chronic.conftest import DAY
from tests.scenarios.test_dunning_stories import DUE, Story


def standing(customer, value: str) -> None:
    Account.objects.filter(customer=customer).update(standing=value, standing_reason="x")


def test_an_open_account_is_to_be_held_once_it_is_overdue_for_longer_than_the_rules_say(office):
    customer = office.owes(90)
    assert office.act(customer) is None
    assert office.act(customer, DAY + timedelta(days=1)) == "hold"


def test_the_numbers_are_by_age_without_what_is_contested_and_the_sentence_says_them(office, given):
    """1,000.00 for 100 days and 200.00 for 10; 300.00 for 120 days is disputed; 50.00 was paid 70 days ago."""
    customer = office.owes(100)
    office.owes(10, "200.00 EUR", customer)
    contested = given.open_item("300.00 EUR", customer=customer, due=DAY - timedelta(days=120))
    disputes.open(contested, reason="Broken", on=DAY - timedelta(days=20), actor=SYSTEM)
    paid = given.open_item("50.00 EUR", customer=customer, due=DAY - timedelta(days=80))
    given.pay(paid, on=DAY - timedelta(days=70))
    activities.log_call(customer, Activity.Outcome.NO_ANSWER, actor=office.boss, entity=office.entity)
    (found,) = office.recommended()
    assert (found.overdue, found.to_30, found.to_90, found.to_180, found.older) == (1200, 200, 0, 1000, 0)
    assert (found.oldest, found.disputed, found.disputes, found.unpaid_for) == (100, 300, 1, 70)
    assert found.sentence() == (
        "1200.00 EUR overdue, the oldest for 100 days; nothing paid for 70 days; 300.00 EUR more in dispute;"
        " the account is open, so sell nothing more on credit."
    )


def test_who_has_paid_something_lately_is_not_chronic(office, given):
    customer = office.owes(200)
    given.pay(customer.items.get(), "10.00 EUR", on=DAY - timedelta(days=60))
    assert office.act(customer) is None
    assert office.act(customer, DAY + timedelta(days=1)) == "hold"


def test_money_that_came_back_was_no_payment_and_money_on_account_is_one(office, given):
    customer, other = office.owes(200), office.owes(200)
    receipt = given.pay(customer.items.get(), "10.00 EUR", on=DAY - timedelta(days=20))
    cash.reverse(receipt, on=DAY - timedelta(days=10), actor=SYSTEM)
    assert office.act(customer) == "hold"
    given.receipt("10.00 EUR", customer=other, on=DAY - timedelta(days=20))
    assert office.act(other) is None


@pytest.mark.parametrize("said", ["disputed", "promised", "held", "handed over"])
def test_what_somebody_has_said_or_agreed_about_a_debt_is_left_alone(office, given, said):
    customer = office.owes(400)
    item = customer.items.get()
    if said == "disputed":
        disputes.open(item, reason="Broken", on=DAY, actor=SYSTEM)
    elif said == "promised":
        promises.record(
            customer=customer, entity=office.entity, items=[(item, item.open_amount)], promised_on=DAY,
            pay_by=DAY + timedelta(days=5), actor=SYSTEM,
        )  # fmt: skip
    elif said == "held":
        holds.place(customer=customer, reason="Insolvency administrator", from_on=DAY, actor=SYSTEM)
    else:
        agency = Agency.objects.create(entity=office.entity, code="A", name="Agency")
        placements.place(agency, [item.pk], reason="x", on=DAY, actor=SYSTEM)
    assert office.act(customer) is None


def test_small_debts_and_other_legal_entities_are_not_looked_at(office, given):
    assert office.act(office.owes(200, "99.99 EUR")) is None
    assert office.act(office.owes(200, "100.00 EUR")) == "hold"
    other = given.entity("FR1")
    customer = given.customer(entity=other)
    given.open_item("1000.00 EUR", customer=customer, entity=other, due=DAY - timedelta(days=200))
    assert [found.customer_id for found in office.recommended()] != [customer.pk]
    ChronicRules.objects.all().delete()
    assert office.recommended() == []


def test_a_blocked_account_is_to_be_ended_after_its_days_and_recommended_nothing_before(office):
    customer = office.owes(180)
    standing(customer, "blocked")
    assert office.act(customer) is None
    assert office.act(customer, DAY + timedelta(days=1)) == "exit"
    standing(customer, "closed")
    assert office.act(customer, DAY + timedelta(days=1)) is None
    standing(customer, "open")
    assert office.act(customer, DAY + timedelta(days=1)) == "hold"


def test_what_hand_overs_recommend_is_recommended_here_by_the_same_rule(given):
    """Two levels, the last on 16 March 2026; twenty days later an agency should have it; 91 days late it is chronic."""
    story = Story(given)
    DunningLevel.objects.filter(number__gt=2).delete()
    DunningPolicy.objects.update(hands_over_after=20)
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.told(item, 33) == [(3, 1), (14, 2)]
    rules.change(story.entity, Wanted(), actor=SYSTEM)
    day = DUE + timedelta(days=91)
    (found,) = recommending.recommended([story.entity], day)
    assert (found.act, found.due, found.currency, found.notices) == ("hand_over", 1000, "EUR", 2)
    assert found.sentence().endswith("every level was told of 1000.00 EUR, so hand it over.")
    (other,) = handing_over.recommended([story.entity], day)
    assert (other.customer_id, other.total) == (found.customer_id, found.due)
    holds.place(customer=item.customer, item=item, reason="Insolvent", from_on=day, actor=SYSTEM)
    assert recommending.recommended([story.entity], day) == handing_over.recommended([story.entity], day) == []


def test_a_debt_is_to_be_written_off_where_nobody_collects_or_an_agency_gave_it_back(office):
    customer = office.owes(365)
    assert office.act(customer, DAY + timedelta(days=1)) == "write_off"
    agency = Agency.objects.create(entity=office.entity, code="A", name="Agency")
    assert office.act(customer, DAY + timedelta(days=1)) == "hold"
    placement = placements.place(agency, [customer.items.get().pk], reason="x", on=DAY, actor=SYSTEM)
    assert office.act(customer, DAY + timedelta(days=1)) is None
    placements.give_back(placement, reason="Nothing to be had", on=DAY + timedelta(days=1), actor=SYSTEM)
    (found,) = office.recommended(on=DAY + timedelta(days=1))
    assert (found.act, found.given_back) == ("write_off", 1)
    assert found.sentence().endswith("an agency has given it back, so write it off.")
    office.rule(write_off_days=None)
    assert office.act(customer, DAY + timedelta(days=1)) == "hold"


def test_other_currencies_count_at_the_rate_of_the_day_and_the_largest_comes_first(office, given):
    given.rate("USD", "1.25", on=date(2025, 1, 1))
    dollars = office.owes(100, "2000.00 USD")
    euros = office.owes(100, "1599.99 EUR")
    assert [(found.customer_id, found.overdue) for found in office.recommended()] == [
        (dollars.pk, 1600), (euros.pk, Decimal("1599.99")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("overdue_days", 0), ("minimum", Decimal("0.001")), ("unpaid_days", 3651), ("exit_days", 89),
        ("write_off_days", 89),
    ],
)  # fmt: skip
def test_rules_of_nothing_are_refused_at_their_field(office, field, value):
    with pytest.raises(RulesRefused) as refused:
        rules.change(office.entity, Wanted(**{field: value}), actor=SYSTEM)
    assert refused.value.field == field
    assert ChronicRules.objects.get().minimum == 100


def test_it_is_one_statement_however_many_accounts(office, django_assert_num_queries):
    for _ in range(4):
        office.owes(200)
    with django_assert_num_queries(2):  # the rules, and it
        assert len(office.recommended()) == 4
