"""Pools: queues with a query. A task that is nobody's goes to the first pool that it fits, else to its entity's queue.

There is one rule (`FITS`), which placing, moving and the preview read; each is one statement for any number of tasks.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from django.db import connection

from o2c.collections.models import Queue, Task
from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.orders.models import LegalEntity

DEFAULT_QUEUE = "collections"
MOST_WORDS = 300
LETTERS = re.compile(r"[A-Z0-9]{1,10}(-[A-Z0-9]{1,10})?")


class PoolRefused(Refused):
    """The queue cannot be kept so; the text says why, `field` where."""


class PoolChanged(PoolRefused):
    """Somebody else has changed it since it was read."""


@dataclass(frozen=True)
class Query:
    """What a pool asks for: in each list one word must be the case, and an empty list asks for nothing."""

    entities: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


FACTS = tuple(field.name for field in fields(Query))


@dataclass(frozen=True)
class Pool:
    """A queue as it is written down; without a place it is no pool and asks for nothing."""

    name: str
    place: int | None = None
    query: Query = Query()
    gives: str = Queue.Gives.TAKEN


@dataclass(frozen=True)
class Held:
    """What a queue holds now of tasks that rules put there, and what it would hold."""

    queue: str
    before: int
    tasks: int
    customers: int


# Names are compared without accents and case: PostgreSQL's own letters, so that no extension is needed.
FOLDED = "upper(regexp_replace(normalize({}, NFKD), '[\u0300-\u036f ]', '', 'g'))"
FIRST = "split_part(l, '-', 1)"
LAST = f"coalesce(nullif(split_part(l, '-', 2), ''), {FIRST})"
FITS = f"""
    (cardinality(p.entities) = 0 OR r.entity = ANY(p.entities))
    AND (cardinality(p.segments) = 0 OR r.segment = ANY(p.segments))
    AND (cardinality(p.countries) = 0 OR r.country = ANY(p.countries))
    AND (cardinality(p.languages) = 0 OR r.language = ANY(p.languages))
    AND (cardinality(p.kinds) = 0 OR r.kind = ANY(p.kinds))
    AND (cardinality(p.letters) = 0 OR EXISTS (
        SELECT 1 FROM unnest(p.letters) l
        WHERE left(r.name, length({FIRST})) COLLATE "C" >= {FIRST}
            AND left(r.name, length({LAST})) COLLATE "C" <= {LAST}
    ))
"""  # noqa: S608
WRITTEN = """
    SELECT id, place, entities, segments, countries, languages, letters, kinds
    FROM collections_queue WHERE place IS NOT NULL
"""
# The others close up where it stood and make way where it is put.
AS_TYPED = """
    SELECT id, CASE WHEN n >= %(place)s THEN n + 1 ELSE n END AS place,
        entities, segments, countries, languages, letters, kinds
    FROM (SELECT *, row_number() OVER (ORDER BY place) AS n FROM collections_queue
          WHERE place IS NOT NULL AND id <> %(queue)s) others
    UNION ALL
    SELECT %(queue)s, %(place)s, %(entities)s::varchar[], %(segments)s::varchar[], %(countries)s::varchar[],
        %(languages)s::varchar[], %(letters)s::varchar[], %(kinds)s::varchar[] WHERE %(place)s::int IS NOT NULL
"""
# Tasks that rules have placed and nobody has taken, with where they belong by the pools `pools`.
GOES = f"""
    pools AS ({{pools}}), routed AS (
        SELECT t.id, t.customer_id, t.pool_id, t.kind, t.state, e.code AS entity, coalesce(a.segment, '') AS segment,
            c.country, left(c.language, 2) AS language, {FOLDED.format("c.name")} AS name,
            t.assignee_id, t.assignee_id IS NOT NULL AND NOT u.is_active AS left_behind,
            coalesce(s.queue_id, (SELECT id FROM collections_queue WHERE code = %(everybody)s), t.pool_id) AS otherwise
        FROM collections_task t
        JOIN orders_customer c ON c.id = t.customer_id JOIN orders_legalentity e ON e.id = t.entity_id
        LEFT JOIN orders_account a ON a.customer_id = t.customer_id AND a.entity_id = t.entity_id
        LEFT JOIN collections_dunningsettings s ON s.entity_id = t.entity_id
        LEFT JOIN core_user u ON u.id = t.assignee_id
        WHERE t.pool_id IS NOT NULL AND t.state IN ('open', 'snoozed')
            AND (%(entities_of)s::bigint[] IS NULL OR t.entity_id = ANY(%(entities_of)s))
            AND (%(customers)s::bigint[] IS NULL OR t.customer_id = ANY(%(customers)s))
    ), goes AS (
        SELECT r.*, coalesce((SELECT p.id FROM pools p WHERE {FITS} ORDER BY p.place LIMIT 1), r.otherwise) AS to_id
        FROM routed r
    )
