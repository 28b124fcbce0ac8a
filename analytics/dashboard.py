"""Everything the first page shows, for the legal entities of one user, in a handful of queries.

Amounts of the book come from the rollups and say when those were made; work and runs are as of now.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from o2c.analytics.models import CurrencyRollup, ProofRun
from o2c.analytics.rollups import BUCKETS
from o2c.core.models import Heartbeat, User
from o2c.orders.models import LegalEntity

DEBTORS = 10
PROMISES_AHEAD = 7  # days from today, today included
PROMISES_BACK = 30


@dataclass(frozen=True)
class EntityFigures:
    """A legal entity's book in its base currency. `unpriced` currencies have no rate and are not in the sums."""

    id: int
    code: str
    name: str
    base_currency: str
    as_of: date | None  # None: never made
    made_at: datetime | None
    changed_since: bool
    total: Decimal
    overdue: Decimal
    customers: int
    items: int
    unpriced: tuple[str, ...] = ()


@dataclass(frozen=True)
class CurrencyFigures:
    """All legal entities together in one currency; the buckets have the names of `aging`, `not_due` to `over_90`."""

    currency: str
    total: Decimal
    overdue: Decimal
    items: int
    buckets: dict[str, Decimal]


@dataclass(frozen=True)
class Debtor:
    """What a customer owes a legal entity overdue, all currencies in the entity's base currency."""

    customer_id: int
    number: str
    name: str
    entity_id: int
    entity_code: str
    base_currency: str
    overdue: Decimal
    oldest_due_on: date | None


@dataclass(frozen=True)
class CollectorWork:
    """Live tasks of a collector with one legal entity; `user_id` None: those of the queues."""

    user_id: int | None
    name: str
    entity_id: int
    base_currency: str
    open: int
    at_risk: Decimal


@dataclass(frozen=True)
class LastRun:
    id: int
    entity_id: int
    entity_code: str
    as_of: date
    state: str
    considered: int
    notices: int
    items: int
    messages: dict[str, int]  # by state of the message
    tasks: int


@dataclass(frozen=True)
class PromiseFigures:
    """Promises in a currency: due in the seven days from today, and broken or kept in part in the last thirty."""

    currency: str
    due: int
    due_amount: Decimal
    broken: int
    broken_amount: Decimal


@dataclass(frozen=True)
class Figures:
    entities: list[EntityFigures]
    currencies: list[CurrencyFigures]
    debtors: list[Debtor]
    work: list[CollectorWork]
    runs: list[LastRun]
    promises: list[PromiseFigures]
    proof: ProofRun | None
    failing: list[Heartbeat] = field(default_factory=list)

    @property
    def made_at(self) -> datetime | None:
        """When the oldest of the figures was made; None where one never was."""
        times = [entity.made_at for entity in self.entities]
        return min(times) if times and None not in times else None

    @property
    def proven(self) -> bool | None:
        """Whether the last proof of the books was clean; None before the first."""
        return None if self.proof is None else not self.proof.findings


def figures(user: User) -> Figures:
    """What the user's first page shows, in eight queries however large the book is."""
    entities = list(LegalEntity.objects.for_user(user).select_related("rollup").order_by("code"))
    ids = [entity.pk for entity in entities]
    sums = list(CurrencyRollup.objects.filter(entity__in=ids))
    return Figures(
        entities=[_entity(entity, sums) for entity in entities],
        currencies=_currencies(sums),
        debtors=[Debtor(*row) for row in _rows(TOP_DEBTORS, entities=ids, most=DEBTORS)],
        work=[CollectorWork(*row) for row in _rows(WORK, entities=ids)],
        runs=[
            LastRun(*row[:-2], messages=json.loads(row[-2]), tasks=row[-1]) for row in _rows(LAST_RUNS, entities=ids)
        ],
        promises=[
            PromiseFigures(*row) for row in _rows(PROMISES, entities=ids, ahead=PROMISES_AHEAD, back=PROMISES_BACK)
        ],
        **_health(),
    )


def _entity(entity: LegalEntity, sums: list[CurrencyRollup]) -> EntityFigures:
    book = getattr(entity, "rollup", None)
    own = [row for row in sums if row.entity_id == entity.pk]
    return EntityFigures(
        id=entity.pk,
        code=entity.code,
        name=entity.name,
        base_currency=entity.base_currency,
        as_of=book.as_of if book else None,
        made_at=book.made_at if book else None,
        changed_since=bool(book and book.changed_at and book.changed_at >= book.made_at),
        total=sum((row.base_total or Decimal(0) for row in own), Decimal(0)),
        overdue=sum((row.base_overdue or Decimal(0) for row in own), Decimal(0)),
        customers=max((row.customers for row in own), default=0),
        items=sum(row.items for row in own),
        unpriced=tuple(sorted(row.currency for row in own if row.base_total is None)),
    )


