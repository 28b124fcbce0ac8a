"""What becomes of payment plans is worked out from allocations, dunning leaves their items alone, and their history stays."""

from pathlib import Path

from django.db import migrations

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"
TOPICS = ("plan_rules", "plan_dunning")


class Migration(migrations.Migration):
    dependencies = [("collections", "0030_plans")]

    operations = [from_file(SQL, topic) for topic in TOPICS]
