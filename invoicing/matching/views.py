"""What decisions have taught about who pays, in the browser."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from o2c.core.actors import Actor
from o2c.core.pages import onward, show_form
from o2c.core.rights import needs
from o2c.invoicing.matching import learning
from o2c.invoicing.models import PayerAlias


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def forget_payer(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw what decisions have taught about who pays so."""
    seen = PayerAlias.objects.for_user(request.user).select_related("customer", "entity")
    found = get_object_or_404(seen, pk=pk, withdrawn_at=None)
    back = reverse("customer", args=[found.customer_id])
    if request.method == "POST":
        learning.withdraw(found, actor=Actor.of(request.user))
        messages.success(request, f"{found.key} no longer stands for {found.customer.name}.")
        return onward(request, back)
    return show_form(
        request,
        forms.Form(),
        heading=f"Forget that {found.customer.name} pays so",
        about=f"{found.get_kind_display()}: {found.key}. Payments to {found.entity.code} are no longer matched by it;"
        " what was matched stays.",
        action="Forget it",
        style="danger",
        back=back,
    )
