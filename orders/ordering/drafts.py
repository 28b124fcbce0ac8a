"""What an order says, whatever way it came: each channel fills this, and `writing.write` writes it.

It holds what cannot be written at all (words that are none of ours, figures that are not exact). What can be written
and is wrong all the same is a problem of the order (`o2c.orders.checking`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from o2c.core.money import known_currencies
from o2c.core.refusals import Fault
from o2c.core.taxes import TaxCategory
from o2c.core.units import KNOWN_UNITS
from o2c.orders.models import Contract, Customer, Incoterm, LegalEntity, Order, OrderLine, PaymentTerms, Product
from o2c.orders.models.prices import DIGITS, PLACES

MOST_LINES = 10_000
LARGEST = Decimal(10) ** (DIGITS - PLACES)
COUNTRY = 2
LAST_POSITION = 999_999_999


class OrderRefused(ValueError):
    """The order cannot be written or moved so; `faults` say where and why."""

    def __init__(self, faults: list[Fault]):
        super().__init__(" ".join(fault.text for fault in faults))
        self.faults = faults

    @classmethod
    def whole(cls, text: str, code: str = "refused") -> "OrderRefused":
        return cls([Fault("", code, text)])


@dataclass(frozen=True)
class ShipTo:
    name: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True)
class DraftLine:
    """A line as it was ordered. What is None or empty is filled in: from the product, its price as agreed, its tax.

    `given` is by what the customer called the product; `line_id` names the line that this one was before. `position` is
    its number where it comes from; without one the lines are counted.
    """

    quantity: Decimal
    product: Product | None = None
    given: str = ""
    description: str = ""
    unit: str = ""
    price: Decimal | None = None
    price_per: Decimal = Decimal(1)
    tax_category: str = ""
    tax_rate: Decimal | None = None
    hs_code: str = ""
    origin_country: str = ""
    net_weight_kg: Decimal | None = None  # of the whole quantity
    gross_weight_kg: Decimal | None = None
    line_id: int | None = None
    position: int | None = None


@dataclass(frozen=True)
class DraftOrder:
    """An order. Without `ship_to` it goes to the customer; without currency and terms it is as agreed."""

    entity: LegalEntity
    customer: Customer
    ordered_on: date
    channel: str
    lines: tuple[DraftLine, ...] = ()
    currency: str = ""
    customer_reference: str = ""
    buyer_reference: str = ""
    wanted_on: date | None = None
    contract: Contract | None = None
    terms: PaymentTerms | None = None
    ship_to: ShipTo | None = None
    incoterm: str = ""
    incoterm_place: str = ""
    note: str = ""
    submitted: bool = False
    source: str = ""
    external_id: str = ""
    number: str = ""  # that it has where it comes from, and keeps; else it gets one of ours


def as_draft(order: Order, rows: Iterable[OrderLine] | None = None) -> DraftOrder:
    """What an order says, as it would be written anew: what of its lines followed from prices stays as it is.

    `rows` are its lines with their products, where they are fetched already.
    """
    if rows is None:
        rows = order.lines.select_related("product").order_by("position")
    lines = tuple(
        DraftLine(
            quantity=line.quantity, product=line.product, given=line.given, description=line.description,
            unit=line.unit, price=line.price, price_per=line.price_per, tax_category=line.tax_category,
            tax_rate=line.tax_rate, hs_code=line.hs_code, origin_country=line.origin_country,
            net_weight_kg=line.net_weight_kg, gross_weight_kg=line.gross_weight_kg, line_id=line.pk,
        )
        for line in rows
    )  # fmt: skip
    same = (
        "entity", "customer", "ordered_on", "channel", "currency", "customer_reference", "buyer_reference", "wanted_on",
        "contract", "terms", "incoterm", "incoterm_place", "note", "submitted", "source", "external_id",
    )  # fmt: skip
    ship_to = ShipTo(**{name: getattr(order, f"ship_to_{name}") for name in ShipTo.__dataclass_fields__})
    return DraftOrder(**{name: getattr(order, name) for name in same}, lines=lines, ship_to=ship_to)


def check(draft: DraftOrder) -> list[Fault]:
    """What of it cannot be written."""
    faults: list[Fault] = []

    def wrong(pointer: str, code: str, text: str) -> None:
        faults.append(Fault(pointer, code, text))

    if draft.currency and draft.currency not in known_currencies():
        wrong("/currency", "currency", f"{draft.currency} is not a currency of ISO 4217.")
    if len(draft.lines) > MOST_LINES:
        return [Fault("/lines", "too-many", f"An order has at most {MOST_LINES} lines.")]
    if draft.incoterm and draft.incoterm not in Incoterm.values:
        wrong("/incoterm", "incoterm", f"{draft.incoterm!r} is none of the Incoterms 2020.")
    if draft.ship_to is not None:
        _country(draft.ship_to.country, "/ship_to/country", wrong)
    if draft.contract is not None and (draft.contract.entity_id, draft.contract.customer_id) != (
        draft.entity.pk, draft.customer.pk,
    ):  # fmt: skip
        wrong("/contract", "contract", "It is a contract with somebody else.")
    for place, line in enumerate(draft.lines):
        _check_line(line, f"/lines/{place}", wrong)
    return faults


def _check_line(line: DraftLine, at: str, wrong) -> None:
    for name in ("quantity", "price", "price_per", "net_weight_kg", "gross_weight_kg"):
        value = getattr(line, name)
        if value is None:
            continue
        if not value.is_finite() or not 0 <= value < LARGEST:
            wrong(f"{at}/{name}", "range", "At least nothing, with at most 13 digits before the point.")
        elif value.normalize().as_tuple().exponent < -PLACES:
            wrong(f"{at}/{name}", "scale", f"At most {PLACES} digits behind the point.")
    if line.position is not None and not 0 < line.position <= LAST_POSITION:
        wrong(f"{at}/position", "range", f"Lines are numbered from 1 to {LAST_POSITION:,}.")
    if line.price_per == 0:
        wrong(f"{at}/price_per", "range", "The price is for more than nothing.")
    if line.unit and line.unit not in KNOWN_UNITS:
        wrong(f"{at}/unit", "unit", f"{line.unit!r} is no unit we know; C62 is a piece, HUR an hour.")
    if line.tax_category and line.tax_category not in TaxCategory.values:
        wrong(f"{at}/tax_category", "category", f"{line.tax_category!r} is none of {', '.join(TaxCategory.values)}.")
    rate = line.tax_rate
    if rate is not None and (not rate.is_finite() or not 0 <= rate < 100 or round(rate, 3) != rate):
        wrong(f"{at}/tax_rate", "range", "A rate of tax is between 0 and 100 percent, with at most three places.")
    if line.hs_code and not (line.hs_code.isascii() and line.hs_code.isdigit() and 6 <= len(line.hs_code) <= 12):
        wrong(f"{at}/hs_code", "hs-code", "6 to 12 digits, as in 480256.")
    _country(line.origin_country, f"{at}/origin_country", wrong)


def _country(code: str, pointer: str, wrong) -> None:
    if code and not (len(code) == COUNTRY and code.isascii() and code.isalpha() and code.isupper()):
        wrong(pointer, "country", "A country is two capital letters (ISO 3166).")


def untaxed(draft: DraftOrder) -> DraftOrder:
    """The draft with the tax of its lines to be proposed anew."""
    return replace(draft, lines=tuple(replace(line, tax_category="", tax_rate=None) for line in draft.lines))
