"""Writing an e-invoice: UBL, CII, or a PDF with the CII in it."""

from dataclasses import replace
from datetime import UTC, datetime

from lxml import etree

from o2c.invoicing.einvoices import cii, facturx, printed, ubl
from o2c.invoicing.einvoices.model import CREDIT_NOTES, EN_16931, EInvoice
from o2c.invoicing.einvoices.read import CII, FACTURX, UBL

FORMATS = (UBL, CII, FACTURX)
SUFFIXES = {UBL: ".ubl.xml", CII: ".cii.xml", FACTURX: ".facturx.pdf"}
MEDIA_TYPES = {UBL: "application/xml", CII: "application/xml", FACTURX: "application/pdf"}


def write(invoice: EInvoice, syntax: str, *, pdf: bytes | None = None) -> bytes:
    """The invoice in a syntax; what is read of it is the same invoice.

    `pdf`: the paper that a Factur-X is made of; left out, one is printed. Factur-X names EN 16931 alone as its
    specification (BT-24), and the type of a credit note is one of those that CII tells it by.
    """
    if syntax == UBL:
        return _bytes(ubl.write(invoice))
    if invoice.is_credit_note and invoice.type_code not in CREDIT_NOTES:
        raise ValueError(f"{invoice.type_code} is no type of a credit note in CII.")
    if syntax == CII:
        return _bytes(cii.write(invoice))
    day = invoice.issued_on
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    attached = _bytes(cii.write(replace(invoice, profile=EN_16931)))
    return facturx.attach(pdf if pdf is not None else printed.pdf(invoice), attached, at=at)


def _bytes(root) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
