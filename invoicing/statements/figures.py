"""What customers owed on a day and how it came about, of many customers in a few statements, never one a customer.

What is open, and of which day, is `invoicing_balances`; the ages are the buckets of `aging`. A movement is whatever
changed what a customer owes: an item booked, reversed or not, and a settlement with an item of somebody else. One
between two items of the same customer moves nothing. It counts on the later of its accounting day and the day the
business knew of it, as in every balance here: so opening and movements always come to what is open at the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection, transaction

from o2c.invoicing.aging import DEFAULT_BOUNDS, bucket_names
from o2c.invoicing.models import StatementRun

Kind = StatementRun.Kind


class NotTied(Exception):
    """Opening balance and movements do not come to what is open: rather no statement than a wrong one."""


@dataclass(frozen=True)
class Line:
    """An open item as of the statement's day; `days_late` is negative before it is due."""

    item_id: int
    entity: str
    number: str
    kind: str
    issued_on: date
    due_on: date
    days_late: int
    currency: str
    amount: Decimal
    open: Decimal
    disputed: bool
    bucket: str


@dataclass(frozen=True)
class Movement:
    """What changed the balance, positive where the customer then owes more; `item_id` is the item that it is about."""

    item_id: int
    kind: str
    number: str
    on: date
    currency: str
    amount: Decimal


@dataclass
class InCurrency:
    """A customer's statement in one currency. Of open items there is neither an opening nor a movement."""

    currency: str
    opening: Decimal = Decimal(0)
    movements: list[Movement] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((line.open for line in self.lines), Decimal(0))

    @property
    def overdue(self) -> Decimal:
        """What is past due, less credits that are, as `aging` has it."""
        return sum((line.open for line in self.lines if line.days_late > 0), Decimal(0))

    def ageing(self, bounds: tuple[int, ...] = DEFAULT_BOUNDS) -> tuple[Decimal, ...]:
        names = bucket_names(bounds)
        sums = dict.fromkeys(names, Decimal(0))
        for line in self.lines:
            sums[line.bucket] += line.open
        return tuple(sums.values())


