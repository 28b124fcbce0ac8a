"""Partitions by month are made by one function, whatever table they are of."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file


class Migration(migrations.Migration):
    dependencies = [("core", "0012_providers")]

    operations = [from_file(Path(__file__).parents[1] / "sql", "month_partitions")]
