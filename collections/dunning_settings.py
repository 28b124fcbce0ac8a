"""How a legal entity duns: when its runs are proposed, what of them needs a person, and what goes by post."""

from datetime import time
from decimal import Decimal

from django.db.models import QuerySet

from o2c.collections import policies
from o2c.collections.models import DunningSettings, NoticeLimit
from o2c.core.actors import Actor, acting
from o2c.core.money import MoneyError, exact, known_currencies
from o2c.core.refusals import Refused
from o2c.orders.models import LegalEntity

Amounts = tuple[tuple[str, Decimal], ...]


class SettingsRefused(Refused):
    """It cannot be set so; the text says why, `field` where."""


def limits_of(entities: QuerySet[LegalEntity]) -> dict[int, Amounts]:
    """From how much on a notice is approved alone, by legal entity."""
    found: dict[int, Amounts] = {}
    for limit in NoticeLimit.objects.filter(entity__in=entities).order_by("currency"):
        found[limit.entity_id] = (*found.get(limit.entity_id, ()), (limit.currency, limit.amount))
    return found


def change(
    entity: LegalEntity,
    *,
    proposes_at: time,
    approves_itself: bool,
    paused: bool,
    letters_without_email: bool,
    fees_from_consumers: bool,
    limits: Amounts,
    actor: Actor,
) -> DunningSettings:
    """Set how an entity duns. What waits already is weighed by the new limits when it is sent.

    Raises SettingsRefused for a limit in no currency, in one twice, or of nothing.
    """
    _check(limits)
    with acting(actor):
        found = policies.install_standard(entity)
        found = DunningSettings.objects.select_for_update(no_key=True, of=("self",)).get(pk=found.pk)
        wanted = {
            "proposes_at": proposes_at,
            "approves_itself": approves_itself,
            "paused": paused,
            "letters_without_email": letters_without_email,
            "fees_from_consumers": fees_from_consumers,
        }
        changed = {name: value for name, value in wanted.items() if getattr(found, name) != value}
        if changed:
            DunningSettings.objects.filter(pk=found.pk).update(**changed)
        there = {limit.currency: limit for limit in NoticeLimit.objects.filter(entity=entity)}
        NoticeLimit.objects.filter(entity=entity).exclude(currency__in=[currency for currency, _ in limits]).delete()
        for currency, amount in limits:
            if currency not in there:
                NoticeLimit.objects.create(entity=entity, currency=currency, amount=amount)
            elif there[currency].amount != amount:
                NoticeLimit.objects.filter(pk=there[currency].pk).update(amount=amount)
        found.refresh_from_db()
        return found


def _check(limits: Amounts) -> None:
    if len({currency for currency, _ in limits}) != len(limits):
        raise SettingsRefused("A currency is named twice.", "limits")
    for currency, amount in limits:
        if currency not in known_currencies():
            raise SettingsRefused(f"{currency} is no currency of ISO 4217.", "limits")
        try:
            if exact(amount, currency) <= 0:
                raise SettingsRefused("A limit is more than nothing.", "limits")
        except MoneyError as error:
            raise SettingsRefused(str(error), "limits") from None
