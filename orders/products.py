"""What is sold: products, added and changed one at a time. They are shared by the legal entities."""

import re
from datetime import datetime

from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import known_currencies
from o2c.core.refusals import Refused
from o2c.core.states import ANY, check_seen
from o2c.core.units import KNOWN_UNITS
from o2c.orders.models import ContractPrice, ListPrice, Product

HS_CODE = re.compile(r"[0-9]{6,12}")
# What stands on the lines of orders where they say nothing else.
ABOUT = (
    "tax_rate", "hs_code", "origin_country", "net_weight_kg", "gross_weight_kg", "cost", "cost_currency",
)  # fmt: skip


class ProductRefused(Refused):
    """The product cannot be kept so; the text says why, `field` where."""


def create(*, number: str, name: str, unit: str = "C62", actor: Actor, **details) -> Product:
    """Add a product. Raises ProductRefused where there is one of that number."""
    number = number.strip()
    if not number:
        raise ProductRefused("A product has a number.", "number")
    _check_unit(unit)
    _check(Product(number=number, name=name, unit=unit, **details))
    with acting(actor):
        product, made = Product.objects.get_or_create(number=number, defaults={"name": name, "unit": unit, **details})
        if not made:
            raise ProductRefused(f"There is a product {number} already.", "number")
        return product


def change(product: Product, *, actor: Actor, seen: datetime | None = ANY, **details) -> Product:
    """Change what is said of a product; what stays the same is not written.

    Prices are for its unit, so that stays once there is one. Raises ProductRefused, and LostRace where it was changed
    after `seen`.
    """
    with acting(actor):
        product = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        check_seen(product, seen)
        changed = {name: value for name, value in details.items() if getattr(product, name) != value}
        if "unit" in changed:
            _check_unit(changed["unit"])
            if any(prices.objects.filter(product=product).exists() for prices in (ListPrice, ContractPrice)):
                raise ProductRefused("Its prices are for this unit: another unit is another product.", "unit")
        _check(product, changed)
        if "number" in changed and Product.objects.filter(number=changed["number"]).exists():
            raise ProductRefused(f"There is a product {changed['number']} already.", "number")
        if changed:
            Product.objects.filter(pk=product.pk).update(**changed)
            product.refresh_from_db()
            outbox.emit("products.changed", product_id=product.pk)
        return product


def _check(product: Product, changed: dict | None = None) -> None:
    """How a product is taxed, declared, weighed, and what it costs, as it would be. Raises ProductRefused."""
    facts = {name: getattr(product, name) for name in ABOUT} | (changed or {})
    rate, net, gross = facts["tax_rate"], facts["net_weight_kg"], facts["gross_weight_kg"]
    if rate is not None and (not 0 <= rate < 100 or round(rate, 3) != rate):
        raise ProductRefused("A rate is from 0 to below 100 percent, with at most three places.", "tax_rate")
    if facts["hs_code"] and not HS_CODE.fullmatch(facts["hs_code"]):
        raise ProductRefused("A code of the Harmonized System has 6 to 12 digits.", "hs_code")
    if facts["origin_country"] and facts["origin_country"] not in formats.countries():
        raise ProductRefused("A country is two capital letters (ISO 3166).", "origin_country")
    for name in ("net_weight_kg", "gross_weight_kg", "cost"):
        if facts[name] is not None and facts[name] < 0:
            raise ProductRefused("At least nothing.", name)
    if net is not None and gross is not None and gross < net:
        raise ProductRefused("It weighs less packed than unpacked.", "gross_weight_kg")
    if (facts["cost"] is None) is not (facts["cost_currency"] == ""):
        raise ProductRefused("What it costs has a currency, and a currency goes with a cost.", "cost_currency")
    if facts["cost_currency"] and facts["cost_currency"] not in known_currencies():
        raise ProductRefused(f"{facts['cost_currency']} is no currency of ISO 4217.", "cost_currency")


def _check_unit(unit: str) -> None:
    if unit not in KNOWN_UNITS:
        raise ProductRefused(f"{unit} is no unit of UN/ECE recommendation 20 that is known here.", "unit")
