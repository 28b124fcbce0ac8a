"""What Peppol BIS Billing 3 asks of a UBL document beyond EN 16931, by its own numbers.

Source: OpenPEPPOL, BIS Billing 3.0, its rules that make a document fail (PEPPOL-EN16931-… and PEPPOL-COMMON-…); those
that only warn, and those of one country, are not asked. They are rules of the document, not of the model: an element
that is there and empty breaks some of them.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from o2c.core import networks
from o2c.invoicing.einvoices import codes
from o2c.invoicing.einvoices.binding import found, place
from o2c.invoicing.einvoices.forms import text_of
from o2c.invoicing.einvoices.model import Problem

SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"  # BT-24
BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"  # BT-23
PROCESS = re.compile(r"urn:fdc:peppol\.eu:2017:poacc:billing:(\d{2}):1\.0")

SLACK = Decimal("0.02")
# Types of an invoice and of a credit note in the process 01 (UNCL 1001); those of GERMAN only between Germans.
INVOICES = frozenset([
    "71", "80", "82", "84", "102", "218", "219", "326", "331", "380", "382", "383", "384", "386", "388", "393",
    "395", "553", "575", "623", "780", "817", "870", "875", "876", "877",
])  # fmt: skip
CREDIT_NOTES = frozenset({"81", "83", "381", "396", "532"})
GERMAN = frozenset({"326", "384"})
COLLECTED = frozenset({"49", "59"})
OBJECT, PROJECT = "130", "50"  # types of documents that are referred to
DAYS = ("IssueDate", "DueDate", "TaxPointDate", "StartDate", "EndDate", "ActualDeliveryDate")
# Why nothing is taxed → the rule, and the category that must go with it.
EXEMPTIONS = {
    "VATEX-EU-G": ("P0104", "G"),
    "VATEX-EU-O": ("P0105", "O"),
    "VATEX-EU-IC": ("P0106", "K"),
    "VATEX-EU-AE": ("P0107", "AE"),
    "VATEX-EU-D": ("P0108", "E"),
    "VATEX-EU-F": ("P0109", "E"),
    "VATEX-EU-I": ("P0110", "E"),
    "VATEX-EU-J": ("P0111", "E"),
}


def problems(root) -> list[Problem]:
    """What Peppol's rules have against an Invoice or a CreditNote; places are elements with their lines."""
    return [
        Problem(rule, place(element), text)
        for part in (document, parties, totals, adjustments, lines, known_codes, identifiers)
        for rule, element, text in part(root)
    ]


Found = Iterator[tuple[str, object, str]]


def text_at(element, path: str) -> str:
    return next((text_of(each) for each in found(element, path)), "")


def there(element, path: str) -> bool:
    return next(found(element, path), None) is not None


