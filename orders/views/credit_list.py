"""The credit analyst's list in the browser: held orders with their reasons, and where each customer stands."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock, formats
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form, sent
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import IllegalMove, LostRace
from o2c.orders.confirming import CreditRefused, weigh
from o2c.orders.credit import holding, policies
from o2c.orders.credit.exposing import Position, positions
from o2c.orders.credit_forms import HeldFilterForm, RejectForm, ReleaseForm
from o2c.orders.models import Account, CreditDecision, LegalEntity, Order
from o2c.orders.views.shared import FORM

CANNOT = (CreditRefused, IllegalMove, LostRace)
HELD = Order.State.ON_HOLD
PARTS = (
    ("open_items", "Open items", "age-0"),
    ("delivered", "Delivered, not invoiced", "age-1"),
    ("confirmed", "Confirmed, not delivered", "age-2"),
    ("order", "This order", "age-4"),
)


@needs("book.read")
@require_safe
def credit_list(request: HttpRequest) -> HttpResponse:
    """The held orders of a legal entity, those that wait longest first, as they would be decided now."""
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    held = Order.objects.for_user(request.user).filter(state=HELD)
    counts = dict.fromkeys((entity.pk for entity in entities), 0)
    counts |= dict(held.order_by().values_list("entity").annotate(Count("pk")))
    usual = next((entity for entity in entities if counts[entity.pk]), entities[0] if entities else None)
    form = HeldFilterForm(request.GET or None, entities=entities)
    asked = form.cleaned_data if form.is_valid() else {}
    entity = next((each for each in entities if each.code == asked.get("entity")), usual)
    rows = held.filter(entity=entity).select_related("customer", "entity")
    if text := asked.get("customer", "").strip():
        rows = rows.filter(customer__name__icontains=text) | rows.filter(customer__number__istartswith=text)
    page = cut(rows.order_by("ordered_on", "pk"), request.GET.get("page"))
    if entity is not None:
        _weigh(entity, page.rows)
    context = {
        "form": form, "page": page, "entity": entity, "many": len(entities) > 1,
        "counts": [(each, counts[each.pk]) for each in entities if counts[each.pk]],
    }  # fmt: skip
    return render(request, "orders/credit_list.html", context)


@needs("book.read")
@require_safe
def held_order(request: HttpRequest, pk: int) -> HttpResponse:
    """An order with its credit decisions, and where its customer stands now."""
    order = _order(request, pk)
    entity = order.entity
    policy = policies.of(entity)
    is_held = order.state == HELD
    if is_held:
        _weigh(entity, [order])
        position = order.position
    else:
        today = clock.today(entity.time_zone)
        position = positions(entity, [order.customer_id], today, policy).get(order.customer_id)
    context = {
        "order": order, "position": position, "parts": parts(position), "is_held": is_held,
        "two": is_held and holding.needs_two(policy, order),
        "first": holding.first_yes(order, policy) if is_held else None,
        "decisions": order.credit_decisions.order_by("-pk")[:50],
    }  # fmt: skip
    return render(request, "orders/held_order.html", context)


@needs("book.read")
@require_safe
def customer_exposure(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the customer's page that says what it owes and will owe; without a script, a page of its own."""
    accounts = list(
        Account.objects.for_user(request.user).filter(customer=pk).select_related("entity", "customer")
        .order_by("entity__code")[:20]
    )  # fmt: skip
    if not accounts:
        get_object_or_404(Account.objects.none())
    for account in accounts[:3]:
        today = clock.today(account.entity.time_zone)
        account.position = positions(account.entity, [pk], today)[pk]
        account.parts = parts(account.position)
    held = Order.objects.for_user(request.user).filter(customer=pk, state=HELD).order_by("ordered_on", "pk")[:5]
    context = {"customer": accounts[0].customer, "accounts": accounts[:3], "more": accounts[3:], "held": list(held)}
    return render(request, "orders/customer_exposure.html", context)


@needs("credit.release")
@require_http_methods(FORM)
def release_order(request: HttpRequest, pk: int) -> HttpResponse:
    order = _order(request, pk)
    policy = policies.of(order.entity)

    def act(reason: str) -> str:
        made = holding.release(order, reason=reason, actor=Actor.of(request.user))
        if made.outcome == CreditDecision.Outcome.FIRST_YES:
            return f"Your yes to {order.number} is written down; somebody else gives the second."
        return f"{order.number} is confirmed."

    about = "It is confirmed although something speaks against it."
    if holding.needs_two(policy, order):
        first = holding.first_yes(order, policy)
        about = (
            f"{first.decided_by} said yes: {first.note}" if first else "Two people release so much: you are the first."
        )
    return act_by_form(
        request, ReleaseForm(sent(request)), act, refusals=CANNOT, heading=f"Release {order.number}?", about=about,
        action="Release", back=_at(order), to=reverse("credit_list"),
    )  # fmt: skip


@needs("credit.release")
@require_http_methods(FORM)
def reject_order(request: HttpRequest, pk: int) -> HttpResponse:
    order = _order(request, pk)

    def act(reason: str, then: str) -> str:
        holding.reject(order, reason=reason, cancel=then == "cancel", actor=Actor.of(request.user))
        return f"{order.number} is {'cancelled' if then == 'cancel' else 'a draft again'}."

    return act_by_form(
        request, RejectForm(sent(request)), act, refusals=CANNOT, heading=f"Reject {order.number}?", style="danger",
        action="Reject", back=_at(order), to=reverse("credit_list"),
    )  # fmt: skip


# --- What they share


def parts(position: Position | None) -> list[dict]:
    """The parts of an exposure as a bar of 1000 units, with their figures; the limit is where the bar would be full."""
    if position is None:
        return []
    exposure = position.exposure
    full = max(position.limit.amount or 0, exposure.total, 1)
    found, x = [], 0
    for name, title, tone in PARTS:
        amount = getattr(exposure, name)
        width = max(round(amount * 1000 / full), 0)
        if amount:
            text = f"{formats.amount(amount, exposure.currency)} {exposure.currency}"
            found.append({"title": title, "tone": tone, "x": x, "width": width, "amount": amount, "text": text})
        x += width
    return found


def _weigh(entity: LegalEntity, orders: list[Order]) -> None:
    """Where each order's customer stands now, if this order alone were confirmed beside those that are."""
    if not orders:
        return
    today = clock.today(entity.time_zone)
    for each in weigh(entity, orders, today, apart=True):
        order = each.order
        order.position, order.decided = each.position, each.decided
        order.parts = parts(each.position)


def _order(request: HttpRequest, pk: int) -> Order:
    return get_object_or_404(Order.objects.for_user(request.user).select_related("entity", "customer"), pk=pk)


def _at(order: Order) -> str:
    return reverse("held_order", args=[order.pk])
