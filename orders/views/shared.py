"""What the pages of products, lists and contracts share."""

import re
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from o2c.core.states import LostRace
from o2c.orders.prices.refusing import PriceRefused
from o2c.orders.products import ProductRefused

QUANTITY = re.compile(r"[0-9]{1,13}(\.[0-9]{1,6})?")
FORM = ["GET", "HEAD", "POST"]
CANNOT = (PriceRefused, ProductRefused, LostRace)
STANDS = (("now", "Now"), ("coming", "To come"), ("past", "Past"), ("all", "All"))


def of_days(rows: QuerySet, show: str, on: date) -> QuerySet:
    """The prices that stand on a day, are to come, or are past."""
    if show == "now":
        return rows.filter(Q(valid_until=None) | Q(valid_until__gte=on), valid_from__lte=on)
    if show == "coming":
        return rows.filter(valid_from__gt=on)
    return rows.filter(valid_until__lt=on) if show == "past" else rows


def asked_days(request: HttpRequest, usual: str = "now") -> str:
    asked = request.GET.get("show", "")
    return asked if asked in dict(STANDS) else usual


def asked_price(request: HttpRequest) -> dict:
    """Whose price is to be said: the product and the quantity of the row beside which that was asked."""
    asked, above = {"product": request.GET.get("product", "")[:60]}, request.GET.get("from", "")
    return asked | ({"from_quantity": f"{Decimal(above).normalize():f}"} if QUANTITY.fullmatch(above) else {})


def of_product(rows: QuerySet, text: str) -> QuerySet:
    return rows.filter(Q(product__number__istartswith=text) | Q(product__name__icontains=text)) if text else rows
