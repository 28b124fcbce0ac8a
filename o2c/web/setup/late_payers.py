"""By which rule a legal entity lists persistent late payers, as the set-up file says it."""

from o2c.collections.late_payer_forms import RuleForm
from o2c.collections.late_payers import rules
from o2c.collections.late_payers.rules import FACTS, RuleRefused
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.money import plain
from o2c.orders.models import LegalEntity

KEYS = FACTS
CHOSEN = ("terms", "prepayment", "pack")  # by their codes


def export(entity: LegalEntity) -> dict | None:
    """What the file says of it; None where the legal entity has no rule."""
    rule = rules.latest(entity)
    if rule is None:
        return None
    found = {name: getattr(rule, name) for name in FACTS} | {"minimum": plain(rule.minimum, entity.base_currency)}
    return found | {name: getattr(found[name], "code", None) for name in CHOSEN}


def apply(entity: LegalEntity, told: dict, valid, *, actor: Actor) -> tuple[bool, list[tuple[str, str]]]:
    """Bring it to what the file says; whether anything was otherwise before, and each mistake with its name.

    What the file leaves out stays as it is. `valid` says whether the page's form takes what the file says, and writes
    down what it does not.
    """
    rule, before = rules.latest(entity), export(entity)
    shown = RuleForm(entity=entity, rule=rule)
    form = RuleForm(shown.initial | {"minimum": str(shown.initial["minimum"])} | told, entity=entity, rule=rule)
    if not valid(form, told):
        return False, []
    try:
        rules.change(entity, form.wanted(), on=clock.today(entity.time_zone), actor=actor)
    except RuleRefused as refused:
        return False, [(refused.field, str(refused))]
    return export(entity) != before, []
