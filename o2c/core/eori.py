"""EORI numbers: by which customs of the Union and of the United Kingdom know who exports and imports.

Two letters of a country and up to fifteen letters and digits (Commission Delegated Regulation (EU) 2015/2446, Annex
B, data element 3/2; XI is Northern Ireland's). Whether one was given out, only customs can say.
"""

import re

from o2c.core import territories

LONGEST = 17


class NotAnEori(ValueError):
    """What is no EORI number; the text says why."""


def check(text: str) -> str:
    """The number as it is kept; empty stays empty. Raises NotAnEori."""
    text = re.sub(r"\s", "", text).upper()
    if text and not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{1,15}", text):
        raise NotAnEori(
            "An EORI number is two letters of a country and up to 15 letters and digits, such as DE1234567."
        )
    return text


def is_needed(country: str) -> bool:
    """Whether who exports from a country has to have one: from the Union, and from the United Kingdom."""
    return territories.in_union(country) or territories.CUSTOMS_WITH.get(country, country) == "GB"


def holds(eori: str, country: str) -> bool:
    """Whether a number is one of the customs territory that somebody exports from."""
    prefix = eori[:2]
    return prefix == "XI" or (prefix in territories.UNION if territories.in_union(country) else prefix == "GB")
