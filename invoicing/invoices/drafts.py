"""Writing an invoice before it is issued: as often as wanted, with what it comes to."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import DataError, IntegrityError

from o2c.core.actors import Actor, acting
from o2c.core.money import MoneyError, exact, known_currencies
from o2c.core.states import LostRace
from o2c.core.taxes import TaxCategory
from o2c.core.units import KNOWN_UNITS
from o2c.invoicing.invoices import totals, working
from o2c.invoicing.invoices.rules import Fault
from o2c.invoicing.models import Invoice, InvoiceAdjustment, InvoiceLine
from o2c.orders.models import Customer, LegalEntity, PaymentTerms

LARGEST_FACTOR = Decimal(10) ** 13
FINEST_FACTOR = -6
MOST_LINES = 10_000
NUMERIC_OVERFLOW = "22003"


class InvoiceRefused(ValueError):
    """The invoice cannot be written or issued so; `faults` say where and why."""

    def __init__(self, faults: list[Fault]):
        super().__init__(" ".join(fault.text for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Adjustment:
    """An allowance, or a charge: a `percent`, or an `amount`. Tax is only said of the document's own."""

    reason: str
    is_charge: bool = False
    percent: Decimal | None = None
    amount: Decimal | None = None
    category: str = ""
    rate: Decimal = Decimal(0)


@dataclass(frozen=True)
class Line:
    """`net` is what the sender says it comes to, where they say it; it must be what we work out."""

    description: str
    quantity: Decimal
    price: Decimal
    category: str = TaxCategory.STANDARD
    rate: Decimal = Decimal(0)
    unit: str = "C62"
    product: str = ""
    price_per: Decimal = Decimal(1)
    adjustments: tuple[Adjustment, ...] = ()
    net: Decimal | None = None


@dataclass(frozen=True)
class Declared:
    """The totals that the sender says; each that is given must be what we work out."""

    line_total: Decimal | None = None
    net_total: Decimal | None = None
    tax_total: Decimal | None = None
    gross_total: Decimal | None = None
    payable: Decimal | None = None


# The rule of EN 16931-1 that a declared total breaks.
RULE_OF = {
    "line_total": "BR-CO-10",
    "net_total": "BR-CO-13",
    "tax_total": "BR-CO-14",
    "gross_total": "BR-CO-15",
    "payable": "BR-CO-16",
}


@dataclass(frozen=True)
class Draft:
    """What an invoice or a credit note says. `number` is given where another system has numbered it."""

    entity: LegalEntity
    customer: Customer
    currency: str
    issued_on: date
    lines: tuple[Line, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    kind: str = Invoice.Kind.INVOICE
    number: str = ""
    corrects: Invoice | None = None
    terms: PaymentTerms | None = None
    due_on: date | None = None  # agreed for this one, whatever the terms say
    delivered_on: date | None = None
    period_from: date | None = None
    period_until: date | None = None
    deliver_to_country: str = ""
    buyer_reference: str = ""
    order_reference: str = ""
    contract_reference: str = ""
    exemption_reason: str = ""
    note: str = ""
    prepaid: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)
    source: str = ""
    external_id: str = ""
    declared: Declared = field(default_factory=Declared)


def write(draft: Draft, *, actor: Actor, existing: Invoice | None = None, seen: datetime | None = None) -> Invoice:
    """Write a draft anew, or in place of `existing`, and sum it up.

    It may still be incomplete; what it says must be of our words and exact. Raises InvoiceRefused for what is not, or
    does not add up to what is declared, LostRace where the draft was changed after `seen` or is one no longer.
    """
    faults = check(draft)
    if faults:
        raise InvoiceRefused(faults)
    columns = {
        name: getattr(draft, name)
        for name in (
            "entity", "customer", "kind", "number", "corrects", "issued_on", "due_on", "delivered_on",
            "period_from", "period_until", "deliver_to_country", "currency", "terms", "buyer_reference",
            "order_reference", "contract_reference", "exemption_reason", "note", "source", "external_id",
        )
    }  # fmt: skip
    columns |= {
        "payer_id": draft.customer.payer_id,
        "numbered_here": not draft.number,
        "prepaid": exact(draft.prepaid, draft.currency),
        "rounding": exact(draft.rounding, draft.currency),
        # worked out below; here so that BR-CO-16 holds meanwhile
        "line_total": 0, "allowance_total": 0, "charge_total": 0, "net_total": 0, "tax_total": 0, "gross_total": 0,
        "payable": draft.rounding - draft.prepaid,
    }  # fmt: skip
    try:
        return _write(draft, columns, actor, existing, seen)
    except DataError as error:
        if getattr(error.__cause__, "pgcode", "") != NUMERIC_OVERFLOW:
            raise
        raise InvoiceRefused([Fault("/lines", "range", "It comes to more than can be booked.")]) from None
    except IntegrityError as error:
        if "delivery_line_billed" not in str(error):
            raise
        text = "It has more of a line than was delivered and is not invoiced."
        raise InvoiceRefused([Fault("/lines", "delivered", text)]) from None


