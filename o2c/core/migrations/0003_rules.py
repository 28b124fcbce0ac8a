"""What the database itself keeps right, and what it answers: functions and triggers, by topic."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("core", "0002_factors")]

    operations = [from_file(SQL, topic) for topic in ("currencies", "stamps", "audit", "documents", "outbox", "keys")]
