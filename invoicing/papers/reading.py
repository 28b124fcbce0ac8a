"""The facts of papers from invoices' rows, of any number of them in a constant number of queries."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch

from o2c.core.money import exact
from o2c.invoicing.models import Invoice, InvoiceAdjustment, InvoiceLine, InvoiceTax
from o2c.invoicing.papers import facts
from o2c.orders import terms
from o2c.orders.models import Account, Customer, LegalEntity, PaymentTerms

# Where the law gives interest on late payment between companies: Directive 2011/7/EU, and the like of it.
STATUTORY_INTEREST = set(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO GB CH".split()  # noqa: SIM905
)
WHY_EXEMPT = {"E", "AE", "K", "G", "O"}


def papers(invoice_ids: Iterable[int]) -> dict[int, facts.InvoicePaper]:
    """What stands on the papers of these invoices, by id; drafts as they are now, issued ones as they were issued."""
    found = (
        Invoice.objects.filter(pk__in=list(invoice_ids))
        .select_related("entity", "customer", "corrects", "terms")
        .prefetch_related(
            Prefetch("lines", InvoiceLine.objects.order_by("position")),
            Prefetch("adjustments", InvoiceAdjustment.objects.order_by("position")),
            Prefetch("taxes", InvoiceTax.objects.order_by("-rate", "category")),
        )
        .order_by("pk")
    )
    invoices = list(found)
    agreed = _terms_of([invoice for invoice in invoices if invoice.agreed is None])
    return {invoice.pk: _paper(invoice, agreed.get(invoice.pk)) for invoice in invoices}


def _paper(invoice: Invoice, agreed: terms.Terms | None) -> facts.InvoicePaper:
    currency = invoice.currency
    seller = _seller(invoice.seller or _entity(invoice.entity))
    adjustments = list(invoice.adjustments.all())
    payable = exact(invoice.payable, currency)
    issued = invoice.agreed is not None
    base = (invoice.seller or {}).get("base_currency") or invoice.entity.base_currency
    return facts.InvoicePaper(
        kind=invoice.kind,
        number=invoice.number if issued else "",
        issued_on=invoice.issued_on,
        delivered_on=invoice.delivered_on,
        period_from=invoice.period_from,
        period_until=invoice.period_until,
        corrects=(invoice.corrects.number, invoice.corrects.issued_on) if invoice.corrects else None,
        cancels=invoice.cancels,
        seller=seller,
        buyer=_buyer(invoice.buyer or _customer(invoice.customer)),
        language=(invoice.buyer or {}).get("language") or invoice.customer.language,
        buyer_reference=invoice.buyer_reference,
        order_reference=invoice.order_reference,
        contract_reference=invoice.contract_reference,
        note=invoice.note,
        currency=currency,
        lines=tuple(_line(line, adjustments, currency) for line in invoice.lines.all()),
        adjustments=tuple(_adjustment(part, currency) for part in adjustments if part.line_id is None),
        line_total=exact(invoice.line_total, currency),
        allowance_total=exact(invoice.allowance_total, currency),
        charge_total=exact(invoice.charge_total, currency),
        net_total=exact(invoice.net_total, currency),
        taxes=tuple(_tax(tax, invoice) for tax in invoice.taxes.all()),
        tax_total=exact(invoice.tax_total, currency),
        base_currency=base if base != currency else "",
        base_tax=invoice.base_tax,
        gross_total=exact(invoice.gross_total, currency),
        prepaid=exact(invoice.prepaid, currency),
        rounding=exact(invoice.rounding, currency),
        payable=payable,
        late=facts.LateTerms() if seller.country in STATUTORY_INTEREST else None,
        reference=invoice.reference,
        **(_agreed(invoice, payable) if issued else _as_agreed_now(invoice, payable, agreed)),
    )


# --- The parties


def _seller(kept: dict) -> facts.Party:
    return facts.Party(
        name=kept["name"],
        address=tuple(line.strip() for line in kept["address"].splitlines() if line.strip()),
        country=kept["country"],
        vat_id=kept["vat_id"],
        registration=kept["registration_number"],
        email=kept["email"],
        phone=kept["phone"],
    )


def _entity(entity: LegalEntity) -> dict:
    names = ("name", "address", "country", "vat_id", "registration_number", "email", "phone")
    return {name: getattr(entity, name) for name in names}


def _buyer(kept: dict) -> facts.Party:
    town = f"{kept['postal_code']} {kept['city']}".strip()
    return facts.Party(
        name=kept["name"],
        address=tuple(line for line in (kept["street"], town) if line),
        country=kept["country"],
        number=kept["number"],
        vat_id=kept["vat_id"],
    )


def _customer(customer: Customer) -> dict:
    names = ("number", "name", "street", "postal_code", "city", "country", "vat_id")
    return {name: getattr(customer, name) for name in names}


# --- Lines and sums


def _line(line: InvoiceLine, adjustments: list[InvoiceAdjustment], currency: str) -> facts.Line:
    return facts.Line(
        position=str(line.position),
        code=line.product,
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        price=line.price,
        price_per=line.price_per,
        adjustments=tuple(_adjustment(part, currency) for part in adjustments if part.line_id == line.pk),
        category=line.category,
        rate=line.rate,
        net=exact(line.net, currency),
    )


def _adjustment(part: InvoiceAdjustment, currency: str) -> facts.Adjustment:
    return facts.Adjustment(
        reason=part.reason,
        is_charge=part.is_charge,
        amount=exact(part.amount, currency),
        percent=part.percent,
        category=part.category,
        rate=part.rate if part.category else None,
    )


def _tax(tax: InvoiceTax, invoice: Invoice) -> facts.Tax:
    return facts.Tax(
        category=tax.category,
        rate=tax.rate,
        taxable=exact(tax.taxable, invoice.currency),
        tax=exact(tax.tax, invoice.currency),
        reason=invoice.exemption_reason if tax.category in WHY_EXEMPT else "",
    )


# --- What is agreed


def _agreed(invoice: Invoice, payable: Decimal) -> dict:
    """As it was kept when it was issued."""
    kept = invoice.agreed
    instalments = tuple(
        facts.Instalment(date.fromisoformat(part["due_on"]), Decimal(part["amount"])) for part in kept["instalments"]
    )
    if not instalments and invoice.due_on and payable:
        instalments = (facts.Instalment(invoice.due_on, payable),)
    return {
        "instalments": instalments,
        "discounts": tuple(
            facts.Discount(
                date.fromisoformat(tier["until"]),
                Decimal(tier["percent"]),
                Decimal(tier["discount"]),
                Decimal(tier["pay"]),
            )
            for tier in kept["discounts"]
        ),
        "pay_to": _pay_to(kept["pay_to"], invoice.seller["name"]),
        # what was issued before invoices were said to be collected has no word of it
        "collected": facts.Collected(**kept["collected"]) if kept.get("collected") else None,
    }


def _pay_to(kept: dict | None, holder: str) -> facts.PayTo | None:
    if not kept:
        return None
    return facts.PayTo(
        holder=holder,
        iban=kept["iban"],
        bic=kept["bic"],
        account_number=kept["account_number"],
        bank=kept["bank"],
    )


def _as_agreed_now(invoice: Invoice, payable: Decimal, agreed: terms.Terms | None) -> dict:
    """When it would fall due if it were issued with what is agreed now; a draft says nothing of how to pay."""
    if invoice.kind != Invoice.Kind.INVOICE or payable <= 0:
        return {}
    if invoice.due_on:
        return {"instalments": (facts.Instalment(invoice.due_on, payable),)}
    if agreed is None:
        return {"instalments": (facts.Instalment(invoice.issued_on, payable),)}
    parts = terms.schedule(invoice.issued_on, payable, invoice.currency, agreed)
    return {"instalments": tuple(facts.Instalment(due_on, amount) for due_on, amount in parts if amount)}


def _terms_of(drafts: list[Invoice]) -> dict[int, terms.Terms]:
    """The terms of each draft: its own, else those of the customer's account with the legal entity."""
    wanted = {draft.pk: draft.terms_id for draft in drafts}
    without = [draft for draft in drafts if draft.terms_id is None]
    if without:
        accounts = Account.objects.filter(
            customer__in={draft.customer_id for draft in without}, entity__in={draft.entity_id for draft in without}
        )
        by_pair = {(row[0], row[1]): row[2] for row in accounts.values_list("customer_id", "entity_id", "terms_id")}
        wanted |= {draft.pk: by_pair.get((draft.customer_id, draft.entity_id)) for draft in without}
    if not drafts:
        return {}
    rows = PaymentTerms.objects.filter(pk__in=set(wanted.values()) - {None}).prefetch_related(
        "discounts", "instalments"
    )
    agreed = {row.pk: terms.Terms.of(row) for row in rows}
    return {pk: agreed[terms_id] for pk, terms_id in wanted.items() if terms_id is not None}
