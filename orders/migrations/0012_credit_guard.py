"""Histories of credit limits, policies, decisions and reviews that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = (
    "orders_creditlimitevent", "orders_creditpolicyevent", "orders_creditdecisionevent", "orders_creditreviewevent",
)  # fmt: skip


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0011_credit"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
