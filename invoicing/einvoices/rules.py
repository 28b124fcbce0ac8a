"""The rules of EN 16931-1 over the model: what is mandatory, what must add up, and codes that must be known.

They are those of the norm's own schematron by the same numbers, and no stricter: where it lets a tax be off by up to
one unit of the currency (BR-CO-17, BR-S-8, BR-S-9), so do these. What is taxed how is in `taxes`.
"""

from collections.abc import Container, Iterator
from decimal import Decimal

from o2c.invoicing.einvoices import codes, lists, taxes
from o2c.invoicing.einvoices.model import Adjustment, EInvoice, Line, Problem

CENT = Decimal("0.01")
# The norm rounds sums to two decimals; what is half a cent off can be rounded to either.
ROUNDED = CENT / 2
CREDIT_TRANSFERS = {"30", "58"}


def problems(invoice: EInvoice, there: Container[str] = (), *, margin: Decimal = taxes.ONE) -> list[Problem]:
    """What the rules have against an invoice; places are pointers into the model.

    `there`: pointers to what stands in the document, also where it says nothing. `margin`: by how much a tax must not
    be off.
    """
    return [
        *missing(invoice, there),
        *parties(invoice, there),
        *payments(invoice, there),
        *(each for place, line in enumerate(invoice.lines) for each in of_line(line, f"/lines/{place}", there)),
        *adjustments(invoice.adjustments, "", of_document=True),
        *sums(invoice),
        *taxes.problems(invoice, margin),
        *decimals(invoice),
        *lists.problems(invoice),
    ]


def written(amount: Decimal) -> str:
    return f"{amount:f}"


def missing(invoice: EInvoice, there: Container[str]) -> Iterator[Problem]:
    totals = invoice.totals
    for rule, pointer, value, what in (
        ("BR-01", "/profile", invoice.profile, "specification (BT-24)"),
        ("BR-02", "/number", invoice.number, "number (BT-1)"),
        ("BR-03", "/issued_on", invoice.issued_on, "day of issue (BT-2)"),
        ("BR-04", "/type_code", invoice.type_code, "type (BT-3)"),
        ("BR-05", "/currency", invoice.currency, "currency (BT-5)"),
        ("BR-12", "/totals/lines", totals.lines, "sum of the lines (BT-106)"),
        ("BR-13", "/totals/net", totals.net, "total without tax (BT-109)"),
        ("BR-14", "/totals/gross", totals.gross, "total with tax (BT-112)"),
        ("BR-15", "/totals/payable", totals.payable, "amount to pay (BT-115)"),
        ("BR-16", "/lines", invoice.lines or None, "line (BG-25)"),
    ):
        if value is None or value == "":
            yield Problem(rule, pointer, f"There is no {what}.")
    if invoice.tax_currency and totals.accounting_tax is None and invoice.tax_currency != invoice.currency:
        yield Problem("BR-53", "/totals", f"The tax in {invoice.tax_currency} (BT-111) is missing.")
    if invoice.tax_point_on and invoice.tax_point_code:
        yield Problem("BR-CO-03", "/tax_point_code", "The tax has a day (BT-7) and a code (BT-8) for when it is due.")
    if "/period" in there and not invoice.period and not invoice.tax_point_code:
        yield Problem("BR-CO-19", "/period", "The period has neither a beginning nor an end.")
    if backwards(invoice.period):
        yield Problem("BR-29", "/period", "The period ends before it begins.")
    for place, each in enumerate(invoice.preceding):
        if not each.number:
            yield Problem("BR-55", f"/preceding/{place}", "A preceding invoice has no number (BT-25).")
    for place, each in enumerate(invoice.documents):
        if not each.reference:
            yield Problem("BR-52", f"/documents/{place}", "A supporting document has no reference (BT-122).")


def backwards(period) -> bool:
    return period.start is not None and period.end is not None and period.end < period.start


