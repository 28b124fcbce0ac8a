"""The dunning decision in plain Python, written from the rules and not from the SQL. Tests hold the two equal."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True)
class Level:
    days: int
    minimums: dict[str, Decimal] = field(default_factory=dict)
    wait: int | None = None
    days_to_pay: int | None = None


@dataclass(frozen=True)
class Version:
    code: str
    effective_on: date
    interval: int
    grace: int
    levels: tuple[Level, ...]
    bank_days: int = 0
    contact_days: int = 0
    heeds_payments: bool = False
    severe: bool = False
    repeats_after: int | None = None
    notice_for: str = "customer"
    draft: bool = False


@dataclass
class Item:
    customer: int
    currency: str
    amount: Decimal
    counts_from: date
    due_on: date
    disputed_on: date | None = None
    on_account: bool = False  # a payment, where it is negative; else a credit note


@dataclass
class Settled:
    """So much of a positive and of a negative item, from a day; negative where it undoes. In the order of recording."""

    debit: int
    credit: int
    amount: Decimal
    day: date


@dataclass(frozen=True)
class Line:
    item: int
    cycle: int
    level: int
    dropped: bool
    repeat: int = 0
    pay_by: date | None = None
    version: int | None = None  # its place in the book


@dataclass
class Told:
    """A notice of the past and its lines."""

    customer: int
    currency: str
    day: date
    cancelled: bool
    lines: list[Line]


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
class Planned:
    """Items paid in instalments: (day, amount) of each; days past them and percent short are tolerated."""

    items: list[int]
    agreed_on: date
    steps: list[tuple[date, Decimal]]
    days: int
    percent: Decimal
    withdrawn_on: date | None = None


@dataclass
class Contested:
    item: int
    opened_on: date
    closed_on: date | None
    amount: Decimal | None = None


@dataclass
class Debited:
    """It is being collected from a day until another; without one it still is."""

    item: int
    first: date
    until: date | None


@dataclass
class Placed:
    """It is with an agency from a day until another, from which it is ours again; without one it still is."""

    item: int
    first: date
    until: date | None


@dataclass
class Spoke:
    """A call that was answered, or not."""

    customer: int
    day: date
    answered: bool = True


@dataclass
class Paying:
    """A line of the bank was proposed for an item on a day; decided about on another, or not yet."""

    item: int
    amount: Decimal
    made_on: date
    decided_on: date | None


@dataclass(frozen=True)
class Tried:
    """A policy is tried against another on a share of the payers."""

    champion: str
    challenger: str
    share: int
    first: date
    until: date
    salt: str
    ended_on: date | None = None


@dataclass
class Account:
    policy: str = ""
    channel: str = "email"
    segment: str = ""


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
    placed: list[Placed] = field(default_factory=list)
    spoken: list[Spoke] = field(default_factory=list)
    paying: list[Paying] = field(default_factory=list)
    payers: dict[int, int] = field(default_factory=dict)  # who pays for a customer, where it is another
    segments: dict[str, str] = field(default_factory=dict)  # the policy of a segment
    chosen: dict[int, str] = field(default_factory=dict)  # the policy of an item
    trials: list[Tried] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)  # by which a trial knows who pays
    plans: list[Planned] = field(default_factory=list)


@dataclass(frozen=True)
class Decided:
    reason: str
    level: int | None
    last_level: int
    balance: Decimal
    days_late: int
    cycle: int
    chased: Decimal
    told: int
    alone: bool
    repeat: int
    days_to_pay: int | None


def balance(book: Book, number: int, day: date) -> Decimal:
    item = book.items[number]
    if item.counts_from > day:
        return Decimal(0)
    done = sum(s.amount for s in book.settled if number in (s.debit, s.credit) and s.day <= day)
    return item.amount - done if item.amount > 0 else item.amount + done


def standing(book: Book, day: date) -> list[Settled]:
    """What was settled by the day and is not undone by then."""
    made: list[Settled] = []
    undone: dict[int, date] = {}
    for s in book.settled:
        if s.amount < 0:
            one = next(
                n for n, m in enumerate(made)
                if n not in undone and (m.debit, m.credit, m.amount) == (s.debit, s.credit, -s.amount)
            )  # fmt: skip
            undone[one] = s.day
        made.append(s)
    return [s for n, s in enumerate(made) if s.amount > 0 and s.day <= day and undone.get(n, date.max) > day]


def is_kept(book: Book, plan: Planned, day: date) -> bool:
    """Whether none of its instalments was missed by the day: what came since the day of the plan pays them in order."""
    due = Decimal(0)
    for due_on, amount in plan.steps:
        due += amount
        last = due_on + timedelta(days=plan.days)
        if day <= last:
            continue
        came = sum(
            min(book.items[n].amount, sum(
                s.amount for s in standing(book, day) if s.debit == n and plan.agreed_on < s.day <= last
            ))
            for n in plan.items
        )  # fmt: skip
        if came * 100 < due * (100 - plan.percent):
            return False
    return True


def cycle(book: Book, number: int, day: date) -> int:
    left, times = abs(book.items[number].amount), 1
    for s in book.settled:
        if number in (s.debit, s.credit):
            if left == 0 and s.day <= day:
                times += 1
            left -= s.amount
    return times


def code_of(book: Book, number: int) -> str:
    """The policy of an item: the most specific that is named."""
    account = book.accounts[book.items[number].customer]
    return book.chosen.get(number) or account.policy or book.segments.get(account.segment, "") or book.usual


def challenged(salt: str, payer: int, share: int) -> bool:
    """Whether a trial gives who pays to the challenger: SHA-256's first 24 bits, as a fraction, are below the share."""
    place = int.from_bytes(hashlib.sha256(f"{salt}:{payer}".encode()).digest()[:3], "big")
    return place * 100 < share * 2**24


