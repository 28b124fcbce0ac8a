"""The rules of EN 16931-1 by tax category: BR-S-1 to BR-O-14, BR-CO-17 and BR-CO-18."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from o2c.invoicing.einvoices.model import EInvoice, Problem, Tax

ONE, NOTHING, HUNDRED, CENT = Decimal(1), Decimal(0), Decimal(100), Decimal("0.01")
# The norm's schematron of CII takes a tax that is off by exactly one unit, that of UBL does not.
IN_CII = ONE + CENT / 2


@dataclass(frozen=True)
class Category:
    """A tax category. `rated`: it may have a rate; `reasoned`: it must say why nothing is taxed."""

    code: str
    rules: str  # the first part of its rules' numbers
    name: str
    rated: bool = False
    reasoned: bool = False


STANDARD = Category("S", "BR-S", "standard rate", rated=True)
CATEGORIES = {
    each.code: each
    for each in (
        STANDARD,
        Category("Z", "BR-Z", "zero rate"),
        Category("E", "BR-E", "exempt", reasoned=True),
        Category("AE", "BR-AE", "reverse charge", reasoned=True),
        Category("K", "BR-IC", "intra-Community supply", reasoned=True),
        Category("G", "BR-G", "export", reasoned=True),
        Category("O", "BR-O", "outside the scope of tax", reasoned=True),
        Category("L", "BR-AF", "IGIC", rated=True),
        Category("M", "BR-AG", "IPSI", rated=True),
    )
}
OUTSIDE = "O"


def problems(invoice: EInvoice, margin: Decimal = ONE) -> Iterator[Problem]:
    """`margin`: by how much a tax, or what is taxed, must not be off."""
    if not invoice.taxes:
        yield Problem("BR-CO-18", "/taxes", "There is no breakdown of the tax (BG-23).")
    for place, tax in enumerate(invoice.taxes):
        yield from of_row(invoice, tax, f"/taxes/{place}", margin)
    for code, category in CATEGORIES.items():
        yield from of_category(invoice, code, category)
    for pointer, code, rate, part in taxed(invoice):
        if code in CATEGORIES:
            yield from of_rate(CATEGORIES[code], rate, pointer, part)
    yield from outside(invoice)
    yield from within_the_community(invoice)


def of_row(invoice: EInvoice, tax: Tax, at: str, margin: Decimal) -> Iterator[Problem]:
    """One row of the breakdown."""
    for rule, value, what in (
        ("BR-45", tax.taxable, "no taxable amount (BT-116)"),
        ("BR-46", tax.tax, "no tax (BT-117)"),
        ("BR-47", tax.category or None, "no category (BT-118)"),
        ("BR-48", NOTHING if tax.category == OUTSIDE else tax.rate, "no rate (BT-119)"),
    ):
        if value is None:
            yield Problem(rule, at, f"A row of the tax breakdown has {what}.")
    if tax.tax is not None and tax.taxable is not None and not matches(tax, margin):
        must = amount_of(tax.taxable, tax.rate or NOTHING)
        text = f"It says {tax.tax:f}, but {tax.taxable:f} at {tax.rate or 0:f} % are {must:f}."
        yield Problem("BR-CO-17", f"{at}/tax", text)
    category = CATEGORIES.get(tax.category)
    if category is None:
        return
    if tax.taxable is not None:
        must = taxable(invoice, tax, category)
        off = abs(tax.taxable - must)
        if off >= margin if category.rated else off != 0:
            text = f"It says {tax.taxable:f}, but what is taxed so comes to {must:f}."
            yield Problem(f"{category.rules}-08", f"{at}/taxable", text)
    if tax.tax is not None and not category.rated and tax.tax != 0:
        yield Problem(f"{category.rules}-09", f"{at}/tax", f"The tax of {category.name} is 0, not {tax.tax:f}.")
    elif tax.tax is not None and tax.taxable is not None and category.rated and not matches(tax, margin):
        yield Problem(f"{category.rules}-09", f"{at}/tax", "The tax is not that of the taxable amount at its rate.")
    if bool(tax.reason or tax.reason_code) is not category.reasoned:
        text = (
            "Why nothing is taxed is missing." if category.reasoned else "A reason for exemption stands where tax is."
        )
        yield Problem(f"{category.rules}-10", at, text)


def amount_of(taxable_amount: Decimal, rate: Decimal) -> Decimal:
    """BT-117: the tax on an amount, half away from zero to the cent."""
    return (taxable_amount * rate / HUNDRED).quantize(CENT, ROUND_HALF_UP)


def matches(tax: Tax, margin: Decimal) -> bool:
    """BR-CO-17 as the norm's schematron has it: about one unit off, whatever the sign."""
    return abs(abs(tax.tax) - abs(amount_of(tax.taxable, tax.rate or NOTHING))) < margin


