"""Where a table and a bank's own format tell of the same account: new lines of one that are known from the other.

`identity.meet` is the rule; here its lines are found, day by day, and those that are known are no longer new.
"""

from collections import defaultdict
from collections.abc import Iterator

from o2c.invoicing.bank.identity import Told
from o2c.invoicing.bank.identity import meet as same_lines

# The format of what was read from a table by a map.
TABLE = "table"

# Lines that tables tell of where this file is none, and the other way about.
OTHERS = """
    SELECT EXISTS (SELECT 1 FROM invoicing_bankstatement s WHERE s.account_id = ANY (%(touched)s)
                   AND s.kind = 'statement' AND (s.format = 'table') <> (%(format)s = 'table'))
"""

# Those that the file's lines are already, by their identity.
TAKEN = """
    CREATE TEMP TABLE bank_taken ON COMMIT DROP AS
    SELECT l.id, n.account_id, l.bank_reference, s.format FROM ({named}) n
    JOIN invoicing_bankline l ON l.account_id = n.account_id AND l.identity = n.identity
    JOIN invoicing_bankstatement s ON s.id = l.statement_id
"""

SAME_LIST = """
    SELECT DISTINCT account_id FROM bank_taken
    WHERE bank_reference <> '' AND (format = 'table') <> (%(format)s = 'table')
"""

CANDIDATES = """
    CREATE TEMP TABLE bank_there ON COMMIT DROP AS
    SELECT l.id, l.account_id, l.booked_on, l.amount, l.currency, l.bank_reference, l.end_to_end_id, l.party_iban,
        l.party_name, l.remittance
    FROM invoicing_bankline l JOIN invoicing_bankstatement s ON s.id = l.statement_id
    WHERE (l.account_id, l.booked_on) IN (SELECT account_id, booked_on FROM bank_new WHERE kind = 'statement')
        AND s.kind = 'statement' AND (s.format = 'table') <> (%(format)s = 'table') AND l.status = 'booked'
        AND NOT EXISTS (SELECT 1 FROM bank_taken t WHERE t.id = l.id)
"""

BOTH = """
    SELECT account_id, booked_on, amount, currency, false, line_id, bank_reference, end_to_end_id, party_iban,
        party_name, remittance
    FROM bank_new n WHERE kind = 'statement' AND status = 'booked' AND EXISTS (
        SELECT 1 FROM bank_there t WHERE t.account_id = n.account_id AND t.booked_on = n.booked_on
            AND t.amount = n.amount AND t.currency = n.currency)
    UNION ALL
    SELECT account_id, booked_on, amount, currency, true, id, bank_reference, end_to_end_id, party_iban, party_name,
        remittance
    FROM bank_there
    ORDER BY 1, 2, 3, 4, 5, 6
"""


def meet(cursor, named: str, facts: dict) -> None:
    """Take out of `bank_new` what an account's lines of the other kind of file tell of already. `named` are all."""
    cursor.execute(OTHERS, facts)
    if not cursor.fetchone()[0]:
        return
    cursor.execute(TAKEN.format(named=named))
    cursor.execute(SAME_LIST, facts)
    same_list = {account_id for (account_id,) in cursor.fetchall()}
    cursor.execute(CANDIDATES, facts)
    cursor.execute("ANALYZE bank_there")
    cursor.execute(BOTH)
    met = [
        line_id
        for key, new, known in _groups(cursor)
        for line_id, _ in same_lines(new, known, same_references=key[0] in same_list)
    ]
    cursor.execute("DELETE FROM bank_new WHERE line_id = ANY (%s)", [met])
    cursor.execute("DROP TABLE bank_taken, bank_there")


def _groups(cursor) -> Iterator[tuple[tuple, list[Told], list[Told]]]:
    """The lines of each account, day, amount and currency: the new ones and the known."""
    groups: dict[tuple, tuple[list[Told], list[Told]]] = defaultdict(lambda: ([], []))
    for *key, is_known, line_id, reference, end_to_end_id, iban, name, text in cursor:
        groups[tuple(key)][is_known].append(Told(line_id, reference, end_to_end_id, iban, name, text))
    for key, (new, known) in groups.items():
        if new and known:
            yield key, new, known
