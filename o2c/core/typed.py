"""What people type where it may mean several things."""

import re
from decimal import Decimal

# "EUR 1,234.50", "1.234,50 €", "1 234,50", "1'234.50", "-50".
AROUND = re.compile(r"(?:[A-Za-z]{3}|[€$£¥])?\s*([+-]?)\s*(\d[\d.,'’\s]*)\s*(?:[A-Za-z]{3}|[€$£¥])?")
WHOLE = re.compile(r"(\d{1,15})(?:[.,](\d{1,4}))?")
GROUPED = re.compile(r"(\d{1,3}(?:([.,'’\s])\d{3})(?:\2\d{3}){0,3})(?:(?!\2)[.,](\d{1,4}))?")


def amounts(text: str) -> list[Decimal]:
    """The amounts that a text may mean, without the currency; none where it is no amount.

    "1.234" may be thousands or decimals, so it means both.
    """
    around = AROUND.fullmatch(text.strip())
    if around is None:
        return []
    sign, body = (-1 if around[1] == "-" else 1), around[2].strip()
    found = set()
    if whole := WHOLE.fullmatch(body):
        found.add(Decimal(f"{whole[1]}.{whole[2] or 0}"))
    if grouped := GROUPED.fullmatch(body):
        found.add(Decimal(f"{re.sub(r'[^0-9]', '', grouped[1])}.{grouped[3] or 0}"))
    return sorted(sign * amount for amount in found)
