"""What paying early is worth: the discount of a day by a rule, and what a discount costs as a rate a year. Pure but for
`of_item`.

A rule is fixed steps (so many percent when paid so many days before due) or dynamic: an annual rate, of which a day
before due is worth a 365th (Actual/365 Fixed, whatever the year: 2006 ISDA Definitions, 4.16(d)). The percent of a day
is kept to ten places, so that the amount of a day is rounded once, to the currency.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from django.db.models import OuterRef, Subquery

from o2c.core.money import step
from o2c.invoicing.cash.discounts import Tier, whole
from o2c.invoicing.models import EarlyOffer, EarlyOfferRule

YEAR = 365
PLACES = Decimal("1e-10")
STEP = re.compile(r"\s*(\d{1,3})\s*:\s*(\d{1,2}(?:\.\d{1,3})?)\s*(?:%\s*)?")
MOST_STEPS = 6


class NotSteps(ValueError):
    """It is not a list of days and percent; the text says why."""


@dataclass(frozen=True)
class Terms:
    """What a rule grants. `steps`: days before due and percent, most days first. Percent under the least are none."""

    rate: Decimal | None = None
    steps: tuple[tuple[int, Decimal], ...] = ()
    least_percent: Decimal = Decimal(0)
    most_percent: Decimal = Decimal(50)

    @classmethod
    def of(cls, rule) -> "Terms":
        if rule.kind == EarlyOfferRule.Kind.DYNAMIC:
            return cls(rule.rate, (), rule.least_percent, rule.most_percent)
        return cls(None, steps(rule.steps), rule.least_percent, rule.most_percent)


def steps(text: str) -> tuple[tuple[int, Decimal], ...]:
    """Days before due and percent of "20: 2; 10: 1", most days first. Raises NotSteps."""
    found: dict[int, Decimal] = {}
    for part in filter(str.strip, text.split(";")):
        read = STEP.fullmatch(part)
        if read is None:
            raise NotSteps(f"{part.strip()!r} is not days and percent, such as 20: 2.")
        days, percent = int(read[1]), Decimal(read[2])
        if days in found:
            raise NotSteps(f"{days} days are there twice.")
        if not 1 <= days <= YEAR or percent <= 0:
            raise NotSteps(f"{part.strip()!r} needs 1 to {YEAR} days and more than no percent.")
        found[days] = percent
    if len(found) > MOST_STEPS:
        raise NotSteps(f"At most {MOST_STEPS} steps.")
    ordered = tuple(sorted(found.items(), reverse=True))
    if any(fewer[1] >= more[1] for more, fewer in pairwise(ordered)):
        raise NotSteps("Who pays earlier gets more: the percent must grow with the days.")
    return ordered


def steps_in_words(found: Iterable[tuple[int, Decimal]]) -> str:
    return "; ".join(f"{days}: {percent.normalize():f}" for days, percent in found)


def percent_on(terms: Terms, days: int) -> Decimal:
    """The percent for paying so many days before due; zero where there is none. It never falls with more days."""
    if days < 1:
        return Decimal(0)
    if terms.rate is not None:
        percent = (terms.rate * days / YEAR).quantize(PLACES, ROUND_HALF_UP)
    else:
        percent = next((percent for least, percent in terms.steps if days >= least), Decimal(0))
    percent = min(percent, terms.most_percent)
    return percent if percent and percent >= terms.least_percent else Decimal(0)


def tiers(
    terms: Terms, due_on: date, first_on: date, *, amount: Decimal, currency: str, least_discount: Decimal = Decimal(0)
) -> tuple[Tier, ...]:
    """Until which day how many percent, from a day on, the earliest first; days with the same percent are one tier.

    What is under the least discount, in the item's currency, or rounds to nothing is no tier.
    """
    found: list[Tier] = []
    for days in range((due_on - first_on).days, 0, -1):
        percent = percent_on(terms, days)
        discount = whole(amount, currency, percent)
        if not percent or discount < max(least_discount, step(currency)) or discount >= amount:
            continue
        tier = Tier(due_on - timedelta(days=days), percent, offered=True)
        if found and found[-1].percent == percent:
            found[-1] = tier
        else:
            found.append(tier)
    return tuple(found)


def annual(percent: Decimal, days: int) -> Decimal:
    """What a discount costs as a simple rate a year: percent / (100 - percent) x 365 / days, to a tenth of a percent.

    The price of trade credit of any text on corporate finance (Brealey, Myers and Allen, "Managing working capital").
    """
    return (percent / (100 - percent) * YEAR / days * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


def effective(cost: Decimal, earned: Decimal) -> Decimal | None:
    """The rate a year of several: what they cost over what the money that came times its days early would be for a
    year, in percent; None where no money came early."""
    return (cost * YEAR * 100 / earned).quantize(Decimal("0.1"), ROUND_HALF_UP) if earned else None


def kept(found: Iterable[Tier]) -> list[dict]:
    """Tiers as an offer keeps them."""
    return [{"until": tier.until.isoformat(), "percent": f"{tier.percent.normalize():f}"} for tier in found]


def read(told: Iterable[dict]) -> tuple[Tier, ...]:
    return tuple(Tier(date.fromisoformat(tier["until"]), Decimal(tier["percent"]), offered=True) for tier in told)


def of_item(column: str) -> Subquery:
    """A column of the offer that stands of an item, for a query of items."""
    return Subquery(EarlyOffer.objects.filter(item=OuterRef("pk"), state=EarlyOffer.State.OPEN).values(column)[:1])


@dataclass(frozen=True)
class Row:
    """A line of the table that a customer gets: what is paid until a day. `cost` is the rate a year, for staff."""

    until: date
    percent: Decimal
    discount: Decimal
    payable: Decimal
    cost: Decimal


def table(found: Iterable[Tier], amount: Decimal, currency: str, due_on: date, *, since: date) -> list[Row]:
    """What is paid until when, of the tiers that are not over."""
    rows = []
    for tier in found:
        if tier.until >= since:
            discount = whole(amount, currency, tier.percent)
            cost = annual(tier.percent, (due_on - tier.until).days)
            rows.append(Row(tier.until, tier.percent, discount, amount - discount, cost))
    return rows


def few(rows: list[Row], most: int = 8) -> list[Row]:
    """Of many rows so many, evenly, with the first and the last: a mail is no ledger."""
    if len(rows) <= most:
        return rows
    return [rows[round(place * (len(rows) - 1) / (most - 1))] for place in range(most)]
