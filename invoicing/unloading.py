"""Taking back what a file booked: by reversals, allocation by allocation and item by item, in set-based SQL.

What the load made are the items of its run. Nobody else could see those before it was committed, so an allocation that
touches one of them is the load's own where its number is not after the sequence's mark, and a later one where it is.
"""

from o2c.core.imports import undoing
from o2c.core.imports.asking import do
from o2c.core.imports.undoing import Undoing
from o2c.invoicing.bookings import Bookings
from o2c.invoicing.models import Allocation, OpenItem, Posting, Receipt
from o2c.orders import unloading as customers
from o2c.orders.models import Account, Customer, LegalEntity

TRACKED = (Account, Customer)
COUNTED = (Allocation,)


def undo(taking: Undoing) -> None:
    """Take back items, receipts and allocations of a load, and what it changed of items and receipts."""
    entity = LegalEntity.objects.get(pk=taking.owner_id)
    facts = find(taking)
    ask(taking, facts)
    taking.refuse_if_built_on()
    actor = {**facts, "actor": taking.actor.name}
    do(UNALLOCATE, actor)
    # Of the same run, so that the general ledger is not told of what it was never told.
    bookings = Bookings(entity, actor_name=taking.actor.name, import_run_id=taking.run.pk)
    taking.undone.taken_back = bookings.add(REVERSE, on=taking.on) - do(
        "SELECT 1 FROM undo_item u JOIN invoicing_openitem i ON i.id = u.id WHERE i.kind = 'correction'"
    )
    bookings.write()
    do("UPDATE invoicing_openitem i SET superseded_on = %(on)s FROM undo_item u WHERE u.id = i.id", dict(facts))
    do(TAKE_RECEIPTS_BACK, dict(facts))
    taking.undone.restored = do(RESTORE_ITEMS) + do(RESTORE_RECEIPTS)
    do(ALLOCATE_AGAIN, actor)
    customers.remove_unused(taking)


def find(taking: Undoing) -> dict:
    """Find the load's items and allocations, and lock all items that they touch; the facts that statements ask for."""
    first, last = taking.marks.sequences["invoicing_allocation"]
    facts = {"run": taking.run.pk, "first": first, "last": last, "on": taking.on, "ended": taking.marks.ended}
    facts["customers"] = taking.marks.events["orders_customer"][1]
    for statement in (ITEMS, "ANALYZE undo_item", OWN, REOPENED, CHANGED, TOUCHED, LOCK):
        do(statement, dict(facts))
    return facts


def ask(taking: Undoing, facts: dict) -> None:
    """Ask what builds on the items that were found."""
    taking.builds(
        "allocations made since",
        """
        SELECT p.number FROM (
            SELECT a.id, a.amount, a.credit_item_id AS other FROM invoicing_allocation a
                JOIN undo_item u ON u.id = a.debit_item_id
            UNION
            SELECT a.id, a.amount, a.debit_item_id FROM invoicing_allocation a
                JOIN undo_item u ON u.id = a.credit_item_id
        ) a JOIN invoicing_openitem p ON p.id = a.other
        WHERE a.id > %(last)s AND a.amount > 0 AND a.id NOT IN (SELECT id FROM undo_own)
            AND NOT EXISTS (SELECT 1 FROM invoicing_allocation r WHERE r.reverses_id = a.id)
        """,
        facts,
    )
    taking.builds(
        "allocations of it that were undone since",
        """
        SELECT d.number FROM undo_own o JOIN invoicing_allocation r ON r.reverses_id = o.id
        JOIN invoicing_openitem d ON d.id = r.debit_item_id
        """,
        facts,
    )
    taking.builds(
        "items settled again since",
        """
        SELECT i.number FROM (
            SELECT item_id, sum(amount) AS amount FROM undo_reopened GROUP BY item_id
        ) u JOIN invoicing_openitem i ON i.id = u.item_id
        LEFT JOIN (
            SELECT item_id, sum(amount) AS amount FROM undo_own o JOIN invoicing_allocation a ON a.id = o.id
            CROSS JOIN LATERAL (VALUES (a.debit_item_id), (a.credit_item_id)) AS side (item_id) GROUP BY item_id
        ) own ON own.item_id = u.item_id
        -- what the load itself has settled again is taken back first
        WHERE abs(i.open_amount) + coalesce(own.amount, 0) < u.amount
        """,
    )
    taking.builds(
        "items that a later file replaced",
        "SELECT i.number FROM undo_item u JOIN invoicing_openitem i ON i.id = u.id WHERE i.superseded_on IS NOT NULL",
    )
    taking.builds("items and receipts that a later file changed", LATER_FILES, facts)
    taking.builds("items changed since", CHANGED_SINCE, facts)
    taking.builds("receipts taken back or changed since", RECEIPTS_SINCE, facts)
    undoing.ask_references(taking, OpenItem, "undo_item", ignore=(Posting, Allocation, Receipt))
    undoing.ask_references(taking, Receipt, "undo_receipt")
    taking.ask("item", "undo_item")


