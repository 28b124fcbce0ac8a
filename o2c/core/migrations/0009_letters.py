"""Messages that go by post."""

from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0008_delivery_events'),
    ]

    operations = together([
        # Old code, which does not know of it, goes on writing messages until it is restarted.
        migrations.AlterField(
            model_name='message',
            name='country',
            field=models.CharField(blank=True, db_default='', default='', help_text="Where it is read: it goes at that country's hours. Empty: at any.", max_length=2),
        ),
        migrations.AddField(
            model_name='message',
            name='channel',
            field=models.CharField(choices=[('email', 'E-mail'), ('letter', 'Letter')], db_default='email', default='email', max_length=10),
        ),
        migrations.AlterField(
            model_name='message',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Accepted by the mail server, or posted'), ('spooled', 'Written to the spool folder'), ('refused', 'Refused by the mail server'), ('unsure', 'May or may not have been sent'), ('cancelled', 'Cancelled'), ('to_print', 'To be printed'), ('printed', 'Printed, not posted yet')], default='queued', max_length=10),
        ),
        migrations.AlterField(
            model_name='messageevent',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Accepted by the mail server, or posted'), ('spooled', 'Written to the spool folder'), ('refused', 'Refused by the mail server'), ('unsure', 'May or may not have been sent'), ('cancelled', 'Cancelled'), ('to_print', 'To be printed'), ('printed', 'Printed, not posted yet')], default='queued', max_length=10),
        ),
    ])
