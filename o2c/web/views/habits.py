"""How a customer pays, as a picture: a point for each invoice."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from o2c.analytics import habits
from o2c.analytics.habits import Habit, Payment
from o2c.core import clock
from o2c.core.rights import needs
from o2c.orders.models import Account

WIDTH, HEIGHT, MARGIN = 720, 180, 8
# What lies beyond is drawn at the edge: one invoice of years ago must not flatten all others.
EARLIEST, LATEST, LEAST_SPAN = -30, 120, 30


@dataclass(frozen=True)
class Point:
    """Where an invoice stands in the picture, and its kind: early, late or open."""

    x: float
    y: float
    kind: str
    payment: Payment


@dataclass(frozen=True)
class Picture:
    """Points from the first day to the last; `due` is the height at which what is paid on its day stands."""

    habit: Habit
    points: list[Point]
    due: float
    most: int
    width: int = WIDTH
    height: int = HEIGHT

    @classmethod
    def of(cls, habit: Habit) -> "Picture":
        clipped = {each: max(EARLIEST, min(LATEST, each.days)) for each in habit.payments}
        most = max([LEAST_SPAN, *clipped.values()])
        least = min([0, *clipped.values()])
        length = max((habit.as_of - habit.since).days, 1)

        def height(days: int) -> float:
            return round(MARGIN + (HEIGHT - 2 * MARGIN) * (most - days) / (most - least), 1)

        points = [
            Point(
                x=round(MARGIN + (WIDTH - 2 * MARGIN) * (each.due_on - habit.since).days / length, 1),
                y=height(days),
                kind="open" if each.is_open else "late" if each.days > 0 else "in-time",
                payment=each,
            )
            for each, days in clipped.items()
        ]
        return cls(habit, points, height(0), most)


@needs("book.read")
@require_safe
def customer_habit(request: HttpRequest, pk: int) -> HttpResponse:
    """A part of the customer's page that comes after it, and a page of its own."""
    found = Account.objects.for_user(request.user).filter(customer_id=pk).select_related("customer", "entity")
    accounts = list(found.order_by("entity__code"))
    if not accounts:
        raise Http404
    today = max(clock.today(account.entity.time_zone) for account in accounts)
    habit = habits.habit(pk, [account.entity_id for account in accounts], today)
    context = {"customer": accounts[0].customer, "habit": habit, "picture": Picture.of(habit)}
    return render(request, "web/habit.html", context)
