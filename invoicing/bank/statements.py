"""What a bank statement says, in one shape for all formats.

Amounts are signed as the account sees them: what comes in is positive. Texts are as they came, leading zeros and all;
words that banks write where there is nothing (NONREF, NOTPROVIDED) are nothing. An amount, a currency or a day that
cannot be read is nowhere in here: it was refused, with its place.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from o2c.core.reading.refused import Refusal, Refused

__all__ = [
    "Balance",
    "Charge",
    "Code",
    "Facts",
    "Flag",
    "Kind",
    "Line",
    "Member",
    "Party",
    "Refusal",
    "Refused",
    "Statement",
    "Status",
]


class Kind(StrEnum):
    """How far the bank stands to it. The same money is told of in more than one of them."""

    STATEMENT = "statement"  # of a day that is over
    REPORT = "report"  # of the day so far
    NOTIFICATION = "notification"  # of single entries, without balances


class Status(StrEnum):
    BOOKED = "booked"
    PENDING = "pending"


class Flag(StrEnum):
    """What is odd about a statement that was read nonetheless."""

    ARITHMETIC = "arithmetic"  # opening and booked lines do not make the closing balance
    INCOMPLETE = "incomplete"  # some of it was refused
    TOTALS = "totals"  # the file's own counts or sums differ from what was read
    CURRENCIES = "currencies"  # lines or balances in more than the account's currency
    MEMBERS = "members"  # the single payments of a batch do not make its amount
    ACCOUNTS = "accounts"  # opening and closing name different accounts
    REPEATED = "repeated"  # the same statement, line by line, stands in the file before
    COPY = "copy"  # the bank says that it is a duplicate
    TRAILER = "trailer"  # the record that ends the file is missing
    TRIAL = "trial"  # the bank says that it is a test
    SECURITIES = "securities"  # an account of securities; what was bought and sold is left out
    FRACTIONS = "fractions"  # an amount is finer than its currency is paid in
    MISPLACED = "misplaced"  # fields stand where the format does not have them


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """An amount on the account; `on` is None where the bank does not say the day, `kind` is the bank's word."""

    amount: Decimal
    currency: str
    on: date | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What a bank took for itself; negative where it was taken. `included`: it is a part of the line's amount."""

    amount: Decimal
    currency: str
    included: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who stands on the other side. `iban` only holds what has the shape of one; `ultimate` is who it is for."""

    name: str = ""
    iban: str = ""
    account: str = ""
    bic: str = ""
    ultimate: str = ""

    def __repr__(self) -> str:
        # as the dataclass would write it, in a third of the time: the digests of statements are made of it
        return (
            f"Party(name={self.name!r}, iban={self.iban!r}, account={self.account!r}, bic={self.bic!r},"
            f" ultimate={self.ultimate!r})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """How the bank classes it, as it came, whether anybody knows the code or not.

    `domain`, `family` and `subfamily` are ISO 20022's; `swift` is the type in field 61 of MT940; `proprietary` is the
    code of another list, and `issuer` names that list: GVC, BAI2, CODA, AFB, AEB43, OFX or what the bank wrote.
    """

    domain: str = ""
    family: str = ""
    subfamily: str = ""
    swift: str = ""
    proprietary: str = ""
    issuer: str = ""

    def __repr__(self) -> str:
        return (
            f"Code(domain={self.domain!r}, family={self.family!r}, subfamily={self.subfamily!r}, swift={self.swift!r},"
            f" proprietary={self.proprietary!r}, issuer={self.issuer!r})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one movement of money: a line, or one of the payments that a line is the sum of."""

    where: str
    bank_reference: str = ""
    customer_reference: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    creditor_id: str = ""
    creditor_references: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    remittance: str = ""
    bank_text: str = ""
    counterparty: Party = Party()
    code: Code = Code()
    return_reason: str = ""
    original_amount: Decimal | None = None
    original_currency: str = ""
    rate: Decimal | None = None
    charges: tuple[Charge, ...] = ()

    @property
    def creditor_reference(self) -> str:
        """The structured reference, the first where there are more."""
        return self.creditor_references[0] if self.creditor_references else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Facts):
    """One payment inside a batch, which some banks tell of without its amount."""

    amount: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Facts):
    """One entry on the account.

    A booked line of a statement has a booking day; what is pending, or only reported or notified, may have none.
    `batch_count` is how many payments the bank says are in it; `members` are those it tells of.
    """

    amount: Decimal
    currency: str
    booking_date: date | None
    value_date: date | None = None
    status: Status = Status.BOOKED
    reversal: bool = False
    batch_id: str = ""
    batch_count: int | None = None
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement of one account in one currency.

    `number` and `sequence` are the bank's, `bank_id` is its key of the statement. `iban` is the account's where the
    file has it or where bank and account number make it. `lines` is empty where lines were handed on one by one;
    `booked_count` and `booked_sum` are of the booked lines either way.
    """

    kind: Kind
    account: str
    account_currency: str
    where: str
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
    balances: tuple[Balance, ...] = ()
    booked_count: int = 0
    booked_sum: Decimal = Decimal(0)
    pending_count: int = 0
    flags: frozenset[Flag] = frozenset()
    digest: str = ""
    lines: tuple[Line, ...] = ()

    @property
    def arithmetic_ok(self) -> bool | None:
        """Whether opening balance and booked lines make the closing balance; None where a balance is missing."""
        if self.opening is None or self.closing is None:
            return None
        return Flag.ARITHMETIC not in self.flags