def _write(draft: Draft, columns: dict, actor: Actor, existing: Invoice | None, seen: datetime | None) -> Invoice:
    with acting(actor):
        if existing is None:
            invoice, links = Invoice.objects.create(created_by=actor.name, **columns), {}
        else:
            invoice = hold(existing, seen)
            links = _links(invoice)
            invoice.lines.all().delete()
            invoice.adjustments.all().delete()
            Invoice.objects.filter(pk=invoice.pk).update(**columns)
        _write_parts(invoice, draft, links)
        working.on([invoice.pk])
        totals.calculate()
        invoice = Invoice.objects.select_related("entity", "customer", "terms", "corrects").get(pk=invoice.pk)
        wrong = against_declared(invoice, draft)
        if wrong:
            raise InvoiceRefused(wrong)
        return invoice


def hold(invoice: Invoice, seen: datetime | None = None) -> Invoice:
    """Lock a draft. Raises LostRace where it is one no longer, or was changed after `seen`."""
    found = Invoice.objects.select_for_update(no_key=True).filter(pk=invoice.pk).first()
    if found is None or found.state != Invoice.State.DRAFT:
        raise LostRace(f"{found or 'The draft'} is no draft any more.")
    if seen is not None and found.updated_at != seen:
        raise LostRace("Somebody changed this draft meanwhile; look at it again.")
    return found


def discard(invoice: Invoice, *, actor: Actor) -> None:
    """Throw a draft away. Raises LostRace where it was issued meanwhile."""
    with acting(actor):
        hold(invoice).delete()


def check(draft: Draft) -> list[Fault]:
    """What of a draft is none of our words, or no exact amount."""
    faults = []

    def wrong(pointer: str, code: str, text: str) -> None:
        faults.append(Fault(pointer, code, text))

    if draft.currency not in known_currencies():
        return [Fault("/currency", "currency", f"{draft.currency} is not a currency of ISO 4217.")]
    if len(draft.lines) > MOST_LINES:
        return [Fault("/lines", "too-many", f"An invoice has at most {MOST_LINES} lines.")]
    for name in ("prepaid", "rounding"):
        _money(getattr(draft, name), draft.currency, f"/{name}", wrong)
    if draft.prepaid < 0:
        wrong("/prepaid", "negative", "What was received before is not less than nothing.")
    if draft.corrects is not None and draft.kind != Invoice.Kind.CREDIT_NOTE:
        wrong("/corrects", "corrects", "Only a credit note corrects an invoice.")
    for place, line in enumerate(draft.lines):
        at = f"/lines/{place}"
        if not line.description.strip():
            wrong(f"{at}/description", "BR-25", "Say what it is.")
        if line.unit not in KNOWN_UNITS:
            wrong(f"{at}/unit", "BR-CL-23", f"{line.unit!r} is no unit we know; C62 is a piece, HUR an hour.")
        _tax(line, at, wrong)
        for name in ("quantity", "price", "price_per"):
            _factor(getattr(line, name), f"{at}/{name}", wrong)
        if line.price < 0:
            wrong(f"{at}/price", "BR-27", "A price is not negative; take the quantity negative.")
        if line.price_per <= 0:
            wrong(f"{at}/price_per", "range", "The price is for more than nothing.")
        for number, adjustment in enumerate(line.adjustments):
            _adjustment(adjustment, draft.currency, f"{at}/adjustments/{number}", wrong)
    for place, adjustment in enumerate(draft.adjustments):
        _adjustment(adjustment, draft.currency, f"/adjustments/{place}", wrong)
        _tax(adjustment, f"/adjustments/{place}", wrong)
    return faults


def _money(amount: Decimal, currency: str, pointer: str, wrong) -> None:
    try:
        exact(amount, currency)
    except MoneyError as error:
        wrong(pointer, "amount", str(error))


def _factor(value: Decimal, pointer: str, wrong) -> None:
    """A quantity or a price: finer than money, but no finer than it is stored."""
    if not value.is_finite() or abs(value) >= LARGEST_FACTOR:
        wrong(pointer, "range", "This is too large.")
    elif value.normalize().as_tuple().exponent < FINEST_FACTOR:
        wrong(pointer, "scale", "At most six decimal places.")


