"""A customer's statement of account: what is open, item by item, on a day."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

from django.db import connection

from o2c.core.money import plain
from o2c.invoicing.aging import DEFAULT_BOUNDS, bucket_names

COLUMNS = ("number", "issued", "due", "days_late", "currency", "amount", "open", "bucket")


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
class Statement:
    """The lines of a day, by currency and oldest due date first, and what they come to in each currency."""

    as_of: date
    lines: list[Line]
    totals: dict[str, Decimal]


def statement(
    customer_id: int, entity_ids: list[int], as_of: date, *, bounds: tuple[int, ...] = DEFAULT_BOUNDS
) -> Statement:
    """What the customer owed the legal entities on a day, as known on it; credits are negative lines.

    The totals are those of `aging` for the same day.
    """
    names = bucket_names(bounds)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT b.item_id, e.code, i.number, i.kind, i.issued_on, b.due_on, %(as_of)s - b.due_on, b.currency,
                b.amount, b.balance, b.disputed_on IS NOT NULL AND b.disputed_on <= %(as_of)s
            FROM invoicing_balances(%(as_of)s) b JOIN invoicing_openitem i ON i.id = b.item_id
            JOIN orders_legalentity e ON e.id = b.entity_id
            WHERE b.customer_id = %(customer)s AND b.entity_id = ANY(%(entities)s)
            ORDER BY b.currency, b.due_on, b.item_id
            """,
            {"as_of": as_of, "customer": customer_id, "entities": entity_ids},
        )
        lines = [Line(*row, bucket=names[sum(row[6] > bound for bound in bounds)]) for row in cursor]
    totals: dict[str, Decimal] = {}
    for line in lines:
        totals[line.currency] = totals.get(line.currency, Decimal(0)) + line.open
    return Statement(as_of, lines, totals)


def as_csv(statement: Statement) -> Iterator[str]:
    """The statement as CSV (RFC 4180: comma, CRLF, quotes doubled), line by line, a total for each currency last.

    Text that a spreadsheet would run as a formula begins with an apostrophe.
    """
    yield csv_line(COLUMNS)
    for line in statement.lines:
        yield csv_line(
            (
                text(line.number),
                line.issued_on.isoformat(),
                line.due_on.isoformat(),
                line.days_late,
                line.currency,
                plain(line.amount, line.currency),
                plain(line.open, line.currency),
                line.bucket,
            )
        )
    for currency, total in statement.totals.items():
        yield csv_line(("total", "", statement.as_of.isoformat(), "", currency, "", plain(total, currency), ""))


def text(value: str) -> str:
    """A cell that a spreadsheet shows and never runs: what begins like a formula and is no number is quoted.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(value: str) -> bool:
    sign, digits = value[:1], value[1:]
    return sign in ("+", "-") and digits.isascii() and digits.replace(".", "", 1).isdigit()


def csv_line(cells: Iterable) -> str:
    buffer = StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