ITEMS = """
    CREATE TEMP TABLE undo_item ON COMMIT DROP AS
    SELECT id, customer_id, entity_id FROM invoicing_openitem WHERE import_run_id = %(run)s
"""

# The load's own allocations. Where a later load had undone some, the undoing of that one made them anew.
OWN = """
    CREATE TEMP TABLE undo_own ON COMMIT DROP AS
    SELECT id FROM (
        SELECT a.id FROM invoicing_allocation a JOIN undo_item u ON u.id = a.debit_item_id
            WHERE a.id <= %(last)s AND a.amount > 0
        UNION
        SELECT a.id FROM invoicing_allocation a JOIN undo_item u ON u.id = a.credit_item_id
            WHERE a.id <= %(last)s AND a.amount > 0
        UNION
        SELECT row FROM core_importedchange WHERE run_id = %(run)s AND subject = 'again'
    ) own
    WHERE id NOT IN (
        SELECT (was ->> 'allocation')::bigint FROM core_importedchange WHERE run_id = %(run)s AND subject = 'again')
"""

# What the load opened again: an earlier load's corrections had settled it, and were reversed by this one.
REOPENED = """
    CREATE TEMP TABLE undo_reopened ON COMMIT DROP AS
    SELECT a.id, a.amount, (c.became ->> 'item')::bigint AS item_id
    FROM core_importedchange c JOIN invoicing_allocation a ON a.id = c.row
    WHERE c.run_id = %(run)s AND c.subject = 'reopened'
"""

CHANGED = """
    CREATE TEMP TABLE undo_change ON COMMIT DROP AS
    SELECT subject, row, was, became FROM core_importedchange WHERE run_id = %(run)s
"""

TOUCHED = """
    CREATE TEMP TABLE undo_touched ON COMMIT DROP AS
    SELECT id FROM undo_item
    UNION SELECT a.debit_item_id FROM invoicing_allocation a JOIN undo_own o ON o.id = a.id
    UNION SELECT a.credit_item_id FROM invoicing_allocation a JOIN undo_own o ON o.id = a.id
    UNION SELECT item_id FROM undo_reopened
    UNION SELECT row FROM undo_change WHERE subject = 'item'
"""

# In the order of the ids, as every writer does; and the receipts after the items.
LOCK = """
    SELECT count(*) FROM (SELECT i.id FROM invoicing_openitem i JOIN undo_touched t ON t.id = i.id
                          ORDER BY i.id FOR NO KEY UPDATE OF i) locked;
    CREATE TEMP TABLE undo_receipt ON COMMIT DROP AS
    SELECT r.id FROM invoicing_receipt r JOIN undo_item u ON u.id = r.item_id ORDER BY r.id FOR NO KEY UPDATE OF r
"""

LATER_FILES = """
    SELECT coalesce(i.number, r.number) FROM core_importedchange c
    JOIN core_importrun run ON run.id = c.run_id AND run.undone_at IS NULL
    LEFT JOIN invoicing_openitem i ON c.subject = 'item' AND i.id = c.row
    LEFT JOIN invoicing_receipt r ON c.subject = 'receipt' AND r.id = c.row
    WHERE c.run_id > %(run)s AND (
        c.subject = 'item' AND (c.row IN (SELECT id FROM undo_item)
                                OR c.row IN (SELECT row FROM undo_change WHERE subject = 'item'))
        OR c.subject = 'receipt' AND (c.row IN (SELECT id FROM undo_receipt)
                                      OR c.row IN (SELECT row FROM undo_change WHERE subject = 'receipt')))
"""

# A row that the load changed must still be as it left it. One that it made has no picture of then, but a stamp: nothing
# may have touched it but allocations that were undone, later files that were undone, and a move to another group.
CHANGED_SINCE = """
    SELECT i.number FROM undo_change c JOIN invoicing_openitem i ON i.id = c.row
    WHERE c.subject = 'item' AND c.became <> jsonb_build_object(
        'number', i.number, 'due_on', i.due_on, 'disputed_on', i.disputed_on, 'superseded_on', i.superseded_on)
    UNION ALL
    SELECT i.number FROM undo_item u JOIN invoicing_openitem i ON i.id = u.id
    WHERE i.updated_at > %(ended)s::timestamptz AND i.superseded_on IS NULL
        AND NOT EXISTS (SELECT 1 FROM invoicing_allocation a WHERE a.debit_item_id = i.id AND a.id > %(last)s)
        AND NOT EXISTS (SELECT 1 FROM invoicing_allocation a WHERE a.credit_item_id = i.id AND a.id > %(last)s)
        AND NOT EXISTS (SELECT 1 FROM core_importedchange c WHERE c.subject = 'item' AND c.row = i.id)
        AND NOT EXISTS (SELECT 1 FROM orders_customerevent e
                        WHERE e.pgh_obj_id = i.customer_id AND e.pgh_id > %(customers)s)
"""

