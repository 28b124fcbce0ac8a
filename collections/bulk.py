"""Acts on many tasks at once, and their undoing: a handful of statements, whatever the number of tasks.

What cannot be done with a task (it is finished, or somebody else is on it) leaves that one as it is and says how many
those are. Undoing puts back what has not been touched since; a mail is taken back as long as nobody hands it over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from o2c.collections import activities, reminding
from o2c.collections.models import Activity, BulkAct, BulkChange, Queue, Task
from o2c.collections.strategies.ranking import rerank
from o2c.collections.worklist import TaskRefused
from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.models import Message, User
from o2c.core.rights import may
from o2c.orders.models import LegalEntity

Kind, State = BulkAct.Kind, Task.State
MOST = 500
# Later nobody remembers what it was about.
UNDONE_WITHIN = timedelta(hours=12)


@dataclass(frozen=True)
class Undone:
    """How many tasks are as they were before, how many mails were stopped, and how many of each it was too late for."""

    tasks: int = 0
    tasks_left: int = 0
    mails: int = 0
    mails_left: int = 0


# --- Acts


def snooze(user: User, task_ids: Iterable[int], until: date, *, key: UUID) -> BulkAct:
    """Put tasks away until a day. Raises TaskRefused for a day that is not to come where one of them is."""
    with acting(Actor.of(user)):
        act, tasks = _begin(user, Kind.SNOOZE, task_ids, key, until=until)
        _check_day(tasks, until)
        _put_away(tasks, until)
        _note(tasks, Activity.Kind.SNOOZE, f"Until {until}.", user)
        return act


def give(
    user: User, task_ids: Iterable[int], to: User | Queue, *, key: UUID, accounts: bool = False, most: int | None = MOST
) -> BulkAct:
    """Give tasks to a person, who sees their legal entity, or to a queue; those that somebody works on stay.

    With `accounts` all live tasks of the tasks' accounts go there, and who gets them is the accounts' collector from
    then on, so that future tasks follow; a queue leaves the accounts without one.
    """
    person, queue = (to, None) if isinstance(to, User) else (None, to)
    seen = Q(entity__in=LegalEntity.objects.for_user(to)) if person else Q()
    with acting(Actor.of(user)):
        if accounts:
            task_ids = _of_accounts(user, task_ids)
        act, tasks = _begin(
            user, Kind.GIVE, task_ids, key, which=seen, most=most, assignee=person, queue=queue, accounts=accounts
        )
        claimed = [task.pk for task in tasks if task.state == State.CLAIMED]
        rows = Task.objects.filter(pk__in=[task.pk for task in tasks])
        rows.filter(pk__in=claimed).update(state=State.OPEN, claimed_by=None, claimed_at=None)
        rows.update(assignee=person, queue=queue, pool=None)
        if accounts and tasks:
            with connection.cursor() as cursor:
                cursor.execute(KEEP_COLLECTORS, {"act": act.pk})
                cursor.execute(GIVE_ACCOUNTS, {"act": act.pk, "to": person.pk if person else None})
        _note(tasks, Activity.Kind.NOTE, f"Given to {to}{', with the account' if accounts else ''}.", user)
        return act


def give_all(user: User, of: User | Queue, to: User | Queue, *, key: UUID, accounts: bool = False) -> BulkAct:
    """Give all live tasks of a person, or those that wait in a queue, to another, as `give` does: however many."""
    theirs = Q(assignee=of) if isinstance(of, User) else Q(assignee=None, queue=of)
    live = Task.objects.for_user(user).filter(theirs, state__in=[State.OPEN, State.SNOOZED, State.CLAIMED])
    return give(user, live.values_list("pk", flat=True), to, key=key, accounts=accounts, most=None)


def _of_accounts(user: User, task_ids: Iterable[int]) -> list[int]:
    """All live tasks that the user sees of the accounts that these tasks are about."""
    about = Task.objects.for_user(user).filter(pk__in=list(task_ids))
    same = about.filter(customer=OuterRef("customer"), entity=OuterRef("entity"))
    live = Task.objects.for_user(user).filter(Exists(same), state__in=[State.OPEN, State.SNOOZED, State.CLAIMED])
    return list(live.values_list("pk", flat=True))


KEEP_COLLECTORS = """
    UPDATE collections_bulkchange c SET collector_id = a.collector_id
    FROM collections_task t JOIN orders_account a ON a.customer_id = t.customer_id AND a.entity_id = t.entity_id
    WHERE c.act_id = %(act)s AND t.id = c.task_id
"""
GIVE_ACCOUNTS = """
    WITH locked AS (
        SELECT a.id FROM orders_account a WHERE a.collector_id IS DISTINCT FROM %(to)s::bigint AND EXISTS (
            SELECT 1 FROM collections_bulkchange c JOIN collections_task t ON t.id = c.task_id
            WHERE c.act_id = %(act)s AND t.customer_id = a.customer_id AND t.entity_id = a.entity_id)
        ORDER BY a.id FOR NO KEY UPDATE OF a
    )
    UPDATE orders_account a SET collector_id = %(to)s FROM locked WHERE a.id = locked.id
