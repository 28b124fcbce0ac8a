"""Keeping what banks say of our accounts: each statement once, each line once, whatever files bring them.

A file is read and staged first, then its accounts are locked, and then it is written in one transaction by a constant
number of statements. What this module's SQL says about which lines are the same is `identity`'s rule over many rows;
a test holds the two equal.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

import gzip
import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from django.db import connection
from django.db.models import QuerySet

from o2c.core import locks, outbox
from o2c.core.actors import Actor, acting
from o2c.core.mail import file_name as safe_name
from o2c.core.models import Document
from o2c.core.money import MoneyError, exact, plain
from o2c.invoicing import chart
from o2c.invoicing.bank import meeting, posting
from o2c.invoicing.bank.accounts import Accounts, UnknownAccount
from o2c.invoicing.bank.building import Event
from o2c.invoicing.bank.identity import account_key, mark
from o2c.invoicing.bank.reading import stream
from o2c.invoicing.bank.staging import FACTS, Stage
from o2c.invoicing.bank.statements import Flag, Line, Refusal, Refused, Statement, Status
from o2c.invoicing.models import BankAccount, BankLine

PLAIN_MOST = 1 << 20
# A file that is larger than this when it is packed is read and not kept: it is the bank's to give again.
PACKED_MOST = 16 << 20
# So many lines of a dry run are looked up at once.
LOOKED_UP = 5000


@dataclass(frozen=True)
class Told:
    """What a statement of the file says, in short. Credits and debits are the booked ones, both positive."""

    account: str
    currency: str
    number: str
    opening: Decimal | None
    closing: Decimal | None
    lines: int
    credits: Decimal
    debits: Decimal
    arithmetic_ok: bool | None

    def as_json(self) -> dict:
        def money(amount: Decimal | None) -> dict | None:
            return None if amount is None else {"amount": _written(amount, self.currency), "currency": self.currency}

        return {
            "account": self.account,
            "currency": self.currency,
            "number": self.number,
            "opening": money(self.opening),
            "closing": money(self.closing),
            "lines": self.lines,
            "credits": money(self.credits),
            "debits": money(self.debits),
            "arithmetic_ok": self.arithmetic_ok,
        }


@dataclass
class Loaded:
    """What came of a file. `created` and `unchanged` count lines; `new` are the ids of the statements that are new."""

    format: str = ""
    statements: list[Told] = field(default_factory=list)
    created: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    new: list[int] = field(default_factory=list)

    def as_json(self) -> dict:
        return {
            "format": self.format,
            "statements": [each.as_json() for each in self.statements],
            "created": self.created,
            "unchanged": self.unchanged,
            "refused": [{"where": each.where, "reason": each.reason} for each in self.refused],
        }


def refused_whole(refused: Refused) -> dict:
    """The answer where nothing of a file is used."""
    told = Loaded(refused=[Refusal(refused.where, refused.reason)])
    return told.as_json()


def _written(amount: Decimal, currency: str) -> str:
    """As the API writes money; what is finer than its currency, or of an unknown one, as the bank wrote it."""
    try:
        return plain(exact(amount, currency), currency)
    except MoneyError:
        return f"{amount:f}"


@dataclass
class _Sums:
    """Counts a statement's lines while they stream by."""

    lines: int = 0
    credits: Decimal = Decimal(0)
    debits: Decimal = Decimal(0)

    def add(self, line: Line) -> None:
        self.lines += 1
        if line.status == Status.BOOKED and line.amount > 0:
            self.credits += line.amount
        elif line.status == Status.BOOKED:
            self.debits -= line.amount

    def told(self, statement: Statement) -> Told:
        opening, closing = statement.opening, statement.closing
        return Told(
            account=statement.account,
            currency=statement.account_currency,
            number=statement.number,
            opening=opening and opening.amount,
            closing=closing and closing.amount,
            lines=self.lines,
            credits=self.credits,
            debits=self.debits,
            arithmetic_ok=statement.arithmetic_ok,
        )


# --- Trying


