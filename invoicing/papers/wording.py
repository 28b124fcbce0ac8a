"""The words of a paper in its language, and how amounts, days and names are written on it."""

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale

from o2c.core import formats
from o2c.core.money import minor_unit
from o2c.invoicing.papers.facts import Collected, Party, PayTo
from o2c.invoicing.papers.references import grouped, is_creditor_reference

WORDS = Path(__file__).parent / "words.toml"
LANGUAGES = ("en", "de", "fr")
# Where the tax on supplies is not called value added tax.
OTHER_TAX = {"US", "CA", "AU", "NZ", "SG", "IN", "MY", "JP"}
LONGEST_WORD, CUT_WORD = 30, 24
MM = 25.4 / 72  # a point
MEAN_WIDTH = 0.6 * MM  # of a letter, for a point of size; somewhat more than Inter's
NBSP = "\N{NO-BREAK SPACE}"
# Signs that would turn the direction of what stands around them.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def base_language(wished: str) -> str:
    """The language a paper is written in: a region's is its language's, one that we do not write is English."""
    base = wished.replace("_", "-").split("-")[0].lower()
    return base if base in LANGUAGES else "en"


@cache
def _all() -> dict[str, dict]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


class Words:
    """The words of one language: `words("due_by")`, `words("as_of", day=…)`, `words("kind.invoice")`."""

    def __init__(self, language: str):
        self.language = base_language(language)
        self._words = _all()[self.language]

    def __call__(self, key: str, **values: str) -> str:
        found = self._words
        for part in key.split("."):
            found = found[part]
        return found.format(**values) if values else found

    def has(self, key: str) -> bool:
        first, _, second = key.partition(".")
        return second in self._words[first]

    def day(self, value: date) -> str:
        return self._first(value, formats.long_day(value))

    def short_day(self, value: date) -> str:
        return self._first(value, formats.day(value))

    def _first(self, value: date, written: str) -> str:
        """A day in one piece; the first of a month is an ordinal in French."""
        if self.language == "fr" and value.day == 1:
            written = written.replace("1 ", "1er ", 1)
        return written.replace(" ", NBSP)


def clean(text: str) -> str:
    """A line of somebody's text that can be set: without control signs, its overlong words breakable."""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in text)
        text = TURNING.sub("", text)
    words = text.split()
    return " ".join(_breakable(word) if len(word) > LONGEST_WORD else word for word in words)


def clean_lines(text: str) -> list[str]:
    return [line for line in map(clean, text.splitlines()) if line]


def _breakable(word: str) -> str:
    return "\N{ZERO WIDTH SPACE}".join(word[start : start + CUT_WORD] for start in range(0, len(word), CUT_WORD))


def money(amount: Decimal, currency: str) -> str:
    return f"{formats.amount(amount, currency)}{NBSP}{currency}"


def exact(value: Decimal, least: int = 0) -> str:
    """A number with all the decimal places it has, and at least so many."""
    places = max(0, -int(value.normalize().as_tuple().exponent)) if value else 0
    return formats.number(value, max(places, least))


def price(value: Decimal, currency: str) -> str:
    return exact(value, minor_unit(currency))


def percent(value: Decimal) -> str:
    return f"{exact(value)}{NBSP}%"


def tax_word(words: Words, country: str) -> str:
    return words("tax" if country in OTHER_TAX else "vat")


def country_name(country: str, language: str) -> str:
    return Locale.parse(language).territories.get(country, country)


def with_country(party: Party, language: str) -> list[str]:
    """The lines of an address, with the country as the last one, unless it stands there already in whatever words."""
    lines = [line for line in map(clean, party.address) if line]
    if not party.country:
        return lines
    names = {country_name(party.country, each).casefold() for each in (language, "en", "de", "fr")}
    if lines and lines[-1].casefold() in {*names, party.country.casefold()}:
        return lines
    return [*lines, country_name(party.country, language)]


def address(to: Party, sender: Party, words: Words) -> list[str]:
    """The address field; the country as its last line, in capitals, where it is another than the sender's."""
    lines = [line for line in (clean(to.name), *map(clean, to.address)) if line]
    if to.country and to.country != sender.country:
        lines.append(country_name(to.country, words.language).upper())
    return lines


def address_size(lines: list[str]) -> float:
    """The size in points at which an address fits its field of 80 by 27.3 mm, long lines taking two rows or more."""
    for size in (10, 9, 8, 7):
        letters = 80 / (size * MEAN_WIDTH)
        rows = sum(math.ceil(len(line) / letters) for line in lines)
        if rows * size * 1.2 * MM <= 27.3:
            return size
    return 6


def return_address(sender: Party) -> str:
    return " · ".join(line for line in (clean(sender.name), *map(clean, sender.address)) if line)


def account_details(pay_to: PayTo, reference: str, words: Words) -> list[list[str]]:
    rows = [
        ("pay_to", clean(pay_to.holder)),
        ("iban", grouped(pay_to.iban).replace(" ", NBSP)),
        ("account_number", clean(pay_to.account_number) if not pay_to.iban else ""),
        ("bic", clean(pay_to.bic)),
        ("bank", clean(pay_to.bank)),
        ("reference", printed_reference(reference)),
    ]
    return [[words(key), value] for key, value in rows if value]


def collected(mandate: Collected, words: Words, when: str) -> str:
    """That the payer has nothing to do, from which account it is taken and by which mandate."""
    return words(
        "collected",
        account=clean(mandate.account),
        when=when,
        mandate=clean(mandate.mandate),
        creditor=clean(mandate.creditor_id),
    )


def printed_reference(reference: str) -> str:
    return grouped(reference).replace(" ", NBSP) if is_creditor_reference(reference) else clean(reference)


def frame(
    words: Words,
    *,
    sender: Party,
    to: Party,
    heading: str,
    subheading: str = "",
    called: str = "",
    facts: Iterable[tuple[str, str]],
    accounts: Iterable[PayTo],
) -> dict:
    """What every letter has, whatever it tells. `called`: by what it is known on later pages, unless by its heading."""
    lines = address(to, sender, words)
    called = called or heading
    return {
        "language": words.language,
        "title": f"{called} · {clean(sender.name)}",
        "author": clean(sender.name),
        "sender": clean(sender.name),
        "return_address": return_address(sender),
        "address": lines,
        "address_size": address_size(lines),
        "facts": [[words(key), value] for key, value in facts if value],
        "heading": heading,
        "subheading": subheading,
        "draft": "",
        "running": f"{called} · {clean(to.name)}",
        "footer": footer(sender, accounts, words, abroad=sender.country != to.country),
        "page": words("page"),
    }


def footer(sender: Party, accounts: Iterable[PayTo], words: Words, *, abroad: bool) -> list[list[str]]:
    """What a company's letters must say of it: who it is, how to reach it, where it is registered, its accounts."""
    lines = with_country(sender, words.language) if abroad else map(clean, sender.address)
    who = [clean(sender.name), *lines]
    reach = [clean(sender.phone), clean(sender.email)]
    vat_id = f"{words('vat_id')} {clean(sender.vat_id)}" if sender.vat_id else ""
    registered = [clean(sender.registration), vat_id]
    columns = [who, reach, registered]
    for account in accounts:
        number = f"IBAN {grouped(account.iban)}" if account.iban else clean(account.account_number)
        bic = f"BIC {clean(account.bic)}" if account.bic else ""
        columns.append([clean(account.bank), number.replace(" ", NBSP), bic.replace(" ", NBSP)])
    return [kept for column in columns if (kept := [line for line in column if line])]
