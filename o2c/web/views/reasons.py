"""Reason codes: why customers pay less than they owe. Shared by the legal entities."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core.actors import Actor
from o2c.core.pages import onward, show_form
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
    rows = [(each, counts.get(each.pk, nothing)) for each in ReasonCode.objects.order_by("-in_use", "name")]
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
    about = "Deductions that have it keep it, also when it is not offered any more."
    return show_form(request, form, heading=f"Reason {found.code}", about=about, action="Save", back=reverse("reasons"))
