"""The commercial invoice of a delivery in the browser: the paper, or what is missing for it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from o2c.core import documents
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.rights import needs
from o2c.invoicing.customs import keeping
from o2c.orders.models import Delivery


@needs("book.read")
@require_safe
def customs_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Delivery.objects.for_user(request.user).select_related("entity"), pk=pk)
    actor = Actor.of(request.user)
    try:
        kept = keeping.document_of(found, actor=actor)
    except keeping.NoCustomsInvoice as none:
        return render(request, "invoicing/customs_lacking.html", {"delivery": found, "none": none})
    records.exported("Customs invoice", actor=actor, entity_ids=[found.entity_id], delivery=found.number)
    return documents.answer(kept.name, kept.media_type, bytes(kept.content))
