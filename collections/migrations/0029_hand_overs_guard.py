"""The histories of hand-overs, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

HISTORIES = ["agency", "placement", "handoverminimum"]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0028_hand_over_rules"), ("core", "0004_guards")]

    operations = [step for name in HISTORIES for step in guard(f"collections_{name}event")]
