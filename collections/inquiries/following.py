"""Inquiries that nobody answers in time: passed on once, to whom their kind says."""

from o2c.collections import cases
from o2c.collections.models import Inquiry, Task
from o2c.core import clock, outbox
from o2c.core.actors import SYSTEM, acting
from o2c.orders.models import LegalEntity

DAY = "to_char(d.due_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD')"
ESCALATION = cases.Escalation(
    kind=Task.Kind.INQUIRY,
    table="collections_inquiry",
    late="d.state = 'open' AND d.escalated_at IS NULL AND d.escalates_at <= %(now)s",
    mark="escalated_at = %(now)s",
    joined="LEFT JOIN collections_inquiryrule r ON r.entity_id = d.entity_id AND r.kind = d.kind",
    round="d.round",
    told=f"'Not answered by ' || {DAY}",
    why=f"'Was to be answered by ' || {DAY} || ': ' || d.subject",
)


def escalate(entity: LegalEntity) -> int:
    """Pass on what was not answered in time, with a task in place of the one there was; how many. Safe to run again."""
    now = clock.now()
    late = Inquiry.objects.filter(entity=entity, state=Inquiry.State.OPEN, escalated_at=None, escalates_at__lte=now)
    if not late.exists():
        return 0
    with acting(SYSTEM):
        facts = {"now": now, "on": clock.today(entity.time_zone), "zone": entity.time_zone, "actor": SYSTEM.name}
        passed = cases.escalate(ESCALATION, entity, facts)
        rounds = Inquiry.objects.filter(pk__in=passed).values_list("pk", "round")
        waiting = Task.objects.filter(key__in=[f"inquiry:{pk}:{round}" for pk, round in rounds])
        waiting.filter(state__in=[Task.State.OPEN, Task.State.SNOOZED]).update(
            state=Task.State.CANCELLED, outcome="escalated", done_at=now, snoozed_until=None
        )
        for pk in passed:
            outbox.emit("inquiries.escalated", inquiry_id=pk, entity_id=entity.pk)
    return len(passed)
