"""Finds what waits for one domain. Made while others write: the table of messages is large."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import o2c.core.models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('core', '0006_pacing'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(o2c.core.models.DomainOf('recipient'), models.F('not_before'), condition=models.Q(('state', 'queued')), name='message_queued_by_domain'),
        ),
    ]