def _tax(part: Line | Adjustment, at: str, wrong) -> None:
    if part.category not in TaxCategory.values:
        wrong(f"{at}/category", "category", f"{part.category!r} is none of {', '.join(TaxCategory.values)}.")
    if not part.rate.is_finite() or not 0 <= part.rate < 100:
        wrong(f"{at}/rate", "range", "A rate of tax is between 0 and 100 percent.")
    elif part.rate.normalize().as_tuple().exponent < -3:
        wrong(f"{at}/rate", "scale", "At most three decimal places.")


def _adjustment(adjustment: Adjustment, currency: str, at: str, wrong) -> None:
    if not adjustment.reason.strip():
        wrong(f"{at}/reason", "BR-33", "Say what it is for.")
    if (adjustment.percent is None) == (adjustment.amount is None):
        wrong(f"{at}/amount", "either", "Give an amount or a percentage, one of the two.")
    elif adjustment.amount is not None:
        _money(adjustment.amount, currency, f"{at}/amount", wrong)
        if adjustment.amount <= 0:
            wrong(f"{at}/amount", "range", "An allowance or charge is more than nothing.")
    elif not (adjustment.percent.is_finite() and 0 < adjustment.percent <= 1000):
        wrong(f"{at}/percent", "range", "A percentage is more than 0 and at most 1000.")
    elif adjustment.percent.normalize().as_tuple().exponent < -4:
        wrong(f"{at}/percent", "scale", "At most four decimal places.")


def _links(invoice: Invoice) -> dict[tuple, list[tuple[int, int | None]]]:
    """Which lines of orders and deliveries the lines of a draft are of, by what they say they are."""
    links: dict[tuple, list[tuple[int, int | None]]] = {}
    for line in invoice.lines.filter(order_line__isnull=False).order_by("-position"):
        links.setdefault(_named(line), []).append((line.order_line_id, line.delivery_line_id))
    return links


def _named(line: Line | InvoiceLine) -> tuple:
    return line.product, line.description.strip(), line.unit


def _link(line: Line, links: dict[tuple, list[tuple[int, int | None]]]) -> dict[str, int | None]:
    found = links.get(_named(line))
    if not found:
        return {}
    order_line_id, delivery_line_id = found.pop()
    return {"order_line_id": order_line_id, "delivery_line_id": delivery_line_id}


def _write_parts(invoice: Invoice, draft: Draft, links: dict) -> None:
    lines = InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            product=line.product,
            description=line.description.strip(),
            quantity=line.quantity,
            unit=line.unit,
            price=line.price,
            price_per=line.price_per,
            category=line.category,
            rate=line.rate,
            **_link(line, links),
        )
        for position, line in enumerate(draft.lines, start=1)
    )
    adjustments = [
        _row(invoice, row, position, adjustment)
        for row, line in zip(lines, draft.lines, strict=True)
        for position, adjustment in enumerate(line.adjustments, start=1)
    ]
    adjustments += [
        _row(invoice, None, position, adjustment) for position, adjustment in enumerate(draft.adjustments, start=1)
    ]
    InvoiceAdjustment.objects.bulk_create(adjustments)


def _row(invoice: Invoice, line: InvoiceLine | None, position: int, adjustment: Adjustment) -> InvoiceAdjustment:
    return InvoiceAdjustment(
        invoice=invoice,
        line=line,
        position=position,
        is_charge=adjustment.is_charge,
        reason=adjustment.reason.strip(),
        percent=adjustment.percent,
        amount=adjustment.amount or 0,
        category="" if line else adjustment.category,
        rate=0 if line else adjustment.rate,
    )


def against_declared(invoice: Invoice, draft: Draft) -> list[Fault]:
    """Where what the sender says is not what we work out."""
    faults = []
    declared = [line.net for line in draft.lines]
    if any(net is not None for net in declared):
        ours = invoice.lines.order_by("position").values_list("net", flat=True)
        for place, (theirs, net) in enumerate(zip(declared, ours, strict=True)):
            if theirs is not None and theirs != net:
                text = f"Quantity times price, with its allowances and charges, is {exact(net, draft.currency)}."
                faults.append(Fault(f"/lines/{place}/net", "net", text))
    for name, code in RULE_OF.items():
        theirs = getattr(draft.declared, name)
        if theirs is not None and theirs != getattr(invoice, name):
            text = f"It comes to {exact(getattr(invoice, name), draft.currency)}, not {theirs}."
            faults.append(Fault(f"/declared/{name}", code, text))
    return faults
