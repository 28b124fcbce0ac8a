"""How a customer pays: each invoice's days from its due date to the money, as of any day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from django.db import connection

MONTHS = 24
# More points than this only make a picture black; the newest are kept.
MOST = 400

# The newest invoices that have fallen due, and when money cleared them. What was credited or written off without any
# was not paid, neither late nor in time.
PAYMENTS = """
    WITH due AS (
        SELECT i.id, i.number, i.due_on, i.currency, i.amount, b.open_amount
        FROM invoicing_openitem i
        CROSS JOIN LATERAL (
            SELECT i.amount - coalesce(sum(a.amount), 0) AS open_amount FROM invoicing_allocation a
            WHERE a.debit_item_id = i.id AND a.counts_from <= %(as_of)s
        ) b
        WHERE i.customer_id = %(customer)s AND i.entity_id = ANY(%(entities)s) AND i.kind = 'invoice'
            AND i.due_on BETWEEN %(since)s AND %(as_of)s AND i.counts_from <= %(as_of)s
        ORDER BY i.due_on DESC, i.id DESC LIMIT %(most)s
    )
    SELECT d.id, d.number, d.due_on, d.currency, d.amount, d.open_amount > 0 AS is_open,
        CASE WHEN d.open_amount > 0 THEN %(as_of)s ELSE p.paid_on END - d.due_on AS days
    FROM due d LEFT JOIN LATERAL (
        SELECT max(a.effective_on) AS paid_on
        FROM invoicing_allocation a JOIN invoicing_openitem c ON c.id = a.credit_item_id AND c.kind = 'on_account'
        WHERE a.debit_item_id = d.id AND a.reverses_id IS NULL AND a.counts_from <= %(as_of)s
            AND NOT EXISTS (
                SELECT 1 FROM invoicing_allocation u WHERE u.reverses_id = a.id AND u.counts_from <= %(as_of)s)
    ) p ON true
    WHERE d.open_amount > 0 OR p.paid_on IS NOT NULL
    ORDER BY d.due_on, d.id
"""


@dataclass(frozen=True)
class Payment:
    """An invoice that has fallen due; `days` from then to its last money, or to the day looked at while it is open."""

    item_id: int
    number: str
    due_on: date
    currency: str
    amount: object
    is_open: bool
    days: int


@dataclass(frozen=True)
class Habit:
    """The invoices of a time, and what they come to: of those that are paid."""

    since: date
    as_of: date
    payments: tuple[Payment, ...]

    @property
    def paid(self) -> list[Payment]:
        return [each for each in self.payments if not each.is_open]

    @property
    def median(self) -> int | None:
        """Days late of the invoice in the middle; None where nothing was paid."""
        return round(median(each.days for each in self.paid)) if self.paid else None

    @property
    def late(self) -> int | None:
        """How many of a hundred paid invoices were paid late."""
        return round(100 * sum(each.days > 0 for each in self.paid) / len(self.paid)) if self.paid else None

    def quarters(self) -> list["Habit"]:
        """The same by the calendar quarter in which they fell due, those in which something did."""
        parts: dict[tuple[int, int], list[Payment]] = {}
        for each in self.payments:
            parts.setdefault((each.due_on.year, (each.due_on.month - 1) // 3), []).append(each)
        return [
            Habit(date(year, 3 * quarter + 1, 1), self.as_of, tuple(found)) for (year, quarter), found in parts.items()
        ]


def habit(customer_id: int, entity_ids: Iterable[int], as_of: date) -> Habit:
    """How a customer has paid legal entities in the last two years, as it was known on a day. One statement."""
    since = as_of - timedelta(days=MONTHS * 365 // 12)
    with connection.cursor() as cursor:
        cursor.execute(
            PAYMENTS,
            {"customer": customer_id, "entities": list(entity_ids), "since": since, "as_of": as_of, "most": MOST},
        )
        return Habit(since, as_of, tuple(Payment(*row) for row in cursor.fetchall()))
