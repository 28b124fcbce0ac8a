"""Bank statements as tables: what the websites of banks export as CSV or Excel, read by a map of their columns.

The rows stand in `import_row` (see `o2c.core.imports`). The good ones become lines and one statement for each account
that the file is of, and are kept as those of every other format are (`keeping`), so the same rule says which are known.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.db import connection

from o2c.core.imports.asking import do
from o2c.core.imports.kinds import Counts, Field, Kind, Type
from o2c.core.imports.mapping import Refused
from o2c.core.imports.running import Run
from o2c.core.imports.staging import Stage
from o2c.core.reading import values
from o2c.invoicing.bank import keeping, taking_back, texts
from o2c.invoicing.bank.accounts import Accounts, UnknownAccount
from o2c.invoicing.bank.building import Building, Event
from o2c.invoicing.bank.meeting import TABLE
from o2c.invoicing.bank.statements import Balance, Flag, Line, Party, Statement, Status
from o2c.invoicing.bank.statements import Kind as StatementKind
from o2c.invoicing.models import BankAccount

LONGEST_TEXT = 4000


def _words(meanings: dict[str, str]) -> dict[str, str]:
    return {word.strip(): ours for ours, words in meanings.items() for word in words.split(",")}


IN, OUT = "in", "out"
DIRECTIONS = _words(
    {
        IN: "c, cr, crdt, credit, in, inflow, incoming, +, h, haben, gutschrift, eingang, bij, bijschrijving, crédit,"
        " abono, haber, dslip",
        OUT: "d, dr, dbit, debit, out, outflow, outgoing, -, s, soll, lastschrift, belastung, ausgang, af,"
        " afschrijving, débit, cargo, debe, check",
    }
)
STATES = _words(
    {
        "booked": "booked, posted, cleared, completed, settled, gebucht, umsatz gebucht, comptabilisé, geboekt",
        "pending": "pending, authorised, authorized, vorgemerkt, umsatz vorgemerkt, en attente, gereserveerd,"
        " umsatz vorgemerkt und nicht gebucht",
    }
)

FIELDS = (
    Field("account", required=True, length=60, note="Our account: IBAN or number, from a column or the same for all"),
    Field("booked_on", Type.DATE, required=True),
    Field("value_on", Type.DATE),
    Field("amount", Type.AMOUNT, note="Negative where money goes out, or with the direction beside it"),
    Field("credit", Type.AMOUNT, note="What came in, where it has a column of its own"),
    Field("debit", Type.AMOUNT, note="What went out, where it has a column of its own"),
    Field("direction", Type.CHOICE, choices=DIRECTIONS, note="In or out: C/D, H/S, Bij/Af"),
    Field("currency", Type.CURRENCY, required=True),
    Field("party_name", length=LONGEST_TEXT, note="The other side"),
    Field("payer", length=LONGEST_TEXT, note="Who paid, where payer and payee have columns of their own"),
    Field("payee", length=LONGEST_TEXT),
    Field("party_account", length=60, note="The other side's IBAN or account number"),
    Field("party_bic", length=20),
    Field("remittance", length=LONGEST_TEXT, note="What the payer wrote; the texts are joined"),
    Field("remittance_2", length=LONGEST_TEXT),
    Field("remittance_3", length=LONGEST_TEXT),
    Field("bank_text", length=LONGEST_TEXT, note="What the bank calls it"),
    Field("end_to_end_id", length=140),
    Field("customer_reference", length=140),
    Field("mandate_id", length=140),
    Field("bank_reference", length=140, note="The bank's own number of the line"),
    Field("balance", Type.AMOUNT, note="After the line; each is checked"),
    Field("status", Type.CHOICE, choices=STATES, note="Booked (where empty) or pending"),
)


def book(stage: Stage, run: Run) -> Counts:
    """Keep the staged lines. Raises Refused where a column's signs can mean two things."""
    _judge(stage)
    ours = BankAccount.objects.filter(entity_id=run.owner_id)
    accounts = _accounts(stage, Accounts(ours))
    do(ROWS)
    spoilt = stage.unkeyed or stage.rejected() > 0
    sheets = []
    for account, rows in accounts.items():
        do("UPDATE import_line SET account_id = %(account)s WHERE account = ANY (%(said)s) AND currency = %(currency)s",
           {"account": account.pk, "said": rows, "currency": account.currency})  # fmt: skip
        if sheet := _sheet(account, run.on, spoilt=spoilt):
            sheets.append(sheet)
    if not sheets:
        return Counts()
    _check_balances(stage, sheets)
    loaded = keeping.load(
        run.path, name=run.file_name, seen=ours, actor=run.actor, events=_Table(sheets), import_run=run.id
    )
    for sheet in sheets:
        if sheet.broken:
            run.say(f"{sheet.account}: its balances do not follow from its lines, so none is applied by itself.")
    return Counts(created=loaded.created)


