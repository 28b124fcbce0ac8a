"""The history of inquiries and of how they are handled, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

HISTORIES = ("inquiry", "inquiryhours", "inquiryrule")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0044_inquiries"), ("core", "0004_guards")]

    operations = [step for name in HISTORIES for step in guard(f"collections_{name}event")]
