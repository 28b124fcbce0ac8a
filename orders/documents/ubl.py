"""What the documents of UBL 2 (OASIS) share: elements by their local names, values or Unreadable, parties, items.

Peppol BIS 3 says which of UBL's terms its documents have; those it leaves out are passed over.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TypeVar

from o2c.core.money import UnknownCurrency, minor_unit
from o2c.core.reading import values, xml
from o2c.core.reading.values import Unreadable
from o2c.core.reading.xml import text
from o2c.core.units import KNOWN_UNITS
from o2c.orders.documents.facts import MOST_DOCUMENTS, Item, Party, Problem, Refusal, Refused

KILOGRAMS = {"KGM": Decimal(1), "GRM": Decimal("0.001"), "TNE": Decimal(1000), "LBR": Decimal("0.45359237")}


Document = TypeVar("Document")
Value = TypeVar("Value")


def documents(
    content: bytes, name: str, called: str, read: Callable[..., Document], refused: list[Refusal]
) -> Iterator[Document]:
    """The documents of a name in a file, alone or in an envelope. What one cannot be read for is in `refused`.

    Raises Refused for what is no XML, or has none of them.
    """
    root, was = xml.tree(BytesIO(content))
    found = list(root.iter(name))
    # an element of such a name within a document is a part of it
    found = [each for each in found if next(each.iterancestors(name), None) is None]
    if not found:
        raise Refused("line 1", f"The XML is no {called}: it is {was}.")
    if len(found) > MOST_DOCUMENTS:
        raise Refused(place(found[MOST_DOCUMENTS]), f"The file holds more than {MOST_DOCUMENTS:,} documents.")
    for element in found:
        try:
            yield read(element)
        except Unplaced as wrong:
            refused.append(Refusal(wrong.where, f"{wrong.reason}."))


class Unplaced(Exception):
    """A value that cannot be read, with the place of its element."""

    def __init__(self, element, reason: str):
        super().__init__(reason)
        self.where, self.reason = place(element), reason


def place(element) -> str:
    """Where an element stands: its path, numbered where it repeats, and its line."""
    parts = []
    for each in (*reversed(list(element.iterancestors())), element):
        above = each.getparent()
        like = [] if above is None else above.findall(each.tag)
        parts.append(f"{each.tag}[{like.index(each) + 1}]" if len(like) > 1 else each.tag)
    return f"/{'/'.join(parts)} (line {element.sourceline})"


def numbered(element, number: int) -> str:
    """The place of an element of which its parent has many."""
    return f"{element.tag}[{number}] (line {element.sourceline})"


def find(element, *path: str):
    """The first element down a path of local names, or None."""
    return None if element is None else element.find("/".join(path))


def value(element, read: Callable[[str], Value], *path: str) -> Value | None:
    """What stands down a path, read; None where nothing stands. Raises Unplaced."""
    found = find(element, *path)
    if found is None or not (found.text or "").strip():
        return None
    try:
        return read(found.text)
    except Unreadable as wrong:
        raise Unplaced(found, str(wrong)) from None


def needed(element, read: Callable[[str], Value], *path: str) -> Value:
    """As `value`, of what every such document has."""
    found = value(element, read, *path)
    if found is None:
        raise Unplaced(element, f"{'/'.join(path)} is missing")
    return found


def day(element, *path: str) -> date | None:
    return value(element, values.iso_day, *path)


def amount(element, currency: str, *path: str) -> Decimal | None:
    """An unsigned amount of the document's currency."""
    found = find(element, *path)
    said = "" if found is None else found.get("currencyID", "").strip()
    if said and currency and said != currency:
        raise Unplaced(found, f"an amount is in {said}, and the document in {currency}")
    return value(element, values.point_number, *path)


def quantity(element, *path: str) -> Decimal | None:
    return value(element, values.point_number, *path)


def unit(element, problems: list[Problem], *path: str) -> str:
    """The unit of a quantity, a piece where none is said; one that nobody knows is told in `problems`."""
    found = find(element, *path)
    code = "C62" if found is None else found.get("unitCode", "").strip() or "C62"
    if code not in KNOWN_UNITS:
        problems.append(Problem("unit", place(found), f"The unit {values.shown(code)} is not known."))
    return code[:20]


def currency(element, problems: list[Problem], *path: str) -> str:
    found = find(element, *path)
    code = "" if found is None else (found.text or "").strip()
    if code and not is_currency(code):
        problems.append(Problem("currency", place(found), f"{values.shown(code)} is no currency of ISO 4217."))
    return code


def is_currency(code: str) -> bool:
    try:
        minor_unit(code)
    except UnknownCurrency:
        return False
    return True


def party(element) -> Party:
    """A Party of UBL; the registered name is the name where both are said."""
    if element is None:
        return Party()
    address = find(element, "PostalAddress")
    vat_ids = [
        text(each, "CompanyID")
        for each in element.findall("PartyTaxScheme")
        if text(each, "TaxScheme", "ID") in ("VAT", "")
    ]
    return Party(
        name=(text(element, "PartyLegalEntity", "RegistrationName") or text(element, "PartyName", "Name"))[:200],
        ids=_ids(element),
        vat_id=(vat_ids[0] if vat_ids else "")[:40],
        contact=text(element, "Contact", "Name")[:200],
        email=text(element, "Contact", "ElectronicMail")[:254],
        phone=text(element, "Contact", "Telephone")[:60],
        **where(address),
    )


def _ids(element) -> tuple[tuple[str, str], ...]:
    found = [
        *element.findall("PartyIdentification/ID"),
        *element.findall("PartyLegalEntity/CompanyID"),
        *element.findall("EndpointID"),
    ]
    pairs = [(each.get("schemeID", "").strip(), (each.text or "").strip()[:60]) for each in found]
    return tuple(dict.fromkeys(pair for pair in pairs if pair[1]))


def where(address) -> dict[str, str]:
    """The fields of a Party that an Address of UBL says."""
    lines = [text(address, "StreetName"), text(address, "AdditionalStreetName"), text(address, "AddressLine", "Line")]
    return {
        "street": values.joined(lines, ", ")[:200],
        "postal_code": text(address, "PostalZone")[:20],
        "city": text(address, "CityName")[:100],
        "region": text(address, "CountrySubentity")[:100],
        "country": text(address, "Country", "IdentificationCode").upper()[:2],
    }


def item(element) -> Item:
    return Item(
        name=(text(element, "Name") or text(element, "Description"))[:300],
        seller=text(element, "SellersItemIdentification", "ID")[:100],
        buyer=text(element, "BuyersItemIdentification", "ID")[:100],
        standard=text(element, "StandardItemIdentification", "ID")[:100],
    )
