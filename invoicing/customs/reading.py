"""What stands on the commercial invoice of a delivery, and what is missing for one: never a paper that guesses.

The value of a line is what the delivery was invoiced at, where that is issued, else what its order says. Discounts and
charges of a whole invoice are shared out to its lines.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from moneyed import Money

from o2c.core import clock, eori, territories
from o2c.core.money import rounded, shared_out
from o2c.core.refusals import Fault
from o2c.core.units import WORK
from o2c.invoicing.models import Invoice, InvoiceAdjustment, InvoiceLine
from o2c.invoicing.papers import facts
from o2c.orders.models import Customer, Delivery, DeliveryLine, LegalEntity, Order

GRAM = Decimal("0.001")


def read(delivery: Delivery) -> tuple[facts.CustomsPaper | None, list[Fault]]:
    """The paper, or what is missing with where: one of the two. In a constant number of statements."""
    of_delivery = delivery.lines.select_related("order_line__order", "order_line__product").order_by("position")
    # work crosses no border
    goods = [(place, line) for place, line in enumerate(of_delivery) if line.order_line.unit not in WORK]
    lines = [line for _, line in goods]
    invoiced = _invoiced(lines)
    orders = {line.order_line.order_id: line.order_line.order for line in lines}
    shares, unshared = _shares({row.invoice_id: row.invoice for rows in invoiced.values() for row in rows})
    faults = [*_of_whole(delivery, list(orders.values())), *unshared]
    made = []
    for place, line in goods:
        found, missing = _line(line, invoiced.get(line.pk, []), shares)
        faults += [
            Fault(f"/lines/{place}/{name}", code, f"Line {line.position}: {text}") for name, code, text in missing
        ]
        if found is not None:
            made.append(found)
    if faults or not made:
        return None, faults or [Fault("/lines", "empty", "It has no goods.")]
    first = next(iter(orders.values()))
    numbers = sorted({row.invoice.number for rows in invoiced.values() for row in rows})
    return (
        facts.CustomsPaper(
            number=delivery.number,
            on=delivery.shipped_on or clock.today(delivery.entity.time_zone),
            seller=_seller(delivery.entity),
            buyer=_buyer(delivery.customer),
            consignee=_consignee(delivery),
            currency=first.currency,
            incoterm=first.incoterm,
            incoterm_place=first.incoterm_place,
            lines=tuple(made),
            total=sum((line.value for line in made), Decimal(0)),
            net_kg=sum((line.net_kg for line in made), Decimal(0)),
            gross_kg=sum((line.gross_kg for line in made), Decimal(0)),
            invoices=tuple(numbers),
            orders=tuple(sorted(order.customer_reference or order.number for order in orders.values())),
            carrier=delivery.carrier.name if delivery.carrier else "",
            tracking_number=delivery.tracking_number,
            language=delivery.customer.language,
        ),
        [],
    )


def _invoiced(lines: list[DeliveryLine]) -> dict[int, list[InvoiceLine]]:
    """What of the delivery's lines stands on issued invoices, by line, where that is all of it."""
    rows = InvoiceLine.objects.filter(
        delivery_line__in=lines, invoice__state=Invoice.State.ISSUED, invoice__kind=Invoice.Kind.INVOICE
    )
    found: dict[int, list[InvoiceLine]] = defaultdict(list)
    for row in rows.select_related("invoice").order_by("pk"):
        found[row.delivery_line_id].append(row)
    whole = {line.pk: line.quantity for line in lines}
    return {pk: rows for pk, rows in found.items() if sum(row.quantity for row in rows) == whole[pk]}


def _of_whole(delivery: Delivery, orders: list[Order]) -> list[Fault]:
    faults = []

    def missing(pointer: str, text: str) -> None:
        faults.append(Fault(pointer, "missing", text))

    entity, customer = delivery.entity, delivery.customer
    if not delivery.ship_to_country or territories.same_customs(entity.country, delivery.ship_to_country):
        faults.append(Fault("/ship_to/country", "no_export", "It does not leave the customs territory."))
    if eori.is_needed(entity.country):
        if not entity.eori:
            missing("/seller/eori", f"{entity.code} has no EORI number.")
        elif not eori.holds(entity.eori, entity.country):
            text = f"{entity.eori} is no EORI number of where {entity.code} exports from."
            faults.append(Fault("/seller/eori", "wrong", text))
    if not entity.address.strip():
        missing("/seller/address", f"{entity.code} has no address.")
    for name, value in (("street", customer.street), ("city", customer.city), ("country", customer.country)):
        if not value.strip():
            missing(f"/customer/{name}", f"{customer.name} has no {name}.")
    for name in ("name", "street", "city"):
        if not getattr(delivery, f"ship_to_{name}").strip():
            missing(f"/ship_to/{name}", f"Where it goes has no {name}.")
    for order in orders:
        if not order.incoterm:
            missing("/incoterm", f"{order.number} has no Incoterm.")
        elif not order.incoterm_place:
            missing("/incoterm_place", f"{order.number} says no place beside its Incoterm.")
    for name, called in (("currency", "currencies"), ("incoterm", "Incoterms"), ("incoterm_place", "Incoterm places")):
        if len({getattr(order, name) for order in orders}) > 1:
            faults.append(Fault(f"/{name}", "several", f"Its orders have several {called}: send them apart."))
    return faults


