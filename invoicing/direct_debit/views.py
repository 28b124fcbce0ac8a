"""Mandates in the browser: which there are, and writing down, activating, amending and ending one."""

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock, states
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing.banks import BankRefused
from o2c.invoicing.cash import CashRefused
from o2c.invoicing.direct_debit import answers
from o2c.invoicing.direct_debit import mandates as acts
from o2c.invoicing.direct_debit.forms import AmendForm, CancelForm, NewMandateForm, RejectForm
from o2c.invoicing.models import Collection, Mandate
from o2c.orders.models import Customer, LegalEntity

CANNOT = (CashRefused, BankRefused, states.IllegalMove, states.LostRace)
FORM = ["GET", "HEAD", "POST"]
STATE = Mandate.State


@needs("debits.read")
@require_safe
def mandates(request: HttpRequest) -> HttpResponse:
    """All that were written down, the newest first."""
    seen = Mandate.objects.for_user(request.user)
    counts = dict(seen.order_by().values_list("state").annotate(Count("id")))
    asked = {"state": request.GET.get("state", ""), "q": request.GET.get("q", "").strip()[:100]}
    rows = seen.select_related("entity", "customer").order_by("-id")
    if asked["state"] in STATE:
        rows = rows.filter(state=asked["state"])
    if asked["q"]:
        text = asked["q"]
        rows = rows.filter(
            Q(reference__istartswith=text)
            | Q(customer__number__istartswith=text)
            | Q(customer__name__icontains=text)
            | Q(iban__istartswith=text.replace(" ", ""))
        )
    context = {
        "page": cut(rows, request.GET.get("page")),
        "asked": asked,
        "states": [(value, title, counts.get(value, 0)) for value, title in STATE.choices],
    }
    return render(request, "invoicing/mandates.html", context)


@needs("mandates.edit")
@require_http_methods(FORM)
def new_mandate(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.for_user(request.user), pk=pk)
    entities = LegalEntity.objects.for_user(request.user).filter(accounts__customer=customer).order_by("code")

    def record(**facts) -> str:
        made = acts.record(customer=customer, **facts, actor=Actor.of(request.user))
        if acts.waits_for_call(made):
            return f"{made.reference} is written down. Now its account is confirmed by a call."
        return f"{made.reference} is written down. Its account is known; activate it."

    form = NewMandateForm(
        request.POST if request.method == "POST" else None, entities=entities, initial={"holder": customer.name}
    )
    return act_by_form(
        request,
        form,
        record,
        refusals=CANNOT,
        heading=f"New mandate of {customer.name}",
        about="What the customer has signed. It collects nothing before it is activated.",
        action="Write it down",
        back=reverse("customer", args=[pk]),
        across=True,
    )


@needs("mandates.edit")
@require_http_methods(FORM)
def activate_mandate(request: HttpRequest, pk: int) -> HttpResponse:
    found = _mandate(request, pk)

    def activate() -> str:
        acts.activate(found, on=clock.today(found.entity.time_zone), actor=Actor.of(request.user))
        return f"{found.reference} collects from now on."

    return act_by_form(
        request,
        forms.Form(request.POST if request.method == "POST" else None),
        activate,
        refusals=CANNOT,
        heading=f"Activate {found.reference}?",
        about=f"What {found.customer.name} owes is collected from {found.iban} when it is due, once a run is approved.",
        action="Activate",
        back=reverse("customer", args=[found.customer_id]),
    )


@needs("mandates.edit")
@require_http_methods(FORM)
def amend_mandate(request: HttpRequest, pk: int) -> HttpResponse:
    found = _mandate(request, pk)

    def amend(**facts) -> str:
        changed = acts.amend(found, **facts, actor=Actor.of(request.user))
        if changed.state == STATE.DRAFT:
            return f"{found.reference} waits until its account is confirmed and it is activated again."
        return f"{found.reference} is changed."

    return act_by_form(
        request,
        AmendForm(request.POST if request.method == "POST" else None, mandate=found),
        amend,
        refusals=CANNOT,
        heading=f"Amend {found.reference}",
        about="The paper stays. Another account collects nothing before it is confirmed.",
        action="Save",
        back=reverse("customer", args=[found.customer_id]),
    )


@needs("mandates.edit")
@require_http_methods(FORM)
def cancel_mandate(request: HttpRequest, pk: int) -> HttpResponse:
    found = _mandate(request, pk)

    def cancel(reason: str) -> str:
        acts.cancel(found, reason=reason, on=clock.today(found.entity.time_zone), actor=Actor.of(request.user))
        return f"{found.reference} is cancelled."

    return act_by_form(
        request,
        CancelForm(request.POST if request.method == "POST" else None),
        cancel,
        refusals=CANNOT,
        heading=f"Cancel {found.reference}?",
        about="It collects nothing any more, for good. What waits to be given to the bank is left out.",
        action="Cancel the mandate",
        style="danger",
        back=reverse("customer", args=[found.customer_id]),
    )


@needs("debits.approve")
@require_http_methods(FORM)
def reject_debit(request: HttpRequest, pk: int) -> HttpResponse:
    """The bank says otherwise than by a file that it did not collect."""
    rows = Collection.objects.for_user(request.user).select_related("item", "entity")
    found = get_object_or_404(rows, pk=pk)

    def reject(reason: str) -> str:
        answers.reject(found, reason=reason, actor=Actor.of(request.user))
        return f"{found.item.number} is free again; whoever looks after the account is told."

    return act_by_form(
        request,
        RejectForm(request.POST if request.method == "POST" else None),
        reject,
        refusals=CANNOT,
        heading=f"The bank did not collect {found.item.number}?",
        about="Only where it says so otherwise than by a status report or a line that returns it."
        " The invoice is chased again and may be proposed anew.",
        action="It was not collected",
        style="danger",
        back=reverse("debit_run", args=[found.run_id]),
    )


def _mandate(request: HttpRequest, pk: int) -> Mandate:
    return get_object_or_404(Mandate.objects.for_user(request.user).select_related("entity", "customer"), pk=pk)
