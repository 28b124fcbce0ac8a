"""What was owed at the end of a day: as it was known then, as it is known by now, and what came between."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from o2c.analytics.models import Snapshot
from o2c.analytics.snapshots.taking import NOW, OWED, bucket


@dataclass(frozen=True)
class Bucket:
    """What was owed in a currency, of one age: as it was kept, and as it is known by now. `bucket` is its first day
    past due; 0: not due."""

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


# One row a bucket, then one a customer whose balance is known otherwise: what is known now is worked out once for both.
OF_DAY = """
    WITH compared AS MATERIALIZED (
        SELECT customer_id, currency, bucket, sum(was) AS was, sum(known) AS known FROM (
            SELECT customer_id, currency, bucket, amount AS was, 0 AS known FROM analytics_agingsnapshot
            WHERE day = %(day)s AND entity_id = ANY(%(entities)s)
            UNION ALL
            SELECT customer_id, currency, bucket, 0, amount FROM ({owed}) o
        ) u GROUP BY 1, 2, 3
    )
    (SELECT NULL::bigint, NULL, NULL, currency, bucket, sum(was), sum(known) FROM compared GROUP BY 4, 5 ORDER BY 4, 5)
    UNION ALL
    (SELECT c.id, c.number, c.name, x.currency, NULL, x.was, x.known FROM (
        SELECT customer_id, currency, sum(was) AS was, sum(known) AS known FROM compared
        GROUP BY 1, 2 HAVING sum(was) <> sum(known)
    ) x JOIN orders_customer c ON c.id = x.customer_id
    ORDER BY abs(x.known - x.was) DESC, c.number, x.currency LIMIT %(most)s)
"""


def of_day(kept: Snapshot, *, most: int) -> tuple[list[Bucket], list[Correction]]:
    """What was owed by age, and the customers whose balance was corrected since, the largest corrections first."""
    owed = OWED.format(bucket=bucket(tuple(kept.bounds)), balances=NOW)
    with connection.cursor() as cursor:
        cursor.execute(OF_DAY.format(owed=owed), {"day": kept.day, "entities": [kept.entity_id], "most": most})
        rows = cursor.fetchall()
    buckets = [Bucket(*row[3:]) for row in rows if row[0] is None]
    return buckets, [Correction(*row[:4], *row[5:]) for row in rows if row[0] is not None]
