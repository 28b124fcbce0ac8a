"""Escalation: a task that waits too long goes to whom the legal entity's strategy names, once."""

from datetime import date, timedelta

from django.db import connection

from o2c.core import clock
from o2c.core.actors import SYSTEM, acting

# What somebody is working on at this moment is left to the next round; a claim of yesterday is no work.
ESCALATE = """
    WITH rule AS (
        SELECT s.escalates_after, s.escalates_to_id, s.escalates_queue_id,
            coalesce(u.username, q.name) AS name
        FROM collections_strategy s LEFT JOIN core_user u ON u.id = s.escalates_to_id
        LEFT JOIN collections_queue q ON q.id = s.escalates_queue_id
        WHERE s.entity_id = %(entity)s AND s.escalates_after IS NOT NULL
    ), late AS (
        SELECT t.id, t.due_on FROM collections_task t CROSS JOIN rule
        WHERE t.entity_id = %(entity)s AND t.escalated_on IS NULL AND t.due_on <= %(as_of)s - rule.escalates_after
            AND (t.state = 'open' OR t.state = 'claimed' AND t.claimed_at < %(yesterday)s)
            AND (t.assignee_id, t.queue_id) IS DISTINCT FROM (rule.escalates_to_id, rule.escalates_queue_id)
        FOR NO KEY UPDATE OF t SKIP LOCKED
    ), moved AS (
        UPDATE collections_task t
        SET state = 'open', claimed_by_id = NULL, claimed_at = NULL, escalated_on = %(as_of)s,
            assignee_id = rule.escalates_to_id, queue_id = rule.escalates_queue_id,
            pool_id = NULL
        FROM late CROSS JOIN rule WHERE t.id = late.id
        RETURNING t.id, t.entity_id, t.customer_id, t.payer_id, late.due_on, rule.name
    )
    INSERT INTO collections_activity (entity_id, customer_id, payer_id, task_id, kind, outcome, text, actor,
                                      happened_at)
    SELECT entity_id, customer_id, payer_id, id, 'note', '',
        'Not done since ' || due_on || ', so it went to ' || name || '.', %(actor)s, %(now)s
    FROM moved ORDER BY id
"""


def escalate(entity_id: int, as_of: date) -> int:
    """Give what waits too long to whom the strategy names, in one statement; how many tasks that were."""
    now = clock.now()
    facts = {
        "entity": entity_id,
        "as_of": as_of,
        "now": now,
        "yesterday": now - timedelta(days=1),
        "actor": SYSTEM.name,
    }
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(ESCALATE, facts)
        return cursor.rowcount
