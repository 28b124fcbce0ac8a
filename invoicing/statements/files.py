"""A customer's statement of account as a file for spreadsheets: what is open item by item, or what happened."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

from o2c.core.money import plain
from o2c.invoicing.aging import DEFAULT_BOUNDS
from o2c.invoicing.statements import figures
from o2c.invoicing.statements.figures import InCurrency, Line

COLUMNS = ("number", "issued", "due", "days_late", "currency", "amount", "open", "bucket")
ACTIVITY_COLUMNS = ("date", "what", "number", "currency", "debit", "credit", "balance")


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
    parts = figures.read([customer_id], entity_ids, as_of, bounds=bounds).get(customer_id, [])
    return Statement(as_of, [line for part in parts for line in part.lines], {p.currency: p.total for p in parts})


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


def activity_as_csv(parts: list[InCurrency], *, from_on: date, as_of: date) -> Iterator[str]:
    """What moved the account, with the balance after each; each currency begins with `opening`, ends with `closing`."""
    yield csv_line(ACTIVITY_COLUMNS)
    for part in parts:
        balance = part.opening
        yield csv_line(
            (from_on.isoformat(), "opening", "", part.currency, "", "", plain(balance, part.currency)),
        )
        for movement in part.movements:
            balance += movement.amount
            amount = plain(abs(movement.amount), part.currency)
            sides = (amount, "") if movement.amount > 0 else ("", amount)
            yield csv_line(
                (
                    movement.on.isoformat(),
                    movement.kind,
                    text(movement.number),
                    part.currency,
                    *sides,
                    plain(balance, part.currency),
                )
            )
        yield csv_line((as_of.isoformat(), "closing", "", part.currency, "", "", plain(balance, part.currency)))


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
