"""Pages of long lists by key, stable while rows are added: a cursor says after which row to go on.

Lists are in the order of their ids. With `updated_since` they are in the order of change, and the answer's
`updated_until` is the `updated_since` of the next time: everything that was committed before it has been seen.
Whoever takes each answer's `updated_until` therefore misses nothing, also not what a long transaction writes slowly;
a row may be seen twice.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import connection
from django.db.models import Q, QuerySet

from o2c.core.api.fields import moment
from o2c.core.api.problems import Problem

SALT = "o2c.api.cursor"
USUAL, MOST = 100, 500
# Between the clock that a statement starts by and its showing among the running ones may lie a moment.
MARGIN = timedelta(seconds=1)


@dataclass(frozen=True)
class Page:
    rows: list
    next_cursor: str | None
    updated_until: str | None


def page(rows: QuerySet, *, path: str, filters: dict, limit: int, cursor: str | None, since: datetime | None) -> Page:
    """The page after the cursor. Raises Problem for a cursor that is forged, or was given for another list."""
    place = _read(cursor, path, filters) if cursor else None
    until = None
    if since is not None:
        until = place["u"] if place else moment(settled_until() - MARGIN)
        rows = rows.filter(updated_at__gte=since).order_by("updated_at", "id")
        if place:
            at = datetime.fromisoformat(place["t"])
            rows = rows.filter(updated_at__gte=at).filter(Q(updated_at__gt=at) | Q(id__gt=place["i"]))
    else:
        rows = rows.order_by("id")
        if place:
            rows = rows.filter(id__gt=place["i"])
    found = list(rows[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    following = None
    if more:
        last = found[-1]
        place = {"i": last.id, "f": _digest(path, filters)}
        if since is not None:
            place |= {"t": last.updated_at.isoformat(), "u": until}
        following = signing.dumps(place, salt=SALT)
    return Page(found, following, until)


def settled_until() -> datetime:
    """Everything that is, or will be, stamped before this moment is committed already.

    A transaction that has written may have stamped rows from its beginning on; one that has not will stamp them from
    its present statement on (`updated_at` is a statement's time or later, never the transaction's).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT least(statement_timestamp(), (
                SELECT min(CASE WHEN backend_xid IS NOT NULL THEN xact_start ELSE query_start END)
                FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                    AND (backend_xid IS NOT NULL OR state = 'active')
            ))
            """
        )
        return cursor.fetchone()[0]


def _read(cursor: str, path: str, filters: dict) -> dict:
    try:
        place = signing.loads(cursor, salt=SALT)
    except signing.BadSignature:
        raise Problem("cursor", "Take the next_cursor of an answer, unchanged.") from None
    if place["f"] != _digest(path, filters):
        raise Problem("cursor", "This cursor belongs to a list with other filters; repeat those of the first page.")
    return place


def _digest(path: str, filters: dict) -> str:
    text = json.dumps([path, sorted((name, str(value)) for name, value in filters.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