def trial_of(book: Book, number: int, day: date) -> Tried | None:
    """The trial that an item takes part in: due while it lasts, told of nothing before it, its policy not its own."""
    if number in book.chosen:
        return None
    for trial in book.trials:
        lasts = trial.first <= day <= trial.until and not (trial.ended_on and trial.ended_on <= day)
        due = trial.first <= book.items[number].due_on <= trial.until
        told_before = any(
            told.day < trial.first
            for told in book.told
            for line in told.lines
            if (line.item, line.cycle) == (number, cycle(book, number, day)) and not line.dropped
        )
        if lasts and due and not told_before and trial.champion == code_of(book, number):
            return trial
    return None


def chased_by(book: Book, number: int, day: date) -> str:
    """The policy of an item on a day: its own, or the one that chance gave it in a trial."""
    trial = trial_of(book, number, day)
    payer = payer_of(book, book.items[number].customer)
    if trial and challenged(trial.salt, book.keys[payer], trial.share):
        return trial.challenger
    return code_of(book, number)


def version_of(book: Book, number: int, day: date) -> Version | None:
    """The version that the item's cycle began with, while the same policy is named; else the one of the day."""
    code = chased_by(book, number, day)
    lines = [
        (told.day, line.version)
        for told in book.told
        for line in told.lines
        if line.item == number and line.cycle == cycle(book, number, day) and not line.dropped and told.day <= day
    ]
    noted = [(on, version) for on, version in lines if version is not None]
    if noted:
        began = book.versions[max(noted)[1]]
        if began.code == code and not began.draft:
            return began
    versions = [v for v in book.versions if v.code == code and v.effective_on <= day and not v.draft]
    return max(versions, key=lambda v: v.effective_on, default=None)


def payer_of(book: Book, customer: int) -> int:
    return book.payers.get(customer, customer)


def decide(book: Book, day: date) -> dict[int, Decided]:
    """The decision on each item that is looked at on the day, by the item's place in the book."""
    balances = {number: balance(book, number, day) for number in range(len(book.items))}
    late = {number: (day - book.items[number].due_on).days for number, left in balances.items() if left > 0}
    found = {}
    for number, days in late.items():
        version = version_of(book, number, day)
        first = min((level.days for level in version.levels), default=1) if version else 1
        if days > 0 or days >= first:
            found[number] = _one(book, day, number, version, balances, late)
    return found


