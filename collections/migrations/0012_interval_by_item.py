from pathlib import Path

from django.db import migrations, models

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"
HELP = "An item gets no further notice within so many days of its last."


class Migration(migrations.Migration):
    dependencies = [("collections", "0011_dunning_by_debtor")]

    operations = [
        from_file(SQL, "0012_interval_by_item"),
        *(
            migrations.AlterField(
                model_name=model,
                name="interval_days",
                field=models.PositiveSmallIntegerField(default=7, help_text=HELP),
            )
            for model in ("dunningpolicy", "dunningpolicyevent")
        ),
    ]
