"""What is expected of a person: tasks, customers reached, money promised or collected."""

import pghistory
from django.db import models
from django.db.models import Q

from o2c.collections.models.teams import Team
from o2c.core.models import User
from o2c.core.money import AmountField
from o2c.core.stamps import Stamped
from o2c.orders.models import LegalEntity


class TargetQuerySet(models.QuerySet):
    def of(self, whom: User | Team):
        return self.filter(user=whom) if isinstance(whom, User) else self.filter(team=whom)


@pghistory.track(exclude=["updated_at"])
class Target(Stamped):
    """From a day on so much is expected of a person, or of each member of a team who has none of their own.

    The last that begins counts; one without an amount ends it. Money is of one legal entity, in its base currency.
    """

    class What(models.TextChoices):
        TASKS = "tasks", "Tasks done a working day"
        REACHED = "reached", "Customers reached a working day"
        PROMISED = "promised", "Money promised a month"
        COLLECTED = "collected", "Money collected a month"

    MONEY = (What.PROMISED, What.COLLECTED)

    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="targets")
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="targets")
    what = models.CharField(max_length=10, choices=What.choices)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, null=True, blank=True, related_name="+")
    amount = AmountField(null=True, blank=True, help_text="A count, or money; empty: none any more.")
    from_on = models.DateField()
    set_by = models.CharField(max_length=150)

    objects = TargetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "team", "what", "entity", "from_on"], name="target_once_a_day", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(team__isnull=True), name="target_of_a_person_or_a_team"
            ),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="target_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(what__in=["tasks", "reached"], entity__isnull=True)
                | Q(what__in=["promised", "collected"], entity__isnull=False),
                name="target_money_of_an_entity",
            ),
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="target_by_change")]

    @property
    def of(self) -> User | Team:
        return self.user or self.team
