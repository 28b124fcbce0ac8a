"""The collectors' work: who does what next. Tasks are claimed by one person each, the first in rank first."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet

from o2c.collections import activities, pools, teams
from o2c.collections.activities import add_note, log_call
from o2c.collections.models import Activity, Queue, Task, TeamMember, TeamQueue
from o2c.collections.pools import DEFAULT_QUEUE
from o2c.collections.strategies.ranking import rerank
from o2c.core import clock, states
from o2c.core.actors import Actor, acting
from o2c.core.models import User
from o2c.orders.models import Account, Customer, LegalEntity

__all__ = [
    "Cause",
    "add_note",
    "awake",
    "claim",
    "claim_next",
    "close_cleared",
    "create",
    "create_many",
    "done",
    "in_queues",
    "locked",
    "log_call",
    "mine",
    "of_teams",
    "opened",
    "queue_of",
    "reassign",
    "release",
    "rerank",
    "snooze",
    "waiting",
]

LIVE = (Task.State.OPEN, Task.State.CLAIMED, Task.State.SNOOZED)


class TaskRefused(ValueError):
    """The task cannot be moved so; the text says why."""


class TaskTaken(TaskRefused):
    """Somebody else works on the task; `holder` is who."""

    def __init__(self, holder: User):
        super().__init__(f"{holder} is working on this task.")
        self.holder = holder


class TaskFinished(TaskRefused):
    """The task is done or cancelled already."""


# --- Queries


def awake(as_of: date) -> Q:
    """What can be worked on: open, or snoozed until a day that has come."""
    return Q(state=Task.State.OPEN) | Q(state=Task.State.SNOOZED, snoozed_until__lte=as_of)


def mine(user: User, as_of: date) -> QuerySet[Task]:
    """What the user has claimed, and what is assigned to the user and can be worked on; the first in rank first."""
    return _ranked(Task.objects.for_user(user).filter(_own(user, as_of) | Q(claimed_by=user, state=Task.State.CLAIMED)))


def waiting(user: User, as_of: date) -> QuerySet[Task]:
    """What is assigned to the user and can be claimed, in the order of rank: read in that of its index."""
    return _ranked(Task.objects.for_user(user).filter(_own(user, as_of)))


def _own(user: User, as_of: date) -> Q:
    """What is assigned to the user, or to somebody whom the user covers on the day."""
    covered = teams.work_of(user, as_of).covered
    whose = Q(assignee__in=[user.pk, *covered]) if covered else Q(assignee=user)
    return whose & Q(state__in=[Task.State.OPEN, Task.State.SNOOZED]) & awake(as_of)


def in_queues(user: User, as_of: date) -> QuerySet[Task]:
    """What belongs to no one person and is given to whoever of those it is for is free; the first in rank first.

    The tasks of a queue that teams serve are for their members; those of the other queues are for everybody.
    """
    work = teams.work_of(user, as_of)
    for_user = Q(queue=None) | ~Q(queue__in=set(work.served) - set(work.queues))
    return _ranked(
        Task.objects.for_user(user)
        .filter(awake(as_of), assignee=None, state__in=[Task.State.OPEN, Task.State.SNOOZED])
        .filter(for_user)
    )


def of_teams(lead: User) -> QuerySet[Task]:
    """What the teams that a person leads have to do: their members' tasks, and those that wait in their queues."""
    members = TeamMember.objects.filter(team__lead=lead).values("user_id")
    queues = TeamQueue.objects.filter(team__lead=lead).values("queue_id")
    return _ranked(
        Task.objects.for_user(lead)
        .filter(state__in=LIVE)
        .filter(
            Q(state=Task.State.CLAIMED, claimed_by__in=members)
            | Q(assignee__in=members)
            | Q(assignee=None, queue__in=queues)
        )
    )


