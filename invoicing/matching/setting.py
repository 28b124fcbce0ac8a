"""The thresholds of matching of a legal entity: kept by administrators, with their history in the audit trail."""

from o2c.core.actors import Actor, acting
from o2c.invoicing.models import MatchingRules
from o2c.orders.models import LegalEntity


def rules(entity: LegalEntity) -> MatchingRules:
    """Those of the legal entity, else the standard ones, not saved."""
    return MatchingRules.objects.filter(entity=entity).first() or MatchingRules(entity=entity)


def set_rules(entity: LegalEntity, *, actor: Actor, **facts) -> MatchingRules:
    """Say from which score on what happens, and what is let go of; nothing is written where nothing changes.

    It holds from the next round on: what was applied stays, what is proposed is judged anew.
    """
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        found = MatchingRules.objects.filter(entity=entity).first()
        if found is None:
            return MatchingRules.objects.create(entity=entity, **facts)
        changed = {name: value for name, value in facts.items() if getattr(found, name) != value}
        if changed:
            MatchingRules.objects.filter(pk=found.pk).update(**changed)
            found.refresh_from_db()
        return found
