"""Backtests that programs ask for, and when each last changed."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"
NAMED = """
    UPDATE collections_backtest b SET asker = u.username FROM core_user u WHERE u.id = b.asked_by_id
"""
# The version before cannot hold those of programs; they can be played again.
FORGOTTEN = "DELETE FROM collections_backtest WHERE asked_by_id IS NULL"


class Migration(migrations.Migration):

    dependencies = [
        ('collections', '0021_mail_changes'),
        ('orders', '0005_consumer'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = together([
        migrations.AddField(
            model_name='backtest',
            name='asker',
            field=models.CharField(db_default='', help_text='Who asked, by name.', max_length=150),
        ),
        migrations.AddField(
            model_name='backtest',
            name='updated_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AlterField(
            model_name='backtest',
            name='asked_by',
            field=models.ForeignKey(db_index=False, help_text='Empty: a program.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='backtest',
            index=models.Index(fields=['updated_at', 'id'], name='backtest_by_change'),
        ),
        migrations.RunSQL(NAMED, FORGOTTEN),
        from_file(SQL, "backtests"),
    ])