"""
# An account that has another collector meanwhile keeps that one.
ACCOUNTS_BACK = """
    WITH before AS (
        SELECT DISTINCT ON (a.id) a.id, c.collector_id FROM collections_bulkchange c
        JOIN collections_bulkact act ON act.id = c.act_id JOIN collections_task t ON t.id = c.task_id
        JOIN orders_account a ON a.customer_id = t.customer_id AND a.entity_id = t.entity_id
        WHERE c.act_id = %(act)s AND a.collector_id IS NOT DISTINCT FROM act.assignee_id ORDER BY a.id, c.id
    ), locked AS (SELECT a.id FROM orders_account a JOIN before USING (id) ORDER BY a.id FOR NO KEY UPDATE OF a)
    UPDATE orders_account a SET collector_id = before.collector_id
    FROM before JOIN locked USING (id) WHERE a.id = before.id
"""


def finish(user: User, task_ids: Iterable[int], outcome: str, note: str = "", *, key: UUID) -> BulkAct:
    """Finish tasks with one outcome (an Activity.Outcome, or empty)."""
    outcome = Activity.Outcome(outcome) if outcome else ""
    with acting(Actor.of(user)):
        act, tasks = _begin(user, Kind.DONE, task_ids, key)
        Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
            state=State.DONE, outcome=outcome, done_at=act.done_at, snoozed_until=None
        )
        _note(tasks, Activity.Kind.DONE, note, user, outcome=outcome)
        return act


def remind(user: User, task_ids: Iterable[int], *, until: date | None = None, key: UUID) -> BulkAct:
    """Write to the customers of tasks about what is overdue, with their statement; then put the tasks away, if so.

    Each customer of a legal entity gets one mail, whatever the number of its tasks. Who has no address, owes nothing
    that is overdue or is on hold is left out. Raises TaskRefused like `snooze`.
    """
    with acting(Actor.of(user)):
        act, tasks = _begin(user, Kind.REMIND, task_ids, key, until=until)
        if not tasks:
            return act
        if until:
            _check_day(tasks, until)
        sent = reminding.write(tasks, key=act.key)
        told = [task for task in tasks if (task.entity_id, task.customer_id) in sent]
        BulkChange.objects.filter(act=act).exclude(task__in=[task.pk for task in told]).delete()
        with connection.cursor() as cursor:
            cursor.execute(
                NAME_MAILS,
                {
                    "act": act.pk,
                    "tasks": [task.pk for task in told],
                    "mails": [sent[task.entity_id, task.customer_id].pk for task in told],
                },
            )
        _leave(act, len(tasks) - len(told))
        if until:
            _put_away(told, until)
        for_each = {task.pk: f"To {sent[task.entity_id, task.customer_id].recipient}." for task in told}
        _note(told, Activity.Kind.REMINDER, "", user, texts=for_each)
        return act


NAME_MAILS = """
    UPDATE collections_bulkchange c SET message_id = t.mail
    FROM unnest(%(tasks)s::bigint[], %(mails)s::bigint[]) AS t (task, mail)
    WHERE c.act_id = %(act)s AND c.task_id = t.task
