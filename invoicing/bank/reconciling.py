"""Whether the books have the balance that the bank has, on every day that a statement closes, and if not, why.

Everything is worked out from what was booked and from what the statements say; nothing of it is kept.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import accumulate

from django.db import connection

from o2c.invoicing.models import BankAccount

ZERO = Decimal(0)


@dataclass(frozen=True)
class Closed:
    """A statement as far as its balances go, in the order in which the bank wrote them."""

    id: int
    on: date
    number: str
    sequence: str
    opening: Decimal | None
    closing: Decimal
    booked: Decimal
    opens_on: date | None = None

    @property
    def place(self) -> tuple:
        """Numbers are compared as numbers, however many figures they have."""
        return (self.on, len(self.number), self.number, len(self.sequence), self.sequence, self.id)

    @property
    def wrong_by(self) -> Decimal:
        """How much more it closes with than it opens with and its lines make."""
        return ZERO if self.opening is None else self.closing - self.opening - self.booked


@dataclass(frozen=True)
class Gap:
    """A statement does not begin where the one before ends: something in between is not here."""

    statement: Closed
    before: Closed
    missing: int  # statements, by their numbers; 0 where these do not tell

    @property
    def amount(self) -> Decimal:
        return (self.statement.opening or ZERO) - self.before.closing


@dataclass(frozen=True)
class Cause:
    """What makes a part of a difference; `statement` where it is one's."""

    what: str
    amount: Decimal
    statement: int | None = None


@dataclass(frozen=True)
class Day:
    """A day on which a statement closes. `difference`: so much more is in the books."""

    on: date
    statement: int
    bank: Decimal
    books: Decimal
    causes: tuple[Cause, ...] = ()

    @property
    def difference(self) -> Decimal:
        return self.books - self.bank


@dataclass
class Reconciled:
    """An account's days, the latest first, and the gaps between its statements."""

    account: BankAccount
    days: list[Day] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return not self.gaps and not any(day.difference for day in self.days)


# --- The rules


def gaps(statements: Iterable[Closed]) -> list[Gap]:
    """Where a statement opens with a balance with which none before it closes.

    So pages of one day, and a longer statement over days that shorter ones have told, leave no gap. Missing numbers
    are counted where both are numbers of one year.
    """
    found, closings, openings, before = [], set(), {}, None
    for each in sorted(statements, key=lambda one: one.place):
        # one over days that others have told begins with the first of them
        told = openings.get(each.opening)
        longer = told is not None and each.opens_on is not None and each.opens_on <= told
        if before is not None and each.opening is not None and each.opening not in closings and not longer:
            missing = 0
            if each.number.isdecimal() and before.number.isdecimal() and each.on.year == before.on.year:
                missing = max(0, int(each.number) - int(before.number) - 1)
            found.append(Gap(each, before, missing))
        closings.add(each.closing)
        if each.opening is not None and each.opens_on is not None:
            openings[each.opening] = max(each.opens_on, openings.get(each.opening, each.opens_on))
        before = each
    return found


def causes(day: date, statements: list[Closed], found: list[Gap], *, later: Decimal, apart: Decimal) -> list[Cause]:
    """What makes a difference on a day, as far as statements tell.

    `later`: what counts from a later day because the books were closed; `apart`: lines of statements that are no money.
    """
    told = [
        Cause("Not here: what happened before this statement", -gap.amount, gap.statement.id)
        for gap in found
        if gap.statement.on <= day
    ]
    told += [
        Cause("Its lines do not make its closing balance", -each.wrong_by, each.id)
        for each in statements
        if each.on <= day and each.wrong_by
    ]
    if apart:
        told.append(Cause("Lines that cannot be booked: another currency, or finer than it is paid in", -apart))
    if later:
        told.append(Cause("Booked on a later day, as the books were closed", -later))
    return told


# --- Reading


