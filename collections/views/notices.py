"""Notices that wait for a person, and how each legal entity duns."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections import approving, dunning_settings
from o2c.collections.dunning import DunningRefused
from o2c.collections.dunning_settings import SettingsRefused
from o2c.collections.models import DunningLevel, DunningRun, DunningSettings, Notice
from o2c.collections.policy_forms import amounts, in_words
from o2c.core.actors import Actor
from o2c.core.formats import number
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity

FORM = ["GET", "HEAD", "POST"]


@needs("book.read")
@require_safe
def waiting_notices(request: HttpRequest) -> HttpResponse:
    """Every notice that waits for a person's approval, the largest of each run first."""
    found = approving.all_waiting(request.user).select_related("customer", "entity", "run")
    page = cut(
        found.prefetch_related("approvals").order_by("-run_id", "-level", "-total", "id"), request.GET.get("page")
    )
    names = level_names({notice.policy_id for notice in page})
    for notice in page:
        notice.level_name = names.get((notice.policy_id, notice.level), "")
        notice.approvable = approving.approvable(notice, request.user)
    return render(request, "collections/waiting_notices.html", {"page": page})


def level_names(policy_ids: set[int]) -> dict[tuple[int, int], str]:
    levels = DunningLevel.objects.filter(policy_id__in=policy_ids).values_list("policy_id", "number", "name")
    return {(policy, number): name for policy, number, name in levels}


@needs("dunning.approve")
@require_http_methods(FORM)
def approve_notice(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Notice.objects.for_user(request.user).select_related("run", "customer", "entity"), pk=pk)

    def act() -> str:
        approving.approve(found.run, notice=found, actor=Actor.of(request.user))
        approving.forget(request.user)
        found.refresh_from_db()
        return _said(found.missing, f"the notice to {found.customer.name}")

    return act_by_form(
        request,
        _form(request),
        act,
        refusals=(DunningRefused,),
        back=reverse("notice", args=[pk]),
        heading=f"Approve the notice to {found.customer.name}?",
        about=f"{in_words(((found.currency, found.total),))} in {number(found.items)} items. It is looked at again just"
        " before it goes out: what was paid, promised or disputed meanwhile is left out.",
        action="Approve",
    )


@needs("dunning.approve")
@require_http_methods(FORM)
def approve_notices(request: HttpRequest, pk: int) -> HttpResponse:
    """Those of a run that wait, of one `?level=` and `?currency=` or all, but for what is approved alone."""
    run = get_object_or_404(DunningRun.objects.for_user(request.user).select_related("entity"), pk=pk)
    asked = request.GET.get("level", "")
    level = int(asked) if asked.isdecimal() else None
    currency = request.GET.get("currency", "").upper() or None
    about = Notice.objects.filter(run=run, state=Notice.State.PROPOSED, missing__gt=0, alone=False)
    if level is not None:
        about = about.filter(level=level)
    if currency:
        about = about.filter(currency=currency)
    what = f" of level {level}" if level is not None else ""
    in_currency = f" in {currency}" if currency else ""

    def act() -> str:
        count = approving.approve(run, level=level, currency=currency, actor=Actor.of(request.user))
        approving.forget(request.user)
        return f"{number(count)} notice{'' if count == 1 else 's'}{what} approved by you."

    count = about.count()
    return act_by_form(
        request,
        _form(request),
        act,
        refusals=(DunningRefused,),
        back=reverse("run", args=[pk]),
        heading=f"Approve {number(count)} notice{'' if count == 1 else 's'}{what}{in_currency}?",
        about="Those which two people approve wait on for the second. What is so large that it is approved alone is"
        " not among them.",
        action="Approve",
    )


def _form(request: HttpRequest) -> forms.Form:
    return forms.Form(request.POST if request.method == "POST" else None)


def _said(missing: int, what: str) -> str:
    return f"Approved by you: {what}." + (" It waits for a second person." if missing else "")


# --- How a legal entity duns


class SettingsForm(forms.Form):
    proposes_at = forms.TimeField(
        label="Proposes its run at",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="In the legal entity's time zone, on days of business.",
    )
    paused = forms.BooleanField(
        label="Paused", required=False, help_text="Nothing is proposed by itself; runs by hand still work."
    )
    approves_itself = forms.BooleanField(
        label="Runs go out by themselves",
        required=False,
        help_text="Else a person approves each. What a level or the amount below gives to a person waits in any case.",
    )
    letters_without_email = forms.BooleanField(
        label="Who has no usable e-mail address gets a letter",
        required=False,
        help_text="Else a collector looks for an address.",
    )
    fees_from_consumers = forms.BooleanField(
        label="Private persons pay fees too",
        required=False,
        help_text="Else the fees of levels are for businesses only.",
    )
    limits = forms.CharField(
        label="Approved alone from",
        max_length=200,
        required=False,
        help_text="Such as “10000 EUR, 12000 USD”: a notice of so much waits for a person who approves it by itself."
        " Empty: none.",
    )

    def clean_limits(self):
        return amounts(self.cleaned_data["limits"])


@needs("policies.activate")
@require_http_methods(FORM)
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """When a legal entity's runs are proposed, and what of them needs a person."""
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    there = DunningSettings.objects.filter(entity=entity).first() or DunningSettings(entity=entity)
    limits = dunning_settings.limits_of(LegalEntity.objects.filter(pk=pk)).get(pk, ())
    form = SettingsForm(
        request.POST if request.method == "POST" else None,
        initial={
            "proposes_at": there.proposes_at,
            "paused": there.paused,
            "approves_itself": there.approves_itself,
            "letters_without_email": there.letters_without_email,
            "fees_from_consumers": there.fees_from_consumers,
            "limits": in_words(limits),
        },
    )

    def act(**facts) -> str:
        dunning_settings.change(entity, **facts, actor=Actor.of(request.user))
        return f"{entity.code} duns so from now on."

    return act_by_form(
        request,
        form,
        act,
        refusals=(SettingsRefused,),
        back=reverse("policies"),
        heading=f"How {entity.code} duns",
        action="Save",
    )
