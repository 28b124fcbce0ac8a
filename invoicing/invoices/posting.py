"""The books' side of issuing: entries, their postings, open items, and what a credit note settles.

An invoice debits receivables (one posting for each of its items) and what was received before; it credits sales, the
tax and the rounding. A credit note turns every sign. A cancellation takes the invoice's own postings back, at the
rates of that day, so that nothing is left of it.
"""

from django.db import connection

from o2c.core.actors import Actor
from o2c.invoicing.models import LedgerAccount
from o2c.orders.models import LegalEntity

Role = LedgerAccount.Role

LOCK_ITEMS = """
    SELECT 1 FROM invoicing_openitem WHERE id IN (
        SELECT i.id FROM working w JOIN invoicing_invoice d ON d.id = w.invoice_id
        JOIN invoicing_invoice o ON o.id = d.corrects_id JOIN invoicing_openitem i ON i.entry_id = o.entry_id
    ) ORDER BY id FOR NO KEY UPDATE
"""


def lock_items() -> None:
    """Lock the items that what is worked on corrects, in the order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_ITEMS)


# In an entry the last of these that it has takes what rounding to the base currency leaves over.
LINES = """
    CREATE TEMP TABLE issue_line ON COMMIT DROP AS
    SELECT v.invoice_id, v.account_id, v.item_id, v.amount, v.place,
        CASE WHEN v.currency = %(base)s THEN v.amount
             ELSE invoicing_in_base(v.amount, v.currency, %(base)s, v.issued_on) END AS base_amount
    FROM (
        SELECT s.invoice_id, s.currency, s.issued_on, %(receivables)s AS account_id, p.item_id, p.amount, 1 AS place
        FROM issuing s JOIN issue_part p ON p.invoice_id = s.invoice_id WHERE NOT s.cancels
        UNION ALL
        SELECT s.invoice_id, s.currency, s.issued_on, o.account_id, NULL, s.sign * o.amount, o.place
        FROM issuing s JOIN invoicing_invoice d ON d.id = s.invoice_id
        CROSS JOIN LATERAL (VALUES (%(prepayments)s, d.prepaid, 2), (%(rounding)s, -d.rounding, 3),
            (%(output_tax)s, -d.tax_total, 4), (%(sales)s, -d.net_total, 5)) AS o (account_id, amount, place)
        WHERE o.amount <> 0 AND NOT s.cancels
    ) v
    UNION ALL
    SELECT s.invoice_id, p.account_id, t.item_id, -p.amount, 0, -p.base_amount
    FROM issuing s JOIN invoicing_invoice o ON o.id = s.corrects_id
    JOIN invoicing_posting p ON p.entry_id = o.entry_id
    LEFT JOIN issue_part t ON t.invoice_id = s.invoice_id AND t.opposite_of = p.item_id
    WHERE s.cancels
"""
LEFT_OVER = """
    UPDATE issue_line l SET base_amount = l.base_amount - t.over
    FROM (
        SELECT invoice_id, max(place) AS place, sum(base_amount) AS over FROM issue_line
        GROUP BY 1 HAVING sum(base_amount) <> 0
    ) t WHERE l.invoice_id = t.invoice_id AND l.place = t.place
"""
NO_ENTRY = """
    UPDATE issuing s SET entry_id = NULL WHERE NOT EXISTS (SELECT 1 FROM issue_line l WHERE l.invoice_id = s.invoice_id)
"""


def prepare(entity: LegalEntity) -> None:
    """Work out every posting of what is issued; nothing of the books is written or locked yet."""
    accounts = dict(LedgerAccount.objects.filter(entity=entity).values_list("role", "id"))
    roles = (Role.RECEIVABLES, Role.PREPAYMENTS, Role.ROUNDING, Role.OUTPUT_TAX, Role.SALES)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS issue_line")
        cursor.execute(LINES, {"base": entity.base_currency} | {role.value: accounts[role] for role in roles})
        cursor.execute(LEFT_OVER)
        cursor.execute("ANALYZE issue_line (invoice_id)")
        cursor.execute(NO_ENTRY)


ENTRIES = """
    INSERT INTO invoicing_entry (id, entity_id, payer_id, kind, text, effective_on, known_on, reverses_id, actor)
    SELECT s.entry_id, %(entity)s, s.payer_id, CASE WHEN s.cancels THEN 'reversal' ELSE 'item' END, s.number,
        s.issued_on, s.known_on, CASE WHEN s.cancels THEN o.entry_id END, %(actor)s
    FROM issuing s LEFT JOIN invoicing_invoice o ON o.id = s.corrects_id
    WHERE s.entry_id IS NOT NULL ORDER BY s.entry_id
