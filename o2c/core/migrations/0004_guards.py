"""Histories that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = (
    "core_userevent", "core_apikeyevent", "core_apisecretevent", "core_messageevent", "core_numberpatternevent",
    "core_factorevent", "core_signonevent",
)
# Who, from where and in which request: what the audit page filters by.
CONTEXTS = {
    "context_by_actor": "((metadata->>'actor'), created_at)",
    "context_by_address": "((metadata->>'address'), created_at) WHERE (metadata->>'address') IS NOT NULL",
    "context_by_request": "((metadata->>'request')) WHERE (metadata->>'request') IS NOT NULL",
}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0003_rules")]

    operations = [
        *(operation for table in TABLES for operation in guard(table)),
        *(
            migrations.RunSQL(
                [
                    f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                    f"CREATE INDEX CONCURRENTLY {name} ON pghistory_context {what}",
                ],
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            )
            for name, what in CONTEXTS.items()
        ),
    ]
