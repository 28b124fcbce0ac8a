"""Taking back what a table of bank lines brought: the lines go, what they booked is reversed.

What a bank said stays said, but a table says what its map makes of it, and a map may be wrong. So its lines may go
while nothing uses their money; the database lets none go whose entry stands (`invoicing_check_line_gone`).
"""

from django.db import connection

from o2c.core import locks
from o2c.core.imports.asking import do
from o2c.core.imports.undoing import Undoing, ask_references, remove
from o2c.invoicing.bank import posting
from o2c.invoicing.models import (
    BankLine,
    BankStatement,
    MatchProposal,
    PaymentFinding,
    Quarantine,
)


def undo(taking: Undoing) -> None:
    """Refused where money of the lines is used, somebody decided about it, or a later file relies on them."""
    facts = {"run": taking.run.pk, "actor": taking.actor.name, "on": taking.on}
    locks.share("books", taking.owner_id)
    touched = list(
        BankStatement.objects.filter(import_run=taking.run.pk)
        .order_by("account_id")
        .values_list("account_id")
        .distinct()
    )
    for (account_id,) in touched:
        locks.hold("bank account", account_id)
    facts["touched"] = [account_id for (account_id,) in touched]
    do(STATEMENTS, dict(facts))
    do(LINES)
    taking.builds("proposals that were decided", DECIDED)
    taking.builds("payments that are held, of which somebody asked for the release", ASKED)
    ask_references(taking, BankLine, "undo_line", ignore=(BankLine, MatchProposal, PaymentFinding, Quarantine))
    taking.builds("statements loaded since that have lines in common with it", SHARED)
    taking.builds("opening balances of earlier statements, booked since", OPENED)
    taking.refuse_if_built_on()
    for statement in LET_GO:
        do(statement)
    do(ENTRIES, dict(facts))
    do(REVERSALS, dict(facts))
    do(POSTINGS)
    taking.undone.taken_back = remove(BankLine, "undo_line", where="m.batch_id IS NOT NULL")
    taking.undone.taken_back += remove(BankLine, "undo_line")
    remove(BankStatement, "undo_statement")
    # what stood on the accounts before is told by their other statements now
    with connection.cursor() as cursor:
        posting.open_accounts(cursor, facts)


STATEMENTS = """
    CREATE TEMP TABLE undo_statement ON COMMIT DROP AS
    SELECT id, account_id, from_on, until_on, opening_entry_id FROM invoicing_bankstatement
    WHERE import_run_id = %(run)s
"""

LINES = """
    CREATE TEMP TABLE undo_line ON COMMIT DROP AS
    SELECT l.id, l.entry_id FROM invoicing_bankline l JOIN undo_statement s ON s.id = l.statement_id
    ORDER BY l.id FOR UPDATE OF l
"""

DECIDED = """
    SELECT c.number FROM invoicing_matchproposal p JOIN undo_line u ON u.id = p.line_id
    JOIN orders_customer c ON c.id = p.customer_id WHERE p.state NOT IN ('open', 'gone')
"""

ASKED = """
    SELECT c.number FROM invoicing_quarantine q JOIN undo_line u ON u.id = q.line_id
    JOIN orders_customer c ON c.id = q.customer_id WHERE q.state <> 'held'
"""

# They left out what was here already.
SHARED = """
    SELECT s.file_name FROM invoicing_bankstatement s
    WHERE EXISTS (SELECT 1 FROM undo_statement u WHERE u.account_id = s.account_id AND u.id < s.id)
        AND NOT EXISTS (SELECT 1 FROM undo_statement u WHERE u.id = s.id)
        AND s.line_count > (
            SELECT count(*) FROM invoicing_bankline l WHERE l.statement_id = s.id AND l.batch_id IS NULL)
"""

# Their opening balance was booked less that of the table.
OPENED = """
    SELECT s.file_name FROM invoicing_bankstatement s JOIN undo_statement u ON u.account_id = s.account_id
    WHERE s.opening_entry_id > u.opening_entry_id AND NOT EXISTS (SELECT 1 FROM undo_statement x WHERE x.id = s.id)
"""

LET_GO = (
    """
    DELETE FROM invoicing_matchsplit m USING invoicing_matchproposal p, undo_line u
    WHERE m.proposal_id = p.id AND p.line_id = u.id
    """,
    "DELETE FROM invoicing_matchproposal p USING undo_line u WHERE p.line_id = u.id",
    "DELETE FROM invoicing_paymentfinding f USING undo_line u WHERE f.line_id = u.id",
    "DELETE FROM invoicing_quarantine q USING undo_line u WHERE q.line_id = u.id",
    "UPDATE invoicing_matchrun r SET statement_id = NULL FROM undo_statement u WHERE r.statement_id = u.id",
    # what was pending or notified waits for its line again
    """
    UPDATE invoicing_bankline l SET booked_as_id = NULL FROM undo_line u
    WHERE l.booked_as_id = u.id
    """,
)

ENTRIES = """
    CREATE TEMP TABLE undo_entry ON COMMIT DROP AS
    SELECT d.id AS reversed_id, nextval(pg_get_serial_sequence('invoicing_entry', 'id')) AS id
    FROM (SELECT entry_id AS id FROM undo_line WHERE entry_id IS NOT NULL
          UNION SELECT opening_entry_id FROM undo_statement WHERE opening_entry_id IS NOT NULL) d
"""

# They count from the day that they take back, so that no day in between has a balance that no bank told of.
REVERSALS = """
    INSERT INTO invoicing_entry (id, entity_id, kind, text, effective_on, known_on, actor, reverses_id)
    SELECT u.id, e.entity_id, 'bank', e.text,
        greatest(e.effective_on, coalesce(l.closed_until + 1, e.effective_on)), greatest(e.known_on, %(on)s::date),
        %(actor)s, e.id
    FROM undo_entry u JOIN invoicing_entry e ON e.id = u.reversed_id JOIN orders_legalentity l ON l.id = e.entity_id
"""

POSTINGS = """
    INSERT INTO invoicing_posting (entry_id, account_id, item_id, currency, amount, base_amount)
    SELECT u.id, p.account_id, p.item_id, p.currency, -p.amount, -p.base_amount
    FROM undo_entry u JOIN invoicing_posting p ON p.entry_id = u.reversed_id ORDER BY p.id
"""
