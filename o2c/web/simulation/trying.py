"""A trial of a firmer policy in the demo: begun with the weeks of dunning behind it, and still under way.

What simulated customers pay does not hang on how they are chased, so what it shows is what there is: no difference.
"""

from datetime import date, timedelta
from decimal import Decimal

from o2c.collections import policies
from o2c.collections.models import DunningPolicy, Trial
from o2c.collections.policy_rules import Rules, Step
from o2c.core.actors import Actor, acting
from o2c.orders.models import LegalEntity

WEEKS_MORE = 4
FEES = (("EUR", Decimal(5)), ("GBP", Decimal(5)))
FIRM = Rules(
    "Firm",
    (
        Step("Reminder", 1, "reminder"),
        Step("Second reminder", 8, "second"),
        Step("Third reminder and call", 16, "third", opens_task=True),
        Step("Final notice", 28, "final", opens_task=True, fees=FEES, charges_interest=True),
    ),
    interval_days=5,
)


def begin(entity: LegalEntity, first: date, as_of: date, *, actor: Actor) -> None:
    """Let a firmer policy chase half of whom the standard one does, from a past day on."""
    with acting(actor):
        policies.write(DunningPolicy(code="firm", version=1, effective_on=first - timedelta(days=30)), FIRM)
        Trial.objects.create(
            entity=entity,
            champion=policies.STANDARD,
            challenger="firm",
            share=50,
            first_on=first,
            until=as_of + timedelta(weeks=WEEKS_MORE),
            salt=f"{entity.code} {policies.STANDARD} firm {first}",
            begun_by=actor.name,
        )
