"""What comes in, week by week, of what is open: from the same spreads as the scores, so that the two agree.

A week's expected money is exact: each amount times its chance. How far it may be off is drawn: many times one day of
payment for each item, with one number of chance a customer, since who pays late pays all of it late. The draws are the
same each time.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

from django.db import connection

from o2c.analytics.scoring import facts
from o2c.analytics.scoring.items import HIGH, LOW, MIDDLE, learn, spreads
from o2c.core.money import minor_unit

WEEK = timedelta(days=7)
MOST_WEEKS = 104
DRAWS, SEED = 500, 1


@dataclass(frozen=True, slots=True)
class Claim:
    """An open amount in minor units, with the chance that it is paid by the end of each week."""

    customer: tuple[int, int]
    currency: str
    amount: int
    by: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from `start`; what comes in is None where there is no history to tell from."""

    start: date
    currency: str
    expected: Decimal | None = None
    p10: Decimal | None = None
    p50: Decimal | None = None
    p90: Decimal | None = None


def forecast(as_of: date, weeks: int, *, entity_id: int | None = None) -> list[Week]:
    """The weeks after the end of the day, the first beginning on the next, by week and currency.

    A promise whose day is still to come takes the due date's place.
    """
    promised = _promised(as_of)
    rows = [row._replace(due_on=promised.get(row.item_id, row.due_on)) for row in facts.open_items(as_of, entity_id)]
    book = learn(as_of, customers={(row.entity_id, row.customer_id) for row in rows})
    starts = [as_of + timedelta(days=1) + WEEK * number for number in range(weeks)]
    currencies = sorted({row.currency for row in rows})
    if book.cohorts is None:
        return [Week(start, currency) for start in starts for currency in currencies]
    claims = []
    for row, spread in spreads(book, rows):
        given = (as_of - row.due_on).days
        by = tuple(1 - spread.unpaid(given + 7 * (number + 1), given=given) for number in range(weeks))
        amount = int(row.balance.scaleb(minor_unit(row.currency)))
        claims.append(Claim((row.entity_id, row.customer_id), row.currency, amount, by))
    told = {currency: outlook([c for c in claims if c.currency == currency], weeks) for currency in currencies}
    return [
        Week(start, currency, *(Decimal(each).scaleb(-minor_unit(currency)) for each in told[currency][number]))
        for number, start in enumerate(starts)
        for currency in currencies
    ]


def _promised(as_of: date) -> dict[int, date]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT item_id, pay_by FROM collections_promised(%(as_of)s) WHERE pay_by > %(as_of)s",
                       {"as_of": as_of})  # fmt: skip
        return dict(cursor.fetchall())


def outlook(claims: Sequence[Claim], weeks: int, draws: int = DRAWS) -> list[tuple[int, int, int, int]]:
    """Per week: expected, and what it comes to at most with one, five and nine chances in ten, in minor units."""
    expected = [0.0] * weeks
    by_customer: dict[tuple[int, int], list[Claim]] = defaultdict(list)
    for claim in claims:
        by_customer[claim.customer].append(claim)
        for number, (before, after) in enumerate(pairwise((0.0, *claim.by))):
            expected[number] += claim.amount * (after - before)
    drawn: list[list[int]] = [[0] * draws for _ in range(weeks)]
    dice = Random(SEED)  # noqa: S311 no secret hangs on it
    for theirs in by_customer.values():
        for draw in range(draws):
            luck = dice.random()
            for claim in theirs:
                number = bisect_right(claim.by, luck)
                if number < weeks:
                    drawn[number][draw] += claim.amount
    for sums in drawn:
        sums.sort()
    places = [min(int(share * draws), draws - 1) for share in (LOW, MIDDLE, HIGH)]
    return [(round(expected[number]), *(drawn[number][place] for place in places)) for number in range(weeks)]