def _ranked(tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.select_related("customer", "entity", "queue", "pool", "assignee", "claimed_by").order_by("-rank", "id")


def queue_of(entity_id: int, customer_id: int | None = None, kind: str = "") -> Queue:
    """Where an entity's tasks go that are nobody's and in no pool: the queue its settings name, else everybody's.

    With a customer and what it is about, the pool that it fits, if there is one.
    """
    if customer_id is not None and (pool := pools.of(entity_id, customer_id, kind)):
        return Queue.objects.get(pk=pool)
    found = Queue.objects.filter(dunningsettings__entity_id=entity_id).first()
    return found or Queue.objects.get_or_create(code=DEFAULT_QUEUE, defaults={"name": "Collections"})[0]


# --- Acts


def create(
    *,
    entity: LegalEntity,
    customer: Customer,
    kind: Task.Kind,
    why: str,
    due_on: date,
    actor: Actor,
    assignee: User | None = None,
    queue: Queue | None = None,
    key: str | None = None,
) -> Task:
    """Give somebody something to do about a customer: the named person or queue, else the customer's collector, else
    the first pool that it fits, else the entity's queue.

    `key` names the cause, and the same cause makes one task: the one there is comes back unchanged.
    """
    pool = None
    if assignee is None and queue is None:
        account = Account.objects.filter(customer=customer, entity=entity).select_related("collector").first()
        assignee = account.collector if account else None
        if assignee is None:
            queue = pool = queue_of(entity.pk)
    with acting(actor):
        task, made = Task.objects.get_or_create(
            key=key or f"{kind}:{uuid.uuid4()}",
            defaults={
                "entity": entity,
                "customer": customer,
                "payer_id": customer.payer_id,
                "kind": kind,
                "why": why[:300],
                "due_on": due_on,
                "assignee": assignee,
                "queue": queue,
                "pool": pool,
                "created_by": actor.name,
            },
        )
        if made:
            opened(entity.pk, [customer.pk])
            task.refresh_from_db(fields=["at_risk", "points", "rank", "queue", "pool", "assignee"])
        return task


@dataclass(frozen=True)
class Cause:
    """What somebody is to do something about; `key` names it, and the same cause makes one task."""

    customer_id: int
    why: str
    due_on: date
    key: str


CREATE_MANY = """
    INSERT INTO collections_task (key, entity_id, customer_id, payer_id, kind, why, assignee_id, queue_id, pool_id,
                                  state, at_risk, due_on, outcome, created_by)
    SELECT t.key, %(entity)s, c.id, c.payer_id, %(kind)s, left(t.why, 300), a.collector_id,
           CASE WHEN a.collector_id IS NULL THEN %(queue)s END, CASE WHEN a.collector_id IS NULL THEN %(queue)s END,
           'open', 0, t.due_on, '', %(actor)s
    FROM unnest(%(customers)s::bigint[], %(whys)s::text[], %(dues)s::date[], %(keys)s::text[])
        AS t (customer_id, why, due_on, key)
    JOIN orders_customer c ON c.id = t.customer_id
    LEFT JOIN orders_account a ON a.customer_id = c.id AND a.entity_id = %(entity)s
    ORDER BY t.key
    ON CONFLICT (key) DO NOTHING
    RETURNING customer_id
"""


def create_many(entity_id: int, kind: Task.Kind, causes: Iterable[Cause], *, actor: Actor) -> int:
    """A task for each cause that has none yet, for the customer's collector, else the entity's queue; how many."""
    causes = list(causes)
    if not causes:
        return 0
    facts = {
        "entity": entity_id,
        "kind": kind,
        "queue": queue_of(entity_id).pk,
        "actor": actor.name,
        "customers": [cause.customer_id for cause in causes],
        "whys": [cause.why for cause in causes],
        "dues": [cause.due_on for cause in causes],
        "keys": [cause.key for cause in causes],
    }
    with acting(actor), connection.cursor() as cursor:
        cursor.execute(CREATE_MANY, facts)
        customer_ids = [customer_id for (customer_id,) in cursor.fetchall()]
        if customer_ids:
            opened(entity_id, sorted(set(customer_ids)))
    return len(customer_ids)


def opened(entity_id: int, customer_ids: list[int], *, as_of: date | None = None) -> None:
    """What follows wherever tasks about customers were opened: those that are nobody's go to their pool; all are
    ranked. Inside an act.
    """
    pools.place([entity_id], customer_ids=customer_ids)
    rerank(entity_id, as_of=as_of, customer_ids=customer_ids)


CLAIM_NEXT = """
    UPDATE collections_task SET state = 'claimed', claimed_by_id = %(user)s, claimed_at = %(now)s, snoozed_until = NULL
    WHERE state IN ('open', 'snoozed') AND id = coalesce({choices}) RETURNING {columns}
"""
CHOICE = """
    (SELECT id FROM collections_task WHERE {whose} AND {ready} ORDER BY rank DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
"""
READY = """
    state IN ('open', 'snoozed') AND (state = 'open' OR snoozed_until <= %(as_of)s) AND due_on <= %(as_of)s
    AND (%(everywhere)s OR entity_id IN (SELECT entity_id FROM orders_entityaccess WHERE user_id = %(user)s))
"""
OWN = "assignee_id = %(user)s"
OWN_AND_COVERED = "assignee_id = ANY(%(covered)s)"
OF_MY_TEAMS = "assignee_id IS NULL AND queue_id = ANY(%(own_queues)s)"
OF_NO_TEAM = "assignee_id IS NULL AND (queue_id IS NULL OR queue_id <> ALL(%(served)s))"
OF_ANYONE = "assignee_id IS NULL"


def claim_next(user: User, as_of: date, actor: Actor | None = None) -> Task | None:
    """Give the user the task that is first in rank and due.

    Own ones first, and with them those of people whom the user covers; then those of the queues that the user's teams
    serve, then of queues that no team serves.
    However many ask at once, nobody gets a task that another got; None where nothing is left.
    """
    names = [column.attname for column in Task._meta.concrete_fields]
    with acting(actor or Actor.of(user)), connection.cursor() as cursor:
        work = teams.work_of(user, as_of)
        # Whose tasks are looked through, in order; what cannot hold any is not even asked.
        whose = [
            OWN_AND_COVERED if work.covered else OWN,
            *([OF_MY_TEAMS] if work.queues else []),
            OF_NO_TEAM if work.served else OF_ANYONE,
        ]
        choices = ", ".join(CHOICE.format(whose=each, ready=READY) for each in whose)
        cursor.execute(
            CLAIM_NEXT.format(choices=choices, columns=", ".join(names)),
            {
                "user": user.pk,
                "as_of": as_of,
                "now": clock.now(),
                "everywhere": user.all_entities,
                "covered": [user.pk, *work.covered],
                "own_queues": work.queues,
                "served": work.served,
            },
        )
        row = cursor.fetchone()
    return Task.from_db(connection.alias, names, row) if row else None


def claim(task: Task, user: User) -> Task:
    """Take a task that is open or snoozed, also one assigned to a colleague. It is a no-op on one's own.

    Raises TaskTaken where another was faster, TaskFinished where there is nothing left to do.
    """
    actor = Actor.of(user)
    with acting(actor):
        task = locked(task, actor)
        if task.state != Task.State.CLAIMED:
            states.move(task, Task.State.CLAIMED, claimed_by=user, claimed_at=clock.now(), snoozed_until=None)
        return task


def release(task: Task, actor: Actor) -> Task:
    """Put a claimed task back where it came from. Raises TaskTaken for another's."""
    with acting(actor):
        task = locked(task, actor)
        if task.state == Task.State.CLAIMED:
            states.move(task, Task.State.OPEN, claimed_by=None, claimed_at=None)
        return task


def reassign(task: Task, to: User | Queue, actor: Actor) -> Task:
    """Give a task to a person or a queue; who has claimed it loses it. Raises TaskFinished."""
    with acting(actor):
        task = locked(task, None)
        changes = {
            "assignee": to if isinstance(to, User) else None,
            "queue": to if isinstance(to, Queue) else None,
            "pool": None,
            "claimed_by": None,
            "claimed_at": None,
        }
        if task.state == Task.State.CLAIMED:
            states.move(task, Task.State.OPEN, **changes)
        else:
            _change(task, **changes)
        _note(task, Activity.Kind.NOTE, f"Given to {to}.", actor)
        return task


def snooze(task: Task, until: date, actor: Actor, note: str = "") -> Task:
    """Put a task away until a day; it comes back to whom it is assigned, or to its queue.

    Raises TaskTaken for another's claim, TaskFinished for a finished one, TaskRefused for a day that is not to come.
    """
    with acting(actor):
        task = locked(task, actor)
        if until <= clock.today(task.entity.time_zone):
            raise TaskRefused("Choose a day to come.")
        changes = {"snoozed_until": until, "claimed_by": None, "claimed_at": None}
        if task.state == Task.State.SNOOZED:
            _change(task, **changes)
        else:
            states.move(task, Task.State.SNOOZED, **changes)
        _note(task, Activity.Kind.SNOOZE, f"Until {until}. {note}".strip(), actor)
        return task


def done(task: Task, outcome: str, note: str = "", *, actor: Actor) -> Task:
    """Finish a task, with the outcome of what was done (an Activity.Outcome, or empty).

    Raises TaskTaken for another's claim, TaskFinished where somebody was faster.
    """
    with acting(actor):
        task = locked(task, actor)
        outcome = Activity.Outcome(outcome) if outcome else ""
        states.move(task, Task.State.DONE, outcome=outcome, done_at=clock.now(), snoozed_until=None)
        _note(task, Activity.Kind.DONE, note, actor, outcome=outcome)
        return task


def locked(task: Task, actor: Actor | None) -> Task:
    """Read the task as it is now and keep it so; whoever looks at an old page learns who has it."""
    task = (
        Task.objects.select_for_update(no_key=True, of=("self",))
        .select_related("customer", "entity", "claimed_by")
        .get(pk=task.pk)
    )
    if task.state not in LIVE:
        raise TaskFinished(f"This task is {task.get_state_display().lower()} already.")
    if actor is not None and task.state == Task.State.CLAIMED and task.claimed_by_id not in (None, actor.user_id):
        raise TaskTaken(task.claimed_by)
    return task


def _change(task: Task, **changes) -> None:
    Task.objects.filter(pk=task.pk).update(**changes)
    for name, value in changes.items():
        setattr(task, name, value)


def _note(task: Task, kind: Activity.Kind, text: str, actor: Actor, outcome: str = "") -> None:
    activities.record(
        customer=task.customer, entity=task.entity, kind=kind, outcome=outcome, text=text, task=task, actor=actor
    )


# --- Kept by chores

CLOSE_CLEARED = """
    WITH cleared AS (
        SELECT t.id, EXISTS (
                SELECT 1 FROM collections_placeditem c WHERE c.until IS NULL AND c.item_id IN (
                    SELECT item_id FROM collections_noticeline WHERE notice_id = t.notice_id AND dropped_because = ''
                    UNION ALL
                    SELECT item_id FROM collections_promiseditem
                    WHERE promise_id = CASE WHEN t.key LIKE 'promise:%%' THEN split_part(t.key, ':', 2)::bigint END
                    UNION ALL
                    SELECT item_id FROM collections_planitem
                    WHERE plan_id = CASE WHEN t.key LIKE 'plan:%%' THEN split_part(t.key, ':', 2)::bigint END)
            ) AS handed_over
        FROM collections_task t
        WHERE t.state IN ('open', 'claimed', 'snoozed')
            AND t.kind IN ('call', 'broken_promise', 'broken_plan', 'no_contact')
            AND (%(entities)s::bigint[] IS NULL OR t.entity_id = ANY(%(entities)s))
            AND (%(customers)s::bigint[] IS NULL OR t.customer_id = ANY(%(customers)s))
            AND (t.notice_id IS NOT NULL OR t.key LIKE 'promise:%%' OR t.key LIKE 'plan:%%')
            AND NOT EXISTS (
                SELECT 1 FROM collections_noticeline l JOIN invoicing_openitem i ON i.id = l.item_id
                WHERE l.notice_id = t.notice_id AND l.dropped_because = '' AND i.open_amount <> 0
                    AND NOT EXISTS (
                        SELECT 1 FROM collections_placeditem c WHERE c.item_id = i.id AND c.until IS NULL)
            )
            AND NOT EXISTS (
                SELECT 1 FROM collections_promisetopay p
                JOIN collections_promiseditem pi ON pi.promise_id = p.id JOIN invoicing_openitem i ON i.id = pi.item_id
                WHERE t.key LIKE 'promise:%%' AND t.key = 'promise:' || p.id AND p.customer_id = t.customer_id
                    AND i.open_amount <> 0
                    AND NOT EXISTS (
                        SELECT 1 FROM collections_placeditem c WHERE c.item_id = i.id AND c.until IS NULL)
            )
            AND NOT EXISTS (
                SELECT 1 FROM collections_paymentplan p
                JOIN collections_planitem pi ON pi.plan_id = p.id JOIN invoicing_openitem i ON i.id = pi.item_id
                WHERE t.key LIKE 'plan:%%' AND t.key = 'plan:' || p.id AND p.customer_id = t.customer_id
                    AND i.open_amount <> 0
                    AND NOT EXISTS (
                        SELECT 1 FROM collections_placeditem c WHERE c.item_id = i.id AND c.until IS NULL)
            )
        FOR NO KEY UPDATE OF t SKIP LOCKED
    )
    UPDATE collections_task t SET state = 'done', done_at = %(now)s, snoozed_until = NULL,
        outcome = CASE WHEN cleared.handed_over THEN 'handed_over' ELSE 'cleared' END
    FROM cleared WHERE cleared.id = t.id AND t.state IN ('open', 'claimed', 'snoozed')
"""


def close_cleared(*, entity_ids: list[int] | None = None, customer_ids: list[int] | None = None) -> int:
    """Finish the tasks of notices, promises and plans of which every item is settled, or with an agency; the number.

    Their outcome is "cleared", or "handed_over" where an agency has something of it. Tasks made by hand stay: only
    people know when those are done. A task that somebody is moving at this moment is left to the next time.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLOSE_CLEARED, {"entities": entity_ids, "customers": customer_ids, "now": clock.now()})
        return cursor.rowcount
