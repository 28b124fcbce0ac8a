"""The commercial invoice of a delivery in the browser: the paper, or what is missing for it and where that is said."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from o2c.core import documents
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.refusals import Fault
from o2c.core.rights import may, needs
from o2c.invoicing.customs import keeping
from o2c.orders.models import Delivery

Link = tuple[str, str]  # what it is called, and its address


@needs("book.read")
@require_safe
def customs_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    seen = Delivery.objects.for_user(request.user).select_related("entity", "customer")
    found = get_object_or_404(seen, pk=pk)
    actor = Actor.of(request.user)
    try:
        kept = keeping.document_of(found, actor=actor)
    except keeping.NoCustomsInvoice as none:
        faults = _with_places(found, none.faults, setup=may(request.user, "setup.manage"))
        context = {"delivery": found, "none": none, "faults": faults}
        return render(request, "invoicing/customs_lacking.html", context)
    records.exported("Customs invoice", actor=actor, entity_ids=[found.entity_id], delivery=found.number)
    return documents.answer(kept.name, kept.media_type, bytes(kept.content))


def _with_places(delivery: Delivery, faults: list[Fault], *, setup: bool) -> list[tuple[Fault, list[Link]]]:
    """What is missing, each with the pages on which it can be said."""
    lines = list(delivery.lines.select_related("order_line__order", "order_line__product").order_by("position"))
    orders = {line.order_line.order_id: line.order_line.order for line in lines}
    of_orders = [(order.number, reverse("order", args=[pk])) for pk, order in orders.items()][:5]
    seller = [(delivery.entity.name, reverse("entity", args=[delivery.entity_id]))] if setup else []
    customer = [(delivery.customer.name, reverse("customer", args=[delivery.customer_id]))]
    placed = []
    for fault in faults:
        first, *rest = fault.pointer.strip("/").split("/")
        if first == "lines" and rest:
            ordered = lines[int(rest[0])].order_line
            links = [(ordered.order.number, reverse("order", args=[ordered.order_id]))]
            if ordered.product:
                links.append((ordered.product.number, reverse("product", args=[ordered.product_id])))
        else:
            links = {"seller": seller, "customer": customer, "invoices": [], "lines": []}.get(first, of_orders)
        placed.append((fault, links))
    return placed
