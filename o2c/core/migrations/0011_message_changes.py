"""When messages last changed, for who follows them."""

from pathlib import Path

import django.db.models.functions.datetime
from django.db import migrations, models

from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0010_letters_to_print'),
    ]

    operations = together([
        migrations.AddField(
            model_name='message',
            name='updated_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['updated_at', 'id'], name='message_by_change'),
        ),
        from_file(SQL, "messages"),
    ])
