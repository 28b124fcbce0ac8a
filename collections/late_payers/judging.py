"""Of whom a rule holds as of a day: from invoices, what settled them and when, and disputes, in one statement.

- Looked at is every invoice that was due before the day and, within the months of the rule, due or still owed.
- What was credited, corrected, deducted as a discount or kept by a bank was never to be paid; nobody is late with it.
- Money counts from the day it was there, however late it was applied; one that came back never was, once it had.
- What was written off was owed until then, and never paid.
- Each day on which the invoice was disputed is taken off the days it was late.
- An invoice that is open and not late yet says nothing either way.

Everything is read as it was known on the day, so a day that has passed is judged as it was then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.collections.models import LatePayerRule
from o2c.core.money import plain
from o2c.invoicing.models import OpenItem
from o2c.orders.models import LegalEntity

Kind = OpenItem.Kind
RELIEVED = [Kind.CREDIT_NOTE, Kind.CORRECTION, Kind.DISCOUNT, Kind.CHARGE]

ITEMS = """
    WITH due AS MATERIALIZED (
        SELECT i.id, i.customer_id, i.number, i.currency, i.due_on, i.amount, i.disputed_on, first.on,
            CASE WHEN i.currency = %(base)s THEN 1
                ELSE coalesce(i.base_amount / i.amount,
                    invoicing_rate(%(base)s, %(as_of)s) / invoicing_rate(i.currency, %(as_of)s), 1) END AS rate
        FROM invoicing_openitem i
        CROSS JOIN (SELECT (%(as_of)s::date - make_interval(months => %(months)s))::date AS on) first
        WHERE i.entity_id = %(entity)s AND i.kind = 'invoice' AND i.amount > 0
            AND i.due_on < %(as_of)s AND i.counts_from <= %(as_of)s
            AND (%(customers)s::bigint[] IS NULL OR i.customer_id = ANY(%(customers)s))
            AND (i.due_on >= first.on OR i.open_amount > 0 OR EXISTS (
                SELECT FROM invoicing_allocation a WHERE a.debit_item_id = i.id AND a.counts_from >= first.on))
    ), settled AS MATERIALIZED (
        SELECT d.id, a.amount, c.kind = ANY(%(relieved)s) AS relieved,
            greatest(least(a.effective_on, c.effective_on), d.due_on) AS on
        FROM due d
        JOIN invoicing_allocation a ON a.debit_item_id = d.id AND a.amount > 0 AND a.counts_from <= %(as_of)s
        JOIN invoicing_openitem c ON c.id = a.credit_item_id
        LEFT JOIN invoicing_allocation undone ON undone.reverses_id = a.id AND undone.counts_from <= %(as_of)s
        WHERE undone.id IS NULL
    ), contested AS (
        SELECT id, range_agg(daterange(since, until)) AS days FROM (
            SELECT d.id, o.opened_on AS since, least(coalesce(o.closed_on, %(as_of)s), %(as_of)s) AS until
            FROM due d JOIN collections_dispute o ON o.item_id = d.id AND o.opened_on < %(as_of)s
            UNION ALL
            SELECT d.id, d.disputed_on, %(as_of)s FROM due d WHERE d.disputed_on < %(as_of)s
        ) spans WHERE since < until GROUP BY id
    ), portion AS (
        SELECT id, amount, s.on, true AS paid FROM settled s WHERE NOT relieved
        UNION ALL
        SELECT d.id, d.amount - coalesce(sum(s.amount), 0), %(as_of)s, false
        FROM due d LEFT JOIN settled s ON s.id = d.id
        GROUP BY d.id, d.amount HAVING d.amount > coalesce(sum(s.amount), 0)
    ), waited AS (
        SELECT p.id, p.amount, p.paid, p.on, p.on - d.due_on - coalesce((
                SELECT sum(upper(span) - lower(span))
                FROM unnest(c.days * datemultirange(daterange(d.due_on, p.on))) span), 0) AS days
        FROM portion p JOIN due d ON d.id = p.id LEFT JOIN contested c ON c.id = p.id
    ), item AS MATERIALIZED (
        SELECT d.id, d.customer_id, d.number, d.currency, d.due_on, d.rate, w.*,
            w.late_amount * d.rate >= %(minimum)s AND w.late_amount > 0 AS late
        FROM due d JOIN (
            SELECT id AS item_id, sum(amount) AS owed, sum(amount * days) AS weighed, max(days) AS days,
                coalesce(sum(amount) FILTER (WHERE days > %(days_late)s), 0) AS late_amount,
                bool_or(NOT paid) AS is_open, max("on") AS last_on
            FROM waited GROUP BY id
        ) w ON w.item_id = d.id
        WHERE (d.due_on >= d.on OR w.is_open OR w.last_on >= d.on) AND (NOT w.is_open OR w.late_amount > 0)
    )
