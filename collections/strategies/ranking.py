"""Ranking tasks: the money at risk times the points of the rules that hold, in one statement a legal entity.

Saving, previewing and explaining read the same query: rules become conditions over the facts they ask for, and nothing
that a person typed becomes SQL but through its parameters.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.collections.models import Task
from o2c.collections.strategies import facts, rules
from o2c.collections.strategies.rules import Comparison, Rules
from o2c.core import clock, formats
from o2c.orders.models import LegalEntity

COMPARED = {Comparison.AT_LEAST: ">=", Comparison.AT_MOST: "<=", Comparison.IS: "=", Comparison.IS_NOT: "<>"}

# What each live task counts. At risk is what the customer owes overdue, without what an agency collects, credits taken
# off, never below nothing. A currency without a rate counts one for one: ranked roughly is better than ranked last.
RANKED = """
    live AS (
        SELECT id, customer_id, kind, due_on, at_risk, points, rank FROM collections_task
        WHERE state IN ('open', 'claimed', 'snoozed') AND entity_id = %(entity)s
            AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))
            AND (%(tasks)s::bigint[] IS NULL OR id = ANY(%(tasks)s))
    ), owed AS (
        SELECT b.customer_id, b.currency, sum(b.balance) AS owed,
            coalesce(sum(b.balance) FILTER (WHERE b.due_on < %(as_of)s AND p.item_id IS NULL), 0) AS overdue,
            min(b.due_on) FILTER (WHERE b.due_on < %(as_of)s AND p.item_id IS NULL AND b.balance > 0) AS oldest
        FROM invoicing_balances(%(as_of)s) b
        LEFT JOIN collections_placeditem p ON p.item_id = b.item_id AND p.until IS NULL
        WHERE b.entity_id = %(entity)s AND {which}
            AND (%(customers)s::bigint[] IS NULL OR b.customer_id = ANY(%(customers)s))
        GROUP BY 1, 2
    ), rates AS (
        SELECT currency, coalesce(invoicing_rate(%(base)s, %(as_of)s) / invoicing_rate(currency, %(as_of)s), 1) AS rate
        FROM (SELECT DISTINCT currency FROM owed) currencies
    ), worth AS (
        SELECT customer_id, greatest(round(sum(overdue * rate), core_minor_unit(%(base)s)), 0) AS at_risk,
            min(oldest) AS oldest, sum(owed * rate) AS owed
        FROM owed JOIN rates USING (currency) GROUP BY 1
    ), live_now AS (
        SELECT live.id, live.customer_id, live.kind, live.due_on, coalesce(worth.at_risk, 0) AS at_risk
        FROM live LEFT JOIN worth USING (customer_id)
    ), {sources}
    judged AS (
        SELECT live_now.id, live_now.customer_id, live_now.at_risk, least(greatest({points}, -100), 32000) AS points
            {told}
        FROM live_now LEFT JOIN worth USING (customer_id) {joins}
    ), ranked AS (
        SELECT judged.*, round(least(greatest(at_risk, %(least)s) * (100 + points) / 100, 1e14), 4) AS rank FROM judged
    )
"""
RERANK = """
    WITH {ranked}, new AS (
        SELECT ranked.id, ranked.at_risk, ranked.points, ranked.rank FROM ranked JOIN live USING (id)
        WHERE (live.at_risk, live.points, live.rank) IS DISTINCT FROM (ranked.at_risk, ranked.points, ranked.rank)
    ), locked AS (
        -- Who is at work on a task is not waited for: it is ranked next time.
        SELECT t.id FROM collections_task t JOIN new USING (id) FOR NO KEY UPDATE OF t SKIP LOCKED
    )
    UPDATE collections_task t SET at_risk = new.at_risk, points = new.points, rank = new.rank
    FROM new JOIN locked USING (id) WHERE t.id = new.id
"""
EXPLAIN = "WITH {ranked} SELECT id, at_risk, points, rank, holds, seen FROM ranked"
PREVIEW = """
    WITH {ranked}, placed AS (
        SELECT ranked.*, row_number() OVER (ORDER BY ranked.rank DESC, ranked.id) AS place,
            row_number() OVER (ORDER BY live.rank DESC, ranked.id) AS before
        FROM ranked JOIN live USING (id)
    )
    SELECT id, at_risk, points, rank, holds, seen, place, before,
        count(*) OVER () AS tasks, count(*) FILTER (WHERE place <> before) OVER () AS moved
    FROM placed ORDER BY place LIMIT %(most)s
