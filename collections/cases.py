"""What disputes and inquiries have in common: who may have a case, who can be written to, what the second of two people
is told, and how a case that is late is passed on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from o2c.collections import worklist
from o2c.collections.models import Activity, Queue, Task
from o2c.core import clock
from o2c.core.models import User
from o2c.orders.models import Account, LegalEntity

MOST_TOLD = 3


def sees(user: User, entity: LegalEntity) -> bool:
    return user.is_active and LegalEntity.objects.for_user(user).filter(pk=entity.pk).exists()


def holder(
    entity: LegalEntity, customer_id: int, owner: User | None, queue: Queue | None, kind: Task.Kind
) -> tuple[User | None, Queue | None]:
    """Who has a new case: as a rule says, where that person sees the legal entity; else the customer's collector, else
    the pool that it fits, else the legal entity's queue."""
    if owner is not None and not sees(owner, entity):
        owner = None
    if owner is None and queue is None:
        account = Account.objects.filter(customer=customer_id, entity=entity).select_related("collector").first()
        owner = account.collector if account else None
        queue = None if owner else worklist.queue_of(entity.pk, customer_id, kind)
    return owner, queue


def done_since(activities: QuerySet[Activity], seen: datetime) -> str:
    """What was done about a case after somebody had looked at it, in sentences; notes change nothing."""
    first = activities.order_by("id").values_list("pk", flat=True).first()  # it says that it was opened
    since = activities.filter(happened_at__gt=seen).exclude(pk=first).exclude(kind=Activity.Kind.NOTE)
    return " ".join(f"{each.actor}: {each.text}" for each in reversed(since.order_by("-id")[:MOST_TOLD]))


def finish_tasks(kind: Task.Kind, ids: Iterable[int], customer_id: int, outcome: str) -> None:
    """What is still to be done about cases that have ended is done."""
    about = Q(pk=None)
    for pk in ids:
        about |= Q(key__startswith=f"{kind}:{pk}:")
    Task.objects.filter(about, customer=customer_id, kind=kind, state__in=worklist.LIVE).update(
        state=Task.State.DONE, outcome=outcome, done_at=clock.now(), snoozed_until=None
    )


# --- Deadlines


@dataclass(frozen=True)
class Escalation:
    """How cases of a table are passed on. All but `kind` is SQL of our own, over a case `d` and its rule `r`.

    `late` says which, `mark` what is set, `joined` brings the rule; `round` tells one deadline from the next; `told` is
    what the case says of it before to whom it went, `why` what its task says.
    """

    kind: Task.Kind
    table: str
    late: str
    mark: str
    joined: str
    round: str
    told: str
    why: str


# To whom a rule says that it goes, where that person still sees the legal entity; else to the entity's queue. Its task
# is opened once: the mark and the key say so.
ESCALATE = """
    WITH due AS MATERIALIZED (
        SELECT d.id FROM {table} d WHERE d.entity_id = %(entity)s AND {late}
        ORDER BY d.id FOR NO KEY UPDATE OF d SKIP LOCKED
    ), goes AS MATERIALIZED (
        SELECT d.id, d.customer_id, d.payer_id, {round} AS round, {told} AS told, {why} AS why, u.id AS user_id,
            CASE WHEN u.id IS NULL THEN r.escalate_queue_id END AS queue_id
        FROM due JOIN {table} d USING (id) {joined}
        LEFT JOIN core_user u ON u.id = r.escalate_to_id AND u.is_active AND (u.all_entities OR EXISTS (
            SELECT 1 FROM orders_entityaccess x WHERE x.user_id = u.id AND x.entity_id = d.entity_id))
    ), moved AS (
        UPDATE {table} d SET {mark},
            owner_id = CASE WHEN g.user_id IS NULL AND g.queue_id IS NULL THEN d.owner_id ELSE g.user_id END,
            queue_id = CASE WHEN g.user_id IS NULL AND g.queue_id IS NULL THEN d.queue_id ELSE g.queue_id END
        FROM goes g WHERE d.id = g.id
    ), told AS (
        INSERT INTO collections_activity (entity_id, customer_id, payer_id, {kind}_id, kind, outcome, text, actor)
        SELECT %(entity)s, g.customer_id, g.payer_id, g.id, '{kind}', '',
            g.told || ': escalated to ' || coalesce(u.username, q.name, e.name) || '.', %(actor)s
        FROM goes g LEFT JOIN core_user u ON u.id = g.user_id LEFT JOIN collections_queue q ON q.id = g.queue_id
        CROSS JOIN (SELECT name FROM collections_queue WHERE id = %(queue)s) e
    ), task AS (
        INSERT INTO collections_task (key, entity_id, customer_id, payer_id, kind, why, assignee_id, queue_id, pool_id,
                                      state, at_risk, due_on, outcome, created_by)
        SELECT '{kind}:' || g.id || ':escalated:' || g.round, %(entity)s, g.customer_id, g.payer_id, '{kind}',
            left(g.why, 300), g.user_id, CASE WHEN g.user_id IS NULL THEN coalesce(g.queue_id, %(queue)s) END,
            CASE WHEN g.user_id IS NULL AND g.queue_id IS NULL THEN %(queue)s END, 'open', 0, %(on)s, '', %(actor)s
        FROM goes g ON CONFLICT (key) DO NOTHING
    )
    SELECT id, customer_id FROM goes ORDER BY id
"""


def escalate(how: Escalation, entity: LegalEntity, facts: dict) -> list[int]:
    """Pass on what is late of a legal entity, in one statement; the ids. Inside an act; `facts` are of its SQL."""
    queue = worklist.queue_of(entity.pk)
    with connection.cursor() as cursor:
        cursor.execute(ESCALATE.format(**vars(how)), {"entity": entity.pk, "queue": queue.pk, **facts})
        rows = cursor.fetchall()
    if rows:
        worklist.opened(entity.pk, sorted({customer for _, customer in rows}))
    return [pk for pk, _ in rows]
