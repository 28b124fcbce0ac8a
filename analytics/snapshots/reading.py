"""What was owed at the end of a day: as it was known then, as it is known by now, and what came between."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.analytics.models import DaySnapshot, Snapshot
from o2c.analytics.snapshots.taking import NOW, OWED, bucket
from o2c.orders.models import LegalEntity


@dataclass(frozen=True)
class Owed:
    """What was owed in a currency, of one age. `bucket` is its first day past due; 0: not due."""

    currency: str
    bucket: int
    items: int
    amount: Decimal


@dataclass(frozen=True)
class Compared:
    """The same as it was kept, and as it is known by now."""

    currency: str
    bucket: int
    then: Decimal
    now: Decimal

    @property
    def corrected(self) -> Decimal:
        return self.now - self.then


@dataclass(frozen=True)
class Correction:
    """A customer whose balance of a day is known otherwise by now."""

    customer_id: int
    number: str
    name: str
    currency: str
    then: Decimal
    now: Decimal

    @property
    def corrected(self) -> Decimal:
        return self.now - self.then


def then(entity: LegalEntity, day: date) -> list[Owed]:
    """As it was kept; empty where nothing was owed, or the day is not kept."""
    rows = DaySnapshot.objects.filter(entity=entity, day=day).order_by("currency", "bucket")
    return [Owed(row.currency, row.bucket, row.items, row.amount) for row in rows]


def now(entity: LegalEntity, day: date) -> list[Owed]:
    """By all that is known by now, in the buckets of the day's snapshot. Raises Snapshot.DoesNotExist."""
    sql = f"""
        SELECT currency, bucket, sum(items)::int, sum(amount) FROM ({_owed_now(entity, day)}) o
        GROUP BY 1, 2 ORDER BY 1, 2
    """  # noqa: S608 made of our own words
    return [Owed(*row) for row in _rows(sql, day=day, entities=[entity.pk])]


def compared(entity: LegalEntity, day: date) -> list[Compared]:
    """Each currency and bucket, then and now. Raises Snapshot.DoesNotExist."""
    kept = {(row.currency, row.bucket): row.amount for row in then(entity, day)}
    known = {(row.currency, row.bucket): row.amount for row in now(entity, day)}
    zero = Decimal(0)
    return [Compared(*key, kept.get(key, zero), known.get(key, zero)) for key in sorted(kept.keys() | known.keys())]


def corrections(entity: LegalEntity, day: date, *, most: int) -> list[Correction]:
    """The customers whose balance was corrected since, the largest corrections first. Raises Snapshot.DoesNotExist."""
    sql = f"""
        SELECT c.id, c.number, c.name, x.currency, x.was, x.known FROM (
            SELECT customer_id, currency, sum(was) AS was, sum(known) AS known FROM (
                SELECT customer_id, currency, amount AS was, 0 AS known FROM analytics_agingsnapshot
                WHERE day = %(day)s AND entity_id = ANY(%(entities)s)
                UNION ALL
                SELECT customer_id, currency, 0, amount FROM ({_owed_now(entity, day)}) o
            ) u GROUP BY 1, 2 HAVING sum(was) <> sum(known)
        ) x JOIN orders_customer c ON c.id = x.customer_id
        ORDER BY abs(x.known - x.was) DESC, c.number, x.currency LIMIT %(most)s
    """  # noqa: S608 made of our own words
    return [Correction(*row) for row in _rows(sql, day=day, entities=[entity.pk], most=most)]


def _owed_now(entity: LegalEntity, day: date) -> str:
    bounds = Snapshot.objects.get(entity=entity, day=day).bounds
    return OWED.format(bucket=bucket(tuple(bounds)), balances=NOW)


def _rows(sql: str, **facts) -> Iterable[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()
