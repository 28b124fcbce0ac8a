"""The dunning decision in plain Python, written from the rules and not from the SQL. Tests hold the two equal."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True)
class Level:
    days: int
    minimums: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    code: str
    effective_on: date
    interval: int
    grace: int
    levels: tuple[Level, ...]


@dataclass
class Item:
    customer: int
    currency: str
    amount: Decimal
    counts_from: date
    due_on: date
    disputed_on: date | None = None


@dataclass
class Settled:
    """So much of a positive and of a negative item, from a day; negative where it undoes. In the order of recording."""

    debit: int
    credit: int
    amount: Decimal
    day: date


@dataclass
class Told:
    """A notice of the past and its lines: (item, cycle, level, dropped)."""

    customer: int
    currency: str
    day: date
    cancelled: bool
    lines: list[tuple[int, int, int, bool]]


@dataclass
class Held:
    customer: int
    item: int | None
    this_entity: bool | None  # None: every legal entity
    first: date
    last: date | None


@dataclass
class Promised:
    items: list[int]
    given_on: date
    pay_by: date
    withdrawn_on: date | None


@dataclass
class Contested:
    item: int
    opened_on: date
    closed_on: date | None


@dataclass
class Debited:
    """It is being collected from a day until another; without one it still is."""

    item: int
    first: date
    until: date | None


@dataclass
class Account:
    policy: str = ""
    channel: str = "email"


@dataclass
class Book:
    accounts: list[Account]
    items: list[Item]
    settled: list[Settled]
    told: list[Told]
    holds: list[Held]
    promises: list[Promised]
    disputes: list[Contested]
    versions: list[Version]
    usual: str
    debits: list[Debited] = field(default_factory=list)


@dataclass(frozen=True)
class Decided:
    reason: str
    level: int | None
    last_level: int
    balance: Decimal
    days_late: int
    cycle: int


def balance(book: Book, number: int, day: date) -> Decimal:
    item = book.items[number]
    if item.counts_from > day:
        return Decimal(0)
    done = sum(s.amount for s in book.settled if number in (s.debit, s.credit) and s.day <= day)
    return item.amount - done if item.amount > 0 else item.amount + done


def cycle(book: Book, number: int, day: date) -> int:
    left, times = abs(book.items[number].amount), 1
    for s in book.settled:
        if number in (s.debit, s.credit):
            if left == 0 and s.day <= day:
                times += 1
            left -= s.amount
    return times


def version_of(book: Book, customer: int, day: date) -> Version | None:
    code = book.accounts[customer].policy or book.usual
    versions = [v for v in book.versions if v.code == code and v.effective_on <= day]
    return max(versions, key=lambda v: v.effective_on, default=None)


def decide(book: Book, day: date) -> dict[int, Decided]:
    """The decision on each overdue item as of the day, by the item's place in the book."""
    balances = {number: balance(book, number, day) for number in range(len(book.items))}
    late = {
        number: (day - book.items[number].due_on).days
        for number, left in balances.items()
        if left > 0 and book.items[number].due_on < day
    }
    return {number: _one(book, day, number, balances, late) for number in late}


def _one(book: Book, day: date, number: int, balances: dict[int, Decimal], late: dict[int, int]) -> Decided:
    item = book.items[number]
    alike = [n for n in balances if (book.items[n].customer, book.items[n].currency) == (item.customer, item.currency)]
    net = sum(balances[n] for n in alike)
    overdue = sum(balances[n] for n in alike if n in late)
    now = cycle(book, number, day)
    lines = [
        (told.day, level)
        for told in book.told
        for (of, in_cycle, level, dropped) in told.lines
        if of == number and in_cycle == now and not dropped
    ]
    last_level = max((level for on, level in lines if on <= day), default=0)
    version = version_of(book, item.customer, day)
    level = version.levels[last_level] if version and last_level < len(version.levels) else None

    def decided(reason: str) -> Decided:
        return Decided(reason, last_level + 1 if level else None, last_level, balances[number], late[number], now)

    if item.disputed_on and item.disputed_on <= day:
        return decided("disputed")
    if any(d.item == number and d.opened_on <= day and not (d.closed_on and d.closed_on <= day) for d in book.disputes):
        return decided("disputed")
    grace = timedelta(days=version.grace if version else 0)
    for promise in book.promises:
        withdrawn = promise.withdrawn_on and promise.withdrawn_on <= day
        if number in promise.items and promise.given_on <= day <= promise.pay_by + grace and not withdrawn:
            return decided("promise_open")
    for hold in book.holds:
        here = hold.customer == item.customer and hold.this_entity in (None, True) and hold.item in (None, number)
        if here and hold.first <= day and (hold.last is None or day <= hold.last):
            return decided("hold")
    if any(d.item == number and d.first <= day and (d.until is None or day < d.until) for d in book.debits):
        return decided("direct_debit")
    if book.accounts[item.customer].channel == "none":
        return decided("no_reminders")
    if net <= 0:
        return decided("net_credit")
    if version is None:
        return decided("no_policy")
    if any(on > day for on, _ in lines):
        return decided("noticed_later")
    if level is None:
        return decided("last_level")
    if late[number] < level.days:
        return decided("not_yet")
    told = [on for on, _ in lines if on <= day]
    if told and (max(told) == day or (day - max(told)).days < version.interval):
        return decided("interval")
    if item.currency in level.minimums and overdue < level.minimums[item.currency]:
        return decided("below_minimum")
    return decided("notice")
