"""Champion and challenger: two policies tried on customers that chance has parted."""

from datetime import date, timedelta

import pghistory
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from o2c.core.stamps import Stamped
from o2c.orders.models import LegalEntity
from o2c.orders.scope import EntityScoped


class Trials(EntityScoped):
    def lasting(self, day: date):
        """Those that are not over on the day, whether they have begun or not."""
        goes_on = Q(ended_on=None) | Q(ended_on__gt=day) & Q(ended_on__gt=F("first_on"))
        return self.filter(goes_on, until__gte=day)


@pghistory.track(exclude=["updated_at"])
class Trial(Stamped):
    """A share of whom a policy chases is chased by another for a time, by a hash of who pays.

    Nothing of it is changed but its end. Of one policy in a legal entity one trial lasts at a time: the database
    refuses another (`trial_one_at_a_time`).
    """

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="trials")
    champion = models.CharField(max_length=40, help_text="Code of the policy in use.")
    challenger = models.CharField(max_length=40, help_text="Code of the policy that is tried.")
    share = models.PositiveSmallIntegerField(help_text="In percent of who pays: chased by the challenger.")
    first_on = models.DateField(help_text="What comes due from this day on takes part.")
    until = models.DateField(help_text="The last day, as planned.")
    salt = models.CharField(max_length=120, help_text="Another one parts the customers otherwise.")
    begun_at = models.DateTimeField(db_default=Now())
    begun_by = models.CharField(max_length=150)
    ended_on = models.DateField(null=True, help_text="From this day on it lasts no more, though it was planned to.")
    ended_by = models.CharField(max_length=150, blank=True, default="")
    concluded = models.CharField(max_length=500, blank=True, default="", help_text="What came of it.")

    objects = Trials.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__gte=1, share__lte=99), name="trial_has_two_arms"),
            models.CheckConstraint(condition=Q(until__gte=F("first_on")), name="trial_some_days"),
            models.CheckConstraint(condition=~Q(champion=F("challenger")), name="trial_of_two_policies"),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("first_on"), ended_on__lte=F("until")),
                name="trial_ends_while_it_lasts",
            ),
        ]

    def __str__(self):
        return f"{self.champion} and {self.challenger}"

    @property
    def last_on(self) -> date:
        """The last day on which it decides, or did; of one that never began, the day before it would have."""
        return self.until if self.ended_on is None else self.ended_on - timedelta(days=1)

    def state_on(self, day: date) -> str:
        """coming, lasting or over; what was ended before it began is over at once"""
        if self.ended_on == self.first_on:
            return "over"
        return "over" if day > self.last_on else "lasting" if day >= self.first_on else "coming"