def reconcile(
    accounts: Iterable[BankAccount], *, from_on: date | None = None, until_on: date | None = None
) -> list[Reconciled]:
    """Each account with its days of the period. All of its past is looked at, as balances come of it."""
    chosen = list(accounts)
    ids = [account.pk for account in chosen]
    statements, booked, apart = _statements(ids), _booked(ids), _apart(ids)
    result = []
    for account in chosen:
        told = statements[account.pk]
        found = gaps(told)
        days = _days(told, found, booked[account.pk], apart[account.pk])
        inside = [day for day in days if _in(day.on, from_on, until_on)]
        shown = [gap for gap in found if _in(gap.statement.on, from_on, until_on)]
        result.append(Reconciled(account, inside[::-1], shown[::-1]))
    return result


def _in(day: date, from_on: date | None, until_on: date | None) -> bool:
    return (from_on is None or day >= from_on) and (until_on is None or day <= until_on)


def _days(statements: list[Closed], found: list[Gap], booked: list[tuple], apart: list[tuple]) -> list[Day]:
    last = {each.on: each for each in sorted(statements, key=lambda one: one.place)}
    counts = _Running((effective, amount) for effective, _, amount in booked)
    known = _Running((on, amount) for _, on, amount in booked)
    not_money = _Running(apart)
    days = []
    for on, each in last.items():
        day = Day(on, each.id, each.closing, counts.until(on))
        if day.difference:
            told = causes(on, statements, found, later=known.until(on) - day.books, apart=not_money.until(on))
            rest = day.difference - sum((cause.amount for cause in told), ZERO)
            if rest:
                told.append(Cause("Not explained by statements", rest))
            day = Day(on, each.id, each.closing, day.books, tuple(told))
        days.append(day)
    return days


class _Running:
    """Sums up to any day."""

    def __init__(self, amounts: Iterable[tuple[date, Decimal]]):
        by_day: dict[date, Decimal] = defaultdict(Decimal)
        for on, amount in amounts:
            by_day[on] += amount
        self.days = sorted(by_day)
        self.sums = list(accumulate(by_day[day] for day in self.days))

    def until(self, day: date) -> Decimal:
        place = bisect_right(self.days, day)
        return self.sums[place - 1] if place else ZERO


def _ask(sql: str, **facts) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        return cursor.fetchall()


def _statements(accounts: list[int]) -> dict[int, list[Closed]]:
    found = defaultdict(list)
    for account_id, *facts in _ask(
        """
        SELECT account_id, id, closing_on, number, sequence, opening, closing, booked_sum,
            coalesce(opening_on, from_on)
        FROM invoicing_bankstatement
        WHERE account_id = ANY (%(accounts)s) AND kind = 'statement' AND closing IS NOT NULL
            AND closing_on IS NOT NULL AND NOT 'trial' = ANY (flags)
        """,
        accounts=accounts,
    ):
        found[account_id].append(Closed(*facts))
    return found


def _booked(accounts: list[int]) -> dict[int, list[tuple]]:
    """What stands on the ledger account of each: the day it counts from, the day it was known, the amount."""
    found = defaultdict(list)
    for account_id, *facts in _ask(
        """
        SELECT a.bank_account_id, e.effective_on, e.known_on, sum(p.amount)
        FROM invoicing_ledgeraccount a
        JOIN invoicing_entry e ON e.entity_id = a.entity_id AND e.kind = 'bank'
        JOIN invoicing_posting p ON p.entry_id = e.id AND p.account_id = a.id
        WHERE a.bank_account_id = ANY (%(accounts)s) GROUP BY 1, 2, 3
        """,
        accounts=accounts,
    ):
        found[account_id].append(tuple(facts))
    return found


def _apart(accounts: list[int]) -> dict[int, list[tuple]]:
    """What statements have booked that is no money here, by day."""
    found = defaultdict(list)
    for account_id, *facts in _ask(
        """
        SELECT l.account_id, l.booked_on, sum(l.amount)
        FROM invoicing_bankline l JOIN invoicing_bankstatement s ON s.id = l.statement_id AND s.kind = 'statement'
        JOIN invoicing_bankaccount b ON b.id = l.account_id
        WHERE l.account_id = ANY (%(accounts)s) AND NOT l.is_money AND l.batch_id IS NULL AND l.booked_as_id IS NULL
            AND l.status = 'booked' AND l.entry_id IS NULL AND l.booked_on IS NOT NULL AND l.currency = b.currency
            AND NOT 'trial' = ANY (s.flags)
        GROUP BY 1, 2
        """,
        accounts=accounts,
    ):
        found[account_id].append(tuple(facts))
    return found


