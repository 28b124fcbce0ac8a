"""The manager's board: what everybody has to do, what that is worth, how old what they collect is, what they did."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q, QuerySet

from o2c.collections import targets
from o2c.collections.forms import workers
from o2c.collections.models import Absence, Queue, Target, Task, Team, TeamMember
from o2c.collections.targets import Progress
from o2c.core import clock
from o2c.core.models import ApiKey, User
from o2c.core.rights import may
from o2c.invoicing import aging as ages
from o2c.orders.models import LegalEntity

CARDS = 6


@dataclass
class Column:
    """What a person has to do, or what waits in a queue.

    Overdue are tasks due before today. At risk is what the tasks' customers owe overdue, each once, by base currency.
    """

    holder: User | Queue
    tasks: int = 0
    due: int = 0
    overdue: int = 0
    at_risk: list[tuple[str, Decimal]] = field(default_factory=list)
    cards: list[Task] = field(default_factory=list)
    absence: Absence | None = None
    covers: list[User] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    ageing: list[tuple[str, Decimal, tuple[Decimal, ...]]] = field(default_factory=list)

    @property
    def is_person(self) -> bool:
        return isinstance(self.holder, User)

    @property
    def code(self) -> str:
        """As the choice of a form names it."""
        return f"{'user' if self.is_person else 'queue'}-{self.holder.pk}"

    @property
    def name(self) -> str:
        return str(self.holder)


@dataclass
class Board:
    today: date
    people: list[Column]
    queues: list[Column]
    bucket_names: tuple[str, ...]

    @property
    def columns(self) -> list[Column]:
        return [*self.people, *self.queues]


# Whose a task is: who works on it, else whom it is given to, else its queue. Days are each legal entity's own.
LIVE = """
    WITH days AS (
        SELECT * FROM unnest(%(entities)s::bigint[], %(days)s::date[], %(currencies)s::text[])
            AS d (entity_id, day, currency)
    ), live AS (
        SELECT t.id, t.entity_id, t.customer_id, t.at_risk, t.rank, d.day, d.currency,
            coalesce(t.snoozed_until, t.due_on) AS due_on,
            coalesce(t.claimed_by_id, t.assignee_id) AS person,
            CASE WHEN coalesce(t.claimed_by_id, t.assignee_id) IS NULL THEN t.queue_id END AS queue
        FROM collections_task t JOIN days d USING (entity_id) WHERE t.state IN ('open', 'claimed', 'snoozed')
    ), shown AS (
        SELECT * FROM live WHERE person = ANY(%(people)s) OR queue = ANY(%(queues)s)
    )
"""
LOADS = f"""{LIVE}
    , of_customers AS (
        SELECT person, queue, currency, entity_id, customer_id, count(*) AS tasks,
            count(*) FILTER (WHERE due_on <= day) AS due, count(*) FILTER (WHERE due_on < day) AS overdue,
            max(at_risk) AS at_risk
        FROM shown GROUP BY 1, 2, 3, 4, 5
    )
    SELECT person, queue, currency, sum(tasks), sum(due), sum(overdue), sum(at_risk) FROM of_customers
    GROUP BY 1, 2, 3 ORDER BY 3
"""  # noqa: S608
LARGEST = f"""{LIVE}
    SELECT person, queue, id FROM (
        SELECT *, row_number() OVER (PARTITION BY person, queue ORDER BY rank DESC, id) AS place FROM shown
    ) placed WHERE place <= %(most)s ORDER BY place
