"""What is wrong with an order: a pure function of facts. Each problem has a name, a place, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from o2c.core import territories, vat_ids
from o2c.core.taxes import TaxCategory
from o2c.core.units import WORK
from o2c.orders.ordering import taxing
from o2c.orders.ordering.drafts import ShipTo
from o2c.orders.ordering.sources import is_agreed
from o2c.orders.prices.rules import Offer

# The right by which somebody may take what a problem says; all others must be mended.
WAIVERS = {"price_differs": "orders.waive", "no_price": "orders.waive", "duplicate": "orders.waive"}
# Countries without postal codes of which we know (Universal Postal Union).
WITHOUT_CODES = frozenset(
    "AE AO BI BJ BS BZ CF CG CI CM DJ DM ER GA GD GH GM GQ GY HK JM KI KM KN MO"  # noqa: SIM905
    " MR MW QA RW SC SL SR ST SY TD TG TO TV UG VU YE ZW".split()
)


@dataclass(frozen=True)
class LineFacts:
    """A line; `product` is the number of what it is of, None where nobody knows that."""

    line_id: int
    product: str | None
    in_use: bool
    product_unit: str
    unit: str
    given: str
    quantity: Decimal
    price: Decimal
    price_per: Decimal
    agreed: Offer | None
    category: str
    rate: Decimal
    hs_code: str
    origin_country: str
    has_weight: bool


@dataclass(frozen=True)
class Facts:
    """An order, and what is agreed with whose it is. `standing` is None where there is no account."""

    order_id: int
    seller: str
    currency: str
    standing: str | None
    account_currency: str
    demands_order_number: bool
    customer_reference: str
    earlier: tuple[str, ...]  # numbers of earlier orders of the customer with the same reference
    vat_id: str
    country: str
    bill_to: ShipTo
    ship_to: ShipTo
    incoterm: str
    has_rate: bool
    lines: tuple[LineFacts, ...]


@dataclass(frozen=True)
class Found:
    """A problem: of a line, or of the whole order (None). `facts` are what it depends on, as JSON."""

    code: str
    text: str
    line_id: int | None = None
    facts: dict = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.code, self.line_id))


def check(order: Facts) -> list[Found]:
    """All that is wrong with an order, the whole first, then line by line."""
    abroad = bool(order.ship_to.country) and not territories.same_customs(order.seller, order.ship_to.country)
    found = [*_account(order), *_parties(order), *_references(order)]
    if not order.lines:
        found.append(Found("no_lines", "There are no lines."))
    if abroad and not order.incoterm:
        found.append(Found("incoterm_missing", "An export needs an Incoterm.", facts={"to": order.ship_to.country}))
    way = taxing.Way(order.seller, order.ship_to.country, order.vat_id)
    unfounded = {category: taxing.unfounded(way, category) for category in {line.category for line in order.lines}}
    for line in order.lines:
        found += _line(line, unfounded[line.category], abroad)
    return found


def _account(order: Facts) -> Iterator[Found]:
    if order.standing is None:
        yield Found("no_account", "The customer has no account with the legal entity.")
    elif order.standing != "open":
        yield Found(
            "account_not_open", f"The customer's account is {order.standing}.", facts={"standing": order.standing}
        )
    listed = [line for line in order.lines if line.product is not None]
    unpriced = not listed or any(line.agreed is None for line in listed)
    if order.standing is not None and order.currency != order.account_currency and unpriced:
        yield Found(
            "currency_differs",
            f"The account is in {order.account_currency}, and there are not prices in {order.currency} for all.",
            facts={"currency": order.currency, "agreed": order.account_currency},
        )
    if not order.has_rate:
        yield Found(
            "no_exchange_rate", f"There is no exchange rate of {order.currency} on the day of the order.",
            facts={"currency": order.currency},
        )  # fmt: skip


def _parties(order: Facts) -> Iterator[Found]:
    if order.vat_id and (wrong := vat_ids.why_wrong(order.vat_id, order.country)):
        yield Found("vat_id_wrong", f"{wrong.rstrip('.')}.", facts={"vat_id": order.vat_id})
    for code, what, place in (
        ("customer_address", "The customer's address", order.bill_to),
        ("ship_to_address", "The delivery address", order.ship_to),
    ):
        missing = [name for name in ("name", "street", "city", "country") if not getattr(place, name).strip()]
        if not place.postal_code.strip() and place.country not in WITHOUT_CODES:
            missing.append("postal_code")
        if missing:
            words = ", ".join(name.replace("_", " ") for name in missing)
            yield Found(code, f"{what} has no {words}.", facts={"missing": missing})


def _references(order: Facts) -> Iterator[Found]:
    if order.demands_order_number and not order.customer_reference:
        yield Found("order_number_missing", "The customer demands its own order number on invoices.")
    if order.earlier:
        yield Found(
            "duplicate",
            f"{', '.join(order.earlier[:3])} {'has' if len(order.earlier) == 1 else 'have'} the same order number.",
            facts={"orders": list(order.earlier[:10])},
        )


def _line(line: LineFacts, unfounded: str, abroad: bool) -> Iterator[Found]:
    def found(code: str, text: str, **facts) -> Found:
        return Found(code, text, line.line_id, facts)

    if line.product is None:
        called = f"{line.given[:100]!r} is no product we know." if line.given else "Say which product."
        yield found("product_unknown", called, given=line.given)
    else:
        if not line.in_use:
            yield found("product_out_of_use", f"{line.product} is out of use.", product=line.product)
        if line.unit != line.product_unit:
            yield found(
                "unit_differs", f"It is sold by {line.product_unit}, not by {line.unit}.",
                unit=line.unit, sold_by=line.product_unit,
            )  # fmt: skip
        yield from _price(line, found)
    if line.quantity <= 0:
        yield found("quantity_missing", "Say how much.")
    if unfounded:
        yield found("tax_unfounded", unfounded, category=line.category)
    if line.category == TaxCategory.STANDARD and line.rate == 0:
        yield found("tax_rate_missing", "Say the rate of tax.", category=line.category)
    if abroad and line.product is not None and line.unit not in WORK:
        for code, missing, text in (
            ("hs_code_missing", not line.hs_code, "An export needs the HS code."),
            ("origin_missing", not line.origin_country, "An export needs the country of origin."),
            ("weight_missing", not line.has_weight, "An export needs net and gross weight."),
        ):
            if missing:
                yield found(code, text)


def _price(line: LineFacts, found) -> Iterator[Found]:
    agreed = line.agreed
    if agreed is None:
        yield found("no_price", "No contract and no list has a price for it.", price=_plain(line.price, line.price_per))
    elif not is_agreed(line.price, line.price_per, agreed.price, agreed.price_per):
        asked, said = _plain(line.price, line.price_per), _plain(agreed.price, agreed.price_per)
        yield found(
            "price_differs", f"{asked} is not what {agreed.owner} says: {said}.",
            price=asked, agreed=said, origin=str(agreed.origin), owner=agreed.owner,
        )  # fmt: skip


def _plain(price: Decimal, price_per: Decimal) -> str:
    """A price as people read it: of one unit, or of so many."""
    text = f"{price.normalize():f}"
    return text if price_per == 1 else f"{text} for {price_per.normalize():f}"
