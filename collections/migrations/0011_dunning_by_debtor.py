from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("collections", "0010_lines_without_foreign_keys")]

    operations = [from_file(SQL, "0011_dunning_by_debtor")]
