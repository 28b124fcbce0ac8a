"""What follows an update of very many rows takes as long as they are many, not that many times as long."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file


class Migration(migrations.Migration):
    dependencies = [("collections", "0057_discrepancy_tasks")]

    operations = [from_file(Path(__file__).parents[1] / "sql", "0058_many_at_once")]
