"""The history of early-payment offers, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

HISTORIES = ("earlyoffer", "earlyofferrule", "earlyofferrun")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0012_early_offers"), ("core", "0004_guards")]

    operations = [step for name in HISTORIES for step in guard(f"invoicing_{name}event")]
