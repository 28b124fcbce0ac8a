"""Deliveries in the browser: the board, one with its lines, and what can be done with it."""

from django.db.models import Exists, F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import documents, territories
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.pages import act_by_form, onward, sent
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import LostRace
from o2c.orders.deliveries import keeping
from o2c.orders.deliveries.forms import (
    CancelDeliveryForm,
    ChangeDeliveryForm,
    DeliverForm,
    DeliveryFilter,
    PlanDeliveryForm,
    ProveForm,
    ShipForm,
)
from o2c.orders.deliveries.keeping import DeliveryRefused
from o2c.orders.models import Delivery, DeliveryLine, LegalEntity, Order, TrackingEvent
from o2c.orders.views.shared import FORM

CANNOT = (DeliveryRefused, LostRace)
STATE = Delivery.State
# More are planned part by part: a form of thousands of fields helps nobody.
MOST_IN_FORM = 200
MOST_TOLD = 100
# The lanes of the board. What is to be invoiced stands in two of them: it may be under way still.
LANES = (
    ("ship", "To ship"), ("way", "Under way"), ("trouble", "In trouble"), ("proof", "Delivered without proof"),
    ("bill", "To invoice"), ("all", "All"),
)  # fmt: skip


def in_lane(rows: QuerySet[Delivery], lane: str) -> QuerySet[Delivery]:
    match lane:
        case "ship":
            return rows.filter(state=STATE.PLANNED)
        case "way":
            return rows.filter(state=STATE.SHIPPED)
        case "trouble":  # until it is proved or cancelled
            open_yet = rows.filter(state__in=[STATE.PLANNED, STATE.SHIPPED, STATE.DELIVERED])
            return open_yet.filter(Exists(TrackingEvent.objects.troubled()))
        case "proof":
            return rows.filter(state=STATE.DELIVERED)
        case "bill":
            unbilled = DeliveryLine.objects.filter(billed__lt=F("quantity")).values("delivery")
            return rows.filter(state__in=Delivery.GONE, pk__in=unbilled)
    return rows


@needs("book.read")
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """What is waiting longest stands first."""
    entities = LegalEntity.objects.for_user(request.user).order_by("code")
    form = DeliveryFilter(request.GET, entities=entities)
    form.is_valid()
    asked, lane = form.cleaned_data, request.GET.get("lane", "ship")
    lane = lane if lane in dict(LANES) else "ship"
    rows = Delivery.objects.for_user(request.user)
    if asked.get("entity"):
        rows = rows.filter(entity__code=asked["entity"])
    if text := asked.get("q", "").strip():
        rows = rows.filter(
            Q(number__istartswith=text) | Q(tracking_number__istartswith=text)
            | Q(customer__number__istartswith=text) | Q(customer__name__icontains=text)
        )  # fmt: skip
    found = in_lane(rows, lane).select_related("entity", "customer", "carrier")
    page = cut(found.order_by("-id" if lane == "all" else "id"), request.GET.get("page"))
    lanes = [(name, title, None if name == "all" else in_lane(rows, name).count()) for name, title in LANES]
    if lane == "trouble":
        told = TrackingEvent.objects.trouble_of(list(page))
        for row in page:
            row.trouble = told.get(row.pk)
    context = {"form": form, "page": page, "lanes": lanes, "lane": lane}
    return render(request, "orders/deliveries.html", context)


@needs("book.read")
@require_safe
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    found = _delivery(request, pk)
    lines = found.lines.select_related("order_line__order", "order_line__product").order_by("position")
    page = cut(lines, request.GET.get("page"))
    told = list(TrackingEvent.objects.of(found).reverse()[:MOST_TOLD])
    context = {"delivery": found, "page": page, "gone": found.state in Delivery.GONE, "told": told}
    if found.state != STATE.CANCELLED and found.ship_to_country:
        context["exported"] = not territories.same_customs(found.entity.country, found.ship_to_country)
    if told and found.state != STATE.CANCELLED:
        context["trouble"] = told[0] if told[0].kind in TrackingEvent.TROUBLE else None
        context["ahead"] = found.state == STATE.PLANNED
    return render(request, "orders/delivery.html", context)


@needs("book.read")
@require_safe
def delivery_proof(request: HttpRequest, pk: int) -> HttpResponse:
    found = _delivery(request, pk)
    if found.proof is None:
        raise Http404
    records.exported("Proof of delivery", actor=Actor.of(request.user), delivery=found.number, file=found.proof.name)
    return documents.answer(found.proof.name, found.proof.media_type, bytes(found.proof.content))


# --- Acts


