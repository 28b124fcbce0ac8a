"""What should be placed with an agency, and what stays as a run has used it."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file


class Migration(migrations.Migration):
    dependencies = [("collections", "0027_hand_overs")]

    operations = [from_file(Path(__file__).parents[1] / "sql", "hand_overs")]