def look(source: Path | bytes, *, seen: QuerySet[BankAccount]) -> Loaded:
    """What loading would do, without writing anything. An account that is not ours is no obstacle: all of it is new.

    Raises Refused where nothing of the file is to be used.
    """
    loaded, sums = Loaded(), _Sums()
    accounts = Accounts(seen)
    marks: list[str] = []
    counted: dict[tuple, Counter[str]] = {}
    reading = stream(source)
    for event in reading:
        if isinstance(event, Line):
            sums.add(event)
            marks.append(mark(event))
        elif isinstance(event, Refusal):
            loaded.refused.append(event)
        else:
            loaded.statements.append(sums.told(event))
            if Flag.REPEATED in event.flags:
                loaded.unchanged += len(marks)
            else:
                try:
                    account = accounts.of(event).pk
                except UnknownAccount:
                    account = None
                key = (account or account_key(event), event.account_currency, event.kind)
                counter = counted.setdefault(key, Counter())
                identities = []
                for each in marks:
                    identities.append(f"{event.kind[0]}:{each}-{counter[each]}")
                    counter[each] += 1
                known = _known(account, identities) if account else 0
                loaded.created += len(marks) - known
                loaded.unchanged += known
            sums, marks = _Sums(), []
    loaded.format = reading.format
    return loaded


def _known(account_id: int, identities: list[str]) -> int:
    there = BankLine.objects.filter(account_id=account_id)
    return sum(
        there.filter(identity__in=identities[start : start + LOOKED_UP]).count()
        for start in range(0, len(identities), LOOKED_UP)
    )


# --- Loading


class Events(Protocol):
    """What a reader tells of a file; `format` is known at the end."""

    format: str

    def __iter__(self) -> Iterator[Event]: ...


def load(
    source: Path | bytes,
    *,
    name: str,
    seen: QuerySet[BankAccount],
    actor: Actor,
    events: Events | None = None,
    import_run: int | None = None,
) -> Loaded:
    """Keep a file's statements and lines, and book what is booked; all of it or nothing.

    `seen` are the accounts that it may be of. A statement of another account is refused, and the file where none of
    them is ours. Raises Refused. Loaded again it adds nothing; a file that overlaps adds what is new. `events` are
    what was read of a file that does not say by itself what it is.
    """
    loaded, stage = _stage(events or stream(source), seen)
    with acting(actor):
        _write(loaded, stage, source, name, actor, import_run)
    return loaded


def _stage(reading: Events, seen: QuerySet[BankAccount]) -> tuple[Loaded, Stage]:
    loaded, stage, sums = Loaded(), Stage(), _Sums()
    accounts = Accounts(seen)
    unknown: dict[str, Refusal] = {}
    for event in reading:
        _take(event, loaded, stage, sums, accounts, unknown)
        if isinstance(event, Statement):
            sums = _Sums()
    loaded.format = reading.format
    if unknown and not any(head[2] for head in stage.heads):
        first = next(iter(unknown.values()))
        raise Refused(first.where, first.reason)
    loaded.refused += unknown.values()
    return loaded, stage


def _take(
    event: Event, loaded: Loaded, stage: Stage, sums: _Sums, accounts: Accounts, unknown: dict[str, Refusal]
) -> None:
    if isinstance(event, Line):
        sums.add(event)
        stage.line(event)
    elif isinstance(event, Refusal):
        loaded.refused.append(event)
    else:
        loaded.statements.append(sums.told(event))
        try:
            account = accounts.of(event)
        except UnknownAccount as nobodys:
            account = None
            unknown.setdefault(str(nobodys), Refusal(event.where, str(nobodys)))
        stage.statement(event, account, repeated=Flag.REPEATED in event.flags)


