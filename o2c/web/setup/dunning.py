"""How a legal entity duns, as the set-up file says it: its settings, limits of notices, what it tolerates of plans and
promises, whether a pilot lasts, and what ranks its tasks."""

from decimal import Decimal, InvalidOperation

from o2c.collections import dunning_settings, pilots
from o2c.collections.dunning_settings import Amounts, SettingsRefused
from o2c.collections.models import DunningSettings, Queue
from o2c.collections.pilots import PilotRefused
from o2c.collections.plan_forms import RulesForm
from o2c.collections.plans import rules
from o2c.collections.plans.rules import RulesRefused
from o2c.collections.strategies import rules as strategies
from o2c.collections.strategies.rules import Rule, Rules
from o2c.collections.views.notices import SettingsForm
from o2c.core.actors import Actor
from o2c.core.models import User
from o2c.core.money import MoneyError, exact, plain
from o2c.orders.models import LegalEntity

SWITCHES = ("paused", "approves_itself", "letters_without_email", "fees_from_consumers")
DAYS, PERCENTS = ("plan_days", "reminds_before"), ("plan_percent", "promise_percent")
TOLERATED = (*DAYS, *PERCENTS)
KEYS = ("proposes_at", *SWITCHES, "limits", *TOLERATED, "pilot", "strategy")

STRATEGY = {"least", "rules", "escalates_after", "escalates_queue"}
RULE = {"fact": str, "comparison": str, "value": str, "points": int}


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
        "strategy": _strategy(entity),
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
    ranked, faults = _read_strategy(entity, told.get("strategy"))
    wrong += faults
    if wrong:
        return False, wrong
    asked = {name: value for name, value in told.items() if name not in ("limits", "pilot", "strategy", *TOLERATED)}
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
        if ranked is not None:
            strategies.change(entity, ranked, actor=actor)
        if pilot is not None and pilot != before["pilot"]:
            (pilots.begin if pilot else pilots.end)(entity, actor=actor)
    except (SettingsRefused, RulesRefused) as refused:
        return False, [(refused.field, str(refused))]
    except PilotRefused as refused:
        return False, [("pilot", str(refused))]
    return export(entity) != before, []


def _strategy(entity: LegalEntity) -> dict | None:
    written = strategies.written([entity]).get(entity.pk)
    if written is None:
        return None
    said = {"least": plain(written.least, entity.base_currency), "rules": [vars(rule) for rule in written.rules]}
    if isinstance(written.escalates_to, User):  # people come after the legal entities, so the file names queues only
        return said
    queue = written.escalates_to.code if written.escalates_to else None
    return said | {"escalates_after": written.escalates_after, "escalates_queue": queue}


def _read_strategy(entity: LegalEntity, told) -> tuple[Rules | None, list[tuple[str, str]]]:
    """The strategy that the file says, if it says one, and each mistake with its name."""
    if told is None:
        return None, []
    least, asked = (told.get("least", "0"), told.get("rules", [])) if isinstance(told, dict) else (None, None)
    if not isinstance(least, str) or not isinstance(asked, list) or set(told) - STRATEGY:
        return None, [("strategy", "This must be an object of least, an amount as text, and a list of rules.")]
    for place, rule in enumerate(asked):
        if not isinstance(rule, dict) or {name: type(value) for name, value in rule.items()} != RULE:
            return None, [(f"strategy/rules/{place}", "This must be an object of fact, comparison, value and points.")]
    escalation, faults = _read_escalation(entity, told)
    if faults:
        return None, faults
    try:
        wanted = Rules(exact(Decimal(least), entity.base_currency), tuple(Rule(**rule) for rule in asked), *escalation)
    except (InvalidOperation, MoneyError):
        return None, [("strategy/least", f"“{least}” is no amount of {entity.base_currency}.")]
    return wanted, [
        (
            f"strategy/rules/{fault.place}/{fault.field}"
            if fault.place is not None
            else f"strategy/{fault.field or 'rules'}",
            str(fault),
        )
        for fault in strategies.faults_of(wanted, entity)
    ]


def _read_escalation(entity: LegalEntity, told: dict) -> tuple[tuple, list[tuple[str, str]]]:
    """After how many days a task goes to which queue; what counts already where the file does not say."""
    if "escalates_after" not in told and "escalates_queue" not in told:
        now = strategies.of(entity)
        return (now.escalates_after, now.escalates_to), []
    after, code = told.get("escalates_after"), told.get("escalates_queue")
    if not (after is None or type(after) is int):
        return (), [("strategy/escalates_after", "This must be a whole number of days.")]
    queue = Queue.objects.filter(code=code).first() if isinstance(code, str) else None
    if code is not None and queue is None:
        return (), [("strategy/escalates_queue", f"There is no queue {code}.")]
    return (after, queue), []


def _limits(entity: LegalEntity) -> Amounts:
    return dunning_settings.limits_of(LegalEntity.objects.filter(pk=entity.pk)).get(entity.pk, ())
