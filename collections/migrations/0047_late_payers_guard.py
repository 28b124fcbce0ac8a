"""The history of the list of late payers, its rule and what followed, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

HISTORIES = ("latepayer", "latepayerconsequence", "latepayerrule")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0046_late_payers"), ("core", "0004_guards")]

    operations = [step for name in HISTORIES for step in guard(f"collections_{name}event")]
