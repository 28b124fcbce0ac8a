"""Giving back so much of what an item owes, by a credit note on its invoice: within one's own limit at once, else by
somebody else's word."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Sum

from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.money import exact, plain, step
from o2c.invoicing.cash import CashRefused, OverApplied, foureyes, lock
from o2c.invoicing.invoices import correcting, drafts, issuing
from o2c.invoicing.invoices.drafts import InvoiceRefused, Line
from o2c.invoicing.models import CreditRequest, Invoice, InvoiceTax, OpenItem

STATE = CreditRequest.State


def of_item(item: OpenItem) -> Invoice:
    """The invoice that made an item. Raises CashRefused for one that is not kept here, or that is no invoice."""
    invoice = Invoice.objects.filter(entry=item.entry_id).exclude(state=Invoice.State.DRAFT).first()
    if invoice is None:
        raise CashRefused(
            f"The invoice of {item.number} is not kept here: credit it where it was invoiced. Once the credit note has"
            " come and is applied, the item clears."
        )
    if invoice.kind != Invoice.Kind.INVOICE or invoice.state == Invoice.State.CANCELLED:
        raise CashRefused(f"{item.number} is no invoice that can be credited.")
    return invoice


def ask(item: OpenItem, amount: Decimal, *, text: str, reason: str, on: date, actor: Actor) -> CreditRequest:
    """Credit so much of an item, tax included.

    What is within the actor's limit is issued at once; what they credited alone of the same item before counts too, so
    that nobody goes by steps. All else waits for somebody else. Raises CashRefused, OverApplied, InvoiceRefused.
    """
    with acting(actor):
        invoice, item = _locked(of_item(item).pk, item.pk)
        amount = exact(amount, item.currency)
        if amount <= 0:
            raise CashRefused("Credit more than nothing.")
        _still_owed(item, amount)
        if not text.strip():
            raise CashRefused("Say what is to stand on the credit note.")
        _left(invoice, amount)
        base = foureyes.valued(amount, item.currency, item.entity, max(on, item.effective_on))
        made = CreditRequest.objects.create(
            entity_id=item.entity_id,
            customer_id=item.customer_id,
            item=item,
            invoice=invoice,
            currency=item.currency,
            amount=amount,
            base_amount=base,
            text=text.strip()[:300],
            **foureyes.asking(actor, reason),
        )
        before = foureyes.alone_on(CreditRequest, [item.pk], STATE.ISSUED).get(item.pk, 0)
        if base is not None and base + before <= foureyes.limit(item.entity, actor):
            _issue(made, invoice, on=on, actor=actor)
        else:
            outbox.emit("approvals.asked", subject="creditrequest", id=made.pk, entity_id=item.entity_id)
        return made


def approve(asked: CreditRequest, *, on: date, actor: Actor, note: str = "") -> CreditRequest:
    """Approve what somebody else asked for; it is issued once everybody who must has.

    Raises FourEyes, OverApplied where the item does not owe so much any more, IllegalMove once decided.
    """
    with acting(actor):
        asked = foureyes.locked(asked)
        if asked.state != STATE.ASKED:
            raise states.IllegalMove(f"This credit is {asked.get_state_display().lower()} already.")
        if foureyes.is_final(asked, actor, two=foureyes.needs_two(asked.entity, asked.base_amount)):
            invoice, item = _locked(asked.invoice_id, asked.item_id)
            _still_owed(item, asked.amount)
            _issue(asked, invoice, on=on, actor=actor, **foureyes.decided(actor, note))
            outbox.emit("approvals.decided", subject="creditrequest", id=asked.pk, state=asked.state)
        return asked


def refuse(asked: CreditRequest, *, note: str, actor: Actor) -> None:
    with acting(actor):
        foureyes.refuse(foureyes.locked(asked), note=note, actor=actor)


def withdraw(asked: CreditRequest, *, actor: Actor) -> None:
    with acting(actor):
        foureyes.withdraw(foureyes.locked(asked), actor=actor)


def _locked(invoice_id: int, item_id: int) -> tuple[Invoice, OpenItem]:
    """The invoice and the item, locked in the order in which issuing locks them."""
    rows = Invoice.objects.select_for_update(no_key=True, of=("self",)).select_related("entity", "customer", "terms")
    return rows.get(pk=invoice_id), lock([item_id])[item_id]


def _still_owed(item: OpenItem, amount: Decimal) -> None:
    if amount > max(item.open_amount, Decimal(0)):
        owed = plain(max(item.open_amount, Decimal(0)), item.currency)
        raise OverApplied(f"Only {owed} {item.currency} are open of {item.number} now.")


def _left(invoice: Invoice, amount: Decimal) -> dict[tuple[str, Decimal], Decimal]:
    """What is not credited yet of an invoice, by how it is taxed. Raises OverApplied where that is less."""
    credited = invoice.corrections.exclude(state=Invoice.State.DRAFT)
    before = credited.aggregate(gross=Sum("gross_total"))["gross"] or Decimal(0)
    if amount > invoice.gross_total - before:
        raise OverApplied(
            f"Only {plain(invoice.gross_total - before, invoice.currency)} {invoice.currency} of {invoice.number}"
            " are left to credit."
        )
    taken = InvoiceTax.objects.filter(invoice__in=credited).values("category", "rate").order_by()
    taken = {(row["category"], row["rate"]): row["sum"] for row in taken.annotate(sum=Sum("taxable"))}
    return {
        (row.category, row.rate): row.taxable - taken.get((row.category, row.rate), Decimal(0))
        for row in invoice.taxes.order_by("-rate", "category")
    }


def _issue(row: CreditRequest, invoice: Invoice, *, on: date, actor: Actor, **decided) -> None:
    """Write the credit note and issue it, on the day, but not before its invoice."""
    left = _left(invoice, row.amount)
    day = max(on, invoice.issued_on)
    try:
        draft = correcting.credit(invoice, on=day, note=row.text, actor=actor)
        if draft.payable != row.amount:
            lines, rounding = _parts(row, left)
            part = replace(correcting.as_draft(draft), lines=lines, adjustments=(), rounding=rounding)
            draft = drafts.write(part, existing=draft, actor=actor)
        if draft.payable != row.amount:
            raise CashRefused(f"{row.money} cannot be credited of {invoice.number} by a sum: credit its lines.")
        note = issuing.issue(draft, actor=actor, today=day)
    except InvoiceRefused as refused:
        raise CashRefused(str(refused)) from None
    states.move(row, STATE.ISSUED, credit_note_id=note.pk, **decided)


def _parts(row: CreditRequest, left: dict[tuple[str, Decimal], Decimal]) -> tuple[tuple[Line, ...], Decimal]:
    """A line for each way of being taxed, in proportion to what is left, and the cents that rounding leaves."""
    unit = step(row.currency)
    gross = {key: taxable * (1 + key[1] / 100) for key, taxable in left.items() if taxable > 0}
    share = row.amount / sum(gross.values())
    lines, total = [], Decimal(0)
    for (category, rate), taxable in left.items():
        net = min((taxable * share).quantize(unit, ROUND_HALF_UP), taxable)
        if net <= 0:
            continue
        lines.append(Line(description=row.text, quantity=Decimal(1), price=net, category=category, rate=rate))
        total += net + (net * rate / 100).quantize(unit, ROUND_HALF_UP)
    return tuple(lines), row.amount - total