# --- Judging the rows


def _judge(stage: Stage) -> None:
    """Reject rows of which nobody can tell how much came in or went out."""
    stage.reject(
        """
        SELECT line, 'amount', '', 'is missing: nothing says how much it is' FROM import_row
            WHERE state = 'g' AND amount IS NULL AND credit IS NULL AND debit IS NULL
        UNION ALL
        SELECT line, 'credit', credit::text, 'is negative, in a column of what came in' FROM import_row
            WHERE state = 'g' AND credit < 0
        UNION ALL
        SELECT line, 'debit', debit::text, 'stands beside a credit: it came in or it went out' FROM import_row
            WHERE state = 'g' AND credit <> 0 AND debit <> 0
        UNION ALL
        SELECT line, 'amount', amount::text, 'is negative, and said to have come in' FROM import_row
            WHERE state = 'g' AND amount < 0 AND direction = 'in'
        UNION ALL
        SELECT line, 'amount', amount::text, 'differs from the credit or debit beside it' FROM import_row
            WHERE state = 'g' AND (credit <> 0 OR debit <> 0)
                AND abs(amount) <> abs(coalesce(nullif(credit, 0), debit))
        """
    )
    if stage.asks("direction"):
        stage.reject(
            "SELECT line, 'direction', '', 'is missing' FROM import_row"
            " WHERE state = 'g' AND direction IS NULL AND amount IS NOT NULL AND amount <> 0"
        )
    stage.reject(
        "SELECT line, 'booked_on', booked_on::text, 'is no day of a bank statement' FROM import_row"
        " WHERE state = 'g' AND booked_on < '1970-01-01'"
    )
    if _one("SELECT min(debit) < 0 AND max(debit) > 0 FROM import_row WHERE state = 'g'"):
        column = stage.mapping.column("debit")
        raise Refused(f"{column!r} has both signs, so nobody can tell what went out: map the column of signed amounts.")


