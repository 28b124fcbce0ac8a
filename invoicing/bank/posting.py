"""Booking statements: what stands booked on them goes to the bank's account in the ledger, against cash in clearing.

One entry for each statement and day of booking, its credits and its debits in one sum each. It counts from the day of
booking, or from the first open day where the books are closed by then; it was known on the day of booking.
"""

# Two for an account: the bank's own, and the one against which it stands.
POSTINGS = """
    INSERT INTO invoicing_posting (entry_id, account_id, currency, amount, base_amount)
    SELECT d.entry_id, p.account_id, d.currency, p.amount,
        invoicing_in_base(p.amount, d.currency, e.base_currency, d.effective_on)
    FROM ({days}) d JOIN orders_legalentity e ON e.id = d.entity_id
    JOIN invoicing_ledgeraccount bank ON bank.bank_account_id = d.account_id
    JOIN invoicing_ledgeraccount other ON other.entity_id = d.entity_id AND other.role = '{against}'
    CROSS JOIN LATERAL (VALUES (bank.id, d.came), (other.id, -d.came), (bank.id, d.went), (other.id, -d.went))
        AS p (account_id, amount)
    WHERE p.amount <> 0
"""

DAYS = """
    CREATE TEMP TABLE bank_entry ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('invoicing_entry', 'id')) AS entry_id, d.*,
        greatest(d.booked_on, coalesce(e.closed_until + 1, d.booked_on)) AS effective_on
    FROM (
        SELECT n.statement_id, n.entity_id, n.account_id, n.own AS currency, n.booked_on,
            coalesce(sum(n.amount) FILTER (WHERE n.amount > 0), 0) AS came,
            coalesce(sum(n.amount) FILTER (WHERE n.amount < 0), 0) AS went
        FROM bank_new n WHERE n.is_booked GROUP BY 1, 2, 3, 4, 5
    ) d JOIN orders_legalentity e ON e.id = d.entity_id
"""

ENTRIES = """
    INSERT INTO invoicing_entry (id, entity_id, kind, text, effective_on, known_on, actor)
    SELECT d.entry_id, d.entity_id, 'bank', left(rtrim('Statement ' || s.number), 100), d.effective_on, d.booked_on,
        %(actor)s
    FROM bank_entry d JOIN invoicing_bankstatement s ON s.id = d.statement_id
"""

# The opening balance of an account is that of its earliest statement. Where an earlier one comes later, the difference
# is booked: the days between are then booked line by line.
OPENINGS = """
    CREATE TEMP TABLE bank_opening ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('invoicing_entry', 'id')) AS entry_id, o.*,
        greatest(o.day, coalesce(e.closed_until + 1, o.day)) AS effective_on
    FROM (
        SELECT s.statement_id, s.entity_id, s.account_id, s.currency, s.day, s.opening - coalesce((
            SELECT sum(p.amount) FROM invoicing_bankstatement b
            JOIN invoicing_posting p ON p.entry_id = b.opening_entry_id
            JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.bank_account_id = b.account_id
            WHERE b.account_id = s.account_id), 0) AS came, 0::numeric AS went
        FROM (
            SELECT DISTINCT ON (s.account_id) s.id AS statement_id, s.entity_id, s.account_id, s.currency, s.opening,
                least(coalesce(s.opening_on, s.from_on, l.first_on, s.closing_on, s.until_on), l.first_on) AS day,
                s.opening_entry_id
            FROM invoicing_bankstatement s CROSS JOIN LATERAL (
                SELECT min(booked_on) AS first_on FROM invoicing_bankline WHERE statement_id = s.id AND is_money
            ) l
            WHERE s.account_id = ANY (%(touched)s) AND s.kind = 'statement' AND s.opening IS NOT NULL
                AND NOT 'trial' = ANY (s.flags)
            ORDER BY s.account_id, day NULLS LAST, s.closing_on, s.id
        ) s WHERE s.day IS NOT NULL AND s.opening_entry_id IS NULL
    ) o JOIN orders_legalentity e ON e.id = o.entity_id
    WHERE o.came <> 0
"""

OPENING_ENTRIES = """
    INSERT INTO invoicing_entry (id, entity_id, kind, text, effective_on, known_on, actor)
    SELECT entry_id, entity_id, 'bank', 'Opening balance', effective_on, day, %(actor)s FROM bank_opening
"""
NAMED = """
    UPDATE invoicing_bankstatement s SET opening_entry_id = o.entry_id FROM bank_opening o WHERE s.id = o.statement_id
"""


def post(cursor, facts: dict) -> None:
    """Book the new lines (`bank_new`) day by day; `bank_entry` then tells which entry is whose."""
    cursor.execute(DAYS)
    cursor.execute(ENTRIES, facts)
    cursor.execute(POSTINGS.format(days="SELECT * FROM bank_entry", against="cash"))


def open_accounts(cursor, facts: dict) -> None:
    """Book the opening balances of the accounts that were touched, where they are not booked yet."""
    cursor.execute(OPENINGS, facts)
    cursor.execute(OPENING_ENTRIES, facts)
    cursor.execute(POSTINGS.format(days="SELECT * FROM bank_opening", against="opening"))
    cursor.execute(NAMED)
    cursor.execute("DROP TABLE bank_opening")
