"""From when on a legal entity's accounts are chronic, as the set-up file says it."""

from o2c.collections.chronic import rules
from o2c.collections.chronic.rules import FACTS, RulesRefused, Wanted
from o2c.collections.chronic_forms import RulesForm
from o2c.collections.models import ChronicRules
from o2c.core.actors import Actor
from o2c.core.money import plain
from o2c.orders.models import LegalEntity

KEYS = FACTS


def export(entity: LegalEntity) -> dict | None:
    """What the file says of it; None where nothing is recommended."""
    there = ChronicRules.objects.filter(entity=entity).first()
    if there is None:
        return None
    return {name: getattr(there, name) for name in FACTS} | {"minimum": plain(there.minimum, entity.base_currency)}


def apply(entity: LegalEntity, told: dict, valid, *, actor: Actor) -> tuple[bool, list[tuple[str, str]]]:
    """Bring it to what the file says; whether anything was otherwise before, and each mistake with its name.

    What the file leaves out stays as it is. `valid` says whether the page's form takes what the file says, and writes
    down what it does not.
    """
    there, before = ChronicRules.objects.filter(entity=entity).first(), export(entity)
    shown = RulesForm(entity=entity, rules=there)
    form = RulesForm(shown.initial | told, entity=entity, rules=there)
    if not valid(form, told):
        return False, []
    try:
        rules.change(entity, Wanted(**form.cleaned_data), actor=actor)
    except RulesRefused as refused:
        return False, [(refused.field, str(refused))]
    return export(entity) != before, []
