"""What is kept of each customer, made anew once a day: a band, a probability, and the facts that speak for it.

It is told of an invoice that is still to be issued and falls due on a day of business. It orders people's work; nothing
is stopped, blocked or changed by it.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db import connection, transaction

from o2c.analytics.models import Prediction, ScoringRun
from o2c.analytics.scoring import facts
from o2c.analytics.scoring.cohorts import Cohorts
from o2c.analytics.scoring.facts import Habit
from o2c.analytics.scoring.items import HIGH, LOW, MIDDLE, VERSION, VERY_LATE, Book, learn
from o2c.analytics.scoring.spreads import FIRST, Spread
from o2c.core import clock, locks
from o2c.core.formats import MINUS, number
from o2c.orders.models import LegalEntity

Band = Prediction.Band
# A band is what is more likely than not.
MORE_LIKELY = 0.5
BEFORE_ALL = FIRST - 1
# Where next to nothing was ever paid, the last tenth may be centuries away.
MOST_DAYS = 9_999

INSERT = """
    INSERT INTO analytics_prediction (entity_id, customer_id, as_of, band, p_late, p_late_30, days_p10, days_p50,
        days_p90, paid, reasons, model)
    SELECT %(entity)s, r.customer_id, %(as_of)s, r.band, r.p_late, r.p_late_30, r.days_p10, r.days_p50, r.days_p90,
        r.paid, r.reasons::jsonb, %(model)s
    FROM unnest(%(customer_ids)s::bigint[], %(bands)s::text[], %(p_late)s::float8[], %(p_late_30)s::float8[],
        %(p10)s::int[], %(p50)s::int[], %(p90)s::int[], %(paid)s::int[], %(reasons)s::text[])
        AS r (customer_id, band, p_late, p_late_30, days_p10, days_p50, days_p90, paid, reasons)
"""


def band(p_late: float, p_late_30: float) -> Band:
    if p_late_30 >= MORE_LIKELY:
        return Band.VERY_LATE
    return Band.LATE if p_late >= MORE_LIKELY else Band.ON_TIME


def reasons(habit: Habit) -> list[str]:
    """Facts for a person, the most telling first: "9 of the last 10 paid late, median +6 days"."""
    sign = "+" if habit.median > 0 else MINUS if habit.median < 0 else ""
    said = [f"{habit.late} of the last {habit.last} paid late, median {sign}{_days(abs(habit.median))}"]
    if habit.overdue:
        oldest = "the oldest by" if habit.overdue > 1 else "by"
        said.append(f"{number(habit.overdue)} late now, {oldest} {_days(habit.oldest)}")
    if habit.returned:
        said.append(f"{number(habit.returned)} payment{'' if habit.returned == 1 else 's'} returned in a year")
    return said


def _days(many: int) -> str:
    return f"{number(many)} day{'' if many == 1 else 's'}"


def due() -> dict[date, list[LegalEntity]]:
    """The legal entities whose day has not been scored by today's formula, by their day."""
    done = set(ScoringRun.objects.filter(model=VERSION).values_list("entity_id", "as_of"))
    found: dict[date, list[LegalEntity]] = defaultdict(list)
    for entity in LegalEntity.objects.order_by("pk"):
        today = clock.today(entity.time_zone)
        if (entity.pk, today) not in done:
            found[today].append(entity)
    return found


def predict_due() -> dict:
    """Score the customers of the legal entities whose day has turned. Entities of one day are read together."""
    scored = {}
    for as_of, entities in due().items():
        book = learn(as_of, entity_ids={entity.pk for entity in entities})
        for entity in entities:
            scored[entity.code] = keep(entity, book)
    return {"customers": scored} if scored else {}


def keep(entity: LegalEntity, book: Book) -> int:
    """Put a legal entity's predictions of the book's day in place of those before; how many.

    Whole or not at all. A later day's stay; the same again makes the same.
    """
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        locks.hold("scoring", entity.pk)
        if ScoringRun.objects.filter(entity=entity, as_of__gt=book.as_of).exists():
            return 0
        rows = _rows(entity, book)
        Prediction.objects.filter(entity=entity).delete()
        names = ("customer_ids", "bands", "p_late", "p_late_30", "p10", "p50", "p90", "paid", "reasons")
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        values = {name: list(column) for name, column in zip(names, columns, strict=True)}
        cursor.execute(INSERT, {"entity": entity.pk, "as_of": book.as_of, "model": VERSION} | values)
        ScoringRun.objects.update_or_create(
            entity=entity,
            defaults={
                "as_of": book.as_of, "made_at": clock.now(), "seconds": round(time.monotonic() - began, 3),
                "customers": len(rows), "model": VERSION,
            },
        )  # fmt: skip
        return len(rows)


def _rows(entity: LegalEntity, book: Book) -> list[tuple]:
    if book.cohorts is None:
        return []
    grace = facts.grace(book.as_of, entity.pk)
    habits = facts.habits(book.as_of, entity.pk)
    return list(_made(book.cohorts, book, habits, entity.pk, grace))


def _made(cohorts: Cohorts, book: Book, habits: dict[int, Habit], entity_id: int, grace: int) -> Iterable[tuple]:
    for (of_entity, customer_id), history in book.histories.items():
        habit = habits.get(customer_id)
        if of_entity != entity_id or habit is None:
            continue
        spread = cohorts.paced(cohorts.customer(history), entity_id)
        p_late, p_late_30 = chances(spread, grace)
        days = (min(spread.day(share, given=BEFORE_ALL), MOST_DAYS) for share in (LOW, MIDDLE, HIGH))
        yield (
            customer_id, band(p_late, p_late_30).value, p_late, p_late_30, *days, history.paid,
            json.dumps(reasons(habit), ensure_ascii=False),
        )  # fmt: skip


def chances(spread: Spread, grace: int) -> tuple[float, float]:
    """Of an invoice that falls due on a day of business: that it is late, and late by more than thirty days."""
    return spread.unpaid(grace, given=BEFORE_ALL), spread.unpaid(max(grace, VERY_LATE), given=BEFORE_ALL)
