"""How a queue gives its work out by itself: to each member in turn, or to whoever has least to do."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from o2c.collections.models import Absence, Queue
from o2c.collections.teams import WORKERS
from o2c.core import clock
from o2c.core.actors import SYSTEM, acting
from o2c.orders.models import LegalEntity


@dataclass
class Member:
    """Who may be given tasks; `load` is how many they have, `sees` the legal entities, None: all."""

    id: int
    load: int
    sees: frozenset[int] | None = None
    away: tuple[tuple[date, date, int], ...] = ()

    def there(self, entity_id: int, day: date) -> bool:
        return (self.sees is None or entity_id in self.sees) and self.cover(day) is None

    def cover(self, day: date) -> int | None:
        """Who covers for them on a day; None where they are not away."""
        return next((cover for first, last, cover in self.away if first <= day <= last), None)


@dataclass(frozen=True)
class Lot:
    """The tasks of a customer with a legal entity that wait, and who has others of the customer, most first."""

    entity_id: int
    customer_id: int
    day: date
    tasks: tuple[int, ...]
    holders: tuple[int, ...] = ()


@dataclass
class Shared:
    """Who gets which lot and why, and whose turn it was last."""

    turn: int | None
    given: list[tuple[Lot, int, str]] = field(default_factory=list)


IN_TURN = "it was their turn"
LEAST = "had least to do, with {} task{}"
HOLDS = "has other tasks of the customer"
COVERS = "covers for who has other tasks of the customer"


def share(lots: Iterable[Lot], members: Iterable[Member], *, gives: str, turn: int | None) -> Shared:
    """Give each lot to a member who is there: to who has tasks of the customer (or covers for them), else by the rule.

    Whose turn it is goes by the members' ids, after who had the last. A lot for which nobody is there is left. The
    same is always given the same way.
    """
    people = sorted(members, key=lambda member: member.id)
    by_id = {member.id: member for member in people}
    shared = Shared(turn)
    has: dict[int, int] = {}
    for lot in lots:
        there = [member for member in people if member.there(lot.entity_id, lot.day)]
        if not there:
            continue
        known = [has[lot.customer_id]] if lot.customer_id in has else []
        chosen, why = _holder(lot, [*known, *lot.holders], by_id)
        if chosen is None:
            after = [each for each in there if shared.turn is None or each.id > shared.turn]
            turns = [*after, *(each for each in there if each not in after)]
            chosen, why = turns[0], IN_TURN
            if gives == Queue.Gives.LOAD_BALANCE:
                chosen = min(turns, key=lambda member: member.load)
                why = LEAST.format(chosen.load, "" if chosen.load == 1 else "s")
            shared.turn = chosen.id
        chosen.load += len(lot.tasks)
        has[lot.customer_id] = chosen.id
        shared.given.append((lot, chosen.id, why))
    return shared


def _holder(lot: Lot, holders: Iterable[int], members: dict[int, Member]) -> tuple[Member | None, str]:
    """The first of those who have tasks of the customer who is there, or whose cover is."""
    for pk in holders:
        member = members.get(pk)
        if member is None:
            continue
        if member.there(lot.entity_id, lot.day):
            return member, HOLDS
        cover = members.get(member.cover(lot.day) or 0)
        if cover is not None and cover.there(lot.entity_id, lot.day):
            return cover, COVERS
    return None, ""


# One at a time for each queue, so that nobody counts what another is giving out.
ONE_AT_A_TIME = """
    SELECT pg_advisory_xact_lock(hashtext('collections.giving_out'), id::integer) FROM (
        SELECT id FROM collections_queue
        WHERE gives <> 'taken' AND (%(queues)s::bigint[] IS NULL OR id = ANY(%(queues)s)) ORDER BY id
    ) queues
"""
# Who is at work on a task at this moment is not waited for.
WAITING = """
    WITH waiting AS (
        SELECT t.id, t.queue_id, t.entity_id, t.customer_id FROM collections_task t
        JOIN collections_queue q ON q.id = t.queue_id AND q.gives <> 'taken'
        WHERE t.assignee_id IS NULL AND t.state IN ('open', 'snoozed')
            AND (%(queues)s::bigint[] IS NULL OR q.id = ANY(%(queues)s))
        FOR NO KEY UPDATE OF t SKIP LOCKED
    )
    SELECT w.queue_id, w.entity_id, w.customer_id, array_agg(w.id ORDER BY w.id),
        ARRAY(SELECT coalesce(o.claimed_by_id, o.assignee_id) FROM collections_task o
              WHERE o.customer_id = w.customer_id AND o.state IN ('open', 'claimed', 'snoozed')
                  AND coalesce(o.claimed_by_id, o.assignee_id) IS NOT NULL
              GROUP BY 1 ORDER BY count(*) DESC, 1)
    FROM waiting w GROUP BY 1, 2, 3 ORDER BY 1, min(w.id)
