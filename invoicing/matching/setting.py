"""The thresholds of matching of a legal entity: kept by administrators, with their history in the audit trail."""

from o2c.core.actors import Actor
from o2c.invoicing import rules as kept
from o2c.invoicing.models import MatchingRules
from o2c.orders.models import LegalEntity


def rules(entity: LegalEntity) -> MatchingRules:
    """Those of the legal entity, else the standard ones, not saved."""
    return MatchingRules.objects.filter(entity=entity).first() or MatchingRules(entity=entity)


def set_rules(entity: LegalEntity, *, actor: Actor, **facts) -> MatchingRules:
    """Say from which score on what happens, and what is let go of; nothing is written where nothing changes.

    It holds from the next round on: what was applied stays, what is proposed is judged anew.
    """
    return kept.keep(MatchingRules, entity, actor=actor, **facts)
