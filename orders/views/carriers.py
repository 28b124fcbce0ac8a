"""Carriers in the browser: the list, one with what it tells, and what is said of it."""

from django.conf import settings
from django.db.models import Exists
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core.actors import Actor
from o2c.core.pages import act_by_form, sent
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import LostRace
from o2c.orders.deliveries import carriers as acts
from o2c.orders.deliveries import signing
from o2c.orders.deliveries.forms import CarrierForm
from o2c.orders.deliveries.keeping import DeliveryRefused
from o2c.orders.models import Carrier, Delivery, TrackingEvent
from o2c.orders.models.tracking import about
from o2c.orders.views.shared import FORM

CANNOT = (DeliveryRefused, LostRace)


@needs("book.read")
@require_safe
def carriers(request: HttpRequest) -> HttpResponse:
    return render(request, "orders/carriers.html", {"page": cut(Carrier.objects.all(), request.GET.get("page"))})


@needs("book.read")
@require_safe
def carrier(request: HttpRequest, pk: int) -> HttpResponse:
    """With what it told and nobody of us can place: of whoever sees every legal entity, as it is about none of them."""
    found = get_object_or_404(Carrier, pk=pk)
    odd = TrackingEvent.objects.none()
    if request.user.all_entities:
        known = Exists(Delivery.objects.filter(about()))
        odd = TrackingEvent.objects.filter(carrier=found).odd().annotate(placed=known).order_by("-id")
    context = {
        "carrier": found,
        "secrets": signing.valid(found),
        "address": f"{settings.O2C_URL}{reverse('carrier_hook', args=[found.pk])}",
        "page": cut(odd, request.GET.get("page")),
    }
    return render(request, "orders/carrier.html", context)


@needs("carriers.edit")
@require_http_methods(FORM)
def new_carrier(request: HttpRequest) -> HttpResponse:
    return _carrier_form(request, None)


@needs("carriers.edit")
@require_http_methods(FORM)
def edit_carrier(request: HttpRequest, pk: int) -> HttpResponse:
    return _carrier_form(request, get_object_or_404(Carrier, pk=pk))


def _carrier_form(request: HttpRequest, row: Carrier | None) -> HttpResponse:
    def act(version=None, **facts) -> str:
        if row is None:
            return f"{acts.create(**facts, actor=Actor.of(request.user)).code} is there."
        return f"{acts.change(row, seen=version, **facts, actor=Actor.of(request.user)).code} is saved."

    return act_by_form(
        request, CarrierForm(sent(request), row=row), act, refusals=CANNOT, back=reverse("carriers"),
        heading="New carrier" if row is None else f"Edit {row.code}", action="Save", across=True,
    )  # fmt: skip
