from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0031_references"), ("core", "0019_emit_and_recognise")]

    operations = [from_file(SQL, "0032_book_item")]
