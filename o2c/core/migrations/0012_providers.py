"""Messages that go by a provider: its name for them, and where a letter goes; found by channel while they wait."""

import uuid

from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0011_message_changes'),
    ]

    operations = together([
        migrations.RemoveIndex(
            model_name='message',
            name='message_queued',
        ),
        migrations.AddField(
            model_name='message',
            name='address',
            field=models.JSONField(help_text='Of a letter that is posted by a service: its lines, and the country.', null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='provider_id',
            field=models.CharField(blank=True, db_default='', default='', help_text='What the provider calls it.', max_length=100),
        ),
        migrations.AlterField(
            model_name='deadaddress',
            name='address',
            field=models.CharField(help_text='In small letters; a number as +4915112345678.', max_length=320),
        ),
        migrations.AlterField(
            model_name='deadaddress',
            name='why',
            field=models.CharField(choices=[('bounced', 'Nothing that is sent to it arrives'), ('complained', 'Whoever has it calls our mail unwanted')], max_length=12),
        ),
        migrations.AlterField(
            model_name='message',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('sms', 'SMS'), ('letter', 'Letter')], db_default='email', default='email', max_length=10),
        ),
        migrations.AlterField(
            model_name='message',
            name='claimed_by',
            field=models.CharField(blank=True, default='', help_text='How and by which process: smtp@…, http@… or spool@…', max_length=80),
        ),
        migrations.AlterField(
            model_name='message',
            name='reference',
            field=models.UUIDField(default=uuid.uuid4, help_text="Becomes the Message-ID, or a request's key.", unique=True),
        ),
        migrations.AlterField(
            model_name='message',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Accepted by the mail server or the provider, or posted'), ('spooled', 'Written to the spool folder'), ('refused', 'Refused by the mail server or the provider'), ('unsure', 'May or may not have been sent'), ('cancelled', 'Cancelled'), ('to_print', 'To be printed'), ('printed', 'Printed, not posted yet')], default='queued', max_length=10),
        ),
        migrations.AlterField(
            model_name='messageevent',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Accepted by the mail server or the provider, or posted'), ('spooled', 'Written to the spool folder'), ('refused', 'Refused by the mail server or the provider'), ('unsure', 'May or may not have been sent'), ('cancelled', 'Cancelled'), ('to_print', 'To be printed'), ('printed', 'Printed, not posted yet')], default='queued', max_length=10),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'queued')), fields=['channel', 'not_before', 'id'], name='message_queued_by_channel'),
        ),
    ])
