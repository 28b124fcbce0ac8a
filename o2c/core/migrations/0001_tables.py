import uuid
from pathlib import Path

import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations, models

import o2c.core.audit.models
from o2c.core.database.together import AddTogether
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        UnaccentExtension(),
        # columns ask it for their default
        from_file(SQL, "context"),
        AddTogether([
            migrations.CreateModel(
                name='AccessRecord',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow(), help_text='The beginning of the transaction, as in every history.')),
                    ('kind', models.CharField(choices=[('signed_in', 'Signed in'), ('sign_in_failed', 'Sign-in failed'), ('locked_out', 'Locked out'), ('signed_out', 'Signed out'), ('password_set', 'Password set'), ('factor_added', 'Second factor added'), ('factor_removed', 'Second factor removed'), ('exported', 'Export taken'), ('corrected', 'Put right by hand'), ('trail_changed', 'Audit trail changed')], max_length=20)),
                    ('what', models.CharField(blank=True, default='', help_text='What was exported or put right.', max_length=200)),
                    ('user_id', models.BigIntegerField(help_text='Whose access it is; empty for programs and unknown names.', null=True)),
                    ('customer_id', models.BigIntegerField(help_text='The customer it is about, if one.', null=True)),
                    ('entity_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='The legal entities it is about, if any.', null=True, size=None)),
                    ('facts', models.JSONField(default=dict)),
                    ('context_id', models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['at', 'id'], name='access_record_when'), models.Index(fields=['user_id', 'at'], name='access_record_of'), models.Index(fields=['context_id'], name='access_record_by_context')],
                },
            ),
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                    ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                    ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                    ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                    ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                    ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('finance_manager', 'Finance manager'), ('collector', 'Collector'), ('cash_clerk', 'Cash clerk'), ('order_clerk', 'Order clerk'), ('credit_analyst', 'Credit analyst'), ('auditor', 'Auditor'), ('administrator', 'Administrator')], max_length=20), blank=True, default=list, size=None)),
                    ('all_entities', models.BooleanField(default=False, help_text='Sees every legal entity, also ones opened later.')),
                    ('language', models.CharField(default='en', max_length=5)),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='UserEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to=settings.AUTH_USER_MODEL)),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                    ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                    ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                    ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                    ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                    ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('finance_manager', 'Finance manager'), ('collector', 'Collector'), ('cash_clerk', 'Cash clerk'), ('order_clerk', 'Order clerk'), ('credit_analyst', 'Credit analyst'), ('auditor', 'Auditor'), ('administrator', 'Administrator')], max_length=20), blank=True, default=list, size=None)),
                    ('all_entities', models.BooleanField(default=False, help_text='Sees every legal entity, also ones opened later.')),
                    ('language', models.CharField(default='en', max_length=5)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='OutboxEvent',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('kind', models.CharField(max_length=60)),
                    ('payload', models.JSONField(default=dict)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('position', models.BigIntegerField(null=True, unique=True)),
                    ('done_at', models.DateTimeField(null=True)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('next_attempt_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('last_error', models.TextField(blank=True, default='')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('position__isnull', True)), fields=['id'], name='outbox_unpositioned'), models.Index(condition=models.Q(('done_at__isnull', True)), fields=['next_attempt_at', 'position'], name='outbox_undone')],
                },
            ),
            migrations.CreateModel(
                name='Partition',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('work', models.CharField(help_text='Which kind of work, such as dunning.propose.', max_length=40)),
                    ('subject_id', models.BigIntegerField(help_text="What the work is on, such as the run's id.")),
                    ('number', models.PositiveIntegerField()),
                    ('first', models.BigIntegerField()),
                    ('last', models.BigIntegerField()),
                    ('state', models.CharField(choices=[('waiting', 'Waiting'), ('leased', 'Leased'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=10)),
                    ('holder', models.CharField(blank=True, default='', max_length=60)),
                    ('leased_until', models.DateTimeField(null=True)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('last_error', models.TextField(blank=True, default='')),
                    ('result', models.JSONField(default=dict)),
                    ('done_at', models.DateTimeField(null=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state', 'done'), _negated=True), fields=['work', 'subject_id'], name='partition_unfinished')],
                    'constraints': [models.UniqueConstraint(fields=('work', 'subject_id', 'number'), name='partition_once')],
                },
            ),
            migrations.CreateModel(
                name='Heartbeat',
                fields=[
                    ('part', models.CharField(max_length=60, primary_key=True, serialize=False)),
                    ('started_at', models.DateTimeField()),
                    ('succeeded_at', models.DateTimeField(null=True)),
                    ('seconds', models.FloatField(default=0)),
                    ('failures', models.PositiveIntegerField(default=0, help_text='In a row; 0 after a success.')),
                    ('last_error', models.TextField(blank=True, default='')),
                    ('result', models.JSONField(default=dict)),
                ],
            ),
            migrations.CreateModel(
                name='NumberSeries',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('owner', models.CharField(help_text='Code of the legal entity.', max_length=20)),
                    ('series', models.CharField(max_length=20)),
                    ('year', models.PositiveSmallIntegerField(help_text='0: the series runs on from year to year.')),
                    ('first', models.BigIntegerField(db_default=1, default=1, help_text='Where it began; earlier ones are not ours.')),
                    ('next', models.BigIntegerField(default=1)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('owner', 'series', 'year'), name='number_series_once')],
                },
            ),
            migrations.CreateModel(
                name='NumberPattern',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('owner', models.CharField(help_text='Code of the legal entity.', max_length=20)),
                    ('series', models.CharField(max_length=20)),
                    ('prefix', models.CharField(blank=True, default='', max_length=12)),
                    ('year_digits', models.PositiveSmallIntegerField(default=4)),
                    ('separator', models.CharField(blank=True, default='-', max_length=1)),
                    ('width', models.PositiveSmallIntegerField(default=6)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('owner', 'series'), name='number_pattern_once'), models.CheckConstraint(condition=models.Q(('year_digits__in', [0, 2, 4])), name='number_pattern_year'), models.CheckConstraint(condition=models.Q(('width__range', (1, 12))), name='number_pattern_width')],
                },
            ),
            migrations.CreateModel(
                name='NumberPatternEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='core.numberpattern')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('owner', models.CharField(help_text='Code of the legal entity.', max_length=20)),
                    ('series', models.CharField(max_length=20)),
                    ('prefix', models.CharField(blank=True, default='', max_length=12)),
                    ('year_digits', models.PositiveSmallIntegerField(default=4)),
                    ('separator', models.CharField(blank=True, default='-', max_length=1)),
                    ('width', models.PositiveSmallIntegerField(default=6)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='SetupToken',
                fields=[
                    ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                    ('digest', models.CharField(max_length=64)),
                    ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='setup_token_one')],
                },
            ),
            migrations.CreateModel(
                name='ImportRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(max_length=30)),
                    ('source', models.CharField(max_length=60)),
                    ('owner', models.CharField(blank=True, default='', help_text='Code of the legal entity, if one.', max_length=20)),
                    ('file_name', models.CharField(max_length=255)),
                    ('sha256', models.CharField(max_length=64)),
                    ('mapping', models.JSONField(default=dict)),
                    ('dry_run', models.BooleanField(default=False)),
                    ('rows', models.BigIntegerField(default=0)),
                    ('created', models.BigIntegerField(default=0)),
                    ('updated', models.BigIntegerField(default=0)),
                    ('unchanged', models.BigIntegerField(default=0)),
                    ('rejected', models.BigIntegerField(default=0)),
                    ('warnings', models.BigIntegerField(default=0)),
                    ('settled_as_absent', models.BigIntegerField(default=0)),
                    ('errors_file', models.CharField(blank=True, default='', max_length=500)),
                    ('actor', models.CharField(max_length=150)),
                    ('started_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('finished_at', models.DateTimeField(null=True)),
                    ('marks', models.JSONField(help_text='By what its rows are known again (o2c.core.imports.traces); empty: it cannot be undone.', null=True)),
                    ('undone_at', models.DateTimeField(null=True)),
                    ('undone_by', models.CharField(blank=True, default='', max_length=150)),
                    ('context_id', models.UUIDField(db_default=o2c.core.audit.models.CurrentContext(), help_text='From where, for the audit trail.', null=True)),
                ],
            ),
            migrations.CreateModel(
                name='ImportedChange',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='core.importrun')),
                    ('subject', models.CharField(help_text='Which kind of row: item, receipt or rate.', max_length=20)),
                    ('row', models.BigIntegerField()),
                    ('was', models.JSONField(help_text='Empty: the loading made it.', null=True)),
                    ('became', models.JSONField()),
                ],
                options={
                    'indexes': [models.Index(fields=['subject', 'row'], name='imported_change_of_row')],
                },
            ),
            migrations.CreateModel(
                name='ImportUpload',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('key', models.UUIDField(default=uuid.uuid4, help_text='Names the folder that its files lie in.', unique=True)),
                    ('kind', models.CharField(max_length=30)),
                    ('owner', models.CharField(help_text='Code of the legal entity.', max_length=20)),
                    ('source', models.CharField(max_length=60)),
                    ('file_name', models.CharField(help_text='What the sender called it; never the name of a file here.', max_length=255)),
                    ('size', models.BigIntegerField()),
                    ('sha256', models.CharField(max_length=64)),
                    ('fingerprint', models.CharField(help_text='Of its header: files of one form share it.', max_length=64)),
                    ('state', models.CharField(choices=[('uploaded', 'To be mapped'), ('checking', 'Being checked'), ('checked', 'Checked, not loaded'), ('loading', 'Being loaded'), ('loaded', 'Loaded'), ('discarded', 'Discarded')], default='uploaded', max_length=10)),
                    ('mapping', models.JSONField(default=dict)),
                    ('complete', models.BooleanField(default=False)),
                    ('remembered', models.BooleanField(default=False, help_text='Its map is that of the last such file.')),
                    ('problem', models.TextField(blank=True, default='', help_text='Why the last check or load failed.')),
                    ('attempt', models.PositiveIntegerField(default=0, help_text='Of a check or load; an older one is void.')),
                    ('checked', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.importrun')),
                    ('loaded', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='upload', to='core.importrun')),
                    ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('asked_by', models.ForeignKey(help_text='Who let it be worked on.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('removed_at', models.DateTimeField(null=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state__in', ['loaded', 'discarded']), _negated=True), fields=['state', 'id'], name='import_upload_unfinished'), models.Index(condition=models.Q(('removed_at__isnull', True)), fields=['changed_at'], name='import_upload_kept')],
                },
            ),
            migrations.CreateModel(
                name='ImportMap',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(max_length=30)),
                    ('owner', models.CharField(max_length=20)),
                    ('source', models.CharField(max_length=60)),
                    ('fingerprint', models.CharField(max_length=64)),
                    ('mapping', models.JSONField()),
                    ('complete', models.BooleanField(default=False)),
                    ('used_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('kind', 'owner', 'fingerprint', 'source'), name='import_map_once')],
                },
            ),
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('key', models.CharField(help_text='What it is about; the same key is never sent twice.', max_length=80, unique=True)),
                    ('reference', models.UUIDField(default=uuid.uuid4, help_text='Becomes the Message-ID.', unique=True)),
                    ('owner', models.CharField(help_text='Code of the legal entity that speaks.', max_length=20)),
                    ('sender', models.CharField(max_length=320)),
                    ('reply_to', models.CharField(blank=True, default='', max_length=320)),
                    ('recipient', models.CharField(max_length=320)),
                    ('subject', models.CharField(max_length=400)),
                    ('text', models.TextField()),
                    ('html', models.TextField(blank=True, default='')),
                    ('language', models.CharField(max_length=5)),
                    ('spool_only', models.BooleanField(default=False, help_text='Written to the spool, never sent: a replay of the past.')),
                    ('state', models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Accepted by the mail server'), ('spooled', 'Written to the spool folder'), ('refused', 'Refused by the mail server'), ('unsure', 'May or may not have been sent'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('not_before', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('claimed_at', models.DateTimeField(null=True)),
                    ('claim_key', models.UUIDField(null=True)),
                    ('claimed_by', models.CharField(blank=True, default='', help_text='How and by which process: smtp@… or spool@…', max_length=80)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('server_answer', models.TextField(blank=True, default='')),
                    ('finished_at', models.DateTimeField(null=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['not_before', 'id'], name='message_queued'), models.Index(condition=models.Q(('state', 'sending')), fields=['claimed_at'], name='message_sending')],
                },
            ),
            migrations.CreateModel(
                name='MessageEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='owner_state_events', to='core.message')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('owner', models.CharField(help_text='Code of the legal entity that speaks.', max_length=20)),
                    ('state', models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Accepted by the mail server'), ('spooled', 'Written to the spool folder'), ('refused', 'Refused by the mail server'), ('unsure', 'May or may not have been sent'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Document',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('name', models.CharField(help_text='What the file is called where it is saved.', max_length=200)),
                    ('media_type', models.CharField(max_length=100)),
                    ('language', models.CharField(blank=True, default='', max_length=5)),
                    ('content', models.BinaryField()),
                    ('sha256', models.CharField(max_length=64)),
                    ('made_with', models.CharField(blank=True, default='', help_text='Version of what made it.', max_length=64)),
                    ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
            ),
            migrations.CreateModel(
                name='MessageAttachment',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='core.message')),
                    ('document', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.document')),
                    ('position', models.PositiveSmallIntegerField()),
                ],
                options={
                    'ordering': ['message', 'position'],
                    'indexes': [models.Index(fields=['document'], name='message_attachment_by_document')],
                    'constraints': [models.UniqueConstraint(fields=('message', 'position'), name='message_attachment_once')],
                },
            ),
            migrations.CreateModel(
                name='FailedJob',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('name', models.CharField(max_length=120)),
                    ('job_id', models.CharField(max_length=60)),
                    ('args', models.JSONField(default=list)),
                    ('kwargs', models.JSONField(default=dict)),
                    ('error', models.TextField(blank=True, default='')),
                    ('request', models.CharField(blank=True, default='', help_text='Id of the request that started it.', max_length=64)),
                    ('failed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('state', models.CharField(choices=[('open', 'Open'), ('retried', 'Done again'), ('discarded', 'Discarded')], default='open', max_length=10)),
                    ('settled_at', models.DateTimeField(null=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['failed_at'], name='failed_job_open')],
                },
            ),
            migrations.CreateModel(
                name='SetAside',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(max_length=20)),
                    ('key', models.CharField(max_length=200)),
                    ('reason', models.CharField(max_length=300)),
                    ('until', models.DateField(null=True)),
                    ('actor', models.CharField(max_length=150)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('kind', 'key'), name='set_aside_once')],
                },
            ),
            migrations.CreateModel(
                name='ApiKey',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=100, unique=True)),
                    ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                    ('all_entities', models.BooleanField(default=False, help_text='Sees every legal entity, also ones opened later.')),
                    ('entity_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='The legal entities it sees, unless it sees all.', size=None)),
                    ('requests_a_minute', models.PositiveIntegerField(blank=True, help_text='Empty: the usual limit.', null=True)),
                    ('expires_at', models.DateTimeField(blank=True, null=True)),
                    ('revoked_at', models.DateTimeField(blank=True, null=True)),
                    ('created_by', models.CharField(max_length=150)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
            ),
            migrations.CreateModel(
                name='ApiKeyEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='core.apikey')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('name', models.CharField(max_length=100)),
                    ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                    ('all_entities', models.BooleanField(default=False, help_text='Sees every legal entity, also ones opened later.')),
                    ('entity_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='The legal entities it sees, unless it sees all.', size=None)),
                    ('requests_a_minute', models.PositiveIntegerField(blank=True, help_text='Empty: the usual limit.', null=True)),
                    ('expires_at', models.DateTimeField(blank=True, null=True)),
                    ('revoked_at', models.DateTimeField(blank=True, null=True)),
                    ('created_by', models.CharField(max_length=150)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='ApiSecret',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to='core.apikey')),
                    ('prefix', models.CharField(max_length=16, unique=True)),
                    ('digest', models.CharField(help_text='SHA-256 of the secret, which has 256 random bits.', max_length=64)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('expires_at', models.DateTimeField(blank=True, null=True)),
                    ('last_used_at', models.DateTimeField(blank=True, help_text='To the minute.', null=True)),
                ],
            ),
            migrations.CreateModel(
                name='ApiSecretEvent',
                fields=[
                    ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                    ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                    ('pgh_label', models.TextField(help_text='The event label.')),
                    ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='core.apisecret')),
                    ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                    ('id', models.BigIntegerField()),
                    ('key', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='core.apikey')),
                    ('prefix', models.CharField(max_length=16)),
                    ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('expires_at', models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='IdempotentAnswer',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('caller', models.CharField(max_length=40)),
                    ('key', models.CharField(max_length=255)),
                    ('fingerprint', models.CharField(help_text='SHA-256 of the method, the address and the body.', max_length=64)),
                    ('status', models.PositiveSmallIntegerField()),
                    ('headers', models.JSONField(default=dict)),
                    ('body', models.BinaryField()),
                    ('answered_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('caller', 'key'), name='idempotency_key_once')],
                },
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='user',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_userevent" ("all_entities", "date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "language", "last_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roles", "username") VALUES (NEW."all_entities", NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."language", NEW."last_name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."roles", NEW."username"); RETURN NULL;', hash='ea96058f908579f047be972f7cf1b9a0539938a2', operation='INSERT', pgid='pgtrigger_insert_insert_45de6', table='core_user', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='user',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."all_entities" IS DISTINCT FROM (NEW."all_entities") OR OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."roles" IS DISTINCT FROM (NEW."roles") OR OLD."username" IS DISTINCT FROM (NEW."username"))', func='INSERT INTO "core_userevent" ("all_entities", "date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "language", "last_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roles", "username") VALUES (NEW."all_entities", NEW."date_joined", NEW."email", NEW."first_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."language", NEW."last_name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."roles", NEW."username"); RETURN NULL;', hash='31be168225f29d8c63433420b960ef71ca8a1da3', operation='UPDATE', pgid='pgtrigger_update_update_6ccff', table='core_user', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='user',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_userevent" ("all_entities", "date_joined", "email", "first_name", "id", "is_active", "is_staff", "is_superuser", "language", "last_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "roles", "username") VALUES (OLD."all_entities", OLD."date_joined", OLD."email", OLD."first_name", OLD."id", OLD."is_active", OLD."is_staff", OLD."is_superuser", OLD."language", OLD."last_name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."roles", OLD."username"); RETURN NULL;', hash='f992ffedc36cfeefc3659c00840377d0d29fe644', operation='DELETE', pgid='pgtrigger_delete_delete_1425a', table='core_user', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='numberpattern',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_numberpatternevent" ("id", "owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "separator", "series", "width", "year_digits") VALUES (NEW."id", NEW."owner", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prefix", NEW."separator", NEW."series", NEW."width", NEW."year_digits"); RETURN NULL;', hash='8f243d8d373d75f2dba9671e16e8cc3705235c57', operation='INSERT', pgid='pgtrigger_insert_insert_e47ec', table='core_numberpattern', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='numberpattern',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "core_numberpatternevent" ("id", "owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "separator", "series", "width", "year_digits") VALUES (NEW."id", NEW."owner", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prefix", NEW."separator", NEW."series", NEW."width", NEW."year_digits"); RETURN NULL;', hash='af980de98b628554d502e24263fdd4bfe0832dc4', operation='UPDATE', pgid='pgtrigger_update_update_2cade', table='core_numberpattern', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='numberpattern',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_numberpatternevent" ("id", "owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "separator", "series", "width", "year_digits") VALUES (OLD."id", OLD."owner", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."prefix", OLD."separator", OLD."series", OLD."width", OLD."year_digits"); RETURN NULL;', hash='07dc128df3e82bda8c29dd29193100d1f1658a18', operation='DELETE', pgid='pgtrigger_delete_delete_87ea9', table='core_numberpattern', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='message',
                trigger=pgtrigger.compiler.Trigger(name='was_unsure_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" = \'unsure\')', func='INSERT INTO "core_messageevent" ("owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."owner", _pgh_attach_context(), NOW(), \'was_unsure\', NEW."id", NEW."state"); RETURN NULL;', hash='1da0ce2819a06ea54fc8f2766f5a79b9e3639f72', operation='UPDATE', pgid='pgtrigger_was_unsure_update_dc5aa', table='core_message', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='message',
                trigger=pgtrigger.compiler.Trigger(name='was_refused_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."state" = \'refused\')', func='INSERT INTO "core_messageevent" ("owner", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."owner", _pgh_attach_context(), NOW(), \'was_refused\', NEW."id", NEW."state"); RETURN NULL;', hash='809cd55d2cbba24d25fc9697aba24805ef9eaafb', operation='UPDATE', pgid='pgtrigger_was_refused_update_9aaad', table='core_message', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='apikey',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_apikeyevent" ("all_entities", "created_at", "created_by", "entity_ids", "expires_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requests_a_minute", "revoked_at", "scopes") VALUES (NEW."all_entities", NEW."created_at", NEW."created_by", NEW."entity_ids", NEW."expires_at", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."requests_a_minute", NEW."revoked_at", NEW."scopes"); RETURN NULL;', hash='3b2e7da0ccbaffc5444c777cf09730b7e06ccf53', operation='INSERT', pgid='pgtrigger_insert_insert_2ea22', table='core_apikey', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='apikey',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "core_apikeyevent" ("all_entities", "created_at", "created_by", "entity_ids", "expires_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requests_a_minute", "revoked_at", "scopes") VALUES (NEW."all_entities", NEW."created_at", NEW."created_by", NEW."entity_ids", NEW."expires_at", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."requests_a_minute", NEW."revoked_at", NEW."scopes"); RETURN NULL;', hash='f022a945bfb3e6c73b33ba598e560c446b032c0e', operation='UPDATE', pgid='pgtrigger_update_update_31173', table='core_apikey', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='apikey',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_apikeyevent" ("all_entities", "created_at", "created_by", "entity_ids", "expires_at", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "requests_a_minute", "revoked_at", "scopes") VALUES (OLD."all_entities", OLD."created_at", OLD."created_by", OLD."entity_ids", OLD."expires_at", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."requests_a_minute", OLD."revoked_at", OLD."scopes"); RETURN NULL;', hash='a61f8306c2b31aabbc070ced4900000f85d305e6', operation='DELETE', pgid='pgtrigger_delete_delete_61faa', table='core_apikey', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='apisecret',
                trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_apisecretevent" ("created_at", "expires_at", "id", "key_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix") VALUES (NEW."created_at", NEW."expires_at", NEW."id", NEW."key_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prefix"); RETURN NULL;', hash='d5f747c057daacf1750861e175e6ca10699d01a8', operation='INSERT', pgid='pgtrigger_insert_insert_3d1c7', table='core_apisecret', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='apisecret',
                trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."key_id" IS DISTINCT FROM (NEW."key_id") OR OLD."prefix" IS DISTINCT FROM (NEW."prefix"))', func='INSERT INTO "core_apisecretevent" ("created_at", "expires_at", "id", "key_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix") VALUES (NEW."created_at", NEW."expires_at", NEW."id", NEW."key_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prefix"); RETURN NULL;', hash='385975c429c7c71076286fac2537800026865009', operation='UPDATE', pgid='pgtrigger_update_update_f40e1', table='core_apisecret', when='AFTER')),
            ),
            pgtrigger.migrations.AddTrigger(
                model_name='apisecret',
                trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "core_apisecretevent" ("created_at", "expires_at", "id", "key_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix") VALUES (OLD."created_at", OLD."expires_at", OLD."id", OLD."key_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."prefix"); RETURN NULL;', hash='5c84cf84050bb9097d4e308f6b8606386bfbf2ab', operation='DELETE', pgid='pgtrigger_delete_delete_f1680', table='core_apisecret', when='AFTER')),
            ),
        ]),
    ]
