from pathlib import Path

from django.db import migrations, models

import o2c.core.audit.models
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('invoicing', '0013_standing_entry'),
        ('orders', '0008_audit_guards'),
    ]

    operations = [
        migrations.AddField(
            model_name='allocation',
            name='context_id',
            field=models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), help_text='From where, for the audit trail.', null=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='context_id',
            field=models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), help_text='From where, for the audit trail.', null=True),
        ),
        from_file(SQL, "0014_contexts"),
    ]
