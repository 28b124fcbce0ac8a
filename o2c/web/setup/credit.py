"""By which policy a legal entity lends, as the set-up file says it."""

from o2c.core.actors import Actor
from o2c.core.money import plain
from o2c.orders.credit import policies
from o2c.orders.credit.policies import AMOUNTS, FACTS, PolicyRefused
from o2c.orders.credit_forms import PolicyForm
from o2c.orders.models import CreditPolicy, LegalEntity

KEYS = FACTS


def export(entity: LegalEntity) -> dict | None:
    """What the file says of it; None where nobody has written a policy."""
    there = CreditPolicy.objects.filter(entity=entity).first()
    if there is None:
        return None
    found = {name: getattr(there, name) for name in FACTS}
    amounts = {name: None if found[name] is None else plain(found[name], entity.base_currency) for name in AMOUNTS}
    return found | amounts


def apply(entity: LegalEntity, told: dict, valid, *, actor: Actor) -> tuple[bool, list[tuple[str, str]]]:
    """Bring it to what the file says; whether anything was otherwise before, and each mistake with its name.

    What the file leaves out stays as it is. `valid` says whether the page's form takes what the file says, and writes
    down what it does not.
    """
    there, before = CreditPolicy.objects.filter(entity=entity).first(), export(entity)
    shown = PolicyForm(entity=entity, row=there).initial
    cells = {name: value if value is None else str(value) for name, value in shown.items()}
    form = PolicyForm(cells | told, entity=entity, row=there)
    if not valid(form, told):
        return False, []
    try:
        policies.change(entity, **form.facts(), actor=actor)
    except PolicyRefused as refused:
        return False, [(refused.field, str(refused))]
    return export(entity) != before, []
