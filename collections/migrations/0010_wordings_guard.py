"""The history of wordings, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0009_wordings"), ("core", "0004_guards")]

    operations = [*guard("collections_wordingevent")]
