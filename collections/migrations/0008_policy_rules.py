"""The decision by more rules, and versions that stay as they were once a run has used them."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"
TOPICS = ("0008_standing", "0008_dunning", "0008_policies")


class Migration(migrations.Migration):
    dependencies = [("collections", "0007_notices_once"), ("invoicing", "0003_guards")]

    operations = [from_file(SQL, topic) for topic in TOPICS]
