"""The documents of issued invoices: made once, when first wanted or by the job, and kept for good.

Whoever makes one holds the invoice's row, so that two who want it at once make one document. The job takes invoices
that nobody holds, some at a time and each lot in a transaction of its own: any number of workers print side by side,
one that dies leaves nothing behind, and what is printed already is not looked at again.
"""

import re
from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet

from o2c.core import clock, documents
from o2c.core.models import Document
from o2c.invoicing.models import Invoice
from o2c.invoicing.papers.reading import papers
from o2c.invoicing.papers.rendering import render, template_version
from o2c.invoicing.papers.wording import base_language

log = structlog.get_logger()

AT_ONCE = 50  # about a second, for which the rows are held
LEFT_ALONE_FOR = timedelta(minutes=5)

KEPT = """
    UPDATE invoicing_invoice i SET document_id = n.document
    FROM unnest(%s::bigint[], %s::bigint[]) AS n (invoice, document) WHERE i.id = n.invoice AND i.document_id IS NULL
"""


class NoDocument(ValueError):
    """There is no document of ours: the invoice is a draft, or another system numbered and sent it."""


class NotPrinted(RuntimeError):
    """Some invoices could not be printed; the others were."""


def to_print() -> QuerySet[Invoice]:
    """Issued here, and without a document."""
    return Invoice.objects.filter(document=None, numbered_here=True).exclude(state=Invoice.State.DRAFT)


def preview(invoice: Invoice) -> bytes:
    """The paper as it would be now; a draft's is marked as one. Nothing is kept."""
    return render(papers([invoice.pk])[invoice.pk])


def document_of(invoice: Invoice) -> Document:
    """The document of an issued invoice, made now where there is none yet. Raises NoDocument."""
    ensure([invoice])
    return Document.objects.get(pk=invoice.document_id)


def ensure(invoices: Iterable[Invoice]) -> None:
    """Make the documents of issued invoices that have none yet, each of which then names its own. Raises NoDocument."""
    without = {invoice.pk: invoice for invoice in invoices if invoice.document_id is None}
    if not without:
        return
    with transaction.atomic():
        held = list(Invoice.objects.select_for_update(no_key=True).filter(pk__in=without).order_by("pk"))
        missing = [row for row in held if row.document_id is None]
        for row in missing:
            if row.state == Invoice.State.DRAFT or not row.numbered_here:
                raise NoDocument(f"{row} has no document of ours.")
        if missing:
            _print([row.pk for row in missing])
        made = Invoice.objects.filter(pk__in=without).values_list("pk", "document_id")
        for pk, document_id in made:
            without[pk].document_id = document_id


def print_issued(*, seconds: float | None = None, at_once: int = AT_ONCE) -> int:
    """Make the documents that are missing, of invoices that nobody else holds; how many there were.

    `seconds`: begin no further lot after so many. Raises NotPrinted at the end where some could not be made.
    """
    until = clock.now() + timedelta(seconds=seconds) if seconds is not None else None
    after, made, failed = 0, 0, []
    while until is None or clock.now() < until:
        with transaction.atomic():
            rows = to_print().filter(pk__gt=after).order_by("pk").select_for_update(skip_locked=True, no_key=True)
            ids = list(rows.values_list("pk", flat=True)[:at_once])
            if not ids:
                break
            wrong = _print(ids) if len(ids) > 1 else [pk for pk in ids if not _printed(pk)]
        after = ids[-1]
        made += len(ids) - len(wrong)
        failed += wrong
    if failed:
        raise NotPrinted(f"{len(failed)} invoices could not be printed, the first has the id {failed[0]}.")
    return made


def waiting() -> bool:
    """Whether invoices have waited for their document for longer than a worker needs that is at it."""
    return to_print().filter(issued_at__lt=clock.now() - LEFT_ALONE_FOR).exists()


def _print(ids: list[int]) -> list[int]:
    """Print invoices whose rows we hold; the ids of those that could not be. One alone raises what went wrong."""
    try:
        with transaction.atomic():
            _print_all(ids)
    except Exception:
        if len(ids) == 1:
            raise
        return [pk for pk in ids if not _printed(pk)]
    return []


def _printed(pk: int) -> bool:
    try:
        _print([pk])
    except Exception:
        log.exception("invoice.not_printed", invoice_id=pk)
        return False
    return True


def _print_all(ids: list[int]) -> None:
    made = {}
    for pk, paper in papers(ids).items():
        made[pk] = documents.of(
            file_name(paper.number),
            documents.PDF,
            render(paper),
            language=base_language(paper.language),
            made_with=template_version(),
        )
    kept = Document.objects.bulk_create(made.values())
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [list(made), [document.pk for document in kept]])


def file_name(number: str) -> str:
    """What the file of a document is called: its number, of signs that every system takes."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', number).strip('-.') or 'document'}.pdf"
