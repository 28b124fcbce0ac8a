"""Times in which a legal entity tries the dunning out: all is decided and recorded, and nothing goes out."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from o2c.core.stamps import Stamped
from o2c.orders.models import LegalEntity
from o2c.orders.scope import EntityScoped


class Pilot(Stamped):
    """A legal entity's runs see only each other's notices while it lasts, and send nothing.

    They are a scenario of their own, so that nothing of it counts as noticed afterwards.
    """

    id = models.BigAutoField(primary_key=True)
    entity = models.ForeignKey(LegalEntity, models.PROTECT, related_name="pilots")
    begun_at = models.DateTimeField(db_default=Now())
    begun_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True, default="")

    objects = EntityScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity"], condition=Q(ended_at=None), name="pilot_one_at_a_time")
        ]
        indexes = [models.Index(fields=["updated_at", "id"], name="pilot_by_change")]

    @property
    def scenario_id(self) -> int:
        """Below nothing: what is played over the past has others."""
        return -self.pk
