"""Billing in the browser: what is due, runs, and where invoices differ from orders."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.pages import act_by_form, sent
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import LostRace
from o2c.invoicing.billing import differences, running
from o2c.invoicing.billing.forms import (
    AcceptForm,
    BillingRulesForm,
    DifferenceFilter,
    EntityFilter,
    RunForm,
    ToleranceForm,
)
from o2c.invoicing.billing.running import BillingRefused
from o2c.invoicing.models import BillingRules, BillingRun, BillingTolerance, Invoice
from o2c.orders.models import Account, LegalEntity

FORM = ["GET", "HEAD", "POST"]
CANNOT = (BillingRefused, LostRace)
SHOWN = 200


@needs("book.read")
@require_safe
def billing(request: HttpRequest) -> HttpResponse:
    """What a run would invoice today, and the runs there were."""
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    form = EntityFilter(request.GET, entities=entities)
    form.is_valid()
    asked = form.cleaned_data.get("entity")
    entity = next((each for each in entities if each.code == asked), entities[0] if entities else None)
    context: dict = {"form": form, "entity": entity, "due": [], "page": cut([], None)}
    if entity is not None:
        due = running.preview(entity, as_of=clock.today(entity.time_zone))
        rules = BillingRules.objects.filter(entity=entity).first()
        context |= {
            "due": due[:SHOWN],
            "more": max(len(due) - SHOWN, 0),
            "invoices": sum(each.invoices for each in due),
            "automatic": rules is not None and rules.automatic,
            "page": cut(BillingRun.objects.filter(entity=entity).order_by("-id"), request.GET.get("page"), size=20),
        }
    return render(request, "invoicing/billing.html", context)


@needs("billing.run")
@require_http_methods(FORM)
def run_billing(request: HttpRequest, pk: int) -> HttpResponse:
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    today = clock.today(entity.time_zone)

    def act(as_of) -> str:
        done = running.run(entity, as_of=as_of, actor=Actor.of(request.user))
        held = f" {done.held} are held as drafts." if done.held else ""
        return f"{done.invoices} invoices are issued.{held}"

    return act_by_form(
        request, RunForm(sent(request), initial={"as_of": today}), act, refusals=CANNOT, action="Invoice it",
        heading=f"Invoice what {entity.code} delivered", back=_billing(entity),
        about="Invoices are issued and posted; what a rule keeps back stays a draft.",
    )  # fmt: skip


@needs("billing.rules")
@require_http_methods(FORM)
def billing_rules(request: HttpRequest, pk: int) -> HttpResponse:
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    found = BillingRules.objects.filter(entity=entity).first()

    def act(automatic) -> str:
        with acting(Actor.of(request.user)):
            BillingRules.objects.update_or_create(entity=entity, defaults={"automatic": automatic})
        return f"{entity.code} bills by itself." if automatic else f"{entity.code} bills when somebody says so."

    form = BillingRulesForm(sent(request), initial={"automatic": found is not None and found.automatic})
    return act_by_form(
        request, form, act, refusals=CANNOT, heading=f"How {entity.code} bills", action="Save", back=_billing(entity)
    )


@needs("billing.rules")
@require_http_methods(FORM)
def billing_tolerance(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.for_user(request.user).select_related("customer"), pk=pk)
    found = BillingTolerance.objects.filter(account=account).first()

    def act(amount, percent) -> str:
        differences.tolerate(account, amount=amount, percent=percent, actor=Actor.of(request.user))
        return "The tolerance is said."

    initial = {"amount": found.amount if found else 0, "percent": found.percent if found else 0}
    return act_by_form(
        request, ToleranceForm(sent(request), initial=initial), act, refusals=CANNOT, action="Save",
        heading=f"Tolerance of {account.customer.name}", back=reverse("customer", args=[account.customer_id]),
        about="An invoice that differs by more from what was ordered is held until it is corrected or accepted.",
    )  # fmt: skip


@needs("book.read")
@require_safe
def discrepancies(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    form = DifferenceFilter(request.GET, entities=entities)
    form.is_valid()
    asked = form.cleaned_data
    ids = [each.pk for each in entities if not asked.get("entity") or each.code == asked["entity"]]
    rows = differences.listed(ids, kind=asked.get("kind") or "", drafts_only=asked.get("which") != "all")
    sums: dict[str, object] = {}
    for row in rows:
        sums[row.currency] = sums.get(row.currency, 0) + row.amount
    context = {
        "form": form, "page": cut(rows, request.GET.get("page")), "sums": sorted(sums.items()),
        "held": sum(row.held for row in rows), "most": differences.MOST,
    }  # fmt: skip
    return render(request, "invoicing/discrepancies.html", context)


@needs("differences.accept")
@require_http_methods(FORM)
def accept_difference(request: HttpRequest, pk: int) -> HttpResponse:
    invoice = get_object_or_404(Invoice.objects.for_user(request.user).select_related("customer"), pk=pk)

    def act(reason) -> str:
        differences.accept(invoice, reason=reason, actor=Actor.of(request.user))
        return "It may go as it is."

    return act_by_form(
        request, AcceptForm(sent(request)), act, refusals=CANNOT, heading="Accept what differs?", action="Accept it",
        about=f"The draft for {invoice.customer.name} may be issued as it is now; changed, it is held again.",
        back=reverse("discrepancies"),
    )  # fmt: skip


def _billing(entity: LegalEntity) -> str:
    return f"{reverse('billing')}?{urlencode({'entity': entity.code})}"
