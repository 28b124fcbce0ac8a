"""A file's statements and lines on their way into the database, in the same memory for any size.

Lines are written to a spool as they are read, then copied into `bank_row`, their statements into `bank_head`: temporary
tables that end with the transaction. Nothing is decided here.
"""

import csv
import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache

from django.db import connection

from o2c.core.money import AMOUNT_DIGITS, AMOUNT_PLACES, known_currencies
from o2c.core.reading.values import too_fine
from o2c.invoicing.bank.identity import mark
from o2c.invoicing.bank.statements import Code, Facts, Line, Member, Refused, Statement
from o2c.invoicing.models import BankAccount

# What is longer is cut: an identity is made of all of it before.
REFERENCE, NAME, PLACE = 140, 200, 100

HEAD = {
    "ord": "integer PRIMARY KEY", "entity_id": "bigint", "account_id": "bigint", "kind": "text",
    "number": "text", "sequence": "text", "bank_id": "text", "currency": "varchar(3)", "from_on": "date",
    "until_on": "date", "opening": "numeric", "opening_on": "date", "closing": "numeric", "closing_on": "date",
    "line_count": "integer", "booked_sum": "numeric", "arithmetic_ok": "boolean", "flags": "text[]", "digest": "text",
    "place": "text", "repeated": "boolean",
}  # fmt: skip
ROW = {
    "seq": "integer", "head": "integer", "parent": "integer", "part": "integer", "mark": "text", "whole": "boolean",
    "too_fine": "boolean", "place": "text", "status": "text", "currency": "varchar(3)", "amount": "numeric(19,4)",
    "booked_on": "date", "value_on": "date", "is_reversal": "boolean", "bank_reference": "text",
    "customer_reference": "text", "end_to_end_id": "text", "mandate_id": "text", "creditor_references": "text[]",
    "documents": "text[]", "remittance": "text", "bank_text": "text", "party_name": "text", "party_iban": "text",
    "party_account": "text", "party_bic": "text", "party_ultimate": "text", "code": "jsonb", "return_reason": "text",
    "original_amount": "numeric(19,4)", "original_currency": "text", "original_rate": "numeric(20,10)",
    "charges": "jsonb",
}  # fmt: skip
# The facts of a line as they are kept, in the order of their columns.
FACTS = list(ROW)[list(ROW).index("status") :]


