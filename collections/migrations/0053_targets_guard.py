"""The history of targets, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0052_targets"), ("core", "0004_guards")]

    operations = guard("collections_targetevent")
