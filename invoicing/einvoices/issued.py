"""Our own issued invoices as e-invoices: what stands on their papers, by the terms of EN 16931."""

import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from django.http import HttpResponse

from o2c.core import documents
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.money import step
from o2c.core.networks import SCHEMES
from o2c.invoicing.einvoices import peppol, rules
from o2c.invoicing.einvoices.model import (
    EN_16931,
    Account,
    Address,
    Adjustment,
    Contact,
    Delivery,
    EInvoice,
    Identifier,
    Line,
    Note,
    Party,
    Payment,
    Period,
    Preceding,
    Problem,
    Tax,
    Totals,
)
from o2c.invoicing.einvoices.read import FACTURX, PEPPOL, UBL, read
from o2c.invoicing.einvoices.write import MEDIA_TYPES, SUFFIXES, write
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers import facts
from o2c.invoicing.papers.invoices import in_text
from o2c.invoicing.papers.keeping import NoDocument, document_of
from o2c.invoicing.papers.printing import file_name
from o2c.invoicing.papers.reading import papers

INVOICE, CREDIT_NOTE = "380", "381"
CREDIT_TRANSFER, SEPA_CREDIT_TRANSFER, SEPA_DIRECT_DEBIT = "30", "58", "59"
ONE = Decimal(1)
OUTSIDE = "O"
EMAIL = "EM"  # the scheme of an electronic address that is one for mail
# "20457 Hamburg", "D-20457 Hamburg", "114 55 Stockholm", "1012 AB Amsterdam", "00-950 Warszawa"
TOWN = re.compile(r"((?:[A-Z]{1,2}-)?(?:\d{4} ?[A-Z]{2}|\d{2,6}(?:[ -]\d{2,4})?)) +(\D.*)")
# Why nothing is taxed, by the code list of the CEF.
WHY = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}


class NotWritten(ValueError):
    """An issued invoice that breaks rules of EN 16931, by which it would be refused."""

    def __init__(self, problems: list[Problem]):
        super().__init__(" ".join(f"{each.text} ({each.rule})" for each in problems))
        self.problems = problems


def exported(invoice: Invoice, syntax: str) -> bytes:
    """An issued invoice as an e-invoice; of a Factur-X the pages are the kept paper's.

    Raises NotWritten, or NoDocument where it was not issued here.
    """
    if invoice.state == Invoice.State.DRAFT or not invoice.numbered_here:
        raise NoDocument(f"{invoice} has no document of ours.")
    made = einvoice(invoice, papers([invoice.pk])[invoice.pk])
    if problems := rules.problems(made):
        raise NotWritten(problems)
    if syntax == UBL and made.seller.endpoint.scheme in SCHEMES and made.buyer.endpoint.scheme in SCHEMES:
        return _for_peppol(made)
    return write(made, syntax, pdf=bytes(document_of(invoice).content) if syntax == FACTURX else None)


def _for_peppol(made: EInvoice) -> bytes:
    """A UBL document of Peppol BIS Billing 3, between two that the network reaches. Raises NotWritten."""
    content = write(replace(made, profile=peppol.SPECIFICATION, process=peppol.BILLING), UBL)
    if problems := list(read(content, by=PEPPOL).problems):
        raise NotWritten(problems)
    return content


def answer(invoice: Invoice, syntax: str, *, actor: Actor) -> HttpResponse:
    """The same as a file that somebody takes out. Raises NotWritten, NoDocument."""
    content = exported(invoice, syntax)
    records.exported("Invoice", actor=actor, entity_ids=[invoice.entity_id], invoice=invoice.pk, format=syntax)
    name = Path(file_name(invoice.number)).with_suffix(SUFFIXES[syntax]).name
    return documents.answer(name, MEDIA_TYPES[syntax], content)


def einvoice(invoice: Invoice, paper: facts.InvoicePaper) -> EInvoice:
    """The issued invoice, from its paper and the parties as they were kept with it."""
    terms, reasons = in_text(paper)
    outside = any(tax.category == OUTSIDE for tax in paper.taxes)
    return EInvoice(
        is_credit_note=paper.kind == facts.CREDIT_NOTE,
        number=paper.number,
        issued_on=paper.issued_on,
        type_code=CREDIT_NOTE if paper.kind == facts.CREDIT_NOTE else INVOICE,
        currency=paper.currency,
        tax_currency=paper.base_currency if paper.base_tax is not None else "",
        due_on=max((part.due_on for part in paper.instalments), default=None),
        buyer_reference=paper.buyer_reference,
        contract=paper.contract_reference,
        order=paper.order_reference,
        despatch_advice=invoice.despatch_reference.strip(),
        terms=terms,
        notes=(Note(paper.note),) if paper.note.strip() else (),
        profile=EN_16931,
        preceding=(Preceding(*paper.corrects),) if paper.corrects else (),
        seller=_seller(invoice.seller, outside=outside),
        buyer=_buyer(invoice.buyer, outside=outside),
        delivery=_delivery(invoice),
        period=Period(paper.period_from, paper.period_until),
        remittance=paper.reference if paper.pay_to or paper.collected else "",
        payments=_payments(paper),
        mandate=paper.collected.mandate if paper.collected else "",
        creditor=paper.collected.creditor_id if paper.collected else "",
        adjustments=tuple(
            _adjustment(part, paper.currency, sum(_alike(paper, part), Decimal(0))) for part in paper.adjustments
        ),
        totals=_totals(paper),
        taxes=tuple(_tax(tax, reasons) for tax in paper.taxes),
        lines=tuple(_line(line, paper.currency) for line in paper.lines),
    )


def trimmed(number: Decimal) -> Decimal:
    """Without the zeros that a column of six places brings."""
    short = number.normalize()
    return short.quantize(ONE) if short.as_tuple().exponent > 0 else short


