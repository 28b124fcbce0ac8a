"""Histories of payables, netting agreements and nettings that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = ("invoicing_payableevent", "invoicing_nettingagreementevent", "invoicing_nettingevent")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0023_netting"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
