from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0025_guarding")]

    operations = [*guard("invoicing_checkruleevent"), *guard("invoicing_quarantineevent")]
