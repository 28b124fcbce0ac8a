"""The dunning policy a legal entity starts with."""

from datetime import date

from o2c.collections.models import DunningLevel, DunningPolicy, DunningSettings, Queue
from o2c.orders.models import LegalEntity

STANDARD = "standard"
# Early enough for any history that is loaded and replayed.
STANDARD_SINCE = date(1990, 1, 1)
STANDARD_LEVELS = [
    ("Friendly reminder", 3, DunningLevel.Channel.EMAIL, "reminder", False),
    ("Second reminder", 14, DunningLevel.Channel.EMAIL, "second", False),
    ("Call", 25, DunningLevel.Channel.EMAIL, "third", True),
    ("Final notice", 40, DunningLevel.Channel.EMAIL, "final", True),
]


def install_standard(entity: LegalEntity) -> DunningSettings:
    """Give the entity the standard policy and a queue for what has no collector, where it has none yet."""
    policy, made = DunningPolicy.objects.get_or_create(
        code=STANDARD, version=1, defaults={"name": "Standard", "effective_on": STANDARD_SINCE}
    )
    if made:
        DunningLevel.objects.bulk_create(
            DunningLevel(
                policy=policy,
                number=number,
                name=name,
                days_past_due=days,
                channel=channel,
                template=template,
                opens_task=opens_task,
            )
            for number, (name, days, channel, template, opens_task) in enumerate(STANDARD_LEVELS, start=1)
        )
    Queue.objects.get_or_create(code="collections", defaults={"name": "Collections"})
    settings, _ = DunningSettings.objects.get_or_create(entity=entity, defaults={"policy": STANDARD})
    return settings
