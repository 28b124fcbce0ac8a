"""Where the price of a line comes from."""

from decimal import Decimal

from o2c.orders.prices.rules import Offer, Origin

SOURCE = ("agreed", "agreed_per", "contract_price_id", "list_price_id")


def source_of(offer: Offer | None) -> dict:
    """The columns of a line that say what was agreed, and where."""
    by_contract = offer is not None and offer.origin == Origin.CONTRACT
    return {
        "agreed": offer.price if offer else None,
        "agreed_per": offer.price_per if offer else None,
        "contract_price_id": offer.price_id if by_contract else None,
        "list_price_id": offer.price_id if offer is not None and not by_contract else None,
    }


def is_agreed(price: Decimal, price_per: Decimal, agreed_price: Decimal | None, agreed_per: Decimal | None) -> bool:
    """Whether two prices are the same for one unit."""
    return agreed_price is not None and price * agreed_per == agreed_price * price_per
