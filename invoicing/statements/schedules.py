"""When statements are made by themselves: the days of a schedule, which of them is due, and what is told as of then.

A day is never missed and never done twice: what is due is the latest day that has come and of which there is no run.
Days between that were missed altogether are told by the one run that catches up.
"""

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.invoicing.models import StatementRun, StatementSchedule
from o2c.orders.models import LegalEntity

Every, AsOf = StatementSchedule.Every, StatementSchedule.AsOf


def day_in(year: int, month: int, day_of_month: int) -> date:
    """The day of that month; of one that is too short the last."""
    return date(year, month, min(day_of_month, calendar.monthrange(year, month)[1]))


def latest(schedule: StatementSchedule, until: date) -> date:
    """The last day of the schedule that is not after `until`."""
    if schedule.every == Every.WEEK:
        return until - timedelta(days=(until.isoweekday() - schedule.weekday) % 7)
    here = day_in(until.year, until.month, schedule.day_of_month)
    if here <= until:
        return here
    before = until.replace(day=1) - timedelta(days=1)
    return day_in(before.year, before.month, schedule.day_of_month)


def following(schedule: StatementSchedule, after: date) -> date:
    """The first day of the schedule after `after`."""
    if schedule.every == Every.WEEK:
        return latest(schedule, after) + timedelta(days=7)
    here = day_in(after.year, after.month, schedule.day_of_month)
    if here > after:
        return here
    next_month = after.replace(day=28) + timedelta(days=4)
    return day_in(next_month.year, next_month.month, schedule.day_of_month)


def as_of(schedule: StatementSchedule, due_on: date) -> date:
    """The day that a run of `due_on` tells of."""
    if schedule.as_of == AsOf.DAY_BEFORE:
        return due_on - timedelta(days=1)
    if schedule.as_of == AsOf.MONTH_BEFORE:
        return due_on.replace(day=1) - timedelta(days=1)
    return due_on


def from_on(schedule: StatementSchedule, due_on: date, told_until: date | None) -> date:
    """The first day of the activity: the one after what was told last, else after the schedule's day before."""
    if told_until is None:
        told_until = as_of(schedule, latest(schedule, due_on - timedelta(days=1)))
    return min(told_until + timedelta(days=1), as_of(schedule, due_on))


def due_day(schedule: StatementSchedule, now: datetime) -> date | None:
    """The day whose hour has come by the entity's clock; None where it is one before the schedule began.

    An hour that the clock leaves out in spring has come with the next one; one that it shows twice comes once, as its
    day is then done.
    """
    local = now.astimezone(ZoneInfo(schedule.entity.time_zone))
    until = local.date() if local.time() >= schedule.at else local.date() - timedelta(days=1)
    day = latest(schedule, until)
    return day if day >= schedule.from_on else None


def next_day(schedule: StatementSchedule, now: datetime, *, done: date | None) -> date:
    """The day on which the schedule makes statements next; `done` is the last day of which there is a run."""
    day = due_day(schedule, now)
    if day is not None and (done is None or day > done):
        return day
    first = max(begins_on(schedule.entity, schedule.at, now), schedule.from_on)
    if done is not None:
        first = max(first, done + timedelta(days=1))
    return following(schedule, first - timedelta(days=1))


def said(schedule: StatementSchedule) -> str:
    """ "Monthly on the last day at 06:00" """
    at = f"{schedule.at:%H:%M}"
    if schedule.every == Every.WEEK:
        return f"Weekly on {calendar.day_name[schedule.weekday - 1]} at {at}"
    day = "the last day" if schedule.day_of_month == schedule.LAST_DAY else f"day {schedule.day_of_month}"
    return f"Monthly on {day} at {at}"


def due(now: datetime) -> list[tuple[StatementSchedule, date]]:
    """Every schedule in use with the day of it that is due and not yet done."""
    found = []
    schedules = StatementSchedule.objects.filter(in_use=True).select_related("entity")
    for schedule in schedules.annotate(done=Max("runs__due_on")).order_by("pk"):
        day = due_day(schedule, now)
        if day is not None and (schedule.done is None or day > schedule.done):
            found.append((schedule, day))
    return found


def told_until(schedule: StatementSchedule) -> date | None:
    """As of which day the schedule's last run told."""
    runs = StatementRun.objects.filter(schedule=schedule).exclude(state=StatementRun.State.CANCELLED)
    return runs.aggregate(last=Max("as_of"))["last"]


# --- What people decide


def begins_on(entity: LegalEntity, at, now: datetime) -> date:
    """The first day that a schedule made now counts from: today, unless its hour has passed."""
    local = now.astimezone(ZoneInfo(entity.time_zone))
    return local.date() if local.time() < at else local.date() + timedelta(days=1)


def create(*, entity: LegalEntity, actor: Actor, **facts) -> StatementSchedule:
    """Have statements made by themselves from now on."""
    with acting(actor):
        return StatementSchedule.objects.create(
            entity=entity, from_on=begins_on(entity, facts["at"], clock.now()), **facts
        )


def change(schedule: StatementSchedule, *, actor: Actor, **facts) -> StatementSchedule:
    """Change what is made and when, from now on: days that passed by the old rule are not made up by the new one."""
    with acting(actor):
        schedule = StatementSchedule.objects.select_for_update(no_key=True).select_related("entity").get(pk=schedule.pk)
        for name, value in facts.items():
            setattr(schedule, name, value)
        schedule.from_on = begins_on(schedule.entity, schedule.at, clock.now())
        schedule.save(update_fields=[*facts, "from_on"])
        return schedule


def stop(schedule: StatementSchedule, *, actor: Actor) -> None:
    with acting(actor):
        StatementSchedule.objects.filter(pk=schedule.pk, in_use=True).update(in_use=False)


def resume(schedule: StatementSchedule, *, actor: Actor) -> None:
    """Go on from now: days that passed meanwhile are not made up, what happened in them is told by the next run."""
    with acting(actor):
        begins = begins_on(schedule.entity, schedule.at, clock.now())
        StatementSchedule.objects.filter(pk=schedule.pk, in_use=False).update(in_use=True, from_on=begins)