@needs("deliveries.work")
@require_http_methods(FORM)
def plan_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Parts of one order: what is left of each line stands in the form."""
    orders = Order.objects.for_user(request.user).filter(state__in=keeping.SHIPS).select_related("entity")
    order = get_object_or_404(orders, pk=pk)
    rests = keeping.left([order.pk])
    open_lines = [pk for pk, rest in rests.items() if rest > 0]
    lines = list(order.lines.filter(pk__in=open_lines).select_related("product").order_by("position")[:MOST_IN_FORM])
    form = PlanDeliveryForm(sent(request), lines=lines, rests=rests)
    made: list[Delivery] = []

    def act(**facts) -> str:
        parts = [keeping.Part(line, quantity) for line, quantity in form.parts()]
        facts = {name: facts[name] for name in ("planned_on", "carrier", "note")}
        made.append(keeping.plan(parts, **facts, actor=Actor.of(request.user)))
        return f"{made[0].number} is planned."

    answer = act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Deliver of {order.number}", action="Plan it",
        about=_about(len(open_lines)), back=reverse("deliveries"), across=True,
    )  # fmt: skip
    return onward(request, _at(made[0])) if made else answer


@needs("deliveries.work")
@require_http_methods(FORM)
def edit_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    found = _delivery(request, pk)
    lines = list(found.lines.select_related("order_line__product").order_by("position")[:200])
    form = ChangeDeliveryForm(sent(request), row=found, lines=lines)

    def act(version, **facts) -> str:
        said = {name: facts[name] for name in ("carrier", "tracking_number", "note")}
        if found.state == STATE.PLANNED:
            said |= {"planned_on": facts["planned_on"], "quantities": form.quantities()}
        keeping.change(found, seen=version, **said, actor=Actor.of(request.user))
        return f"{found.number} is saved."

    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"Edit {found.number}", action="Save", back=_at(found),
        across=True,
    )  # fmt: skip


@needs("deliveries.work")
@require_http_methods(FORM)
def ship_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    found = _delivery(request, pk)

    def act(**facts) -> str:
        keeping.ship(found, **facts, actor=Actor.of(request.user))
        return f"{found.number} has left the house."

    initial = {"carrier": found.carrier_id, "tracking_number": found.tracking_number}
    return act_by_form(
        request, ShipForm(sent(request), initial=initial), act, refusals=CANNOT, heading=f"Ship {found.number}",
        about="Its goods count as delivered from here on, and may be invoiced.", action="Ship it", back=_at(found),
    )  # fmt: skip


@needs("deliveries.work")
@require_http_methods(FORM)
def deliver_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    found = _delivery(request, pk)

    def act(**facts) -> str:
        keeping.deliver(found, **facts, actor=Actor.of(request.user))
        return f"{found.number} has arrived."

    return act_by_form(
        request, DeliverForm(sent(request)), act, refusals=CANNOT, heading=f"{found.number} arrived",
        action="It arrived", back=_at(found),
    )  # fmt: skip


@needs("deliveries.work")
@require_http_methods(FORM)
def prove_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    found = _delivery(request, pk)
    given = (request.POST, request.FILES) if request.method == "POST" else ()

    def act(by, on, file) -> str:
        paper = {} if file is None else {"name": file.name, "content": file.read(keeping.LARGEST_PROOF + 1)}
        keeping.prove(found, by=by, on=on, **paper, actor=Actor.of(request.user))
        return f"{found.number} is proved."

    return act_by_form(
        request, ProveForm(*given, initial={"by": found.proved_by}), act, refusals=CANNOT,
        heading=f"Proof of {found.number}", action="Keep it", back=_at(found),
        about="Who took it in, when, and the signed paper where there is one.",
    )  # fmt: skip


@needs("deliveries.work")
@require_http_methods(FORM)
def cancel_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    found = _delivery(request, pk)

    def act(reason) -> str:
        keeping.cancel(found, reason=reason, actor=Actor.of(request.user))
        return f"{found.number} is cancelled; its goods are left to deliver."

    return act_by_form(
        request, CancelDeliveryForm(sent(request)), act, refusals=CANNOT, heading=f"Cancel {found.number}?",
        style="danger", action="Cancel it", back=_at(found), about="Its goods are left to deliver again.",
    )  # fmt: skip


def _about(open_lines: int) -> str:
    about = "A line of nothing is left for another delivery."
    if open_lines > MOST_IN_FORM:
        about = (
            f"The first {MOST_IN_FORM} of {open_lines} lines that are left; plan the others with another one. {about}"
        )
    return about


def _delivery(request: HttpRequest, pk: int) -> Delivery:
    seen = Delivery.objects.for_user(request.user).select_related("entity", "customer", "carrier", "proof")
    return get_object_or_404(seen, pk=pk)


def _at(found: Delivery) -> str:
    return reverse("delivery", args=[found.pk])
