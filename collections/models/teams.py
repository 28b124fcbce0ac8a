"""Who works on what: teams of collectors, the queues that they work off, and who stands in for whom."""

from datetime import date

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from o2c.core.models import User
from o2c.core.stamps import Stamped


def _words(length: int, says: str) -> ArrayField:
    return ArrayField(models.CharField(max_length=length), default=list, db_default=[], blank=True, help_text=says)


@pghistory.track(exclude=["updated_at"])
class Queue(Stamped):
    """Tasks that belong to no one person: whoever is free claims the next one, or the queue gives them out.

    Where teams serve it, only their members are given its tasks. With a place it is a pool: what belongs to nobody goes
    to the first pool of which all that it asks for holds. Each list is of words of which one must be the case; an empty
    one asks for nothing.
    """

    class Gives(models.TextChoices):
        TAKEN = "taken", "Members take the next one"
        ROUND_ROBIN = "round_robin", "To each member in turn"
        LOAD_BALANCE = "load_balance", "To the member who has least"

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    place = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Among the pools, from 1; empty: it is none."
    )
    entities = _words(20, "Codes of legal entities.")
    segments = _words(40, "Segments of accounts.")
    countries = _words(2, "Countries of customers, such as DE.")
    languages = _words(2, "Languages of customers, such as de.")
    letters = _words(21, "First letters of customers' names: SCH, or from one to another as A-K.")
    kinds = _words(20, "Kinds of tasks.")
    gives = models.CharField(max_length=15, choices=Gives.choices, default=Gives.TAKEN, db_default=Gives.TAKEN)
    changed_by = models.CharField(max_length=150, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place"], name="queue_place_once", deferrable=models.Deferrable.DEFERRED),
            models.CheckConstraint(condition=Q(place__isnull=True) | Q(place__gte=1), name="queue_place_from_one"),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="queue_by_change")]

    def __str__(self):
        return self.name


class QueueTurn(models.Model):
    """Who was given a task of a queue last: the next one is whoever comes after."""

    queue = models.OneToOneField(Queue, models.CASCADE, primary_key=True, related_name="turn")
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)


@pghistory.track()
class Team(models.Model):
    """People who share the work of some queues; the lead sees what each of them has to do."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    lead = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="leads")
    members = models.ManyToManyField(User, through="TeamMember", related_name="teams")
    queues = models.ManyToManyField(Queue, through="TeamQueue", related_name="teams")

    def __str__(self):
        return self.name


@pghistory.track()
class TeamMember(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]


@pghistory.track()
class TeamQueue(models.Model):
    team = models.ForeignKey(Team, models.CASCADE)
    queue = models.ForeignKey(Queue, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "queue"], name="team_queue_once")]


class AbsenceQuerySet(models.QuerySet):
    def on(self, day: date):
        """Those that last on a day."""
        return self.filter(first_on__lte=day, last_on__gte=day)


@pghistory.track()
class Absence(models.Model):
    """Somebody is away, and another works on their tasks meanwhile. The tasks stay whose they are."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences")
    cover = models.ForeignKey(User, models.CASCADE, related_name="covers")
    first_on = models.DateField()
    last_on = models.DateField()
    entered_by = models.CharField(max_length=150)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="absence_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(cover=F("user")), name="absence_covered_by_another"),
        ]
        indexes = [models.Index(fields=["last_on"], name="absence_by_end")]
