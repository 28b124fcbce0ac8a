"""Histories of billing rules, tolerances and accepted differences that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = (
    "invoicing_billingrulesevent", "invoicing_billingtoleranceevent", "invoicing_accepteddifferenceevent",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0016_billing"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
