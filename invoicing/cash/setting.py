"""How a legal entity lets go of money, and the reasons that customers give: kept by administrators."""

from o2c.core.actors import Actor, acting
from o2c.invoicing import rules as kept
from o2c.invoicing.models import CashRules, ReasonCode
from o2c.orders.models import LegalEntity


def set_rules(entity: LegalEntity, *, actor: Actor, **facts) -> CashRules:
    """Say how much who lets go of."""
    return kept.keep(CashRules, entity, actor=actor, **facts)


def add_reason(code: str, name: str, *, in_use: bool = True, actor: Actor) -> ReasonCode:
    with acting(actor):
        return ReasonCode.objects.create(code=code, name=name, in_use=in_use)


def change_reason(reason: ReasonCode, *, name: str, in_use: bool, actor: Actor) -> None:
    """Name it anew, or stop offering it; what was deducted for it keeps it."""
    with acting(actor):
        ReasonCode.objects.filter(pk=reason.pk).update(name=name, in_use=in_use)
