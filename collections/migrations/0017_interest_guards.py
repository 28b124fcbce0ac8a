"""The histories of interest, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

HISTORIES = ["pack", "rate", "compensation", "rules", "agreement", "note"]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0016_interest"), ("core", "0004_guards")]

    operations = [step for name in HISTORIES for step in guard(f"collections_interest{name}event")]
