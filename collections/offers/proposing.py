"""Proposing offers: once a day, or because a person asks; what is proposed waits for a person, or goes out by the rule.

A constant number of statements, however many items. A run that waits is overtaken by one of a later day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, F, Sum, When

from o2c.collections.offers import deciding, eligible, rules
from o2c.collections.offers.eligible import Eligible
from o2c.core import clock, locks, outbox
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.invoicing import correspondents, early_offers
from o2c.invoicing.cash import discounts
from o2c.invoicing.early_offers import Terms
from o2c.invoicing.models import EarlyOffer, EarlyOfferRule, EarlyOfferRun, MatchingRules, OpenItem
from o2c.orders.models import LegalEntity

State, RunState = EarlyOffer.State, EarlyOfferRun.State
# What a month's budget is used up by: what stands at its most, and what was taken.
COUNTS = [State.PROPOSED, State.OPEN, State.TAKEN]


@dataclass(frozen=True)
class Found:
    """An item with the tiers that it would be offered, worth what they are on the first day, in the base currency."""

    item: Eligible
    tiers: tuple[discounts.Tier, ...]
    discount: Decimal
    base: Decimal


@dataclass(frozen=True)
class Worked:
    """What a rule comes to: what would be offered, and what is left out of it."""

    found: list[Found]
    unreached: int = 0
    over_budget: int = 0


def lock(entity: LegalEntity) -> None:
    """One at a time proposes, approves or ends offers of a legal entity. Take it before any item's lock."""
    locks.hold("early_offers", entity.pk)


def propose(entity: LegalEntity, as_of: date, *, actor: Actor) -> EarlyOfferRun | None:
    """Work out what customers of a legal entity are offered from a day on; the same again proposes nothing new.

    The run that waits for a person, or the day's last one; None where no rule offers anything. What a rule offers
    unasked goes out at once, in a run of its own.
    """
    with acting(actor):
        lock(entity)
        in_force = rules.in_force(entity, as_of)
        if not any(rule.offers for rule in in_force.values()):
            return None
        waits = EarlyOfferRun.objects.filter(entity=entity, state=RunState.PROPOSED).first()
        if waits is not None:
            if waits.as_of >= as_of:
                return waits
            deciding.cancel(waits, on=as_of, because=EarlyOffer.Because.OVERTAKEN, actor=actor)
        worked = work_out(entity, in_force.values(), as_of)
        unasked = {rule.pk for rule in in_force.values() if rule.unasked}
        parts = {
            asks: [each for each in worked.found if (each.item.rule_id not in unasked) == asks]
            for asks in (False, True)
        }
        made = None
        for asks, found in parts.items():
            if found:
                made = _write(entity, as_of, found, worked, actor)
                if not asks:
                    made = deciding.approve(made, on=as_of, actor=actor)
        if made is None:
            done = EarlyOfferRun.objects.filter(entity=entity, as_of=as_of).order_by("-pk").first()
            made = done or _write(entity, as_of, [], worked, actor)
        return made


def work_out(entity: LegalEntity, chosen: Iterable[EarlyOfferRule], as_of: date) -> Worked:
    """What rules, one a segment, would offer on a day, the largest items first, within their budgets."""
    by_id = {rule.pk or 0: rule for rule in chosen}
    items = eligible.find(entity, by_id.values(), as_of)
    items = _without_own(entity, items, as_of)
    reached = {
        pk for pk, to in correspondents.of({each.customer_id for each in items}).items() if to.contact is not None
    }
    unreached = {each.customer_id for each in items} - reached
    left = {pk: rule.budget - _used(entity, rule, as_of) if rule.budget else None for pk, rule in by_id.items()}
    found, over = [], 0
    for item in items:
        if item.customer_id not in reached:
            continue
        each = _offered(item, by_id[item.rule_id], as_of)
        if each is None:
            continue
        budget = left[item.rule_id]
        if budget is not None and each.base > budget:
            over += 1
            continue
        if budget is not None:
            left[item.rule_id] = budget - each.base
        found.append(each)
    return Worked(found, len(unreached), over)


def _offered(item: Eligible, rule: EarlyOfferRule, as_of: date) -> Found | None:
    tiers = early_offers.tiers(
        Terms.of(rule), item.due_on, as_of, amount=item.amount, currency=item.currency,
        least_discount=rule.least_discount / item.rate,
    )  # fmt: skip
    if not tiers:
        return None
    discount = discounts.whole(item.amount, item.currency, tiers[0].percent)
    return Found(item, tiers, discount, discount * item.rate)


def _without_own(entity: LegalEntity, items: list[Eligible], as_of: date) -> list[Eligible]:
    """Those that are not in a discount of their terms, whose days of grace count."""
    grace = (MatchingRules.objects.filter(entity=entity).first() or MatchingRules(entity=entity)).discount_grace_days
    rows = OpenItem.objects.filter(pk__in=[each.item_id for each in items])
    own = discounts.of_items(rows)
    return [each for each in items if discounts.tier_on(own.get(each.item_id, ()), as_of, grace_days=grace) is None]


def _used(entity: LegalEntity, rule: EarlyOfferRule, as_of: date) -> Decimal:
    """What of a month's budget is used, in the base currency: by all versions of the rule."""
    rows = EarlyOffer.objects.filter(
        entity=entity, rule__segment=rule.segment, state__in=COUNTS, offered_on__gte=as_of.replace(day=1),
        offered_on__lte=as_of,
    )  # fmt: skip
    worth = Case(When(state=State.TAKEN, then=F("discount")), default=F("best_discount")) * F("base_rate")
    return rows.aggregate(used=Sum(worth))["used"] or Decimal(0)


def _write(entity: LegalEntity, as_of: date, found: list[Found], worked: Worked, actor: Actor) -> EarlyOfferRun:
    run = EarlyOfferRun.objects.create(
        entity=entity, as_of=as_of, state=RunState.PROPOSED if found else RunState.EMPTY, items=len(found),
        customers=len({each.item.customer_id for each in found}), unreached=worked.unreached,
        over_budget=worked.over_budget, proposed_by=actor.name,
    )  # fmt: skip
    EarlyOffer.objects.bulk_create(
        EarlyOffer(
            entity=entity,
            customer_id=each.item.customer_id,
            payer_id=each.item.payer_id,
            run=run,
            rule_id=each.item.rule_id,
            item_id=each.item.item_id,
            currency=each.item.currency,
            amount=each.item.amount,
            base_rate=each.item.rate,
            due_on=each.item.due_on,
            offered_on=as_of,
            last_on=each.tiers[-1].until,
            tiers=early_offers.kept(each.tiers),
            best_percent=each.tiers[0].percent,
            best_discount=each.discount,
        )
        for each in found
    )
    if found:
        outbox.emit("offers.proposed", entity_id=entity.pk, run_id=run.pk, items=len(found))
    return run


def propose_due() -> dict:
    """Propose for each legal entity whose day has turned since, and end what ends with the day."""
    result = {"items": 0, "ended": 0}
    for entity in LegalEntity.objects.filter(early_offer_rules__isnull=False).distinct().order_by("pk"):
        today = clock.today(entity.time_zone)
        if EarlyOfferRun.objects.filter(entity=entity, as_of__gte=today).exists():
            continue
        result["ended"] += deciding.follow(entity, today)
        run = propose(entity, today, actor=SYSTEM)
        result["items"] += run.items if run else 0
    return result
