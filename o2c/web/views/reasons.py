"""Reason codes: why customers contest what they owe, or pay less. Shared by the legal entities."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections.dispute_forms import RuleForm
from o2c.collections.disputes import DisputeRefused, routing
from o2c.collections.models import Dispute, DisputeRule
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form, onward, show_form
from o2c.core.rights import needs
from o2c.invoicing.cash import setting
from o2c.invoicing.cash.forms import ReasonCodeForm
from o2c.invoicing.models import Deduction, ReasonCode
from o2c.web.views.shared import for_who_sees_all

RIGHT = "setup.manage"


@needs(RIGHT)
@require_safe
def reasons(request: HttpRequest) -> HttpResponse:
    seen = Deduction.objects.for_user(request.user)
    counts = {
        row["reason"]: row
        for row in seen.values("reason").annotate(used=Count("id"), open=Count("id", filter=Q(state="open")))
    }
    nothing = {"used": 0, "open": 0}
    disputed = dict(
        Dispute.objects.for_user(request.user)
        .filter(closed_on=None, code__isnull=False)
        .order_by()
        .values_list("code")
        .annotate(open=Count("id"))
    )
    rules = {
        rule.pk: rule for rule in DisputeRule.objects.select_related("owner", "queue", "escalate_to", "escalate_queue")
    }
    rows = [
        (each, counts.get(each.pk, nothing), disputed.get(each.pk, 0), rules.get(each.pk) or DisputeRule())
        for each in ReasonCode.objects.order_by("-in_use", "name")
    ]
    return render(request, "setup/reasons.html", {"rows": rows})


@needs(RIGHT)
@for_who_sees_all
@require_http_methods(["GET", "HEAD", "POST"])
def new_reason(request: HttpRequest) -> HttpResponse:
    form = ReasonCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = setting.add_reason(actor=Actor.of(request.user), **form.cleaned_data)
        messages.success(request, f"{made.name} can be given as a reason.")
        return onward(request, reverse("reasons"))
    return show_form(request, form, heading="New reason", action="Add it", back=reverse("reasons"))


@needs(RIGHT)
@for_who_sees_all
@require_http_methods(["GET", "HEAD", "POST"])
def edit_reason(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ReasonCode, pk=pk)
    form = ReasonCodeForm(
        request.POST if request.method == "POST" else None,
        code=found,
        initial={"name": found.name, "in_use": found.in_use},
    )
    if request.method == "POST" and form.is_valid():
        setting.change_reason(found, actor=Actor.of(request.user), **form.cleaned_data)
        messages.success(request, f"{form.cleaned_data['name']} is saved.")
        return onward(request, reverse("reasons"))
    about = "Deductions and disputes that have it keep it, also when it is not offered any more."
    return show_form(request, form, heading=f"Reason {found.code}", about=about, action="Save", back=reverse("reasons"))


@needs(RIGHT)
@for_who_sees_all
@require_http_methods(["GET", "HEAD", "POST"])
def dispute_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Who settles disputes of a reason, by when, and who is told where they do not."""
    code = get_object_or_404(ReasonCode, pk=pk)
    there = routing.rule_of(code)
    initial = {
        "target_days": there.target_days,
        "escalate_after": there.escalate_after,
        "to": _named(there.owner_id, there.queue_id),
        "escalate_to": _named(there.escalate_to_id, there.escalate_queue_id),
    }

    def act(**facts) -> str:
        routing.set_rule(code, **facts, actor=Actor.of(request.user))
        return f"Disputes of “{code.name}” go so from now on."

    return act_by_form(
        request,
        RuleForm(request.POST if request.method == "POST" else None, user=request.user, initial=initial),
        act,
        refusals=(DisputeRefused,),
        back=reverse("reasons"),
        heading=f"Disputes: {code.name}",
        about="For disputes that are opened from now on, or get this reason.",
        action="Save",
    )


def _named(user_id: int | None, queue_id: int | None) -> str:
    return f"user-{user_id}" if user_id else f"queue-{queue_id}" if queue_id else ""
