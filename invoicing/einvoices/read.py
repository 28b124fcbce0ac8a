"""Reading an e-invoice: what it is, its content says, never its name. Nothing is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import islice
from pathlib import Path

from o2c.core.reading import xml
from o2c.invoicing.bank.statements import Refused
from o2c.invoicing.einvoices import cii, codes, facturx, peppol, rules, taxes, ubl
from o2c.invoicing.einvoices.binding import Reading, place
from o2c.invoicing.einvoices.model import EInvoice, Identifier, Line, Problem

LARGEST = 20 << 20
MOST_LEFT_OUT = 100
UBL, CII, FACTURX = "ubl", "cii", "facturx"
# Whose rules an invoice is held to: the norm's, or the norm's and Peppol's.
NORM, PEPPOL = "en16931", "peppol"
BEFORE = {"CrossIndustryDocument": "ZUGFeRD 1, which is older than EN 16931"}


@dataclass(frozen=True)
class ReadInvoice:
    """An e-invoice that was read. With problems it is refused.

    `left_out`: what the document says beyond EN 16931, by the places; it is not in the model.
    """

    syntax: str
    invoice: EInvoice
    problems: tuple[Problem, ...]
    left_out: tuple[str, ...]
    where: Callable[[str], str] = field(compare=False, repr=False)  # the place of a pointer into the model

    @property
    def refused(self) -> bool:
        return bool(self.problems)


def read(source: bytes | Path, *, by: str = NORM) -> ReadInvoice:
    """Read a file, and check it by the norm, or by Peppol's rules too.

    Raises Refused, with the place, for what is no invoice that can be read; OSError as files do.
    """
    content = source if isinstance(source, bytes) else _content(source)
    if len(content) > LARGEST:
        raise Refused("", f"The file is larger than {LARGEST >> 20} MB.")
    if facturx.is_pdf(content):
        return replace(_document(facturx.extract(content, largest=LARGEST), by), syntax=FACTURX)
    return _document(content, by)


def may_be_one(path: Path) -> bool:
    """Whether a file looks like an e-invoice at all: XML, or a PDF."""
    with path.open("rb") as file:
        head = file.read(facturx.HEAD)
    return facturx.is_pdf(head) or _begins_as_xml(head)


def _begins_as_xml(content: bytes) -> bool:
    """In whatever encoding: byte order marks and the halves of wide letters are passed over."""
    return content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<") or not content[:64].strip()


def _content(path: Path) -> bytes:
    """The file, or enough of it to see that it is too large."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _document(content: bytes, by: str) -> ReadInvoice:
    if not content.strip():
        raise Refused("", "The file is empty.")
    if not _begins_as_xml(content):
        raise Refused("", "It is neither XML nor a PDF, and so no e-invoice.")
    root, was = xml.tree(BytesIO(content))
    invoices = [each for each in root.iter(*ubl.ROOTS, cii.ROOT) if not _is_part(each)]
    if not invoices:
        raise Refused("line 1", f"It is no invoice in UBL or CII: it is {BEFORE.get(root.tag, was)}.")
    if len(invoices) > 1:
        raise Refused(place(invoices[1]), f"The file holds {len(invoices)} invoices; give each by itself.")
    syntax = cii if invoices[0].tag == cii.ROOT else ubl
    reading = Reading()
    invoice = normal(syntax.read(invoices[0], reading))
    found = [
        replace(each, where=reading.where(each.where) or place(invoices[0]))
        for each in rules.problems(invoice, reading.places, margin=taxes.IN_CII if syntax is cii else taxes.ONE)
        if each.where not in reading.unreadable
    ]
    networks = _of_peppol(invoices[0], syntax) if by == PEPPOL else ()
    return ReadInvoice(
        syntax=CII if syntax is cii else UBL,
        invoice=invoice,
        problems=(*reading.problems, *_currencies(invoices[0], invoice), *found, *networks),
        where=lambda pointer: reading.where(pointer) or place(invoices[0]),
        left_out=tuple(islice(_left_out(invoices[0], reading), MOST_LEFT_OUT)),
    )


def _of_peppol(root, syntax) -> list[Problem]:
    if syntax is cii:
        return [Problem("PEPPOL", place(root), "Peppol's rules are asked of UBL, and this is CII: convert it first.")]
    return peppol.problems(root)


def _is_part(element) -> bool:
    """Whether an element of such a name stands within an invoice."""
    return any(above.tag in ubl.ROOTS or above.tag == cii.ROOT for above in element.iterancestors())


def _currencies(root, invoice: EInvoice) -> Iterator[Problem]:
    """Amounts that say another currency than the invoice's; tax may be in the accounting currency too."""
    told = set()
    for element in root.iter("*"):
        currency = (element.get("currencyID") or "").strip()
        if not currency or currency == invoice.currency or currency in told:
            continue
        if currency == invoice.tax_currency and element.tag in ("TaxAmount", "TaxTotalAmount"):
            continue
        told.add(currency)
        if currency not in codes.currencies():
            yield Problem("BR-CL-03", place(element), f"{currency} is no currency of ISO 4217.")
        elif invoice.currency:
            yield Problem(
                "currency", place(element), f"An amount is in {currency}, and the invoice in {invoice.currency}."
            )


def _left_out(root, reading: Reading) -> Iterator[str]:
    for element in root.iter("*"):
        if element not in reading.used and not len(element) and (element.text or "").strip():
            yield place(element)


def normal(invoice: EInvoice) -> EInvoice:
    """The invoice in the one form that the model has for what the syntaxes say in several."""
    return replace(
        invoice,
        # BT-6 is there for where the two differ
        tax_currency="" if invoice.tax_currency == invoice.currency else invoice.tax_currency,
        taxes=tuple(replace(tax, reason_code=tax.reason_code.upper()) for tax in invoice.taxes),
        seller=replace(invoice.seller, ids=_ordered(invoice.seller.ids)),
        buyer=replace(invoice.buyer, ids=_ordered(invoice.buyer.ids)),
        payee=replace(invoice.payee, ids=_ordered(invoice.payee.ids)),
        lines=tuple(_line(line) for line in invoice.lines),
    )


def _ordered(ids: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """Those without a scheme first: CII has them apart."""
    return tuple(sorted(ids, key=lambda each: bool(each.scheme)))


def _line(line: Line) -> Line:
    """A price's discount and what it was before it, of which some say only one: BT-146 = BT-148 - BT-147."""
    if line.price is None or (line.discount is None) is (line.gross_price is None):
        return line
    if line.discount is None:
        return replace(line, discount=line.gross_price - line.price)
    return replace(line, gross_price=line.price + line.discount)
