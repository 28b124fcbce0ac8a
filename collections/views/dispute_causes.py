"""What is contested again and again: counts and amounts, and what could be checked before it is invoiced."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections.dispute_forms import AcceptForm, DismissForm
from o2c.collections.disputes import DisputeRefused, causes
from o2c.collections.forms import PeriodFilter
from o2c.collections.models import Dispute, DisputeSuggestion
from o2c.core import clock, replica
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.core.states import LostRace
from o2c.orders.models import LegalEntity

FORM = ["GET", "HEAD", "POST"]
STATE = DisputeSuggestion.State
MOST_SHOWN = 50


@needs("book.read")
@require_safe
def dispute_causes(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    today = clock.today(entities[0].time_zone) if entities else clock.today()
    usual = {"since": (today - timedelta(days=causes.DAYS - 1)).isoformat(), "until": today.isoformat()}
    form = PeriodFilter(usual | request.GET.dict(), by=causes.BY, since="Opened since", entities=entities)
    form.is_valid()
    asked = form.cleaned_data
    until = asked.get("until") or today
    since = asked.get("since") or until - timedelta(days=causes.DAYS - 1)
    by = asked.get("by") or "reason"
    ids = [each.pk for each in entities if asked.get("entity") in ("", None, each.code)]
    found = replica.read(lambda: causes.causes(by, since, until, ids))
    suggestions = DisputeSuggestion.objects.for_user(request.user).filter(entity__in=ids)
    suggestions = suggestions.select_related("entity", "customer", "code")
    accepted = list(suggestions.filter(state=STATE.ACCEPTED).order_by("-decided_on", "-id")[:MOST_SHOWN])
    measured = causes.since_accepted(accepted, today)
    context = {
        "form": form,
        "by": by,
        "by_title": causes.BY[by],
        "since": since,
        "until": until,
        "page": cut(found, request.GET.get("page")),
        "proposed": list(suggestions.filter(state=STATE.OPEN).order_by("-last_on", "-id")[:MOST_SHOWN]),
        "accepted": [(row, *measured[row.pk]) for row in accepted],
        "dismissed": list(suggestions.filter(state=STATE.DISMISSED).order_by("-decided_on", "-id")[:10]),
        "least": causes.LEAST,
        "days": causes.DAYS,
    }
    return render(request, "collections/dispute_causes.html", context)


@needs("book.read")
@require_safe
def dispute_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """What is suggested, with the disputes that it is drawn from."""
    found = _suggestion(request, pk)
    seen = Dispute.objects.for_user(request.user).filter(pk__in=found.disputes)
    today = clock.today(found.entity.time_zone)
    context = {
        "suggestion": found,
        "rows": list(seen.select_related("item", "customer", "code").order_by("-opened_on", "-id")),
        "measured": causes.since_accepted([found], today).get(found.pk),
    }
    return render(request, "collections/dispute_suggestion.html", context)


@needs("disputes.decide")
@require_http_methods(FORM)
def accept_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    form = AcceptForm(request.POST if request.method == "POST" else None)
    said = "Accepted: what comes of it is counted from today."
    return _decide(request, pk, STATE.ACCEPTED, form, said, heading="Check it from now on?", action="Accept it")


@needs("disputes.decide")
@require_http_methods(FORM)
def dismiss_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    form = DismissForm(request.POST if request.method == "POST" else None)
    return _decide(request, pk, STATE.DISMISSED, form, "Dismissed.", heading="Dismiss it?", action="Dismiss it")


def _decide(request: HttpRequest, pk: int, to: str, form, said: str, **page) -> HttpResponse:
    found = _suggestion(request, pk)

    def act(note: str) -> str:
        causes.decide(found, to, note=note, actor=Actor.of(request.user))
        return said

    return act_by_form(
        request, form, act, refusals=(DisputeRefused, LostRace), back=reverse("dispute_suggestion", args=[pk]),
        about=found.says, **page,
    )  # fmt: skip


def _suggestion(request: HttpRequest, pk: int) -> DisputeSuggestion:
    seen = DisputeSuggestion.objects.for_user(request.user).select_related("entity", "customer", "code")
    return get_object_or_404(seen, pk=pk)
