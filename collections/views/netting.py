"""Nettings in the browser: payables, a new netting with what is suggested, deciding, and what the vendor ledger has."""

from decimal import Decimal

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from o2c.collections.netting import agreeing, asking, deciding, eligible, telling
from o2c.collections.netting_forms import NettingFilterForm, SharesForm, UndoForm
from o2c.core import clock, formats, states
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.money import MoneyError, known_currencies, plain
from o2c.core.pages import act_by_form, onward, sent
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing import cash
from o2c.invoicing.cash import CashRefused, waiting
from o2c.invoicing.cash.forms import ApproveForm, RefuseForm
from o2c.invoicing.forms import OnDayForm
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.models import Netting, NettingAgreement, Payable
from o2c.orders.models import Customer

CANNOT = (CashRefused, ItemRefused, MoneyError, states.IllegalMove, states.LostRace)
FORM = ["GET", "HEAD", "POST"]
State = Netting.State
MOST = 20  # payables on a customer's page


@needs("netting.read")
@require_safe
def nettings(request: HttpRequest) -> HttpResponse:
    """The nettings, the newest first, and how many the vendor ledger does not have yet."""
    form = NettingFilterForm(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    seen = Netting.objects.for_user(request.user)
    rows = seen.filter(state=asked["state"]) if asked.get("state") else seen
    rows = _of_customers(rows, asked.get("customer", "")).select_related("entity", "customer").order_by("-id")
    context = {
        "form": form,
        "page": cut(rows, request.GET.get("page")),
        "to_take_over": telling.waiting(seen).count(),
    }
    return render(request, "collections/nettings.html", context)


def _of_customers(rows: QuerySet, text: str) -> QuerySet:
    text = text.strip()
    return rows.filter(Q(customer__name__icontains=text) | Q(customer__number__iexact=text)) if text else rows


@needs("netting.read")
@require_safe
def payables(request: HttpRequest) -> HttpResponse:
    """What we owe customers, the longest due first; only what is left unless all is asked for."""
    rows = Payable.objects.for_user(request.user).select_related("entity", "customer")
    typed, show_all = request.GET.get("customer", ""), request.GET.get("show") == "all"
    rows = _of_customers(rows if show_all else rows.filter(open_amount__gt=0), typed)
    context = {
        "page": cut(rows.order_by("due_on", "id"), request.GET.get("page")),
        "customer": typed,
        "show_all": show_all,
    }
    return render(request, "collections/payables.html", context)


@needs("netting.read")
@require_safe
def customer_payables(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the customer's page that says what we owe it; without a script, the page itself has the link."""
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    rows = Payable.objects.for_user(request.user).filter(customer=customer, open_amount__gt=0).select_related("entity")
    agreements = list(_agreements(request).filter(customer=customer))
    _lay_out(agreements)
    waits = Netting.objects.for_user(request.user).filter(customer=customer).order_by("-id")[:3]
    context = {
        "customer": customer,
        "page": cut(rows.order_by("due_on", "id"), None, size=MOST),
        "agreements": [each for each in agreements if each.until is None or each.until >= _today(each)],
        "nettings": list(waits),
    }
    return render(request, "collections/customer_payables.html", context)


def _agreements(request: HttpRequest) -> QuerySet[NettingAgreement]:
    return NettingAgreement.objects.for_user(request.user).select_related("entity", "customer")


def _lay_out(agreements: list[NettingAgreement]) -> None:
    """Say of each whether it counts today, and in which currencies there is anything to net."""
    both = eligible.currencies(agreements)
    for each in agreements:
        each.counts_now = agreeing.counts(each, _today(each))
        each.currencies = both.get(each.pk, []) if each.counts_now else []


@needs("netting.read")
@require_safe
def netting_agreements(request: HttpRequest) -> HttpResponse:
    page = cut(_agreements(request).order_by("customer__name", "-since", "-id"), request.GET.get("page"))
    _lay_out(page.rows)
    return render(request, "collections/netting_agreements.html", {"page": page})


# --- Asking


@needs("netting.ask")
@require_http_methods(FORM)
def new_netting(request: HttpRequest, pk: int, currency: str) -> HttpResponse:
    """Choose what is netted: suggested oldest due first, with what both sides come to."""
    if currency not in known_currencies():
        raise Http404
    agreement = get_object_or_404(_agreements(request), pk=pk)
    today = _today(agreement)
    sides = eligible.sides(agreement, currency, today)
    form = SharesForm(sent(request), sides=sides, currency=currency)
    if request.method == "POST" and form.is_valid() and request.POST.get("and") != "sum":
        try:
            made = asking.ask(
                agreement, currency, items=form.shares("item"), owed=form.shares("payable"),
                reason=form.cleaned_data["reason"], on=today, actor=Actor.of(request.user),
            )  # fmt: skip
        except CANNOT as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Asked for: {made.reference} waits for somebody else's approval.")
            return onward(request, reverse("netting", args=[made.pk]))
    ours, theirs, more = form.totals()
    context = {
        "agreement": agreement, "currency": currency, "form": form, "ours": ours, "theirs": theirs, "more": more,
        "counts": agreeing.counts(agreement, today), "by_hand": cash.by_hand(agreement.entity),
        "nothing": plain(Decimal(0), currency),
        "free": any(not row.why for row in sides.items) and any(not row.why for row in sides.payables),
    }  # fmt: skip
    wrong = form.is_bound and not form.is_valid()
    return render(request, "collections/new_netting.html", context, status=422 if wrong else 200)


# --- A netting


@needs("netting.read")
@require_safe
def netting(request: HttpRequest, pk: int) -> HttpResponse:
    found = _netting(request, pk)
    context = {
        "netting": found,
        "items": list(found.items.select_related("item").order_by("item__due_on", "item_id")),
        "payables": list(found.payables.select_related("payable").order_by("payable__due_on", "payable_id")),
        "mine": found.asked_by_id == request.user.pk,
        "approvable": found.state == State.ASKED and waiting.approvable(found, request.user.pk),
    }
    return render(request, "collections/netting.html", context)


@needs("approvals.decide")
@require_http_methods(FORM)
def approve_netting(request: HttpRequest, pk: int) -> HttpResponse:
    found = _netting(request, pk)

    def approve(note: str) -> str:
        done = deciding.approve(found, on=_today(found), note=note, actor=Actor.of(request.user))
        waiting.forget(request.user)
        if done.state == State.ASKED:
            return "Approved by you. The amount needs a second approval."
        return f"{found.reference} is netted: {_sum(found)} of each side are cleared."

    return _form(
        request, found, ApproveForm(sent(request)), approve, heading=f"Approve {found.reference}?", action="Approve",
        about=f"{found.asker}: “{found.reason}” {_sum(found)} of each side clear each other today.",
    )  # fmt: skip


@needs("approvals.decide")
@require_http_methods(FORM)
def refuse_netting(request: HttpRequest, pk: int) -> HttpResponse:
    found = _netting(request, pk)

    def refuse(note: str) -> str:
        deciding.refuse(found, note=note, actor=Actor.of(request.user))
        waiting.forget(request.user)
        return f"Refused: {found.reference}."

    return _form(
        request, found, RefuseForm(sent(request)), refuse, heading=f"Refuse {found.reference}?", action="Refuse",
        style="danger", about=f"{found.asker}: “{found.reason}”",
    )  # fmt: skip


@needs("netting.ask")
@require_POST
def withdraw_netting(request: HttpRequest, pk: int) -> HttpResponse:
    found = _netting(request, pk)
    try:
        deciding.withdraw(found, actor=Actor.of(request.user))
    except CANNOT as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Taken back: {found.reference}.")
    return redirect("netting", pk)


@needs("approvals.decide")
@require_http_methods(FORM)
def undo_netting(request: HttpRequest, pk: int) -> HttpResponse:
    found = _netting(request, pk)

    def undo(because: str) -> str:
        deciding.undo(found, because=because, on=_today(found), actor=Actor.of(request.user))
        return f"{found.reference} is undone: what it cleared is open again on both sides."

    about = "What it cleared is open again on both sides, and the receipt is reversed."
    if found.taken_over_on:
        about += " The vendor ledger has booked it, and has to reverse it too."
    return _form(
        request, found, UndoForm(sent(request)), undo, heading=f"Undo {found.reference}?", action="Undo it",
        style="danger", about=about,
    )  # fmt: skip


@needs("netting.hand_over")
@require_http_methods(FORM)
def netting_taken_over(request: HttpRequest, pk: int) -> HttpResponse:
    """A person says that the vendor ledger has it: by hand there, so that no program says it."""
    found = _netting(request, pk)
    return _said(request, found, deciding.taken_over, "booked", "It was booked there")


@needs("netting.hand_over")
@require_http_methods(FORM)
def netting_taken_back(request: HttpRequest, pk: int) -> HttpResponse:
    found = _netting(request, pk)
    return _said(request, found, deciding.taken_back, "reversed", "It was reversed there")


def _said(request: HttpRequest, found: Netting, act, done: str, action: str) -> HttpResponse:
    today = _today(found)

    def say(on) -> str:
        act(found, on=on, today=today, actor=Actor.of(request.user))
        return f"The vendor ledger has {done} {found.reference}."

    return _form(
        request, found, OnDayForm(sent(request), initial={"on": today}), say, action=action,
        heading=f"Has the vendor ledger {done} {found.reference}?",
        about="The day on which it was. What it says is open as of a later day has this in it.",
    )  # fmt: skip


def _form(request: HttpRequest, found: Netting, form, act, **page) -> HttpResponse:
    return act_by_form(request, form, act, refusals=CANNOT, back=reverse("netting", args=[found.pk]), **page)


@needs("netting.hand_over")
@require_safe
def nettings_file(request: HttpRequest) -> HttpResponse:
    """What the vendor ledger has to book or to reverse, one line a payable, as CSV."""
    seen = Netting.objects.for_user(request.user)
    content = "".join(telling.as_csv(seen))
    records.exported("Nettings to take over", actor=Actor.of(request.user))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="nettings-{clock.today()}.csv"'
    return response


def _netting(request: HttpRequest, pk: int) -> Netting:
    rows = Netting.objects.for_user(request.user).select_related(
        "entity", "customer", "agreement", "receipt", "first_by", "decided_by"
    )
    return get_object_or_404(rows, pk=pk)


def _today(row):
    return clock.today(row.entity.time_zone)


def _sum(found: Netting) -> str:
    return f"{formats.amount(found.amount, found.currency)} {found.currency}"
