"""The numbers of items as they are searched for stand apart: to settle an item no longer writes their indexes anew."""

from pathlib import Path

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Upper

from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0013_early_offers_guard")]

    operations = together([
        migrations.CreateModel(
            name="ItemNumber",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        to="invoicing.openitem",
                        on_delete=models.DO_NOTHING,
                        primary_key=True,
                        serialize=False,
                        db_constraint=False,
                        related_name="numbered",
                    ),
                ),
                ("number", models.CharField(max_length=100)),
                ("key", models.TextField(null=True)),
                ("tail", models.TextField(null=True)),
            ],
        ),
        # filled before it is indexed
        from_file(SQL, "0014_item_numbers"),
        *(
            migrations.RemoveIndex("openitem", name)
            for name in ("item_number_trigram", "item_by_number_key", "item_by_number_tail", "item_open_by_payer")
        ),
        migrations.AddIndex(
            "itemnumber", GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="item_number_trigram")
        ),
        migrations.AddIndex(
            "itemnumber",
            models.Index(fields=["key"], condition=models.Q(key__isnull=False), name="item_number_by_key"),
        ),
        migrations.AddIndex(
            "itemnumber",
            models.Index(fields=["tail"], condition=models.Q(tail__isnull=False), name="item_number_by_tail"),
        ),
        migrations.AddIndex(
            "openitem",
            models.Index(
                fields=["payer", "customer"],
                include=["entity", "currency", "due_on", "open_amount"],
                condition=~models.Q(open_amount=0),
                name="item_open_by_payer",
            ),
        ),
    ])
