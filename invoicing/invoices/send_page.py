"""The dialog by which an issued invoice is sent by e-mail."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from o2c.core.actors import Actor
from o2c.core.rights import needs
from o2c.invoicing.invoices import sending
from o2c.invoicing.models import Invoice
from o2c.invoicing.send_form import send_by_form


@needs("invoices.issue")
@require_http_methods(["GET", "HEAD", "POST"])
def send_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    seen = Invoice.objects.for_user(request.user).select_related("entity", "customer", "corrects")
    invoice = get_object_or_404(seen.exclude(state=Invoice.State.DRAFT), pk=pk)
    return send_by_form(
        request, invoice.number, customer=invoice.customer, back=reverse("invoice", args=[pk]),
        send=partial(sending.send, invoice, actor=Actor.of(request.user)), sent=partial(sending.sent, invoice),
    )  # fmt: skip
