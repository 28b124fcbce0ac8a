"""The history of credit requests, which nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0009_credit_requests"), ("core", "0004_guards")]

    operations = guard("invoicing_creditrequestevent")
