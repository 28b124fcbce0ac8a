"""The figures of a number are found without regular expressions."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0006_standing_checks")]

    operations = [from_file(SQL, "0007_number_keys")]
