"""Codes that must be of a list of EN 16931: BR-CL-01 to BR-CL-26."""

from collections.abc import Iterator

from o2c.invoicing.einvoices import codes
from o2c.invoicing.einvoices.model import CREDIT_NOTES, Adjustment, EInvoice, Problem

Asked = tuple[str, str, str, frozenset[str], str]  # the rule, the place, the code, what it may be, what it is else
CATEGORY = "no tax category of EN 16931"
COUNTRY = "no country of ISO 3166"
CURRENCY = "no currency of ISO 4217"
SCHEME = "no scheme of identifiers of ISO 6523"
OBJECT = "no scheme of what is invoiced (UNCL 1153)"
EITHER = {"81"}  # "related to goods or services", which UBL takes as an invoice and as a credit note
UNIT = "no unit of UN/ECE Recommendation 20 or 21"


def problems(invoice: EInvoice) -> Iterator[Problem]:
    for rule, pointer, code, known, what in (*of_document(invoice), *of_parties(invoice), *of_lines(invoice)):
        if code and code not in known:
            yield Problem(rule, pointer, f"{code} is {what}.")


def of_document(invoice: EInvoice) -> Iterator[Asked]:
    kinds = CREDIT_NOTES if invoice.is_credit_note else codes.document_types() - (CREDIT_NOTES - EITHER)
    what = f"no type of {'a credit note' if invoice.is_credit_note else 'an invoice'} (UNCL 1001)"
    yield "BR-CL-01", "/type_code", invoice.type_code, kinds, what
    yield "BR-CL-04", "/currency", invoice.currency, codes.currencies(), CURRENCY
    yield "BR-CL-05", "/tax_currency", invoice.tax_currency, codes.currencies(), CURRENCY
    yield "BR-CL-06", "/tax_point_code", invoice.tax_point_code, codes.TAX_POINTS, "no code for when tax is due"
    yield "BR-CL-07", "/object", invoice.object.scheme, codes.object_schemes(), OBJECT
    for place, payment in enumerate(invoice.payments):
        yield "BR-CL-16", f"/payments/{place}/code", payment.code, codes.payment_means(), "no way to pay (UNCL 4461)"
    for place, each in enumerate(invoice.adjustments):
        yield "BR-CL-17", f"/adjustments/{place}/category", each.category, codes.TAX_CATEGORIES, CATEGORY
        yield of_reason(each, f"/adjustments/{place}")
    for place, tax in enumerate(invoice.taxes):
        yield "BR-CL-17", f"/taxes/{place}/category", tax.category, codes.TAX_CATEGORIES, CATEGORY
        text = "no code for why nothing is taxed"
        yield "BR-CL-22", f"/taxes/{place}/reason_code", tax.reason_code, codes.exemption_reasons(), text
    for place, each in enumerate(invoice.documents):
        text = "no kind of file that may be attached"
        yield "BR-CL-24", f"/documents/{place}/attachment", each.attachment.media_type, codes.media_types(), text


def of_reason(adjustment: Adjustment, at: str) -> Asked:
    if adjustment.is_charge:
        return "BR-CL-20", f"{at}/reason_code", adjustment.reason_code, codes.charge_reasons(), "no reason of a charge"
    known = codes.allowance_reasons()
    return "BR-CL-19", f"{at}/reason_code", adjustment.reason_code, known, "no reason of an allowance"


def of_parties(invoice: EInvoice) -> Iterator[Asked]:
    for name in ("seller", "buyer", "representative", "payee"):
        party = getattr(invoice, name)
        country = party.address.country
        yield "BR-CL-14", f"/{name}/address/country", country, codes.countries(), COUNTRY
        text = "no scheme of electronic addresses"
        yield "BR-CL-25", f"/{name}/endpoint", party.endpoint.scheme, codes.address_schemes(), text
        yield "BR-CL-11", f"/{name}/registration", party.registration.scheme, codes.identifier_schemes(), SCHEME
        for place, each in enumerate(party.ids):
            yield "BR-CL-10", f"/{name}/ids/{place}", each.scheme, codes.identifier_schemes(), SCHEME
    delivery = invoice.delivery
    yield "BR-CL-14", "/delivery/address/country", delivery.address.country, codes.countries(), COUNTRY
    yield "BR-CL-26", "/delivery/location", delivery.location.scheme, codes.identifier_schemes(), SCHEME


def of_lines(invoice: EInvoice) -> Iterator[Asked]:
    for place, line in enumerate(invoice.lines):
        at = f"/lines/{place}"
        yield "BR-CL-15", f"{at}/origin", line.origin, codes.countries(), COUNTRY
        yield "BR-CL-18", f"{at}/category", line.category, codes.TAX_CATEGORIES, CATEGORY
        yield "BR-CL-23", f"{at}/unit", line.unit, codes.units(), UNIT
        yield "BR-CL-23", f"{at}/base_unit", line.base_unit, codes.units(), UNIT
        yield "BR-CL-07", f"{at}/object", line.object.scheme, codes.object_schemes(), OBJECT
        yield "BR-CL-21", f"{at}/standard_code", line.standard_code.scheme, codes.identifier_schemes(), SCHEME
        for number, each in enumerate(line.classifications):
            text = "no scheme of classification (UNCL 7143)"
            pointer = f"{at}/classifications/{number}"
            yield "BR-CL-13", pointer, each.scheme, codes.classification_schemes(), text
        for number, part in enumerate(line.adjustments):
            yield of_reason(part, f"{at}/adjustments/{number}")
