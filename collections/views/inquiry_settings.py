"""How soon inquiries are answered, and what each legal entity says of them: hours, targets, and who answers."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections.forms import AssigneeField, PeriodFilter
from o2c.collections.inquiries import figures, routing
from o2c.collections.inquiries.keeping import InquiryRefused
from o2c.collections.inquiry_forms import HoursForm, RuleForm
from o2c.collections.models import Inquiry, InquiryHours
from o2c.core import clock, replica
from o2c.core.actors import Actor
from o2c.core.pages import act_by_form
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity

FORM = ["GET", "HEAD", "POST"]
DAYS = 90


@needs("book.read")
@require_safe
def inquiry_figures(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    zone = ZoneInfo(entities[0].time_zone if entities else "UTC")
    today = clock.now().astimezone(zone).date()
    usual = {"since": (today - timedelta(days=DAYS - 1)).isoformat(), "until": today.isoformat()}
    form = PeriodFilter(usual | request.GET.dict(), by=figures.BY, since="Due since", entities=entities)
    form.is_valid()
    asked = form.cleaned_data
    until = asked.get("until") or today
    since = asked.get("since") or until - timedelta(days=DAYS - 1)
    by = asked.get("by") or "kind"
    ids = [each.pk for each in entities if asked.get("entity") in ("", None, each.code)]
    first = datetime.combine(since, time(), zone)
    last = datetime.combine(until + timedelta(days=1), time(), zone)

    def read(by: str) -> list[figures.Figures]:
        return figures.figures(by, first, last, ids, now=clock.now())

    rows, whole = replica.read(lambda: (read(by), read("")))
    context = {
        "form": form,
        "by_title": figures.BY[by],
        "since": since,
        "until": until,
        "rows": list(zip(figures.titles(by, rows), rows, strict=True)),
        "whole": whole[0] if whole else None,
    }
    return render(request, "collections/inquiry_figures.html", context)


@needs("book.read")
@require_safe
def inquiry_rules(request: HttpRequest) -> HttpResponse:
    """Of each legal entity: when it is open, and of each kind who answers it by when."""
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    hours = {row.entity_id: row for row in InquiryHours.objects.filter(entity__in=entities)}
    rules = routing.rules_of(entities)
    told = [(entity, hours.get(entity.pk) or InquiryHours(), rules[entity]) for entity in entities]
    return render(request, "collections/inquiry_rules.html", {"told": told})


@needs("inquiries.rules")
@require_http_methods(FORM)
def inquiry_hours(request: HttpRequest, pk: int) -> HttpResponse:
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    now = routing.hours_of(entity)

    def act(**facts) -> str:
        routing.set_hours(entity, **facts, actor=Actor.of(request.user))
        return f"{entity.code} answers in these hours from now on."

    form = HoursForm(_sent(request), initial={"opens": now.opens, "closes": now.closes})
    return act_by_form(
        request, form, act, refusals=(InquiryRefused,), back=reverse("inquiry_rules"),
        heading=f"When {entity.name} is open", about="On its business days, by its own clock.", action="Save",
    )  # fmt: skip


@needs("inquiries.rules")
@require_http_methods(FORM)
def inquiry_rule(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    if kind not in Inquiry.Kind.values:
        raise Http404
    entity = get_object_or_404(LegalEntity.objects.for_user(request.user), pk=pk)
    there = next(rule for rule in routing.rules_of([entity])[entity] if rule.kind == kind)
    initial = {
        "target_hours": there.target_hours,
        "escalate_after": there.escalate_after,
        "to": AssigneeField.value_of(there.owner or there.queue),
        "escalate_to": AssigneeField.value_of(there.escalate_to or there.escalate_queue),
    }

    def act(**facts) -> str:
        routing.set_rule(entity, kind, **facts, actor=Actor.of(request.user))
        return "What is asked from now on goes so."

    return act_by_form(
        request,
        RuleForm(_sent(request), entity=entity, user=request.user, initial=initial),
        act,
        refusals=(InquiryRefused,),
        back=reverse("inquiry_rules"),
        heading=f"{Inquiry.Kind(kind).label}, {entity.code}",
        about="For what is asked from now on.",
        action="Save",
    )


def _sent(request: HttpRequest):
    return request.POST if request.method == "POST" else None
