"""The history of what was suggested by disputes, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0037_dispute_suggestions"), ("core", "0004_guards")]

    operations = guard("collections_disputesuggestionevent")
