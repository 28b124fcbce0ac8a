"""Histories of orders that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = ("orders_orderevent", "orders_orderlineevent", "orders_orderproblemevent")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0008_orders"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
