"""Putting an issued invoice right: a credit note over a part of it, or its cancellation as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.money import step
from o2c.invoicing.invoices import drafts, issuing
from o2c.invoicing.invoices.drafts import Adjustment, Draft, InvoiceRefused, Line
from o2c.invoicing.invoices.rules import Fault
from o2c.invoicing.models import Invoice, InvoiceAdjustment, OpenItem

QUANTITY_STEP = Decimal("0.000001")


@dataclass(frozen=True)
class Part:
    """A line of an invoice by its position, and how much of it; None is all of it."""

    position: int
    quantity: Decimal | None = None


def as_draft(invoice: Invoice) -> Draft:
    """What an invoice says, as it would be written anew."""
    adjustments: dict[int | None, list[Adjustment]] = {}
    for row in invoice.adjustments.order_by("position"):
        adjustments.setdefault(row.line_id, []).append(_adjustment(row))
    lines = tuple(
        Line(
            description=row.description,
            quantity=row.quantity,
            price=row.price,
            category=row.category,
            rate=row.rate,
            unit=row.unit,
            product=row.product,
            price_per=row.price_per,
            adjustments=tuple(adjustments.get(row.pk, ())),
        )
        for row in invoice.lines.order_by("position")
    )
    same = {
        name: getattr(invoice, name)
        for name in (
            "entity", "customer", "currency", "issued_on", "kind", "corrects", "terms", "due_on", "delivered_on",
            "period_from", "period_until", "deliver_to_country", "buyer_reference", "order_reference",
            "contract_reference", "exemption_reason", "note", "prepaid", "rounding", "source", "external_id",
        )
    }  # fmt: skip
    number = "" if invoice.numbered_here else invoice.number
    return Draft(lines=lines, adjustments=tuple(adjustments.get(None, ())), number=number, **same)


def _adjustment(row: InvoiceAdjustment) -> Adjustment:
    return Adjustment(
        reason=row.reason,
        is_charge=row.is_charge,
        percent=row.percent,
        amount=None if row.percent is not None else row.amount,
        category=row.category,
        rate=row.rate,
    )


def credit(
    invoice: Invoice, *, actor: Actor, on: date | None = None, note: str = "", parts: Iterable[Part] | None = None
) -> Invoice:
    """Draft a credit note over an invoice, or over these parts of it, to be cut down further and then issued.

    Raises InvoiceRefused where nothing of it can be credited, or a part is none of it; its pointers are into `parts`
    as `/lines`.
    """
    with acting(actor):
        invoice = _creditable(invoice)
        draft = _mirror(invoice, on, note)
        if parts is not None:
            nets = list(invoice.lines.order_by("position").values_list("net", flat=True))
            draft = _cut_down(draft, list(parts), nets)
        return drafts.write(draft, actor=actor)


def _cut_down(draft: Draft, parts: list[Part], nets: list[Decimal]) -> Draft:
    """A draft of these parts of it only; `nets` are what its lines come to.

    Fixed amounts are taken in proportion: a line's by its quantity, the document's by what is taken of the lines that
    are taxed alike, or of all where none is.
    """
    shares = _shares(draft, parts)

    def scaled(adjustment: Adjustment, share: Decimal) -> Adjustment:
        if adjustment.amount is None:
            return adjustment
        return replace(adjustment, amount=(adjustment.amount * share).quantize(step(draft.currency), ROUND_HALF_UP))

    def kept(adjustments: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
        return tuple(each for each in adjustments if each.amount is None or each.amount > 0)

    def share_of(adjustment: Adjustment) -> Decimal:
        alike = {
            place
            for place, line in enumerate(draft.lines)
            if (line.category, line.rate) == (adjustment.category, adjustment.rate)
        } or set(range(len(draft.lines)))
        whole = sum(nets[place] for place in alike)
        return sum(nets[place] * shares.get(place, Decimal(0)) for place in alike) / whole if whole else Decimal(0)

    lines = [
        replace(
            draft.lines[place],
            quantity=(draft.lines[place].quantity * share).quantize(QUANTITY_STEP, ROUND_HALF_UP),
            adjustments=kept(scaled(each, share) for each in draft.lines[place].adjustments),
        )
        for place, share in sorted(shares.items())
    ]
    own = kept(scaled(each, share_of(each)) for each in draft.adjustments)
    return replace(draft, lines=tuple(lines), adjustments=own)


def _shares(draft: Draft, parts: list[Part]) -> dict[int, Decimal]:
    """How much of each line is taken, from 0 to 1, by its place. Raises InvoiceRefused for what is none of it."""
    shares: dict[int, Decimal] = {}
    faults = []
    for number, part in enumerate(parts):
        place = part.position - 1
        if not 0 <= place < len(draft.lines):
            faults.append(Fault(f"/lines/{number}/position", "unknown", f"There is no line {part.position}."))
            continue
        if place in shares:
            faults.append(Fault(f"/lines/{number}/position", "repeated", f"Line {part.position} stands twice."))
            continue
        there = draft.lines[place].quantity
        shares[place] = Decimal(1) if part.quantity is None or not there else part.quantity / there
        if not 0 < shares[place] <= 1:
            text = f"The invoice has {there.normalize():f} of it; credit some of that."
            faults.append(Fault(f"/lines/{number}/quantity", "range", text))
    if faults:
        raise InvoiceRefused(faults)
    return shares


def cancel(invoice: Invoice, *, actor: Actor, on: date | None = None, note: str = "") -> Invoice:
    """Take an invoice back as a whole, by a credit note of its own number that mirrors it; the credit note.

    Its postings are reversed and its items cleared by their opposites, so every balance is as it was before. Raises
    InvoiceRefused where something of it is settled or credited already: that is put right by a credit note.
    """
    with acting(actor):
        invoice = _creditable(invoice)
        items = OpenItem.objects.select_for_update(no_key=True).filter(entry_id=invoice.entry_id).order_by("pk")
        if any(item.open_amount != item.amount for item in items):
            raise _refused("settled", f"{invoice.number} is partly or wholly settled: undo that first, or credit it.")
        if invoice.corrections.exclude(state=Invoice.State.DRAFT).exists():
            raise _refused("credited", f"{invoice.number} is credited in part: credit the rest.")
        mirror = drafts.write(
            replace(_mirror(invoice, on, note), prepaid=invoice.prepaid, rounding=invoice.rounding), actor=actor
        )
        Invoice.objects.filter(pk=mirror.pk).update(cancels=True)
        mirror.cancels = True
        return issuing.issue(mirror, actor=actor)


def _creditable(invoice: Invoice) -> Invoice:
    """The invoice, locked. Raises InvoiceRefused for what is none, or is not out, or is taken back."""
    found = Invoice.objects.select_for_update(no_key=True, of=("self",)).select_related("entity", "customer", "terms")
    number, invoice = invoice.number, found.filter(pk=invoice.pk).first()
    if invoice is None:
        raise _refused("gone", f"{number} is not here any more: the import that brought it was taken back.")
    if invoice.state == Invoice.State.DRAFT:
        raise _refused("draft", "A draft is changed or thrown away, not corrected.")
    if invoice.kind != Invoice.Kind.INVOICE:
        raise _refused("kind", "Only an invoice is corrected; what a credit note took too much is invoiced again.")
    if invoice.state == Invoice.State.CANCELLED:
        raise _refused("cancelled", f"{invoice.number} is cancelled already.")
    return invoice


def _mirror(invoice: Invoice, on: date | None, note: str) -> Draft:
    return replace(
        as_draft(invoice),
        kind=Invoice.Kind.CREDIT_NOTE,
        corrects=invoice,
        issued_on=max(on or clock.today(invoice.entity.time_zone), invoice.issued_on),
        due_on=None,
        number="",
        note=note,
        prepaid=Decimal(0),
        rounding=Decimal(0),
        source="",
        external_id="",
    )


def _refused(code: str, text: str) -> InvoiceRefused:
    return InvoiceRefused([Fault("", code, text)])
