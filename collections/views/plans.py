"""Payment plans in the browser: agreed over chosen items, how they go, and what is tolerated."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections.models import DunningSettings, PaymentPlan
from o2c.collections.plan_forms import PlanForm, RulesForm, WithdrawForm
from o2c.collections.plans import agreeing, judging, rules
from o2c.collections.plans.agreeing import PlanRefused
from o2c.collections.plans.rules import RulesRefused
from o2c.collections.views.agreements import about_whom, owed_by, way_back
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.money import MoneyError
from o2c.core.pages import act_by_form, onward
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity

FORM = ["GET", "HEAD", "POST"]
STATE = PaymentPlan.State
TABS = {"running": "Running", "late": "Late", "broken": "Broken", "kept": "Kept", "withdrawn": "Withdrawn"}


@needs("plans.agree")
@require_http_methods(FORM)
def agree_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose items and a schedule; it is worked out anew whenever items, count or first day are others.

    Nothing is agreed unless the button is pressed, and then only what was looked at.
    """
    customer, task, entities = about_whom(request, pk)
    back = way_back(customer, task)
    owed = owed_by(customer, entities)
    if not owed:
        messages.info(request, f"{customer.name} owes nothing.")
        return onward(request, back)
    named = {int(pk) for pk in request.GET.getlist("items") if pk.isdecimal()}
    asked = f"{request.GET.get('entity', '')}-{request.GET.get('currency', '')}"
    (entity, currency), items = next(
        ((pair, items) for pair, items in owed if f"{pair[0].code}-{pair[1]}" == asked),
        next(((pair, items) for pair, items in owed if named & {item.pk for item in items}), owed[0]),
    )
    today = clock.today(entity.time_zone)
    taken = set(judging.running_items([item.pk for item in items]))
    named = named or {item.pk for item in items if item.due_on < today} or {item.pk for item in items}
    form = PlanForm(
        request.POST if request.method == "POST" else None, items=items, taken=taken, named=named, today=today
    )
    agrees = request.method == "POST" and request.POST.get("act") == "agree"
    if agrees and form.can_be_agreed():
        try:
            plan = agreeing.agree(
                customer=customer,
                entity=entity,
                items=form.chosen,
                steps=form.agreed(),
                agreed_on=today,
                note=form.cleaned_data["note"],
                is_part=form.cleaned_data["is_part"],
                task=task,
                actor=Actor.of(request.user),
            )
        except (PlanRefused, MoneyError) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Agreed; these items are not chased while no instalment is missed.")
            return onward(request, back if task else reverse("plan", args=[plan.pk]))
    elif agrees and form.anew and not form.errors and not form.problem:
        form.add_error(None, "The schedule was worked out anew: look at it, and agree it then.")
    context = {
        "form": form,
        "customer": customer,
        "entity": entity,
        "currency": currency,
        "others": [pair for pair, _ in owed if pair != (entity, currency)],
        "task": task,
        "today": today,
        "tolerates": DunningSettings.objects.filter(entity=entity).first() or DunningSettings(),
        "back": back,
        "agrees": agrees,
    }
    return render(request, "collections/agree_plan.html", context, status=422 if agrees else 200)


@needs("book.read")
@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan with what became of each of its instalments today."""
    found = get_object_or_404(PaymentPlan.objects.for_user(request.user).select_related("customer", "entity"), pk=pk)
    today = clock.today(found.entity.time_zone)
    instalments = judging.progress(found, today)
    context = {
        "plan": found,
        "instalments": instalments,
        "next": next((each for each in instalments if each.state in ("open", "partly", "late")), None),
        "left": found.amount - found.paid,
        "items": list(found.items.select_related("item").order_by("item__due_on", "item_id")),
        "tasks": list(found.customer.tasks.filter(key=f"plan:{found.pk}")),
        "today": today,
    }
    return render(request, "collections/plan.html", context)


@needs("book.read")
@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """Plans by how they stand: running, of these the late ones, broken, kept, withdrawn."""
    tab = request.GET.get("state") if request.GET.get("state") in TABS else "running"
    entities = list(LegalEntity.objects.for_user(request.user).select_related("dunning").order_by("code"))
    seen = PaymentPlan.objects.for_user(request.user).select_related("customer", "entity")
    if tab == "late":
        rows = seen.filter(state=STATE.ACTIVE, pk__in=judging.late(entities)).order_by("ends_on", "id")
    elif tab == "running":
        rows = seen.filter(state=STATE.ACTIVE).order_by("ends_on", "id")
    else:
        rows = seen.filter(state=tab).order_by("-updated_at", "-id")
    page = cut(rows, request.GET.get("page"))
    coming = judging.next_of(list(page), clock.today()) if tab in ("running", "late") else {}
    for row in page:
        row.next = coming.get(row.pk)
    context = {
        "page": page,
        "has_next": bool(coming),
        "tab": tab,
        "tabs": TABS.items(),
        "rules": [(entity, getattr(entity, "dunning", None) or DunningSettings()) for entity in entities],
    }
    return render(request, "collections/plans.html", context)


@needs("plans.agree")
@require_http_methods(FORM)
def withdraw_plan(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(PaymentPlan.objects.for_user(request.user).select_related("customer", "entity"), pk=pk)

    def act(reason: str) -> str:
        agreeing.withdraw(found, reason=reason, on=clock.today(found.entity.time_zone), actor=Actor.of(request.user))
        return "The plan is withdrawn; its items are chased again where they stood."

    return act_by_form(
        request,
        WithdrawForm(request.POST if request.method == "POST" else None),
        act,
        refusals=(PlanRefused,),
        back=reverse("plan", args=[pk]),
        heading="Withdraw the plan?",
        about=f"{found.customer.name} pays {found.money} until {found.ends_on:%d %b %Y}. Its items are chased again.",
        action="Withdraw it",
        style="danger",
    )


@needs("policies.activate")
@require_http_methods(FORM)
def plan_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """What a legal entity tolerates of plans and promises, and when it reminds."""
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    there = DunningSettings.objects.filter(entity=entity).first() or DunningSettings(entity=entity)
    names = ("plan_days", "plan_percent", "promise_percent", "reminds_before")
    form = RulesForm(
        request.POST if request.method == "POST" else None, initial={name: getattr(there, name) for name in names}
    )

    def act(**facts) -> str:
        rules.change(entity, **facts, actor=Actor.of(request.user))
        return f"{entity.code} tolerates so much from now on."

    return act_by_form(
        request,
        form,
        act,
        refusals=(RulesRefused,),
        back=reverse("plans"),
        heading=f"What {entity.code} tolerates",
        action="Save",
    )
