"""Metrics in the browser: all of them month by month, one of them closely, and the days that were kept."""

from datetime import date
from itertools import pairwise

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from o2c.analytics.metrics import catalogue, keeping, months, showing
from o2c.analytics.metrics.forms import MetricForm, MetricsForm
from o2c.analytics.models import DaySnapshot, FiguresMade, Snapshot
from o2c.analytics.snapshots import reading
from o2c.core import replica
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity

MOST_CORRECTIONS = 100
DAYS = 62


def _entities(request: HttpRequest):
    return LegalEntity.objects.for_user(request.user).order_by("code")


@needs("metrics.read")
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric of a legal entity, month by month, with its formula and its window."""
    form = MetricsForm(request.GET, entities=_entities(request))
    entity, shown = form.asked["entity"], form.asked["months"]
    context = {"form": form, "entity": entity}
    if entity is not None:
        until = keeping.last_day(entity)
        frame, told = replica.read(lambda: showing.of_book(entity, until=until, shown=shown))
        rows = [
            {
                "told": each,
                "cells": [showing.written(value, each.metric, entity.base_currency) for value in each.values[-6:]],
                "line": showing.line(each.values, width=140, height=34),
            }
            for each in told
        ]
        context |= {
            "months": frame[-6:],
            "rows": rows,
            "made": FiguresMade.objects.filter(entity=entity).first(),
        }
    return render(request, "analytics/metrics.html", context, status=form.status)


@needs("metrics.read")
@require_safe
def metric(request: HttpRequest, code: str) -> HttpResponse:
    """One metric: what it is, how it went, and who makes it what it is."""
    if code not in catalogue.BY_CODE:
        raise Http404
    chosen = catalogue.BY_CODE[code]
    form = MetricForm(request.GET, entities=_entities(request))
    entity, shown, by = form.asked["entity"], form.asked["months"], form.asked["by"]
    context = {"form": form, "entity": entity, "metric": chosen, "by": by}
    if entity is not None:
        until = keeping.last_day(entity)
        currency = entity.base_currency
        frame = replica.read(lambda: months.whole(entity, until=until, count=shown + catalogue.BEFORE))
        told = showing.Told(chosen, catalogue.values(chosen, frame, shown))
        parts = replica.read(lambda: showing.of_parts(entity, chosen, by, until=until)) if by else []
        context |= {
            "told": told,
            "value": showing.written(told.last, chosen, currency),
            "lines": showing.line(told.values),
            "width": showing.WIDTH,
            "height": showing.HEIGHT,
            "rows": [
                (month, showing.written(value, chosen, currency))
                for month, value in reversed(list(zip(frame[-shown:], told.values, strict=True)))
            ],
            "months": frame[-shown:],
            "largest": months.MOST_CUSTOMERS if by == "customer" and len(parts) == months.MOST_CUSTOMERS else 0,
            "parts": [
                (part, showing.written(part.told.last, chosen, currency),
                 showing.written(part.told.values[0], chosen, currency))
                for part in parts
            ],
        }  # fmt: skip
    return render(request, "analytics/metric.html", context, status=form.status)


@needs("metrics.read")
@require_safe
def snapshots(request: HttpRequest) -> HttpResponse:
    """The days that are kept of a legal entity, the latest first, with what was owed and overdue."""
    form = MetricsForm(request.GET, entities=_entities(request))
    entity = form.asked["entity"]
    rows = []
    if entity is not None:
        kept = list(Snapshot.objects.filter(entity=entity).order_by("-day")[:DAYS])
        sums: dict[date, list] = {each.day: [0, 0] for each in kept}
        days = DaySnapshot.objects.filter(entity=entity, day__in=sums, base_amount__isnull=False)
        for day, bucket, amount in days.values_list("day", "bucket", "base_amount"):
            sums[day][0] += amount
            sums[day][1] += amount if bucket else 0
        rows = [(each, *sums[each.day]) for each in kept]
    context = {"form": form, "entity": entity, "rows": rows}
    return render(request, "analytics/snapshots.html", context, status=form.status)


@needs("metrics.read")
@require_safe
def snapshot(request: HttpRequest, pk: int) -> HttpResponse:
    """One day: what was owed by age as it was known then, as it is known by now, and whose balance was corrected."""
    kept = get_object_or_404(Snapshot.objects.for_user(request.user).select_related("entity"), pk=pk)
    buckets, corrections = replica.read(lambda: reading.of_day(kept, most=MOST_CORRECTIONS + 1))
    bounds = [*kept.bounds, None]
    names = {0: "Not due"} | {
        low + 1: f"{low + 1}–{high} days" if high else f"Over {low} days" for low, high in pairwise(bounds)
    }
    context = {
        "kept": kept,
        "entity": kept.entity,
        "rows": [(names.get(each.bucket, ""), each) for each in buckets],
        "corrections": corrections[:MOST_CORRECTIONS],
        "more": len(corrections) > MOST_CORRECTIONS,
    }
    return render(request, "analytics/snapshot.html", context)
