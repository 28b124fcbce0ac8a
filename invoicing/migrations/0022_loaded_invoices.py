"""Invoices that a file brought with their numbers may be taken back with their load, once their entries are reversed."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0021_many_at_once")]

    operations = [from_file(Path(__file__).parents[1] / "sql", "0022_loaded_invoices")]
