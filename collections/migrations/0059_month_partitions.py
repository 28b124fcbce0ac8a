"""The months of decisions are made as those of every table are."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file


class Migration(migrations.Migration):
    dependencies = [("collections", "0058_many_at_once"), ("core", "0013_month_partitions")]

    operations = [from_file(Path(__file__).parents[1] / "sql", "0059_month_partitions")]
