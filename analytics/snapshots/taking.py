"""Snapshots: each past day's receivables by customer, currency and age, kept once from what was known and recorded.

What is kept is told by two things: a fact counts from the day on which it was known (`counts_from`), and it was
recorded before a time at which nobody who had begun to write before was still writing. By both the same snapshot can
be worked out again at any time (`differences`), whatever was recorded since. What was recorded later, or became known
later, is not put in: it shows as the difference to what is known by now (`reading.of_day`).
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db import connection, transaction
from django.db.models import Min

from o2c.analytics.metrics.keeping import first_month
from o2c.analytics.models import Snapshot
from o2c.core import clock, locks
from o2c.core.refusals import Refused
from o2c.invoicing.aging import DEFAULT_BOUNDS
from o2c.invoicing.models import Entry
from o2c.orders.models import LegalEntity

# So many of the last days are made up for where they were missed, and of the ends of months before.
MISSED_DAYS = 31
MISSED_MONTHS = 25


class SnapshotRefused(Refused):
    """It cannot be kept so; the text says why."""


def bucket(bounds: tuple[int, ...]) -> str:
    """SQL: the first day past due of the bucket that a due date falls into, 0 for what is at most the first bound."""
    steps = [f"WHEN %(day)s - b.due_on <= {int(high)} THEN {int(low) + 1}" for low, high in pairwise(bounds)]
    return f"CASE WHEN %(day)s - b.due_on <= {int(bounds[0])} THEN 0 {' '.join(steps)} ELSE {int(bounds[-1]) + 1} END"


# By customer, currency and bucket. `{balances}` is one of the database's two rules of what is open on a day.
OWED = """
    SELECT b.entity_id, b.customer_id, b.currency, ({bucket})::smallint AS bucket, count(*)::int AS items,
        sum(b.balance) AS amount, coalesce(sum(b.balance) FILTER (WHERE b.balance < 0), 0) AS credits
    FROM {balances} b WHERE b.entity_id = ANY(%(entities)s) GROUP BY 1, 2, 3, 4
"""
ROOM = """
    SELECT core_make_month_partition('analytics_agingsnapshot', %(day)s),
        coalesce(%(before)s, analytics_recorded_before())
"""
THEN, NOW = "analytics_balances_then(%(day)s, %(before)s)", "analytics_balances_now(%(day)s)"
KEEP = """
    INSERT INTO analytics_agingsnapshot (day, entity_id, customer_id, currency, bucket, items, amount, credits,
        base_amount)
    WITH owed AS ({owed}), rates AS MATERIALIZED (
        SELECT e.id AS entity_id, c.currency, core_minor_unit(e.base_currency) AS places, e.base_currency,
            invoicing_rate(e.base_currency, %(day)s) AS ours, invoicing_rate(c.currency, %(day)s) AS theirs
        FROM orders_legalentity e CROSS JOIN (SELECT DISTINCT currency FROM owed) c WHERE e.id = ANY(%(entities)s)
    )
    SELECT %(day)s, o.entity_id, o.customer_id, o.currency, o.bucket, o.items, o.amount, o.credits,
        CASE WHEN o.currency = r.base_currency THEN o.amount ELSE round(o.amount * r.ours / r.theirs, r.places) END
    FROM owed o JOIN rates r ON r.entity_id = o.entity_id AND r.currency = o.currency
"""
TOTALS = """
    INSERT INTO analytics_daysnapshot (entity_id, day, currency, bucket, customers, items, amount, credits, base_amount)
    SELECT entity_id, day, currency, bucket, count(*), sum(items), sum(amount), sum(credits),
        CASE WHEN bool_and(base_amount IS NOT NULL) THEN sum(base_amount) END
    FROM analytics_agingsnapshot WHERE day = %(day)s AND entity_id = ANY(%(entities)s) GROUP BY 1, 2, 3, 4
"""
KEPT = """
    INSERT INTO analytics_snapshot (entity_id, day, recorded_before, bounds, customers, seconds)
    SELECT e.id, %(day)s, %(before)s, %(bounds)s, coalesce(c.customers, 0), %(seconds)s
    FROM unnest(%(entities)s::bigint[]) AS e (id) LEFT JOIN (
        SELECT entity_id, count(DISTINCT customer_id) AS customers FROM analytics_agingsnapshot
        WHERE day = %(day)s AND entity_id = ANY(%(entities)s) GROUP BY 1
    ) c ON c.entity_id = e.id
