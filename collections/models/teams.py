"""Who works on what: teams of collectors, the queues that they work off, and who stands in for whom."""

from datetime import date

import pghistory
from django.db import models
from django.db.models import F, Q

from o2c.core.models import User


@pghistory.track()
class Queue(models.Model):
    """Tasks that belong to no one person: whoever is free claims the next one.

    Where teams serve it, only their members are given its tasks.
    """

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)

    def __str__(self):
        return self.name


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
