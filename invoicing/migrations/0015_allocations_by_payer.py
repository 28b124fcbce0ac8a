"""The latest allocations of a payer are found without reading those of all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0014_item_numbers")]

    operations = [
        migrations.AddIndex(
            "allocation",
            models.Index(fields=["payer", "effective_on", "recorded_at", "id"], name="allocation_by_payer"),
        ),
    ]