"""  # noqa: S608
# Who is at work on a task is not waited for: it goes there the next time.
PLACE = f"""
    WITH {GOES.format(pools=WRITTEN)}, locked AS (
        SELECT t.id FROM collections_task t JOIN goes g USING (id)
        WHERE (g.to_id <> g.pool_id OR g.left_behind) AND t.pool_id IS NOT NULL AND t.state IN ('open', 'snoozed')
        FOR NO KEY UPDATE OF t SKIP LOCKED
    ), moved AS (
        UPDATE collections_task t SET pool_id = g.to_id, queue_id = g.to_id, assignee_id = NULL
        FROM goes g JOIN locked USING (id) WHERE t.id = g.id RETURNING t.id
    )
    SELECT (SELECT count(*) FROM moved), coalesce(array_agg(DISTINCT g.to_id), '{{}}')
    FROM goes g JOIN collections_queue q ON q.id = g.to_id AND q.gives <> 'taken'
    WHERE g.assignee_id IS NULL OR g.to_id <> g.pool_id OR g.left_behind
"""  # noqa: S608
PREVIEW = f"""
    WITH {GOES.format(pools=AS_TYPED)}, counted AS (
        SELECT to_id AS queue, 0 AS before, count(*) AS tasks, count(DISTINCT customer_id) AS customers
        FROM goes GROUP BY to_id
        UNION ALL SELECT pool_id, count(*), 0, 0 FROM goes GROUP BY pool_id
        UNION ALL SELECT id, 0, 0, 0 FROM pools
    )
    SELECT CASE WHEN c.queue = %(queue)s THEN %(name)s ELSE q.name END, sum(before), sum(tasks), sum(customers)
    FROM counted c JOIN collections_queue q ON q.id = c.queue LEFT JOIN pools p ON p.id = c.queue
    GROUP BY c.queue, q.name, p.place ORDER BY p.place NULLS LAST, q.name
"""  # noqa: S608
OF = f"""
    WITH pools AS ({WRITTEN}), r AS (
        SELECT %(kind)s AS kind, e.code AS entity, coalesce(a.segment, '') AS segment, c.country,
            left(c.language, 2) AS language, {FOLDED.format("c.name")} AS name
        FROM orders_customer c JOIN orders_legalentity e ON e.id = %(entity)s
        LEFT JOIN orders_account a ON a.customer_id = c.id AND a.entity_id = e.id WHERE c.id = %(customer)s
    )
    SELECT p.id FROM pools p CROSS JOIN r WHERE {FITS} ORDER BY p.place LIMIT 1
"""  # noqa: S608


def place(entity_ids: list[int] | None = None, *, customer_ids: list[int] | None = None) -> int:
    """Put tasks that are nobody's where they belong, in one statement; how many moved.

    What somebody has claimed, or given by hand, stays. What is in a queue that gives its work out is so soon after.
    Inside an act.
    """
    facts = {"entities_of": entity_ids, "customers": customer_ids, "everybody": DEFAULT_QUEUE}
    with connection.cursor() as cursor:
        cursor.execute(PLACE, facts)
        moved, giving = cursor.fetchone()
    if giving:
        outbox.emit("tasks.wait", queue_ids=sorted(giving))
    return moved


def of(entity_id: int, customer_id: int, kind: str) -> int | None:
    """The pool of something about a customer that is nobody's; None where it fits none."""
    with connection.cursor() as cursor:
        cursor.execute(OF, {"entity": entity_id, "customer": customer_id, "kind": kind})
        row = cursor.fetchone()
    return row[0] if row else None


def written(queue: Queue) -> Pool:
    """The queue as it is written down."""
    return Pool(queue.name, queue.place, Query(*(tuple(getattr(queue, name)) for name in FACTS)), queue.gives)


