"""What is gained or lost in the base currency when the two sides of an allocation were booked at different rates.

An invoice of 100 USD that stood at 92 EUR and is paid by 100 USD worth 95 EUR brings 3 EUR (IAS 21.28). The receivables
account is right in dollars and keeps the 3 in its base amounts; the entry that realises them is in the base currency
alone, against the account of revaluation, so that receivables still equal what is open.
"""

from django.db import connection

from o2c.core.actors import SYSTEM, acting
from o2c.invoicing import chart
from o2c.invoicing.models import LedgerAccount
from o2c.orders.models import LegalEntity

ROLE = LedgerAccount.Role


def settled(payloads: list[dict]) -> None:
    """Handle events of items that were settled or reopened, or of a whole book that changed."""
    touched: dict[int, set[int] | None] = {}
    for payload in payloads:
        entity_id, customer_id = payload["entity_id"], payload.get("customer_id")
        if customer_id is None or touched.get(entity_id, set()) is None:
            touched[entity_id] = None
        else:
            touched.setdefault(entity_id, set()).add(customer_id)
    for entity in LegalEntity.objects.filter(pk__in=touched, cash_applied_by=LegalEntity.Keeper.O2C).order_by("pk"):
        customers = touched[entity.pk]
        realise(entity, None if customers is None else sorted(customers))


def realise(entity: LegalEntity, customer_ids: list[int] | None = None) -> int:
    """Post what allocations in foreign currencies have realised and nobody has posted yet; how many were looked at.

    Each allocation once, also one that undoes another. What files loaded as history was realised where it came from.
    An item's base amount is used up in proportion; what rounding leaves goes with the part that clears it. A day that
    is closed is posted on the first that is open.
    """
    with acting(SYSTEM), connection.cursor() as cursor:
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        cursor.execute("DROP TABLE IF EXISTS realised")
        cursor.execute(
            FOUND,
            {"entity": entity.pk, "base": entity.base_currency, "customers": customer_ids},
        )
        found = cursor.rowcount
        if not found:
            return 0
        facts = {
            "entity": entity.pk,
            "base": entity.base_currency,
            "closed": entity.closed_until,
            "actor": SYSTEM.name,
            "revaluation": chart.account(entity.pk, ROLE.RECEIVABLES_REVALUATION),
            "realised": chart.account(entity.pk, ROLE.FX_REALISED),
        }
        for statement in (ENTRIES, POSTINGS, REMEMBERED):
            cursor.execute(statement, facts)
        return found


FOUND = """
    CREATE TEMP TABLE realised ON COMMIT DROP AS
    WITH due AS (
        SELECT a.id, a.debit_item_id, a.credit_item_id
        FROM invoicing_allocation a
        JOIN invoicing_openitem d ON d.id = a.debit_item_id
        JOIN invoicing_openitem c ON c.id = a.credit_item_id
        WHERE d.entity_id = %(entity)s AND a.currency <> %(base)s AND c.import_run_id IS NULL
            AND d.base_amount IS NOT NULL AND c.base_amount IS NOT NULL
            AND (%(customers)s::bigint[] IS NULL OR d.customer_id = ANY(%(customers)s))
            AND NOT EXISTS (SELECT 1 FROM invoicing_realiseddifference r WHERE r.allocation_id = a.id)
    ), used AS (
        SELECT a.id, s.item_id,
            round(i.base_amount / i.amount * sum(a.amount) OVER w, unit)
                - round(i.base_amount / i.amount * (sum(a.amount) OVER w - a.amount), unit) AS share
        FROM (SELECT debit_item_id AS item_id FROM due UNION SELECT credit_item_id FROM due) s
        JOIN invoicing_openitem i ON i.id = s.item_id
        JOIN invoicing_allocation a ON s.item_id IN (a.debit_item_id, a.credit_item_id)
        CROSS JOIN core_minor_unit(%(base)s) AS unit
        WINDOW w AS (PARTITION BY s.item_id ORDER BY a.id)
    )
    SELECT due.id AS allocation_id, c.share - d.share AS amount,
        CASE WHEN c.share <> d.share THEN nextval(pg_get_serial_sequence('invoicing_entry', 'id')) END AS entry_id
    FROM due
    JOIN used d ON d.id = due.id AND d.item_id = due.debit_item_id
    JOIN used c ON c.id = due.id AND c.item_id = due.credit_item_id
"""
ENTRIES = """
    INSERT INTO invoicing_entry (id, entity_id, payer_id, kind, text, effective_on, known_on, actor)
    SELECT r.entry_id, %(entity)s, a.payer_id, 'exchange', 'Realised ' || a.currency,
        greatest(a.effective_on, %(closed)s::date + 1), greatest(a.known_on, %(closed)s::date + 1), %(actor)s
    FROM realised r JOIN invoicing_allocation a ON a.id = r.allocation_id WHERE r.entry_id IS NOT NULL
"""
POSTINGS = """
    INSERT INTO invoicing_posting (entry_id, account_id, currency, amount, base_amount)
    SELECT r.entry_id, line.account_id, %(base)s, line.sign * r.amount, line.sign * r.amount
    FROM realised r CROSS JOIN (VALUES (1, %(revaluation)s), (-1, %(realised)s)) AS line (sign, account_id)
    WHERE r.entry_id IS NOT NULL
"""
REMEMBERED = """
    INSERT INTO invoicing_realiseddifference (allocation_id, entry_id, amount)
    SELECT allocation_id, entry_id, amount FROM realised
"""