def _currencies(sums: list[CurrencyRollup]) -> list[CurrencyFigures]:
    found = []
    for currency in sorted({row.currency for row in sums}):
        rows = [row for row in sums if row.currency == currency]
        found.append(
            CurrencyFigures(
                currency=currency,
                total=sum(row.total for row in rows),
                overdue=sum(row.overdue for row in rows),
                items=sum(row.items for row in rows),
                buckets={bucket.removeprefix("days_"): sum(getattr(row, bucket) for row in rows) for bucket in BUCKETS},
            )
        )
    return found


def _health() -> dict:
    """The last proof, and the parts of the regular work that fail, for whoever sees the page: both concern all."""
    return {
        "proof": ProofRun.objects.order_by("-as_of").first(),
        "failing": list(Heartbeat.objects.filter(failures__gt=0).order_by("part")),
    }


def _rows(sql: str, **facts) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()


# Each entity's worst by its own index, then the worst of all by their worth in euros.
TOP_DEBTORS = """
    SELECT worst.customer_id, c.number, c.name, e.id, e.code, e.base_currency, worst.overdue, worst.oldest_due_on
    FROM orders_legalentity e JOIN analytics_bookrollup book ON book.entity_id = e.id
    CROSS JOIN LATERAL (
        SELECT r.customer_id, r.customer_base_overdue AS overdue, min(r.oldest_due_on) AS oldest_due_on
        FROM analytics_customerrollup r WHERE r.entity_id = e.id AND r.customer_base_overdue > 0
        GROUP BY r.customer_base_overdue, r.customer_id ORDER BY r.customer_base_overdue DESC, r.customer_id
        LIMIT %(most)s
    ) worst
    JOIN orders_customer c ON c.id = worst.customer_id
    WHERE e.id = ANY(%(entities)s)
    ORDER BY worst.overdue / coalesce(book.euro_rate, 1) DESC, c.number, e.id LIMIT %(most)s
"""
WORK = """
    SELECT t.user_id, coalesce(nullif(trim(concat(u.first_name, ' ', u.last_name)), ''), u.username, ''),
        t.entity_id, e.base_currency, t.open, t.at_risk
    FROM (
        SELECT coalesce(claimed_by_id, assignee_id) AS user_id, entity_id, count(*) AS open, sum(at_risk) AS at_risk
        FROM collections_task WHERE state IN ('open', 'claimed', 'snoozed') AND entity_id = ANY(%(entities)s)
        GROUP BY 1, 2
    ) t
    JOIN orders_legalentity e ON e.id = t.entity_id LEFT JOIN core_user u ON u.id = t.user_id
    ORDER BY 2, e.code
"""
LAST_RUNS = """
    SELECT run.id, e.id, e.code, run.as_of, run.state, run.considered, run.notices_made, run.items_noticed,
        coalesce((
            SELECT jsonb_object_agg(state, n) FROM (
                SELECT m.state, count(*) AS n FROM collections_notice n JOIN core_message m ON m.id = n.message_id
                WHERE n.run_id = run.id GROUP BY 1
            ) by_state
        ), '{}'),
        (SELECT count(*) FROM collections_notice n JOIN collections_task t ON t.notice_id = n.id
            WHERE n.run_id = run.id)
    FROM orders_legalentity e
    CROSS JOIN LATERAL (
        SELECT * FROM collections_dunningrun r
        WHERE r.entity_id = e.id AND r.scenario_id IS NULL AND r.state <> 'cancelled'
        ORDER BY r.as_of DESC, r.id DESC LIMIT 1
    ) run
    WHERE e.id = ANY(%(entities)s) ORDER BY e.code
"""
PROMISES = """
    SELECT p.currency, count(*) FILTER (WHERE p.state = 'open'),
        coalesce(sum(p.amount) FILTER (WHERE p.state = 'open'), 0), count(*) FILTER (WHERE p.state <> 'open'),
        coalesce(sum(p.amount - p.paid) FILTER (WHERE p.state <> 'open'), 0)
    FROM collections_promisetopay p JOIN analytics_bookrollup book ON book.entity_id = p.entity_id
    WHERE p.entity_id = ANY(%(entities)s) AND (
        (p.state = 'open' AND p.pay_by >= book.as_of AND p.pay_by < book.as_of + %(ahead)s)
        OR (p.state IN ('broken', 'partly_kept') AND p.pay_by >= book.as_of - %(back)s AND p.pay_by < book.as_of)
    )
    GROUP BY 1 ORDER BY 1
"""
