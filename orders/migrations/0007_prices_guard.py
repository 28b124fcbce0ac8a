"""Histories of products, prices and contracts that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = (
    "orders_productevent", "orders_pricelistevent", "orders_pricelistchoiceevent", "orders_listpriceevent",
    "orders_contractevent", "orders_contractpriceevent",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0006_prices"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
