from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0009_returned_checked")]

    operations = [from_file(SQL, "0010_line_notes")]
