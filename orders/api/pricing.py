"""What prices of lists and of contracts have in common in the API."""

from decimal import Decimal

from django.db.models import F, QuerySet
from rest_framework import serializers

from o2c.core.api.endpoints import Endpoint, PageQuery
from o2c.core.api.fields import Body, Day, DecimalIn, DecimalOut, Text, View
from o2c.core.api.problems import at
from o2c.core.states import LostRace
from o2c.orders.models import Product
from o2c.orders.prices.refusing import PriceRefused


class PriceView(View):
    id = serializers.IntegerField()
    product = serializers.CharField(source="product_number", help_text="Number of the product.")
    unit = serializers.CharField(source="product_unit")
    from_quantity = DecimalOut(help_text="It is the price of whoever buys so much or more.")
    price = DecimalOut()
    price_per = DecimalOut(help_text="For how many units it is.")
    currency = serializers.CharField(source="of_currency")
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True, help_text="Its last day.")
    updated_at = serializers.DateTimeField()


class PriceIn(Body):
    """A price in the currency of its list or contract, finer than an amount that is paid may be."""

    product = Text(max_length=60, help_text="Number of the product.")
    from_quantity = DecimalIn(whole=13, places=6, required=False)
    price = DecimalIn(whole=13, places=6)
    price_per = DecimalIn(whole=13, places=6, required=False, help_text="For how many units it is; 1 unless said.")
    valid_from = Day()
    valid_until = Day(required=False, allow_null=True, help_text="Its last day.")


class PriceEndIn(Body):
    last_day = Day(help_text="It counts on this day for the last time.")


class PriceQuery(PageQuery):
    product = serializers.CharField(required=False, max_length=60, help_text="Only of this product (its number).")


class PriceEndpoint(Endpoint):
    refusals = (LostRace, PriceRefused)

    def prices(self, rows: QuerySet, owner: str) -> QuerySet:
        return rows.annotate(
            product_number=F("product__number"), product_unit=F("product__unit"), of_currency=F(f"{owner}__currency")
        )


def said(given: dict) -> dict:
    """The facts of a price. Raises Problem where there is no such product."""
    product = Product.objects.filter(number=given["product"]).first()
    if product is None:
        raise at("/product", "unknown", "There is no such product.")
    return {
        "product": product, "price": given["price"], "valid_from": given["valid_from"],
        "valid_until": given.get("valid_until"), "from_quantity": given.get("from_quantity", Decimal(0)),
        "price_per": given.get("price_per", Decimal(1)),
    }  # fmt: skip
