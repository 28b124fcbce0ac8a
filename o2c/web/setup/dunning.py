"""How a legal entity duns, as the set-up file says it: its settings, limits of notices, what it tolerates of plans and
promises, and whether a pilot lasts."""

from o2c.collections import dunning_settings, pilots
from o2c.collections.dunning_settings import Amounts, SettingsRefused
from o2c.collections.models import DunningSettings
from o2c.collections.pilots import PilotRefused
from o2c.collections.plan_forms import RulesForm
from o2c.collections.plans import rules
from o2c.collections.plans.rules import RulesRefused
from o2c.collections.views.notices import SettingsForm
from o2c.core.actors import Actor
from o2c.core.money import plain
from o2c.orders.models import LegalEntity

SWITCHES = ("paused", "approves_itself", "letters_without_email", "fees_from_consumers")
DAYS, PERCENTS = ("plan_days", "reminds_before"), ("plan_percent", "promise_percent")
TOLERATED = (*DAYS, *PERCENTS)
KEYS = ("proposes_at", *SWITCHES, "limits", *TOLERATED, "pilot")


def export(entity: LegalEntity) -> dict | None:
    """What the file says of it; None where the legal entity does not dun."""
    found = DunningSettings.objects.filter(entity=entity).first()
    if found is None:
        return None
    return {
        "proposes_at": found.proposes_at.isoformat("seconds" if found.proposes_at.second else "minutes"),
        **{name: getattr(found, name) for name in SWITCHES},
        "limits": {currency: plain(amount, currency) for currency, amount in _limits(entity)},
        **{name: getattr(found, name) for name in DAYS},
        **{name: f"{getattr(found, name):f}" for name in PERCENTS},
        "pilot": pilots.scenario_of(entity) is not None,
    }


def apply(entity: LegalEntity, told: dict, valid, *, actor: Actor) -> tuple[bool, list[tuple[str, str]]]:
    """Bring it to what the file says; whether anything was otherwise before, and each mistake with its name.

    `valid` says whether the page's form takes what the file says, and writes down what it does not.
    """
    limits, pilot, before = told.get("limits"), told.get("pilot"), export(entity)
    wrong = []
    if limits is not None and not (isinstance(limits, dict) and all(isinstance(each, str) for each in limits.values())):
        wrong.append(("limits", "This must be an object of amounts, as text, by their currency."))
    if not isinstance(pilot, bool | None):
        wrong.append(("pilot", "This must be true or false."))
    if wrong:
        return False, wrong
    asked = {name: value for name, value in told.items() if name not in ("limits", "pilot", *TOLERATED)}
    tolerated = {name: value for name, value in told.items() if name in TOLERATED}
    limits = before["limits"] if limits is None else limits
    typed = {name: before[name] for name in ("proposes_at", *SWITCHES)} | asked
    form = SettingsForm(typed | {"limits": ", ".join(f"{amount} {currency}" for currency, amount in limits.items())})
    agreed = RulesForm({name: before[name] for name in TOLERATED} | tolerated)
    if not all([valid(form, asked), valid(agreed, tolerated)]):
        return False, []
    try:
        dunning_settings.change(entity, **form.cleaned_data, actor=actor)
        rules.change(entity, **agreed.cleaned_data, actor=actor)
        if pilot is not None and pilot != before["pilot"]:
            (pilots.begin if pilot else pilots.end)(entity, actor=actor)
    except (SettingsRefused, RulesRefused) as refused:
        return False, [(refused.field, str(refused))]
    except PilotRefused as refused:
        return False, [("pilot", str(refused))]
    return export(entity) != before, []


def _limits(entity: LegalEntity) -> Amounts:
    return dunning_settings.limits_of(LegalEntity.objects.filter(pk=entity.pk)).get(entity.pk, ())
