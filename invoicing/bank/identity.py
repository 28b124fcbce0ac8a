"""Which lines are the same line: what a file loaded twice, or two files that overlap, have in common.

The identity of a line is made of its account, whether it is booked, its day of booking, amount and currency, and

- the bank's own reference, where it has one, else all of its content; and
- its ordinal among those of the file that are equal in all this.

So two genuine payments that nothing tells apart are number 0 and number 1 of their day, in every file that holds the
day, and stay two; and a line whose text a later file completes is known again by the bank's reference.

The promise: of one history of an account, any two files that each begin at the beginning of a day give, put together by
identity, the history of both, each line once. A file may end in the middle of a day. (Where a file begins in the middle
of one, nobody can tell the second of two equal payments from the first.) A reference that the bank gives to more than
one line does no harm: with day and amount it only has to tell apart what is equal in both, and the ordinal does the
rest. For the same reason nothing depends on whether *all* lines of a file have a reference, or on which other lines it
holds; what is asked of each line is the same in every file.

A statement that stands in a file twice, line by line (`Flag.REPEATED`), counts once.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from o2c.invoicing.bank.statements import Flag, Line, Statement


def account_key(statement: Statement) -> str:
    """The account as identities name it: its IBAN where that is known, so that all formats name it alike."""
    return (statement.iban or statement.account).replace(" ", "").upper()


def mark(line: Line) -> str:
    """What equal lines of one account have in common; it needs nothing but the line, so that lines may stream by."""
    parts = [
        str(line.status),
        line.booking_date.isoformat() if line.booking_date else "",
        # 10 and 10.00 are one amount
        f"{line.amount.normalize():f}",
        line.currency,
    ]
    if line.bank_reference:
        parts += ["reference", line.bank_reference]
    else:
        parts += ["content", *_content(line)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


class Identities:
    """Gives the lines of one account in one file their identities, in the order of the file."""

    def __init__(self, account: str):
        self.account = account
        self.seen: Counter[str] = Counter()

    def of(self, line: Line) -> str:
        marked = mark(line)
        ordinal = self.seen[marked]
        self.seen[marked] += 1
        return f"{self.account}:{marked}-{ordinal}"


def _content(line: Line) -> list[str]:
    """What a line says, with spaces and line ends evened out, as banks wrap one text in more than one way."""
    other = line.counterparty
    said = [
        line.value_date.isoformat() if line.value_date else "",
        line.customer_reference,
        line.end_to_end_id,
        line.mandate_id,
        *line.creditor_references,
        line.remittance,
        line.bank_text,
        other.name,
        other.account or other.iban,
        *(
            f"{member.amount.normalize():f} {member.currency} {member.end_to_end_id} {member.bank_reference}"
            for member in line.members
        ),
    ]
    return ["".join(each.split()) for each in said]


def identify(statements: Iterable[Statement]) -> Iterator[tuple[Statement, Line, str]]:
    """The lines of a whole file with their identities, but for those of repeated statements."""
    accounts: dict[tuple[str, str], Identities] = {}
    for statement in statements:
        if Flag.REPEATED in statement.flags:
            continue
        key = account_key(statement)
        identities = accounts.setdefault((key, statement.account_currency), Identities(key))
        for line in statement.lines:
            yield statement, line, identities.of(line)
