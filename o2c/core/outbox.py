"""Events go out with the transaction that caused them, or not at all, and are handled at least until it worked once.

An event is done in the transaction in which its handler did its work: a handler that crashed did nothing, and one
that finished is never called again for the same event. Handlers get many events at once (a payment run makes
thousands about few customers) and must not mind their order.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from o2c.core.models import OutboxEvent

log = structlog.get_logger()

Handler = Callable[[list[dict]], None]

# How often an event is tried before it waits for a person; the last wait is a little over a day after the first.
MOST_ATTEMPTS = 12
BATCH = 1000
LOCK = "hashtext('core.outbox.position')"


@dataclass
class Dispatched:
    """What one round did: events handled, and tries that failed."""

    done: int = 0
    failed: int = 0


def emit(kind: str, **payload) -> None:
    """Write an event in the current transaction. What handles it is named in `o2c.wiring`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_emit(%s, %s)", [kind, json.dumps(payload)])


def emit_all(kind: str, payloads: list[dict]) -> None:
    """Write events of one kind in one statement, as `emit`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT core_emit(%s, e) FROM jsonb_array_elements(%s) WITH ORDINALITY AS p (e, n) ORDER BY n",
            [kind, json.dumps(payloads)],
        )


def dispatch(handlers: Mapping[str, Iterable[Handler]], *, batch: int = BATCH) -> Dispatched:
    """Hand every event that is due to the handlers of its kind; several may do this at once.

    Kinds with the same handlers are handled together; a kind with none is done at once, and one that is not named
    waits for a version of the software that knows it. An event whose handler failed is tried again later, and does
    not hold up the others; after MOST_ATTEMPTS it stays, and `dead` shows it.
    """
    result = Dispatched()
    give_positions()
    kinds_of: dict[tuple, list[str]] = defaultdict(list)
    for kind, called in handlers.items():
        kinds_of[tuple(called)].append(kind)
    for called, kinds in kinds_of.items():
        while claimed := _claim(kinds, batch):
            _handle(claimed, called, result)
    return result


def give_positions() -> int:
    """Number the events that have been committed since, in an order that never changes; the number of them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        # A statement of its own, so that it sees what the last holder of the lock committed.
        cursor.execute(
            """
            UPDATE core_outboxevent e SET position = n.position FROM (
                SELECT id, (SELECT coalesce(max(position), 0) FROM core_outboxevent) + row_number() OVER (ORDER BY id)
                    AS position
                FROM core_outboxevent WHERE position IS NULL
            ) n WHERE n.id = e.id
            """
        )
        return cursor.rowcount


def dead() -> QuerySet[OutboxEvent]:
    """Events that failed too often and wait for a person, the oldest first."""
    return OutboxEvent.objects.filter(done_at=None, attempts__gte=MOST_ATTEMPTS).order_by("position")


def revive(ids: Iterable[int]) -> int:
    """Have dead events tried again from now on; the number of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_outboxevent SET attempts = 0, next_attempt_at = now() WHERE done_at IS NULL AND id = ANY(%s)",
            [list(ids)],
        )
        return cursor.rowcount


def forget(days: int = 30) -> int:
    """Remove events that were done so many days ago; the number of them."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_outboxevent WHERE done_at < now() - make_interval(days => %s)", [days])
        return cursor.rowcount


def _claim(kinds: list[str], batch: int) -> list[int]:
    """Take events that are due, and count the try before it is made: a handler that kills its process counts too.

    The time of the next try is set with it, a minute doubled with every try, so nobody else takes them meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS (
                SELECT id FROM core_outboxevent
                WHERE done_at IS NULL AND position IS NOT NULL AND next_attempt_at <= clock_timestamp()
                    AND attempts < %(most)s AND kind = ANY(%(kinds)s)
                ORDER BY position LIMIT %(batch)s FOR UPDATE SKIP LOCKED
            )
            UPDATE core_outboxevent e SET attempts = attempts + 1,
                next_attempt_at = clock_timestamp() + make_interval(mins => (2 ^ least(attempts, 10))::integer)
            FROM due WHERE due.id = e.id RETURNING e.id
            """,
            {"most": MOST_ATTEMPTS, "kinds": kinds, "batch": batch},
        )
        return sorted(row[0] for row in cursor.fetchall())


def _handle(ids: list[int], handlers: tuple[Handler, ...], result: Dispatched) -> None:
    """Handle events together; where that fails, by halves, until the one that fails stands alone."""
    try:
        with transaction.atomic():
            # Who is slower than the wait it was given finds them locked or done, and leaves them.
            events = list(
                OutboxEvent.objects.select_for_update(skip_locked=True)
                .filter(pk__in=ids, done_at=None)
                .order_by("position")
            )
            if events:
                for handler in handlers:
                    handler([event.payload for event in events])
                OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(done_at=Now())
        result.done += len(events)
    except Exception as error:
        if len(ids) > 1:
            half = len(ids) // 2
            _handle(ids[:half], handlers, result)
            _handle(ids[half:], handlers, result)
            return
        result.failed += 1
        log.exception("outbox.failed", event_id=ids[0])
        OutboxEvent.objects.filter(pk=ids[0]).update(last_error=f"{type(error).__name__}: {error}"[:2000])
