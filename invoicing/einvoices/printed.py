"""An e-invoice of anybody's as a paper, for people to read."""

from datetime import date
from decimal import Decimal

from o2c.invoicing.einvoices.model import Adjustment, EInvoice, Line, Party
from o2c.invoicing.papers import facts
from o2c.invoicing.papers.rendering import render

NOTHING = Decimal(0)


def pdf(invoice: EInvoice) -> bytes:
    return render(paper(invoice))


def paper(invoice: EInvoice) -> facts.InvoicePaper:
    """What stands on it. The invoice breaks no rule: what they want is there."""
    totals, period = invoice.totals, invoice.period
    payable = totals.payable or NOTHING
    return facts.InvoicePaper(
        kind=facts.CREDIT_NOTE if invoice.is_credit_note else facts.INVOICE,
        number=invoice.number,
        issued_on=invoice.issued_on,
        seller=_party(invoice.seller),
        buyer=_party(invoice.buyer),
        currency=invoice.currency,
        lines=tuple(_line(line) for line in invoice.lines),
        line_total=totals.lines,
        net_total=totals.net,
        taxes=tuple(facts.Tax(each.category, each.rate, each.taxable, each.tax, each.reason) for each in invoice.taxes),
        tax_total=totals.tax or NOTHING,
        gross_total=totals.gross,
        payable=payable,
        delivered_on=invoice.delivery.on,
        period_from=period.start,
        period_until=period.end,
        corrects=_preceding(invoice) if invoice.is_credit_note else None,
        buyer_reference=invoice.buyer_reference,
        order_reference=invoice.order,
        contract_reference=invoice.contract,
        note="\n".join([*(note.text for note in invoice.notes), *([invoice.terms] if invoice.terms else [])]),
        adjustments=tuple(_adjustment(each) for each in invoice.adjustments),
        allowance_total=totals.allowances or NOTHING,
        charge_total=totals.charges or NOTHING,
        base_currency=invoice.tax_currency,
        base_tax=totals.accounting_tax,
        prepaid=totals.prepaid or NOTHING,
        rounding=totals.rounding or NOTHING,
        instalments=(facts.Instalment(invoice.due_on, payable),) if invoice.due_on and payable > 0 else (),
        pay_to=_pay_to(invoice),
        reference=invoice.remittance,
    )


def _preceding(invoice: EInvoice) -> tuple[str, date | None] | None:
    return (invoice.preceding[0].number, invoice.preceding[0].issued_on) if invoice.preceding else None


def _party(party: Party) -> facts.Party:
    address, contact = party.address, party.contact
    lines = (address.street, address.additional, address.third, f"{address.postal_code} {address.city}".strip())
    return facts.Party(
        name=party.name,
        address=tuple(line for line in (*lines, address.subdivision) if line),
        country=address.country,
        vat_id=party.vat_id,
        registration=party.registration.value,
        email=contact.email,
        phone=contact.phone,
        contact=contact.name,
    )


def _adjustment(part: Adjustment) -> facts.Adjustment:
    return facts.Adjustment(
        reason=part.reason or part.reason_code,
        is_charge=part.is_charge,
        amount=part.amount,
        percent=part.percent,
        category=part.category,
        rate=part.rate,
    )


def _line(line: Line) -> facts.Line:
    return facts.Line(
        position=line.id,
        description="\n".join(text for text in (line.name, line.description, line.note) if text),
        quantity=line.quantity,
        unit=line.unit,
        price=line.price,
        net=line.net,
        category=line.category,
        rate=line.rate,
        code=line.seller_code,
        price_per=line.base_quantity or Decimal(1),
        adjustments=tuple(_adjustment(part) for part in line.adjustments),
    )


def _pay_to(invoice: EInvoice) -> facts.PayTo | None:
    account = next((each.account for each in invoice.payments if each.account.number), None)
    if account is None:
        return None
    is_iban = account.number[:2].isalpha()
    return facts.PayTo(
        holder=account.name or invoice.payee.name or invoice.seller.name,
        iban=account.number if is_iban else "",
        bic=account.bic,
        account_number="" if is_iban else account.number,
    )
