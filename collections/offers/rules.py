"""By which rule a legal entity offers discounts: what it may say, which one counts for whom, and what it costs."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from o2c.collections import bounds
from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import MoneyError, exact
from o2c.core.refusals import Refused
from o2c.invoicing import early_offers
from o2c.invoicing.early_offers import NotSteps, Terms
from o2c.invoicing.models import EarlyOfferRule
from o2c.orders.models import LegalEntity

Kind = EarlyOfferRule.Kind
MOST_PERCENT = 50


class OfferRuleRefused(Refused):
    """The rule cannot be so; the text says why, `field` where."""


@dataclass(frozen=True)
class Wanted:
    """A rule as it is written down, with what is usual where there is none yet."""

    offers: bool = True
    kind: str = Kind.DYNAMIC
    rate: Decimal | None = Decimal(9)
    steps: str = ""
    least_percent: Decimal = Decimal("0.1")
    most_percent: Decimal = Decimal(3)
    least_discount: Decimal = Decimal(5)
    minimum: Decimal = Decimal(500)
    least_days: int = 10
    pause_days: int = 14
    skips_late_payers: bool = True
    unasked: bool = False
    budget: Decimal | None = None


FACTS = tuple(Wanted.__dataclass_fields__)
BOUNDS = {"least_days": (1, 365), "pause_days": (0, 365)}


def in_force(entity: LegalEntity, on: date) -> dict[str, EarlyOfferRule]:
    """The versions of a day by segment; that of the legal entity is by "". A segment's stands in its place."""
    rows = EarlyOfferRule.objects.filter(entity=entity, begins_on__lte=on).order_by("segment", "-version")
    return {rule.segment: rule for rule in rows.distinct("segment")}


def latest(entity: LegalEntity, segment: str = "") -> EarlyOfferRule | None:
    return EarlyOfferRule.objects.filter(entity=entity, segment=segment).order_by("-version").first()


def latest_of(entities: QuerySet[LegalEntity]) -> QuerySet[EarlyOfferRule]:
    """The last version of each legal entity and segment."""
    rows = EarlyOfferRule.objects.filter(entity__in=entities).select_related("entity")
    return rows.order_by("entity__code", "segment", "-version").distinct("entity__code", "segment")


def wanted_of(rule: EarlyOfferRule) -> Wanted:
    return Wanted(**{name: getattr(rule, name) for name in FACTS})


def checked(entity: LegalEntity, wanted: Wanted) -> Wanted:
    """The rule as it is kept: its steps in order, without what its kind does not ask for. Raises OfferRuleRefused."""
    bounds.check(wanted, BOUNDS, (), OfferRuleRefused)
    bounds.check_minimum(wanted.minimum, entity.base_currency, OfferRuleRefused)
    for name in ("least_discount", "budget"):
        try:
            value = getattr(wanted, name)
            if value is not None and (exact(value, entity.base_currency) < 0 or (name == "budget" and not value)):
                raise OfferRuleRefused("More than nothing." if name == "budget" else "At least nothing.", name)
        except MoneyError as wrong:
            raise OfferRuleRefused(str(wrong), name) from None
    if not 0 < wanted.most_percent <= MOST_PERCENT:
        raise OfferRuleRefused(f"More than 0 and at most {MOST_PERCENT}.", "most_percent")
    if not 0 <= wanted.least_percent <= wanted.most_percent:
        raise OfferRuleRefused("At least 0, and not more than the most.", "least_percent")
    if wanted.kind == Kind.DYNAMIC:
        if wanted.rate is None or not 0 < wanted.rate <= 100:
            raise OfferRuleRefused("A rate of more than 0 and at most 100 percent a year.", "rate")
        return replace(wanted, steps="")
    return replace(wanted, rate=None, steps=_steps(wanted))


def _steps(wanted: Wanted) -> str:
    try:
        found = early_offers.steps(wanted.steps)
    except NotSteps as wrong:
        raise OfferRuleRefused(str(wrong), "steps") from None
    if not found:
        raise OfferRuleRefused("Days before due and percent, such as 20: 2; 10: 1.", "steps")
    if found[0][1] > wanted.most_percent or found[-1][1] < wanted.least_percent:
        raise OfferRuleRefused("A step is under the least or over the most percent.", "steps")
    return early_offers.steps_in_words(found)


def change(
    entity: LegalEntity, wanted: Wanted, *, segment: str = "", on: date, actor: Actor, seen: int | None = None
) -> EarlyOfferRule:
    """Offer by this rule from a day on; the same again makes no version. What is offered already stays as it is.

    `seen` is the version that was looked at, 0 for none. Raises OfferRuleRefused for what cannot be, and where somebody
    else has changed it since.
    """
    segment = segment.strip()
    wanted = checked(entity, wanted)
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        now = latest(entity, segment)
        if seen is not None and seen != (now.version if now else 0):
            raise OfferRuleRefused(f"{now.written_by if now else 'Somebody'} has changed it meanwhile: look again.")
        if now is not None and wanted_of(now) == wanted:
            return now
        rule = EarlyOfferRule.objects.create(
            entity=entity, segment=segment, version=now.version + 1 if now else 1, begins_on=on, written_by=actor.name,
            **{name: getattr(wanted, name) for name in FACTS},
        )  # fmt: skip
        outbox.emit("offers.rules_changed", entity_id=entity.pk, rule_id=rule.pk)
        return rule


# --- In words, with what it costs


@dataclass(frozen=True)
class Cost:
    """Paid so many days before due: so many percent, and what they cost as a rate a year."""

    days: int
    percent: Decimal
    annual: Decimal

    @property
    def says(self) -> str:
        """ "2 % 20 days early costs 37.2 % a year." """
        percent = f"{round(self.percent, 3).normalize():f}"
        return f"{percent} % {_days(self.days)} early costs {self.annual} % a year."


SHOWN_DAYS = (60, 45, 30, 20, 10, 5)


def costs(rule: EarlyOfferRule | Wanted) -> list[Cost]:
    """What its steps cost, or for a rate some days: paid that early or earlier by the least days of the rule."""
    terms = Terms.of(rule)
    days = [each for each, _ in terms.steps] or sorted({*SHOWN_DAYS, rule.least_days}, reverse=True)
    found = [(each, early_offers.percent_on(terms, each)) for each in days]
    return [Cost(each, percent, early_offers.annual(percent, each)) for each, percent in found if percent]


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def in_words(rule: EarlyOfferRule | Wanted, currency: str) -> str:
    """What it offers to whom, for a person."""
    if not rule.offers:
        return "Offers nothing."
    terms = Terms.of(rule)
    if terms.rate is not None:
        what = f"{terms.rate.normalize():f} % a year for each day before due (of 365), at most"
        what += f" {terms.most_percent.normalize():f} %"
    else:
        what = ", ".join(f"{percent.normalize():f} % {_days(days)} before due" for days, percent in terms.steps)
    least = f"{formats.amount(rule.minimum, currency)} {currency}"
    budget = f" Up to {formats.amount(rule.budget, currency)} {currency} a month." if rule.budget else ""
    return f"{what}, of items of {least} or more that are due in {_days(rule.least_days)} or more.{budget}"