def parties(invoice: EInvoice, there: Container[str]) -> Iterator[Problem]:
    seller, buyer, payee, representative = invoice.seller, invoice.buyer, invoice.payee, invoice.representative
    if not seller.name:
        yield Problem("BR-06", "/seller", "The seller has no name (BT-27).")
    if not buyer.name:
        yield Problem("BR-07", "/buyer", "The buyer has no name (BT-44).")
    for party, pointer, who, no_address, no_country, no_scheme in (
        (seller, "/seller", "seller", "BR-08", "BR-09", "BR-62"),
        (buyer, "/buyer", "buyer", "BR-10", "BR-11", "BR-63"),
    ):
        if not party.address and f"{pointer}/address" not in there:
            yield Problem(no_address, pointer, f"The {who} has no address.")
        elif not party.address.country:
            yield Problem(no_country, f"{pointer}/address", f"The {who}'s address has no country.")
        if party.endpoint.value and not party.endpoint.scheme:
            yield Problem(no_scheme, f"{pointer}/endpoint", f"The {who}'s electronic address has no scheme.")
    if not (seller.vat_id or seller.ids or seller.registration.value):
        text = "The seller has no VAT id, no identifier and no registration, one of which it needs."
        yield Problem("BR-CO-26", "/seller", text)
    if (payee or "/payee" in there) and not payee.name:
        yield Problem("BR-17", "/payee", "The payee has no name (BT-59).")
    if representative or "/representative" in there:
        if not representative.name:
            yield Problem("BR-18", "/representative", "The tax representative has no name (BT-62).")
        if not representative.address and "/representative/address" not in there:
            yield Problem("BR-19", "/representative", "The tax representative has no address.")
        elif not representative.address.country:
            yield Problem("BR-20", "/representative/address", "The tax representative's address has no country.")
        if not representative.vat_id:
            yield Problem("BR-56", "/representative", "The tax representative has no VAT id (BT-63).")
    for pointer, party in (("/seller", seller), ("/buyer", buyer), ("/representative", representative)):
        if party.vat_id and party.vat_id[:2] not in codes.countries() | {"EL", "XI"}:
            text = f"The VAT id {party.vat_id} does not begin with a country."
            yield Problem("BR-CO-09", f"{pointer}/vat_id", text)
    delivered_to = invoice.delivery.address
    if (delivered_to or "/delivery/address" in there) and not delivered_to.country:
        yield Problem("BR-57", "/delivery/address", "The address of the delivery has no country.")


def payments(invoice: EInvoice, there: Container[str]) -> Iterator[Problem]:
    for place, payment in enumerate(invoice.payments):
        pointer = f"/payments/{place}"
        if not payment.code:
            yield Problem("BR-49", pointer, "A way to pay has no code (BT-81).")
        if payment.code in CREDIT_TRANSFERS and not payment.account.number:
            text = "A credit transfer has no account to pay to (BT-84)."
            if payment.account or f"{pointer}/account" in there:
                yield Problem("BR-50", pointer, text)
            if f"{pointer}/account/number" not in there:
                yield Problem("BR-61", pointer, text)
    payable = invoice.totals.payable
    if payable is not None and payable > 0 and not invoice.is_credit_note and not invoice.due_on and not invoice.terms:
        text = f"{written(payable)} are to be paid, and neither a day (BT-9) nor terms (BT-20) say when."
        yield Problem("BR-CO-25", "/totals/payable", text)


def of_line(line: Line, at: str, there: Container[str]) -> Iterator[Problem]:
    name = f"Line {line.id}" if line.id else "A line"
    for rule, pointer, value, what in (
        ("BR-21", "", line.id, "no number (BT-126)"),
        ("BR-22", "", line.quantity, "no quantity (BT-129)"),
        ("BR-23", "/quantity", line.unit, "no unit (BT-130)"),
        ("BR-24", "", line.net, "no net amount (BT-131)"),
        ("BR-25", "", line.name, "no name of what is sold (BT-153)"),
        ("BR-26", "", line.price, "no price (BT-146)"),
        ("BR-CO-04", "", line.category, "no tax category (BT-151)"),
    ):
        if value is None or value == "":
            yield Problem(rule, f"{at}{pointer}", f"{name} has {what}.")
    if line.price is not None and line.price < 0:
        yield Problem("BR-27", f"{at}/price", f"{name} has a negative price.")
    if line.gross_price is not None and line.gross_price < 0:
        yield Problem("BR-28", f"{at}/gross_price", f"{name} has a negative price before its discount.")
    if f"{at}/period" in there and not line.period:
        yield Problem("BR-CO-20", f"{at}/period", f"{name} has a period with neither a beginning nor an end.")
    if backwards(line.period):
        yield Problem("BR-30", f"{at}/period", f"The period of {name[0].lower()}{name[1:]} ends before it begins.")
    for place, each in enumerate(line.attributes):
        if not each.name or not each.value:
            yield Problem("BR-54", f"{at}/attributes/{place}", f"{name} has an attribute without name or value.")
    if line.standard_code.value and not line.standard_code.scheme:
        yield Problem("BR-64", f"{at}/standard_code", f"{name}: its item's standard identifier has no scheme.")
    for place, each in enumerate(line.classifications):
        if not each.scheme:
            yield Problem("BR-65", f"{at}/classifications/{place}", f"{name}: its classification names no scheme.")
    yield from adjustments(line.adjustments, at, of_document=False)


