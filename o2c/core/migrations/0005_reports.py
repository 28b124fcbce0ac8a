"""What is reported of messages after they were sent, and addresses that are out of use."""

import django.db.models.functions.datetime
from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_guards'),
    ]

    operations = together([
        migrations.AddField(
            model_name='message',
            name='fate',
            field=models.CharField(blank=True, choices=[('delivered', 'Delivered'), ('delayed', 'Delayed'), ('failed', 'Not delivered'), ('complained', 'Called unwanted')], default='', help_text='What was reported of it later.', max_length=10),
        ),
        migrations.AddField(
            model_name='message',
            name='fate_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='message',
            name='fate_text',
            field=models.CharField(blank=True, default='', max_length=400),
        ),
        migrations.AddField(
            model_name='message',
            name='in_reply_to',
            field=models.CharField(blank=True, default='', help_text='Message-ID of the mail that it answers.', max_length=400),
        ),
        migrations.CreateModel(
            name='DeadAddress',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('address', models.CharField(help_text='In small letters.', max_length=320)),
                ('why', models.CharField(choices=[('bounced', 'Mail to it comes back'), ('complained', 'Whoever has it calls our mail unwanted')], max_length=12)),
                ('text', models.CharField(blank=True, default='', help_text='What the server said.', max_length=400)),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lifted_by', models.CharField(blank=True, default='', max_length=150)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('address',), name='dead_address_once')],
            },
        ),
    ])
