"""Histories of rates and of work that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = ("analytics_costrateevent", "analytics_workrecordevent")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("analytics", "0003_serving"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
