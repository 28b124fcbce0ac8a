"""The history of strategies, their rules and absences, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

HISTORIES = ("strategy", "strategyrule", "absence")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0041_strategies"), ("core", "0004_guards")]

    operations = [step for name in HISTORIES for step in guard(f"collections_{name}event")]
