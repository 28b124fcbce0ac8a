"""What an order or a despatch advice of a trading partner says, in one shape for all formats.

Quantities, prices and weights have up to six places; amounts are of the document's currency and unsigned. Texts are
as they came. What cannot be read is nowhere in here: its document was refused as a whole, with the place, since an
order of which a line is missing is another order. A unit or currency that nobody knows is kept as it is written and is
told as a problem, with its place.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from o2c.core.reading.refused import Refusal, Refused

__all__ = [
    "Adjustment",
    "Despatch",
    "DespatchLine",
    "Item",
    "Order",
    "OrderLine",
    "Party",
    "Problem",
    "Purpose",
    "ReadDespatches",
    "ReadOrders",
    "Refusal",
    "Refused",
]

LARGEST = 20 << 20
MOST_LINES = 10_000
MOST_DOCUMENTS = 5_000


class Purpose(StrEnum):
    """What is to be done with an order."""

    NEW = "new"
    REPLACEMENT = "replacement"  # of one of the same number
    CHANGE = "change"
    CANCELLATION = "cancellation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Problem:
    """A word that is none of its list: `code` is `unit` or `currency`."""

    code: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Party:
    """`ids` are (scheme, id): ISO 6523's in UBL, element 66's in X12, empty where none is said."""

    name: str = ""
    ids: tuple[tuple[str, str], ...] = ()
    vat_id: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    contact: str = ""
    email: str = ""
    phone: str = ""

    @property
    def number(self) -> str:
        """The first id."""
        return self.ids[0][1] if self.ids else ""


@dataclass(frozen=True, slots=True)
class Item:
    """How the goods are named: by the seller's, the buyer's and the standard's number (a GTIN, mostly)."""

    name: str = ""
    seller: str = ""
    buyer: str = ""
    standard: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers that are said, the seller's first."""
        return tuple(dict.fromkeys(filter(None, (self.seller, self.standard, self.buyer))))


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An allowance (negative) or a charge."""

    amount: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`net` is the line's amount where it is said; `price` is for `price_per` units and None where there is none."""

    where: str
    number: str
    quantity: Decimal
    unit: str
    item: Item
    price: Decimal | None = None
    price_per: Decimal = Decimal(1)
    net: Decimal | None = None
    tax_category: str = ""
    tax_rate: Decimal | None = None
    hs_code: str = ""
    origin_country: str = ""
    wanted_on: date | None = None
    note: str = ""
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """`net`, `tax` and `payable` are what the buyer expects, None where nothing is said. `currency` may be empty.

    `sender` is who sent the file, by what its envelope says (of X12 ISA and GS).
    """

    where: str
    number: str
    ordered_on: date
    lines: tuple[OrderLine, ...]
    purpose: Purpose = Purpose.NEW
    currency: str = ""
    buyer: Party = field(default_factory=Party)
    seller: Party = field(default_factory=Party)
    bill_to: Party = field(default_factory=Party)
    ship_to: Party = field(default_factory=Party)
    sender: Party = field(default_factory=Party)
    wanted_on: date | None = None
    buyer_reference: str = ""
    contract: str = ""
    quotation: str = ""
    incoterm: str = ""
    incoterm_place: str = ""
    terms: str = ""
    note: str = ""
    net: Decimal | None = None
    tax: Decimal | None = None
    payable: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class DespatchLine:
    """What was sent of a line of an order. `order` is the order's number with the buyer, `order_line` that line's."""

    where: str
    number: str
    quantity: Decimal
    unit: str
    item: Item
    order: str = ""
    order_line: str = ""
    outstanding: Decimal | None = None
    outstanding_reason: str = ""
    note: str = ""
    lots: tuple[str, ...] = ()
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Despatch:
    """Goods that were sent. `gross_weight` is in kilograms, None where it is not said in a unit of mass."""

    where: str
    number: str
    issued_on: date
    lines: tuple[DespatchLine, ...]
    order: str = ""
    shipper: Party = field(default_factory=Party)
    receiver: Party = field(default_factory=Party)
    buyer: Party = field(default_factory=Party)
    seller: Party = field(default_factory=Party)
    carrier: Party = field(default_factory=Party)
    tracking_number: str = ""
    shipped_on: date | None = None
    expected_on: date | None = None
    gross_weight: Decimal | None = None
    note: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class ReadOrders:
    """The orders of a file. `format` is ubl or x12; `refused` are those that could not be read whole."""

    format: str
    orders: tuple[Order, ...]
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class ReadDespatches:
    despatches: tuple[Despatch, ...]
    refused: tuple[Refusal, ...] = ()
