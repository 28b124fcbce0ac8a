"""Payments and refunds that are held back, in the browser."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.core.actors import Actor
from o2c.core.pages import onward, show_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.invoicing.guarding import checks, quarantine, words
from o2c.invoicing.guarding.forms import RulesForm, WhyForm
from o2c.invoicing.models import Quarantine
from o2c.orders.models import LegalEntity

WHICH = {"": "Held", "asked": "To be decided", "released": "Released"}


@needs("quarantine.read")
@require_safe
def quarantines(request: HttpRequest) -> HttpResponse:
    which = request.GET.get("which", "")
    state = {"asked": Q(state="asked"), "released": Q(state="released")}.get(which, ~Q(state="released"))
    found = quarantine.current(Quarantine.objects.for_user(request.user).filter(state))
    found = found.select_related("entity", "customer", "asked_by", "decided_by", "line__account", "refund__credit_item")
    page = cut(
        found.order_by("-decided_at", "-id") if which == "released" else found.order_by("id"), request.GET.get("page")
    )
    findings = quarantine.findings(list(page))
    rows = [
        {
            "held": held,
            "line": held.line,
            "refund": held.refund,
            "money": held.line or held.refund,
            "says": words.said(findings[held.pk]),
            "own": request.user.pk in {held.asked_by_id, held.refund and held.refund.asked_by_id},
        }
        for held in page
    ]
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    context = {"page": page, "rows": rows, "which": which, "tabs": WHICH.items(), "entities": entities}
    return render(request, "invoicing/quarantine.html", context)


@needs("quarantine.ask")
@require_http_methods(["GET", "HEAD", "POST"])
def ask_release(request: HttpRequest, pk: int) -> HttpResponse:
    return _say(
        request,
        pk,
        lambda held, why, actor: quarantine.ask(held, why=why, actor=actor),
        heading=lambda held: f"Ask for the release of the {held.what}",
        about=lambda held: f"Say why this {held.what} is in order. Somebody else decides.",
        action="Ask for it",
        done="Somebody else can release it now.",
    )


@needs("quarantine.release")
@require_http_methods(["GET", "HEAD", "POST"])
def release_quarantine(request: HttpRequest, pk: int) -> HttpResponse:
    return _say(
        request,
        pk,
        lambda held, why, actor: quarantine.release(held, decision=why, actor=actor),
        heading=lambda held: f"Release the {held.what}",
        about=lambda held: (
            "It can then be approved and paid."
            if held.refund_id
            else "It may then be taken for the customer it was held for."
        ),
        action="Release it",
        done="It is released.",
    )


@needs("quarantine.ask")
@require_http_methods(["GET", "HEAD", "POST"])
def keep_quarantine(request: HttpRequest, pk: int) -> HttpResponse:
    return _say(
        request,
        pk,
        lambda held, why, actor: quarantine.refuse(held, decision=why, actor=actor),
        heading=lambda held: f"Keep the {held.what} held",
        about=lambda held: "The release that was asked for is refused; it can be asked for again.",
        action="Keep it held",
        style="danger",
        done="It stays held.",
    )


@needs("quarantine.rules")
@require_http_methods(["GET", "HEAD", "POST"])
def check_rules(request: HttpRequest, pk: int) -> HttpResponse:
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    form = RulesForm(request.POST if request.method == "POST" else None, rules=checks.rules_of(entity))
    if request.method == "POST" and form.is_valid():
        checks.arrange(entity, form.chosen(), actor=Actor.of(request.user))
        messages.success(request, f"What is found of payments and refunds of {entity.code} is taken so from now on.")
        return onward(request, reverse("quarantines"))
    return show_form(
        request,
        form,
        heading=f"Checks of payments and refunds of {entity.code}",
        about="What is noted is shown with it. What waits for two people is neither taken nor paid before.",
        action="Save",
        back=reverse("quarantines"),
    )


def _say(request: HttpRequest, pk: int, act, *, done: str, heading, about, **told) -> HttpResponse:
    held = Quarantine.objects.for_user(request.user).filter(pk=pk).first()
    if held is None:
        raise Http404
    form = WhyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act(held, form.cleaned_data["why"], Actor.of(request.user))
        except quarantine.QuarantineRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, done)
            return onward(request, reverse("quarantines"))
    return show_form(request, form, back=reverse("quarantines"), heading=heading(held), about=about(held), **told)
