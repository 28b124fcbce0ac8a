"""The semantic model of an invoice, EN 16931-1:2017, in which UBL and CII say the same: BT-… and BG-… are its terms.

What an invoice does not say is empty or None, so that also an invoice that breaks rules can be held and checked. Texts
are without blanks around them. Amounts are as they stand in the document, positive also on a credit note, and never
rounded here.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


class Part:
    """A group of terms; it is true where it says anything."""

    def __bool__(self) -> bool:
        return self != type(self)()


@dataclass(frozen=True)
class Identifier(Part):
    value: str = ""
    scheme: str = ""
    version: str = ""  # of the scheme, where it is a classification


@dataclass(frozen=True)
class Address(Part):
    """BG-5 and its sisters."""

    street: str = ""  # BT-35
    additional: str = ""  # BT-36
    third: str = ""  # BT-162
    city: str = ""  # BT-37
    postal_code: str = ""  # BT-38
    subdivision: str = ""  # BT-39
    country: str = ""  # BT-40


@dataclass(frozen=True)
class Contact(Part):
    name: str = ""  # BT-41
    phone: str = ""  # BT-42
    email: str = ""  # BT-43


@dataclass(frozen=True)
class Party(Part):
    """The seller (BG-4), the buyer (BG-7), the payee (BG-10) or the seller's tax representative (BG-11).

    `ids` (BT-29): those of no scheme first.
    """

    name: str = ""  # BT-27
    trading_name: str = ""  # BT-28
    ids: tuple[Identifier, ...] = ()
    registration: Identifier = Identifier()  # BT-30
    vat_id: str = ""  # BT-31
    tax_registration: str = ""  # BT-32
    legal_form: str = ""  # BT-33
    endpoint: Identifier = Identifier()  # BT-34
    address: Address = Address()
    contact: Contact = Contact()


@dataclass(frozen=True)
class Period(Part):
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class Delivery(Part):
    """BG-13."""

    name: str = ""  # BT-70
    location: Identifier = Identifier()  # BT-71
    on: date | None = None  # BT-72
    address: Address = Address()  # BG-15


@dataclass(frozen=True)
class Note(Part):
    text: str = ""  # BT-22
    subject: str = ""  # BT-21, UNCL 4451


@dataclass(frozen=True)
class Preceding(Part):
    """BG-3: an invoice that this one is about."""

    number: str = ""  # BT-25
    issued_on: date | None = None  # BT-26


@dataclass(frozen=True)
class Account(Part):
    """BG-17: where to pay to."""

    number: str = ""  # BT-84: an IBAN or another number
    name: str = ""  # BT-85
    bic: str = ""  # BT-86


@dataclass(frozen=True)
class Card(Part):
    """BG-18."""

    number: str = ""  # BT-87: its last digits
    holder: str = ""  # BT-88


@dataclass(frozen=True)
class Payment(Part):
    """BG-16: one way to pay."""

    code: str = ""  # BT-81, UNCL 4461
    text: str = ""  # BT-82
    account: Account = Account()
    card: Card = Card()
    debited: str = ""  # BT-91: the account that is collected from


@dataclass(frozen=True)
class Adjustment(Part):
    """An allowance or a charge: of the document (BG-20, BG-21), or of a line (BG-27, BG-28) and then without a tax."""

    is_charge: bool = False
    amount: Decimal | None = None  # BT-92
    base: Decimal | None = None  # BT-93
    percent: Decimal | None = None  # BT-94
    category: str = ""  # BT-95
    rate: Decimal | None = None  # BT-96
    reason: str = ""  # BT-97
    reason_code: str = ""  # BT-98


@dataclass(frozen=True)
class Tax(Part):
    """BG-23: what is taxed alike."""

    category: str = ""  # BT-118
    rate: Decimal | None = None  # BT-119
    taxable: Decimal | None = None  # BT-116
    tax: Decimal | None = None  # BT-117
    reason: str = ""  # BT-120
    reason_code: str = ""  # BT-121


@dataclass(frozen=True)
class Totals(Part):
    """BG-22."""

    lines: Decimal | None = None  # BT-106
    allowances: Decimal | None = None  # BT-107
    charges: Decimal | None = None  # BT-108
    net: Decimal | None = None  # BT-109
    tax: Decimal | None = None  # BT-110
    accounting_tax: Decimal | None = None  # BT-111, in the accounting currency
    gross: Decimal | None = None  # BT-112
    prepaid: Decimal | None = None  # BT-113
    rounding: Decimal | None = None  # BT-114
    payable: Decimal | None = None  # BT-115


@dataclass(frozen=True)
class Attachment(Part):
    """BT-125."""

    content: bytes = b""
    media_type: str = ""
    name: str = ""


@dataclass(frozen=True)
class Document(Part):
    """BG-24: what supports the invoice."""

    reference: str = ""  # BT-122
    description: str = ""  # BT-123
    url: str = ""  # BT-124
    attachment: Attachment = Attachment()


@dataclass(frozen=True)
class Attribute(Part):
    """BG-32."""

    name: str = ""  # BT-160
    value: str = ""  # BT-161


@dataclass(frozen=True)
class Line(Part):
    """BG-25. `gross_price` and `discount` are both given or none: each follows from the other and the price."""

    id: str = ""  # BT-126
    note: str = ""  # BT-127
    object: Identifier = Identifier()  # BT-128
    quantity: Decimal | None = None  # BT-129
    unit: str = ""  # BT-130
    net: Decimal | None = None  # BT-131
    order_line: str = ""  # BT-132
    accounting: str = ""  # BT-133
    period: Period = Period()  # BG-26
    adjustments: tuple[Adjustment, ...] = ()
    price: Decimal | None = None  # BT-146
    discount: Decimal | None = None  # BT-147
    gross_price: Decimal | None = None  # BT-148
    base_quantity: Decimal | None = None  # BT-149
    base_unit: str = ""  # BT-150
    category: str = ""  # BT-151
    rate: Decimal | None = None  # BT-152
    name: str = ""  # BT-153
    description: str = ""  # BT-154
    seller_code: str = ""  # BT-155
    buyer_code: str = ""  # BT-156
    standard_code: Identifier = Identifier()  # BT-157
    classifications: tuple[Identifier, ...] = ()  # BT-158
    origin: str = ""  # BT-159
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class EInvoice(Part):
    """An invoice or a credit note, as a whole.

    `tax_point_code` (BT-8) is of UNCL 2005 as in UBL (3, 35, 432). `is_credit_note` says which of UBL's two documents
    it is; in CII its type says it.
    """

    is_credit_note: bool = False
    number: str = ""  # BT-1
    issued_on: date | None = None  # BT-2
    type_code: str = ""  # BT-3, UNCL 1001
    currency: str = ""  # BT-5
    tax_currency: str = ""  # BT-6
    tax_point_on: date | None = None  # BT-7
    tax_point_code: str = ""  # BT-8
    due_on: date | None = None  # BT-9
    buyer_reference: str = ""  # BT-10
    project: str = ""  # BT-11
    contract: str = ""  # BT-12
    order: str = ""  # BT-13
    sales_order: str = ""  # BT-14
    receiving_advice: str = ""  # BT-15
    despatch_advice: str = ""  # BT-16
    tender: str = ""  # BT-17
    object: Identifier = Identifier()  # BT-18
    accounting: str = ""  # BT-19
    terms: str = ""  # BT-20
    notes: tuple[Note, ...] = ()  # BG-1
    process: str = ""  # BT-23
    profile: str = ""  # BT-24
    preceding: tuple[Preceding, ...] = ()
    seller: Party = Party()
    buyer: Party = Party()
    payee: Party = Party()
    representative: Party = Party()
    delivery: Delivery = Delivery()
    period: Period = Period()  # BG-14
    remittance: str = ""  # BT-83: what the payer writes
    payments: tuple[Payment, ...] = ()
    mandate: str = ""  # BT-89
    creditor: str = ""  # BT-90
    adjustments: tuple[Adjustment, ...] = ()
    totals: Totals = Totals()
    taxes: tuple[Tax, ...] = ()
    documents: tuple[Document, ...] = ()
    lines: tuple[Line, ...] = ()


# UNCL 1001: the types that EN 16931 takes as credit notes.
CREDIT_NOTES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
# The specification that we write by (BT-24) where none is given.
EN_16931 = "urn:cen.eu:en16931:2017"


@dataclass(frozen=True)
class Problem:
    """What is wrong: the rule's number, the place, and a sentence that says what.

    Of an invoice the place is a pointer into the model ("/lines/0/net"), of a file the element and its line.
    """

    rule: str
    where: str
    text: str
