"""Which price counts: one pure rule over facts that `o2c.orders.prices.reading` fetches for many at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

from o2c.core.money import rounded


class Origin(StrEnum):
    """Where a price comes from, the nearest first."""

    CONTRACT = "contract"
    ACCOUNT_LIST = "account_list"
    DEFAULT_LIST = "default_list"


NEAREST = {origin: rank for rank, origin in enumerate(Origin)}


@dataclass(frozen=True)
class Offer:
    """A price that a customer may buy at, and whose it is.

    `valid_*` are the days of the price, `counts_*` those on which its owner counts for the customer: the days of the
    contract, or those on which the customer buys by the list. Both ends are in; None is open. `terms` are the payment
    terms of a contract that has its own.
    """

    origin: Origin
    owner_id: int
    owner: str
    price_id: int
    product_id: int
    currency: str
    from_quantity: Decimal
    price: Decimal
    price_per: Decimal
    valid_from: date
    valid_until: date | None = None
    counts_from: date | None = None
    counts_until: date | None = None
    terms_id: int | None = None
    terms: str | None = None

    def stands(self, on: date) -> bool:
        return _within(on, self.valid_from, self.valid_until) and _within(on, self.counts_from, self.counts_until)

    def net(self, quantity: Decimal) -> Money:
        """What the quantity costs, as a line of an invoice works it out (BT-131)."""
        return rounded(Money(quantity * self.price / self.price_per, self.currency))


def price_for(product_id: int, offers: Iterable[Offer], quantity: Decimal, on: date, *, currency: str) -> Offer | None:
    """The price at which a customer with these offers buys so much of a product on a day; None where there is none.

    A contract's comes before the list that the customer buys by, and that before the default list of its currency.
    Within one, the break with the largest quantity that is reached counts. Where the nearer knows no price for so
    small a quantity, the next is asked. The database lets no two tie.
    """
    standing = [
        offer
        for offer in offers
        if offer.product_id == product_id
        and offer.currency == currency
        and offer.from_quantity <= quantity
        and offer.stands(on)
    ]
    return min(standing, key=lambda offer: (NEAREST[offer.origin], -offer.from_quantity), default=None)


def _within(on: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= on) and (last is None or on <= last)
