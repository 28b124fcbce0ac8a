"""Taking back a load of invoices and credit notes: their entries are reversed, their items cleared, and they go.

What was posted stays and is reversed today, so that every day before shows what it showed. Documents that have a number
of ours are not taken back: numbers have no gaps, so each of these is cancelled by a document of its own.
"""

from o2c.core import locks
from o2c.core.imports import undoing
from o2c.core.imports.asking import do
from o2c.core.imports.undoing import Undoing, UndoRefused
from o2c.invoicing import unloading
from o2c.invoicing.models import Invoice, InvoiceAdjustment, InvoiceLine, InvoiceTax
from o2c.orders import unloading as customers

TRACKED, COUNTED = unloading.TRACKED, unloading.COUNTED
PARTS = (InvoiceAdjustment, InvoiceLine, InvoiceTax)


def undo(taking: Undoing) -> None:
    """Refused where anything was allocated, credited, chased or decided of what it brought, or it was numbered here."""
    if "invoicing_allocation" not in taking.marks.sequences:
        raise UndoRefused("It was loaded by a version that kept nothing to undo it by.")
    locks.share("books", taking.owner_id)
    # the documents before their items, as whoever issues or credits does
    do(INVOICES, {"run": taking.run.pk})
    do(LOCK)
    facts = unloading.find(taking)
    _ask_documents(taking)
    unloading.ask(taking, facts)
    taking.refuse_if_built_on()
    actor = {**facts, "actor": taking.actor.name, "entity": taking.owner_id}
    do(unloading.UNALLOCATE, actor)
    for statement in (REVERSALS, OPPOSITES):
        do(statement, actor)
    # Foreign keys are checked statement by statement, to keep nothing waiting.
    do("SET CONSTRAINTS ALL IMMEDIATE")
    for statement in (ENTRIES, ITEMS, POSTINGS, ALLOCATIONS, SUPERSEDED):
        do(statement, actor)
    do("SET CONSTRAINTS ALL DEFERRED")
    _throw_away(taking)
    # also of what was paid before, of which there is no item
    customers.remove_unused(taking, "SELECT e.payer_id FROM undo_entry u JOIN invoicing_entry e ON e.id = u.id")


def _ask_documents(taking: Undoing) -> None:
    taking.builds(
        "documents that were numbered here and are cancelled one by one",
        "SELECT i.number FROM undo_invoice u JOIN invoicing_invoice i ON i.id = u.id WHERE i.numbered_here",
    )
    taking.builds(
        "later documents over its invoices",
        """
        SELECT coalesce(nullif(c.number, ''), 'a draft of ' || c.issued_on) FROM invoicing_invoice c
        JOIN undo_invoice u ON u.id = c.corrects_id WHERE NOT EXISTS (SELECT 1 FROM undo_invoice x WHERE x.id = c.id)
        """,
    )
    taking.builds(
        "papers of its documents",
        "SELECT i.number FROM undo_invoice u JOIN invoicing_invoice i ON i.id = u.id WHERE i.document_id IS NOT NULL",
    )
    undoing.ask_references(taking, Invoice, "undo_invoice", ignore=(Invoice, *PARTS))


def _throw_away(taking: Undoing) -> None:
    for table in ("invoicing_invoiceadjustment", "invoicing_invoiceline", "invoicing_invoicetax"):
        do(f"DELETE FROM {table} p USING undo_invoice u WHERE u.id = p.invoice_id")  # noqa: S608 our own words
    # first what corrects others
    for which in ("m.corrects_id IS NOT NULL", "true"):
        taking.undone.taken_back += undoing.remove(Invoice, "undo_invoice", which)


INVOICES = """
    CREATE TEMP TABLE undo_invoice ON COMMIT DROP AS
    SELECT id, entry_id FROM invoicing_invoice WHERE import_run_id = %(run)s
"""
LOCK = """
    ANALYZE undo_invoice;
    SELECT count(*) FROM (
        SELECT id FROM invoicing_invoice WHERE id IN (
            SELECT id FROM undo_invoice
            UNION SELECT i.corrects_id FROM undo_invoice u JOIN invoicing_invoice i ON i.id = u.id
        ) ORDER BY id FOR UPDATE) locked
"""
REVERSALS = """
    CREATE TEMP TABLE undo_entry ON COMMIT DROP AS
    SELECT e.id, nextval(pg_get_serial_sequence('invoicing_entry', 'id')) AS reversal_id,
        greatest(%(on)s, e.effective_on) AS effective_on, greatest(%(on)s, e.known_on) AS known_on
    FROM (SELECT e.* FROM undo_invoice u JOIN invoicing_entry e ON e.id = u.entry_id ORDER BY e.id) e
"""
OPPOSITES = """
    CREATE TEMP TABLE undo_opposite ON COMMIT DROP AS
    SELECT i.id, nextval(pg_get_serial_sequence('invoicing_openitem', 'id')) AS opposite_id
    FROM (SELECT i.id FROM undo_entry e JOIN invoicing_openitem i ON i.entry_id = e.id ORDER BY i.id) i;
    ANALYZE undo_entry; ANALYZE undo_opposite
"""
ENTRIES = """
    INSERT INTO invoicing_entry (id, entity_id, payer_id, kind, text, effective_on, known_on, reverses_id, actor)
    SELECT u.reversal_id, e.entity_id, e.payer_id, 'reversal', e.text, u.effective_on, u.known_on,
        invoicing_standing_entry(e.id), %(actor)s
    FROM undo_entry u JOIN invoicing_entry e ON e.id = u.id ORDER BY u.reversal_id
"""
# Of the same run, so that the general ledger is not told of what it was never told.
ITEMS = """
    INSERT INTO invoicing_openitem (id, entity_id, customer_id, payer_id, kind, source, external_id, number, issued_on,
        due_on, currency, amount, open_amount, base_amount, cycle, effective_on, known_on, entry_id, import_run_id)
    SELECT o.opposite_id, i.entity_id, i.customer_id, i.payer_id, 'correction', 'o2c',
        'reversal:' || u.reversal_id || ':' || i.id, i.number, u.effective_on, u.effective_on, i.currency, -i.amount,
        -i.amount, -i.base_amount, 1, u.effective_on, u.known_on, u.reversal_id, %(run)s
    FROM undo_opposite o JOIN invoicing_openitem i ON i.id = o.id JOIN undo_entry u ON u.id = i.entry_id
    ORDER BY o.opposite_id
"""
POSTINGS = """
    INSERT INTO invoicing_posting (entry_id, account_id, item_id, currency, amount, base_amount)
    SELECT u.reversal_id, p.account_id, o.opposite_id, p.currency, -p.amount, -p.base_amount
    FROM undo_entry u JOIN invoicing_posting p ON p.entry_id = u.id LEFT JOIN undo_opposite o ON o.id = p.item_id
    ORDER BY p.id
"""
ALLOCATIONS = """
    INSERT INTO invoicing_allocation (debit_item_id, credit_item_id, payer_id, currency, amount, effective_on, known_on,
        actor)
    SELECT CASE WHEN i.amount > 0 THEN i.id ELSE o.opposite_id END,
        CASE WHEN i.amount > 0 THEN o.opposite_id ELSE i.id END, i.payer_id, i.currency, abs(i.amount),
        u.effective_on, u.known_on, %(actor)s
    FROM undo_opposite o JOIN invoicing_openitem i ON i.id = o.id JOIN undo_entry u ON u.id = i.entry_id ORDER BY i.id
"""
SUPERSEDED = "UPDATE invoicing_openitem i SET superseded_on = %(on)s FROM undo_item u WHERE u.id = i.id"
