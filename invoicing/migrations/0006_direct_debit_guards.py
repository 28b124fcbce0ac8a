from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0005_direct_debits")]

    operations = [
        *guard("invoicing_collectionevent"),
        *guard("invoicing_debitrunevent"),
        *guard("invoicing_directdebitrulesevent"),
        *guard("invoicing_mandateevent"),
    ]
