"""VAT ids, as their countries write them (python-stdnum)."""

from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

# Greece writes EL before its numbers; Northern Ireland is XI, with the numbers of the United Kingdom.
COUNTRIES = {"EL": "GR", "XI": "GB"}


def country_of(vat_id: str, otherwise: str = "") -> str:
    """The country (ISO 3166) whose number it is: by its first two letters, else as said."""
    head = vat_id[:2].upper()
    return COUNTRIES.get(head, head) if len(head) == 2 and head.isascii() and head.isalpha() else otherwise


def why_wrong(vat_id: str, country: str = "") -> str:
    """What is wrong with a VAT id, empty where nothing is, or where its country's rules are not known.

    `country` is whose number it is where it does not begin with its two letters.
    """
    whose = country_of(vat_id, country)
    rule = get_cc_module(whose.lower(), "vat") if whose else None
    if rule is None:
        return ""
    bare = "GB" + vat_id[2:] if vat_id[:2].upper() == "XI" else vat_id
    try:
        rule.validate(bare)
    except ValidationError as wrong:
        return f"Not a VAT id of {whose}: {wrong}"
    return ""
