"""All that stands on a paper, as frozen facts: no database, no wording, and nothing left to compute but words.

Amounts are Decimals in the paper's currency, at its scale; the letters of taxes are the categories of EN 16931
(BT-151: S standard, Z zero, E exempt, AE reverse charge, K intra-Community, G export, O outside, L IGIC, M IPSI);
units are codes of UN/ECE Recommendation 20. Everything that may be missing is empty or None, and then does not appear.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

INVOICE, CREDIT_NOTE = "invoice", "credit_note"
OPEN_ITEMS, ACTIVITY = "open_items", "activity"


@dataclass(frozen=True)
class Party:
    """Who sends a paper or gets it. `address`: the lines below the name, without the country."""

    name: str
    address: tuple[str, ...] = ()
    country: str = ""  # two letters of ISO 3166
    number: str = ""  # a buyer's customer number
    vat_id: str = ""
    eori: str = ""  # by which customs know it
    registration: str = ""  # "HRB 12345, Amtsgericht Hamburg"
    email: str = ""
    phone: str = ""
    contact: str = ""  # a person


@dataclass(frozen=True)
class PayTo:
    """The account to pay to: an IBAN, or the number of an account where there are none."""

    holder: str
    iban: str = ""
    bic: str = ""
    account_number: str = ""
    bank: str = ""


@dataclass(frozen=True)
class Collected:
    """The mandate by which the amount is collected: its payer does nothing. `account`: how the payer's number ends."""

    mandate: str
    creditor_id: str
    account: str


@dataclass(frozen=True)
class Adjustment:
    """An allowance or a charge on a line or on the whole; `amount` is positive for both (BG-20, 21, 27, 28)."""

    reason: str
    is_charge: bool
    amount: Decimal
    percent: Decimal | None = None
    category: str = ""  # its tax; on the whole only
    rate: Decimal | None = None


@dataclass(frozen=True)
class Line:
    """A line; the first line of `description` is its name. `price` is for `price_per` units, before adjustments."""

    position: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    net: Decimal
    category: str = "S"
    rate: Decimal | None = None
    code: str = ""
    price_per: Decimal = Decimal(1)
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True)
class Tax:
    """A row of the tax breakdown (BG-23); `reason` is the seller's own text of an exemption (BT-120)."""

    category: str
    rate: Decimal | None
    taxable: Decimal
    tax: Decimal
    reason: str = ""


@dataclass(frozen=True)
class Instalment:
    due_on: date
    amount: Decimal


@dataclass(frozen=True)
class Discount:
    """A tier of early payment: `payable` is what settles the invoice until that day, `discount` what is saved."""

    until: date
    percent: Decimal
    discount: Decimal
    payable: Decimal


@dataclass(frozen=True)
class LateTerms:
    """What late payment costs: the interest agreed, in percent a year; None where only the law's is reserved."""

    percent: Decimal | None = None


@dataclass(frozen=True)
class InvoicePaper:
    """An invoice or a credit note. Without a number it is a draft. A credit note's amounts are positive too.

    What is to be paid when stands in `instalments`: one for an invoice due at once, none where nothing is due.
    """

    kind: str
    number: str
    issued_on: date | None
    seller: Party
    buyer: Party
    currency: str
    lines: tuple[Line, ...]
    line_total: Decimal
    net_total: Decimal
    taxes: tuple[Tax, ...]
    tax_total: Decimal
    gross_total: Decimal
    payable: Decimal
    language: str = "en"
    delivered_on: date | None = None
    period_from: date | None = None
    period_until: date | None = None
    corrects: tuple[str, date | None] | None = None  # number and day of the invoice a credit note is for
    cancels: bool = False  # the credit note takes all of that invoice back
    buyer_reference: str = ""
    order_reference: str = ""
    contract_reference: str = ""
    note: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    allowance_total: Decimal = Decimal(0)
    charge_total: Decimal = Decimal(0)
    base_currency: str = ""  # where the invoice is in another: the currency the tax is owed in (BT-6)
    base_tax: Decimal | None = None  # and the tax in it (BT-111)
    prepaid: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)
    instalments: tuple[Instalment, ...] = ()
    discounts: tuple[Discount, ...] = ()
    late: LateTerms | None = None
    pay_to: PayTo | None = None
    collected: Collected | None = None
    reference: str = ""  # what the payer writes: an RF reference, or the number

    @property
    def offers(self) -> tuple[Discount, ...]:
        """What early payment saves who pays; what we collect ourselves is collected when it is due, and in full."""
        return () if self.collected else self.discounts

    @property
    def draft(self) -> bool:
        return not self.number


