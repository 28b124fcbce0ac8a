"""What a remittance advice says: which documents a payment covers, and what was kept of each and why.

Amounts are as the payer writes them: positive where a document is paid, negative where a credit is taken off. `paid` is
what is in the money; what the payer kept is beside it.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from o2c.core.reading.values import too_fine
from o2c.invoicing.bank.statements import Refusal, Refused

__all__ = ["Advice", "Flag", "Line", "Party", "ReadFile", "Refusal", "Refused", "checked"]

MOST_LINES = 10_000
MOST_ADVICES = 5_000


class Flag(StrEnum):
    """What is odd about an advice; it is kept, and nothing of it is applied by itself."""

    TOTAL = "total"  # its lines do not make its total
    LINES = "lines"  # the amounts of a line do not go together
    NO_LINES = "no_lines"
    INCOMPLETE = "incomplete"  # a part of it could not be read
    FRACTIONS = "fractions"  # finer than the currency is paid in


@dataclass(frozen=True, slots=True)
class Party:
    """Payer or payee: `number` is the id by which the sender knows it; `iban` of its account."""

    name: str = ""
    number: str = ""
    iban: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One document that is paid, or an amount that belongs to none. `gross` is None where it is not said.

    `discount` and `deduction` were kept by the payer and are positive; a deduction that is a charge on top is negative.
    """

    paid: Decimal
    document: str = ""
    document_on: date | None = None
    gross: Decimal | None = None
    discount: Decimal = Decimal(0)
    deduction: Decimal = Decimal(0)
    reason_code: str = ""
    reason_text: str = ""
    where: str = ""

    @property
    def agrees(self) -> bool:
        """Whether what is paid is the document's amount less what was kept; true where that amount is not said.

        Less may be paid than is due without a word about it.
        """
        if self.gross is None:
            return True
        rest = self.gross - self.discount - self.deduction - self.paid
        return rest == 0 or (0 < rest < self.gross and not self.discount and not self.deduction)


@dataclass(frozen=True, slots=True)
class Advice:
    """One payment and what it is for. `reference` is the trace number, end-to-end id or number of the cheque."""

    where: str
    currency: str
    total: Decimal
    payer: Party = field(default_factory=Party)
    payee: Party = field(default_factory=Party)
    number: str = ""
    reference: str = ""
    paid_on: date | None = None
    lines: tuple[Line, ...] = ()
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True)
class ReadFile:
    """All that a file holds; `refused` are the parts that could not be read."""

    format: str
    advices: tuple[Advice, ...]
    refused: tuple[Refusal, ...] = ()


def checked(advice: Advice) -> Advice:
    """The advice with what is odd about it. The lines make the total, to the last cent."""
    flags = set(advice.flags)
    if not advice.lines:
        flags.add(Flag.NO_LINES)
    elif sum(line.paid for line in advice.lines) != advice.total:
        flags.add(Flag.TOTAL)
    if any(not line.agrees for line in advice.lines):
        flags.add(Flag.LINES)
    amounts = [advice.total, *(each for line in advice.lines for each in (line.paid, line.discount, line.deduction))]
    if any(too_fine(amount, advice.currency) for amount in amounts):
        flags.add(Flag.FRACTIONS)
    return replace(advice, flags=frozenset(flags))
