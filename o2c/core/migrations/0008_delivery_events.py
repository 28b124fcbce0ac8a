"""What providers tell of messages, each event once."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0007_queued_by_domain'),
    ]

    operations = [
        migrations.CreateModel(
            name='DeliveryEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('hook', models.CharField(help_text='Which provider, as the settings name it.', max_length=40)),
                ('event', models.CharField(help_text="The provider's key of it.", max_length=200)),
                ('kind', models.CharField(max_length=20)),
                ('at', models.DateTimeField(help_text='When it happened, as the provider says.')),
                ('came_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('message', models.ForeignKey(help_text='None: it names no message of ours.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='core.message')),
            ],
            options={
                'indexes': [models.Index(fields=['came_at'], name='delivery_event_by_time')],
                'constraints': [models.UniqueConstraint(fields=('hook', 'event'), name='delivery_event_once')],
            },
        ),
    ]
