"""How goods are taxed by where they come from and go to: a proposal, and whether a category has a foundation.

Goods, after Council Directive 2006/112/EC: at home at the product's rate (article 73 ff.); to a business of another
member state free (138), to a private person there at the seller's rate; out of the Union free (146). Exempt, reverse
charge and outside the scope are never proposed: somebody says them.
"""

from dataclasses import dataclass
from decimal import Decimal

from o2c.core import territories, vat_ids
from o2c.core.taxes import TaxCategory

BY_HAND = frozenset({TaxCategory.EXEMPT, TaxCategory.OUTSIDE, TaxCategory.REVERSE_CHARGE})


@dataclass(frozen=True)
class Way:
    """Where goods go from and to (countries, ISO 3166; empty: not known), and the buyer's VAT id."""

    seller: str
    ship_to: str
    buyer_vat_id: str = ""


@dataclass(frozen=True)
class Tax:
    category: TaxCategory
    rate: Decimal


def propose(way: Way, rate: Decimal | None) -> Tax:
    """Category and rate for a product with this rate at home; None where it is not known."""
    if not way.ship_to or territories.same_tax(way.seller, way.ship_to):
        return _at_home(rate)
    if territories.in_union(way.seller) and territories.in_union(way.ship_to):
        return Tax(TaxCategory.INTRA_COMMUNITY, Decimal(0)) if _is_business(way) else _at_home(rate)
    return Tax(TaxCategory.EXPORT, Decimal(0))


def unfounded(way: Way, category: str) -> str:
    """Why this category cannot be right for goods that go this way; empty where it can."""
    if category == TaxCategory.INTRA_COMMUNITY:
        both = territories.in_union(way.seller) and territories.in_union(way.ship_to)
        if not both or territories.same_tax(way.seller, way.ship_to):
            return "An intra-community supply goes to another member state."
        if not way.buyer_vat_id:
            return "An intra-community supply needs the customer's VAT id of another member state."
        if not _is_business(way):
            return "An intra-community supply needs a VAT id of another member state."
    if category == TaxCategory.EXPORT:
        both = territories.in_union(way.seller) and territories.in_union(way.ship_to)
        if both or territories.same_tax(way.seller, way.ship_to):
            return "An export leaves the territory of the tax."
    return ""


def _at_home(rate: Decimal | None) -> Tax:
    return Tax(TaxCategory.ZERO if rate == 0 else TaxCategory.STANDARD, rate or Decimal(0))


def _is_business(way: Way) -> bool:
    """Whether the buyer has a VAT id of a member state that is not the seller's."""
    vat_id = way.buyer_vat_id
    country = vat_ids.country_of(vat_id)
    known = territories.in_union(country) and not territories.same_tax(way.seller, country)
    return bool(vat_id) and known and not vat_ids.why_wrong(vat_id)
