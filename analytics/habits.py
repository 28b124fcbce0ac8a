"""How a customer pays: each invoice's days from its due date to the money, as of any day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from django.db import connection

MONTHS = 24
# More points than this only make a picture black; the newest are kept.
MOST = 400

# The newest invoices that have fallen due, and when money cleared them. What was credited or written off without any
# was not paid, neither late nor in time.
PAYMENTS = """
    WITH due AS MATERIALIZED (
        SELECT id, number, due_on, currency, amount FROM invoicing_openitem
        WHERE customer_id = %(customer)s AND entity_id = ANY(%(entities)s) AND kind = 'invoice'
            AND due_on BETWEEN %(since)s AND %(as_of)s AND counts_from <= %(as_of)s
        ORDER BY due_on DESC, id DESC LIMIT %(most)s
    )
    SELECT d.id, d.number, d.due_on, d.currency, d.amount, s.settled < d.amount AS is_open,
        CASE WHEN s.settled < d.amount THEN %(as_of)s ELSE s.paid_on END - d.due_on AS days
    FROM due d CROSS JOIN LATERAL (
        SELECT coalesce(sum(a.amount), 0) AS settled,
            max(a.effective_on) FILTER (WHERE a.reverses_id IS NULL AND u.id IS NULL AND c.kind = 'on_account')
                AS paid_on
        FROM invoicing_allocation a JOIN invoicing_openitem c ON c.id = a.credit_item_id
        LEFT JOIN invoicing_allocation u ON u.reverses_id = a.id AND u.counts_from <= %(as_of)s
        WHERE a.debit_item_id = d.id AND a.counts_from <= %(as_of)s
    ) s
    WHERE s.settled < d.amount OR s.paid_on IS NOT NULL
    ORDER BY d.due_on, d.id
"""


@dataclass(frozen=True)
class Payment:
    """An invoice that has fallen due; `days` from then to its last money, or to the day looked at while it is open."""

    item_id: int
    number: str
    due_on: date
    currency: str
    amount: Decimal
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
