"""Order of UBL 2, as Peppol BIS Ordering 3 has it (transaction T01).

OrderChange, OrderCancellation and OrderResponse are other documents and are refused as such.
"""

from decimal import Decimal

from o2c.core.reading.xml import text
from o2c.orders.documents import ubl
from o2c.orders.documents.facts import (
    MOST_LINES,
    Adjustment,
    Order,
    OrderLine,
    Party,
    Problem,
    ReadOrders,
    Refusal,
)
from o2c.orders.documents.ubl import Unplaced, find, place

FORMAT = "ubl"
# The list of the Harmonized System in UNCL 7143, which classifies an item (BT-158-1).
HARMONIZED = ("HS", "TSP")


def read(content: bytes) -> ReadOrders:
    """Read the orders of a file. Raises Refused for what is no XML, or holds none."""
    refused: list[Refusal] = []
    orders = tuple(ubl.documents(content, "Order", "order", _order, refused))
    return ReadOrders(FORMAT, orders, tuple(refused))


def _order(element) -> Order:
    problems: list[Problem] = []
    currency = ubl.currency(element, problems, "DocumentCurrencyCode")
    lines = element.findall("OrderLine")
    if not lines:
        raise Unplaced(element, "the order has no lines")
    if len(lines) > MOST_LINES:
        raise Unplaced(element, f"the order has more than {MOST_LINES:,} lines")
    delivery = find(element, "Delivery")
    total = find(element, "AnticipatedMonetaryTotal")
    tax = ubl.amount(element, currency, "TaxTotal", "TaxAmount")
    adjustments = _adjustments(element, currency)
    net = ubl.amount(total, currency, "TaxExclusiveAmount")
    if net is None and (of_lines := ubl.amount(total, currency, "LineExtensionAmount")) is not None:
        net = of_lines + sum(each.amount for each in adjustments)
    return Order(
        where=place(element),
        number=ubl.needed(element, str.strip, "ID")[:100],
        ordered_on=ubl.needed(element, ubl.values.iso_day, "IssueDate"),
        currency=currency,
        buyer=ubl.party(find(element, "BuyerCustomerParty", "Party")),
        seller=ubl.party(find(element, "SellerSupplierParty", "Party")),
        bill_to=ubl.party(find(element, "AccountingCustomerParty", "Party")),
        ship_to=_ship_to(delivery),
        wanted_on=_wanted(delivery),
        buyer_reference=text(element, "CustomerReference")[:100],
        contract=text(element, "Contract", "ID")[:100],
        quotation=text(element, "QuotationDocumentReference", "ID")[:100],
        incoterm=text(element, "DeliveryTerms", "ID")[:20],
        incoterm_place=text(element, "DeliveryTerms", "DeliveryLocation", "ID")[:100],
        terms=text(element, "PaymentTerms", "Note")[:300],
        note="\n".join(filter(None, ((each.text or "").strip() for each in element.findall("Note")))),
        net=net,
        tax=tax,
        payable=ubl.amount(total, currency, "PayableAmount"),
        adjustments=adjustments,
        lines=tuple(_line(line, currency, problems, number) for number, line in enumerate(lines, 1)),
        problems=tuple(problems),
    )


def _ship_to(delivery) -> Party:
    """Where the goods go: the location's address, and who takes them there."""
    location, party = find(delivery, "DeliveryLocation"), ubl.party(find(delivery, "DeliveryParty"))
    address = find(location, "Address")
    known = {name: getattr(party, name) for name in ("name", "ids", "contact", "email", "phone", "vat_id")}
    if not known["ids"] and (number := text(location, "ID")):
        scheme = find(location, "ID").get("schemeID", "").strip()
        known["ids"] = ((scheme, number[:60]),)
    if not known["name"]:
        known["name"] = text(location, "Name")[:200]
    return Party(**known, **ubl.where(address))


def _wanted(element):
    """By when the goods are wanted: the last day of the period, else its first."""
    return ubl.day(element, "RequestedDeliveryPeriod", "EndDate") or ubl.day(
        element, "RequestedDeliveryPeriod", "StartDate"
    )


def _adjustments(element, currency: str) -> tuple[Adjustment, ...]:
    found = []
    for each in element.findall("AllowanceCharge"):
        amount = ubl.amount(each, currency, "Amount")
        if amount is None:
            raise Unplaced(each, "the amount of an allowance or charge is missing")
        charge = text(each, "ChargeIndicator") in ("true", "1")
        found.append(Adjustment(amount if charge else -amount, text(each, "AllowanceChargeReason")[:200]))
    return tuple(found)


def _line(element, currency: str, problems: list[Problem], number: int) -> OrderLine:
    line = find(element, "LineItem")
    if line is None:
        raise Unplaced(element, "LineItem is missing")
    quantity = ubl.quantity(line, "Quantity")
    if quantity is None:
        raise Unplaced(line, "the quantity is missing")
    item, unit = find(line, "Item"), ubl.unit(line, problems, "Quantity")
    per = ubl.quantity(line, "Price", "BaseQuantity")
    if per == 0:
        raise Unplaced(find(line, "Price", "BaseQuantity"), "a price is for no quantity")
    base = find(line, "Price", "BaseQuantity")
    if base is not None and (said := base.get("unitCode", "").strip()) and said != unit:
        raise Unplaced(base, f"the price is per {said}, and the quantity in {unit}")
    return OrderLine(
        where=ubl.numbered(element, number),
        number=text(line, "ID")[:60],
        quantity=quantity,
        unit=unit,
        item=ubl.item(item),
        price=ubl.amount(line, currency, "Price", "PriceAmount"),
        price_per=Decimal(1) if per is None else per,
        net=ubl.amount(line, currency, "LineExtensionAmount"),
        tax_category=text(item, "ClassifiedTaxCategory", "ID")[:10],
        tax_rate=ubl.quantity(item, "ClassifiedTaxCategory", "Percent"),
        hs_code=_hs_code(item),
        origin_country=text(item, "OriginCountry", "IdentificationCode").upper()[:2],
        wanted_on=_wanted(find(line, "Delivery")),
        note=text(element, "Note")[:2000],
        adjustments=_adjustments(line, currency),
    )


def _hs_code(item) -> str:
    if item is None:
        return ""
    found = item.findall("CommodityClassification/ItemClassificationCode")
    return next(((each.text or "").strip()[:20] for each in found if each.get("listID", "") in HARMONIZED), "")
