from django.db import migrations

from o2c.core.audit.guard import guard

TABLES = (
    "orders_legalentityevent", "orders_entityaccessevent", "orders_paymenttermsevent",
    "orders_earlypaymentdiscountevent", "orders_instalmentevent", "orders_customerevent",
    "orders_customerbankaccountevent", "orders_accountevent", "orders_contactevent",
    "orders_closingdayevent",
)  # fmt: skip


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0007_business_days"), ("core", "0012_audit_guards")]

    operations = [operation for table in TABLES for operation in guard(table)]
