"""Histories of carriers and deliveries that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = ("orders_carrierevent", "orders_deliveryevent", "orders_deliverylineevent")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0013_deliveries"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