ITEMS = """
    SELECT b.customer_id, b.item_id, e.code, i.number, i.kind, i.issued_on, b.due_on, %(as_of)s - b.due_on, b.currency,
        b.amount, b.balance, b.disputed_on IS NOT NULL AND b.disputed_on <= %(as_of)s
    FROM invoicing_balances(%(as_of)s) b JOIN invoicing_openitem i ON i.id = b.item_id
    JOIN orders_legalentity e ON e.id = b.entity_id
    WHERE b.customer_id = ANY(%(customers)s) AND b.entity_id = ANY(%(entities)s)
    ORDER BY b.customer_id, b.currency, b.due_on, b.item_id
"""
OPENING = """
    SELECT b.customer_id, b.currency, sum(b.balance) FROM invoicing_balances(%(from_on)s::date - 1) b
    WHERE b.customer_id = ANY(%(customers)s) AND b.entity_id = ANY(%(entities)s)
    GROUP BY 1, 2 HAVING sum(b.balance) <> 0
"""
# Of allocations only those that move something: between items of different customers, or of different days.
MOVEMENTS = """
    WITH booked AS MATERIALIZED (
        SELECT i.id, i.customer_id, i.currency, i.counts_from, i.amount, i.kind, i.number, i.entry_id
        FROM invoicing_openitem i
        WHERE i.customer_id = ANY(%(customers)s) AND i.entity_id = ANY(%(entities)s)
            AND i.counts_from BETWEEN %(from_on)s AND %(as_of)s
    ), touched AS (
        SELECT id FROM invoicing_allocation WHERE counts_from BETWEEN %(from_on)s AND %(as_of)s
        UNION SELECT a.id FROM booked b JOIN invoicing_allocation a ON a.debit_item_id = b.id
            WHERE a.counts_from < %(from_on)s
        UNION SELECT a.id FROM booked b JOIN invoicing_allocation a ON a.credit_item_id = b.id
            WHERE a.counts_from < %(from_on)s
    )
    SELECT b.customer_id, b.id, CASE
            WHEN e.kind = 'reversal' AND o.kind = 'receipt' THEN 'returned'
            WHEN e.kind = 'reversal' THEN 'reversal'
            WHEN e.kind = 'receipt' THEN 'receipt'
            ELSE b.kind END,
        b.number, b.counts_from, b.currency, b.amount, 0 AS place, b.id AS within
    FROM booked b JOIN invoicing_entry e ON e.id = b.entry_id LEFT JOIN invoicing_entry o ON o.id = e.reverses_id
    UNION ALL
    SELECT side.customer_id, side.item_id, 'transfer', side.number, side.on, a.currency, side.amount, 1, a.id
    FROM touched t JOIN invoicing_allocation a ON a.id = t.id
    JOIN invoicing_openitem d ON d.id = a.debit_item_id JOIN invoicing_openitem c ON c.id = a.credit_item_id
    CROSS JOIN LATERAL (VALUES
        (d.customer_id, d.id, c.number, greatest(a.counts_from, d.counts_from), -a.amount),
        (c.customer_id, c.id, d.number, greatest(a.counts_from, c.counts_from), a.amount)
    ) AS side (customer_id, item_id, number, "on", amount)
    WHERE (d.customer_id <> c.customer_id
            OR greatest(a.counts_from, d.counts_from) <> greatest(a.counts_from, c.counts_from))
        AND d.entity_id = ANY(%(entities)s) AND side.customer_id = ANY(%(customers)s)
        AND side.on BETWEEN %(from_on)s AND %(as_of)s
    ORDER BY 1, 6, 5, 8, 9
"""


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read within is of one moment, also while others book; inside of a transaction, of that one."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def read(
    customer_ids: list[int],
    entity_ids: list[int],
    as_of: date,
    *,
    from_on: date | None = None,
    bounds: tuple[int, ...] = DEFAULT_BOUNDS,
) -> dict[int, list[InCurrency]]:
    """The figures of each customer that has any, by currency; with `from_on` also what moved from then on.

    The totals are those of `aging` for the same day. Raises NotTied.
    """
    names = bucket_names(bounds)
    found: dict[int, dict[str, InCurrency]] = {}

    def of(customer_id: int, currency: str) -> InCurrency:
        return found.setdefault(customer_id, {}).setdefault(currency, InCurrency(currency))

    asked = {"customers": customer_ids, "entities": entity_ids, "as_of": as_of, "from_on": from_on}
    with one_moment(), connection.cursor() as cursor:
        cursor.execute(ITEMS, asked)
        for customer_id, *row in cursor:
            line = Line(*row, bucket=names[sum(row[6] > bound for bound in bounds)])
            of(customer_id, line.currency).lines.append(line)
        if from_on is not None:
            cursor.execute(OPENING, asked)
            for customer_id, currency, balance in cursor:
                of(customer_id, currency).opening = balance
            cursor.execute(MOVEMENTS, asked)
            for customer_id, *row in cursor:
                movement = Movement(*row[:6])
                of(customer_id, movement.currency).movements.append(movement)
    answer = {
        customer_id: [parts[currency] for currency in sorted(parts)] for customer_id, parts in sorted(found.items())
    }
    if from_on is not None:
        _check(answer)
    return answer


def _check(found: dict[int, list[InCurrency]]) -> None:
    for customer_id, parts in found.items():
        for part in parts:
            told = part.opening + sum((movement.amount for movement in part.movements), Decimal(0))
            if told != part.total:
                raise NotTied(
                    f"customer {customer_id}: opening and movements {told}, open {part.total} {part.currency}"
                )


def month_before(day: date) -> date:
    """The day from which an activity that ends on `day` tells a month: 28 February → 1 February, 14 May → 15 April."""
    after = day + timedelta(days=1)
    first = after.replace(day=1)
    last_month = first - timedelta(days=1)
    return last_month.replace(day=min(after.day, last_month.day))
