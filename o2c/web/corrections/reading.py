"""What is red for a reader: one statement for the page, one for the number in the navigation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from o2c.core.models import User
from o2c.core.rights import may
from o2c.orders.models import LegalEntity
from o2c.web.corrections.kinds import KINDS, Kind, days_on_account

SHOWN = 20  # of each kind; the rest is counted
MOST = 1000  # no kind is counted further
REMEMBERED = 60  # seconds


@dataclass(frozen=True)
class Red:
    """One thing that is red."""

    kind: Kind
    key: str
    title: str
    detail: str
    since: datetime | None
    entity: str
    opens: int | None

    @property
    def href(self) -> str:
        return reverse(self.kind.opens, args=[self.opens]) if self.kind.opens and self.opens else ""


@dataclass(frozen=True)
class Group:
    kind: Kind
    total: int
    reds: list[Red]

    @property
    def more(self) -> int:
        return self.total - len(self.reds)


def groups(user: User) -> list[Group]:
    """Everything that is red for the reader, the worst kind first, the longest first within it."""
    found: dict[str, list[tuple]] = {}
    for row in _ask(user, list(KINDS.values()), PAGE):
        found.setdefault(row[0], []).append(row)
    return [
        Group(kind, found[name][0][7], [_red(kind, row) for row in found[name]])
        for name, kind in KINDS.items()
        if name in found
    ]


def one(user: User, kind: Kind, key: str) -> Red | None:
    """The thing itself, if it is red and the reader sees it."""
    rows = _ask(user, [kind], PAGE, only=key)
    return _red(kind, rows[0]) if rows else None


def count(user: User) -> int:
    """How much is red that the person may put right; for a minute the same."""
    name = f"corrections:{user.pk}"
    known = cache.get(name)
    if known is None:
        kinds = [kind for kind in KINDS.values() if may(user, kind.right)]
        known = sum(row[1] for row in _ask(user, kinds, COUNT))
        cache.set(name, known, REMEMBERED)
    return known


def forget(user: User) -> None:
    """Something was put right: count anew."""
    cache.delete(f"corrections:{user.pk}")


def for_metrics() -> str:
    """The statement that counts what is red of each kind, for whoever watches over the whole; it takes nothing."""
    counts = (
        COUNT.format(name=name, found=FOUND.format(name=name, sql=kind.sql, seen="true"))
        for name, kind in KINDS.items()
    )
    return (
        " UNION ALL ".join(counts)
        .replace("%(only)s", "NULL")
        .replace("%(most)s", str(MOST))
        .replace("%(days)s", str(days_on_account()))
    )


def _red(kind: Kind, row: tuple) -> Red:
    return Red(kind, *row[1:7])


PAGE = """
    (SELECT '{name}' AS kind, x.key, x.title, x.detail, x.since, coalesce(e.code, ''), x.opens, x.total,
        {place} AS place
    FROM (SELECT y.*, count(*) OVER () AS total FROM ({found}) y ORDER BY y.since NULLS FIRST, y.key LIMIT %(shown)s) x
    LEFT JOIN orders_legalentity e ON e.id = x.entity_id)
"""
COUNT = "(SELECT '{name}' AS kind, count(*) AS total FROM ({found}) y)"
FOUND = """
    SELECT * FROM ({sql}) red WHERE {seen} AND (%(only)s::text IS NULL OR red.key = %(only)s) AND NOT EXISTS (
        SELECT 1 FROM core_setaside s WHERE s.kind = '{name}' AND s.key = red.key
            AND (s.until IS NULL OR s.until > current_date)
    ) LIMIT %(most)s
"""


def _ask(user: User, kinds: list[Kind], shape: str, only: str | None = None) -> list[tuple]:
    sees_all = user.all_entities
    selects = [
        shape.format(
            name=kind.name,
            place=place,
            found=FOUND.format(
                name=kind.name, sql=kind.sql, seen="true" if sees_all else "red.entity_id = ANY(%(entities)s::bigint[])"
            ),
        )
        for place, kind in enumerate(kinds)
        if sees_all or not kind.everywhere
    ]
    if not selects:
        return []
    ids = [] if sees_all else list(LegalEntity.objects.for_user(user).values_list("pk", flat=True))
    facts = {"entities": ids, "shown": SHOWN, "most": MOST, "only": only, "days": days_on_account()}
    order = " ORDER BY place, since NULLS FIRST, key" if shape is PAGE else ""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(selects) + order, facts)
        return cursor.fetchall()
