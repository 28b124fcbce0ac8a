"""By which identifier a legal entity collects, and how early it says so."""

from stdnum.eu import at_02
from stdnum.exceptions import ValidationError

from o2c.core.actors import Actor, acting
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
    """Say by which identifier is collected and how early; nothing is written where nothing changes."""
    facts["creditor_id"] = read_creditor_id(creditor_id)
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        found = rules(entity)
        if found is None:
            return DirectDebitRules.objects.create(entity=entity, **facts)
        changed = {name: value for name, value in facts.items() if getattr(found, name) != value}
        if changed:
            DirectDebitRules.objects.filter(pk=found.pk).update(**changed)
            found.refresh_from_db()
        return found
