"""By which rules a legal entity offers discounts for early payment, as the set-up file says it."""

from o2c.collections.offer_forms import AMOUNTS, OfferRuleForm
from o2c.collections.offers import rules
from o2c.collections.offers.rules import FACTS, OfferRuleRefused
from o2c.core import clock
from o2c.core.actors import Actor
from o2c.core.money import plain
from o2c.invoicing.models import EarlyOfferRule
from o2c.orders.models import LegalEntity

KEYS = (*FACTS, "segments")
PERCENTS = ("rate", "least_percent", "most_percent")


def export(entity: LegalEntity) -> dict | None:
    """What the file says of it, segments by their names; None where there is no rule at all."""
    versions = rules.latest_of(LegalEntity.objects.filter(pk=entity.pk))
    found = {rule.segment: _told(rule, entity) for rule in versions}
    if not found:
        return None
    own = found.pop("", {})
    return own | ({"segments": found} if found else {})


def _told(rule: EarlyOfferRule, entity: LegalEntity) -> dict:
    told = {name: getattr(rule, name) for name in FACTS}
    for name in AMOUNTS:
        told[name] = None if told[name] is None else plain(told[name], entity.base_currency)
    for name in PERCENTS:
        told[name] = None if told[name] is None else f"{told[name].normalize():f}"
    return told


def apply(entity: LegalEntity, told: dict, valid, *, actor: Actor) -> tuple[bool, list[tuple[str, str]]]:
    """Bring it to what the file says; whether anything was otherwise before, and each mistake with its name.

    What the file leaves out stays as it is, and so do segments that it does not name. `valid` says whether the page's
    form takes what the file says, and writes down what it does not.
    """
    before, wrong = export(entity), []
    segments = told.get("segments", {})
    if not isinstance(segments, dict) or not all(isinstance(each, dict) for each in segments.values()):
        return False, [("segments", "This must be an object of rules by segment.")]
    own = {name: value for name, value in told.items() if name != "segments"}
    for segment, facts in {**({"": own} if own else {}), **segments}.items():
        unknown = sorted(set(facts) - set(FACTS))
        if unknown or len(segment) > 40:
            wrong.append((f"segments/{segment}", f"{unknown[0]} is not known." if unknown else "At most 40 letters."))
            continue
        rule = rules.latest(entity, segment) or rules.latest(entity)
        form = OfferRuleForm(OfferRuleForm(entity=entity, rule=rule).initial | facts, entity=entity, rule=rule)
        if segment == "" and not valid(form, facts):
            return False, []
        if not form.is_valid():
            wrong += [(f"segments/{segment}/{name}", " ".join(errors)) for name, errors in form.errors.items()]
            continue
        try:
            rules.change(entity, form.wanted(), segment=segment, on=clock.today(entity.time_zone), actor=actor)
        except OfferRuleRefused as refused:
            at = f"segments/{segment}/" if segment else ""
            wrong.append((f"{at}{refused.field}", str(refused)))
    return not wrong and export(entity) != before, wrong
