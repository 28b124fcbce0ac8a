"""Document numbers without gaps: one locked counter row per owner, series and year, and how a number is written.

A pattern is prefix, year, separator and the number, filled up with noughts: R2026-000017. Without a year in it the
series runs on from year to year, and its counter stands under the year 0.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import F

from o2c.core import locks
from o2c.core.actors import Actor, acting
from o2c.core.models import NumberPattern, NumberSeries

RECEIPT, INVOICE, CREDIT_NOTE, MANDATE = "receipt", "invoice", "credit_note", "mandate"
INTEREST, ORDER, DELIVERY = "interest", "order", "delivery"
TITLES = {
    RECEIPT: "Receipts",
    INVOICE: "Invoices",
    CREDIT_NOTE: "Credit notes",
    MANDATE: "Mandates",
    INTEREST: "Interest notes",
    ORDER: "Orders",
    DELIVERY: "Deliveries",
}
# What a percent sign or an underscore would mean to a query that looks for a series' numbers is kept out.
PREFIX = re.compile(r"[A-Za-z0-9./-]{0,12}")
SEPARATORS = ("-", "/", ".", "")


class NumberingRefused(ValueError):
    """Numbers cannot be written so; the text says why."""


@dataclass(frozen=True)
class Pattern:
    prefix: str
    year_digits: int = 4
    separator: str = "-"
    width: int = 6

    def head(self, year: int) -> str:
        """What stands before the number, the same for all of a year."""
        digits = {0: "", 2: f"{year % 100:02}", 4: f"{year:04}"}[self.year_digits]
        start = f"{self.prefix}{digits}"
        return f"{start}{self.separator}" if start else ""

    def text(self, year: int, number: int) -> str:
        return f"{self.head(year)}{number:0{self.width}d}"

    def like(self) -> str:
        """A regular expression of the numbers that the series may come to, in any year."""
        return f"^{re.escape(self.prefix)}[0-9]{{{self.year_digits}}}{re.escape(self.separator)}"

    def counter_year(self, year: int) -> int:
        """The year under which the counter stands."""
        return year if self.year_digits else 0


STANDARD = {
    RECEIPT: Pattern("R"),
    INVOICE: Pattern("INV"),
    CREDIT_NOTE: Pattern("CN"),
    MANDATE: Pattern("M"),
    INTEREST: Pattern("IN"),
    ORDER: Pattern("SO"),
    DELIVERY: Pattern("DN"),
}


@dataclass(frozen=True)
class Reserved:
    """`count` consecutive numbers from `first` on, each written as `head` and the number in `width` figures."""

    head: str
    width: int
    first: int
    count: int = field(default=1)

    def texts(self) -> list[str]:
        return [f"{self.head}{number:0{self.width}d}" for number in range(self.first, self.first + self.count)]


def pattern(owner: str, series: str) -> Pattern:
    """How the owner's numbers of a series are written."""
    own = NumberPattern.objects.filter(owner=owner, series=series).first()
    if own is None:
        return STANDARD[series]
    return Pattern(own.prefix, own.year_digits, own.separator, own.width)


def reserve(owner: str, series: str, on: date, count: int = 1) -> Reserved:
    """Reserve `count` consecutive numbers for documents of a day, for a statement that writes many rows.

    Call it last in the transaction that uses them, as `take`.
    """
    # Whoever changes the pattern waits until we have used it, and is refused then.
    locks.share("numbering", owner, series)
    how = pattern(owner, series)
    first = take(owner, series, how.counter_year(on.year), count)
    return Reserved(how.head(on.year), how.width, first, count)


def draw(owner: str, series: str, on: date) -> str:
    """The number of a document of a day, as it is written on it. Call it last in the transaction that uses it."""
    return reserve(owner, series, on).texts()[0]


def take(owner: str, series: str, year: int, count: int = 1) -> int:
    """Reserve `count` consecutive numbers and return the first.

    Call it last in the transaction that uses them: the row stays locked until the end, and a rollback gives the
    numbers back, so there is never a gap.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Numbers are taken inside the transaction that uses them.")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_numberseries AS s (owner, series, year, next) VALUES (%s, %s, %s, 1 + %s)
            ON CONFLICT (owner, series, year) DO UPDATE SET next = s.next + %s
            RETURNING next - %s
            """,
            [owner, series, year, count, count, count],
        )
        return cursor.fetchone()[0]


def used(owner: str, series: str) -> bool:
    """Whether a number of the series was ever taken."""
    return NumberSeries.objects.filter(owner=owner, series=series, next__gt=F("first")).exists()


def next_number(owner: str, series: str, on: date) -> int:
    """The number that the next document of a day gets."""
    year = pattern(owner, series).counter_year(on.year)
    found = NumberSeries.objects.filter(owner=owner, series=series, year=year).values_list("next", flat=True).first()
    return found or 1


def check(wanted: Pattern, first: int) -> None:
    """Raises NumberingRefused where numbers cannot be written so."""
    if not PREFIX.fullmatch(wanted.prefix):
        raise NumberingRefused("A prefix is at most twelve letters, figures, points, slashes and hyphens.")
    if wanted.year_digits not in (0, 2, 4):
        raise NumberingRefused("The year is written with four figures, two, or not at all.")
    if wanted.separator not in SEPARATORS:
        raise NumberingRefused("A hyphen, a slash, a point or nothing stands before the number.")
    if not 1 <= wanted.width <= 12:
        raise NumberingRefused("A number has between one and twelve figures.")
    if not wanted.prefix and not wanted.year_digits:
        raise NumberingRefused("Give the numbers a prefix or the year, so that one sees what they number.")
    if first < 1:
        raise NumberingRefused("Numbers begin at 1 or later.")


def arrange(owner: str, series: str, wanted: Pattern, *, first: int, on: date, actor: Actor) -> None:
    """Say how a series is written and with which number the year of `on` begins.

    Raises NumberingRefused once a number of the series was taken: documents that are out keep theirs, and the next
    ones follow them. The same again is no change and never refused.
    """
    check(wanted, first)
    with acting(actor):
        locks.hold("numbering", owner, series)
        if (pattern(owner, series), next_number(owner, series, on)) == (wanted, first):
            return
        if used(owner, series):
            raise NumberingRefused(
                f"{TITLES[series]} have numbers already, so how they are written stays as it is:"
                f" {pattern(owner, series).text(on.year, next_number(owner, series, on))} is the next."
            )
        NumberSeries.objects.filter(owner=owner, series=series).delete()
        if first > 1:
            year = wanted.counter_year(on.year)
            NumberSeries.objects.create(owner=owner, series=series, year=year, first=first, next=first)
        NumberPattern.objects.update_or_create(
            owner=owner,
            series=series,
            defaults={
                "prefix": wanted.prefix,
                "year_digits": wanted.year_digits,
                "separator": wanted.separator,
                "width": wanted.width,
            },
        )
