"""The history of payment plans, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("collections", "0031_plan_rules"), ("core", "0004_guards")]

    operations = guard("collections_paymentplanevent")