"""
ITEMS = """
    INSERT INTO invoicing_openitem (id, entity_id, customer_id, payer_id, kind, source, external_id, number, issued_on,
        due_on, currency, amount, open_amount, base_amount, cycle, effective_on, known_on, entry_id, import_run_id)
    SELECT p.item_id, %(entity)s, s.customer_id, s.payer_id,
        CASE WHEN s.cancels THEN 'correction' ELSE s.kind END, 'o2c', 'invoice:' || s.invoice_id || '/' || p.position,
        s.number || CASE WHEN p.of > 1 THEN '/' || p.position ELSE '' END, s.issued_on, p.due_on, s.currency, p.amount,
        p.amount, l.base_amount, 1, s.issued_on, s.known_on, s.entry_id, d.import_run_id
    FROM issue_part p JOIN issuing s ON s.invoice_id = p.invoice_id
    JOIN invoicing_invoice d ON d.id = s.invoice_id
    JOIN issue_line l ON l.invoice_id = p.invoice_id AND l.item_id = p.item_id
    ORDER BY p.item_id
"""
POSTINGS = """
    INSERT INTO invoicing_posting (entry_id, account_id, item_id, currency, amount, base_amount)
    SELECT s.entry_id, l.account_id, l.item_id, s.currency, l.amount,
        CASE WHEN bool_and(l.base_amount IS NOT NULL) OVER (PARTITION BY l.invoice_id) THEN l.base_amount END
    FROM issue_line l JOIN issuing s ON s.invoice_id = l.invoice_id ORDER BY s.entry_id, l.place
"""


def write(entity: LegalEntity, actor: Actor) -> None:
    """Write entries, items and postings of what is numbered by now."""
    facts = {"entity": entity.pk, "actor": actor.name}
    with connection.cursor() as cursor:
        # Foreign keys are checked statement by statement, to keep nothing waiting.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in (ENTRIES, ITEMS, POSTINGS):
            cursor.execute(statement, facts)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# A cancellation clears the items that it takes back. Another credit note settles its invoice, what is due first first,
# as far as that is open; the rest stays to the customer's credit.
SETTLE = """
    WITH credit AS (
        SELECT s.invoice_id, s.payer_id, p.item_id, p.amount, p.opposite_of, s.corrects_id, s.cancels,
            -sum(CASE WHEN s.cancels THEN 0 ELSE p.amount END)
                OVER (PARTITION BY s.corrects_id ORDER BY s.invoice_id, p.position) AS until,
            CASE WHEN s.cancels THEN 0 ELSE -p.amount END AS own
        FROM issuing s JOIN issue_part p ON p.invoice_id = s.invoice_id WHERE s.corrects_id IS NOT NULL
    ), debit AS (
        SELECT o.id AS invoice_id, i.id AS item_id, i.open_amount,
            sum(i.open_amount) OVER (PARTITION BY o.id ORDER BY i.due_on, i.id) AS until
        FROM invoicing_invoice o JOIN invoicing_openitem i ON i.entry_id = o.entry_id
        WHERE o.id IN (SELECT corrects_id FROM credit WHERE NOT cancels) AND i.open_amount > 0
    ), pair AS (
        SELECT CASE WHEN c.amount < 0 THEN c.opposite_of ELSE c.item_id END AS debit_id,
            CASE WHEN c.amount < 0 THEN c.item_id ELSE c.opposite_of END AS credit_id, c.payer_id,
            abs(c.amount) AS amount
        FROM credit c WHERE c.cancels
        UNION ALL
        SELECT d.item_id, c.item_id, c.payer_id,
            least(d.until, c.until) - greatest(d.until - d.open_amount, c.until - c.own)
        FROM credit c JOIN debit d ON d.invoice_id = c.corrects_id
            AND d.until > c.until - c.own AND c.until > d.until - d.open_amount
        WHERE NOT c.cancels AND %(apply)s
    )
    INSERT INTO invoicing_allocation (debit_item_id, credit_item_id, payer_id, currency, amount, effective_on, known_on,
        actor)
    SELECT p.debit_id, p.credit_id, p.payer_id, d.currency, p.amount,
        greatest(d.effective_on, c.effective_on), greatest(d.known_on, c.known_on), %(actor)s
    FROM pair p JOIN invoicing_openitem d ON d.id = p.debit_id JOIN invoicing_openitem c ON c.id = p.credit_id
    WHERE p.amount > 0 ORDER BY p.debit_id, p.credit_id
"""


def settle(actor: Actor, apply: bool) -> None:
    """Let what was just issued clear what it corrects; credit notes only where `apply`."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"apply": apply, "actor": actor.name})
