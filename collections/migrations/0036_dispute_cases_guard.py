"""The history of how disputes are handled, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0035_dispute_cases"), ("core", "0004_guards")]

    operations = guard("collections_disputeruleevent")
