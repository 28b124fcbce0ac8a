"""Scoring what is open: late or not, and when it is paid, all of it from one spread an item."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from o2c.analytics.scoring import facts
from o2c.analytics.scoring.cohorts import Cohorts, History, Learning
from o2c.analytics.scoring.facts import OpenItem
from o2c.analytics.scoring.spreads import Spread

# What changes when the formula does, so that kept predictions say by which they were made.
VERSION = "cohort-2"
VERY_LATE = 30
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Outlook:
    """When an open item will be paid: all of it from one spread. The days are after the day that was scored."""

    p_late: float
    p_late_30: float
    p10: date
    p50: date
    p90: date


@dataclass(frozen=True, slots=True)
class Scored:
    """An open item; `outlook` is None where nobody has ever paid anything, so that there is nothing to tell from."""

    item: OpenItem
    outlook: Outlook | None


def outlook(spread: Spread, *, due_on: date, late_after: int, as_of: date) -> Outlook:
    """What a spread says of an item that was unpaid at the end of `as_of`.

    An item that is late already is so for certain. Late by more than thirty days is never more likely than late: where
    there is more grace than that, it is the same.
    """
    given = (as_of - due_on).days
    return Outlook(
        spread.unpaid(late_after, given=given),
        spread.unpaid(max(late_after, VERY_LATE), given=given),
        *(_after(due_on, spread.day(share, given=given)) for share in (LOW, MIDDLE, HIGH)),
    )


def _after(due_on: date, days: int) -> date:
    """A due date may be as late as there are dates."""
    try:
        return due_on + timedelta(days=days)
    except OverflowError:
        return date.max


@dataclass(frozen=True)
class Book:
    """What was learnt of all that was known before a day; `cohorts` is None where nobody has ever paid."""

    as_of: date
    cohorts: Cohorts | None
    histories: dict[tuple[int, int], History]


def learn(as_of: date, *, customers: Collection[tuple[int, int]] = (), entity_ids: Collection[int] = ()) -> Book:
    """Read all histories once. Kept are those of some customers (legal entity, customer), and of whole entities."""
    learning, kept = Learning(), {}
    for history in facts.histories(as_of):
        learning.take(history)
        key = (history.entity_id, history.customer_id)
        if history.entity_id in entity_ids or key in customers:
            kept[key] = history
    return Book(as_of, Cohorts.of(learning), kept)


def spreads(book: Book, rows: Iterable[OpenItem]) -> Iterator[tuple[OpenItem, Spread | None]]:
    """The spread of each item: of its customer's invoices due on such a weekday, as far as there are some."""
    if book.cohorts is None:
        yield from ((row, None) for row in rows)
        return
    made: dict[tuple[int, int], tuple[Spread, dict[int, Spread]]] = {}
    for row in rows:
        key, weekday = (row.entity_id, row.customer_id), row.due_on.isoweekday()
        history = book.histories.get(key) or History(*key, row.segment, ())
        if key not in made:
            made[key] = (book.cohorts.customer(history), {})
        whole, weekdays = made[key]
        if weekday not in weekdays:
            found = book.cohorts.weekday(history, weekday, whole)
            weekdays[weekday] = book.cohorts.paced(found, row.entity_id)
        yield row, weekdays[weekday]


def score(as_of: date, *, entity_id: int | None = None) -> Iterator[Scored]:
    """Each item that is open at the end of the day, by customer and number, from what was known before the day.

    What is open of one legal entity is scored the same whether it is asked for alone or not.
    """
    rows = facts.open_items(as_of, entity_id)
    book = learn(as_of, customers={(row.entity_id, row.customer_id) for row in rows})
    for row, spread in spreads(book, rows):
        found = spread and outlook(spread, due_on=row.due_on, late_after=row.late_after, as_of=as_of)
        yield Scored(row, found)