"""
CUSTOMERS = f"""{ITEMS}, judged AS (
        SELECT customer_id, count(*) AS invoices, count(*) FILTER (WHERE late) AS late,
            coalesce(sum(round(late_amount * rate, core_minor_unit(%(base)s))) FILTER (WHERE late), 0) AS late_amount,
            round(sum(weighed * rate) / sum(owed * rate), 1) AS average
        FROM item GROUP BY customer_id
    )
    SELECT customer_id, invoices, late, late_amount, average, holds FROM (
        SELECT *, late >= %(least_invoices)s
            AND (%(least_share)s::int IS NULL OR late * 100 >= invoices * %(least_share)s::int)
            AND (%(least_average)s::int IS NULL OR average >= %(least_average)s::int) AS holds
        FROM judged
    ) told
    WHERE holds OR %(all)s ORDER BY customer_id
"""  # noqa: S608 made of our own words
OF_CUSTOMER = f"""{ITEMS}
    SELECT item_id, number, currency, due_on, owed, late_amount, days, is_open, last_on, late
    FROM item ORDER BY late DESC, due_on, item_id LIMIT %(most)s
"""  # noqa: S608


@dataclass(frozen=True)
class Judged:
    """A customer's figures by a rule: invoices that were looked at, and those late; the amount is in the base currency,
    the average in days, weighed by the amount."""

    customer_id: int
    invoices: int
    late: int
    late_amount: Decimal
    average: Decimal
    holds: bool

    @property
    def share(self) -> int:
        return self.late * 100 // self.invoices if self.invoices else 0


@dataclass(frozen=True)
class JudgedItem:
    """An invoice as the rule sees it: what was to be paid in money, what of it late, and the most days it waited."""

    item_id: int
    number: str
    currency: str
    due_on: date
    owed: Decimal
    late_amount: Decimal
    days: int
    is_open: bool
    last_on: date
    late: bool


def _facts(entity: LegalEntity, as_of: date, rule, customers: Iterable[int] | None) -> dict:
    names = ("months", "days_late", "minimum", "least_invoices", "least_share", "least_average")
    return {name: getattr(rule, name) for name in names} | {
        "entity": entity.pk,
        "base": entity.base_currency,
        "as_of": as_of,
        "customers": None if customers is None else sorted(set(customers)),
        "relieved": [kind.value for kind in RELIEVED],
    }


def holding(entity: LegalEntity, as_of: date, rule, customers: Iterable[int] | None = None) -> list[Judged]:
    """The customers of whom the rule holds on a day; `rule` is a version, or one that is only wanted."""
    return _judge(entity, as_of, rule, customers, everybody=False)


def of(entity: LegalEntity, as_of: date, rule, customers: Iterable[int]) -> dict[int, Judged]:
    """The figures of these customers, whether it holds of them or not; by their ids."""
    return {each.customer_id: each for each in _judge(entity, as_of, rule, customers, everybody=True)}


def _judge(entity: LegalEntity, as_of: date, rule, customers, *, everybody: bool) -> list[Judged]:
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, _facts(entity, as_of, rule, customers) | {"all": everybody})
        return [Judged(*row) for row in cursor.fetchall()]


def items(entity: LegalEntity, as_of: date, rule, customer_id: int, most: int = 50) -> list[JudgedItem]:
    """The customer's invoices that were looked at, the late ones first, the earliest due first."""
    with connection.cursor() as cursor:
        cursor.execute(OF_CUSTOMER, _facts(entity, as_of, rule, [customer_id]) | {"most": most})
        return [JudgedItem(*row) for row in cursor.fetchall()]


def sentence(found: Judged, rule: LatePayerRule, currency: str) -> str:
    """Why the rule holds, with the figures: "4 of 6 invoices were more than 10 days late within 12 months …"; to be
    shown by `formats.sentence`."""
    late = f"more than {rule.days_late} day{'' if rule.days_late == 1 else 's'} late" if rule.days_late else "late"
    months = "month" if rule.months == 1 else f"{rule.months} months"
    return (
        f"{found.late} of {found.invoices} invoice{'' if found.invoices == 1 else 's'}"
        f" {'was' if found.late == 1 else 'were'} {late} within {months} ({found.share} %):"
        f" {plain(found.late_amount, currency)} {currency}, {found.average} days late on"
        f" average (rule v{rule.version})."
    )
