"""Invoices that another system has issued and posts; a load of them may be taken back."""

from pathlib import Path

from django.db import migrations, models

from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0017_billing_guard")]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="posted_elsewhere",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Its source posts it: owed is the open item that came from there.",
            ),
        ),
        from_file(SQL, "0018_posted_elsewhere"),
    ]
