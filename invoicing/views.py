"""Receivables in the browser: open items, their age, and receipts."""

from decimal import Decimal
from itertools import pairwise

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.core import clock, replica
from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.money import MoneyError
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing import aging as ages
from o2c.invoicing import cash
from o2c.invoicing import items as acts
from o2c.invoicing.cash import conceding, discounts
from o2c.invoicing.forms import (
    AgingFilter,
    ItemFilter,
    OnDayForm,
    ReceiptForm,
    ReceiptSplitsForm,
    bucket_cells,
    bucket_title,
)
from o2c.invoicing.listing import NOBODY, Listing
from o2c.invoicing.matching import applying, deciding
from o2c.invoicing.models import (
    AgingBucketSet,
    Allocation,
    MatchingRules,
    Netting,
    OpenItem,
    Receipt,
)
from o2c.orders.models import Account, Customer, LegalEntity

CANNOT = (cash.CashRefused, acts.ItemRefused, applying.MatchRefused, MoneyError)
MOST_SPLITS = 200


@needs("book.read")
@require_safe
def items(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    collectors = _collectors(request.user)
    bounds = ages.bounds_of(None)
    form = ItemFilter(request.GET, entities=entities, collectors=collectors, bounds=bounds)
    form.is_valid()
    asked = form.cleaned_data
    low, high = _limits(asked.get("bucket", ""), bounds)
    chosen = [entity for entity in entities if asked.get("entity") in ("", None, entity.code)]
    today = _today(entities)
    listing = Listing(
        as_of=asked.get("as_of") or today,
        entity_ids=tuple(entity.pk for entity in chosen),
        customer=asked.get("customer", ""),
        currency=asked.get("currency", ""),
        collector=asked.get("collector", ""),
        late_over=low,
        late_up_to=high,
        order=asked.get("order") or "due",
    )
    if asked.get("overdue"):
        listing = listing.overdue()
    context = {"form": form, "listing": listing, "page": cut(listing, request.GET.get("page")), "today": today}
    if listing.customer:
        context["totals"] = listing.totals()
    return render(request, "invoicing/items.html", context)


@needs("book.read")
@require_safe
def aging(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    sets = list(AgingBucketSet.objects.exclude(code="default").values_list("code", "name").order_by("code"))
    form = AgingFilter(request.GET, entities=entities, sets=sets)
    form.is_valid()
    asked = form.cleaned_data
    by = asked.get("by") or "customer"
    as_of = asked.get("as_of") or _today(entities)
    chosen = [entity for entity in entities if asked.get("entity") in ("", None, entity.code)]
    bounds = ages.bounds_of(asked.get("buckets") or None)
    ids = [entity.pk for entity in chosen]
    found = replica.read(lambda: ages.aging(as_of, by=by, entity_ids=ids, bounds=bounds))
    page = cut(sorted(found.rows, key=lambda row: (row.currency, -row.total, row.key)), request.GET.get("page"))
    names = {}
    if by == "customer":
        names = dict(Customer.objects.filter(number__in={row.key for row in page}).values_list("number", "name"))
    # Cells lead to the rows behind them where the list of items knows the bucket.
    standard = bounds == ages.bounds_of(None)
    context = {
        "form": form,
        "as_of": as_of,
        "by": by,
        "names": names,
        "titles": [bucket_title(name) for name in found.names],
        "charts": [
            {"currency": currency, "total": found.totals[currency], "cells": bucket_cells(found.names, amounts)}
            for currency, amounts in found.buckets.items()
        ],
        "page": page,
        "rows": [
            {
                "key": row.key,
                "name": names.get(row.key, ""),
                "currency": row.currency,
                "total": row.total,
                "cells": bucket_cells(found.names, row.buckets),
                "query": {"entity": asked.get("entity"), **_filter_of(by, row.key)},
            }
            for row in page
        ],
        "linked": standard,
        "entity": asked.get("entity") or "",
    }
    return render(request, "invoicing/aging.html", context)


def _filter_of(by: str, key: str) -> dict[str, str]:
    return {by: key if key or by != "collector" else NOBODY}


def _limits(bucket: str, bounds: tuple[int, ...]) -> tuple[int | None, int | None]:
    """The days past due that a bucket holds: more than the first, at most the second."""
    limits = [(None, bounds[0]), *pairwise(bounds), (bounds[-1], None)]
    return dict(zip(ages.bucket_names(bounds), limits, strict=True)).get(bucket, (None, None))


def _today(entities: list[LegalEntity]):
    """The latest of the legal entities' days: what is due somewhere counts."""
    return max((clock.today(entity.time_zone) for entity in entities), default=clock.today())


def _collectors(user: User) -> list[str]:
    """Who looks after accounts that the user sees."""
    with_accounts = Account.objects.for_user(user).filter(collector__isnull=False).values("collector")
    return list(User.objects.filter(pk__in=with_accounts).order_by("username").values_list("username", flat=True))


# --- Receipts


@needs("book.read")
@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    found = Receipt.objects.for_user(request.user).select_related("customer", "entity", "item")
    if request.GET.get("left"):
        found = found.filter(item__open_amount__lt=0)
    if request.GET.get("customer"):
        found = found.filter(customer__number=request.GET["customer"])
    page = cut(found.order_by("-id"), request.GET.get("page"))
    return render(request, "invoicing/receipts.html", {"page": page})


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def new_receipt(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    initial = {
        "customer": request.GET.get("customer", ""),
        "entity": request.GET.get("entity") or (entities[0].code if entities else ""),
        "received_on": _today(entities),
        "currency": entities[0].base_currency if entities else "",
    }
    form = ReceiptForm(request.POST if request.method == "POST" else None, initial=initial, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            receipt = cash.receive(actor=Actor.of(request.user), **form.cleaned_data)
        except CANNOT as refused:
            form.add_error("amount", str(refused))
        else:
            if not cash.by_hand(receipt.entity):
                messages.success(request, f"Receipt {receipt.number} is booked. The ERP says what it settles.")
                return onward(request, reverse("receipt", args=[receipt.pk]))
            messages.success(request, f"Receipt {receipt.number} is booked. Say what it settles.")
            return onward(request, f"{reverse('receipt', args=[receipt.pk])}?fill=oldest")
    return show_form(request, form, heading="Record a receipt", action="Book it", back=reverse("receipts"))


@needs("book.read")
@require_http_methods(["GET", "HEAD"])
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    found = _receipt(request, pk)
    open_items = _applicable(found)
    suggested = cash.oldest_first(-found.item.open_amount, open_items) if request.GET.get("fill") == "oldest" else {}
    form = ReceiptSplitsForm(items=open_items, suggested=suggested, discounts=_discounts(found, open_items))
    return _show_receipt(request, found, form)


@needs("cash.book")
@require_POST
def apply_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    found = _receipt(request, pk)
    open_items = _applicable(found)
    form = ReceiptSplitsForm(request.POST, items=open_items, discounts=_discounts(found, open_items))
    if form.is_valid() and not form.parts():
        form.add_error(None, "Give at least one item an amount.")
    if form.is_valid():
        parts = form.parts()
        try:
            conceding.apply_parts(found, parts, on=clock.today(found.entity.time_zone), actor=Actor.of(request.user))
        except CANNOT as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{found.number} settles {len(parts)} item{'s' if len(parts) > 1 else ''}.")
            return redirect("receipt", pk)
    return _show_receipt(request, found, form, status=422)


@needs("cash.book")
@require_POST
def undo_allocation(request: HttpRequest, pk: int) -> HttpResponse:
    seen = OpenItem.objects.for_user(request.user)
    allocation = get_object_or_404(Allocation.objects.select_related("debit_item__entity"), pk=pk, debit_item__in=seen)
    try:
        cash.unapply(allocation, on=clock.today(allocation.debit_item.entity.time_zone), actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{allocation.debit_item.number} is open again.")
    made_it = Receipt.objects.filter(item_id=allocation.credit_item_id).first()
    return redirect("receipt", made_it.pk) if made_it else redirect("item", allocation.debit_item_id)


@needs("cash.book")
@require_http_methods(["GET", "HEAD", "POST"])
def reverse_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    found = _receipt(request, pk)
    form = OnDayForm(
        request.POST if request.method == "POST" else None, initial={"on": clock.today(found.entity.time_zone)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            deciding.take_back(found, on=form.cleaned_data["on"], actor=Actor.of(request.user))
        except CANNOT as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{found.number} is reversed; what it settled is open again.")
            return onward(request, reverse("receipt", args=[pk]))
    return show_form(
        request,
        form,
        heading=f"Reverse {found.number}",
        about="For money that came back or was typed wrongly. What it settled is open again; the number stays.",
        action="Reverse it",
        style="danger",
        back=reverse("receipt", args=[pk]),
    )


def _receipt(request: HttpRequest, pk: int) -> Receipt:
    seen = Receipt.objects.for_user(request.user).select_related("customer", "entity", "item")
    found = seen.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _applicable(found: Receipt) -> list[OpenItem]:
    """What the money can settle, the longest due first; nothing once the receipt is reversed or used up."""
    if found.reversed_on or not found.item.open_amount:
        return []
    owed = OpenItem.objects.filter(
        customer_id=found.customer_id, entity_id=found.entity_id, currency=found.currency, open_amount__gt=0
    )
    return list(owed.order_by("due_on", "id")[:MOST_SPLITS])


def _discounts(found: Receipt, open_items: list[OpenItem]) -> dict[int, Decimal]:
    """What the terms of each item grant on the whole of it for money of that day."""
    grace = (MatchingRules.objects.filter(entity=found.entity_id).first() or MatchingRules()).discount_grace_days
    granted = {}
    tiers_of = discounts.of_items(open_items)
    for item in open_items:
        tier = discounts.tier_on(tiers_of.get(item.pk, ()), found.received_on, grace_days=grace)
        if tier is not None:
            granted[item.pk] = discounts.whole(item.open_amount, item.currency, tier.percent)
    return granted


def _show_receipt(request: HttpRequest, found: Receipt, form: ReceiptSplitsForm, status: int = 200) -> HttpResponse:
    allocations = Allocation.objects.filter(credit_item_id=found.item_id).select_related("debit_item", "credit_item")
    allocations = allocations.order_by("id")
    undone = {allocation.reverses_id for allocation in allocations}
    context = {
        "receipt": found,
        "left": -found.item.open_amount,
        "netting": Netting.objects.filter(receipt=found).first() if found.method == Receipt.Method.NETTING else None,
        "form": form,
        "by_hand": cash.by_hand(found.entity),
        "allocations": [(row, row.amount > 0 and row.pk not in undone, cash.part_of(row)) for row in allocations],
    }
    return render(request, "invoicing/receipt.html", context, status=status)
