"""The keys of postings, and of items to their entry, are looked up once a statement instead of row by row."""

from pathlib import Path

from django.db import migrations, models
from django.db.models import PROTECT

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0030_bank_entries")]

    operations = [
        # the triggers first, so that there is no moment without either
        from_file(SQL, "0031_references"),
        migrations.AlterField(
            "posting", "entry",
            models.ForeignKey(db_constraint=False, on_delete=PROTECT, related_name="postings", to="invoicing.entry"),
        ),
        migrations.AlterField(
            "posting", "account",
            models.ForeignKey(db_constraint=False, db_index=False, on_delete=PROTECT, to="invoicing.ledgeraccount"),
        ),
        migrations.AlterField(
            "posting", "item",
            models.ForeignKey(
                blank=True, db_constraint=False, db_index=False, null=True, on_delete=PROTECT, to="invoicing.openitem"
            ),
        ),
        migrations.AlterField(
            "openitem", "entry",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=PROTECT, related_name="items", to="invoicing.entry"
            ),
        ),
    ]  # fmt: skip
