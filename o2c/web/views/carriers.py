"""Secrets of carriers: made and rotated by who has signed in of late, shown once, and ended."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from o2c.core.actors import Actor
from o2c.core.pages import onward, sent, show_form
from o2c.core.rights import needs
from o2c.orders.deliveries import signing
from o2c.orders.deliveries.keeping import DeliveryRefused
from o2c.orders.models import Carrier
from o2c.web.access.guards import fresh
from o2c.web.forms import RotateForm

FORM = ["GET", "HEAD", "POST"]


@needs("carriers.secrets")
@require_http_methods(FORM)
@fresh
def new_carrier_secret(request: HttpRequest, pk: int) -> HttpResponse:
    carrier = get_object_or_404(Carrier, pk=pk)
    rotates = signing.valid(carrier).exists()
    form = (RotateForm if rotates else forms.Form)(sent(request))
    if form.is_valid():
        overlap = timedelta(hours=form.cleaned_data.get("overlap", 0))
        try:
            issued = signing.issue(carrier, overlap=overlap, actor=Actor.of(request.user))
        except DeliveryRefused as refused:
            form.add_error(None, str(refused))
        else:
            # the one time that it is seen: an answer that nobody keeps, not a page to come back to
            answer = render(request, "web/carrier_secret.html", {"carrier": carrier, "issued": issued})
            answer["Cache-Control"] = "no-store"
            return answer
    return show_form(
        request, form, heading=f"New secret for {carrier.name}?", action="Make a new secret",
        about="The carrier signs with it what it tells of its parcels.", back=reverse("carrier", args=[pk]),
    )  # fmt: skip


@needs("carriers.secrets")
@require_http_methods(FORM)
@fresh
def end_carrier_secrets(request: HttpRequest, pk: int) -> HttpResponse:
    carrier = get_object_or_404(Carrier, pk=pk)
    back = reverse("carrier", args=[pk])
    if request.method == "POST":
        signing.end(carrier, actor=Actor.of(request.user))
        messages.success(request, f"From now on nothing is believed that {carrier.name} signs.")
        return onward(request, back)
    return show_form(
        request, forms.Form(), heading=f"End the secrets of {carrier.name}?", action="End them", style="danger",
        about="What it tells is refused at once, until it has a new one.", back=back,
    )  # fmt: skip
