"""Finds the letters that wait to be printed. Made while others write: the table of messages is large."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('core', '0009_letters'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'to_print')), fields=['id'], name='message_to_print'),
        ),
    ]