RECEIPTS_SINCE = """
    SELECT coalesce(nullif(r.number, ''), 'of ' || r.received_on) FROM invoicing_receipt r
    JOIN undo_receipt u ON u.id = r.id WHERE r.reversed_on IS NOT NULL
    UNION ALL
    SELECT r.number FROM undo_change c JOIN invoicing_receipt r ON r.id = c.row
    WHERE c.subject = 'receipt' AND c.became <> jsonb_build_object(
        'external_id', r.external_id, 'reference', r.reference, 'method', r.method, 'reversed_on', r.reversed_on)
"""

UNALLOCATE = """
    INSERT INTO invoicing_allocation (debit_item_id, credit_item_id, payer_id, currency, amount, effective_on,
                                      known_on, reverses_id, actor)
    SELECT a.debit_item_id, a.credit_item_id, a.payer_id, a.currency, -a.amount, greatest(%(on)s, a.effective_on),
           greatest(%(on)s, a.known_on), a.id, %(actor)s
    FROM invoicing_allocation a JOIN undo_own o ON o.id = a.id ORDER BY a.id
"""

REVERSE = """
    INSERT INTO booking (customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on, currency,
                         amount, base_amount, effective_on, known_on, reverses_id, against, settles, settled,
                         settles_from)
    SELECT i.customer_id, i.payer_id, 'reversal', 'correction', 'o2c', i.number,
           greatest(%(on)s, i.effective_on), greatest(%(on)s, i.effective_on), i.currency, -i.amount, -i.base_amount,
           greatest(%(on)s, i.effective_on), greatest(%(on)s, i.known_on),
           invoicing_standing_entry(i.entry_id), p.account_id,
           i.id, abs(i.amount), i.counts_from
    FROM undo_item u JOIN invoicing_openitem i ON i.id = u.id
    JOIN invoicing_posting p ON p.entry_id = i.entry_id AND p.item_id IS NULL
"""

# Their keys are free again, so that the file may be loaded anew.
TAKE_RECEIPTS_BACK = """
    UPDATE invoicing_receipt r SET reversed_on = greatest(%(on)s, r.received_on), external_id = ''
    FROM undo_receipt u WHERE u.id = r.id
"""

RESTORE_ITEMS = """
    UPDATE invoicing_openitem i SET number = c.was ->> 'number', due_on = (c.was ->> 'due_on')::date,
        disputed_on = (c.was ->> 'disputed_on')::date, superseded_on = (c.was ->> 'superseded_on')::date
    FROM undo_change c WHERE c.subject = 'item' AND c.row = i.id
"""

RESTORE_RECEIPTS = """
    UPDATE invoicing_receipt r SET external_id = c.was ->> 'external_id', reference = c.was ->> 'reference',
        method = c.was ->> 'method', reversed_on = (c.was ->> 'reversed_on')::date
    FROM undo_change c WHERE c.subject = 'receipt' AND c.row = r.id
"""

# Noted for the load whose allocations these were, so that it can still be undone after this one.
ALLOCATE_AGAIN = """
    WITH again AS (
        INSERT INTO invoicing_allocation (debit_item_id, credit_item_id, payer_id, currency, amount, effective_on,
                                          known_on, actor)
        SELECT a.debit_item_id, a.credit_item_id, a.payer_id, a.currency, a.amount, greatest(%(on)s, a.effective_on),
               greatest(%(on)s, a.known_on), %(actor)s
        FROM invoicing_allocation a JOIN undo_reopened u ON u.id = a.id ORDER BY a.id
        RETURNING id, debit_item_id, credit_item_id
    )
    INSERT INTO core_importedchange (run_id, subject, row, was, became)
    SELECT c.import_run_id, 'again', n.id, jsonb_build_object('allocation', u.id), '{}'
    FROM undo_reopened u JOIN invoicing_allocation a ON a.id = u.id
    JOIN again n ON n.debit_item_id = a.debit_item_id AND n.credit_item_id = a.credit_item_id
    JOIN invoicing_openitem c ON c.id <> u.item_id AND c.id IN (n.debit_item_id, n.credit_item_id)
    WHERE c.import_run_id IS NOT NULL
"""