def adjustments(parts: tuple[Adjustment, ...], at: str, *, of_document: bool) -> Iterator[Problem]:
    for place, each in enumerate(parts):
        pointer = f"{at}/adjustments/{place}"
        what = "A charge" if each.is_charge else "An allowance"
        no_amount, *no_reason = {
            (True, False): ("BR-31", "BR-33", "BR-CO-21"),
            (True, True): ("BR-36", "BR-38", "BR-CO-22"),
            (False, False): ("BR-41", "BR-42", "BR-CO-23"),
            (False, True): ("BR-43", "BR-44", "BR-CO-24"),
        }[of_document, each.is_charge]
        if each.amount is None:
            yield Problem(no_amount, pointer, f"{what} has no amount.")
        if of_document and not each.category:
            yield Problem("BR-37" if each.is_charge else "BR-32", pointer, f"{what} has no tax category.")
        if not each.reason and not each.reason_code:
            yield from (Problem(rule, pointer, f"{what} has no reason.") for rule in no_reason)


# --- What must add up


def sums(invoice: EInvoice) -> Iterator[Problem]:
    totals = invoice.totals
    nothing = Decimal(0)
    nets = [line.net for line in invoice.lines if line.net is not None]
    yield from adds_up("BR-CO-10", "lines", totals.lines, sum(nets, nothing), "the lines come to")
    for rule, name, said, is_charge, what in (
        ("BR-CO-11", "allowances", totals.allowances, False, "the allowances come to"),
        ("BR-CO-12", "charges", totals.charges, True, "the charges come to"),
    ):
        amounts = [each.amount or nothing for each in invoice.adjustments if each.is_charge is is_charge]
        if said is None and amounts:
            yield Problem(rule, "/totals", f"Their sum is missing: {what} {written(sum(amounts))}.")
        yield from adds_up(rule, name, said, sum(amounts, nothing), what)
    if totals.lines is not None:
        net = totals.lines - (totals.allowances or nothing) + (totals.charges or nothing)
        yield from adds_up("BR-CO-13", "net", totals.net, net, "lines less allowances plus charges are")
    if invoice.taxes:
        tax = sum([each.tax or nothing for each in invoice.taxes], nothing)
        yield from adds_up("BR-CO-14", "tax", totals.tax, tax, "the taxes come to")
    if totals.tax is None and invoice.currency:
        yield Problem("BR-CO-15", "/totals", "There is no total of the tax (BT-110).")
    if totals.net is not None:
        gross = totals.net + (totals.tax or nothing)
        yield from adds_up("BR-CO-15", "gross", totals.gross, gross, "the total without tax and the tax are")
    if totals.gross is not None:
        payable = totals.gross - (totals.prepaid or nothing) + (totals.rounding or nothing)
        text = "the total less what was paid, plus rounding, is"
        yield from adds_up("BR-CO-16", "payable", totals.payable, payable, text)


def adds_up(rule: str, name: str, said: Decimal | None, must: Decimal, what: str) -> Iterator[Problem]:
    if said is not None and abs(said - must) > ROUNDED:
        yield Problem(rule, f"/totals/{name}", f"It says {written(said)}, but {what} {written(must)}.")


def decimals(invoice: EInvoice) -> Iterator[Problem]:
    """Amounts have two decimals at most; prices may have more."""
    totals = invoice.totals
    amounts = [
        ("BR-DEC-09", "/totals/lines", totals.lines),
        ("BR-DEC-10", "/totals/allowances", totals.allowances),
        ("BR-DEC-11", "/totals/charges", totals.charges),
        ("BR-DEC-12", "/totals/net", totals.net),
        ("BR-DEC-13", "/totals/tax", totals.tax),
        ("BR-DEC-14", "/totals/gross", totals.gross),
        ("BR-DEC-15", "/totals/accounting_tax", totals.accounting_tax),
        ("BR-DEC-16", "/totals/prepaid", totals.prepaid),
        ("BR-DEC-17", "/totals/rounding", totals.rounding),
        ("BR-DEC-18", "/totals/payable", totals.payable),
    ]
    for place, tax in enumerate(invoice.taxes):
        amounts += [
            ("BR-DEC-19", f"/taxes/{place}/taxable", tax.taxable),
            ("BR-DEC-20", f"/taxes/{place}/tax", tax.tax),
        ]
    for place, each in enumerate(invoice.adjustments):
        of_amount, of_base = ("BR-DEC-05", "BR-DEC-06") if each.is_charge else ("BR-DEC-01", "BR-DEC-02")
        amounts += [
            (of_amount, f"/adjustments/{place}/amount", each.amount),
            (of_base, f"/adjustments/{place}/base", each.base),
        ]
    for number, line in enumerate(invoice.lines):
        amounts.append(("BR-DEC-23", f"/lines/{number}/net", line.net))
        for place, each in enumerate(line.adjustments):
            of_amount, of_base = ("BR-DEC-27", "BR-DEC-28") if each.is_charge else ("BR-DEC-24", "BR-DEC-25")
            pointer = f"/lines/{number}/adjustments/{place}"
            amounts += [(of_amount, f"{pointer}/amount", each.amount), (of_base, f"{pointer}/base", each.base)]
    for rule, pointer, amount in amounts:
        if amount is not None and amount.as_tuple().exponent < -2:
            yield Problem(rule, pointer, f"{written(amount)} has more than two decimals.")
