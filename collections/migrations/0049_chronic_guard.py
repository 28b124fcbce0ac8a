"""The history of chronic accounts' rules and decisions, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

HISTORIES = ("chronicrules", "chronicdecision")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0048_chronic"), ("core", "0004_guards")]

    operations = [step for name in HISTORIES for step in guard(f"collections_{name}event")]