"""
MEMBERS = """
    SELECT q.queue_id, u.id, u.all_entities,
        ARRAY(SELECT entity_id FROM orders_entityaccess x WHERE x.user_id = u.id),
        (SELECT count(*) FROM collections_task t WHERE t.assignee_id = u.id AND t.state IN ('open', 'snoozed'))
            + (SELECT count(*) FROM collections_task t WHERE t.claimed_by_id = u.id AND t.state = 'claimed')
    FROM (SELECT DISTINCT s.queue_id, m.user_id FROM collections_teamqueue s
          JOIN collections_teammember m USING (team_id) WHERE s.queue_id = ANY(%(queues)s)) q
    JOIN core_user u ON u.id = q.user_id AND u.is_active AND u.roles && %(roles)s::varchar[]
"""
GIVE = """
    WITH moved AS (
        UPDATE collections_task t SET assignee_id = g.person, queue_id = NULL
        FROM unnest(%(tasks)s::bigint[], %(people)s::bigint[], %(whys)s::text[]) AS g (task, person, why)
        WHERE t.id = g.task AND t.assignee_id IS NULL AND t.state IN ('open', 'snoozed')
        RETURNING t.id, t.entity_id, t.customer_id, t.payer_id, g.person, g.why
    )
    INSERT INTO collections_activity (entity_id, customer_id, payer_id, task_id, kind, outcome, text, actor)
    SELECT m.entity_id, m.customer_id, m.payer_id, m.id, 'note', '', 'Given to ' || u.username || ' ' || m.why,
        %(actor)s
    FROM moved m JOIN core_user u ON u.id = m.person ORDER BY m.id
"""
TURNS = """
    INSERT INTO collections_queueturn (queue_id, user_id)
    SELECT * FROM unnest(%(queues)s::bigint[], %(users)s::bigint[]) ON CONFLICT (queue_id)
    DO UPDATE SET user_id = excluded.user_id WHERE collections_queueturn.user_id <> excluded.user_id
"""


def give_out(queue_ids: Iterable[int] | None = None) -> int:
    """Give out what waits in queues that do so by themselves, or in these of them; how many tasks.

    A handful of statements whatever the number of tasks. Run twice, or at once, nothing is given twice: what is claimed
    or given stays, and what nobody is there for waits in its queue.
    """
    facts: dict = {"queues": None if queue_ids is None else sorted(queue_ids)}
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, facts)
        cursor.execute(WAITING, facts)
        rows = cursor.fetchall()
        if not rows:
            return 0
        ids = sorted({row[0] for row in rows})
        queues = Queue.objects.select_related("turn").in_bulk(ids)
        days = {entity.pk: clock.today(entity.time_zone) for entity in LegalEntity.objects.all()}
        members = _members(cursor, ids, min(days.values()))
        lots: dict[int, list[Lot]] = defaultdict(list)
        for queue_id, entity_id, customer_id, tasks, holders in rows:
            lots[queue_id].append(Lot(entity_id, customer_id, days[entity_id], tuple(tasks), tuple(holders)))
        tasks, people, whys, turns = [], [], [], {}
        for queue_id in ids:
            queue = queues[queue_id]
            turn = queue.turn.user_id if hasattr(queue, "turn") else None
            shared = share(lots[queue_id], members[queue_id], gives=queue.gives, turn=turn)
            for lot, person, why in shared.given:
                tasks += lot.tasks
                people += [person] * len(lot.tasks)
                whys += [f"by {queue.name}: {why}."] * len(lot.tasks)
            if shared.turn is not None and shared.turn != turn:
                turns[queue_id] = shared.turn
        if not tasks:
            return 0
        cursor.execute(GIVE, {"tasks": tasks, "people": people, "whys": whys, "actor": SYSTEM.name})
        given = cursor.rowcount
        cursor.execute(TURNS, {"queues": list(turns), "users": list(turns.values())})
        return given


def _members(cursor, queue_ids: list[int], since: date) -> dict[int, list[Member]]:
    """Who may be given tasks of each queue. A person of two queues has one load, which both count."""
    cursor.execute(MEMBERS, {"queues": queue_ids, "roles": [str(role) for role in WORKERS]})
    rows = cursor.fetchall()
    away: dict[int, list[tuple[date, date, int]]] = defaultdict(list)
    spans = Absence.objects.filter(user__in={row[1] for row in rows}, last_on__gte=since)
    for user_id, *span in spans.values_list("user_id", "first_on", "last_on", "cover_id"):
        away[user_id].append(tuple(span))
    people: dict[int, Member] = {}
    found: dict[int, list[Member]] = defaultdict(list)
    for queue_id, user_id, everything, entities, load in rows:
        member = Member(user_id, load, None if everything else frozenset(entities), tuple(away[user_id]))
        found[queue_id].append(people.setdefault(user_id, member))
    return found
