"""Blocking accounts: nothing new is invoiced to the customer by the legal entity until a person opens it."""

from django.db import connection

from o2c.core.actors import Actor, acting
from o2c.orders.models import Account, LegalEntity

BLOCK = """
    WITH open AS (
        SELECT id FROM orders_account
        WHERE entity_id = %(entity)s AND customer_id = ANY(%(customers)s) AND standing = %(open)s
        ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE orders_account a SET standing = %(blocked)s, standing_reason = why.reason
    FROM open, unnest(%(customers)s::bigint[], %(reasons)s::varchar[]) AS why(customer_id, reason)
    WHERE a.id = open.id AND why.customer_id = a.customer_id
    RETURNING a.customer_id
"""


def block(entity: LegalEntity, reasons: dict[int, str], *, actor: Actor) -> set[int]:
    """Block the customers of `reasons`, by their ids, each for its reason; whose account was open until now.

    What is blocked or closed already keeps its reason.
    """
    with acting(actor), connection.cursor() as cursor:
        cursor.execute(
            BLOCK,
            {
                "entity": entity.pk,
                "customers": list(reasons),
                "reasons": [reason[:200] for reason in reasons.values()],
                "open": Account.Standing.OPEN,
                "blocked": Account.Standing.BLOCKED,
            },
        )
        return {customer_id for (customer_id,) in cursor.fetchall()}
