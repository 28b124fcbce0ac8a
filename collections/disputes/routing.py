"""Who settles a dispute, and by when: what its reason says, else the customer's collector and the usual days."""

from dataclasses import dataclass
from datetime import date, timedelta

from o2c.collections import cases
from o2c.collections.disputes.keeping import DisputeRefused
from o2c.collections.models import DisputeRule, Queue, Task
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.invoicing.models import ReasonCode
from o2c.orders import business_days
from o2c.orders.models import LegalEntity

MOST_DAYS = 250


@dataclass(frozen=True)
class Route:
    """Of a new case: a person or a queue, the deadline, and the day on which it is escalated."""

    owner: User | None
    queue: Queue | None
    due_on: date
    escalates_on: date

    def as_columns(self) -> dict:
        return vars(self)


def rule_of(code: ReasonCode | None) -> DisputeRule:
    """What a reason says; the usual where nobody has said anything."""
    found = DisputeRule.objects.filter(code=code).select_related("owner", "queue").first() if code else None
    return found or DisputeRule()


def route(code: ReasonCode | None, entity: LegalEntity, customer_id: int, on: date) -> Route:
    rule = rule_of(code)
    owner, queue = cases.holder(entity, customer_id, rule.owner, rule.queue, Task.Kind.DISPUTE)
    due_on = further(entity, on, rule.target_days)
    return Route(owner, queue, due_on, escalation(entity, due_on, rule))


def escalation(entity: LegalEntity, due_on: date, rule: DisputeRule) -> date:
    return further(entity, due_on, max(rule.escalate_after, 1))


def further(entity: LegalEntity, day: date, days: int) -> date:
    """So many business days of the legal entity after a day."""
    return business_days.business_day(entity, day, days) or day + timedelta(days=days)


def set_rule(
    code: ReasonCode,
    *,
    target_days: int,
    escalate_after: int,
    to: User | Queue | None,
    escalate_to: User | Queue | None,
    actor: Actor,
) -> DisputeRule:
    """Say who settles disputes of a reason that are opened from now on. Raises DisputeRefused."""
    for field, days in (("target_days", target_days), ("escalate_after", escalate_after)):
        if not 1 <= days <= MOST_DAYS:
            raise DisputeRefused(f"Between 1 and {MOST_DAYS} days.", field)
    with acting(actor):
        rule, _ = DisputeRule.objects.update_or_create(
            code=code,
            defaults={
                "target_days": target_days,
                "escalate_after": escalate_after,
                "owner": to if isinstance(to, User) else None,
                "queue": to if isinstance(to, Queue) else None,
                "escalate_to": escalate_to if isinstance(escalate_to, User) else None,
                "escalate_queue": escalate_to if isinstance(escalate_to, Queue) else None,
            },
        )
        return rule
