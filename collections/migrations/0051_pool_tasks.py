"""What waits in its legal entity's queue, and no person has put there, is where the rules put it."""

from django.db import migrations

PLACED = """
    UPDATE collections_task t SET pool_id = t.queue_id
    FROM orders_legalentity e LEFT JOIN collections_dunningsettings s ON s.entity_id = e.id
    WHERE e.id = t.entity_id AND t.state IN ('open', 'claimed', 'snoozed') AND t.assignee_id IS NULL
        AND t.escalated_on IS NULL AND t.pool_id IS NULL
        AND t.queue_id = coalesce(s.queue_id, (SELECT id FROM collections_queue WHERE code = 'collections'))
        AND NOT EXISTS (
            SELECT 1 FROM collections_activity a
            WHERE a.task_id = t.id AND a.kind = 'note' AND a.text LIKE 'Given to %'
        )
"""


class Migration(migrations.Migration):
    dependencies = [("collections", "0050_pools")]

    operations = [migrations.RunSQL(PLACED, "UPDATE collections_task SET pool_id = NULL WHERE pool_id IS NOT NULL")]
