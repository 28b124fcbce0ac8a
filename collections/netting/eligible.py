"""What of a customer and a legal entity may be netted on a day, and why the rest may not: one statement a side.

The reasons that hold an item back are those of direct debits, of which a netting is the other way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.invoicing.models import NettingAgreement

# Why an item or a payable is left out.
LEFT_OUT = {
    "disputed": "Disputed",
    "promise_open": "Promised to be paid",
    "plan_kept": "In a payment plan",
    "hold": "On hold",
    "handed_over": "With an agency",
    "under_way": "Being collected by direct debit",
    "paying": "Proposed for a bank line",
    "blocked": "Payment blocked",
    "not_due": "Not due yet",
    "in_netting": "In another netting",
}

ITEMS = """
    WITH taken AS (
        SELECT x.item_id, sum(x.amount) AS amount FROM invoicing_netteditem x
        JOIN invoicing_netting n ON n.id = x.netting_id AND n.state = 'asked' AND n.id IS DISTINCT FROM %(netting)s
        WHERE n.customer_id = %(customer)s AND n.entity_id = %(entity)s GROUP BY 1
    ), held AS (
        SELECT item_id FROM collections_held(%(on)s)
        WHERE customer_id = %(customer)s AND (entity_id IS NULL OR entity_id = %(entity)s)
    )
    SELECT i.id, i.number, i.issued_on, i.due_on, i.amount, i.open_amount - coalesce(t.amount, 0), CASE
            WHEN i.disputed_on <= %(on)s OR i.id IN (SELECT item_id FROM collections_contested(%(on)s))
                OR EXISTS (SELECT 1 FROM invoicing_deduction d WHERE d.item_id = i.id AND d.state = 'open')
                THEN 'disputed'
            WHEN i.id IN (SELECT item_id FROM collections_promised(%(on)s) WHERE pay_by >= %(on)s) THEN 'promise_open'
            WHEN i.id IN (SELECT item_id FROM collections_planned(%(on)s)) THEN 'plan_kept'
            WHEN EXISTS (SELECT 1 FROM held h WHERE h.item_id IS NULL OR h.item_id = i.id) THEN 'hold'
            WHEN EXISTS (SELECT 1 FROM collections_placeditem p WHERE p.item_id = i.id AND p.until IS NULL)
                THEN 'handed_over'
            WHEN EXISTS (SELECT 1 FROM invoicing_collection c WHERE c.item_id = i.id
                         AND c.state IN ('proposed', 'exported', 'accepted')) THEN 'under_way'
            WHEN i.id IN (SELECT item_id FROM collections_paying(%(on)s)) THEN 'paying'
            WHEN %(due)s AND i.due_on > %(on)s THEN 'not_due'
            WHEN i.open_amount <= t.amount THEN 'in_netting'
            ELSE '' END
    FROM invoicing_openitem i LEFT JOIN taken t ON t.item_id = i.id
    WHERE i.entity_id = %(entity)s AND i.customer_id = %(customer)s AND i.currency = %(currency)s
        AND i.kind IN ('invoice', 'fee') AND i.open_amount > 0 AND i.superseded_on IS NULL AND i.counts_from <= %(on)s
    ORDER BY i.due_on, i.id
"""
PAYABLES = """
    WITH taken AS (
        SELECT x.payable_id, sum(x.amount) AS amount FROM invoicing_nettedpayable x
        JOIN invoicing_netting n ON n.id = x.netting_id AND n.state = 'asked' AND n.id IS DISTINCT FROM %(netting)s
        WHERE n.customer_id = %(customer)s AND n.entity_id = %(entity)s GROUP BY 1
    )
    SELECT p.id, p.number, p.issued_on, p.due_on, p.amount, p.open_amount - coalesce(t.amount, 0), CASE
            WHEN p.blocked THEN 'blocked'
            WHEN %(due)s AND p.due_on > %(on)s THEN 'not_due'
            WHEN p.open_amount <= t.amount THEN 'in_netting'
            ELSE '' END
    FROM invoicing_payable p LEFT JOIN taken t ON t.payable_id = p.id
    WHERE p.entity_id = %(entity)s AND p.customer_id = %(customer)s AND p.currency = %(currency)s
        AND p.open_amount > 0 AND p.issued_on <= %(on)s
    ORDER BY p.due_on, p.id
"""


@dataclass(frozen=True)
class Candidate:
    """An item or a payable that is open; `why` it may not be netted, empty where it may, and then how much."""

    id: int
    number: str
    issued_on: date
    due_on: date
    amount: Decimal
    open_amount: Decimal
    why: str

    @property
    def left_out(self) -> str:
        return LEFT_OUT.get(self.why, "")


@dataclass(frozen=True)
class Sides:
    """What is open of both, the oldest due first."""

    items: list[Candidate]
    payables: list[Candidate]

    def suggested(self) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
        """How much of each item and payable would clear each other: the oldest due first, up to the smaller side."""
        most = min(_total(self.items), _total(self.payables))
        return _spread(self.items, most), _spread(self.payables, most)


def sides(agreement: NettingAgreement, currency: str, on: date, *, netting: int | None = None) -> Sides:
    """What is open between the parties of an agreement in a currency, and what of it may be netted on the day.

    What other nettings that wait ask for is not there twice; `netting` is the one that is looked at again.
    """
    facts = {
        "entity": agreement.entity_id, "customer": agreement.customer_id, "currency": currency, "on": on,
        "due": agreement.nets == NettingAgreement.Nets.DUE, "netting": netting,
    }  # fmt: skip
    return Sides(_found(ITEMS, facts), _found(PAYABLES, facts))


def currencies(agreements: Iterable[NettingAgreement]) -> dict[int, list[str]]:
    """In which currencies both sides of each agreement have anything open, whether it may be netted or not, by id."""
    with connection.cursor() as cursor:
        cursor.execute(CURRENCIES, {"ids": [agreement.pk for agreement in agreements]})
        return dict(cursor.fetchall())


CURRENCIES = """
    SELECT g.id, array_agg(c.currency::text ORDER BY c.currency) FROM invoicing_nettingagreement g
    CROSS JOIN LATERAL (
        SELECT currency FROM invoicing_openitem i
        WHERE i.entity_id = g.entity_id AND i.customer_id = g.customer_id AND i.open_amount > 0
            AND i.superseded_on IS NULL AND i.kind IN ('invoice', 'fee')
        INTERSECT
        SELECT currency FROM invoicing_payable p
        WHERE p.entity_id = g.entity_id AND p.customer_id = g.customer_id AND p.open_amount > 0
    ) c WHERE g.id = ANY(%(ids)s) GROUP BY g.id
"""


def _found(sql: str, facts: dict) -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return [Candidate(*row) for row in cursor.fetchall()]


def _total(rows: Iterable[Candidate]) -> Decimal:
    return sum((row.open_amount for row in rows if not row.why), Decimal(0))


def _spread(rows: Iterable[Candidate], most: Decimal) -> dict[int, Decimal]:
    shares = {}
    for row in rows:
        if most <= 0:
            break
        if not row.why:
            shares[row.id] = min(most, row.open_amount)
            most -= shares[row.id]
    return shares