def preview(queue: Queue, wanted: Pool) -> list[Held]:
    """How many tasks each pool, and each queue beside them, would hold if the queue were so: in their order."""
    facts = {name: list(words) for name, words in vars(wanted.query).items()}
    facts |= {"queue": queue.pk, "place": wanted.place, "name": wanted.name}
    with connection.cursor() as cursor:
        cursor.execute(PREVIEW, facts | {"entities_of": None, "customers": None, "everybody": DEFAULT_QUEUE})
        return [Held(name, *(int(number) for number in numbers)) for name, *numbers in cursor.fetchall()]


def folded(text: str) -> str:
    """A word as names are compared: without accents, in capitals."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if not unicodedata.combining(each)).upper().replace(" ", "")


def tidied(wanted: Pool) -> Pool:
    """The same, each word as it is compared and once; what is no pool asks for nothing."""
    if wanted.place is None:
        return replace(wanted, query=Query())
    query = wanted.query
    return replace(
        wanted,
        query=Query(
            _once(query.entities),
            _once(each.strip() for each in query.segments),
            _once(each.strip().upper() for each in query.countries),
            _once(each.strip().lower() for each in query.languages),
            _once(folded(each) for each in query.letters),
            _once(query.kinds),
        ),
    )


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


def check(wanted: Pool) -> None:
    """Raises PoolRefused for what a queue cannot be; of what is tidied."""
    query = wanted.query
    if not wanted.name.strip() or len(wanted.name) > 100:
        raise PoolRefused("A name has up to a hundred letters.", "name")
    if wanted.place is not None and not 1 <= wanted.place <= 1000:
        raise PoolRefused("A place is a number from 1.", "place")
    if wanted.gives not in Queue.Gives.values:
        raise PoolRefused(f"It gives its work out as one of {', '.join(Queue.Gives.values)}.", "gives")
    for name, words in vars(query).items():
        if len(words) > MOST_WORDS:
            raise PoolRefused(f"At most {MOST_WORDS}.", name)
    known = set(LegalEntity.objects.filter(code__in=query.entities).values_list("code", flat=True))
    _all(query.entities, known.__contains__, "entities", "{} is no legal entity.")
    _all(query.segments, lambda word: len(word) <= 40, "segments", "{} is too long for a segment.")
    _all(query.countries, formats.countries().__contains__, "countries", "{} is no country of ISO 3166, such as DE.")
    _all(query.languages, re.compile(r"[a-z]{2}").fullmatch, "languages", "{} is no language of two letters.")
    _all(query.letters, _are_letters, "letters", "{} is neither first letters nor from one to another, such as A-K.")
    _all(query.kinds, Task.Kind.values.__contains__, "kinds", "{} is no kind of task.")


def _all(words: tuple[str, ...], good, field: str, says: str) -> None:
    for word in words:
        if not good(word):
            raise PoolRefused(says.format(word), field)


def _are_letters(word: str) -> bool:
    first, _, last = word.partition("-")
    return bool(LETTERS.fullmatch(word)) and (not last or first[: len(last)] <= last)


def version(queue: Queue) -> str:
    """What tells a queue from what it was before."""
    return queue.updated_at.isoformat()


def change(queue: Queue, wanted: Pool, *, actor: Actor, seen: str | None = None) -> Queue:
    """Say anew what goes into a queue and how it gives that out; tasks that nobody has taken move with it at once.

    The other pools close up or make way for its place. `seen` is the version that was looked at. Raises PoolRefused,
    and PoolChanged where somebody was faster.
    """
    wanted = tidied(wanted)
    check(wanted)
    with acting(actor), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('collections.pools'))")
        queue = Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
        if seen is not None and version(queue) != seen:
            raise PoolChanged(f"{queue.changed_by or 'Somebody'} has changed it meanwhile: look again.")
        others = list(Queue.objects.exclude(pk=queue.pk).exclude(place=None).order_by("place"))
        if wanted.place is not None:
            wanted = replace(wanted, place=min(wanted.place, len(others) + 1))
        if written(queue) == wanted:
            return queue
        queue.name, queue.place, queue.gives = wanted.name, wanted.place, wanted.gives
        for name, words in vars(wanted.query).items():
            setattr(queue, name, list(words))
        queue.changed_by = actor.name
        queue.save(update_fields=["name", "place", "gives", "changed_by", *FACTS])
        if wanted.place is not None:
            others.insert(wanted.place - 1, queue)
        moved = [each for number, each in enumerate(others, start=1) if _put(each, number)]
        Queue.objects.bulk_update(moved, ["place"])
        place()
        queue.refresh_from_db()
        return queue


def _put(queue: Queue, number: int) -> bool:
    other, queue.place = queue.place != number, number
    return other