def taxable(invoice: EInvoice, tax: Tax, category: Category) -> Decimal:
    """What the lines, allowances and charges of a category, and of its rate where it has one, come to."""

    def same(code: str, rate: Decimal | None) -> bool:
        return code == tax.category and (not category.rated or (rate or NOTHING) == (tax.rate or NOTHING))

    lines = [line.net or NOTHING for line in invoice.lines if same(line.category, line.rate)]
    parts = [
        (each.amount or NOTHING) * (1 if each.is_charge else -1)
        for each in invoice.adjustments
        if same(each.category, each.rate)
    ]
    return sum(lines, NOTHING) + sum(parts, NOTHING)


LINE, ALLOWANCE, CHARGE = range(3)


def taxed(invoice: EInvoice) -> Iterator[tuple[str, str, Decimal | None, int]]:
    """Whatever has a tax: its pointer, category and rate, and which of the three it is."""
    for place, line in enumerate(invoice.lines):
        yield f"/lines/{place}", line.category, line.rate, LINE
    for place, each in enumerate(invoice.adjustments):
        yield f"/adjustments/{place}", each.category, each.rate, CHARGE if each.is_charge else ALLOWANCE


def of_category(invoice: EInvoice, code: str, category: Category) -> Iterator[Problem]:
    rows = sum(tax.category == code for tax in invoice.taxes)
    used = {part: pointer for pointer, said, _, part in reversed(list(taxed(invoice))) if said == code}
    if bool(used) is not bool(rows) if category.rated else (used or rows) and rows != 1:
        text = (
            f"The tax breakdown has {rows} rows of {category.name} ({code}), which {'is' if used else 'is not'} used."
        )
        yield Problem(f"{category.rules}-01", "/taxes", text)
    seller, buyer, representative = invoice.seller, invoice.buyer, invoice.representative
    ours = seller.vat_id or seller.tax_registration or representative.vat_id
    theirs = buyer.vat_id or (buyer.registration.value if code == "AE" else "")
    for part, pointer in sorted(used.items()):
        rule = f"{category.rules}-0{2 + part}"
        if code == OUTSIDE:
            if seller.vat_id or representative.vat_id or buyer.vat_id:
                yield Problem(rule, pointer, "What is outside the scope of tax stands on an invoice without VAT ids.")
        elif not ours:
            yield Problem(rule, pointer, f"{category.name[0].upper()}{category.name[1:]} needs the seller's VAT id.")
        elif code in ("AE", "K") and not theirs:
            yield Problem(rule, pointer, f"{category.name[0].upper()}{category.name[1:]} needs the buyer's VAT id.")


def of_rate(category: Category, rate: Decimal | None, pointer: str, part: int) -> Iterator[Problem]:
    rule = f"{category.rules}-0{5 + part}"
    if category is STANDARD:
        if rate is None or rate <= 0:
            yield Problem(rule, pointer, "The standard rate of tax is more than 0 %.")
    elif category.rated:
        if rate is None or rate < 0:
            yield Problem(rule, pointer, f"{category.name} needs a rate of 0 % or more.")
    elif category.code == OUTSIDE:
        if rate is not None:
            yield Problem(rule, pointer, "What is outside the scope of tax has no rate.")
    elif rate != 0:
        yield Problem(rule, pointer, f"The rate of {category.name} is 0 %.")


def outside(invoice: EInvoice) -> Iterator[Problem]:
    """What is outside the scope of tax stands alone."""
    if not any(tax.category == OUTSIDE for tax in invoice.taxes):
        return
    text = "What is outside the scope of tax stands on an invoice of its own."
    if any(tax.category != OUTSIDE for tax in invoice.taxes):
        yield Problem("BR-O-11", "/taxes", text)
    told = set()
    for pointer, code, _, part in taxed(invoice):
        if code not in ("", OUTSIDE) and part not in told:
            told.add(part)
            yield Problem(f"BR-O-{12 + part}", pointer, text)


def within_the_community(invoice: EInvoice) -> Iterator[Problem]:
    if not any(tax.category == "K" for tax in invoice.taxes):
        return
    if not invoice.delivery.on and not invoice.period:
        text = "An intra-Community supply says when it was delivered, or over which period."
        yield Problem("BR-IC-11", "/delivery", text)
    if not invoice.delivery.address.country:
        yield Problem("BR-IC-12", "/delivery", "An intra-Community supply says to which country it was delivered.")
