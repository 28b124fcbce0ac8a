"""A notice once for what it is told of, a line once for each time its level comes: made beside the writers."""

from django.db import migrations, models
from django.db.models import Q

from o2c.core.audit.guard import guard

NOTICES = """
    CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS notice_once
    ON collections_notice (run_id, customer_id, currency, item_id) NULLS NOT DISTINCT
"""
NOTICES_BEFORE = """
    CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS notice_once_a_run
    ON collections_notice (run_id, customer_id, currency)
"""
LINES = """
    CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS line_once_a_cycle
    ON collections_noticeline (item_id, cycle, level, repeat)
    WHERE dropped_because = '' AND scenario_id IS NULL
"""
LINES_BEFORE = """
    CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS line_level_once_a_cycle
    ON collections_noticeline (item_id, cycle, level) WHERE dropped_because = '' AND scenario_id IS NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0006_policies")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(NOTICES, "ALTER TABLE collections_notice DROP CONSTRAINT notice_once"),
                migrations.RunSQL(
                    "ALTER TABLE collections_notice ADD CONSTRAINT notice_once UNIQUE USING INDEX notice_once",
                    migrations.RunSQL.noop,
                ),
                migrations.RunSQL(
                    "ALTER TABLE collections_notice DROP CONSTRAINT notice_once_a_run",
                    "ALTER TABLE collections_notice"
                    " ADD CONSTRAINT notice_once_a_run UNIQUE USING INDEX notice_once_a_run",
                ),
                migrations.RunSQL(migrations.RunSQL.noop, NOTICES_BEFORE),
                migrations.RunSQL(LINES, "DROP INDEX CONCURRENTLY line_once_a_cycle"),
                migrations.RunSQL("DROP INDEX CONCURRENTLY line_level_once_a_cycle", LINES_BEFORE),
            ],
            state_operations=[
                migrations.RemoveConstraint("notice", "notice_once_a_run"),
                migrations.RemoveConstraint("noticeline", "line_level_once_a_cycle"),
                migrations.AddConstraint(
                    "notice",
                    models.UniqueConstraint(
                        fields=["run", "customer", "currency", "item"], nulls_distinct=False, name="notice_once"
                    ),
                ),
                migrations.AddConstraint(
                    "noticeline",
                    models.UniqueConstraint(
                        fields=["item", "cycle", "level", "repeat"],
                        condition=Q(scenario_id__isnull=True, dropped_because=""),
                        name="line_once_a_cycle",
                    ),
                ),
            ],
        ),
        *guard("collections_policychoiceevent"),
    ]
