from pathlib import Path

from django.db import migrations, models

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0009_revaluation_accounts")]

    operations = [
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(condition=models.Q(("cycle__gt", 1)), fields=["id"], name="item_reopened"),
        ),
        from_file(SQL, "0010_reopened_items"),
    ]
