"""The documents of issued invoices."""

from collections.abc import Iterable

from django.db.models import QuerySet

from o2c.core.models import Document
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers.printing import Printing
from o2c.invoicing.papers.reading import papers
from o2c.invoicing.papers.rendering import render


class NoDocument(ValueError):
    """There is no document of ours: the invoice is a draft, or another system numbered and sent it."""


def to_print() -> QuerySet[Invoice]:
    """Issued here, and without a document."""
    return Invoice.objects.filter(document=None, numbered_here=True).exclude(state=Invoice.State.DRAFT)


PRINTING = Printing(Invoice, "invoices", to_print, papers)
print_issued = PRINTING.print_missing


def preview(invoice: Invoice) -> bytes:
    """The paper as it would be now; a draft's is marked as one. Nothing is kept."""
    return render(papers([invoice.pk])[invoice.pk])


def document_of(invoice: Invoice) -> Document:
    """The document of an issued invoice, made now where there is none yet. Raises NoDocument."""
    ensure([invoice])
    return Document.objects.get(pk=invoice.document_id)


def ensure(invoices: Iterable[Invoice]) -> None:
    """Make the documents of issued invoices that have none yet, each of which then names its own. Raises NoDocument."""
    PRINTING.ensure(invoices, _check)


def waiting() -> bool:
    return PRINTING.waiting("issued_at")


def _check(invoice: Invoice) -> None:
    if invoice.state == Invoice.State.DRAFT or not invoice.numbered_here:
        raise NoDocument(f"{invoice} has no document of ours.")
