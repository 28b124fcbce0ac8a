from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_bank_accounts_elsewhere")]

    operations = [from_file(SQL, "0007_business_days")]
