"""Reading amounts, currencies and days as banks and trading partners write them: a value, or Unreadable with the
reason; never a guess.
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache

import schwifty
from schwifty.exceptions import SchwiftyException

from o2c.core.money import UnknownCurrency, minor_unit


class Unreadable(ValueError):
    """The text is not what it should be; the message says why."""


# ISO 20022 and SWIFT stay under it; a longer run of digits is damage.
LONGEST_AMOUNT = 18
FINEST_AMOUNT = 5
FINEST_NUMBER = 6
POINT = re.compile(r"\+?[0-9]+(?:\.[0-9]*)?|\+?\.[0-9]+", re.ASCII)
COMMA = re.compile(r"[0-9]+(?:,[0-9]*)?|,[0-9]+", re.ASCII)
GROUPED_POINT = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+", re.ASCII)
GROUPED_COMMA = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T[0-9:.]*)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?", re.ASCII)
RATE = re.compile(r"[0-9]+(?:[.,][0-9]+)?", re.ASCII)
# What stands where there is no reference.
NOTHING = frozenset(["NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOREF", "NONE", "NOTAVAILABLE", "NOT AVAILABLE"])
IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)


def shown(text: str) -> str:
    """A text as an error names it: short, and whole where it can be."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _sized(digits: str, text: str, finest: int = FINEST_AMOUNT) -> Decimal:
    whole, _, fraction = digits.partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if len(whole) + len(fraction) > LONGEST_AMOUNT or len(fraction) > finest:
        raise Unreadable(f"{shown(text)} has more digits than an amount has")
    return Decimal(f"{whole or '0'}.{fraction}" if fraction else whole or "0")


def point_amount(text: str) -> Decimal:
    """An unsigned amount with the decimal point, as XML has it."""
    text = text.strip()
    if not POINT.fullmatch(text):
        raise Unreadable(f"{shown(text)} is no amount")
    return _sized(text.removeprefix("+"), text)


def point_number(text: str) -> Decimal:
    """An unsigned quantity, price or weight with the decimal point, up to six places."""
    text = text.strip()
    if not POINT.fullmatch(text):
        raise Unreadable(f"{shown(text)} is no number")
    return _sized(text.removeprefix("+"), text, FINEST_NUMBER)


def comma_amount(text: str) -> Decimal:
    """An unsigned amount with the decimal comma, as SWIFT has it: "500,", "0,5"."""
    text = text.strip()
    if not COMMA.fullmatch(text):
        raise Unreadable(f"{shown(text)} is no amount")
    return _sized(text.replace(",", "."), text)


def either_amount(text: str) -> Decimal:
    """A signed amount with point or comma, as OFX allows. What could be thousands or decimals is refused."""
    body = text.strip()
    negative = body.startswith("-")
    body = body[1:] if body[:1] in ("-", "+") else body
    if GROUPED_POINT.fullmatch(body):
        body = body.replace(",", "")
    elif GROUPED_COMMA.fullmatch(body):
        body = body.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[0-9]{1,3},[0-9]{3}", body):
        raise Unreadable(f"{shown(text)} could be thousands or decimals")
    else:
        body = body.replace(",", ".") if COMMA.fullmatch(body) else body
    if body[:1] in ("+", "-") or not POINT.fullmatch(body):
        raise Unreadable(f"{shown(text)} is no amount")
    amount = _sized(body, text)
    return -amount if negative else amount


def digits_amount(text: str, places: int) -> Decimal:
    """Digits whose last so many are decimals."""
    if not (text.isascii() and text.isdigit()):
        raise Unreadable(f"{shown(text)} is no amount")
    if not places:
        return _sized(text, text)
    padded = text.rjust(places + 1, "0")
    return _sized(f"{padded[:-places]}.{padded[-places:]}", text)


def rate(text: str) -> Decimal:
    text = text.strip()
    if not RATE.fullmatch(text) or len(text) > 30:
        raise Unreadable(f"{shown(text)} is no rate")
    return Decimal(text.replace(",", "."))


def currency(text: str) -> str:
    """Three capitals; whether the currency still exists is not asked."""
    text = text.strip()
    if not CURRENCY.fullmatch(text):
        raise Unreadable(f"{shown(text)} is no currency")
    return text


def too_fine(amount: Decimal, currency: str) -> bool:
    """Whether an amount is finer than the currency is paid in; of currencies that are gone nobody knows."""
    places = _places(currency)
    return places is not None and -amount.as_tuple().exponent > places and amount != round(amount, places)


@cache
def _places(currency: str) -> int | None:
    try:
        return minor_unit(currency)
    except UnknownCurrency:
        return None


def decimals(currency: str) -> int:
    """How many decimals a currency is paid in. Raises Unreadable where that is not known."""
    places = _places(currency)
    if places is None:
        raise Unreadable(f"the decimals of the currency {currency} are not known")
    return places


def day(year: int | str, month: int | str, of_month: int | str) -> date:
    try:
        found = date(int(year), int(month), int(of_month))
    except ValueError:
        raise Unreadable(f"{year}-{month}-{of_month} is no day") from None
    if not 1970 <= found.year <= 2199:
        raise Unreadable(f"{found.isoformat()} lies outside the years 1970 to 2199")
    return found


def iso_day(text: str) -> date:
    """2026-01-31, with or without a time of day and a zone; the day as it is written."""
    text = text.strip()
    matched = ISO_DAY.fullmatch(text)
    if not matched:
        raise Unreadable(f"{shown(text)} is no day")
    return day(*matched.groups())


def _two_digit_year(text: str) -> int:
    # POSIX: two digits from 69 on are the last century's.
    return int(text) + (1900 if int(text) >= 69 else 2000)


def _six(text: str) -> None:
    if len(text) != 6 or not (text.isascii() and text.isdigit()):
        raise Unreadable(f"{shown(text)} is no day")


def yymmdd(text: str) -> date:
    _six(text)
    return day(_two_digit_year(text[:2]), text[2:4], text[4:])


def ddmmyy(text: str) -> date:
    _six(text)
    return day(_two_digit_year(text[4:]), text[2:4], text[:2])


def reference(text: str) -> str:
    """A reference without the spaces around it; empty where the bank says that there is none."""
    text = text.strip()
    return "" if text.upper() in NOTHING else text


def joined(parts: Iterable[str], between: str = "\n") -> str:
    return between.join(part for part in parts if part)


def flowing(pieces: Iterable[str], full: int) -> str:
    """Pieces of one text: one that is full goes on in the next, one that is not has ended with its line."""
    text, open_ended = "", True
    for piece in pieces:
        if piece.strip():
            text += ("" if open_ended else "\n") + piece.rstrip()
            open_ended = len(piece.rstrip()) >= full
    return text.strip()


def iban(text: str) -> str:
    """The text without spaces where it has the shape of an IBAN, else nothing. Check digits are not asked."""
    text = text.replace(" ", "").upper()
    return text if IBAN_SHAPE.fullmatch(text) else ""


def made_iban(country: str, bank: str, account: str, branch: str = "") -> str:
    """The IBAN of an account of which bank and number are known; nothing where they make none."""
    if not f"{bank}{account}{branch}".isalnum():
        return ""
    try:
        return schwifty.IBAN.generate(country, bank_code=bank, account_code=account, branch_code=branch).compact
    except (SchwiftyException, ValueError, KeyError):
        return ""
