"""What follows an update of very many rows takes as long as they are many, not that many times as long."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file


class Migration(migrations.Migration):
    dependencies = [("orders", "0017_tracking_guard")]

    operations = [from_file(Path(__file__).parents[1] / "sql", "0018_many_at_once")]