def _accounts(stage: Stage, accounts: Accounts) -> dict[BankAccount, list[str]]:
    """Our accounts that the file names, each with the ways in which it does; rows of others are rejected."""
    found: dict[BankAccount, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT account, currency FROM import_row WHERE state = 'g' ORDER BY 1, 2")
        named = cursor.fetchall()
    for shown, currency in named:
        try:
            account = accounts.of(_building(shown, currency).finished())
        except UnknownAccount as nobodys:
            stage.reject(
                "SELECT line, 'account', account, %(why)s FROM import_row"
                " WHERE state = 'g' AND account = %(account)s AND currency = %(currency)s",
                {"why": str(nobodys), "account": shown, "currency": currency},
            )
        else:
            found.setdefault(account, []).append(shown)
    return found


def _building(account: str, currency: str) -> Building:
    # spreadsheets and banks put a mark before a number so that it stays a text
    shown = account.strip().strip("'\"")
    return Building(
        kind=StatementKind.STATEMENT, where="table", account=shown, account_currency=currency, iban=values.iban(shown)
    )


# Each good row with its signed amount.
ROWS = """
    CREATE TEMP TABLE import_line ON COMMIT DROP AS
    SELECT line, account, currency, booked_on, balance, coalesce(status, 'booked') = 'booked' AS is_booked,
        NULL::bigint AS account_id,
        CASE WHEN amount IS NULL OR credit <> 0 OR debit <> 0 THEN coalesce(credit, 0) - abs(coalesce(debit, 0))
             WHEN direction = 'out' THEN -abs(amount) ELSE amount END AS amount
    FROM import_row WHERE state = 'g'
"""

# --- Putting statements together


@dataclass
class _Sheet:
    """One account's part of the file. `upward`: its first row is the oldest."""

    account: BankAccount
    first_on: date
    last_on: date
    on: date
    upward: bool
    spoilt: bool
    opening: Decimal | None = None
    closing: Decimal | None = None
    broken: list[int] = field(default_factory=list)

    @property
    def order(self) -> str:
        return "line" if self.upward else "line DESC"


# What stood on the account before all of the rows, as each balance tells it: one number where all balances are right.
BEFORE = """
    SELECT line, balance, balance - sum(amount) FILTER (WHERE is_booked)
        OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING) AS before
    FROM import_line WHERE account_id = %(account)s
"""


def _sheet(account: BankAccount, on: date, *, spoilt: bool) -> _Sheet | None:
    facts = {"account": account.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(booked_on), max(booked_on), (array_agg(booked_on ORDER BY line))[1],"
            " (array_agg(booked_on ORDER BY line DESC))[1], count(balance)"
            " FROM import_line WHERE account_id = %(account)s",
            facts,
        )
        first_on, last_on, top, bottom, balances = cursor.fetchone()
        if first_on is None:
            return None
        upward = top <= bottom
        if top == bottom and balances > 1:
            # one day alone does not say which way it runs; the balances do
            turns = {way: _one(f"SELECT count(DISTINCT before) FROM ({BEFORE.format(order=way)}) b"  # noqa: S608
                               " WHERE balance IS NOT NULL", facts) for way in ("line", "line DESC")}  # fmt: skip
            upward = turns["line"] <= turns["line DESC"]
    return _Sheet(account, first_on, last_on, on, upward, spoilt)


def _check_balances(stage: Stage, sheets: list[_Sheet]) -> None:
    """Hold each balance to be the one before it and the amounts since; the first and the last are the statement's."""
    for sheet in sheets:
        facts = {"account": sheet.account.pk}
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT line, before FROM ({BEFORE.format(order=sheet.order)}) b"  # noqa: S608
                f" WHERE balance IS NOT NULL ORDER BY {sheet.order}",
                facts,
            )
            told = cursor.fetchall()
            if not told:
                continue
            total = _one(
                "SELECT coalesce(sum(amount), 0) FROM import_line WHERE account_id = %(account)s AND is_booked", facts
            )
        # before the first booked line there is no sum yet
        known = [(line, before) for line, before in told if before is not None]
        if not known:
            continue
        sheet.opening = known[0][1]
        sheet.closing = known[-1][1] + total
        sheet.broken = [line for (_, last), (line, now) in pairwise(known) if now != last]
        stage.warn(
            "SELECT line, 'balance', balance::text, 'does not follow from the balance before it and the amount'"
            " FROM import_line WHERE line = ANY (%(lines)s)",
            {"lines": sheet.broken},
        )


class _Table:
    """What the reader of a format tells, told from the staged rows: of each account its lines, then its statement."""

    format = TABLE

    def __init__(self, sheets: list[_Sheet]):
        self.sheets = sheets

    def __iter__(self) -> Iterator[Event]:
        for sheet in self.sheets:
            account = sheet.account
            building = _building(account.iban or account.account_number, account.currency)
            for row in _rows(sheet):
                yield building.add(_line(row))
            yield _statement(building, sheet)