"""


@dataclass(frozen=True)
class Ranked:
    """What a task counts and why: each rule that holds, with the fact as it is."""

    task_id: int
    at_risk: Decimal
    points: int
    rank: Decimal
    because: tuple[tuple[rules.Rule, str], ...]

    def sentence(self) -> str:
        """Why it stands where it stands: "not spoken with for 35 days (+20), 2 promises broken in a year (+30)"."""
        said = (f"{rule.about.says(value)} ({_signed(rule.points)})" for rule, value in self.because)
        return ", ".join(said)


@dataclass(frozen=True)
class Moved:
    """A task in a preview: what it would count, and its place then and now (from 1)."""

    ranked: Ranked
    place: int
    before: int
    task: Task

    @property
    def up(self) -> int:
        return self.before - self.place


@dataclass(frozen=True)
class Preview:
    tasks: int
    moved: int
    first: tuple[Moved, ...]


def _signed(points: int) -> str:
    return f"{'+' if points > 0 else formats.MINUS}{abs(points)}"


def _query(shape: str, wanted: Rules, entity: LegalEntity, as_of: date, *, told: bool) -> tuple[str, dict]:
    """The statement of a shape over what tasks count by the rules, and its parameters."""
    asked = [rule.about for rule in wanted.rules]
    sources = list(dict.fromkeys(source for fact in asked for source in fact.sources))
    values = {f"v{n}": _value(rule) for n, rule in enumerate(wanted.rules)}
    points = {f"p{n}": rule.points for n, rule in enumerate(wanted.rules)}
    holds = [f"{rule.about.reads} {COMPARED[rule.comparison]} %(v{n})s" for n, rule in enumerate(wanted.rules)]
    seen = ", ".join(f"'{fact.code}', ({fact.reads})::text" for fact in dict.fromkeys(asked))
    hit = ", ".join(f"CASE WHEN {each} THEN {n} END" for n, each in enumerate(holds))
    ranked = RANKED.format(
        # what is not due yet is read only where a rule asks for all that is owed
        which="true" if any(fact.of_all for fact in asked) else "b.due_on < %(as_of)s",
        sources="".join(f"{name} AS ({facts.SOURCES[name]}), " for name in sources),
        points=" + ".join(f"CASE WHEN {each} THEN %(p{n})s ELSE 0 END" for n, each in enumerate(holds)) or "0",
        joins=" ".join(f"LEFT JOIN {name} USING (customer_id)" for name in sources),
        told=f", array_remove(ARRAY[{hit}]::integer[], NULL) AS holds, jsonb_build_object({seen})::text AS seen"
        if told
        else "",
    )
    parameters = {
        "entity": entity.pk,
        "base": entity.base_currency,
        "zone": entity.time_zone,
        "as_of": as_of,
        "least": wanted.least,
        "year": facts.YEAR,
        "customers": None,
        "tasks": None,
    }
    return shape.format(ranked=ranked), parameters | values | points


def _value(rule: rules.Rule) -> Decimal | str:
    return rule.value if rule.about.is_word else Decimal(rule.value)


def _fetch(sql: str, parameters: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _read(row: tuple, wanted: Rules) -> Ranked:
    task_id, at_risk, points, rank, holds, seen = row[:6]
    values = json.loads(seen)
    because = tuple((wanted.rules[n], values[wanted.rules[n].fact]) for n in holds)
    return Ranked(task_id, at_risk, points, rank, because)


def rerank(entity_id: int | None = None, *, as_of: date | None = None, customer_ids: list[int] | None = None) -> int:
    """Work out anew what live tasks have at risk and count, in one statement a legal entity; the number changed.

    The amounts are in the entity's base currency at the rate of the day, and the day is each entity's own unless one is
    given.
    """
    changed = 0
    chosen = LegalEntity.objects.filter(**({} if entity_id is None else {"pk": entity_id})).order_by("pk")
    strategies = rules.written(chosen)
    for entity in chosen:
        wanted = strategies.get(entity.pk, Rules())
        sql, parameters = _query(RERANK, wanted, entity, as_of or clock.today(entity.time_zone), told=False)
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters | {"customers": customer_ids})
            changed += cursor.rowcount
    return changed


def explain(tasks: Iterable[Task]) -> dict[int, Ranked]:
    """Why live tasks stand where they stand, by their ids: one statement a legal entity that has rules."""
    by_entity: dict[int, list[Task]] = {}
    for task in tasks:
        by_entity.setdefault(task.entity_id, []).append(task)
    found = {}
    entities = {entity_id: theirs[0].entity for entity_id, theirs in by_entity.items()}
    for entity_id, wanted in rules.written(entities.values()).items():
        if not wanted.rules:
            continue
        theirs, entity = by_entity[entity_id], entities[entity_id]
        sql, parameters = _query(EXPLAIN, wanted, entity, clock.today(entity.time_zone), told=True)
        of = {"customers": sorted({task.customer_id for task in theirs}), "tasks": [task.pk for task in theirs]}
        for row in _fetch(sql, parameters | of):
            found[row[0]] = _read(row, wanted)
    return found


def preview(entity: LegalEntity, wanted: Rules, *, most: int = 25) -> Preview:
    """How the order of the entity's live tasks would be by other rules, and how it is: the first so many."""
    sql, parameters = _query(PREVIEW, wanted, entity, clock.today(entity.time_zone), told=True)
    rows = _fetch(sql, parameters | {"most": most})
    tasks = Task.objects.select_related("customer", "entity", "assignee", "queue").in_bulk(row[0] for row in rows)
    first = tuple(Moved(_read(row, wanted), row[6], row[7], tasks[row[0]]) for row in rows)
    return Preview(rows[0][8] if rows else 0, rows[0][9] if rows else 0, first)