# --- What is not identified

AGE_TITLES = ("Up to 1 day", "2 to 7 days", "8 to 30 days", "Over 30 days")


@dataclass(frozen=True)
class Unidentified:
    """Open money of an account: in and out by age, and how many lines."""

    account: BankAccount
    cells: tuple[Decimal, ...]
    total: Decimal
    lines: int
    oldest_on: date


def unidentified(accounts: Iterable[BankAccount], today: date) -> list[Unidentified]:
    chosen = {account.pk: account for account in accounts}
    rows = _ask(
        """
        SELECT account_id,
            coalesce(sum(open_amount) FILTER (WHERE %(today)s - booked_on <= 1), 0),
            coalesce(sum(open_amount) FILTER (WHERE %(today)s - booked_on BETWEEN 2 AND 7), 0),
            coalesce(sum(open_amount) FILTER (WHERE %(today)s - booked_on BETWEEN 8 AND 30), 0),
            coalesce(sum(open_amount) FILTER (WHERE %(today)s - booked_on > 30), 0),
            sum(open_amount), count(*), min(booked_on)
        FROM invoicing_bankline WHERE open_amount <> 0 AND account_id = ANY (%(accounts)s) GROUP BY 1
        """,
        accounts=list(chosen),
        today=today,
    )
    found = [Unidentified(chosen[row[0]], tuple(row[1:5]), *row[5:]) for row in rows]
    return sorted(found, key=lambda each: list(chosen).index(each.account.pk))


# --- Cash in clearing


@dataclass(frozen=True)
class Clearing:
    """Why there is so much in clearing: what came on the bank and has no meaning yet stands against it, what was
    received by hand or elsewhere and has not been seen on the bank stands in it."""

    entity: str
    currency: str
    balance: Decimal
    open_lines: Decimal
    receipts: Decimal

    @property
    def rest(self) -> Decimal:
        return self.balance + self.open_lines - self.receipts


def clearing(entities: list[int]) -> list[Clearing]:
    return [Clearing(*row) for row in _ask(CLEARING, entities=entities)]


# What was received and has not been seen on the bank. A payment that came back by a line was received all the same; one
# that came back without has yet to go out there.
RECEIVED = """
    SELECT r.entity_id, r.currency,
        sum(CASE WHEN r.reversed_on IS NULL OR b.line_id IS NOT NULL THEN r.amount ELSE 0 END - coalesce(u.amount, 0))
            AS amount
    FROM invoicing_receipt r LEFT JOIN invoicing_returnedpayment b ON b.receipt_id = r.id LEFT JOIN (
        SELECT receipt_id, sum(amount) AS amount FROM invoicing_lineuse WHERE kind = 'receipt' GROUP BY 1
    ) u ON u.receipt_id = r.id
    -- what was netted was never money
    WHERE r.method <> 'netting' GROUP BY 1, 2
"""

CLEARING = f"""
    WITH cash AS (
        SELECT a.entity_id, p.currency, sum(p.amount) AS balance FROM invoicing_posting p
        JOIN invoicing_ledgeraccount a ON a.id = p.account_id AND a.role = 'cash' GROUP BY 1, 2
    ), waiting AS (
        SELECT entity_id, currency, sum(open_amount) AS amount FROM invoicing_bankline
        WHERE open_amount <> 0 GROUP BY 1, 2
    ), received AS ({RECEIVED})
    SELECT e.code, c.currency, c.balance, coalesce(w.amount, 0), coalesce(r.amount, 0)
    FROM cash c JOIN orders_legalentity e ON e.id = c.entity_id
    LEFT JOIN waiting w ON w.entity_id = c.entity_id AND w.currency = c.currency
    LEFT JOIN received r ON r.entity_id = c.entity_id AND r.currency = c.currency
    WHERE c.entity_id = ANY (%(entities)s)
    ORDER BY 1, 2
"""  # noqa: S608 made of our own words