"""


def _begin(
    user: User,
    kind: Kind,
    task_ids: Iterable[int],
    key: UUID,
    *,
    which: Q | None = None,
    most: int | None = MOST,
    **what,
) -> tuple[BulkAct, list[Task]]:
    """The act with the tasks as they are now, which nobody moves meanwhile; without any where it was done before."""
    ids = set(task_ids)
    if most is not None and len(ids) > most:
        raise TaskRefused(f"Choose at most {most} tasks.")
    act, made = BulkAct.objects.get_or_create(
        key=key, defaults={"kind": kind, "user": user, "done_at": clock.now(), **what}
    )
    if not made:
        return act, []
    free = Q(state__in=[State.OPEN, State.SNOOZED]) | Q(state=State.CLAIMED, claimed_by=user)
    rows = Task.objects.for_user(user).filter(free, which or Q(), pk__in=ids)
    tasks = list(rows.select_for_update(no_key=True, of=("self",)).select_related("entity", "customer").order_by("pk"))
    _leave(act, len(ids) - len(tasks))
    names = ("state", "assignee_id", "queue_id", "pool_id", "snoozed_until", "claimed_by_id", "claimed_at")
    BulkChange.objects.bulk_create(
        BulkChange(act=act, task=task, **{name: getattr(task, name) for name in names}) for task in tasks
    )
    return act, tasks


def _leave(act: BulkAct, count: int) -> None:
    act.left += count
    act.save(update_fields=["left"])


def _check_day(tasks: list[Task], until: date) -> None:
    if any(until <= clock.today(zone) for zone in {task.entity.time_zone for task in tasks}):
        raise TaskRefused("Choose a day to come.")


def _put_away(tasks: list[Task], until: date) -> None:
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
        state=State.SNOOZED, snoozed_until=until, claimed_by=None, claimed_at=None
    )


def _note(tasks: list[Task], kind: str, text: str, user: User, *, outcome: str = "", texts=None) -> None:
    actor = Actor.of(user)
    notes = (
        activities.written(
            customer=task.customer,
            entity=task.entity,
            kind=kind,
            outcome=outcome,
            text=texts[task.pk] if texts else text,
            task=task,
            actor=actor,
        )
        for task in tasks
    )
    activities.record_all(notes, actor=actor)


# --- Taking back

# A task that is as the act left it is put back. What was finished meanwhile, given on or worked on stays so.
PUT_BACK = """
    WITH back AS (
        UPDATE collections_task t SET state = c.state, assignee_id = c.assignee_id, queue_id = c.queue_id,
            pool_id = c.pool_id, snoozed_until = c.snoozed_until, claimed_by_id = c.claimed_by_id,
            claimed_at = c.claimed_at,
            outcome = '', done_at = NULL
        FROM collections_bulkchange c JOIN collections_bulkact a ON a.id = c.act_id
        WHERE c.act_id = %(act)s AND t.id = c.task_id AND CASE
            WHEN a.kind = 'done' THEN t.state = 'done' AND t.done_at = a.done_at
            WHEN a.kind = 'give' THEN t.state = CASE c.state WHEN 'claimed' THEN 'open' ELSE c.state END
                AND (t.assignee_id, t.queue_id) IS NOT DISTINCT FROM (a.assignee_id, a.queue_id)
            ELSE t.state = 'snoozed' AND t.snoozed_until = a.until
        END
        RETURNING t.id, t.entity_id, t.customer_id
    ), marked AS (
        UPDATE collections_bulkchange c SET taken_back = true FROM back WHERE c.act_id = %(act)s AND c.task_id = back.id
    )
    SELECT entity_id, array_agg(DISTINCT customer_id), array_agg(id) FROM back GROUP BY entity_id
"""


def undo(act: BulkAct, user: User) -> Undone:
    """Take back what the act did, as far as nobody went on from it.

    Raises TaskRefused where it is too late, was done before, or is another's act and the user gives no tasks out.
    """
    with acting(Actor.of(user)):
        act = BulkAct.objects.select_for_update(no_key=True).get(pk=act.pk)
        if act.user_id != user.pk and not may(user, "tasks.assign"):
            raise TaskRefused(f"Only {act.user} and who gives tasks out can take this back.")
        if act.undone_at:
            raise TaskRefused("This was taken back already.")
        if clock.now() - act.done_at > UNDONE_WITHIN:
            raise TaskRefused("This is too long ago to take it back.")
        rows = BulkChange.objects.filter(act=act)
        moved = act.kind != Kind.REMIND or act.until is not None
        back: list[tuple[int, list[int], list[int]]] = []
        if moved:
            list(Task.objects.filter(pk__in=rows.values("task")).order_by("pk").select_for_update(no_key=True))
            with connection.cursor() as cursor:
                cursor.execute(PUT_BACK, {"act": act.pk})
                back = cursor.fetchall()
                if act.accounts:
                    cursor.execute(ACCOUNTS_BACK, {"act": act.pk})
        mails = Message.objects.filter(pk__in=rows.exclude(message=None).values("message"))
        written = mails.count()
        stopped = mails.filter(state=Message.State.QUEUED).update(
            state=Message.State.CANCELLED, finished_at=clock.now()
        )
        ids = [pk for _, _, tasks in back for pk in tasks]
        tasks = list(Task.objects.filter(pk__in=ids).select_related("entity", "customer"))
        _note(tasks, Activity.Kind.NOTE, f"Taken back: {act.get_kind_display().lower()}.", user)
        for entity_id, customers, _ in back:
            rerank(entity_id, customer_ids=customers)
        act.undone_at, act.undone_by = clock.now(), user.username
        act.save(update_fields=["undone_at", "undone_by"])
        count = rows.count() if moved else 0
        return Undone(len(ids), count - len(ids), stopped, written - stopped)


def seen_by(user: User) -> QuerySet[BulkAct]:
    """Acts of which the user sees every task."""
    changes = BulkChange.objects.filter(act=OuterRef("pk"))
    hidden = changes.exclude(task__in=Task.objects.for_user(user))
    return BulkAct.objects.filter(Exists(changes), ~Exists(hidden))


def last_of(user: User, within: timedelta = UNDONE_WITHIN) -> BulkAct | None:
    """What the user did last, unless it was taken back or is longer ago; `count` says with how many tasks."""
    acts = BulkAct.objects.filter(user=user).select_related("assignee", "queue").annotate(count=Count("changes"))
    newest = acts.order_by("-id").first()
    if newest is None or newest.undone_at or clock.now() - newest.done_at > within:
        return None
    return newest