def _statement(building: Building, sheet: _Sheet) -> Statement:
    building.from_date, building.until_date = sheet.first_on, sheet.last_on
    if sheet.opening is not None:
        building.opening = Balance(amount=sheet.opening, currency=sheet.account.currency, on=sheet.first_on)
        # what is exported today may lack what the bank books later today: that is no day's closing balance
        over = sheet.last_on < sheet.on
        building.closing = Balance(
            amount=sheet.closing, currency=sheet.account.currency, on=sheet.last_on if over else None
        )
    if sheet.spoilt:
        building.flags.add(Flag.INCOMPLETE)
    if sheet.broken:
        building.flags.add(Flag.ARITHMETIC)
    return building.finished()


READ = (
    "line", "currency", "booked_on", "value_on", "amount", "status", "party_name", "payer", "payee", "party_account",
    "party_bic", "remittance", "remittance_2", "remittance_3", "bank_text", "end_to_end_id", "customer_reference",
    "mandate_id", "bank_reference",
)  # fmt: skip


def _rows(sheet: _Sheet) -> Iterator[dict]:
    """The account's rows, the oldest first."""
    columns = ", ".join("l.amount" if name == "amount" else f"r.{name}" for name in READ)
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM import_line l JOIN import_row r ON r.line = l.line WHERE l.account_id = %(account)s"  # noqa: S608
            f" ORDER BY l.{sheet.order}",
            {"account": sheet.account.pk},
        )
        while rows := cursor.fetchmany(2_000):
            for row in rows:
                yield {name: "" if value is None else value for name, value in zip(READ, row, strict=True)}


def _line(row: dict) -> Line:
    amount = row["amount"]
    said = named(values.joined(row[name].strip() for name in ("remittance", "remittance_2", "remittance_3")))
    other = said.get("counterparty", Party())
    account = row["party_account"] or other.account
    return Line(
        where=f"line {row['line']}",
        amount=amount,
        currency=row["currency"],
        booking_date=row["booked_on"],
        value_date=row["value_on"] or None,
        status=Status(row["status"] or Status.BOOKED),
        bank_reference=values.reference(row["bank_reference"]),
        customer_reference=values.reference(row["customer_reference"]),
        end_to_end_id=values.reference(row["end_to_end_id"]) or said.get("end_to_end_id", ""),
        mandate_id=values.reference(row["mandate_id"]) or said.get("mandate_id", ""),
        creditor_references=said.get("creditor_references", ()),
        remittance=said["remittance"],
        bank_text=row["bank_text"],
        counterparty=Party(
            name=row["party_name"] or row["payer" if amount > 0 else "payee"] or other.name,
            iban=values.iban(account),
            account=account,
            bic=row["party_bic"] or other.bic,
            ultimate=other.ultimate,
        ),
        return_reason=said.get("return_reason", ""),
    )


RUN_TOGETHER = re.compile(rf"(?<=\S)(?=(?:{texts.TAGS})\+)")


def named(text: str) -> dict:
    """What a text says that holds the named references of SEPA or SWIFT; else the text is the remittance.

    Some banks leave out the spaces before the names (EREF+1MREF+2).
    """
    if texts.STARTS_WITH_TAG.match(text):
        text = RUN_TOGETHER.sub("\n", text)
    try:
        found = texts.read(text.split("\n"))
    except values.Unreadable:
        return {"remittance": text}
    return found if found.get("remittance") or found.get("end_to_end_id") else {"remittance": text}


def _one(sql: str, facts: dict | None = None):
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchone()[0]


BANK_LINES = Kind(
    name="bank-lines",
    title="Bank statements (CSV, Excel)",
    description="What the bank's website exports as a table, line by line. Known lines are never doubled.",
    right="imports.bank-lines",
    fields=FIELDS,
    key="booked_on",
    # two equal lines are two lines: no row repeats another
    key_sql="r.line",
    one_of=(("amount", "credit", "debit"),),
    book=book,
    undo=taking_back.undo,
)
