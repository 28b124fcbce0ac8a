"""By which identifier a legal entity collects, and how early it says so."""

from stdnum.eu import at_02
from stdnum.exceptions import ValidationError

from o2c.core.actors import Actor
from o2c.invoicing import rules as kept
from o2c.invoicing.cash import CashRefused
from o2c.invoicing.models import DirectDebitRules
from o2c.orders.models import LegalEntity


class DebitRefused(CashRefused):
    """It cannot be collected so; the text says why."""


def read_creditor_id(text: str) -> str:
    """The creditor identifier without spaces. Raises DebitRefused where its check digits say that it is none."""
    try:
        return at_02.validate(text)
    except ValidationError:
        raise DebitRefused(
            "This is no SEPA creditor identifier: a digit is wrong or missing. One looks like DE98ZZZ09999999999."
        ) from None


def rules(entity: LegalEntity) -> DirectDebitRules | None:
    """The legal entity's rules; None where it does not collect by direct debit."""
    return DirectDebitRules.objects.filter(entity=entity).first()


def set_rules(entity: LegalEntity, *, creditor_id: str, actor: Actor, **facts) -> DirectDebitRules:
    """Say by which identifier is collected and how early. Raises DebitRefused."""
    return kept.keep(DirectDebitRules, entity, creditor_id=read_creditor_id(creditor_id), actor=actor, **facts)
