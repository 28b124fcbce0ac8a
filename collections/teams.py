"""Teams of collectors: who is in them, who leads them, and which queues they serve."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from o2c.collections.models import Queue, Team, TeamMember, TeamQueue
from o2c.core.actors import Actor, acting
from o2c.core.models import Role, User
from o2c.orders.models import LegalEntity

# Whose work tasks are.
WORKERS = (Role.COLLECTOR, Role.FINANCE_MANAGER)


class TeamRefused(ValueError):
    """The team or queue cannot be kept so; the text says why."""


def works(user: User, entity: LegalEntity | None = None) -> bool:
    """Whether tasks are a person's work; with a legal entity, whether its tasks are."""
    if not user.is_active or not set(user.roles) & set(WORKERS):
        return False
    return entity is None or LegalEntity.objects.for_user(user).filter(pk=entity.pk).exists()


@dataclass(frozen=True)
class Work:
    """Whose tasks are a person's on a day: the queues that the own teams serve, of all that are `served`, and the
    people whom they cover."""

    queues: list[int]
    served: list[int]
    covered: list[int]


WORK = """
    SELECT
        (SELECT coalesce(array_agg(DISTINCT q.queue_id), '{}') FROM collections_teamqueue q
         JOIN collections_teammember m ON m.team_id = q.team_id AND m.user_id = %(user)s),
        (SELECT coalesce(array_agg(DISTINCT queue_id), '{}') FROM collections_teamqueue),
        (SELECT coalesce(array_agg(user_id ORDER BY user_id), '{}') FROM collections_absence
         WHERE cover_id = %(user)s AND %(as_of)s BETWEEN first_on AND last_on)
"""


def work_of(user: User, as_of: date) -> Work:
    with connection.cursor() as cursor:
        cursor.execute(WORK, {"user": user.pk, "as_of": as_of})
        return Work(*cursor.fetchone())


def create(
    code: str, *, name: str, lead: User | None, members: Iterable[User], queues: Iterable[Queue], actor: Actor
) -> Team:
    """Put people into a team that serves some queues. The lead is one of them. Raises TeamRefused."""
    with acting(actor):
        team, made = Team.objects.get_or_create(code=code, defaults={"name": name})
        if not made:
            raise TeamRefused(f"There is a team {code} already.")
        return change(team, name=name, lead=lead, members=members, queues=queues, actor=actor)


def change(
    team: Team, *, name: str, lead: User | None, members: Iterable[User], queues: Iterable[Queue], actor: Actor
) -> Team:
    """Say anew who is in a team and what it serves; only what differs is written. Raises TeamRefused."""
    people = {user.pk: user for user in [*members, *([lead] if lead else [])]}
    idle = sorted(user.username for user in people.values() if not works(user))
    if idle:
        raise TeamRefused(f"{', '.join(idle)} works no tasks: only collectors and finance managers are in a team.")
    if not people:
        raise TeamRefused("A team has at least one member: nobody else is given the tasks of its queues.")
    wanted = {queue.pk for queue in queues}
    with acting(actor):
        team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        if (team.name, team.lead_id) != (name, lead.pk if lead else None):
            team.name, team.lead = name, lead
            team.save(update_fields=["name", "lead"])
        _replace(TeamMember, team, "user_id", set(people))
        _replace(TeamQueue, team, "queue_id", wanted)
        return team


def dissolve(team: Team, *, actor: Actor) -> None:
    """End a team. Its queues are everybody's again unless another team serves them; tasks stay where they are."""
    with acting(actor):
        team.delete()


def open_queue(code: str, name: str, *, actor: Actor) -> Queue:
    """A new queue. Raises TeamRefused where the code is taken."""
    with acting(actor):
        queue, made = Queue.objects.get_or_create(code=code, defaults={"name": name})
        if not made:
            raise TeamRefused(f"There is a queue {code} already.")
        return queue


def rename_queue(queue: Queue, name: str, *, actor: Actor) -> None:
    with acting(actor):
        if queue.name != name:
            Queue.objects.filter(pk=queue.pk).update(name=name)
            queue.name = name


def _replace(model, team: Team, column: str, wanted: set[int]) -> None:
    there = set(model.objects.filter(team=team).values_list(column, flat=True))
    if gone := there - wanted:
        model.objects.filter(team=team, **{f"{column}__in": gone}).delete()
    model.objects.bulk_create(model(team=team, **{column: pk}) for pk in sorted(wanted - there))
