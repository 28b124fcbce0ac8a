"""Reading the trail: the newest first, a page at a time, from all parts in one statement.

Each part brings at most what a page can show, by its own index on time, so a page costs the same however much has
happened. A page goes on from the last row of the one before: what happens meanwhile moves nothing.

A change's moment is the beginning of its transaction; of entries and allocations, where nothing is asked of who did it
or from where, that of their statement.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import connection

from o2c.core.models import User
from o2c.orders.models import Customer, LegalEntity
from o2c.web.audit.parts import ACCESS, Part, parts


class BadPlace(ValueError):
    """The place to go on from is not one that a page gave out."""


@dataclass(frozen=True)
class Asked:
    """Which rows: what is empty is not asked for. `since` and `until` are days in UTC, both included."""

    who: str = ""
    kind: str = ""
    of: str = ""
    object_id: int | None = None
    entity: LegalEntity | None = None
    customer: Customer | None = None
    since: date | None = None
    until: date | None = None
    address: str = ""
    request: str = ""
    act: UUID | None = None


@dataclass(frozen=True)
class Row:
    """One change as its part has it: `object_id` is what was changed, `label` how, `act` the context it was made in."""

    at: datetime
    part: Part
    id: int
    act: UUID | None
    object_id: int | None
    label: str
    actor: str
    context: dict = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where the next page goes on."""
        return "~".join((self.at.isoformat(), self.part.name, str(self.id)))


Place = tuple[datetime, str, int]
END: Place = (datetime(9999, 12, 31, tzinfo=UTC), "~", 0)


def place(text: str) -> Place:
    """Raises BadPlace for one that no page gave out."""
    try:
        at, name, id = text.split("~")
        moment = datetime.fromisoformat(at)
        if name not in parts() or moment.tzinfo is None:
            raise ValueError(text)
        return moment, name, int(id)
    except ValueError:
        raise BadPlace(f"{text!r} is no place in the trail.") from None


def read(user: User, asked: Asked, *, entity_ids: list[int], limit: int, before: Place = END) -> list[Row]:
    """At most so many rows from a place on, of what the reader may see; `entity_ids` are the reader's."""
    facts = {
        "entities": entity_ids,
        "limit": limit,
        "at": before[0],
        "id": before[2],
        "who": asked.who,
        "object": asked.object_id,
        "entity": asked.entity.pk if asked.entity else None,
        "code": asked.entity.code if asked.entity else None,
        "customer": asked.customer.pk if asked.customer else None,
        "since": _begin_of(asked.since),
        "until": _begin_of(asked.until + timedelta(days=1)) if _ends(asked) else None,
        "address": asked.address,
        "request": asked.request,
        "act": str(asked.act) if asked.act else None,
        "acts": limit,
    }
    acts = _acts(asked)
    selects = list(_selects(asked, sees_all=user.all_entities, before=before, by_act=bool(acts)))
    if not selects:
        return []
    statement = (BY_ACT.format(acts=acts, trail=TRAIL) if acts else TRAIL).format(selects=" UNION ALL ".join(selects))
    if not acts:
        return [_row(found) for found in _fetch(statement, facts)]
    # So many acts first, then what they did: few rows are read of whoever did much or little, lately or long ago. Each
    # act did something; more of them are looked at only where other filters leave out what these did.
    while True:
        rows = _fetch(statement, facts)
        known = [_row(found[1:]) for found in rows if found[1] is not None]
        if len(known) >= limit or rows[0][0] < facts["acts"]:
            return known
        facts["acts"] *= 20


