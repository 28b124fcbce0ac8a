"""Reading what stands in a file: pure rules from text to a value, which never guess.

Each returns the value as PostgreSQL reads it, or raises Unreadable with the reason for the errors file.
"""

import json
import re
from collections.abc import Callable
from datetime import date

from o2c.core.money import LARGEST_AMOUNT, UnknownCurrency, minor_unit

# An empty value, as COPY writes it.
NULL = "\\N"


class Unreadable(ValueError):
    """The text is not what the field holds; the message says why."""


class BadFormat(ValueError):
    """The map's date format cannot be used; the message says why."""


# --- Amounts

SPACES = dict.fromkeys(map(ord, " \u00a0\u2007\u2009\u202f'\u2019"))  # between thousands: spaces and Swiss apostrophes
MINUS = str.maketrans("\u2212\u2013", "--")
PLAIN = {".": re.compile(r"-?[0-9]+(\.[0-9]+)?"), ",": re.compile(r"-?[0-9]+(,[0-9]+)?")}
# Thousands in threes, or as India writes them (12,34,567); the first group sets nothing aside.
GROUPED = {
    ".": re.compile(r"([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})?(\.[0-9]+)?"),
    ",": re.compile(r"([0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)?(,[0-9]+)?"),
}
SPACED = re.compile(
    r"[^ \u00a0\u2007\u2009\u202f'\u2019]{1,3}(?:[ \u00a0\u2007\u2009\u202f'\u2019][0-9]{3})+(?:[.,][0-9]+)?"
)
LARGEST_DIGITS = len(str(LARGEST_AMOUNT))


def amount(text: str, decimal: str) -> str:
    """An amount as plain digits: "1.234,50-" with the decimal comma is "-1234.50".

    Negative by a sign before or after, or in brackets. Thousands may be set apart by the other mark, spaces or
    apostrophes, and only in whole groups: "1,23" with the decimal point is refused, not read as 123.
    """
    if PLAIN[decimal].fullmatch(text):
        digits = text if decimal == "." else text.replace(",", ".")
        negative = digits[0] == "-"
        return _within(digits[1:] if negative else digits, negative)
    body = text.translate(MINUS).strip()
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1].strip()
    elif body.endswith("-"):
        negative, body = True, body[:-1].rstrip()
    elif body[:1] in ("-", "+"):
        negative, body = body[0] == "-", body[1:].lstrip()
    if SPACED.fullmatch(body):
        body = body.translate(SPACES)
    matched = GROUPED[decimal].fullmatch(body)
    if not matched or not body:
        raise Unreadable(f"is not an amount with the decimal {'point' if decimal == '.' else 'comma'}")
    whole, fraction = matched.group(1) or "0", matched.group(2) or ""
    digits = re.sub(r"[.,]", "", whole) + fraction.replace(",", ".")
    return _within(digits, negative)


def _within(digits: str, negative: bool) -> str:
    whole, _, fraction = digits.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    if len(whole) > LARGEST_DIGITS:
        raise Unreadable("is larger than any amount that can be booked")
    plain = f"{whole}.{fraction}" if fraction else whole
    return f"-{plain}" if negative and plain != "0" else plain


def places(plain: str) -> int:
    """How many decimal places an amount read by `amount` needs."""
    return len(plain) - plain.index(".") - 1 if "." in plain else 0


# --- Days

SPELLED = [
    (word, directive)
    for directive, words in {
        "%Y": ("YYYY", "yyyy"),
        "%b": ("MMM", "MON", "Mon", "mon"),
        "%y": ("YY", "yy"),
        "%m": ("MM", "mm", "M", "m"),
        "%d": ("DD", "dd", "D", "d"),
    }.items()
    for word in words
]
DIRECTIVE = re.compile(r"%-?([A-Za-z%])")
MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
PART = {
    "d": "[0-9]{1,2}",
    "m": "[0-9]{1,2}",
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "b": "[A-Za-z]{3}",
    "B": "[A-Za-z]{3,9}",
    "H": "[0-9]{1,2}",
    "M": "[0-9]{2}",
    "S": "[0-9]{2}",
}
MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?Z?$")
FIRST_YEAR, LAST_YEAR = 1900, 2199
# POSIX: two digits from 69 on are the last century's.
CENTURY_TURNS = 69


def directives(spelled: str) -> str:
    """A date format as strptime writes it: "DD/MM/YYYY" is "%d/%m/%Y"; what has a % is left as it is."""
    if "%" in spelled:
        return spelled
    written, rest = "", spelled.strip()
    while rest:
        for word, directive in SPELLED:
            if rest.startswith(word):
                written, rest = written + directive, rest[len(word) :]
                break
        else:
            written, rest = written + rest[0], rest[1:]
    return written


def swapped(date_format: str) -> str | None:
    """The same format with day and month exchanged, the usual mistake; None where months are words."""
    written = re.sub(r"%-([dm])", r"%\1", directives(date_format))
    if "%d" not in written or "%m" not in written:
        return None
    return written.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")


