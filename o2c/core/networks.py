"""Addresses in the Peppol network, by which partners send each other documents: a scheme and an identifier of it.

They are written as the network writes them, "0088:7300010000001" (EN 16931: BT-34 and BT-49). Source: OpenPEPPOL's list
of participant identifier schemes; check digits as its rules PEPPOL-COMMON-R040 to -R050 ask for them.
"""

import re
from collections.abc import Callable

from stdnum import ean
from stdnum.au import abn
from stdnum.be import vat as belgian
from stdnum.exceptions import ValidationError
from stdnum.no import orgnr as norwegian
from stdnum.se import orgnr as swedish

LONGEST = 100
SCHEMES = frozenset([
    "0002", "0007", "0009", "0037", "0060", "0088", "0096", "0097", "0106", "0130", "0135", "0142", "0147", "0151",
    "0154", "0158", "0170", "0177", "0183", "0184", "0188", "0190", "0191", "0192", "0193", "0194", "0195", "0196",
    "0198", "0199", "0200", "0201", "0202", "0203", "0204", "0205", "0208", "0209", "0210", "0211", "0212", "0213",
    "0215", "0216", "0217", "0218", "0221", "0225", "0230", "0235", "0240", "0244", "9910", "9913", "9914", "9915",
    "9918", "9919", "9920", "9922", "9923", "9924", "9925", "9926", "9927", "9928", "9929", "9930", "9931", "9932",
    "9933", "9934", "9935", "9936", "9937", "9938", "9939", "9940", "9941", "9942", "9943", "9944", "9945", "9946",
    "9947", "9948", "9949", "9950", "9951", "9952", "9953", "9957", "9959",
])  # fmt: skip


class NotAnAddress(ValueError):
    """What is no address of the network; the text says why."""


def check_address(text: str) -> str:
    """The address as it is kept; empty stays empty. Raises NotAnAddress."""
    text = re.sub(r"\s", "", text)
    if not text:
        return ""
    scheme, colon, identifier = text.partition(":")
    if not colon or not identifier:
        raise NotAnAddress("It is written as scheme and identifier, such as 0088:7300010000001.")
    if scheme not in SCHEMES:
        raise NotAnAddress(f"{scheme} is no scheme of the Peppol network; 0088 (GLN) is one, and 9930 (German VAT id).")
    if len(text) > LONGEST:
        raise NotAnAddress(f"It is longer than {LONGEST} characters.")
    _, whose, holds = CHECKED.get(scheme, ("", "", bool))
    if not holds(identifier):
        raise NotAnAddress(f"{identifier} is no {whose}.")
    return text


# --- Identifiers that can be checked by their own digits


def _is_danish(text: str) -> bool:
    return re.fullmatch(r"(DK)?\d{8}", text) is not None


def _is_gln(text: str) -> bool:
    return re.fullmatch(r"\d{2,}", text) is not None and ean.calc_check_digit(text[:-1]) == text[-1]


def _by(check, digits: int) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        if not re.fullmatch(rf"\d{{{digits}}}", text):
            return False
        try:
            check.validate(text)
        except ValidationError:
            return False
        return True

    return holds


# Scheme (ISO 6523) → Peppol's rule, whose number it is, and whether it is one.
CHECKED: dict[str, tuple[str, str, Callable[[str], bool]]] = {
    "0088": ("PEPPOL-COMMON-R040", "GLN", _is_gln),
    "0192": ("PEPPOL-COMMON-R041", "Norwegian organisation number", _by(norwegian, 9)),
    "0184": ("PEPPOL-COMMON-R042", "Danish CVR number", _is_danish),
    "0208": ("PEPPOL-COMMON-R043", "Belgian enterprise number", _by(belgian, 10)),
    "0007": ("PEPPOL-COMMON-R049", "Swedish organisation number", _by(swedish, 10)),
    "0151": ("PEPPOL-COMMON-R050", "Australian business number", _by(abn, 11)),
}
