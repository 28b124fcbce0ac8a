"""A legal entity's pilot in the browser: begun, ended, and what o2c would have done beside what staff did."""

from datetime import timedelta

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections import pilots
from o2c.collections.models import Pilot
from o2c.collections.pilots import PilotRefused
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.audit import records
from o2c.core.forms import DayField
from o2c.core.pages import act_by_form
from o2c.core.paging import cut
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity

FORM = ["GET", "HEAD", "POST"]
USUAL_DAYS = 30


class SpanForm(forms.Form):
    first = DayField(label="From")
    until = DayField(label="Until")
    who = forms.ChoiceField(label="Told by", choices=[("", "Everybody"), *pilots.WHO.items()], required=False)

    def clean(self):
        facts = super().clean()
        if facts.get("first") and facts.get("until") and facts["until"] < facts["first"]:
            self.add_error("until", "It ends before it begins.")
        return facts


@needs("book.read")
@require_safe
def pilot(request: HttpRequest, pk: int) -> HttpResponse:
    """By customer: what o2c would have told, what staff did, and who of them did something at all."""
    entity = _entity(request, pk)
    form = _span(request, entity)
    rows = _rows(entity, form)
    who = form.cleaned_data.get("who") if form.is_valid() else ""
    context = {
        "entity": entity,
        "form": form,
        "lasts": Pilot.objects.filter(entity=entity, ended_at=None).first(),
        "last": Pilot.objects.filter(entity=entity).order_by("-pk").first(),
        "sums": pilots.sums(rows),
        "page": cut([row for row in rows if not who or row.who == who], request.GET.get("page")),
    }
    return render(request, "collections/pilot.html", context)


@needs("book.read")
@require_safe
def pilot_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page shows with the same filters, all of it, as CSV."""
    entity = _entity(request, pk)
    form = _span(request, entity)
    if not form.is_valid():
        raise Http404
    who = form.cleaned_data["who"]
    rows = [row for row in _rows(entity, form) if not who or row.who == who]
    span = {name: form.cleaned_data[name].isoformat() for name in ("first", "until")}
    records.exported("Pilot of dunning", actor=Actor.of(request.user), entity_ids=[entity.pk], filters=span)
    response = StreamingHttpResponse(pilots.as_csv(rows), content_type="text/csv; charset=utf-8")
    name = f"pilot-{entity.code}-{span['first']}-{span['until']}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@needs("policies.activate")
@require_http_methods(FORM)
def begin_pilot(request: HttpRequest, pk: int) -> HttpResponse:
    entity = _entity(request, pk)

    def act() -> str:
        pilots.begin(entity, actor=Actor.of(request.user))
        return f"{entity.code}: runs are recorded from now on, and nothing goes out."

    return _decide(
        request,
        entity,
        act,
        heading=f"Begin a pilot of {entity.code}?",
        about="Runs are proposed and recorded as by schedule, level after level, as if they had been sent. Nothing goes"
        " out, no task is opened and nobody is blocked until the pilot ends.",
        action="Begin",
    )


@needs("policies.activate")
@require_http_methods(FORM)
def end_pilot(request: HttpRequest, pk: int) -> HttpResponse:
    entity = _entity(request, pk)

    def act() -> str:
        pilots.end(entity, actor=Actor.of(request.user))
        return f"{entity.code}: the pilot has ended. The next run is a real one."

    return _decide(
        request,
        entity,
        act,
        heading=f"End the pilot of {entity.code}?",
        about="The next run is a real one. It begins with the first level: nothing of the pilot counts as noticed.",
        action="End it",
    )


def _decide(request: HttpRequest, entity: LegalEntity, act, **words) -> HttpResponse:
    form = forms.Form(request.POST if request.method == "POST" else None)
    back = reverse("pilot", args=[entity.pk])
    return act_by_form(request, form, act, refusals=(PilotRefused,), back=back, **words)


def _entity(request: HttpRequest, pk: int) -> LegalEntity:
    return get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)


def _span(request: HttpRequest, entity: LegalEntity) -> SpanForm:
    today = clock.today(entity.time_zone)
    usual = {"first": (today - timedelta(days=USUAL_DAYS)).isoformat(), "until": today.isoformat()}
    return SpanForm(usual | {name: value for name, value in request.GET.items() if value})


def _rows(entity: LegalEntity, form: SpanForm) -> list[pilots.Compared]:
    if not form.is_valid():
        return []
    return pilots.compare(entity, form.cleaned_data["first"], form.cleaned_data["until"])