def _shares(invoices: dict[int, Invoice]) -> tuple[dict[int, Decimal], list[Fault]]:
    """What each line of these invoices has of the allowances and charges that are of no line, by the line.

    An allowance or charge is shared among the lines that are taxed as it is, else among all, by what they come to: to
    the smallest unit of the currency, what is left over where the most was cut off. Faults where there is nothing to
    share it by.
    """
    whole = list(InvoiceAdjustment.objects.filter(invoice__in=invoices, line=None).order_by("invoice", "position"))
    lines: dict[int, list[InvoiceLine]] = defaultdict(list)
    if whole:
        of = {each.invoice_id for each in whole}
        for line in InvoiceLine.objects.filter(invoice__in=of, net__gt=0).order_by("invoice", "position"):
            lines[line.invoice_id].append(line)
    shares: dict[int, Decimal] = defaultdict(Decimal)
    faults = []
    for each in whole:
        among = lines[each.invoice_id]
        among = [line for line in among if (line.category, line.rate) == (each.category, each.rate)] or among
        if not among:
            text = f"{invoices[each.invoice_id].number} has allowances or charges, and no line to share them out to."
            faults.append(Fault("/invoices", "adjusted", text))
            continue
        amount = each.amount if each.is_charge else -each.amount
        parts = shared_out(amount, [line.net for line in among], invoices[each.invoice_id].currency)
        for line, part in zip(among, parts, strict=True):
            shares[line.pk] += part
    return shares, faults


def _is_theirs(delivery: Delivery) -> bool:
    """Whether it goes to the customer, whatever place of theirs."""
    return delivery.ship_to_name.casefold().startswith(delivery.customer.name.casefold())


def _line(
    line: DeliveryLine, invoiced: list[InvoiceLine], shares: dict[int, Decimal]
) -> tuple[facts.CustomsLine | None, list[tuple]]:
    ordered, product = line.order_line, line.order_line.product
    # what the order leaves open the product says, as long as it is counted in the same unit
    same_unit = product is not None and product.unit == ordered.unit
    hs_code = ordered.hs_code or (product.hs_code if product else "")
    origin = ordered.origin_country or (product.origin_country if product else "")
    weights = {}
    for name in ("net_weight_kg", "gross_weight_kg"):
        whole = getattr(ordered, name)
        if whole is not None and ordered.quantity:
            weights[name] = whole * line.quantity / ordered.quantity
        elif same_unit and getattr(product, name) is not None:
            weights[name] = getattr(product, name) * line.quantity
        else:
            weights[name] = Decimal(0)
    price, per = ordered.price, ordered.price_per
    currency = ordered.order.currency
    shared = Decimal(0)
    value = rounded(Money(line.quantity * price / per, currency)).amount
    if invoiced:
        shared = sum((shares.get(row.pk, Decimal(0)) for row in invoiced), Decimal(0))
        value = sum((row.net for row in invoiced), shared)
        if len({(row.price, row.price_per) for row in invoiced}) == 1:
            price, per = invoiced[0].price, invoiced[0].price_per
    net, gross = (weights[name].quantize(GRAM, ROUND_HALF_UP) for name in ("net_weight_kg", "gross_weight_kg"))
    missing = [
        (name, "missing", text)
        for name, lacks, text in (
            ("hs_code", not hs_code, "the HS code is missing."),
            ("origin_country", not origin, "the country of origin is missing."),
            ("net_weight_kg", net <= 0, "the net weight is missing."),
            ("gross_weight_kg", gross <= 0, "the gross weight is missing."),
            ("value", value <= 0, "it has no value; customs need one also for what is free."),
        )
        if lacks
    ]
    if 0 < gross < net:
        missing.append(("gross_weight_kg", "range", "it weighs less with its packing than without."))
    if missing:
        return None, missing
    made = facts.CustomsLine(
        position=str(line.position),
        description=ordered.description or (product.name if product else ordered.given),
        code=product.number if product else "",
        hs_code=hs_code,
        origin=origin,
        quantity=line.quantity,
        unit=ordered.unit,
        price=price,
        price_per=per,
        value=value,
        net_kg=net,
        gross_kg=gross,
        shared=shared,
    )
    return made, []


def _seller(entity: LegalEntity) -> facts.Party:
    return facts.Party(
        name=entity.name,
        address=tuple(line.strip() for line in entity.address.splitlines() if line.strip()),
        country=entity.country,
        vat_id=entity.vat_id,
        eori=entity.eori,
        registration=entity.registration_number,
        email=entity.email,
        phone=entity.phone,
    )


def _buyer(customer: Customer) -> facts.Party:
    town = f"{customer.postal_code} {customer.city}".strip()
    return facts.Party(
        name=customer.name, address=tuple(line for line in (customer.street, town) if line), country=customer.country,
        number=customer.number, vat_id=customer.vat_id, eori=customer.eori,
    )  # fmt: skip


def _consignee(delivery: Delivery) -> facts.Party:
    town = f"{delivery.ship_to_postal_code} {delivery.ship_to_city}".strip()
    return facts.Party(
        name=delivery.ship_to_name, address=tuple(line for line in (delivery.ship_to_street, town) if line),
        country=delivery.ship_to_country,
        # somebody else's goods would be declared by the customer's number
        eori=delivery.customer.eori if _is_theirs(delivery) else "",
    )  # fmt: skip
