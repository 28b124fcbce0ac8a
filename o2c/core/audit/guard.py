"""Histories that nobody rewrites: the operations by which a migration guards a table of events."""

from django.db import migrations


def guard(table: str) -> list[migrations.RunSQL]:
    """Refuse UPDATE and DELETE on an event table, except by erasure and retention, which the trail then shows; and
    index it by time, for the audit page.

    For a migration with `atomic = False`: the index is made without holding up writers.
    """
    when = f"{table}_when"
    return [
        migrations.RunSQL(
            [
                f"CREATE OR REPLACE TRIGGER history_stays BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION core_history_stays()",
                f"CREATE OR REPLACE TRIGGER history_change_is_shown AFTER UPDATE ON {table}"
                " REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION core_history_change_is_shown()",
                f"CREATE OR REPLACE TRIGGER history_removal_is_shown AFTER DELETE ON {table}"
                " REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION core_history_change_is_shown()",
            ],
            [
                f"DROP TRIGGER IF EXISTS history_removal_is_shown ON {table}",
                f"DROP TRIGGER IF EXISTS history_change_is_shown ON {table}",
                f"DROP TRIGGER IF EXISTS history_stays ON {table}",
            ],
        ),
        # one that was broken off half-way stays behind invalid
        migrations.RunSQL(f"DROP INDEX CONCURRENTLY IF EXISTS {when}", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"CREATE INDEX CONCURRENTLY {when} ON {table} (pgh_created_at, pgh_id)",
            f"DROP INDEX CONCURRENTLY IF EXISTS {when}",
        ),
    ]
