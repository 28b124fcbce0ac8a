"""Debts that are handed over: recommended after the last level, with an agency, taken back, dunned where it stood."""

from datetime import date, timedelta

import pytest
from django.db import connection

from o2c.collections import holds, placements, why
from o2c.collections.models import Agency, DunningLevel, DunningPolicy, HandOverMinimum, Placement
from o2c.core.actors import Actor
from o2c.invoicing.models import OpenItem
from tests.scenarios.test_dunning_stories import DUE, Story, late

BOSS = Actor("boss")


@pytest.fixture
def story(given):
    """A policy of two levels, on the 3rd and the 14th day late, that hands over 20 days after the second."""
    story = Story(given)
    DunningLevel.objects.filter(number__gt=2).delete()
    DunningPolicy.objects.update(hands_over_after=20)
    return story


@pytest.fixture
def agency(given) -> Agency:
    return Agency.objects.create(entity=given.entity(), code="NORD", name="Nordinkasso")


def recommended(story: Story, day: date) -> dict[str, date]:
    """What the list says on a day: since when each item should be handed over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT item_id, since FROM dunning_hand_overs(%s, %s, NULL, NULL)", [day, story.entity.pk])
        rows = dict(cursor.fetchall())
    return {OpenItem.objects.get(pk=item_id).number: since for item_id, since in rows.items()}


def hand_over(agency: Agency, *items: OpenItem, on: date) -> Placement:
    return placements.place(agency, [item.pk for item in items], reason="No answer", on=on, actor=BOSS)


def test_an_item_is_recommended_handed_over_recalled_and_recommended_again(story, agency, given):
    """1,000.00 due 2 March 2026; last level on 16 March; recommended from 5 April; with the agency from 7 April, where
    400.00 are paid on 20 April; recalled on 4 May; recommended again from 24 May; paid on 1 June."""
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.told(item, 33) == [(3, 1), (14, 2)]
    assert recommended(story, date(2026, 4, 4)) == {}
    assert recommended(story, date(2026, 4, 5)) == {item.number: date(2026, 4, 5)}
    placement = hand_over(agency, item, on=date(2026, 4, 7))
    assert recommended(story, date(2026, 4, 7)) == {}
    assert story.run(date(2026, 4, 7)) == {}
    assert story.why(item, date(2026, 4, 7)) == "handed_over"
    said = why.of(item, date(2026, 4, 8))
    assert said.title == "Handed over"
    assert "Nordinkasso on 7 Apr 2026" in said.sentence
    assert why.of(item, date(2026, 4, 6)).reason == "last_level", "by what was so on the day"
    given.pay(item, "400.00 EUR", on=date(2026, 4, 20))
    assert story.run(date(2026, 4, 21)) == {}
    placements.recall(placement, reason="They want to pay us", on=date(2026, 5, 4), actor=BOSS)
    assert story.run(date(2026, 5, 4)) == {}
    assert story.why(item, date(2026, 5, 4)) == "last_level"
    assert recommended(story, date(2026, 5, 23)) == {}
    assert recommended(story, date(2026, 5, 24)) == {item.number: date(2026, 5, 24)}
    given.pay(item, on=date(2026, 6, 1))
    assert recommended(story, date(2026, 6, 2)) == {}
    placement.refresh_from_db()
    found = placements.figures([placement])[placement.pk]
    assert (found.claimed, found.paid, found.left, found.cost) == (1000, 400, 600, None)


def test_dunning_goes_on_at_the_next_level_after_a_hand_over_that_came_early(story, agency, given):
    item = given.open_item("1000.00 EUR", due=DUE)
    assert story.run(late(3)) == {item.number: 1}
    placement = hand_over(agency, item, on=late(5))
    assert story.run(late(14)) == {}
    assert story.why(item, late(14)) == "handed_over"
    placements.give_back(placement, reason="Too early", on=late(20), actor=BOSS)
    assert story.run(late(19)) == {}, "a day before is played as it was"
    assert story.run(late(20)) == {item.number: 2}


def test_it_waits_for_the_deadline_of_the_last_notice_and_the_days_of_the_bank(story, given):
    DunningLevel.objects.filter(number=2).update(days_to_pay=10)
    DunningPolicy.objects.update(bank_days=2, hands_over_after=5)
    item = given.open_item("1000.00 EUR", due=DUE)
    told = story.told(item, 20)
    assert told == [(5, 1), (16, 2)]
    assert recommended(story, late(16 + 10 + 2 + 4)) == {}
    assert recommended(story, late(16 + 10 + 2 + 5)) == {item.number: late(33)}


def test_all_of_a_customer_in_a_currency_is_worth_it_or_nothing(story, given):
    policy = DunningPolicy.objects.get()
    HandOverMinimum.objects.create(policy=policy, currency="EUR", amount=100)
    small = given.open_item("60.00 EUR", due=DUE)
    pound = given.open_item("1.00 GBP", due=DUE, customer=small.customer)
    second = given.open_item("39.99 EUR", due=DUE, customer=small.customer)
    large = given.open_item("100.00 EUR", due=DUE)
    story.told(small, 14)
    assert set(recommended(story, late(40))) == {large.number, pound.number}
    given.pay(second, "0.01 EUR", on=late(15))
    more = given.open_item("0.02 EUR", due=DUE, customer=small.customer)
    for days in (20, 31):
        story.run(late(days))
    assert set(recommended(story, late(60))) == {large.number, pound.number, small.number, second.number, more.number}


@pytest.mark.parametrize("what", ["promise", "dispute", "hold", "money"])
def test_what_holds_dunning_back_holds_the_recommendation_back(story, given, what):
    item = given.open_item("1000.00 EUR", due=DUE)
    story.told(item, 14)
    day = late(40)
    assert recommended(story, day) == {item.number: late(34)}
    if what == "promise":
        story.promise(item, on=day, by=day + timedelta(days=3))
    elif what == "dispute":
        OpenItem.objects.filter(pk=item.pk).update(disputed_on=day)
    elif what == "hold":
        holds.place(customer=item.customer, reason="Talks", from_on=day, actor=BOSS)
    else:
        given.receipt("1000.00 EUR", customer=item.customer, on=day)
    assert recommended(story, day) == {}


def test_without_a_policys_word_nothing_is_recommended(story, given):
    DunningPolicy.objects.update(hands_over_after=None)
    item = given.open_item("1000.00 EUR", due=DUE)
    story.told(item, 14)
    assert recommended(story, late(400)) == {}
