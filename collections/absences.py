"""Who is away, and who works on their tasks meanwhile: those stay whose they are, so nothing is moved back later."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from o2c.collections import teams
from o2c.collections.models import Absence, Task
from o2c.core import clock, formats
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.core.refusals import Refused

MOST_DAYS = 366


class AbsenceRefused(Refused):
    """The absence cannot be entered or changed so; the text says why, `field` where."""


def standing(as_of: date) -> QuerySet[Absence]:
    """What lasts on a day or is still to come, the next first."""
    return Absence.objects.filter(last_on__gte=as_of).select_related("user", "cover").order_by("first_on", "id")


def enter(user: User, *, first_on: date, last_on: date, cover: User, actor: Actor) -> Absence:
    """Let `cover` work on a person's tasks for some days. Raises AbsenceRefused.

    Who covers is there all the time, works tasks, and sees every legal entity that the absent person sees.
    """
    with acting(actor):
        # Both are locked, in order, so that neither's other absence or cover is entered meanwhile.
        list(User.objects.filter(pk__in=[user.pk, cover.pk]).order_by("pk").select_for_update(no_key=True))
        if last_on < first_on:
            raise AbsenceRefused("It ends before it begins.", "last_on")
        if last_on < clock.today():
            raise AbsenceRefused("It is over already.", "last_on")
        if (last_on - first_on).days >= MOST_DAYS:
            raise AbsenceRefused(f"It lasts at most {MOST_DAYS} days; give the tasks to somebody else then.", "last_on")
        _check_cover(user, cover)
        during = Absence.objects.filter(first_on__lte=last_on, last_on__gte=first_on)
        other = during.filter(Q(user__in=[user, cover]) | Q(cover=user)).select_related("user", "cover").first()
        if other is not None:
            raise AbsenceRefused(_clash(other, user, cover), "first_on" if other.user_id == user.pk else "cover")
        return Absence.objects.create(user=user, cover=cover, first_on=first_on, last_on=last_on, entered_by=actor.name)


def _check_cover(user: User, cover: User) -> None:
    if user.pk == cover.pk:
        raise AbsenceRefused("Somebody else covers.", "cover")
    if not teams.works(cover):
        raise AbsenceRefused(f"{cover} works no tasks.", "cover")
    if not cover.all_entities:
        seen = set(cover.entity_access.values_list("entity_id", flat=True))
        if user.all_entities or set(user.entity_access.values_list("entity_id", flat=True)) - seen:
            raise AbsenceRefused(f"{cover} does not see every legal entity that {user} sees.", "cover")


def _clash(other: Absence, user: User, cover: User) -> str:
    when = f"from {formats.day(other.first_on)} to {formats.day(other.last_on)}"
    if other.user_id == user.pk:
        return f"{user} is away {when} already."
    if other.user_id == cover.pk:
        return f"{cover} is away {when}."
    return f"{user} covers {other.user} {when}."


def end(absence: Absence, *, on: date, actor: Actor) -> None:
    """They are there again from a day on; one that has not begun by then never was. Raises AbsenceRefused."""
    with acting(actor):
        found = Absence.objects.select_for_update(no_key=True).filter(pk=absence.pk).first()
        if found is None or found.last_on < on:
            raise AbsenceRefused("It is over already.")
        if found.first_on >= on:
            found.delete()
        else:
            Absence.objects.filter(pk=found.pk).update(last_on=on - timedelta(days=1))


def release_claimed(entity_id: int, as_of: date) -> int:
    """Put back what people who are away had claimed before they left, so that who covers can take it; how many."""
    away = Absence.objects.on(as_of).filter(user=OuterRef("claimed_by"), first_on__gt=OuterRef("claimed_at__date"))
    tasks = Task.objects.filter(Exists(away), entity=entity_id, state=Task.State.CLAIMED)
    return tasks.update(state=Task.State.OPEN, claimed_by=None, claimed_at=None)
