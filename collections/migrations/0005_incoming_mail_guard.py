"""The history of mail that came in, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0004_incoming_mail"), ("core", "0004_guards")]

    operations = [*guard("collections_incomingmailevent")]
