"""The rules of a strategy: what they may say, and the act that sets them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.db.models import F

from o2c.collections import teams
from o2c.collections.models import Queue, Strategy, StrategyRule
from o2c.collections.strategies import facts
from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.core.money import LARGEST_AMOUNT
from o2c.orders.models import LegalEntity

Comparison = StrategyRule.Comparison
OF_NUMBERS = (Comparison.AT_LEAST, Comparison.AT_MOST)
OF_WORDS = (Comparison.IS, Comparison.IS_NOT)
MOST_RULES = 30
MOST_POINTS = 500
MOST_DAYS = 365


class StrategyRefused(ValueError):
    """The strategy cannot be kept so; the text says why, `field` where, `place` of which rule (from 0)."""

    def __init__(self, text: str, field: str = "", place: int | None = None):
        super().__init__(text)
        self.field, self.place = field, place


class StrategyChanged(StrategyRefused):
    """Somebody else has changed it since it was read."""


@dataclass(frozen=True)
class Rule:
    """Where `fact` compares so with `value`, a task has these points: percent by which it counts more, or less."""

    fact: str
    comparison: str
    value: str
    points: int

    @property
    def about(self) -> facts.Fact:
        return facts.BY_CODE[self.fact]

    @property
    def condition(self) -> str:
        """ "Days since spoken with at least 21", for a person."""
        value = self.value if self.about.is_word else formats.number(Decimal(self.value))
        return f"{self.about.name} {Comparison(self.comparison).label} {value} {self.about.unit}".strip()


@dataclass(frozen=True)
class Rules:
    """A strategy as it is written down.

    `least` is what a task counts as having at risk, in the base currency. A task that is not done so many days past its
    due day goes to `escalates_to`, once; None: it never does.
    """

    least: Decimal = Decimal(0)
    rules: tuple[Rule, ...] = ()
    escalates_after: int | None = None
    escalates_to: User | Queue | None = None


# What collectors in the field look at first; offered where an entity has no strategy yet.
USUAL = Rules(
    rules=(
        Rule("oldest", Comparison.AT_LEAST, "60", 40),
        Rule("broken", Comparison.AT_LEAST, "1", 30),
        Rule("spoken", Comparison.AT_LEAST, "21", 20),
        Rule("limit", Comparison.AT_LEAST, "100", 20),
        Rule("returned", Comparison.AT_LEAST, "1", 20),
        Rule("habit", Comparison.AT_LEAST, "30", 10),
        Rule("contested", Comparison.AT_LEAST, "50", -50),
        Rule("spoken", Comparison.AT_MOST, "2", -60),
    )
)


CELLS = ("fact", "comparison", "value", "points")


def written(entities: Iterable[LegalEntity]) -> dict[int, Rules]:
    """What the legal entities that have a strategy have written down, by their ids; in one query."""
    found: dict[int, Rules] = {}
    rows = Strategy.objects.filter(entity__in=[entity.pk for entity in entities]).order_by("rules__position")
    rows = rows.select_related("escalates_to", "escalates_queue")
    for row in rows.annotate(**{f"rule_{name}": F(f"rules__{name}") for name in CELLS}):
        before = found.get(row.entity_id, Rules(row.least, (), row.escalates_after, row.escalates_with))
        rule = Rule(*(getattr(row, f"rule_{name}") for name in CELLS))
        found[row.entity_id] = replace(before, rules=(*before.rules, rule)) if rule.fact else before
    return found


def of(entity: LegalEntity) -> Rules:
    """What is written down of one; nothing where there is no strategy: tasks then count by what is at risk."""
    return written([entity]).get(entity.pk, Rules())


def faults_of(wanted: Rules, entity: LegalEntity) -> list[StrategyRefused]:
    """All that is wrong with rules, each at its field."""
    found = []
    if not 0 <= wanted.least <= LARGEST_AMOUNT:
        found.append(StrategyRefused("At least nothing, and an amount that can be booked.", "least"))
    if len(wanted.rules) > MOST_RULES:
        found.append(StrategyRefused(f"A strategy has at most {MOST_RULES} rules."))
    found += _faults_of_escalation(wanted, entity)
    asked: dict[tuple[str, str, str], int] = {}
    for place, rule in enumerate(wanted.rules):
        fault = _fault(rule, entity)
        if fault is not None:
            found.append(StrategyRefused(fault[1], fault[0], place))
            continue
        same = asked.setdefault((rule.fact, rule.comparison, rule.value), place)
        if same != place:
            found.append(StrategyRefused(f"Rule {same + 1} asks the same.", "value", place))
    return found


def _faults_of_escalation(wanted: Rules, entity: LegalEntity) -> list[StrategyRefused]:
    after, to = wanted.escalates_after, wanted.escalates_to
    if after is None and to is None:
        return []
    if after is None:
        return [StrategyRefused("Say after how many days.", "escalates_after")]
    if not 1 <= after <= MOST_DAYS:
        return [StrategyRefused(f"Between 1 and {MOST_DAYS} days.", "escalates_after")]
    if to is None:
        return [StrategyRefused("Say who gets it then.", "escalates_to")]
    if isinstance(to, User) and not teams.works(to, entity):
        return [StrategyRefused(f"{to} works no tasks of {entity.code}.", "escalates_to")]
    return []


def _fault(rule: Rule, entity: LegalEntity) -> tuple[str, str] | None:
    fact = facts.BY_CODE.get(rule.fact)
    if fact is None:
        return "fact", f"There is no fact “{rule.fact}”."
    if rule.comparison not in (OF_WORDS if fact.is_word else OF_NUMBERS):
        said = " or ".join(f"“{each.label}”" for each in (OF_WORDS if fact.is_word else OF_NUMBERS))
        return "comparison", f"{fact.name} is compared by {said}."
    if fact.is_word:
        words = fact.words(entity)
        if rule.value not in words:
            return "value", f"{fact.name} is one of {', '.join(list(words)[:12]) or 'none yet'}, not “{rule.value}”."
    else:
        try:
            number = Decimal(rule.value)
        except InvalidOperation:
            return "value", f"{fact.name} is compared with a number, not “{rule.value}”."
        if not number.is_finite() or not fact.least <= number <= fact.most:
            most = f"{formats.number(fact.most)} {fact.unit}".strip()
            return "value", f"{fact.name} lies between {fact.least} and {most}."
        if fact.kind == facts.NUMBER and number != number.to_integral_value():
            return "value", f"{fact.name} is a whole number."
    if not 0 < abs(rule.points) <= MOST_POINTS:
        return "points", f"Points lie between −{MOST_POINTS} and {MOST_POINTS}, and are not nothing."
    return None


def version(strategy: Strategy | None) -> str:
    """What tells a strategy from what it was before; empty where there is none."""
    return strategy.updated_at.isoformat() if strategy else ""


def change(entity: LegalEntity, wanted: Rules, *, actor: Actor, seen: str | None = None) -> Strategy:
    """Rank the entity's tasks so from now on; only what differs is written, and then they are ranked anew.

    `seen` is the version that was looked at. Raises StrategyRefused for the first fault there
    is, StrategyChanged where somebody was faster.
    """
    for fault in faults_of(wanted, entity):
        raise fault
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        strategy = Strategy.objects.filter(entity=entity).first()
        if seen is not None and version(strategy) != seen:
            raise StrategyChanged(
                f"{strategy.changed_by if strategy else 'Somebody'} has changed it meanwhile: look again."
            )
        if strategy is not None and of(entity) == wanted:
            return strategy
        strategy, _ = Strategy.objects.update_or_create(
            entity=entity,
            defaults={
                "least": wanted.least,
                "escalates_after": wanted.escalates_after,
                "escalates_to": wanted.escalates_to if isinstance(wanted.escalates_to, User) else None,
                "escalates_queue": wanted.escalates_to if isinstance(wanted.escalates_to, Queue) else None,
                "changed_by": actor.name,
            },
        )
        strategy.rules.all().delete()
        StrategyRule.objects.bulk_create(
            StrategyRule(strategy=strategy, position=position, **vars(rule))
            for position, rule in enumerate(wanted.rules, start=1)
        )
        strategy.refresh_from_db()
        outbox.emit("strategy.changed", entity_id=entity.pk)
        return strategy
