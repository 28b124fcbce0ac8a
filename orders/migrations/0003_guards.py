"""Histories that nobody rewrites."""

from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = (
    "orders_legalentityevent", "orders_entityaccessevent", "orders_paymenttermsevent",
    "orders_earlypaymentdiscountevent", "orders_instalmentevent", "orders_customerevent",
    "orders_customerbankaccountevent", "orders_accountevent", "orders_contactevent", "orders_closingdayevent",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0002_rules"), ("core", "0004_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
