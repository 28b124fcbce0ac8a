"""Prices in what differs from an order, as people read them."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0018_posted_elsewhere")]

    operations = [from_file(Path(__file__).parents[1] / "sql", "0019_prices_as_read")]