"""


def take(day: date, entities: Iterable[LegalEntity], *, recorded_before: datetime | None = None) -> int:
    """Keep a past day of legal entities, of each once; returns of how many it was not kept before.

    `recorded_before`: what nobody can still be writing, unless said otherwise. Raises SnapshotRefused for a day that
    is not over.
    """
    entities = list(entities)
    for entity in entities:
        if day >= clock.today(entity.time_zone):
            raise SnapshotRefused(f"{day} is not over for {entity.code}.", "day")
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        locks.hold("snapshots")
        there = set(Snapshot.objects.filter(day=day, entity__in=entities).values_list("entity_id", flat=True))
        ids = sorted({entity.pk for entity in entities} - there)
        if not ids:
            return 0
        cursor.execute(ROOM, {"day": day, "before": recorded_before})
        before = cursor.fetchone()[1]
        facts = {"day": day, "entities": ids, "before": before, "bounds": list(DEFAULT_BOUNDS)}
        cursor.execute(KEEP.format(owed=OWED.format(bucket=bucket(DEFAULT_BOUNDS), balances=THEN)), facts)
        cursor.execute(TOTALS, facts)
        cursor.execute(KEPT, {**facts, "seconds": round(time.monotonic() - began, 3)})
    return len(ids)


def due() -> dict[date, list[LegalEntity]]:
    """The days that are over and not kept, the latest first: of the last month, and the ends of the months before, as
    far back as a legal entity's books go."""
    found: dict[date, list[LegalEntity]] = defaultdict(list)
    begun = dict(Entry.objects.order_by().values_list("entity").annotate(first=Min("effective_on")))
    kept: dict[int, set[date]] = defaultdict(set)
    for entity_id, day in Snapshot.objects.values_list("entity_id", "day"):
        kept[entity_id].add(day)
    for entity in LegalEntity.objects.order_by("pk"):
        yesterday = clock.today(entity.time_zone) - timedelta(days=1)
        wanted = [yesterday - timedelta(days=back) for back in range(MISSED_DAYS)]
        wanted += [first_month(yesterday, back) - timedelta(days=1) for back in range(1, MISSED_MONTHS + 1)]
        first = min(begun.get(entity.pk, yesterday), yesterday)
        for day in sorted(set(wanted) - kept[entity.pk]):
            if day >= first:
                found[day].append(entity)
    return dict(sorted(found.items(), reverse=True))


def take_due() -> dict:
    """Keep every day that is over. Legal entities of one day are read together."""
    days = due()
    for day, entities in days.items():
        take(day, entities)
    return {"days": len(days)}


def fill(entities: Iterable[LegalEntity], since: date, until: date) -> int:
    """Keep each day of a span that is not kept, as of what is recorded by now: a book that was brought from elsewhere
    has a past too. Returns how many of the legal entities' days are new. Raises SnapshotRefused."""
    entities = list(entities)
    if until < since:
        raise SnapshotRefused("The span ends before it begins.", "until")
    days = [since + timedelta(days=past) for past in range((until - since).days + 1)]
    return sum(take(day, entities) for day in days)


@dataclass(frozen=True)
class Difference:
    """Where a snapshot is not what it would be if it were worked out again: it never may."""

    entity_id: int
    day: date
    customer_id: int
    currency: str
    bucket: int
    kept: Decimal
    worked_out: Decimal


DIFFERENT = """
    SELECT coalesce(k.entity_id, n.entity_id), coalesce(k.customer_id, n.customer_id), coalesce(k.currency, n.currency),
        coalesce(k.bucket, n.bucket), coalesce(k.amount, 0), coalesce(n.amount, 0)
    FROM (SELECT * FROM analytics_agingsnapshot WHERE day = %(day)s AND entity_id = ANY(%(entities)s)) k
    FULL JOIN ({owed}) n USING (entity_id, customer_id, currency, bucket)
    WHERE (k.amount, k.credits, k.items) IS DISTINCT FROM (n.amount, n.credits, n.items)
    ORDER BY 1, 2, 3, 4
"""


def differences(snapshots: Iterable[Snapshot]) -> list[Difference]:
    """Work snapshots out again, and tell where they differ from what was kept."""
    found = []
    with connection.cursor() as cursor:
        for snapshot in snapshots:
            owed = OWED.format(bucket=bucket(tuple(snapshot.bounds)), balances=THEN)
            facts = {"day": snapshot.day, "before": snapshot.recorded_before, "entities": [snapshot.entity_id]}
            cursor.execute(DIFFERENT.format(owed=owed), facts)
            found += [Difference(entity_id, snapshot.day, *rest) for entity_id, *rest in cursor.fetchall()]
    return found
