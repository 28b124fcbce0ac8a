"""What is sold: products, added and changed one at a time. They are shared by the legal entities."""

from datetime import datetime

from o2c.core import outbox
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.core.states import ANY, check_seen
from o2c.core.units import KNOWN_UNITS
from o2c.orders.models import ContractPrice, ListPrice, Product


class ProductRefused(Refused):
    """The product cannot be kept so; the text says why, `field` where."""


def create(*, number: str, name: str, unit: str = "C62", actor: Actor, **details) -> Product:
    """Add a product. Raises ProductRefused where there is one of that number."""
    number = number.strip()
    if not number:
        raise ProductRefused("A product has a number.", "number")
    _check_unit(unit)
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
        if "number" in changed and Product.objects.filter(number=changed["number"]).exists():
            raise ProductRefused(f"There is a product {changed['number']} already.", "number")
        if changed:
            Product.objects.filter(pk=product.pk).update(**changed)
            product.refresh_from_db()
            outbox.emit("products.changed", product_id=product.pk)
        return product


def _check_unit(unit: str) -> None:
    if unit not in KNOWN_UNITS:
        raise ProductRefused(f"{unit} is no unit of UN/ECE recommendation 20 that is known here.", "unit")
