from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0006_direct_debit_guards")]

    operations = [from_file(SQL, "0007_line_notes")]
