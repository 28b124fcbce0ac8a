"""What parts the customers of a trial, and that one champion is tried once at a time."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file


class Migration(migrations.Migration):
    dependencies = [("collections", "0024_trials"), ("invoicing", "0003_guards")]

    operations = [from_file(Path(__file__).parents[1] / "sql", "trials")]
