from django.db import migrations

from o2c.core.audit.guard import guard

# Who, from where and in which request: what the audit page filters by.
CONTEXTS = {
    "context_by_actor": "((metadata->>'actor'), created_at)",
    "context_by_address": "((metadata->>'address'), created_at) WHERE (metadata->>'address') IS NOT NULL",
    "context_by_request": "((metadata->>'request')) WHERE (metadata->>'request') IS NOT NULL",
}


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0011_audit")]

    operations = [
        *guard("core_userevent"),
        *guard("core_apikeyevent"),
        *guard("core_apisecretevent"),
        *guard("core_messageevent"),
        *guard("core_numberpatternevent"),
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
