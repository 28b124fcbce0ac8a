from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("collections", "0004_promises"),
        ("core", "0004_message_claimed_by"),
        ("invoicing", "0004_cycle_as_of"),
    ]

    operations = [from_file(SQL, "0005_dunning")]
