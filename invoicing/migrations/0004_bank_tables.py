from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0003_guards")]

    operations = [
        migrations.AddField(
            model_name="bankstatement",
            name="import_run",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="That read it from a table; such a statement can be taken back.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="core.importrun",
            ),
        ),
        from_file(SQL, "0004_bank_tables"),
    ]
