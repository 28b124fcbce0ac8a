from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0022_bank_statements")]

    operations = [
        *guard("invoicing_matchingrulesevent"),
        *guard("invoicing_payeraliasevent"),
        *guard("invoicing_reasoncodeevent"),
    ]
