"""The pure rule of early-payment offers: what a day is worth, what it costs as a rate a year."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st

from o2c.core.money import step
from o2c.invoicing import early_offers
from o2c.invoicing.cash import discounts
from o2c.invoicing.early_offers import NotSteps, Terms, annual, percent_on

DUE = date(2026, 4, 1)
FIRST = date(2026, 3, 2)  # thirty days before
NINE = Terms(rate=Decimal(9))
STEPS = Terms(steps=((20, Decimal(2)), (10, Decimal(1))))


@pytest.mark.parametrize(
    ("days", "percent", "off", "cost"),
    [(30, "0.7397260274", "73.97", "9.1"), (20, "0.4931506849", "49.32", "9.0"), (1, "0.0246575342", "2.47", "9.0")],
)
def test_a_day_is_worth_a_365th_of_the_rate(days, percent, off, cost):
    """9 % a year of 10,000.00: 30 days are 9 x 30 / 365 = 0.7397260274 %, 73.97; 20 days 0.4931506849 %, 49.32; a
    day 2.47 (2.4658). The cost of 30 days: 0.73973 / 99.26027 x 365 / 30 = 9.07 %."""
    found = percent_on(NINE, days)
    assert (found, discounts.whole(Decimal(10_000), "EUR", found)) == (Decimal(percent), Decimal(off))
    assert annual(found, days) == Decimal(cost)


@pytest.mark.parametrize(
    ("percent", "days", "cost"), [("2", 20, "37.2"), ("3", 30, "37.6"), ("1", 10, "36.9"), ("2", 30, "24.8")]
)
def test_the_cost_is_a_rate_a_year(percent, days, cost):
    """2 % 20 days early: 2 / 98 x 365 / 20 = 37.24 %; 3 % 30 days early: 3 / 97 x 365 / 30 = 37.63 %."""
    assert annual(Decimal(percent), days) == Decimal(cost)


def test_the_rate_of_several_is_what_they_cost_over_what_their_money_would_earn():
    """20.00 for 980.00 that came 20 days early, and 73.97 for 9,926.03 that came 30 days early: 93.97 x 365 /
    (19,600 + 297,780.90) = 10.8 % a year."""
    assert early_offers.effective(Decimal("93.97"), Decimal("317380.90")) == Decimal("10.8")
    assert early_offers.effective(Decimal(0), Decimal(0)) is None


@pytest.mark.parametrize(("days", "percent"), [(30, 2), (20, 2), (19, 1), (10, 1), (9, 0), (0, 0), (-1, 0)])
def test_a_step_counts_from_its_days_on(days, percent):
    assert percent_on(STEPS, days) == percent


def test_the_tiers_are_the_days_with_the_same_percent_joined():
    found = early_offers.tiers(STEPS, DUE, FIRST, amount=Decimal(1000), currency="EUR")
    assert [(tier.until, tier.percent) for tier in found] == [(date(2026, 3, 12), 2), (date(2026, 3, 22), 1)]
    found = early_offers.tiers(NINE, DUE, FIRST, amount=Decimal(10_000), currency="EUR", least_discount=Decimal(10))
    # 10.00 are reached four or five days before: 9 x 4 / 365 % are 9.86, of five days 12.33
    assert (len(found), found[0].until, found[-1].until) == (26, FIRST, date(2026, 3, 27))


def test_never_more_than_the_most_nor_less_than_the_least():
    """9 % a year, at most 0.5 %, at least 0.25 %: 0.5 % from 21 days on (20.3), none under 11 (10.1)."""
    terms = Terms(Decimal(9), (), Decimal("0.25"), Decimal("0.5"))
    assert [percent_on(terms, days) for days in (30, 21, 20, 10)] == [
        Decimal("0.5"), Decimal("0.5"), Decimal("0.4931506849"), 0,
    ]  # fmt: skip
    found = early_offers.tiers(terms, DUE, FIRST, amount=Decimal(1000), currency="EUR")
    assert found[0].until == DUE - timedelta(days=21)


def test_a_currency_without_cents_has_none():
    found = early_offers.tiers(NINE, DUE, FIRST, amount=Decimal(10_000), currency="JPY")
    rows = early_offers.table(found, Decimal(10_000), "JPY", DUE, since=FIRST)
    assert [(row.discount, row.payable) for row in rows[:1]] == [(74, 9926)]
    assert all(row.discount >= 1 for row in rows)


def test_what_is_kept_is_read_as_it_was():
    found = early_offers.tiers(NINE, DUE, FIRST, amount=Decimal(10_000), currency="EUR")
    assert early_offers.read(early_offers.kept(found)) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("20", "is not days and percent"),
        ("20: 2; 20: 1", "there twice"),
        ("0: 2", "1 to 365 days"),
        ("20: 0", "more than no percent"),
        ("20: 1; 10: 2", "must grow"),
        ("; ".join(f"{days}: {days}" for days in range(1, 8)), "At most 6"),
    ],
)
def test_what_is_no_list_of_steps_is_refused(text, says):
    with pytest.raises(NotSteps, match=says):
        early_offers.steps(text)


def test_steps_are_put_in_order():
    found = early_offers.steps(" 10 : 1 ; 20:2.50 %")
    assert found == ((20, Decimal("2.50")), (10, Decimal(1)))
    assert early_offers.steps_in_words(found) == "20: 2.5; 10: 1"


percents = st.decimals(Decimal("0.001"), Decimal(50), places=3)
rules = st.builds(
    lambda rate, bounds: Terms(rate, (), min(bounds), max(bounds)),
    st.decimals(Decimal("0.001"), Decimal(100), places=3), st.tuples(percents, percents),
) | st.builds(
    lambda days, grants: Terms(
        None, tuple(zip(sorted(days, reverse=True), sorted(grants, reverse=True), strict=False))
    ),
    st.sets(st.integers(1, 120), min_size=1, max_size=6), st.sets(percents, min_size=6, max_size=6),
)  # fmt: skip


@hypothesis_given(
    terms=rules,
    amount=st.integers(1, 10**11),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    days=st.integers(1, 40),
    least=st.integers(0, 10_000),
)
def test_paying_earlier_is_never_worth_less_and_always_within_the_bounds(terms, amount, currency, days, least):
    """The tiers against each day by itself: what a day is worth does not depend on which days there are beside it."""
    owed, least = amount * step(currency), least * step(currency)
    first = DUE - timedelta(days=days)
    found = early_offers.tiers(terms, DUE, first, amount=owed, currency=currency, least_discount=least)
    worth = []
    for before in range(days, 0, -1):
        day = DUE - timedelta(days=before)
        tier = discounts.tier_on(found, day, grace_days=7)
        off = discounts.whole(owed, currency, tier.percent) if tier else Decimal(0)
        alone = discounts.whole(owed, currency, percent_on(terms, before))
        assert off == (alone if alone >= max(least, step(currency)) and alone < owed else 0)
        assert tier is None or terms.least_percent <= tier.percent <= terms.most_percent
        worth.append(off)
    earned = [off for off in worth if off]
    assert earned == sorted(earned, reverse=True)
    assert discounts.tier_on(found, DUE) is None
    assert list(worth) == sorted(worth, reverse=True) or max(worth) < owed
