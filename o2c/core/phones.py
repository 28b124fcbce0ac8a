"""Telephone numbers, typed as people type them, in the form in which they are dialled from anywhere (E.164)."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

# Where the plan of numbers does not tell them apart, as in North America, either may be a mobile.
TAKES_TEXTS = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


@lru_cache(maxsize=4096)
def mobile(written: str, country: str) -> str:
    """The number as +4915112345678 if text messages can be sent to it, else nothing.

    Written without its country's code it is one of `country` (ISO 3166).
    """
    try:
        number = phonenumbers.parse(written, country or None)
    except NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in TAKES_TEXTS:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