# --- The parties


def _seller(kept: dict, *, outside: bool) -> Party:
    registration = Identifier(kept["registration_number"].strip())
    vat_id = "" if outside else kept["vat_id"].strip()
    return Party(
        name=kept["name"].strip(),
        ids=() if vat_id or registration else (Identifier(kept["code"]),),
        registration=registration,
        vat_id=vat_id,
        endpoint=_endpoint(kept.get("peppol_address", ""), kept["email"].strip()),
        address=address_of(kept["address"], kept["country"]),
        contact=Contact(phone=kept["phone"].strip(), email=kept["email"].strip()),
    )


def _endpoint(peppol_address: str, email: str = "") -> Identifier:
    """Where documents are sent in the Peppol network, else by mail."""
    if peppol_address:
        scheme, _, identifier = peppol_address.partition(":")
        return Identifier(identifier, scheme)
    return Identifier(email, EMAIL) if email else Identifier()


def address_of(text: str, country: str) -> Address:
    """An address that is kept as lines: the last of several is the town, with its postal code where that is one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    town = TOWN.fullmatch(lines[-1]) if lines else None
    above = lines[:-1] if town or len(lines) > 1 else lines
    street, additional, *more = [*above, "", ""]
    return Address(
        street=street,
        additional=additional,
        third=", ".join(line for line in more if line),
        city=town[2] if town else lines[-1] if len(lines) > 1 else "",
        postal_code=town[1] if town else "",
        country=country,
    )


def _buyer(kept: dict, *, outside: bool) -> Party:
    return Party(
        name=kept["name"].strip(),
        ids=(Identifier(kept["number"].strip()),) if kept["number"].strip() else (),
        vat_id="" if outside else kept["vat_id"].strip(),
        endpoint=_endpoint(kept.get("peppol_address", "")),
        address=Address(
            street=kept["street"].strip(),
            city=kept["city"].strip(),
            postal_code=kept["postal_code"].strip(),
            country=kept["country"],
        ),
    )


def _delivery(invoice: Invoice) -> Delivery:
    """When, and to where; the country of an intra-Community supply that is the buyer's where no other is said."""
    country = invoice.deliver_to_country
    if not country and any(tax.category == "K" for tax in invoice.taxes.all()):
        country = invoice.buyer["country"]
    if not country:
        return Delivery(on=invoice.delivered_on)  # an address without a country is none (BR-57)
    address = Address(
        street=invoice.deliver_to_street.strip(),
        postal_code=invoice.deliver_to_postal_code.strip(),
        city=invoice.deliver_to_city.strip(),
        country=country,
    )
    return Delivery(name=invoice.deliver_to_name.strip(), on=invoice.delivered_on, address=address)


def _payments(paper: facts.InvoicePaper) -> tuple[Payment, ...]:
    if paper.collected:
        return (Payment(SEPA_DIRECT_DEBIT),)
    if paper.pay_to is None:
        return ()
    account = Account(paper.pay_to.iban or paper.pay_to.account_number, paper.pay_to.holder, paper.pay_to.bic)
    sepa = paper.pay_to.iban and paper.currency == "EUR"
    return (Payment(SEPA_CREDIT_TRANSFER if sepa else CREDIT_TRANSFER, account=account),) if account.number else ()


# --- Lines and sums


def _alike(paper: facts.InvoicePaper, part: facts.Adjustment) -> list[Decimal]:
    return [line.net for line in paper.lines if (line.category, line.rate) == (part.category, part.rate)]


def _adjustment(part: facts.Adjustment, currency: str, base: Decimal) -> Adjustment:
    percent = None if part.percent is None else trimmed(part.percent)
    return Adjustment(
        is_charge=part.is_charge,
        amount=part.amount,
        base=None if percent is None else base.quantize(step(currency), ROUND_HALF_UP),
        percent=percent,
        category=part.category,
        rate=_rate(part.category, part.rate),
        reason=part.reason.strip(),
    )


def _rate(category: str, rate: Decimal | None) -> Decimal | None:
    return None if category in ("", OUTSIDE) or rate is None else trimmed(rate)


def _line(line: facts.Line, currency: str) -> Line:
    name, _, description = line.description.strip().partition("\n")
    per = trimmed(line.price_per)
    gross = line.quantity * line.price / line.price_per
    return Line(
        id=line.position,
        quantity=trimmed(line.quantity),
        unit=line.unit,
        net=line.net,
        adjustments=tuple(_adjustment(part, currency, gross) for part in line.adjustments),
        price=trimmed(line.price),
        base_quantity=per if per != 1 else None,
        base_unit=line.unit if per != 1 else "",
        category=line.category,
        rate=_rate(line.category, line.rate),
        name=name.strip(),
        description=description.strip(),
        seller_code=line.code.strip(),
    )


def _tax(tax: facts.Tax, reasons: dict[str, str]) -> Tax:
    return Tax(
        category=tax.category,
        rate=_rate(tax.category, tax.rate),
        taxable=tax.taxable,
        tax=tax.tax,
        reason=reasons.get(tax.category, ""),
        reason_code=WHY.get(tax.category, ""),
    )


def _totals(paper: facts.InvoicePaper) -> Totals:
    def said(is_charge: bool, amount: Decimal) -> Decimal | None:
        return amount if any(part.is_charge is is_charge for part in paper.adjustments) else None

    return Totals(
        lines=paper.line_total,
        allowances=said(False, paper.allowance_total),
        charges=said(True, paper.charge_total),
        net=paper.net_total,
        tax=paper.tax_total,
        accounting_tax=paper.base_tax,
        gross=paper.gross_total,
        prepaid=paper.prepaid or None,
        rounding=paper.rounding or None,
        payable=paper.payable,
    )
