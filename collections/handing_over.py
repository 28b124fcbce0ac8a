"""What is to be handed over, customer by customer, and what of a customer may be. The rule is `dunning_hand_overs`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.core import clock
from o2c.orders.models import Customer, LegalEntity

RECOMMENDED = """
    WITH due AS MATERIALIZED (
        SELECT * FROM dunning_hand_overs(%(on)s, %(entity)s, NULL, NULL)
    ), debtor AS (
        SELECT customer_id, currency, count(*) AS items, sum(chased) AS total, max(days_late) AS days_late,
               max(last_notice_on) AS last_notice_on, min(since) AS since,
               array_agg(item_id ORDER BY item_id) AS item_ids
        FROM due GROUP BY customer_id, currency
    ), broken AS (
        SELECT p.customer_id, p.currency, count(*) AS times FROM collections_promisetopay p
        JOIN debtor d ON d.customer_id = p.customer_id AND d.currency = p.currency
        WHERE p.entity_id = %(entity)s AND p.state IN ('broken', 'partly_kept') GROUP BY 1, 2
    ), contested AS (
        SELECT o.customer_id, count(*) AS times FROM collections_dispute o
        WHERE o.entity_id = %(entity)s AND o.closed_on IS NULL AND o.customer_id IN (SELECT customer_id FROM debtor)
        GROUP BY 1
    ), before AS (
        SELECT customer_id, currency, count(*) AS times FROM collections_placement
        WHERE entity_id = %(entity)s AND state <> 'placed' AND customer_id IN (SELECT customer_id FROM debtor)
        GROUP BY 1, 2
    )
    SELECT d.customer_id, c.number, c.name, d.currency, d.items, d.total, d.days_late, d.last_notice_on, d.since,
           coalesce(b.times, 0), coalesce(o.times, 0), coalesce(e.times, 0), d.item_ids
    FROM debtor d
    JOIN orders_customer c ON c.id = d.customer_id
    LEFT JOIN broken b ON b.customer_id = d.customer_id AND b.currency = d.currency
    LEFT JOIN contested o ON o.customer_id = d.customer_id
    LEFT JOIN before e ON e.customer_id = d.customer_id AND e.currency = d.currency
    ORDER BY d.currency, d.total DESC, d.customer_id
"""
# A customer's overdue items in a currency: what dunning says of each, and whether it is recommended.
MAY_BE = """
    SELECT f.item_id, i.number, i.due_on, f.days_late, i.amount, f.balance, f.last_level, f.last_notice_on,
           coalesce(f.blocked, ''), h.item_id IS NOT NULL
    FROM dunning_facts(%(on)s, NULL, %(entity)s, %(payer)s, %(payer)s) f
    JOIN invoicing_openitem i ON i.id = f.item_id
    LEFT JOIN dunning_hand_overs(%(on)s, %(entity)s, %(payer)s, %(payer)s) h ON h.item_id = f.item_id
    WHERE f.customer_id = %(customer)s AND f.currency = %(currency)s AND f.days_late > 0
    ORDER BY i.due_on, f.item_id
"""


@dataclass(frozen=True)
class Recommended:
    """What a customer owes in a currency that an agency should have, since when, and what speaks for and against it."""

    entity: LegalEntity
    customer_id: int
    number: str
    name: str
    currency: str
    items: int
    total: Decimal
    days_late: int
    last_notice_on: date
    since: date
    broken_promises: int
    disputes: int
    placed_before: int
    item_ids: list[int]


@dataclass(frozen=True)
class Candidate:
    """An overdue item that a person may choose. `blocked` is why dunning would leave it alone; empty: it would not."""

    item_id: int
    number: str
    due_on: date
    days_late: int
    amount: Decimal
    balance: Decimal
    last_level: int
    last_notice_on: date | None
    blocked: str
    is_recommended: bool

    @property
    def may_be_chosen(self) -> bool:
        return self.blocked not in ("handed_over", "direct_debit", "plan_kept")


def recommended(entities: Iterable[LegalEntity], on: date | None = None) -> list[Recommended]:
    """What is due for a hand-over today, where each legal entity is (or on a day), the largest first by currency."""
    found = []
    with connection.cursor() as cursor:
        for entity in entities:
            cursor.execute(RECOMMENDED, {"on": on or clock.today(entity.time_zone), "entity": entity.pk})
            found += [Recommended(entity, *row) for row in cursor.fetchall()]
    return found


def may_be_chosen(customer: Customer, entity: LegalEntity, currency: str, on: date) -> list[Candidate]:
    """A customer's overdue items in a currency on a day, the longest due first, those of an agency too."""
    facts = {
        "on": on,
        "entity": entity.pk,
        "payer": customer.payer_id or customer.pk,
        "customer": customer.pk,
        "currency": currency,
    }
    with connection.cursor() as cursor:
        cursor.execute(MAY_BE, facts)
        return [Candidate(*row) for row in cursor.fetchall()]
