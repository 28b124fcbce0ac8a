"""Who has paid a bank line is written with what is open of it, in one update."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0003_guards")]

    operations = [from_file(SQL, "0004_bank")]
