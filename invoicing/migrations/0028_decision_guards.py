from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0027_decisions")]

    operations = [
        *guard("invoicing_bankdetailchangeevent"),
        *guard("invoicing_cashrulesevent"),
        *guard("invoicing_deductionevent"),
        *guard("invoicing_refundevent"),
        *guard("invoicing_writeoffevent"),
    ]
