"""The months of a book, or of a part of it, side by side: what was owed at their ends and what came about in them."""

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from o2c.analytics.metrics.keeping import first_month
from o2c.analytics.models import Figure
from o2c.orders.models import LegalEntity

ZERO = Decimal(0)


class Sums(NamedTuple):
    """A figure of a month: so many, what they come to in base currency, their days, and amounts times days."""

    count: Decimal = ZERO
    amount: Decimal = ZERO
    days: int = 0
    amount_days: Decimal = ZERO


NOTHING = Sums()


@dataclass
class Month:
    """`owed` is what stood in each bucket at its end (the first day past due of each), None where that day is not
    kept; `ends` is the day it was looked at: the last one, or of the month that is not over the latest kept."""

    first: date
    ends: date
    owed: dict[int, Decimal] | None = None
    figures: dict[str, Sums] = field(default_factory=dict)

    @property
    def days(self) -> int:
        return (self.ends - self.first).days + 1

    def of(self, figure: Figure) -> Sums:
        return self.figures.get(figure.value, NOTHING)

    @property
    def receivables(self) -> Decimal | None:
        return None if self.owed is None else sum(self.owed.values(), ZERO)

    @property
    def not_due(self) -> Decimal | None:
        return None if self.owed is None else self.owed.get(0, ZERO)

    @property
    def sales(self) -> Decimal:
        """What was invoiced less what was credited, with tax, as receivables are."""
        return self.of(Figure.INVOICED).amount - self.of(Figure.CREDITED).amount


# What a book is cut by: the column of customers `c` or accounts `a` that says to which part it belongs.
CUTS = {
    "segment": "coalesce(a.segment, '')",
    "country": "c.country",
    "collector": "coalesce(u.username, '')",
    "customer": "c.number",
}
# Of customers only so many are told apart: those to whom most was sold, or who owe the most.
MOST_CUSTOMERS = 200

OWED = """
    SELECT '', s.day, s.bucket, sum(s.base_amount) FROM analytics_daysnapshot s
    WHERE s.entity_id = %(entity)s AND s.day = ANY(%(days)s) GROUP BY 2, 3
"""
FIGURES = """
    SELECT '', t.month, t.figure, t.count, t.amount, t.days, t.amount_days FROM analytics_monthtotal t
    WHERE t.entity_id = %(entity)s AND t.month = ANY(%(months)s)
"""
OF_PARTS = """
    JOIN orders_customer c ON c.id = x.customer_id
    LEFT JOIN orders_account a ON a.customer_id = c.id AND a.entity_id = %(entity)s
    LEFT JOIN core_user u ON u.id = a.collector_id
"""
# Summed up by customer first: a customer is looked up once.
OWED_OF_PARTS = """
    SELECT {KEY}, x.day, x.bucket, sum(x.amount) FROM (
        SELECT s.customer_id, s.day, s.bucket, sum(s.base_amount) AS amount FROM analytics_agingsnapshot s
        WHERE s.entity_id = %(entity)s AND s.day = ANY(%(days)s) {OF_THESE} GROUP BY 1, 2, 3
    ) x {OF_PARTS} GROUP BY 1, 2, 3
"""
FIGURES_OF_PARTS = """
    SELECT {KEY}, x.month, x.figure, sum(x.count), sum(x.amount), sum(x.days), sum(x.amount_days)
    FROM (
        SELECT s.* FROM analytics_monthfigure s
        WHERE s.entity_id = %(entity)s AND s.month = ANY(%(months)s) {OF_THESE}
    ) x {OF_PARTS} GROUP BY 1, 2, 3
"""
LARGEST = """
    AND s.customer_id IN (
        SELECT customer_id FROM (
            SELECT customer_id, base_amount AS amount FROM analytics_agingsnapshot
            WHERE entity_id = %(entity)s AND day = (%(days)s)[cardinality(%(days)s)]
            UNION ALL
            SELECT customer_id, amount FROM analytics_monthfigure
            WHERE entity_id = %(entity)s AND month = ANY(%(months)s) AND figure = 'invoiced'
        ) l GROUP BY 1 ORDER BY sum(amount) DESC NULLS LAST, 1 LIMIT %(most)s
    )
"""
KEPT = """SELECT day FROM analytics_snapshot WHERE entity_id = %(entity)s AND day = ANY(%(days)s)"""
LATEST = "SELECT max(day) FROM analytics_snapshot WHERE entity_id = %(entity)s AND day BETWEEN %(since)s AND %(until)s"


def whole(entity: LegalEntity, *, until: date, count: int) -> list[Month]:
    """The months of the whole book, the oldest first, the last one that of `until`. Four queries."""
    return _months(entity, until, count, OWED, FIGURES).get("") or _empty(entity, until, count)


def parts(
    entity: LegalEntity, by: str, *, until: date, count: int, most: int = MOST_CUSTOMERS
) -> dict[str, list[Month]]:
    """The same of each part of the book that a cut (`CUTS`) makes; of customers only of so many, the largest. Four
    queries, whatever the number of parts."""
    key = {"KEY": CUTS[by], "OF_PARTS": OF_PARTS, "OF_THESE": LARGEST if by == "customer" else ""}
    return _months(entity, until, count, OWED_OF_PARTS.format(**key), FIGURES_OF_PARTS.format(**key), most)


def _empty(entity: LegalEntity, until: date, count: int) -> list[Month]:
    with connection.cursor() as cursor:
        return list(_frame(cursor, entity, until, count)[0])


def _frame(cursor, entity: LegalEntity, until: date, count: int) -> tuple[list[Month], set[date]]:
    """The months without figures, and which of their ends are kept."""
    first = first_month(until, count)
    months = []
    for number in range(count):
        at = first.month - 1 + number
        begins = date(first.year + at // 12, at % 12 + 1, 1)
        months.append(Month(begins, begins.replace(day=monthrange(begins.year, begins.month)[1])))
    last = months[-1]
    cursor.execute(LATEST, {"entity": entity.pk, "since": last.first, "until": min(until, last.ends)})
    last.ends = cursor.fetchone()[0] or min(until, last.ends)
    cursor.execute(KEPT, {"entity": entity.pk, "days": [month.ends for month in months]})
    return months, {day for (day,) in cursor.fetchall()}


def _months(
    entity: LegalEntity, until: date, count: int, owed: str, figures: str, most: int = 0
) -> dict[str, list[Month]]:
    with connection.cursor() as cursor:
        frame, kept = _frame(cursor, entity, until, count)
        facts = {
            "entity": entity.pk,
            "days": [month.ends for month in frame],
            "months": [month.first for month in frame],
            "most": most,
        }
        cursor.execute(owed, facts)
        found_owed = cursor.fetchall()
        cursor.execute(figures, facts)
        found_figures = cursor.fetchall()
    made: dict[str, dict[date, Month]] = defaultdict(
        lambda: {month.first: Month(month.first, month.ends, {} if month.ends in kept else None) for month in frame}
    )
    for key, day, bucket, amount in found_owed:
        month = made[key][day.replace(day=1)]
        if month.owed is not None and amount is not None:
            month.owed[bucket] = amount
    for key, first, figure, *sums in found_figures:
        made[key][first].figures[figure] = Sums(*sums)
    return {key: list(months.values()) for key, months in made.items()}
