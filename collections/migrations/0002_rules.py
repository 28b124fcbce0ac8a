"""What the database itself keeps right, and what it answers: functions and triggers, by topic."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"
TOPICS = (
    "decisions", "promises", "standing", "dunning", "notices", "payers", "stamps",
)


class Migration(migrations.Migration):
    dependencies = [("collections", "0001_tables"), ("core", "0003_rules"), ("invoicing", "0002_rules")]

    operations = [from_file(SQL, topic) for topic in TOPICS]
