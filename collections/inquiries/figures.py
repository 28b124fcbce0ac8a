"""How soon inquiries are answered: of each kind, by each person, in each month.

What was to be answered in a period counts in it, by its deadline: answered before that it is in time, answered later
or not yet it is not. Hours are those of business, from the question to the first answer of an inquiry.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from o2c.collections.models import Inquiry
from o2c.core.models import User

BY = {"kind": "Kind", "owner": "Who answered", "month": "Month", "entity": "Legal entity"}
SUBJECTS = {
    "kind": "t.kind",
    "owner": "coalesce(t.owner, '')",
    "month": "to_char(t.due_at AT TIME ZONE t.time_zone, 'YYYY-MM')",
    "entity": "t.entity",
    "": "''",
}
# Each time that something was asked: those that were answered, and those that wait and whose deadline has passed.
FIGURES = """
    SELECT {subject} AS subject, count(*) AS asked, count(*) FILTER (WHERE t.answered_at IS NOT NULL) AS answered,
        count(*) FILTER (WHERE t.answered_at <= t.due_at) AS in_time,
        round(avg(t.minutes) FILTER (WHERE t.is_first) / 60, 1) AS hours,
        round((percentile_cont(0.5) WITHIN GROUP (ORDER BY t.minutes) FILTER (WHERE t.is_first) / 60)::numeric, 1)
            AS median
    FROM (
        SELECT i.kind, e.code AS entity, e.time_zone, u.username AS owner, a.due_at, a.answered_at, a.minutes,
            NOT EXISTS (SELECT 1 FROM collections_inquiryanswer b WHERE b.inquiry_id = i.id AND b.round < a.round)
                AS is_first
        FROM collections_inquiryanswer a JOIN collections_inquiry i ON i.id = a.inquiry_id
        JOIN orders_legalentity e ON e.id = i.entity_id LEFT JOIN core_user u ON u.id = a.user_id
        WHERE i.entity_id = ANY(%(entities)s) AND a.due_at >= %(since)s AND a.due_at < %(until)s
        UNION ALL
        SELECT i.kind, e.code, e.time_zone, u.username, i.due_at, NULL, NULL, false
        FROM collections_inquiry i JOIN orders_legalentity e ON e.id = i.entity_id
        LEFT JOIN core_user u ON u.id = i.owner_id
        WHERE i.entity_id = ANY(%(entities)s) AND i.state = 'open' AND i.due_at >= %(since)s AND i.due_at < %(until)s
            AND i.due_at < %(now)s
    ) t
    GROUP BY 1 ORDER BY 1 LIMIT 500
"""


@dataclass(frozen=True)
class Figures:
    """Of a subject: how often it was asked, answered and answered in time, and the hours to first answers."""

    subject: str
    asked: int
    answered: int
    in_time: int
    hours: Decimal | None
    median: Decimal | None

    @property
    def share(self) -> int:
        """Percent that was answered in time."""
        return round(100 * self.in_time / self.asked) if self.asked else 0

    @property
    def waiting(self) -> int:
        return self.asked - self.answered


def figures(by: str, since: datetime, until: datetime, entity_ids: Collection[int], *, now: datetime) -> list[Figures]:
    """What was to be answered from `since` to before `until`, by one of BY; "" for all together. One statement."""
    facts = {"entities": list(entity_ids), "since": since, "until": until, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(FIGURES.format(subject=SUBJECTS[by]), facts)
        return [Figures(*row) for row in cursor]


def titles(by: str, rows: list[Figures]) -> list[str]:
    """What the subjects are called, in one query at most."""
    if by == "kind":
        return [Inquiry.Kind(row.subject).label for row in rows]
    if by == "owner":
        people = User.objects.filter(username__in=[row.subject for row in rows])
        names = {person.username: str(person) for person in people}
        return [names.get(row.subject, row.subject or "Nobody, or a program") for row in rows]
    return [row.subject for row in rows]