def number(text: str) -> Decimal | None:
    """The number, None where there is none that can be read."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def both_german(root) -> bool:
    country = "Party/PostalAddress/Country/IdentificationCode"
    return all(
        text_at(root, f"{party}/{country}") == "DE" for party in ("AccountingSupplierParty", "AccountingCustomerParty")
    )


def document(root) -> Found:
    process = text_at(root, "ProfileID")
    if not there(root, "ProfileID"):
        yield "PEPPOL-EN16931-R001", root, "There is no business process (BT-23)."
    named = PROCESS.fullmatch(process)
    if not named:
        yield "PEPPOL-EN16931-R007", root, f"The business process (BT-23) is not “{BILLING}” or another of Peppol's."
    if not text_at(root, "CustomizationID").startswith(SPECIFICATION):
        yield "PEPPOL-EN16931-R004", root, f"The specification (BT-24) does not begin with “{SPECIFICATION}”."
    notes = list(found(root, "Note"))
    if len(notes) > 1 and not both_german(root):
        yield "PEPPOL-EN16931-R002", notes[1], "There is more than one note (BT-22), which only two Germans may have."
    if not there(root, "BuyerReference") and not there(root, "OrderReference/ID"):
        text = "There is neither a buyer's reference (BT-10) nor the number of an order (BT-13)."
        yield "PEPPOL-EN16931-R003", root, text
    for name, known, rule in (
        ("InvoiceTypeCode", INVOICES, "P0100"),
        ("CreditNoteTypeCode", CREDIT_NOTES, "P0101"),
    ):
        for each in found(root, name):
            code = text_of(each)
            if named and named[1] == "01" and code not in known:
                yield f"PEPPOL-EN16931-{rule}", each, f"{code} is no type for this process."
            if code in GERMAN and not both_german(root):
                yield "PEPPOL-EN16931-P0112", each, f"{code} is a type that only German sellers and buyers may use."
    projects = [
        each
        for each in found(root, "AdditionalDocumentReference")
        if text_at(each, "DocumentTypeCode") == PROJECT and root.tag == "CreditNote"
    ]
    if len(projects) > 1:
        yield "PEPPOL-EN16931-R080", projects[1], "There is more than one reference to a project (BT-11)."
    for each in root.iter("*"):
        if not len(each) and not text_of(each):
            yield "PEPPOL-EN16931-R008", each, "The element is empty."
    for name in DAYS:
        for each in root.iter(name):
            if day((each.text or "").strip()) is None:
                yield "PEPPOL-EN16931-F001", each, f"{text_of(each) or 'It'} is no day written as YYYY-MM-DD."


def parties(root) -> Found:
    for rule, party, who in (
        ("R010", "AccountingCustomerParty/Party", "buyer (BT-49)"),
        ("R020", "AccountingSupplierParty/Party", "seller (BT-34)"),
    ):
        if not there(root, f"{party}/EndpointID"):
            yield f"PEPPOL-EN16931-{rule}", root, f"There is no electronic address of the {who}."
    for means in found(root, "PaymentMeans"):
        if text_at(means, "PaymentMeansCode") in COLLECTED and not there(means, "PaymentMandate/ID"):
            yield "PEPPOL-EN16931-R061", means, "A direct debit has no reference of its mandate (BT-89)."


def totals(root) -> Found:
    currency = text_at(root, "DocumentCurrencyCode")
    for each in found(root, "TaxCurrencyCode"):
        if text_of(each) and text_of(each) == currency:
            yield "PEPPOL-EN16931-R005", each, f"Tax is accounted for in {currency} (BT-6), as all else: leave it out."
    tax_currency = text_at(root, "TaxCurrencyCode")
    all_taxes = list(found(root, "TaxTotal"))
    with_parts = [each for each in all_taxes if there(each, "TaxSubtotal")]
    without = [each for each in all_taxes if not there(each, "TaxSubtotal")]
    if len(with_parts) != 1:
        where = with_parts[1] if with_parts else root
        yield (
            "PEPPOL-EN16931-R053",
            where,
            f"Exactly one total of the tax has its parts by rate, not {len(with_parts)}.",
        )
    wanted = 1 if there(root, "TaxCurrencyCode") else 0
    if len(without) != wanted:
        where = without[0] if without else root
        text = f"So many totals of the tax in the accounting currency (BT-111) are due: {wanted}, not {len(without)}."
        yield "PEPPOL-EN16931-R054", where, text
    amounts = {each.get("currencyID"): number(text_of(each)) for each in found(root, "TaxTotal/TaxAmount")}
    own, accounted = amounts.get(currency), amounts.get(tax_currency)
    if tax_currency and own is not None and accounted is not None and own * accounted < 0:
        text = f"The tax is {own} {currency} and {accounted} {tax_currency}: on two sides of zero."
        yield "PEPPOL-EN16931-R055", root, text
    accounting = {amount for each in without for amount in found(each, "TaxAmount")} if tax_currency else set()
    for each in root.iter("*"):
        said = each.get("currencyID")
        if said is not None and said != currency and not (each in accounting and said == tax_currency):
            yield (
                "PEPPOL-EN16931-R051",
                each,
                f"The amount is in {said}, and the invoice in {currency or 'no currency'}.",
            )


def adjustments(root) -> Found:
    of_document = found(root, "AllowanceCharge")
    of_lines = (each for line in _lines(root) for each in found(line, "AllowanceCharge"))
    for each in (*of_document, *of_lines):
        percent, base, amount = (
            number(text_at(each, name)) for name in ("MultiplierFactorNumeric", "BaseAmount", "Amount")
        )
        if there(each, "MultiplierFactorNumeric") and not there(each, "BaseAmount"):
            yield "PEPPOL-EN16931-R041", each, "There is a percentage and nothing that it is of."
        if there(each, "BaseAmount") and not there(each, "MultiplierFactorNumeric"):
            yield "PEPPOL-EN16931-R042", each, "There is an amount that a percentage is of, and no percentage."
        if None not in (percent, base, amount) and abs(amount - base * percent / 100) > SLACK:
            yield "PEPPOL-EN16931-R040", each, f"{amount} is not {percent} % of {base}."
        if text_at(each, "ChargeIndicator") not in ("true", "false"):
            yield "PEPPOL-EN16931-R043", each, "Whether it is a charge is said as “true” or “false”."
    for price in (price for line in _lines(root) for price in found(line, "Price")):
        for each in found(price, "AllowanceCharge"):
            if text_at(each, "ChargeIndicator") != "false":
                yield "PEPPOL-EN16931-R044", each, "A price may have an allowance, not a charge."
            base, amount = number(text_at(each, "BaseAmount")), number(text_at(each, "Amount"))
            net = number(text_at(price, "PriceAmount"))
            if base is not None and net != base - (amount or 0):
                yield "PEPPOL-EN16931-R046", price, f"The price is {net}, and {base} less {amount or 0} is another."


def _lines(root) -> Iterator:
    yield from found(root, "InvoiceLine")
    yield from found(root, "CreditNoteLine")


def lines(root) -> Found:
    starts, ends = day(text_at(root, "InvoicePeriod/StartDate")), day(text_at(root, "InvoicePeriod/EndDate"))
    for line in _lines(root):
        documents = list(found(line, "DocumentReference"))
        if len(documents) > 1:
            yield "PEPPOL-EN16931-R100", documents[1], "A line is about one object (BT-128) at most."
        for each in documents:
            if text_at(each, "DocumentTypeCode") != OBJECT:
                yield (
                    "PEPPOL-EN16931-R101",
                    each,
                    f"A line refers to no other document than its object (type {OBJECT}).",
                )
        start, end = day(text_at(line, "InvoicePeriod/StartDate")), day(text_at(line, "InvoicePeriod/EndDate"))
        if start and starts and start < starts:
            yield "PEPPOL-EN16931-R110", line, f"The line's period begins on {start}, before the invoice's on {starts}."
        if end and ends and end > ends:
            yield "PEPPOL-EN16931-R111", line, f"The line's period ends on {end}, after the invoice's on {ends}."
        yield from _priced(line)


def _priced(line) -> Found:
    """What a line comes to: its quantity at its price, with its charges and without its allowances."""
    quantity = next((each for name in ("InvoicedQuantity", "CreditedQuantity") for each in found(line, name)), None)
    base = next(found(line, "Price/BaseQuantity"), None)
    per = number(text_of(base)) if base is not None else Decimal(1)
    if base is not None and (per is None or per <= 0):
        yield "PEPPOL-EN16931-R121", base, "The quantity that the price is for is not above zero."
    per_unit, unit = (each.get("unitCode") if each is not None else None for each in (base, quantity))
    if per_unit and quantity is not None and per_unit != unit:
        yield "PEPPOL-EN16931-R130", base, f"The price is for {per_unit}, and the quantity in {unit or 'no unit'}."
    said, price = number(text_at(line, "LineExtensionAmount")), number(text_at(line, "Price/PriceAmount"))
    many = number(text_of(quantity)) if quantity is not None else Decimal(1)
    if None in (price, many) or not per or per <= 0:
        return
    added = sum(
        (
            amount if text_at(each, "ChargeIndicator") == "true" else -amount
            for each in found(line, "AllowanceCharge")
            if (amount := number(text_at(each, "Amount"))) is not None
        ),
        Decimal(0),
    )
    due = many * price / per + added
    if said is None or abs(said - due) > SLACK:
        yield (
            "PEPPOL-EN16931-R120",
            line,
            f"The line says {said or 'nothing'}, and {many} at {price} with what is added comes to {due:.2f}.",
        )


def known_codes(root) -> Found:
    for each in root.iter("EmbeddedDocumentBinaryObject"):
        if (code := each.get("mimeCode")) is not None and code not in codes.media_types():
            yield "PEPPOL-EN16931-CL001", each, f"{code} is no kind of file that may be attached."
    for each in root.iter("AllowanceChargeReasonCode"):
        is_charge = text_at(each.getparent(), "ChargeIndicator") == "true"
        known = codes.charge_reasons() if is_charge else codes.allowance_reasons()
        if text_of(each) not in known:
            what = "a charge" if is_charge else "an allowance"
            yield (
                f"PEPPOL-EN16931-{'CL003' if is_charge else 'CL002'}",
                each,
                f"{text_of(each)} is no reason of {what}.",
            )
    for each in root.iter("DescriptionCode"):
        if each.getparent().tag == "InvoicePeriod" and text_of(each) not in codes.TAX_POINTS:
            yield "PEPPOL-EN16931-CL006", each, f"{text_of(each) or 'It'} is no code for when tax is due."
    for each in root.iter("*"):
        if (code := each.get("currencyID")) is not None and code not in codes.currencies():
            yield "PEPPOL-EN16931-CL007", each, f"{code} is no currency of ISO 4217."
    for each in root.iter("EndpointID"):
        if (code := each.get("schemeID")) is not None and code not in networks.SCHEMES:
            yield "PEPPOL-EN16931-CL008", each, f"{code} is no scheme of addresses in the Peppol network."
    for each in root.iter("TaxCategory"):
        rule, category = EXEMPTIONS.get(text_at(each, "TaxExemptionReasonCode").upper(), ("", ""))
        if rule and text_at(each, "ID") != category:
            text = f"{text_at(each, 'TaxExemptionReasonCode')} goes with the category {category}."
            yield f"PEPPOL-EN16931-{rule}", each, text


def identifiers(root) -> Found:
    ids = (each for each in root.iter("ID") if each.getparent().tag == "PartyIdentification")
    for each in (*root.iter("EndpointID"), *root.iter("CompanyID"), *ids):
        rule, whose, holds = networks.CHECKED.get(each.get("schemeID", ""), ("", "", bool))
        if rule and not holds(text_of(each)):
            yield rule, each, f"{text_of(each) or 'It'} is no {whose}."
