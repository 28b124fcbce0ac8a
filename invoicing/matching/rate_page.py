"""The match rate: what became of the lines of each week, as a chart and the table that it is drawn from."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from o2c.core import clock, replica
from o2c.core.rights import needs
from o2c.invoicing.matching import rates
from o2c.orders.models import LegalEntity

WEEKS = {13: "13 weeks", 26: "26 weeks", 52: "A year"}
SHORT = ["By itself", "Accepted", "By hand", "Otherwise", "Held back", "Proposed", "Left"]
# The chart's own units.
WIDTH, HEIGHT, GAP = 1000, 160, 0.25


@needs("bank.read")
@require_safe
def match_rate(request: HttpRequest) -> HttpResponse:
    entities = list(LegalEntity.objects.for_user(request.user).order_by("code"))
    chosen = [each for each in entities if each.code == request.GET.get("entity")] or entities
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked.isdecimal() and int(asked) in WEEKS else 13
    today = max((clock.today(each.time_zone) for each in chosen), default=clock.today())
    ids = [each.pk for each in chosen]
    found = replica.read(lambda: rates.by_week(ids, today=today, weeks=weeks))
    whole = rates.total(found)
    context = {
        "entities": entities,
        "entity": chosen[0].code if len(chosen) == 1 and len(entities) > 1 else "",
        "weeks": weeks,
        "spans": WEEKS.items(),
        "outcomes": list(rates.OUTCOMES.items()),
        "short": SHORT,
        "rows": [(week, [week.counts[name] for name in rates.OUTCOMES]) for week in reversed(found)],
        "whole": whole,
        "whole_counts": [whole.counts[name] for name in rates.OUTCOMES] if whole else [],
        "bars": bars(found),
        "width": WIDTH,
        "height": HEIGHT,
    }
    return render(request, "invoicing/match_rate.html", context)


def bars(weeks: list[rates.Week]) -> list[dict]:
    """The rectangles of the chart, in its own units: a column for each week, its outcomes from the ground up."""
    most = max((week.lines for week in weeks), default=0)
    if not most:
        return []
    step = WIDTH / len(weeks)
    drawn = []
    for number, week in enumerate(weeks):
        top = float(HEIGHT)
        for name, title in rates.OUTCOMES.items():
            count = week.counts[name]
            if not count:
                continue
            tall = HEIGHT * count / most
            top -= tall
            drawn.append(
                {
                    "outcome": name,
                    "x": f"{number * step + step * GAP / 2:.2f}",
                    "y": f"{top:.2f}",
                    "width": f"{step * (1 - GAP):.2f}",
                    "height": f"{tall:.2f}",
                    "week": week.week,
                    "title": title,
                    "count": count,
                }
            )
    return drawn