def _write(loaded: Loaded, stage: Stage, source: Path | bytes, name: str, actor: Actor, import_run: int | None) -> None:
    touched = sorted({head[2] for head in stage.heads if head[2]})
    for entity_id in sorted({head[1] for head in stage.heads if head[1]}):
        locks.share("books", entity_id)
    for account_id in touched:
        locks.hold("bank account", account_id)
    for account in BankAccount.objects.filter(pk__in=touched).order_by("pk"):
        chart.of_bank(account)
    stage.fill()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE bank_head ADD statement_id bigint, ADD is_new boolean NOT NULL DEFAULT false")
        cursor.execute(KNOWN_STATEMENTS)
        cursor.execute("SELECT count(*) FROM bank_head WHERE is_new")
        anything = cursor.fetchone()[0]
        kept = _document(source, name) if anything else None
        facts = {
            "actor": actor.name,
            "format": loaded.format,
            "file": kept and kept.pk,
            "file_name": name[:255],
            "touched": touched,
            "run": import_run,
        }
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(NEW_STATEMENTS, facts)
        loaded.new = sorted(row[0] for row in cursor.fetchall())
        cursor.execute(NEW_LINES)
        meeting.meet(cursor, NAMED, facts)
        cursor.execute("ANALYZE bank_new")
        posting.post(cursor, facts)
        cursor.execute(LINES)
        cursor.execute("SELECT count(*) FROM bank_new")
        loaded.created = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM bank_row r JOIN bank_head h ON h.ord = r.head"
            " WHERE r.parent IS NULL AND h.account_id IS NOT NULL"
        )
        loaded.unchanged = cursor.fetchone()[0] - loaded.created
        if loaded.created or loaded.new:
            for statement in MEETINGS:
                cursor.execute(statement, facts)
            posting.open_accounts(cursor, facts)
            _tell(cursor)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        # they would end with the transaction, but another file may come in this one
        cursor.execute("DROP TABLE bank_row, bank_head, bank_new, bank_entry")


def _tell(cursor) -> None:
    cursor.execute(
        """
        SELECT h.entity_id, h.account_id, array_agg(DISTINCT h.statement_id ORDER BY h.statement_id)
        FROM bank_head h
        WHERE h.is_new OR EXISTS (SELECT 1 FROM bank_new n WHERE n.statement_id = h.statement_id)
        GROUP BY 1, 2 ORDER BY 1, 2
        """
    )
    for entity_id, account_id, statements in cursor.fetchall():
        outbox.emit("bank.loaded", entity_id=entity_id, account_id=account_id, statements=statements)


def _document(source: Path | bytes, name: str) -> Document | None:
    """The file as it came, packed where it is large; None where it is too large even so."""
    data = source if isinstance(source, bytes) else None
    if data is None and source.stat().st_size <= PLAIN_MOST:
        data = source.read_bytes()
    if data is not None and len(data) <= PLAIN_MOST:
        return _keep(name, "application/octet-stream", data)
    with tempfile.TemporaryFile() as packed:
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as writer:
            for chunk in _chunks(source):
                writer.write(chunk)
        if packed.tell() > PACKED_MOST:
            return None
        packed.seek(0)
        return _keep(f"{name}.gz", "application/gzip", packed.read())