def day_reader(date_format: str) -> Callable[[str], str]:
    """Reads days written in a format; day and month may lack their leading zero where something sets them apart.

    Months as words are English. A time of day is only accepted where it is midnight or the format names it. Raises
    BadFormat for a format that does not say day, month and year.
    """
    written = directives(date_format)
    names = [name for name in DIRECTIVE.findall(written) if name != "%"]
    if unknown := [name for name in names if name not in PART]:
        raise BadFormat(f"date_format {date_format!r}: %{unknown[0]} is not understood")
    if sum(name in "Yy" for name in names) != 1 or sum(name in "mbB" for name in names) != 1 or names.count("d") != 1:
        raise BadFormat(f"date_format {date_format!r} must name day, month and year once each, as in %d.%m.%Y")
    pieces = DIRECTIVE.split(written)  # text, directive, text, directive, … text
    pattern = re.escape(pieces[0])
    for index in range(1, len(pieces), 2):
        name, after = pieces[index], pieces[index + 1]
        before = pieces[index - 1] if index > 1 else "^"
        part = PART.get(name, "%")
        if name in "dm" and ((after == "" and index + 2 < len(pieces)) or before == ""):
            part = "[0-9]{2}"  # nothing sets it apart, so it is as wide as it is written
        pattern += f"({part})" + re.escape(after) if name != "%" else "(%)" + re.escape(after)
    shape = re.compile(pattern)
    order = DIRECTIVE.findall(written)

    def read(text: str) -> str:
        matched = shape.fullmatch(text) or shape.fullmatch(MIDNIGHT.sub("", text))
        if not matched:
            raise Unreadable(f"is not a day written as {date_format}")
        parts = dict(zip(order, matched.groups(), strict=True))
        if "Y" in parts:
            year = int(parts["Y"])
        else:
            year = int(parts["y"])
            year += 1900 if year >= CENTURY_TURNS else 2000
        month = int(parts["m"]) if "m" in parts else MONTHS.get((parts.get("b") or parts["B"])[:3].lower(), 0)
        try:
            day = date(year, month, int(parts["d"]))
        except ValueError:
            raise Unreadable("is a day that does not exist") from None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Unreadable(f"is not between the years {FIRST_YEAR} and {LAST_YEAR}")
        return day.isoformat()

    return read


# --- Words

TRUTHY = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "x",
        "ja",
        "j",
        "wahr",
        "oui",
        "o",
        "vrai",
        "si",
        "sí",
        "s",
        "sì",
        "sim",
        "ja.",
        "on",
    ]
)
FALSY = frozenset(["no", "n", "false", "f", "0", "nein", "falsch", "non", "faux", "não", "nao", "off", "-"])


def flag(text: str, truthy: frozenset[str] = frozenset(), falsy: frozenset[str] = frozenset()) -> str:
    """Yes or no in the usual languages, or in the map's own words."""
    word = text.casefold()
    if word in truthy:
        return "t"
    if word in falsy:
        return "f"
    if word in TRUTHY:
        return "t"
    if word in FALSY:
        return "f"
    raise Unreadable("is neither yes nor no")


def currency(text: str) -> str:
    """An ISO 4217 code, in capitals."""
    code = text.upper()
    try:
        minor_unit(code)
    except UnknownCurrency:
        raise Unreadable("is not a currency of ISO 4217") from None
    return code


def clean(text: str, length: int) -> str:
    """A text of at most so many characters. What a database cannot hold is refused."""
    if not text.isprintable():
        if "\0" in text:
            raise Unreadable("contains a NUL character")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise Unreadable("contains bytes that are not in the file's encoding")
    if len(text) > length:
        raise Unreadable(f"is longer than {length} characters")
    return text


# --- Rates, and what a payment is for

RATE_PLACES = 8
FACTOR_PLACES = 6


def rate(text: str, decimal: str) -> str:
    """A rate of exchange as plain digits: more than nothing, and no finer than it is stored."""
    plain = amount(text, decimal)
    if plain.startswith("-") or plain == "0":
        raise Unreadable("is not a rate: it must be more than nothing")
    if places(plain) > RATE_PLACES:
        raise Unreadable(f"is finer than {RATE_PLACES} decimal places")
    if len(plain.partition(".")[0]) > 10:
        raise Unreadable("is larger than any rate")
    return plain


def factor(text: str, decimal: str) -> str:
    """A quantity, a price of one or a percentage as plain digits, no finer and no larger than it is stored."""
    plain = amount(text, decimal)
    if places(plain) > FACTOR_PLACES:
        raise Unreadable(f"is finer than {FACTOR_PLACES} decimal places")
    if len(plain.removeprefix("-").partition(".")[0]) > 13:
        raise Unreadable("is larger than any quantity or price")
    return plain


SPLIT = re.compile(r"[;|\n]")
MOST_SPLITS = 1_000


def splits(text: str, decimal: str) -> str:
    """The documents that money is for, as JSON: "R-1; R-2=12,50" is R-1 as far as it goes and 12.50 of R-2.

    Semicolons, bars or lines part them; an amount stands behind an equals sign.
    """
    found: list[list[str | None]] = []
    for piece in SPLIT.split(text):
        number, equals, said = (part.strip() for part in piece.rpartition("="))
        if not equals:
            number, said = said, ""
        if not number and not said:
            continue
        if not number:
            raise Unreadable("has an amount without a document's number")
        plain = None
        if equals:
            plain = amount(said, decimal)
            if plain.startswith("-") or plain == "0":
                raise Unreadable("has an amount that is not more than nothing")
        found.append([clean(number, 100), plain])
    if len({number for number, _ in found}) < len(found):
        raise Unreadable("names a document twice")
    if len(found) > MOST_SPLITS:
        raise Unreadable(f"names more than {MOST_SPLITS} documents")
    return json.dumps(found)
