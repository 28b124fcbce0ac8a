"""How the collectors' tasks of a legal entity are worked: what weighs them, and who gets those that wait too long."""

import pghistory
from django.db import models
from django.db.models import Q

from o2c.collections.models.teams import Queue
from o2c.core.models import User
from o2c.core.money import AmountField
from o2c.core.stamps import Stamped
from o2c.orders.models import LegalEntity
from o2c.orders.scope import EntityScoped


@pghistory.track(exclude=["updated_at"])
class Strategy(Stamped):
    """How a legal entity's tasks are ranked: by the money at risk, times the points of the rules that hold."""

    entity = models.OneToOneField(LegalEntity, models.PROTECT, related_name="strategy")
    least = AmountField(default=0, help_text="So much at risk every task counts as having, in the base currency.")
    escalates_after = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days past its due day after which a task goes to somebody else; empty: never."
    )
    escalates_to = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    escalates_queue = models.ForeignKey(Queue, models.PROTECT, null=True, blank=True, related_name="+")
    changed_by = models.CharField(max_length=150)

    objects = EntityScoped.as_manager()

    @property
    def escalates_with(self) -> User | Queue | None:
        """Who gets what waits too long."""
        return self.escalates_to or self.escalates_queue

    class Meta:
        verbose_name_plural = "strategies"
        constraints = [
            models.CheckConstraint(
                condition=Q(escalates_after__isnull=True, escalates_to__isnull=True, escalates_queue__isnull=True)
                | Q(escalates_after__gte=1) & (Q(escalates_to__isnull=False) ^ Q(escalates_queue__isnull=False)),
                name="strategy_escalates_to_one",
            )
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="strategy_by_change")]


@pghistory.track()
class StrategyRule(models.Model):
    """A fact of a customer or a task, what it is compared with, and the points of a task of which it holds."""

    class Comparison(models.TextChoices):
        AT_LEAST = "at_least", "at least"
        AT_MOST = "at_most", "at most"
        IS = "is", "is"
        IS_NOT = "is_not", "is not"

    strategy = models.ForeignKey(Strategy, models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField()
    fact = models.CharField(max_length=30)
    comparison = models.CharField(max_length=10, choices=Comparison.choices)
    value = models.CharField(max_length=40)
    points = models.SmallIntegerField(help_text="Percent by which a task counts more, or less.")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["strategy", "position"], name="strategy_rule_place")]
