"""Dunning policies: the standard one a legal entity starts with, and what makes a policy fit to dun by."""

from datetime import date
from itertools import pairwise

from o2c.collections import letters
from o2c.collections.models import DunningLevel, DunningPolicy, DunningSettings, Queue
from o2c.orders.models import LegalEntity

STANDARD = "standard"
# Early enough for any history that is loaded and replayed.
STANDARD_SINCE = date(1990, 1, 1)
# A reminder soon after the due date, while it may be an oversight; a month for two more; then a final notice.
STANDARD_LEVELS = [
    ("Friendly reminder", 3, DunningLevel.Channel.EMAIL, "reminder", False),
    ("Second reminder", 14, DunningLevel.Channel.EMAIL, "second", False),
    ("Third reminder and call", 25, DunningLevel.Channel.EMAIL, "third", True),
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


def faults(policy: DunningPolicy) -> list[str]:
    """What keeps a policy's version from being dunned by, in sentences; nothing where it is fit.

    Its levels are numbered 1, 2, 3 … without a gap (an item moves one at a time), each later than the one before and
    at least a day past due, and each has a wording.
    """
    levels = list(policy.levels.order_by("number"))
    if not levels:
        return ["It has no levels."]
    found = []
    if [level.number for level in levels] != list(range(1, len(levels) + 1)):
        found.append("Its levels must be numbered 1, 2, 3 … without a gap.")
    if levels[0].days_past_due < 1:
        found.append("Its first level must be at least a day past due: nobody is chased before.")
    for before, level in pairwise(levels):
        if level.days_past_due <= before.days_past_due:
            found.append(f"Level {level.number} must come later than level {before.number}.")
    for level in levels:
        if level.channel == DunningLevel.Channel.EMAIL and not letters.exists(level.template):
            found.append(f"Level {level.number} names a wording that does not exist: {level.template}.")
    return found
