"""Entering an order: one page of forms that prices and checks it as it is typed, by the act that saves it."""

import re
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.pages import onward
from o2c.core.rights import needs
from o2c.core.states import LostRace
from o2c.orders.models import Account, Customer, LegalEntity, Order
from o2c.orders.ordering import writing
from o2c.orders.ordering.drafts import OrderRefused
from o2c.orders.ordering.trying import Tried, attempt
from o2c.orders.views.entry_sheet import MOST_LINES, SHIP_TO, EntrySheet
from o2c.orders.views.shared import FORM

# Presses that only change the page: where they act, and on which row.
PRESS = re.compile(r"(next|line|(up|down|drop)-line-([0-9]{1,3}))")
# What few orders need is folded away until it says something.
MORE = ("currency", "buyer_reference", "incoterm", "incoterm_place", *SHIP_TO)


@needs("orders.edit")
@require_http_methods(FORM)
def new_order(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _take(request, EntrySheet.sent(request.POST, user=request.user), None)
    entity = LegalEntity.objects.for_user(request.user).order_by("code").first()
    customer = Customer.objects.for_user(request.user).filter(number=request.GET.get("customer", "")).first()
    if customer is not None:
        accounts = Account.objects.for_user(request.user).filter(customer=customer).select_related("entity")
        entity = next((account.entity for account in accounts), entity)
    head = {
        "customer": customer.number if customer else "",
        "entity": entity.code if entity else "",
        "ordered_on": clock.today(entity.time_zone) if entity else None,
    }
    return _show(request, EntrySheet(head, [], user=request.user), None)


@needs("orders.edit")
@require_http_methods(FORM)
def edit_order(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(
        Order.objects.for_user(request.user).select_related("entity", "customer", "terms", "contract"), pk=pk
    )
    if found.state not in Order.OPEN_TO_CHANGE:
        raise LostRace(f"{found} is {found.get_state_display().lower()}, and stays as it is.")
    if found.lines.count() > MOST_LINES:
        raise LostRace(
            f"{found} has more than {MOST_LINES} lines: what sent it changes it, and this page would lose some."
        )
    if request.method == "POST":
        return _take(request, EntrySheet.sent(request.POST, user=request.user), found)
    return _show(request, EntrySheet.of(found, user=request.user), found)


def _take(request: HttpRequest, sheet: EntrySheet, existing: Order | None) -> HttpResponse:
    press = request.POST.get("act", "")
    if request.GET.get("live"):
        return render(request, "orders/entry_live.html", _tried(request, sheet, existing) | {"oob": True})
    if PRESS.fullmatch(press):
        return _show(request, sheet.pressed(press), existing)
    if sheet.is_valid():
        try:
            seen = {"seen": _seen(request)} if existing else {}
            draft = sheet.draft(existing, submitted=press != "draft")
            written = writing.write(draft, existing=existing, actor=Actor.of(request.user), **seen)
        except OrderRefused as refused:
            sheet.tell(refused.faults)
        except LostRace as lost:
            sheet.head.add_error(None, f"{lost} What you typed is still here.")
        else:
            messages.success(request, f"{written} is {written.get_state_display().lower()}.")
            return onward(request, reverse("order", args=[written.pk]))
    return _show(request, sheet, existing, status=422)


def _seen(request: HttpRequest) -> datetime:
    """The version that the page was made of. Raises LostRace where it is none."""
    try:
        return datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        raise LostRace("Look at the order again.") from None


def _show(request: HttpRequest, sheet: EntrySheet, existing: Order | None, status: int = 200) -> HttpResponse:
    context = _tried(request, sheet, existing) | {
        "sheet": sheet,
        "existing": existing,
        "seen": request.POST.get("seen") or (existing.updated_at.isoformat() if existing else ""),
        "back": reverse("order", args=[existing.pk]) if existing else reverse("orders"),
        "more_open": any(sheet.head[name].errors or (existing and sheet.head[name].value()) for name in MORE),
    }
    return render(request, "orders/enter.html", context, status=status)


def _tried(request: HttpRequest, sheet: EntrySheet, existing: Order | None) -> dict:
    """What it would come to, and what would be wrong: the order is written, looked at, and taken back."""
    draft = sheet.attempt(existing, clock.today())
    tried = attempt(draft, actor=Actor.of(request.user), existing=existing) if draft else Tried()
    written = dict(zip(sheet.places, tried.lines, strict=False))
    for line in tried.lines:
        line.wrong = [each for each in tried.problems if each.line_id == line.pk]
    return {
        "order": tried.order,
        "of_order": [each for each in tried.problems if each.line_id is None],
        "wrong": sum(each.waived_at is None for each in tried.problems),
        "faults": tried.faults,
        "taxes": tried.taxes,
        "lines": [(form, written.get(place)) for place, form in enumerate(sheet.lines)],
        "said": draft is not None,
    }
