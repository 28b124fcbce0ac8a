"""In which hours a legal entity answers inquiries, and by when and in which queue each kind is, as the set-up file says
it. People come after the legal entities, so the file names queues only."""

from o2c.collections.inquiries import routing
from o2c.collections.inquiries.keeping import KIND, InquiryRefused
from o2c.collections.inquiry_forms import HoursForm
from o2c.collections.models import InquiryRule, Queue
from o2c.core.actors import Actor
from o2c.orders.models import LegalEntity

KEYS = ("opens", "closes", "rules")
RULE = ("target_hours", "escalate_after", "queue", "escalate_queue")
HOURS = "This must be a whole number of hours."


def export(entity: LegalEntity) -> dict:
    """What the file says of it; where a person has what a rule says, it names no queue, and leaves that person."""
    hours = routing.hours_of(entity)
    return {
        "opens": hours.opens.isoformat("minutes"),
        "closes": hours.closes.isoformat("minutes"),
        "rules": {rule.kind: _rule(rule) for rule in routing.rules_of([entity])[entity]},
    }


def _rule(rule: InquiryRule) -> dict:
    said = {"target_hours": rule.target_hours, "escalate_after": rule.escalate_after}
    if rule.owner is None:
        said["queue"] = rule.queue.code if rule.queue else None
    if rule.escalate_to is None:
        said["escalate_queue"] = rule.escalate_queue.code if rule.escalate_queue else None
    return said


def apply(entity: LegalEntity, told: dict, valid, *, actor: Actor) -> tuple[bool, list[tuple[str, str]]]:
    """Bring it to what the file says; whether anything was otherwise before, and each mistake with its name.

    `valid` says whether the page's form takes what the file says, and writes down what it does not.
    """
    before = export(entity)
    wanted, wrong = _read(entity, told.get("rules"))
    hours = {name: told[name] for name in ("opens", "closes") if name in told}
    form = HoursForm({name: before[name] for name in ("opens", "closes")} | hours)
    if not valid(form, hours) or wrong:
        return False, wrong
    if hours and form.cleaned_data != _open(entity):
        routing.set_hours(entity, **form.cleaned_data, actor=actor)
    for kind, facts in wanted.items():
        try:
            routing.set_rule(entity, kind, **facts, actor=actor)
        except InquiryRefused as refused:
            return False, [(f"rules/{kind}/{refused.field}", str(refused))]
    return export(entity) != before, []


def _open(entity: LegalEntity) -> dict:
    hours = routing.hours_of(entity)
    return {"opens": hours.opens, "closes": hours.closes}


def _read(entity: LegalEntity, told) -> tuple[dict[str, dict], list[tuple[str, str]]]:
    """The rules that are to be otherwise than they are, by their kind, and each mistake with its name."""
    if told is None:
        return {}, []
    if not isinstance(told, dict) or set(told) - set(KIND.values):
        return {}, [("rules", f"This must be an object of rules by their kind: {', '.join(KIND.values)}.")]
    wanted, wrong = {}, []
    for rule in routing.rules_of([entity])[entity]:
        said = told.get(rule.kind)
        if said is None:
            continue
        if not isinstance(said, dict) or set(said) - set(RULE):
            wrong.append((f"rules/{rule.kind}", f"This must be an object of {', '.join(RULE)}."))
            continue
        facts, faults = _facts(rule, said)
        wrong += [(f"rules/{rule.kind}/{name}", says) for name, says in faults]
        now, _ = _facts(rule, {})
        if facts != now:
            wanted[rule.kind] = facts
    return wanted, wrong


def _facts(rule: InquiryRule, said: dict) -> tuple[dict, list[tuple[str, str]]]:
    """The rule, with what the file says of it."""
    facts = {
        "target_hours": said.get("target_hours", rule.target_hours),
        "escalate_after": said.get("escalate_after", rule.escalate_after),
        "to": rule.owner or rule.queue,
        "escalate_to": rule.escalate_to or rule.escalate_queue,
    }
    wrong = [(name, HOURS) for name in ("target_hours", "escalate_after") if type(facts[name]) is not int]
    for name, field in (("queue", "to"), ("escalate_queue", "escalate_to")):
        if name in said:
            code = said[name]
            facts[field] = Queue.objects.filter(code=code).first() if isinstance(code, str) else None
            if code is not None and facts[field] is None:
                wrong.append((name, f"There is no queue {code}."))
    return facts, wrong