"""  # noqa: S608


def people_of(user: User | ApiKey) -> QuerySet[User]:
    """Whose work somebody looks after: of a key, and of who gives tasks out, everybody who works with a legal entity
    that they see; of a lead, the members of the teams that they lead."""
    people = workers(None, user)
    if _all(user):
        return people
    return people.filter(pk__in=TeamMember.objects.filter(team__lead=user).values("user"))


def queues_of(user: User | ApiKey) -> QuerySet[Queue]:
    """Every queue for who gives tasks out; for a lead those that their teams serve."""
    queues = Queue.objects.order_by("place", "name")
    return queues if _all(user) else queues.filter(Q(teams__lead=user)).distinct()


def teams_of(user: User | ApiKey) -> QuerySet[Team]:
    """The teams in which somebody is whom the user looks after; of a lead those that they lead."""
    teams = Team.objects.order_by("name")
    if not _all(user):
        return teams.filter(lead=user)
    if user.all_entities:
        return teams
    return teams.filter(pk__in=TeamMember.objects.filter(user__in=people_of(user)).values("team"))


def targets_of(user: User | ApiKey) -> QuerySet[Target]:
    """What is expected of the people whom somebody looks after, and of their teams, in legal entities that they see."""
    return Target.objects.filter(
        Q(user__in=people_of(user)) | Q(team__in=teams_of(user)),
        Q(entity=None) | Q(entity__in=LegalEntity.objects.for_user(user)),
    )


def _all(user: User | ApiKey) -> bool:
    return isinstance(user, ApiKey) or may(user, "tasks.assign")


def board(user: User | ApiKey, *, cards: int = CARDS) -> Board:
    """What the people and queues that somebody looks after have to do, with the legal entities that the user sees.

    As many statements for a thousand people as for one.
    """
    entities = list(LegalEntity.objects.for_user(user).order_by("pk"))
    days = {entity.pk: clock.today(entity.time_zone) for entity in entities}
    today = max(days.values(), default=clock.today())
    columns = {("person", each.pk): Column(each) for each in people_of(user)}
    columns |= {("queue", each.pk): Column(each) for each in queues_of(user)}
    people = [pk for kind, pk in columns if kind == "person"]
    facts = {
        "entities": list(days),
        "days": list(days.values()),
        "currencies": [entity.base_currency for entity in entities],
        "people": people,
        "queues": [pk for kind, pk in columns if kind == "queue"],
        "most": cards,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOADS, facts)
        for person, queue, currency, tasks, due, overdue, at_risk in cursor.fetchall():
            column = columns["person" if person else "queue", person or queue]
            column.tasks += int(tasks)
            column.due += int(due)
            column.overdue += int(overdue)
            column.at_risk.append((currency, at_risk))
        cursor.execute(LARGEST, facts)
        largest = cursor.fetchall()
    tasks = Task.objects.select_related("customer", "entity", "claimed_by").in_bulk(row[2] for row in largest)
    for person, queue, pk in largest:
        if pk in tasks:
            columns["person" if person else "queue", person or queue].cards.append(tasks[pk])
    _absences(columns, people, today)
    for person, found in targets.progress(people, entities).items():
        columns["person", person].progress = found
    names = _ageing(columns, today, list(days))
    shown = list(columns.values())
    waiting = [column for column in shown if not column.is_person and (column.tasks or column.holder.place)]
    return Board(today, [column for column in shown if column.is_person], waiting, names)


def _absences(columns: dict, people: Iterable[int], today: date) -> None:
    away = Absence.objects.on(today).filter(Q(user__in=people) | Q(cover__in=people)).select_related("user", "cover")
    for absence in away:
        if ("person", absence.user_id) in columns:
            columns["person", absence.user_id].absence = absence
        if ("person", absence.cover_id) in columns:
            columns["person", absence.cover_id].covers.append(absence.user)


def _ageing(columns: dict, today: date, entity_ids: list[int]) -> tuple[str, ...]:
    """How old what is open on each person's accounts is, by currency; the names of the buckets."""
    found = ages.aging(today, by="collector", entity_ids=entity_ids, bounds=ages.bounds_of(None))
    by_name = defaultdict(list)
    for row in found.rows:
        by_name[row.key].append((row.currency, row.total, row.buckets))
    for (kind, _), column in columns.items():
        if kind == "person":
            column.ageing = by_name.get(column.holder.username, [])
    return found.names
