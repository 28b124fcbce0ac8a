"""Who answers an inquiry, and by when: what its legal entity says of the kind, else the customer's collector and the
usual hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from o2c.collections import cases
from o2c.collections.inquiries.hours import Office
from o2c.collections.inquiries.keeping import KIND, InquiryRefused
from o2c.collections.models import InquiryHours, InquiryRule, Queue, Task
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.orders import business_days
from o2c.orders.models import LegalEntity

MOST_HOURS = 400
# As much of the calendar as the longest target and escalation need, in offices that open for an hour a day too.
AHEAD = timedelta(days=3 * MOST_HOURS)
# What takes longer than a day where nobody has said anything.
USUAL = {KIND.DISPUTE: 16, KIND.OTHER: 16}


@dataclass(frozen=True)
class Deadline:
    due_at: datetime
    escalates_at: datetime

    def as_columns(self) -> dict:
        return vars(self)


def rule_of(entity: LegalEntity, kind: str) -> InquiryRule:
    """What a legal entity says of a kind; the usual where nobody has said anything."""
    rows = InquiryRule.objects.filter(entity=entity, kind=kind)
    return rows.select_related("owner", "queue").first() or usual(entity, kind)


def usual(entity: LegalEntity, kind: str) -> InquiryRule:
    rule = InquiryRule(entity=entity, kind=kind)
    rule.target_hours = USUAL.get(kind, rule.target_hours)
    return rule


def rules_of(entities: Iterable[LegalEntity]) -> dict[LegalEntity, list[InquiryRule]]:
    """Of every kind, in order, by legal entity."""
    entities = list(entities)
    rows = InquiryRule.objects.filter(entity__in=entities)
    rows = rows.select_related("owner", "queue", "escalate_to", "escalate_queue")
    there = {(row.entity_id, row.kind): row for row in rows}
    return {
        entity: [there.get((entity.pk, kind.value)) or usual(entity, kind.value) for kind in KIND]
        for entity in entities
    }


def hours_of(entity: LegalEntity) -> InquiryHours:
    return InquiryHours.objects.filter(entity=entity).first() or InquiryHours(entity=entity)


def office(entity: LegalEntity, first: datetime, last: datetime) -> Office:
    """When the legal entity is open between two moments."""
    hours, zone = hours_of(entity), ZoneInfo(entity.time_zone)
    days = business_days.calendar(entity, first.astimezone(zone).date(), last.astimezone(zone).date())
    return Office(days, zone, hours.opens, hours.closes)


def deadline(entity: LegalEntity, kind: str, asked_at: datetime) -> Deadline:
    rule, open_hours = rule_of(entity, kind), office(entity, asked_at, asked_at + AHEAD)
    due_at = open_hours.after(asked_at, timedelta(hours=rule.target_hours))
    return Deadline(due_at, open_hours.after(due_at, timedelta(hours=rule.escalate_after)))


def minutes(entity: LegalEntity, asked_at: datetime, answered_at: datetime) -> int:
    """Of business, from the question to the answer."""
    took = office(entity, asked_at, answered_at).between(asked_at, answered_at)
    return int(took.total_seconds() // 60)


def holder(entity: LegalEntity, kind: str, customer_id: int) -> tuple[User | None, Queue | None]:
    rule = rule_of(entity, kind)
    return cases.holder(entity, customer_id, rule.owner, rule.queue, Task.Kind.INQUIRY)


# --- What a legal entity says


def set_hours(entity: LegalEntity, *, opens: time, closes: time, actor: Actor) -> InquiryHours:
    """For what is asked from now on. Raises InquiryRefused."""
    if closes <= opens:
        raise InquiryRefused("It closes after it opens.", "closes")
    with acting(actor):
        return InquiryHours.objects.update_or_create(entity=entity, defaults={"opens": opens, "closes": closes})[0]


def set_rule(
    entity: LegalEntity,
    kind: str,
    *,
    target_hours: int,
    escalate_after: int,
    to: User | Queue | None,
    escalate_to: User | Queue | None,
    actor: Actor,
) -> InquiryRule:
    """Say who answers a kind, and by when, for what is asked from now on. Raises InquiryRefused."""
    for field, hours in (("target_hours", target_hours), ("escalate_after", escalate_after)):
        if not 1 <= hours <= MOST_HOURS:
            raise InquiryRefused(f"Between 1 and {MOST_HOURS} hours.", field)
    for field, somebody in (("to", to), ("escalate_to", escalate_to)):
        if isinstance(somebody, User) and not cases.sees(somebody, entity):
            raise InquiryRefused(f"{somebody} does not see {entity.code}.", field)
    with acting(actor):
        return InquiryRule.objects.update_or_create(
            entity=entity,
            kind=KIND(kind).value,
            defaults={
                "target_hours": target_hours,
                "escalate_after": escalate_after,
                "owner": to if isinstance(to, User) else None,
                "queue": to if isinstance(to, Queue) else None,
                "escalate_to": escalate_to if isinstance(escalate_to, User) else None,
                "escalate_queue": escalate_to if isinstance(escalate_to, Queue) else None,
            },
        )[0]