class Stage:
    """The spool of one file. Raises Refused for an amount or a currency that cannot be kept as it is."""

    def __init__(self):
        # closed by `fill`
        self.spool = tempfile.SpooledTemporaryFile(max_size=4 << 20, mode="w+", encoding="utf-8", newline="")  # noqa: SIM115
        self.write = csv.writer(self.spool, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow
        self.heads: list[list] = []
        self.seq = 0

    def line(self, line: Line) -> None:
        """A line of the statement that comes next, and the single payments in it."""
        _fits(line)
        self.seq += 1
        seq, members = self.seq, [member for member in line.members if member.amount is not None]
        for member in members:
            _fits(member)
        whole = len(members) == len(line.members) > 0 and all(
            member.currency == line.currency and not too_fine(member.amount, member.currency) for member in members
        )
        whole = whole and sum(member.amount for member in members) == line.amount
        head = len(self.heads)
        silent = [member for member in line.members if member.amount is None]
        reference = line.customer_reference or line.batch_id
        facts = _facts(line, line, customer_reference=reference, silent=silent)
        finer = too_fine(line.amount, line.currency)
        self.write([seq, head, None, None, mark(line), whole, finer, line.where[:PLACE], *facts])
        for part, member in enumerate(members, 1):
            self.seq += 1
            facts = _facts(member, line, customer_reference=member.customer_reference)
            self.write([self.seq, head, seq, part, "", False, False, member.where[:PLACE], *facts])

    def statement(self, statement: Statement, account: BankAccount | None, *, repeated: bool) -> None:
        """The end of a statement; without an account of ours its lines are left out."""
        for balance in (statement.opening, statement.closing):
            if balance is not None:
                _check(statement.where, balance.amount, balance.currency)
        opening, closing = statement.opening, statement.closing
        self.heads.append(
            [
                len(self.heads), account.entity_id if account else None, account.pk if account else None,
                statement.kind, statement.number[:60], statement.sequence[:60], statement.bank_id[:60],
                statement.account_currency, statement.from_date, statement.until_date,
                opening and f"{opening.amount:f}", opening and opening.on,
                closing and f"{closing.amount:f}", closing and closing.on,
                statement.booked_count + statement.pending_count, f"{statement.booked_sum:f}", statement.arithmetic_ok,
                _array(sorted(statement.flags), 20), statement.digest, statement.where[:PLACE], repeated,
            ]
        )  # fmt: skip

    def fill(self) -> None:
        """Copy what was spooled into the temporary tables."""
        heads = io.StringIO()
        csv.writer(heads, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(self.heads)
        heads.seek(0)
        self.spool.seek(0)
        with connection.cursor() as cursor, self.spool:
            for table, columns, file in (("bank_head", HEAD, heads), ("bank_row", ROW, _WithoutNul(self.spool))):
                told = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                cursor.execute(f"CREATE TEMP TABLE {table} ({told}) ON COMMIT DROP")
                # an empty text is kept as one: only what is not quoted at all is NULL
                nulls = ", ".join(name for name in columns if columns[name] != "text")
                texts = ", ".join(name for name in columns if columns[name] == "text")
                copied = f"COPY {table} FROM STDIN WITH (FORMAT csv, FORCE_NULL ({nulls}), FORCE_NOT_NULL ({texts}))"
                cursor.copy_expert(copied, file)
                cursor.execute(f"ANALYZE {table}")


class _WithoutNul(io.TextIOBase):
    """A file without the one character that no text in the database can hold."""

    def __init__(self, file):
        self.file = file

    def read(self, size: int = -1) -> str:
        return self.file.read(size).replace("\0", "\ufffd")


def _fits(facts: Line | Member) -> None:
    _check(facts.where, facts.amount, facts.currency)


def _check(where: str, amount, currency: str) -> None:
    if currency not in known_currencies():
        raise Refused(where, f"{currency} is not a currency of ISO 4217.")
    finer = amount.as_tuple().exponent < -AMOUNT_PLACES and amount.normalize().as_tuple().exponent < -AMOUNT_PLACES
    if finer or amount.adjusted() >= AMOUNT_DIGITS - AMOUNT_PLACES:
        raise Refused(where, f"The amount {amount:f} has more digits than can be booked.")


def _facts(facts: Facts, line: Line, *, customer_reference: str, silent: Sequence[Member] = ()) -> list:
    """A movement's columns. A payment in a batch has its days and its status from the batch.

    What payments without an amount of their own refer to is the line's, so that none of it is lost.
    """
    party = facts.counterparty
    references = [*facts.creditor_references, *(each for member in silent for each in member.creditor_references)]
    documents = [*facts.documents, *(each for member in silent for each in member.documents)]
    remittance = facts.remittance.strip("\n")
    if silent:
        remittance = "\n".join([facts.remittance, *(member.remittance for member in silent)]).strip("\n")
    return [
        line.status, facts.currency, f"{facts.amount:f}", line.booking_date, line.value_date, line.reversal,
        facts.bank_reference[:REFERENCE], customer_reference[:REFERENCE], facts.end_to_end_id[:REFERENCE],
        facts.mandate_id[:REFERENCE], _array(references), _array(documents), remittance,
        facts.bank_text, party.name[:NAME], party.iban[:34], party.account[:60], party.bic[:20], party.ultimate[:NAME],
        _code(facts.code), facts.return_reason[:REFERENCE],
        None if facts.original_amount is None or not _kept(facts.original_amount) else f"{facts.original_amount:f}",
        facts.original_currency[:3],
        None if facts.rate is None or abs(facts.rate) >= 10**10 else f"{facts.rate:f}", _charges(facts),
    ]  # fmt: skip


def _kept(amount) -> bool:
    """Whether an amount that only informs fits its column; it is shown by nobody else than the bank's own text."""
    return amount.normalize().adjusted() < AMOUNT_DIGITS - AMOUNT_PLACES


def _array(texts: Sequence[str], longest: int = REFERENCE) -> str:
    if not texts:
        return "{}"
    quoted = (text[:longest].replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    inside = ",".join(f'"{text}"' for text in quoted)
    return f"{{{inside}}}"


@lru_cache(1000)
def _code(code: Code) -> str:
    return json.dumps({name: value for name, value in asdict(code).items() if value})


def _charges(facts: Facts) -> str:
    if not facts.charges:
        return "[]"
    return json.dumps(
        [{"amount": f"{each.amount:f}", "currency": each.currency, "included": each.included} for each in facts.charges]
    )