def _chunks(source: Path | bytes) -> Iterable[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while chunk := file.read(PLAIN_MOST):
            yield chunk


def _keep(name: str, media_type: str, data: bytes) -> Document:
    return Document.objects.create(
        name=safe_name(name), media_type=media_type, content=data, sha256=hashlib.sha256(data).hexdigest()
    )


# A statement that stands in the file twice counts once; one that is here already is met by its digest.
KNOWN_STATEMENTS = """
    WITH first AS (
        SELECT min(ord) AS ord, account_id, digest FROM bank_head WHERE account_id IS NOT NULL GROUP BY 2, 3
    ), met AS (
        SELECT f.ord, f.account_id, f.digest, s.id, CASE WHEN s.id IS NULL
            THEN nextval(pg_get_serial_sequence('invoicing_bankstatement', 'id')) END AS given
        FROM first f LEFT JOIN invoicing_bankstatement s ON s.account_id = f.account_id AND s.digest = f.digest
    )
    UPDATE bank_head h SET statement_id = coalesce(met.id, met.given), is_new = met.id IS NULL AND h.ord = met.ord,
        repeated = h.repeated OR h.ord <> met.ord
    FROM met WHERE met.account_id = h.account_id AND met.digest = h.digest
"""

NEW_STATEMENTS = """
    INSERT INTO invoicing_bankstatement (id, entity_id, account_id, kind, format, number, sequence, bank_id, currency,
        from_on, until_on, opening, opening_on, closing, closing_on, line_count, booked_sum, arithmetic_ok, flags,
        digest, file_id, file_name, place, loaded_by, import_run_id)
    SELECT statement_id, entity_id, account_id, kind, %(format)s, number, sequence, bank_id, currency,
        from_on, until_on, opening, opening_on, closing, closing_on, line_count, booked_sum, arithmetic_ok, flags,
        digest, %(file)s::bigint, %(file_name)s, place, %(actor)s, %(run)s::bigint
    FROM bank_head WHERE is_new ORDER BY ord RETURNING id
"""

# What is booked on a statement is money, but for what is not in the account's currency or finer than it is paid in, and
# for what the bank calls a trial.
NAMED = """
    SELECT r.*, h.entity_id, h.account_id, h.kind, h.statement_id, h.currency AS own,
        left(h.kind, 1) || ':' || r.mark || '-'
            || (row_number() OVER (PARTITION BY h.account_id, h.kind, r.mark ORDER BY r.seq) - 1) AS identity,
        h.kind = 'statement' AND r.status = 'booked' AND r.booked_on IS NOT NULL AND r.currency = h.currency
            AND r.amount <> 0 AND NOT r.too_fine AND NOT 'trial' = ANY (h.flags) AS is_booked
    FROM bank_row r JOIN bank_head h ON h.ord = r.head
    WHERE r.parent IS NULL AND h.account_id IS NOT NULL AND NOT h.repeated
"""
NEW_LINES = f"""
    CREATE TEMP TABLE bank_new ON COMMIT DROP AS
    WITH named AS ({NAMED})
    SELECT n.*, nextval(pg_get_serial_sequence('invoicing_bankline', 'id')) AS line_id FROM named n
    -- one look-up a line by the unique index: joined, they were compared one by one while the statistics knew no line
    WHERE (SELECT l.id FROM invoicing_bankline l WHERE l.account_id = n.account_id AND l.identity = n.identity) IS NULL
    ORDER BY n.seq
"""

_facts = ", ".join(FACTS)
_of = ", ".join(f"{{0}}.{name}" for name in FACTS)
LINES = f"""
    INSERT INTO invoicing_bankline (id, entity_id, account_id, statement_id, batch_id, identity, place, is_money,
        open_amount, entry_id, {_facts})
    SELECT n.line_id, n.entity_id, n.account_id, n.statement_id, NULL, n.identity, n.place,
        n.is_booked AND NOT n.whole, CASE WHEN n.is_booked AND NOT n.whole THEN n.amount ELSE 0 END, e.entry_id,
        {_of.format("n")}
    FROM bank_new n LEFT JOIN bank_entry e
        ON n.is_booked AND e.statement_id = n.statement_id AND e.booked_on = n.booked_on
    UNION ALL
    SELECT nextval(pg_get_serial_sequence('invoicing_bankline', 'id')), n.entity_id, n.account_id, n.statement_id,
        n.line_id, n.identity || '/' || m.part, m.place, n.is_booked AND n.whole AND m.amount <> 0,
        CASE WHEN n.is_booked AND n.whole THEN m.amount ELSE 0 END, e.entry_id, {_of.format("m")}
    FROM bank_row m JOIN bank_new n ON n.seq = m.parent LEFT JOIN bank_entry e
        ON n.is_booked AND n.whole AND e.statement_id = n.statement_id AND e.booked_on = n.booked_on
"""

# Where one file tells of a batch in one sum and another of its payments, these become the statement's line's, with its
# money. Each line meets one, the first the first, where the bank's reference (or the customer's) is the same.
JOINED = """
    WITH summed AS (
        SELECT l.id, l.entry_id, l.account_id, l.booked_on, l.amount, l.currency, l.{reference} AS reference,
            row_number() OVER (PARTITION BY l.account_id, l.booked_on, l.amount, l.currency, l.{reference}
                               ORDER BY l.id) AS place
        FROM invoicing_bankline l JOIN invoicing_bankstatement s ON s.id = l.statement_id AND s.kind = 'statement'
        WHERE l.is_money AND l.open_amount = l.amount AND l.batch_id IS NULL AND l.{reference} <> ''
            AND l.account_id = ANY (%(touched)s)
            AND (l.account_id, l.booked_on) IN (SELECT account_id, booked_on FROM bank_new WHERE booked_on IS NOT NULL)
    ), single AS (
        SELECT l.id, l.account_id, l.booked_on, l.amount, l.currency, l.{reference} AS reference,
            row_number() OVER (PARTITION BY l.account_id, l.booked_on, l.amount, l.currency, l.{reference}
                               ORDER BY l.id) AS place
        FROM invoicing_bankline l JOIN invoicing_bankstatement s ON s.id = l.statement_id AND s.kind <> 'statement'
        WHERE NOT l.is_money AND l.batch_id IS NULL AND l.booked_as_id IS NULL AND l.status = 'booked'
            AND l.account_id = ANY (%(touched)s) AND l.{reference} <> ''
            AND l.amount = (SELECT sum(m.amount) FROM invoicing_bankline m WHERE m.batch_id = l.id)
            AND NOT EXISTS (SELECT 1 FROM invoicing_bankline m WHERE m.batch_id = l.id
                AND (m.currency <> l.currency OR m.amount <> round(m.amount, core_minor_unit(m.currency))))
    ), met AS (
        SELECT s.id AS line_id, s.entry_id, n.id AS told_id
        FROM summed s JOIN single n USING (account_id, booked_on, amount, currency, reference, place)
    ), sums AS (
        UPDATE invoicing_bankline l SET is_money = false FROM met WHERE l.id = met.line_id
    ), told AS (
        UPDATE invoicing_bankline l SET booked_as_id = met.line_id FROM met WHERE l.id = met.told_id
    )
    UPDATE invoicing_bankline m SET batch_id = met.line_id, entry_id = met.entry_id, is_money = m.amount <> 0
    FROM met WHERE m.batch_id = met.told_id
"""

# What was pending becomes the booked line, and what was reported or notified the statement's, one for one in order.
BECOME = """
    WITH told AS (
        SELECT l.id, l.account_id, l.amount, l.currency, l.status, l.booked_on, l.value_on, s.kind, {key} AS key,
            row_number() OVER (PARTITION BY l.account_id, l.amount, l.currency, l.status, s.kind,
                               CASE l.status WHEN 'booked' THEN l.booked_on END, {key} ORDER BY l.id) AS place
        FROM invoicing_bankline l JOIN invoicing_bankstatement s ON s.id = l.statement_id
        WHERE NOT l.is_money AND l.batch_id IS NULL AND l.booked_as_id IS NULL AND l.account_id = ANY (%(touched)s)
            AND (l.status = 'pending' OR s.kind <> 'statement') AND {key} <> ''
    ), booked AS (
        SELECT l.id, l.account_id, l.amount, l.currency, l.booked_on, s.kind, {key} AS key, t.status, t.kind AS of_kind,
            row_number() OVER (PARTITION BY l.account_id, l.amount, l.currency, t.status, t.kind,
                               CASE t.status WHEN 'booked' THEN l.booked_on END, {key}
                               ORDER BY s.kind <> 'statement', l.booked_on, l.id) AS place
        FROM (SELECT DISTINCT account_id, amount, currency, status, kind, key,
                  CASE status WHEN 'booked' THEN booked_on END AS booked_on,
                  CASE status WHEN 'pending' THEN coalesce(booked_on, value_on) END AS since
              FROM told) t
        JOIN invoicing_bankline l USING (account_id, amount, currency)
        JOIN invoicing_bankstatement s ON s.id = l.statement_id
        WHERE l.batch_id IS NULL AND l.status = 'booked' AND {key} = t.key
            AND CASE t.status WHEN 'booked' THEN s.kind = 'statement' AND l.booked_on = t.booked_on
                ELSE (s.kind = 'statement' OR l.booked_as_id IS NULL)
                    AND (t.since IS NULL OR l.booked_on BETWEEN t.since - 5 AND t.since + 31) END
            AND NOT EXISTS (
                SELECT 1 FROM invoicing_bankline o JOIN invoicing_bankstatement os ON os.id = o.statement_id
                WHERE o.booked_as_id = l.id AND o.status = t.status AND os.kind = t.kind)
    )
    UPDATE invoicing_bankline l SET booked_as_id = b.id FROM told t JOIN booked b
        ON b.account_id = t.account_id AND b.amount = t.amount AND b.currency = t.currency AND b.status = t.status
            AND b.of_kind = t.kind AND b.key = t.key AND b.place = t.place
            AND (t.status = 'pending' OR b.booked_on = t.booked_on)
    WHERE l.id = t.id
"""
SAID = "md5(regexp_replace(l.party_name || l.party_iban || l.remittance || l.bank_text, '\\s', '', 'g'))"
MEETINGS = [
    *(JOINED.format(reference=name) for name in ("bank_reference", "customer_reference")),
    *(BECOME.format(key=f"l.{name}") for name in ("bank_reference", "end_to_end_id", "customer_reference")),
    BECOME.format(key=SAID),
]
