"""Which items may be offered a discount on a day: one statement over all of a legal entity's items.

Not what is settled in part, disputed, promised, in a plan, on hold, with an agency, being debited or proposed to be
paid by a line of the bank; not for customers who are blocked, whose debts we collect by a mandate, or who were written
to lately; not what is, was or will be offered already. Late payers by the rule's word.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.invoicing.models import EarlyOfferRule
from o2c.orders.models import LegalEntity

# Of which items nothing is offered, nor stands: what is agreed of them, or who has them.
AGREED = """
        SELECT item_id FROM collections_promised(%(as_of)s) WHERE pay_by >= %(as_of)s
        UNION SELECT item_id FROM collections_planned(%(as_of)s)
        UNION SELECT item_id FROM collections_held(%(as_of)s) WHERE item_id IS NOT NULL
        UNION SELECT item_id FROM collections_placeditem
            WHERE from_on <= %(as_of)s AND (until IS NULL OR until > %(as_of)s)
"""
# Whose customers are on hold as a whole.
HELD = """
        SELECT customer_id FROM collections_held(%(as_of)s)
        WHERE item_id IS NULL AND (entity_id IS NULL OR entity_id = %(entity)s)
"""
# Each set that holds items back is worked out once: the items are compared with whole sets.
ELIGIBLE = f"""
    WITH rule AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(%(rules)s) AS r (id bigint, segment text, least_days integer, minimum numeric,
            pause_days integer, skips_late_payers boolean, offers boolean)
    ), apart AS MATERIALIZED (
        SELECT item_id FROM collections_contested(%(as_of)s)
        UNION {AGREED}
        UNION SELECT item_id FROM collections_paying(%(as_of)s)
        UNION SELECT item_id FROM invoicing_collection
            WHERE from_on <= %(as_of)s AND (until IS NULL OR until > %(as_of)s)
        UNION SELECT item_id FROM invoicing_earlyoffer WHERE entity_id = %(entity)s
            AND (state IN ('taken', 'lapsed') OR (state IN ('proposed', 'open') AND NOT id = ANY(%(offers)s)))
    ), nobody AS MATERIALIZED (
        {HELD}
        UNION SELECT customer_id FROM invoicing_mandate WHERE entity_id = %(entity)s AND state = 'active'
    ), late AS MATERIALIZED (
        SELECT DISTINCT customer_id FROM collections_latepayer WHERE entity_id = %(entity)s AND state = 'listed'
    ), told AS MATERIALIZED (
        SELECT customer_id, max(offered_on) AS on FROM invoicing_earlyoffer
        WHERE entity_id = %(entity)s AND state NOT IN ('proposed', 'dropped') GROUP BY customer_id
    ), account AS MATERIALIZED (
        SELECT a.customer_id, r.* FROM orders_account a
        JOIN rule r ON r.segment = CASE WHEN EXISTS (SELECT FROM rule s WHERE s.segment = a.segment)
            THEN a.segment ELSE '' END
        LEFT JOIN nobody n ON n.customer_id = a.customer_id
        LEFT JOIN late l ON l.customer_id = a.customer_id AND r.skips_late_payers
        LEFT JOIN told t ON t.customer_id = a.customer_id AND t.on > %(as_of)s - r.pause_days
        WHERE a.entity_id = %(entity)s AND a.standing = 'open' AND r.offers
            AND n.customer_id IS NULL AND l.customer_id IS NULL AND t.customer_id IS NULL
    ), item AS (
        SELECT i.id, i.customer_id, i.payer_id, i.currency, i.open_amount, i.due_on, a.id AS rule_id, a.minimum,
            CASE WHEN i.currency = %(base)s THEN 1
                ELSE coalesce(i.base_amount / i.amount,
                    invoicing_rate(%(base)s, %(as_of)s) / invoicing_rate(i.currency, %(as_of)s)) END AS rate
        FROM invoicing_openitem i
        JOIN account a ON a.customer_id = i.customer_id
        LEFT JOIN apart x ON x.item_id = i.id
        WHERE i.entity_id = %(entity)s AND i.kind = 'invoice' AND i.open_amount > 0 AND i.open_amount = i.amount
            AND i.superseded_on IS NULL AND i.disputed_on IS NULL AND i.counts_from <= %(as_of)s
            AND i.due_on >= %(as_of)s + a.least_days AND x.item_id IS NULL
            AND (%(items)s::bigint[] IS NULL OR i.id = ANY(%(items)s))
    )
    SELECT id, customer_id, payer_id, currency, open_amount, due_on, rule_id, round(rate, 10)
    FROM item WHERE rate > 0 AND open_amount * rate >= minimum
    ORDER BY open_amount * rate DESC, due_on DESC, id
"""  # noqa: S608 made of our own words


@dataclass(frozen=True)
class Eligible:
    """An item that may be offered a discount, and by which rule; `rate` is base currency for one of the item's."""

    item_id: int
    customer_id: int
    payer_id: int
    currency: str
    amount: Decimal
    due_on: date
    rule_id: int
    rate: Decimal


def find(
    entity: LegalEntity,
    rules: Iterable[EarlyOfferRule],
    as_of: date,
    *,
    items: Iterable[int] | None = None,
    offers: Iterable[int] = (),
) -> list[Eligible]:
    """The items that may be offered one, the largest first; by rules, one a segment, which need not be written down.

    `items`: only of these. `offers` are those whose own items are looked at again.
    """
    told = [
        {
            "id": rule.pk or 0, "segment": rule.segment, "least_days": rule.least_days, "minimum": str(rule.minimum),
            "pause_days": rule.pause_days, "skips_late_payers": rule.skips_late_payers, "offers": rule.offers,
        }
        for rule in rules
    ]  # fmt: skip
    facts = {
        "rules": json.dumps(told), "entity": entity.pk, "base": entity.base_currency, "as_of": as_of,
        "items": None if items is None else sorted(items), "offers": sorted(offers),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ELIGIBLE, facts)
        return [Eligible(*row) for row in cursor.fetchall()]