@dataclass(frozen=True)
class CustomsLine:
    """Goods of a delivery that customs are told of; weights in kilograms, of the whole line."""

    position: str
    description: str
    code: str
    hs_code: str
    origin: str  # two letters of ISO 3166
    quantity: Decimal
    unit: str
    price: Decimal
    price_per: Decimal
    value: Decimal
    net_kg: Decimal
    gross_kg: Decimal
    shared: Decimal = Decimal(0)  # what the value has of discounts and charges of the whole invoice


@dataclass(frozen=True)
class CustomsPaper:
    """A commercial invoice: what leaves the customs territory with a delivery, whose it is, and its worth."""

    number: str  # of the delivery
    on: date
    seller: Party
    buyer: Party
    consignee: Party
    currency: str
    incoterm: str
    incoterm_place: str
    lines: tuple[CustomsLine, ...]
    total: Decimal
    net_kg: Decimal
    gross_kg: Decimal
    invoices: tuple[str, ...] = ()  # by whose lines the values are
    orders: tuple[str, ...] = ()
    carrier: str = ""
    tracking_number: str = ""
    language: str = "en"


@dataclass(frozen=True)
class OpenLine:
    """An open item; `days_late` is negative before it is due. Credits are negative."""

    number: str
    kind: str
    issued_on: date
    due_on: date
    days_late: int
    amount: Decimal
    open: Decimal
    disputed: bool = False


@dataclass(frozen=True)
class Movement:
    """Something that happened on the account: on one of the sides, and the balance after it."""

    on: date
    kind: str
    number: str
    debit: Decimal
    credit: Decimal
    balance: Decimal


@dataclass(frozen=True)
class Bucket:
    """What is open by its age in days: `first` None for what is not due yet, `last` None for all that is older."""

    first: int | None
    last: int | None
    amount: Decimal


@dataclass(frozen=True)
class CurrencyPart:
    """The part of a statement that is in one currency, and where its amounts are paid.

    `items` on a statement of open items; `opening` and `movements` on one of activity.
    """

    currency: str
    total: Decimal
    overdue: Decimal
    items: tuple[OpenLine, ...] = ()
    opening: Decimal = Decimal(0)
    movements: tuple[Movement, ...] = ()
    ageing: tuple[Bucket, ...] = ()
    pay_to: PayTo | None = None
    collected: Collected | None = None
    reference: str = ""


@dataclass(frozen=True)
class StatementPaper:
    """A statement of account as of a day; one of activity tells what happened from `from_on` on."""

    kind: str
    as_of: date
    entity: Party
    customer: Party
    parts: tuple[CurrencyPart, ...]
    from_on: date | None = None
    language: str = "en"
    note: str = ""


# --- Notices


@dataclass(frozen=True)
class OwedLine:
    """An item that a notice is about; `customer` names whose it is where another is told."""

    number: str
    due_on: date
    days_late: int
    open: Decimal
    customer: str = ""
    payment: bool = False  # money on account, which has a day and no number of ours


@dataclass(frozen=True)
class CostLine:
    """What late payment costs: interest up to a day, or the fee of the notice itself."""

    is_fee: bool
    number: str
    amount: Decimal
    until: date
    customer: str = ""


# --- Notes of interest


@dataclass(frozen=True)
class BornSpan:
    """Days, first and last included, on which the same was owed at the same rate; the interest is not rounded."""

    first: date
    last: date
    days: int
    owed: Decimal
    percent: Decimal
    interest: Decimal


@dataclass(frozen=True)
class BornBy:
    """What is charged for one invoice; `before` is what was charged of it by other notes, and is not in the total."""

    number: str
    amount: Decimal
    due_on: date
    spans: tuple[BornSpan, ...]
    total: Decimal
    before: Decimal = Decimal(0)
    compensation: Decimal = Decimal(0)


@dataclass(frozen=True)
class InterestPaper:
    """A note of interest up to a day, or of the fee of a notice. `sources`: laws or contracts, each with where its
    rates are published; `year`: the days of a year that they count."""

    number: str
    is_fee: bool
    on: date
    until: date
    pay_by: date
    entity: Party
    customer: Party
    language: str
    currency: str
    total: Decimal
    items: tuple[BornBy, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    year: int = 365
    pay_to: PayTo | None = None


@dataclass(frozen=True)
class NoticePaper:
    """A reminder that goes by post. `opening` and `closing` are its text around what is owed, in paragraphs.

    `also` is what else is open and not asked for: due, not due, and credits, whose amounts are negative; `left_to_pay`
    is what is asked for after them. `costs` are charged with it; `to_pay` is all of it.
    """

    on: date
    entity: Party
    customer: Party
    language: str
    currency: str
    subject: str
    opening: str
    closing: str
    lines: tuple[OwedLine, ...]
    total: Decimal
    left_to_pay: Decimal
    to_pay: Decimal
    also: tuple[OwedLine, ...] = ()
    costs: tuple[CostLine, ...] = ()
    pay_by: date | None = None
    pay_to: PayTo | None = None
    reference: str = ""
