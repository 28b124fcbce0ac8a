from django.db import migrations

from o2c.core.audit.guard import guard


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0013_factors")]

    operations = [*guard("core_factorevent"), *guard("core_signonevent")]