def _fetch(statement: str, facts: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return cursor.fetchall()


def _row(found: tuple) -> Row:
    at, name, id, act, object_id, label, actor, context = found
    return Row(at, parts()[name], id, act, object_id, label, actor, json.loads(context) if context else {})


def _ends(asked: Asked) -> bool:
    return asked.until is not None and asked.until < date.max


def everything(user: User, asked: Asked, *, entity_ids: list[int], at_once: int = 1000) -> Iterator[list[Row]]:
    """All rows, a thousand at a time: in constant memory, and in no long transaction."""
    before = END
    while rows := read(user, asked, entity_ids=entity_ids, limit=at_once, before=before):
        yield rows
        if len(rows) < at_once:
            return
        before = (rows[-1].at, rows[-1].part.name, rows[-1].id)


TRAIL = """
    SELECT t.at, t.part, t.id, t.act, t.object_id, t.label, t.actor, c.metadata
    FROM ({selects}) t LEFT JOIN pghistory_context c ON c.id = t.act
    ORDER BY t.at DESC, t.part DESC, t.id DESC LIMIT %(limit)s
"""
SELECT = """
    (SELECT {at} AS at, '{name}'::text COLLATE "C" AS part, {id}::bigint AS id, {context} AS act,
        {object_id}::bigint AS object_id, {label}::text AS label, {actor}::text AS actor
    FROM {tables} WHERE {where} ORDER BY {at} DESC, {id} DESC LIMIT %(limit)s)
"""
# The newest acts up to the place, those of the same moment all; beside each row how many they are.
BY_ACT = """
    WITH acts AS MATERIALIZED ({acts})
    SELECT (SELECT count(*) FROM acts), t.* FROM (VALUES (1)) one LEFT JOIN ({trail}) t ON true
    ORDER BY t.at DESC, t.part DESC, t.id DESC
"""
NEWEST = "ORDER BY c.created_at DESC FETCH FIRST %(acts)s ROWS WITH TIES"
ANYBODYS = "SELECT c.id, c.created_at, true AS own FROM pghistory_context c WHERE {which} {newest}"
# `own`: they did it; else it was done to their access, by whomever.
THEIRS = """
    SELECT id, created_at, bool_or(own) AS own FROM (
        (SELECT c.id, c.created_at, true AS own FROM pghistory_context c WHERE {which} {newest})
        UNION ALL
        (SELECT c.id, c.created_at, false FROM core_accessrecord r JOIN pghistory_context c ON c.id = r.context_id
        WHERE r.user_id = (SELECT u.id FROM core_user u WHERE u.username = %(who)s) AND {others} {newest})
    ) c GROUP BY id, created_at {newest}
"""


def _acts(asked: Asked) -> str:
    """Which contexts are looked at, where something of theirs is asked for; empty where nothing is."""
    wanted = [
        condition
        for value, condition in (
            (asked.address, "c.metadata->>'address' = %(address)s"),
            (asked.request, "c.metadata->>'request' = %(request)s"),
            (asked.act, "c.id = %(act)s::uuid"),
        )
        if value
    ]
    if not wanted and not asked.who:
        return ""
    wanted.append("c.created_at <= %(at)s")
    if asked.since:
        wanted.append("c.created_at >= %(since)s")
    if _ends(asked):
        wanted.append("c.created_at < %(until)s")
    others = " AND ".join(wanted)
    if asked.who:
        which = f"c.metadata->>'actor' = %(who)s AND {others}"
        return THEIRS.format(which=which, others=others, newest=NEWEST)
    return ANYBODYS.format(which=others, newest=NEWEST)


def _selects(asked: Asked, *, sees_all: bool, before: Place, by_act: bool) -> Iterator[str]:
    for part in parts().values():
        if (asked.kind and part.kind != asked.kind) or (asked.of and part.name != asked.of):
            continue
        at = "a.created_at" if by_act else part.at
        wanted = _conditions(part, asked, at, sees_all=sees_all, before=before)
        if wanted is None:
            continue
        if by_act and asked.who:
            is_theirs = "t.user_id = (SELECT u.id FROM core_user u WHERE u.username = %(who)s)"
            wanted.append(f"(a.own OR {is_theirs})" if part is ACCESS else "a.own")
        yield SELECT.format(
            name=part.name,
            tables=f"acts a JOIN {part.table} t ON {part.context} = a.id" if by_act else f"{part.table} t",
            at=at,
            id=part.id,
            context=part.context,
            object_id=part.object_id,
            label=part.label,
            actor=part.actor,
            where=" AND ".join(wanted),
        )


def _conditions(part: Part, asked: Asked, at: str, *, sees_all: bool, before: Place) -> list[str] | None:
    """What a row must meet; None where no row of the part can."""
    found = []
    if not sees_all:
        found.append(part.visible)
    for value, condition in ((asked.entity, part.of_entity), (asked.customer, part.about_customer)):
        if value and condition is None:
            return None
        if value:
            found.append(condition)
    if asked.object_id is not None:
        found.append(f"{part.object_id} = %(object)s")
    if asked.since:
        found.append(f"{at} >= %(since)s")
    if _ends(asked):
        found.append(f"{at} < %(until)s")
    # the same as (at, part, id) < (%(at)s, …), said so that the part's index is read from there on
    if part.name == before[1]:
        found.append(f"({at}, {part.id}) < (%(at)s, %(id)s)")
    else:
        found.append(f"{at} {'<=' if part.name < before[1] else '<'} %(at)s")
    return found


def _begin_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
