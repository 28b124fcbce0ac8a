"""What a later file changes of the items that are here already.

The rows stand in `import_item` (see `o2c.invoicing.loading`); what is booked is collected in `booking`.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from django.db import connection

from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.invoicing import history
from o2c.invoicing.bookings import Bookings


def revise(bookings: Bookings, stage: Stage, run: Run) -> int:
    """Bring what is known here already to what the file says; returns how many rows changed something.

    Number, due date and the disputed flag are changed. Another amount, currency, customer or day of issue makes it
    another document: the old item is reversed and a new one booked, but only while nothing is allocated to it. What
    an earlier file had settled against the opening balance (as absent, or as paid on a day nobody named) is opened
    again where this one says that it is open; money that was received is never taken back.
    """
    facts = {"entity": run.owner_id, "source": run.source, "on": run.on, "complete": run.complete}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMP TABLE import_known ON COMMIT DROP AS
            SELECT w.line, i.id FROM import_item w JOIN invoicing_openitem i
                ON i.entity_id = %(entity)s AND i.source = %(source)s AND i.external_id = w.external_id
                AND i.superseded_on IS NULL
            """,
            facts,
        )
        cursor.execute("ANALYZE import_known")
        # Only what differs is locked, in the order of the ids as every writer does; it is judged again below.
        cursor.execute(
            "SELECT count(*) FROM (SELECT id FROM invoicing_openitem"
            f" WHERE id = ANY (ARRAY(SELECT id FROM ({DIFFERENT}) d)) ORDER BY id FOR NO KEY UPDATE) locked",
            facts,
        )
        cursor.execute(f"CREATE TEMP TABLE import_change ON COMMIT DROP AS {DIFFERENT}", facts)
    stage.reject(
        """
        SELECT c.line, c.field, c.value, 'differs from what is booked, and that is settled in part or whole already'
        FROM import_change c WHERE c.supersedes AND c.open_amount <> c.amount
        """
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM import_change c USING import_row r WHERE r.line = c.line AND r.state <> 'g'")
        cursor.execute("DELETE FROM import_item w USING import_row r WHERE r.line = w.line AND r.state <> 'g'")
        cursor.execute(UNDONE)
        cursor.execute(
            """
            UPDATE import_change c SET paid = c.paid - u.paid
            FROM (SELECT line, sum(paid) AS paid FROM import_undone GROUP BY line) u WHERE u.line = c.line
            """
        )
        cursor.execute(UNALLOCATIONS, {**facts, "actor": run.actor.name})
        cursor.execute(NOTED, {**facts, "run": run.id})
        cursor.execute(
            """
            UPDATE invoicing_openitem i SET
                due_on = coalesce(w.due_on, i.due_on),
                number = w.number,
                disputed_on = CASE WHEN w.disputed THEN coalesce(i.disputed_on, %(on)s)
                                   WHEN NOT w.disputed THEN NULL ELSE i.disputed_on END
            FROM import_change c JOIN import_item w ON w.line = c.line
            WHERE c.id = i.id AND c.details AND NOT c.supersedes
            """,
            facts,
        )
        cursor.execute(
            "UPDATE invoicing_openitem SET superseded_on = %(on)s"
            " WHERE id IN (SELECT id FROM import_change WHERE supersedes)",
            facts,
        )
    stage.warn(
        """
        SELECT c.line, 'open_amount', (c.amount - c.wants_paid)::text, 'less is open here already; nothing was undone'
        FROM import_change c WHERE NOT c.supersedes AND abs(c.wants_paid) < abs(c.paid)
        """
    )
    bookings.add(REVERSALS, on=run.on)
    history.pay_known(bookings, run.on)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM import_change c WHERE supersedes OR details OR abs(wants_paid) > abs(paid)
                OR EXISTS (SELECT 1 FROM import_undone u WHERE u.line = c.line)
            """
        )
        return cursor.fetchone()[0]


# Rows that say otherwise than the item does, and in what.
DIFFERENT = """
    SELECT * FROM (
        SELECT k.line, i.id, i.amount, i.open_amount, i.amount - i.open_amount AS paid, w.paid AS wants_paid,
               %(complete)s AND w.paid IS NULL AND i.open_amount = 0 AS comes_back,
               i.customer_id <> w.customer_id OR i.currency <> w.currency OR i.amount <> w.amount
                   OR i.issued_on <> w.issued_on AS supersedes,
               coalesce(i.due_on <> w.due_on, false) OR i.number <> w.number
                   OR coalesce((i.disputed_on IS NOT NULL) <> w.disputed, false) AS details,
               CASE WHEN i.amount <> w.amount THEN 'amount' WHEN i.currency <> w.currency THEN 'currency'
                    WHEN i.customer_id <> w.customer_id THEN 'customer' ELSE 'issued_on' END AS field,
               CASE WHEN i.amount <> w.amount THEN w.amount::text WHEN i.currency <> w.currency THEN w.currency
                    WHEN i.customer_id <> w.customer_id THEN w.customer ELSE w.issued_on::text END AS value
        FROM import_known k JOIN import_item w ON w.line = k.line JOIN invoicing_openitem i ON i.id = k.id
    ) d WHERE supersedes OR details OR wants_paid <> paid OR comes_back
"""

REVERSALS = """
    INSERT INTO booking (customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on, currency,
                         amount, base_amount, effective_on, known_on, reverses_id, against, settles, settled,
                         settles_from)
    SELECT i.customer_id, i.payer_id, 'reversal', 'correction', 'o2c', i.number,
           greatest(%(on)s, i.effective_on), greatest(%(on)s, i.effective_on), i.currency, -i.amount, -i.base_amount,
           greatest(%(on)s, i.effective_on), greatest(%(on)s, i.known_on), invoicing_standing_entry(i.entry_id),
           (SELECT p.account_id FROM invoicing_posting p WHERE p.entry_id = i.entry_id AND p.item_id IS NULL LIMIT 1),
           i.id, abs(i.amount), i.counts_from
    FROM invoicing_openitem i
    WHERE i.id IN (SELECT id FROM import_change WHERE supersedes UNION ALL SELECT correction_id FROM import_undone)
"""

# How it was, for the undoing of the load.
NOTED = """
    INSERT INTO core_importedchange (run_id, subject, row, was, became)
    SELECT %(run)s, 'item', i.id,
           jsonb_build_object('number', i.number, 'due_on', i.due_on, 'disputed_on', i.disputed_on,
                              'superseded_on', i.superseded_on),
           CASE WHEN c.supersedes THEN
               jsonb_build_object('number', i.number, 'due_on', i.due_on, 'disputed_on', i.disputed_on,
                                  'superseded_on', %(on)s::date)
           ELSE
               jsonb_build_object('number', w.number, 'due_on', coalesce(w.due_on, i.due_on),
                                  'disputed_on', CASE WHEN w.disputed THEN coalesce(i.disputed_on, %(on)s)
                                                      WHEN NOT w.disputed THEN NULL ELSE i.disputed_on END,
                                  'superseded_on', i.superseded_on)
           END
    FROM import_change c JOIN import_item w ON w.line = c.line JOIN invoicing_openitem i ON i.id = c.id
    WHERE c.details OR c.supersedes
    UNION ALL
    SELECT %(run)s, 'reopened', u.allocation_id, NULL, jsonb_build_object('item', c.id)
    FROM import_undone u JOIN import_change c ON c.line = u.line
"""

# What stands settled by corrections of loads, of items of which the file says that more is open.
UNDONE = """
    CREATE TEMP TABLE import_undone ON COMMIT DROP AS
    SELECT s.line, s.allocation_id, s.correction_id, s.paid FROM (
        SELECT c.line, a.id AS allocation_id, a.credit_item_id AS correction_id, a.amount AS paid
        FROM import_change c JOIN invoicing_allocation a ON a.debit_item_id = c.id AND a.amount > 0
        WHERE c.amount > 0 AND NOT c.supersedes AND (c.comes_back OR abs(c.wants_paid) < abs(c.paid))
        UNION ALL
        SELECT c.line, a.id, a.debit_item_id, -a.amount
        FROM import_change c JOIN invoicing_allocation a ON a.credit_item_id = c.id AND a.amount > 0
        WHERE c.amount < 0 AND NOT c.supersedes AND (c.comes_back OR abs(c.wants_paid) < abs(c.paid))
    ) s
    JOIN invoicing_openitem i ON i.id = s.correction_id JOIN invoicing_entry e ON e.id = i.entry_id
    WHERE i.kind = 'correction' AND e.kind = 'correction'
        AND NOT EXISTS (SELECT 1 FROM invoicing_allocation r WHERE r.reverses_id = s.allocation_id)
"""

UNALLOCATIONS = """
    INSERT INTO invoicing_allocation (debit_item_id, credit_item_id, payer_id, currency, amount, effective_on,
                                      known_on, reverses_id, actor)
    SELECT a.debit_item_id, a.credit_item_id, a.payer_id, a.currency, -a.amount, greatest(%(on)s, a.effective_on),
           greatest(%(on)s, a.known_on), a.id, %(actor)s
    FROM invoicing_allocation a JOIN import_undone u ON u.allocation_id = a.id
"""
