"""Backtests in the browser: what a version would have sent, beside the one in force, and what it would send today."""

from datetime import date

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from o2c.collections import backtests, reasons
from o2c.collections.jobs import play_backtest
from o2c.collections.models import Backtest, DunningPolicy
from o2c.core.actors import Actor
from o2c.core.forms import Choices
from o2c.core.pages import onward, show_form
from o2c.core.rights import needs
from o2c.orders.models import LegalEntity

WIDTH, HEIGHT = 720, 150


class BacktestForm(forms.Form):
    entity = forms.ModelChoiceField(LegalEntity.objects.none(), label="Legal entity", to_field_name="code")
    months = forms.TypedChoiceField(
        label="Over the last",
        coerce=int,
        choices=[(months, f"{months} months") for months in backtests.MONTHS],
        initial=12,
        widget=Choices,
    )

    def __init__(self, *args, entities, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["entity"].queryset = entities
        self.fields["entity"].empty_label = None


@needs("dunning.propose")
@require_http_methods(["GET", "HEAD", "POST"])
def ask_backtest(request: HttpRequest, pk: int) -> HttpResponse:
    version = get_object_or_404(DunningPolicy, pk=pk)
    entities = LegalEntity.objects.for_user(request.user).order_by("code")
    form = BacktestForm(request.POST if request.method == "POST" else None, entities=entities)
    if form.is_valid():
        asked = backtests.ask(**form.cleaned_data, version=version, actor=Actor.of(request.user))
        transaction.on_commit(lambda: play_backtest.delay(asked.pk))
        return onward(request, reverse("backtest", args=[asked.pk]))
    about = (
        "Every business day is played as it was known then. Nothing is sent, and nothing of it stays but the figures."
    )
    return show_form(
        request, form, heading=f"Play {version} over the past", about=about, action="Play it",
        back=reverse("policy", args=[pk]),
    )  # fmt: skip


@needs("book.read")
@require_safe
def backtest(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Backtest.objects.for_user(request.user).select_related("entity", "version", "beside")
    found = get_object_or_404(rows, pk=pk)
    arms = [
        {"version": version, **_arm(found.result[name])}
        for name, version in (("version", found.version), ("beside", found.beside))
        if name in found.result
    ]
    months = sorted({month["month"] for arm in arms for month in arm["past"]["months"]})
    most = max((sum(month["notices"].values()) for arm in arms for month in arm["past"]["months"]), default=0)
    for arm in arms:
        arm["bars"] = _bars(arm["past"]["months"], months, most)
        by_month = {month["month"]: month["notices"] for month in arm["past"]["months"]}
        arm["rows"] = [
            (_first(month), [by_month.get(month, {}).get(str(level), 0) for level in arm["numbers"]])
            for month in months
        ]
    context = {"test": found, "arms": arms, "most": most, "width": WIDTH, "height": HEIGHT}
    return render(request, "collections/backtest.html", context)


def _arm(result: dict) -> dict:
    past, today = result["past"], result["today"]
    lines = past["lines"]
    levels = sorted({int(level) for month in past["months"] for level in month["notices"]})
    return {
        "past": past,
        "today": today,
        "on": date.fromisoformat(today["on"]),
        "reasons": [(reasons.title(reason), count) for reason, count in today["reasons"].items()],
        "numbers": levels,
        "soon": round(100 * past["soon"] / lines, 1) if lines else None,
        "credited": round(100 * past["credited"] / lines, 1) if lines else None,
        "notices_today": sum(level["notices"] for level in today["levels"]),
        "held_back": sum(today["reasons"].values()),
    }


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _bars(by_month: list[dict], months: list[str], most: int) -> list[dict]:
    """A column a month, its levels one upon the other, the lowest at the bottom."""
    if not months or not most:
        return []
    place, step = {month: number for number, month in enumerate(months)}, WIDTH / len(months)
    bars = []
    for each in by_month:
        top = HEIGHT
        for level, count in sorted(each["notices"].items(), key=lambda pair: int(pair[0])):
            height = count * HEIGHT / most
            top -= height
            bars.append(
                {
                    "x": round(place[each["month"]] * step + step * 0.1, 2), "y": round(top, 2),
                    "width": round(step * 0.8, 2), "height": round(height, 2), "tone": min(int(level) - 1, 4),
                    "month": _first(each["month"]), "level": level, "count": count,
                }
            )  # fmt: skip
    return bars