def _one(
    book: Book, day: date, number: int, version: Version | None, balances: dict[int, Decimal], late: dict[int, int]
) -> Decided:
    item = book.items[number]
    head = payer_of(book, item.customer)
    told = head if version and version.notice_for == "payer" else item.customer
    theirs = [item.customer]
    if version and version.notice_for == "payer":
        theirs = [c for c in range(len(book.accounts)) if payer_of(book, c) == head]
    alike = [n for n in balances if book.items[n].customer in theirs and book.items[n].currency == item.currency]
    net = sum(balances[n] for n in alike)
    overdue = sum(balances[n] for n in alike if late.get(n, 0) > 0)
    now = cycle(book, number, day)
    lines = [
        (each.day, line)
        for each in book.told
        for line in each.lines
        if line.item == number and line.cycle == now and not line.dropped
    ]
    before = [(on, line) for on, line in lines if on <= day]
    last_level = max((line.level for _, line in before), default=0)
    last_repeat = max((line.repeat for _, line in before), default=0)
    last_on = max((on for on, _ in before), default=None)
    pay_by = max((line.pay_by for _, line in before if line.pay_by), default=None)
    at, again = _next(version, last_level, late[number])
    level = version.levels[at - 1] if version and at and at <= len(version.levels) else None
    contested = [
        d.amount for d in book.disputes
        if d.item == number and d.opened_on <= day and not (d.closed_on and d.closed_on <= day)
    ]  # fmt: skip
    part = Decimal(0) if None in contested else sum(contested, Decimal(0))

    def decided(reason: str) -> Decided:
        return Decided(
            reason,
            at if level else None,
            last_level,
            balances[number],
            late[number],
            now,
            balances[number] - part,
            told,
            bool(version and version.notice_for == "item"),
            last_repeat + 1 if again else 0,
            level.days_to_pay if level else None,
        )

    if any(p.item == number and p.first <= day and (p.until is None or day < p.until) for p in book.placed):
        return decided("handed_over")
    if item.disputed_on and item.disputed_on <= day:
        return decided("disputed")
    if contested and (None in contested or part >= balances[number]):
        return decided("disputed")
    grace = timedelta(days=version.grace if version else 0)
    for promise in book.promises:
        withdrawn = promise.withdrawn_on and promise.withdrawn_on <= day
        if number in promise.items and promise.given_on <= day <= promise.pay_by + grace and not withdrawn:
            return decided("promise_open")
    for plan in book.plans:
        withdrawn = plan.withdrawn_on and plan.withdrawn_on <= day
        ended = day > plan.steps[-1][0] + timedelta(days=plan.days)
        if number in plan.items and plan.agreed_on <= day and not withdrawn and not ended and is_kept(book, plan, day):
            return decided("plan_kept")
    for hold in book.holds:
        here = hold.customer == item.customer and hold.this_entity in (None, True) and hold.item in (None, number)
        if here and hold.first <= day and (hold.last is None or day <= hold.last):
            return decided("hold")
    if any(d.item == number and d.first <= day and (d.until is None or day < d.until) for d in book.debits):
        return decided("direct_debit")
    if book.accounts[told].channel == "none":
        return decided("no_reminders")
    if net <= 0:
        return decided("net_credit")
    if version is None:
        return decided("no_policy")
    if version.heeds_payments and _is_paid_for(book, day, number, balances, late):
        return decided("payment_found")
    spoken = [s.day for s in book.spoken if s.answered and s.customer in (item.customer, told)]
    spoken += [p.given_on for p in book.promises if book.items[p.items[0]].customer in (item.customer, told)]
    if any(timedelta(0) <= day - on < timedelta(days=version.contact_days) for on in spoken):
        return decided("in_contact")
    if any(on > day for on, _ in lines):
        return decided("noticed_later")
    if level is None:
        return decided("last_level")
    if late[number] < level.days:
        return decided("not_yet")
    if level.days > 0 and late[number] < level.days + version.bank_days:
        return decided("grace")
    if pay_by and day <= pay_by + timedelta(days=version.bank_days):
        return decided("deadline_running")
    wait = version.repeats_after if again else version.interval if level.wait is None else level.wait
    if last_on and (last_on == day or (day - last_on).days < wait):
        return decided("interval")
    worth = overdue if late[number] > 0 else overdue + balances[number]
    if item.currency in level.minimums and worth < level.minimums[item.currency]:
        return decided("below_minimum")
    return decided("notice")


def _next(version: Version | None, last_level: int, days: int) -> tuple[int | None, bool]:
    """The level that comes next, and whether it is the last one again."""
    if version is None:
        return None, False
    if last_level >= len(version.levels):
        return (len(version.levels) if version.repeats_after is not None else None), True
    if not version.severe:
        return last_level + 1, False
    reached = 0
    for number, level in enumerate(version.levels, start=1):
        if days >= level.days + (version.bank_days if level.days > 0 else 0):
            reached = number
    return max(last_level + 1, reached), False


def _is_paid_for(book: Book, day: date, number: int, balances: dict[int, Decimal], late: dict[int, int]) -> bool:
    """Money on account of the payer covers it, oldest items first or it alone; or a payment is proposed for it."""
    item = book.items[number]
    for paying in book.paying:
        waits = paying.made_on <= day and not (paying.decided_on and paying.decided_on <= day)
        if paying.item == number and waits and paying.amount >= balances[number]:
            return True
    group = [
        n for n in balances
        if payer_of(book, book.items[n].customer) == payer_of(book, item.customer)
        and book.items[n].currency == item.currency
    ]  # fmt: skip
    money = -sum(balances[n] for n in group if balances[n] < 0 and book.items[n].on_account)
    if not money:
        return False
    older = [n for n in group if n in late and (-late[n], n) <= (-late[number], number)]
    return sum(balances[n] for n in older) <= money or balances[number] == money
