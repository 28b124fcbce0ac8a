"""How old the receivables are, on any day, cut any way."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from django.db import connection

from o2c.core.money import plain
from o2c.invoicing.models import AgingBucketSet

DEFAULT_BOUNDS = (0, 30, 60, 90)


@dataclass(frozen=True)
class Cut:
    """What rows are cut by: summed up by these columns of the balances first, then `key` shown and `join` needed."""

    columns: tuple[str, ...]
    key: str
    join: str


CUTS = {
    "customer": Cut(("customer_id",), "c.number", "JOIN orders_customer c ON c.id = b.customer_id"),
    "entity": Cut(("entity_id",), "e.code", "JOIN orders_legalentity e ON e.id = b.entity_id"),
    "collector": Cut(
        ("customer_id", "entity_id"),
        "coalesce(u.username, '')",
        "LEFT JOIN orders_account a ON a.customer_id = b.customer_id AND a.entity_id = b.entity_id "
        "LEFT JOIN core_user u ON u.id = a.collector_id",
    ),
}
WHOLE = Cut((), "''", "")


class Row(NamedTuple):
    key: str
    currency: str
    total: Decimal
    buckets: tuple[Decimal, ...]


@dataclass(frozen=True)
class Aging:
    """Signed sums of what is open, in each item's own currency; credits count against their own bucket."""

    as_of: date
    names: tuple[str, ...]
    totals: dict[str, Decimal]
    buckets: dict[str, tuple[Decimal, ...]]
    rows: list[Row] = field(default_factory=list)

    def as_json(self) -> dict:
        def named(amounts, currency):
            return {name: plain(amount, currency) for name, amount in zip(self.names, amounts, strict=True)}

        return {
            "as_of": self.as_of.isoformat(),
            "totals": {currency: plain(total, currency) for currency, total in self.totals.items()},
            "buckets": {currency: named(amounts, currency) for currency, amounts in self.buckets.items()},
            "rows": [
                {
                    "key": row.key,
                    "currency": row.currency,
                    "total": plain(row.total, row.currency),
                    "buckets": named(row.buckets, row.currency),
                }
                for row in self.rows
            ],
        }


def bounds_of(code: str | None) -> tuple[int, ...]:
    """The bounds of a bucket set, the default's where none is named. Raises AgingBucketSet.DoesNotExist."""
    if code is None:
        named = AgingBucketSet.objects.filter(code="default").values_list("bounds", flat=True).first()
        return tuple(named) if named else DEFAULT_BOUNDS
    return tuple(AgingBucketSet.objects.get(code=code).bounds)


def bucket_names(bounds: tuple[int, ...]) -> tuple[str, ...]:
    """`(0, 30, 60, 90)` → not_due, 1_30, 31_60, 61_90, over_90."""
    steps = [f"{low + 1}_{high}" for low, high in pairwise(bounds)]
    return ("not_due", *steps, f"over_{bounds[-1]}")


def aging(
    as_of: date,
    *,
    by: str | None = None,
    entity_ids: list[int] | None = None,
    bounds: tuple[int, ...] = DEFAULT_BOUNDS,
) -> Aging:
    """Age what was open on a day, as known on that day, in one statement.

    `by` is customer, entity or collector and adds the rows; `entity_ids` limits it to those legal entities. The
    first bucket holds what is at most `bounds[0]` days past due (0: not due), the last what is older than all.
    """
    cut = CUTS[by] if by else WHOLE
    days_late = "(%(as_of)s::date - b.due_on)"
    low_high = [(None, bounds[0]), *pairwise(bounds), (bounds[-1], None)]
    columns = []
    for low, high in low_high:
        limits = [f"{days_late} > {int(low)}"] if low is not None else []
        limits += [f"{days_late} <= {int(high)}"] if high is not None else []
        columns.append(f"coalesce(sum(b.balance) FILTER (WHERE {' AND '.join(limits)}), 0)")
    scope = "WHERE b.entity_id = ANY(%(entities)s)" if entity_ids is not None else ""
    grouped = ", ".join(f"b.{column}" for column in (*cut.columns, "currency"))
    sums = [f"sum({place}) AS {place}" for place in ("total", *(f"bucket{n}" for n in range(len(columns))))]
    buckets_named = ", ".join(f"{column} AS bucket{place}" for place, column in enumerate(columns))
    # Summed up before anything is joined: by numbers, and a customer is looked up once, not once an item.
    # Nothing of the caller's is in the text: cut and columns are this module's own.
    sql = f"""
        SELECT {cut.key} AS key, b.currency, {", ".join(sums)} FROM (
            SELECT {grouped}, sum(b.balance) AS total, {buckets_named}
            FROM invoicing_balances(%(as_of)s) b {scope} GROUP BY {grouped}
        ) b {cut.join}
        GROUP BY 1, 2 ORDER BY 1, 2
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, {"as_of": as_of, "entities": entity_ids})
        rows = [Row(row[0], row[1], row[2], row[3:]) for row in cursor.fetchall()]
    totals: dict[str, Decimal] = {}
    buckets: dict[str, tuple[Decimal, ...]] = {}
    for currency in sorted({row.currency for row in rows}):
        of_currency = [row for row in rows if row.currency == currency]
        totals[currency] = sum(row.total for row in of_currency)
        buckets[currency] = tuple(map(sum, zip(*(row.buckets for row in of_currency), strict=True)))
    return Aging(as_of, bucket_names(bounds), totals, buckets, rows if by else [])
