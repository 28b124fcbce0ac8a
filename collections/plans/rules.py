"""What a legal entity tolerates of what was agreed, and when it reminds of instalments."""

from decimal import Decimal

from o2c.collections import policies
from o2c.collections.models import DunningSettings
from o2c.core.actors import Actor, acting
from o2c.orders.models import LegalEntity

MOST_DAYS, MOST_PERCENT = 60, Decimal(50)


class RulesRefused(ValueError):
    """It cannot be set so; the text says why, `field` where."""

    def __init__(self, text: str, field: str):
        super().__init__(text)
        self.field = field


def change(
    entity: LegalEntity,
    *,
    promise_percent: Decimal,
    plan_days: int,
    plan_percent: Decimal,
    reminds_before: int,
    actor: Actor,
) -> DunningSettings:
    """Set what counts for promises from now on, and for plans that are agreed from now on. Raises RulesRefused."""
    wanted = {
        "promise_percent": promise_percent,
        "plan_days": plan_days,
        "plan_percent": plan_percent,
        "reminds_before": reminds_before,
    }
    for field, value in wanted.items():
        most = MOST_PERCENT if field.endswith("percent") else MOST_DAYS
        if not 0 <= value <= most:
            raise RulesRefused(f"Between 0 and {most}.", field)
    with acting(actor):
        found = policies.install_standard(entity)
        found = DunningSettings.objects.select_for_update(no_key=True, of=("self",)).get(pk=found.pk)
        changed = {name: value for name, value in wanted.items() if getattr(found, name) != value}
        if changed:
            DunningSettings.objects.filter(pk=found.pk).update(**changed)
            found.refresh_from_db()
        return found
