"""By which policy a legal entity lends: what it may say, and the act that writes it."""

from datetime import datetime
from decimal import Decimal

from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import MoneyError, exact
from o2c.core.refusals import Refused
from o2c.core.states import ANY, check_seen
from o2c.orders.credit.deciding import Policy
from o2c.orders.credit.scorecard import FACTORS
from o2c.orders.models import CreditPolicy, LegalEntity

WITHOUT = CreditPolicy.WithoutLimit
AMOUNTS = ("max_overdue", "two_people_from", "analyst_sets_up_to", "manager_sets_up_to")
# Each number with the least and the most that it may be; those of OPTIONAL may be left out, as all amounts may.
BOUNDS = {
    "max_oldest_days": (0, 3_650),
    "dunning_level": (1, 9),
    "broken_promises": (1, 100),
    "broken_days": (1, 730),
    "yes_days": (1, 90),
    **{f"weigh_{factor}": (0, 100) for factor in FACTORS},
    "least_score": (0, 100),
    "turnover_months": (1, 24),
    "sales_percent": (0, 100),
    "stale_months": (1, 60),
    "review_days": (0, 365),
    "review_used": (1, 1_000),
}
OPTIONAL = {"max_oldest_days", "dunning_level", "broken_promises"}
FACTS = ("without_limit", *BOUNDS, *AMOUNTS)


class PolicyRefused(Refused):
    """The policy cannot be so; the text says why, `field` where."""


def of(entity: LegalEntity) -> CreditPolicy:
    """The policy of a legal entity; the usual one, which is not kept, where nobody has written any."""
    return CreditPolicy.objects.filter(entity=entity).first() or CreditPolicy(entity=entity)


def thresholds(policy: CreditPolicy) -> Policy:
    return Policy(
        unlimited_without=policy.without_limit == WITHOUT.UNLIMITED,
        max_oldest_days=policy.max_oldest_days, max_overdue=policy.max_overdue, dunning_level=policy.dunning_level,
        broken_promises=policy.broken_promises, broken_days=policy.broken_days,
    )  # fmt: skip


def in_words(policy: CreditPolicy, currency: str) -> list[str]:
    """What orders are held for, for a person."""

    def money(amount: Decimal) -> str:
        return f"{formats.amount(amount, currency)} {currency}"

    unlimited = policy.without_limit == WITHOUT.UNLIMITED
    found = ["owed more than the limit" if unlimited else "owed more than the limit, or anything without one"]
    if policy.max_oldest_days is not None:
        found.append(f"an item more than {policy.max_oldest_days} days overdue")
    if policy.max_overdue is not None:
        found.append(f"more than {money(policy.max_overdue)} overdue")
    if policy.dunning_level is not None:
        found.append(f"dunned at level {policy.dunning_level}")
    if policy.broken_promises is not None:
        found.append(f"{policy.broken_promises} promises broken in {policy.broken_days} days")
    return found


def change(entity: LegalEntity, *, actor: Actor, seen: datetime | None = ANY, **facts) -> CreditPolicy:
    """Lend by this from now on; what is left out stays. Held orders are looked at anew by it.

    `seen` is when the one that was looked at was changed, None for none. Raises PolicyRefused and LostRace.
    """
    with acting(actor):
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        policy = of(entity)
        if policy.pk is not None:
            check_seen(policy, seen)
        changed = {name: value for name, value in facts.items() if getattr(policy, name) != value}
        _check(entity, {name: changed.get(name, getattr(policy, name)) for name in FACTS})
        if policy.pk is not None and not changed:
            return policy
        if policy.pk is None:
            policy = CreditPolicy.objects.create(entity=entity, **changed)
        else:
            CreditPolicy.objects.filter(pk=policy.pk).update(**changed)
        outbox.emit("credit.policy_changed", entity_id=entity.pk)
        policy.refresh_from_db()
        return policy


def _check(entity: LegalEntity, facts: dict) -> None:
    for name, (least, most) in BOUNDS.items():
        value = facts[name]
        if value is None and name in OPTIONAL:
            continue
        if value is None or not least <= value <= most:
            raise PolicyRefused(f"Between {least} and {most}.", name)
    for name in AMOUNTS:
        try:
            if facts[name] is not None and exact(Decimal(facts[name]), entity.base_currency) < 0:
                raise PolicyRefused("Not less than nothing.", name)
        except MoneyError as wrong:
            raise PolicyRefused(str(wrong), name) from None
    analyst, manager = facts["analyst_sets_up_to"], facts["manager_sets_up_to"]
    if manager is not None and (analyst is None or manager < analyst):
        raise PolicyRefused("A finance manager sets no less than a credit analyst.", "manager_sets_up_to")
