"""From when on a legal entity calls an account chronic: what may be said, and the act that says it."""

from dataclasses import dataclass
from decimal import Decimal

from o2c.collections import bounds
from o2c.collections.models import ChronicRules
from o2c.core import outbox
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.orders.models import LegalEntity


class RulesRefused(Refused):
    """The rules cannot be so; the text says why, `field` where."""


@dataclass(frozen=True)
class Wanted:
    """Rules as they are written down, with what is usual where an entity has none."""

    overdue_days: int = 90
    minimum: Decimal = Decimal(0)
    unpaid_days: int = 60
    exit_days: int | None = 180
    write_off_days: int | None = 365


FACTS = tuple(Wanted.__dataclass_fields__)
BOUNDS = {"overdue_days": (1, 3_650), "unpaid_days": (0, 3_650), "exit_days": (1, 3_650), "write_off_days": (1, 3_650)}
OPTIONAL = {"exit_days", "write_off_days"}


def change(entity: LegalEntity, wanted: Wanted, *, actor: Actor) -> ChronicRules:
    """Recommend by these rules from now on; the same again writes nothing. Raises RulesRefused."""
    bounds.check(wanted, BOUNDS, OPTIONAL, RulesRefused)
    for name in sorted(OPTIONAL):
        if (days := getattr(wanted, name)) is not None and days < wanted.overdue_days:
            raise RulesRefused("Not before the account is chronic.", name)
    bounds.check_minimum(wanted.minimum, entity.base_currency, RulesRefused)
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        there = ChronicRules.objects.filter(entity=entity).first()
        facts = {name: getattr(wanted, name) for name in FACTS}
        if there is not None and all(getattr(there, name) == value for name, value in facts.items()):
            return there
        found, _ = ChronicRules.objects.update_or_create(entity=entity, defaults=facts | {"changed_by": actor.name})
        outbox.emit("chronic.rules_changed", entity_id=entity.pk)
        return found
