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

A table of the bank's website seldom says all that the bank's own formats say of the same lines, so between a table and
those the identities of lines without a common reference differ. There `meet` tells, day by day and amount by amount,
which of them are the same, one for one.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

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


# --- Lines that two formats tell differently


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a booked line. Only those of one account, day, amount and currency are compared."""

    id: int
    reference: str = ""
    end_to_end_id: str = ""
    iban: str = ""
    name: str = ""
    text: str = ""


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


# What makes two lines the same, the surest first; where there is nothing to compare by, it is no answer.
LEVELS: tuple[Callable[[Told], str], ...] = (
    lambda line: line.reference,
    lambda line: line.end_to_end_id,
    lambda line: line.iban and line.iban + _squeezed(line.text),
    lambda line: _squeezed(line.name + line.text),
    lambda line: line.iban,
    lambda line: _squeezed(line.name),
)


def meet(new: Iterable[Told], known: Iterable[Told], *, same_references: bool) -> list[tuple[int, int]]:
    """Which new lines are known ones, each once: (new, known), both of one account, day, amount and currency.

    By whatever both say, the surest first, and at last in their order, as both tell of the same day; but never two that
    contradict each other, in the account of the other side or the end-to-end id. Of references that differ it is only
    known that they contradict where both sides take them from the same list (`same_references`).
    """
    left, there = list(new), list(known)
    pairs: list[tuple[int, int]] = []
    for level in LEVELS:
        waiting: dict[str, list[Told]] = defaultdict(list)
        for line in there:
            waiting[level(line)].append(line)
        rest = []
        for line in left:
            found = next(
                (other for other in waiting.get(level(line), ()) if not contradict(line, other, same_references)), None
            )
            if level(line) and found:
                pairs.append((line.id, found.id))
                waiting[level(line)].remove(found)
                there.remove(found)
            else:
                rest.append(line)
        left = rest
    for line in left:
        found = next((other for other in there if not contradict(line, other, same_references)), None)
        if found:
            pairs.append((line.id, found.id))
            there.remove(found)
    return pairs


def contradict(one: Told, other: Told, same_references: bool) -> bool:
    """Whether two lines of one day and amount say something of which only one can be true."""
    facts = [(one.iban, other.iban), (one.end_to_end_id, other.end_to_end_id)]
    if same_references:
        facts.append((one.reference, other.reference))
    return any(mine and theirs and mine != theirs for mine, theirs in facts)
