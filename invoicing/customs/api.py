"""The commercial invoice of a delivery in the API."""

from django.http import HttpResponse
from django.urls import path
from rest_framework.request import Request

from o2c.core import documents
from o2c.core.api.endpoints import FileEndpoint, operation
from o2c.core.api.problems import Problem
from o2c.core.audit import records
from o2c.invoicing.customs import keeping
from o2c.orders.models import Delivery


class DeliveryCustomsInvoice(FileEndpoint):
    tag = "Deliveries"

    @operation("deliveries:read", "Read the customs invoice of a delivery", media=documents.PDF, refuses=True)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """The commercial invoice of an export as a PDF, the same once the delivery has left the house.

        409 where it is none or something is missing: `errors` say of which line what.
        """
        found = self.find(Delivery.objects.for_user(request.user), pk=pk)
        try:
            kept = keeping.document_of(found, actor=self.actor)
        except keeping.NoCustomsInvoice as none:
            errors = [{"pointer": each.pointer, "code": each.code, "detail": each.text} for each in none.faults]
            raise Problem("conflict", str(none), errors=errors) from None
        records.exported("Customs invoice", actor=self.actor, entity_ids=[found.entity_id], delivery=found.number)
        answer = documents.answer(kept.name, kept.media_type, bytes(kept.content))
        return self.file(answer, f'"{kept.pk}-{kept.sha256[:16]}"')


urlpatterns = [
    path("deliveries/<int:pk>/customs-invoice", DeliveryCustomsInvoice.as_view(), name="delivery-customs-invoice"),
]
