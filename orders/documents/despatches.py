"""DespatchAdvice of UBL 2, as Peppol BIS Despatch Advice 3 has it (transaction T16): what was sent of which orders."""

from decimal import Decimal

from o2c.core.reading.xml import text
from o2c.orders.documents import ubl
from o2c.orders.documents.facts import MOST_LINES, Despatch, DespatchLine, Problem, ReadDespatches, Refusal
from o2c.orders.documents.ubl import KILOGRAMS, Unplaced, find, place


def read(content: bytes) -> ReadDespatches:
    """Read the despatch advices of a file. Raises Refused for what is no XML, or holds none."""
    refused: list[Refusal] = []
    found = tuple(ubl.documents(content, "DespatchAdvice", "despatch advice", _despatch, refused))
    return ReadDespatches(found, tuple(refused))


def _despatch(element) -> Despatch:
    problems: list[Problem] = []
    lines = element.findall("DespatchLine")
    if not lines:
        raise Unplaced(element, "the despatch advice has no lines")
    if len(lines) > MOST_LINES:
        raise Unplaced(element, f"the despatch advice has more than {MOST_LINES:,} lines")
    order, shipment = text(element, "OrderReference", "ID")[:100], find(element, "Shipment")
    delivery = find(shipment, "Delivery")
    return Despatch(
        where=place(element),
        number=ubl.needed(element, str.strip, "ID")[:100],
        issued_on=ubl.needed(element, ubl.values.iso_day, "IssueDate"),
        order=order,
        shipper=ubl.party(find(element, "DespatchSupplierParty", "Party")),
        receiver=ubl.party(find(element, "DeliveryCustomerParty", "Party")),
        buyer=ubl.party(find(element, "BuyerCustomerParty", "Party")),
        seller=ubl.party(find(element, "SellerSupplierParty", "Party")),
        carrier=ubl.party(find(shipment, "Consignment", "CarrierParty")),
        tracking_number=text(delivery, "TrackingID")[:100],
        shipped_on=ubl.day(delivery, "Despatch", "ActualDespatchDate"),
        expected_on=ubl.day(delivery, "EstimatedDeliveryPeriod", "EndDate")
        or ubl.day(delivery, "EstimatedDeliveryPeriod", "StartDate"),
        gross_weight=_kilograms(shipment),
        note="\n".join(filter(None, ((each.text or "").strip() for each in element.findall("Note")))),
        lines=tuple(_line(line, order, problems, number) for number, line in enumerate(lines, 1)),
        problems=tuple(problems),
    )


def _kilograms(shipment) -> Decimal | None:
    """The gross weight; None where it is not said, or in no unit of mass."""
    weight, found = ubl.quantity(shipment, "GrossWeightMeasure"), find(shipment, "GrossWeightMeasure")
    factor = None if found is None else KILOGRAMS.get(found.get("unitCode", "").strip())
    return None if weight is None or factor is None else weight * factor


def _line(line, order: str, problems: list[Problem], number: int) -> DespatchLine:
    quantity = ubl.quantity(line, "DeliveredQuantity")
    outstanding = ubl.quantity(line, "OutstandingQuantity")
    if quantity is None:
        # a line of which nothing was sent says only what is outstanding
        if outstanding is None:
            raise Unplaced(line, "the quantity is missing")
        quantity = Decimal(0)
    unit = ubl.unit(line, problems, "DeliveredQuantity")
    item = find(line, "Item")
    return DespatchLine(
        where=ubl.numbered(line, number),
        number=text(line, "ID")[:60],
        quantity=quantity,
        unit=unit,
        item=ubl.item(item),
        order=text(line, "OrderLineReference", "OrderReference", "ID")[:100] or order,
        order_line=text(line, "OrderLineReference", "LineID")[:60],
        outstanding=outstanding,
        outstanding_reason=text(line, "OutstandingReason")[:300],
        note=text(line, "Note")[:2000],
        lots=_texts(item, "ItemInstance/LotIdentification/LotNumberID"),
        serials=_texts(item, "ItemInstance/SerialID"),
    )


def _texts(item, path: str) -> tuple[str, ...]:
    if item is None:
        return ()
    return tuple(filter(None, ((each.text or "").strip()[:100] for each in item.findall(path))))
