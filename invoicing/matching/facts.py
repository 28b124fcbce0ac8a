"""What matching reasons about: a line, its candidates, and what it may be for. Amounts are whole minor units.

What there is a dozen of for each line are named tuples: they are made in a fourth of the time of a frozen dataclass.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple


class Item(NamedTuple):
    """An open item, or one that was settled lately (`open` is 0). Credits are negative."""

    id: int
    customer_id: int
    payer_id: int
    number: str
    key: str
    tail: str
    amount: int
    open: int
    issued_on: date
    due_on: date
    # Until which day how many percent may be taken off, the earliest first.
    discounts: tuple[tuple[date, Decimal], ...] = ()
    # The number of the document without that of the instalment.
    base: str = ""
    reference: str = ""
    # Of an offer that stands, as `discounts`; it says its days itself, and has no days of grace.
    offered: tuple[tuple[date, Decimal], ...] = ()

    @property
    def instalment(self) -> tuple[str, int] | None:
        """As `Line.instalments` has it; None for what is no instalment."""
        if not self.base or self.base == self.number:
            return None
        return self.base[-5:], int(self.number[len(self.base) + 1 :])

    def discount(self, paid_on: date, grace_days: int, *, late: bool = False) -> int:
        """What may be taken off on a day, with days of grace; `late`: what might have been, once all tiers are over.

        The better one of the terms' and an offer's. Nothing where a part is paid already.
        """
        percent = self._percent(paid_on, grace_days, late)
        return self._off(percent) if percent else 0

    def earned(self, paid: int, paid_on: date, grace_days: int) -> int:
        """What a payment that is too small earns of it: its part, as `cash.discounts.for_payment` has it."""
        percent = self._percent(paid_on, grace_days, late=False)
        if not percent:
            return 0
        part = (paid * percent / (100 - percent)).quantize(Decimal(1), ROUND_HALF_UP)
        return min(int(part), self._off(percent))

    def _percent(self, paid_on: date, grace_days: int, late: bool) -> Decimal:
        if not (self.discounts or self.offered) or self.open != self.amount or self.open < 0:
            return Decimal(0)
        grace = timedelta(days=grace_days)
        good = [percent for until, percent in self.discounts if (paid_on > until + grace) == late]
        if self.offered:
            good += [percent for until, percent in self.offered if (paid_on > until) == late]
        if not good or (late and len(good) < len(self.discounts) + len(self.offered)):
            return Decimal(0)
        return Decimal(max(good))

    def _off(self, percent: Decimal) -> int:
        return int((self.open * Decimal(percent) / 100).quantize(Decimal(1), ROUND_HALF_UP))

    def offered_before(self, paid_on: date, short: int) -> date | None:
        """Until which day, before the one of the money, the offer granted exactly so much; None where it never did."""
        if not self.offered or self.open != self.amount:
            return None
        over = (until for until, percent in self.offered if until < paid_on and self._off(percent) == short)
        return max(over, default=None)

    def offers_on(self, paid_on: date) -> bool:
        return any(paid_on <= until for until, _ in self.offered) and self.open == self.amount


class Known(NamedTuple):
    """Why a customer may be the payer of the line: `how` names the evidence, as in `scoring.WEIGHTS`."""

    customer_id: int
    payer_id: int
    how: str


class Name(NamedTuple):
    """A customer of a group by name, as it is compared."""

    customer_id: int
    payer_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """What the bank says, read: `keys` and `references` are what its texts may name (see `texts`)."""

    id: int
    amount: int
    paid_on: date
    keys: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    # The last five figures of a number, and which of its instalments the line says.
    instalments: frozenset[tuple[str, int]] = frozenset()
    name: str = ""
    # What banks say that they kept of it.
    charges: int = 0
    # The items of our direct debits that its end-to-end id names.
    collected: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """What is let go of: differences and charges up to so much, and discounts so many days late."""

    difference: int = 100
    charge: int = 2500
    grace_days: int = 3


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everything that the line may be for. `complete`: all that is open of the groups found is among the items."""

    items: tuple[Item, ...] = ()
    known: tuple[Known, ...] = ()
    names: tuple[Name, ...] = ()
    complete: bool = True


class Part(NamedTuple):
    """So much of the money is for the item, and so much is let go of beside; `deduction` stays open, in dispute."""

    item_id: int
    amount: int
    discount: int = 0
    charge: int = 0
    difference: int = 0
    deduction: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line may be for. `firm`: nothing speaks against applying it by itself where the score is high enough."""

    payer_id: int
    customer_id: int
    parts: tuple[Part, ...]
    score: float
    reasons: tuple[dict, ...]
    firm: bool = False
    rivals: int = field(default=0, compare=False)

    @property
    def signature(self) -> tuple:
        return (self.customer_id, self.parts)
