"""When pilots last changed, for who follows them."""

from pathlib import Path

import django.db.models.functions.datetime
from django.db import migrations, models

from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0038_dispute_suggestions_guard'),
        ('orders', '0005_consumer'),
    ]

    operations = together([
        migrations.AddField(
            model_name='pilot',
            name='updated_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddIndex(
            model_name='pilot',
            index=models.Index(fields=['updated_at', 'id'], name='pilot_by_change'),
        ),
        from_file(SQL, "pilots"),
    ])
