"""The document of a note of interest: shown, and sent by e-mail."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections.interest import papers, sending
from o2c.collections.models import InterestNote
from o2c.core import documents
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.rights import needs
from o2c.invoicing.send_form import send_by_form


@needs("book.read")
@require_safe
def interest_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The note as a PDF, as it was given out."""
    note = get_object_or_404(InterestNote.objects.for_user(request.user), pk=pk)
    kept = papers.document_of(note)
    records.exported("InterestNote", actor=Actor.of(request.user), entity_ids=[note.entity_id], note=pk)
    return documents.answer(kept.name, kept.media_type, bytes(kept.content))


@needs("interest.charge")
@require_http_methods(["GET", "HEAD", "POST"])
def send_interest(request: HttpRequest, pk: int) -> HttpResponse:
    rows = InterestNote.objects.for_user(request.user).select_related("entity", "customer", "item")
    note = get_object_or_404(rows, pk=pk)
    return send_by_form(
        request, note.number, customer=note.customer, back=reverse("interest_note", args=[pk]),
        send=partial(sending.send, note, actor=Actor.of(request.user)), sent=partial(sending.sent, note),
    )  # fmt: skip
