from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("core", "0018_attachment_by_document")]

    operations = [from_file(SQL, "0019_emit_and_recognise")]
