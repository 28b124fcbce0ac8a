"""How much of what came in found its way by itself, week by week, and what became of the rest.

Every payment counts once, in the week in which it was booked, by what is the case now: so the parts of a week make its
lines, and a week gets better while its lines are worked on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

# What became of a line, the best first; each line is the first of these that it is.
OUTCOMES = {
    "itself": "Applied by itself",
    "accepted": "Proposed and accepted",
    "hand": "Decided by hand",
    "elsewhere": "No customer’s, or used otherwise",
    "quarantined": "Held back",
    "proposed": "Waits with a proposal",
    "left": "Waits without one",
}
MOST_WEEKS = 104


@dataclass(frozen=True)
class Week:
    """`week` is its Monday; `counts` has every outcome."""

    week: date
    lines: int
    counts: dict[str, int]

    @property
    def percent(self) -> str:
        return "–" if self.share is None else f"{self.share:.0%}"

    @property
    def decided(self) -> int:
        return self.counts["accepted"] + self.counts["hand"]

    @property
    def waits(self) -> int:
        return self.counts["proposed"] + self.counts["left"] + self.counts["quarantined"]

    @property
    def share(self) -> float | None:
        """The share of lines that were applied by themselves, None where none came."""
        return self.counts["itself"] / self.lines if self.lines else None


def by_week(entity_ids: Iterable[int], *, today: date, weeks: int = 13) -> list[Week]:
    """The last weeks up to the day's own, the oldest first; weeks in which nothing came are there too."""
    last = today - timedelta(days=today.weekday())
    first = last - timedelta(weeks=min(weeks, MOST_WEEKS) - 1)
    found: dict[date, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(RATE, {"entities": list(entity_ids), "first": first, "till": last + timedelta(days=6)})
        for week, outcome, count in cursor.fetchall():
            found.setdefault(week, {})[outcome] = count
    told = []
    for number in range((last - first).days // 7 + 1):
        week = first + timedelta(weeks=number)
        counts = {name: found.get(week, {}).get(name, 0) for name in OUTCOMES}
        told.append(Week(week, sum(counts.values()), counts))
    return told


def total(weeks: Iterable[Week]) -> Week | None:
    """All weeks as one; None where there are none."""
    weeks = list(weeks)
    if not weeks:
        return None
    counts = {name: sum(week.counts[name] for week in weeks) for name in OUTCOMES}
    return Week(weeks[0].week, sum(counts.values()), counts)


RATE = """
    WITH line AS MATERIALIZED (
        SELECT l.id, l.booked_on, l.amount, l.open_amount FROM invoicing_bankaccount b
        JOIN invoicing_bankline l ON l.account_id = b.id
        WHERE b.entity_id = ANY(%(entities)s) AND l.booked_on BETWEEN %(first)s AND %(till)s AND l.is_money
            AND l.amount > 0 AND NOT l.is_reversal
    ), said AS (
        SELECT p.line_id,
            bool_or(p.state IN ('applied', 'returned') AND p.by_hand) AS hand,
            bool_or(p.state IN ('applied', 'returned') AND NOT p.by_hand AND p.decided_by = r.actor) AS itself,
            bool_or(p.state IN ('applied', 'returned') AND NOT p.by_hand AND p.decided_by IS DISTINCT FROM r.actor)
                AS accepted,
            bool_or(p.state = 'open') AS proposed
        FROM line JOIN invoicing_matchproposal p ON p.line_id = line.id
        LEFT JOIN invoicing_matchrun r ON r.id = p.run_id
        GROUP BY p.line_id
    ), held AS (
        SELECT DISTINCT q.line_id FROM line JOIN invoicing_quarantine q ON q.line_id = line.id
        WHERE q.state <> 'released'
    )
    SELECT date_trunc('week', line.booked_on)::date, CASE
            WHEN said.hand THEN 'hand' WHEN said.accepted THEN 'accepted' WHEN said.itself THEN 'itself'
            WHEN line.open_amount < line.amount THEN 'elsewhere' WHEN held.line_id IS NOT NULL THEN 'quarantined'
            WHEN said.proposed THEN 'proposed' ELSE 'left' END AS outcome, count(*)
    FROM line LEFT JOIN said ON said.line_id = line.id LEFT JOIN held ON held.line_id = line.id
    GROUP BY 1, 2
"""
