"""Putting a statement together while its lines are handed on one by one, so that its size does not matter."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from operator import attrgetter

from o2c.core.reading.values import Unreadable, too_fine
from o2c.invoicing.bank.statements import (
    Balance,
    Flag,
    Kind,
    Line,
    Member,
    Refusal,
    Refused,
    Statement,
    Status,
)

# What a reader yields: the lines of a statement, what was refused on the way, then the statement.
Event = Line | Refusal | Statement


@contextmanager
def refusing(refused: Callable[[Refusal], None], where: str) -> Iterator[None]:
    """Tell of what cannot be read, and go on without it."""
    try:
        yield
    except Unreadable as unreadable:
        refused(Refusal(where, f"{unreadable}."))


SAID = {
    kind: attrgetter(*(each.name for each in fields(kind) if each.name not in ("where", "members")))
    for kind in (Line, Member)
}


def content(facts: Line | Member) -> bytes:
    """All that is said about a movement, but for where it stands in a file."""
    members = facts.members if isinstance(facts, Line) else ()
    return repr((SAID[type(facts)](facts), [content(member) for member in members])).encode()


@dataclass
class Building:
    """A statement of which not all is read yet. Nothing here is final until `finished`."""

    kind: Kind
    where: str
    account: str = ""
    account_currency: str = ""
    iban: str = ""
    account_name: str = ""
    bank_bic: str = ""
    number: str = ""
    sequence: str = ""
    bank_id: str = ""
    message_id: str = ""
    from_date: date | None = None
    until_date: date | None = None
    opening: Balance | None = None
    closing: Balance | None = None
    balances: list[Balance] = field(default_factory=list)
    flags: set[Flag] = field(default_factory=set)
    counted: int = 0
    credits: Decimal = Decimal(0)
    debits: Decimal = Decimal(0)
    booked_count: int = 0
    booked_sum: Decimal = Decimal(0)
    pending_count: int = 0
    currencies: set[str] = field(default_factory=set)
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def refuse(self, where: str, reason: object) -> Refusal:
        self.flags.add(Flag.INCOMPLETE)
        return Refusal(where, f"{reason}.")

    def add(self, line: Line) -> Line:
        """Count a line in, and hand it back."""
        self.counted += 1
        if line.amount > 0:
            self.credits += line.amount
        else:
            self.debits -= line.amount
        if line.status == Status.BOOKED:
            self.booked_count += 1
            self.booked_sum += line.amount
        else:
            self.pending_count += 1
        self.currencies.add(line.currency)
        if too_fine(line.amount, line.currency):
            self.flags.add(Flag.FRACTIONS)
        self.digest.update(content(line))
        return line

    def read(self, where: str, entry: Callable[..., Line], *told) -> Event:
        """The line that `entry` makes of what is told at a place, or that it is refused there."""
        try:
            line = entry(*told)
        except Unreadable as unreadable:
            return self.refuse(where, unreadable)
        return self.add(line)

    def balance(self, balance: Balance) -> Balance:
        self.balances.append(balance)
        return balance

    def check_members(self, line: Line) -> None:
        """Flag a batch that tells of all its payments, where these do not make its amount."""
        amounts = [member.amount for member in line.members if member.currency == line.currency]
        if line.batch_count not in (None, len(line.members)) and line.members:
            self.flags.add(Flag.MEMBERS)
        told = [amount for amount in amounts if amount is not None]
        if told and len(told) == len(line.members) and sum(told) != line.amount:
            self.flags.add(Flag.MEMBERS)

    def finished(self) -> Statement:
        """The statement. Raises Refused where nobody can tell whose money it is, or of which currency.

        Of the whole file, that is: the lines were handed on, and must not be taken for another statement's.
        """
        if not self.account:
            raise Refused(self.where, "the statement names no account.")
        known = [balance for balance in (self.opening, self.closing) if balance]
        self.account_currency = self.account_currency or next(
            (found for found in [*(each.currency for each in known), *sorted(self.currencies)] if found), ""
        )
        if not self.account_currency:
            raise Refused(self.where, "the statement names no currency.")
        # a balance of information in another currency is usual, one to reckon with is not
        used = self.currencies | {balance.currency for balance in known}
        if used - {self.account_currency}:
            self.flags.add(Flag.CURRENCIES)
        if any(too_fine(balance.amount, balance.currency) for balance in known):
            self.flags.add(Flag.FRACTIONS)
        if self.opening and self.closing:
            mixed = len(used) > 1
            if mixed or self.opening.amount + self.booked_sum != self.closing.amount or Flag.INCOMPLETE in self.flags:
                self.flags.add(Flag.ARITHMETIC)
        self.digest.update(
            repr([self.kind, self.account, self.number, self.sequence, self.opening, self.closing]).encode()
        )
        return Statement(
            **{
                each.name: getattr(self, each.name)
                for each in fields(Statement)
                if each.name not in ("lines", "flags", "balances", "digest")
            },
            flags=frozenset(self.flags),
            balances=tuple(self.balances),
            digest=self.digest.hexdigest(),
        )
