"""Findings and quarantine also of refunds."""

from pathlib import Path

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from o2c.core.database.together import together
from o2c.core.sql import from_file

SQL = Path(__file__).parents[1] / "sql"
# What there was of refunds goes where the version before has no place for it; its history stays.
OF_REFUNDS = """
    DELETE FROM invoicing_paymentfinding WHERE refund_id IS NOT NULL;
    DELETE FROM invoicing_quarantine WHERE refund_id IS NOT NULL;
    DELETE FROM invoicing_checkrule WHERE check_code LIKE ANY (ARRAY['refund\\_%', 'round\\_%', 'details\\_%']);
"""


class Migration(migrations.Migration):
    dependencies = [
        ('invoicing', '0004_line_payers'),
        ("orders", "0003_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = together([
        pgtrigger.migrations.RemoveTrigger(
            model_name="quarantine",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="quarantine",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="quarantine",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="paymentfinding",
            name="refund",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="findings",
                to="invoicing.refund",
            ),
        ),
        migrations.AddField(
            model_name="quarantine",
            name="refund",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="quarantines",
                to="invoicing.refund",
            ),
        ),
        migrations.AddField(
            model_name="quarantineevent",
            name="refund",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="invoicing.refund",
            ),
        ),
        migrations.AlterField(
            model_name="checkrule",
            name="check_code",
            field=models.CharField(
                choices=[
                    ("invalid_iban", "The payer's IBAN is none"),
                    ("others_account", "The account belongs to another customer"),
                    ("bank_repeats", "The same payment came before, by its end-to-end id"),
                    ("like_another", "Like another payment of the last days"),
                    ("new_account", "The customer has never paid from this account"),
                    ("foreign_country", "The account is in a country the customer has nothing to do with"),
                    ("far_above_habit", "Far more than the customer ever pays"),
                    ("no_account_here", "The customer is none of this legal entity"),
                    ("refund_never_paid", "Refund to an account that never paid us"),
                    ("refund_others", "Refund to an account of another customer"),
                    ("refund_country", "Refund to a country the customer has nothing to do with"),
                    ("refund_twice", "Refund like another one"),
                    ("refund_above_habit", "Refund far above what the customer pays"),
                    ("round_trip", "Refund of money that has just come in"),
                    ("round_trip_elsewhere", "Refund of money that has just come in, to another account"),
                    ("details_new", "Refund to an account that was confirmed lately"),
                    ("details_by_email", "Refund to an account that was lately asked for by e-mail"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="checkruleevent",
            name="check_code",
            field=models.CharField(
                choices=[
                    ("invalid_iban", "The payer's IBAN is none"),
                    ("others_account", "The account belongs to another customer"),
                    ("bank_repeats", "The same payment came before, by its end-to-end id"),
                    ("like_another", "Like another payment of the last days"),
                    ("new_account", "The customer has never paid from this account"),
                    ("foreign_country", "The account is in a country the customer has nothing to do with"),
                    ("far_above_habit", "Far more than the customer ever pays"),
                    ("no_account_here", "The customer is none of this legal entity"),
                    ("refund_never_paid", "Refund to an account that never paid us"),
                    ("refund_others", "Refund to an account of another customer"),
                    ("refund_country", "Refund to a country the customer has nothing to do with"),
                    ("refund_twice", "Refund like another one"),
                    ("refund_above_habit", "Refund far above what the customer pays"),
                    ("round_trip", "Refund of money that has just come in"),
                    ("round_trip_elsewhere", "Refund of money that has just come in, to another account"),
                    ("details_new", "Refund to an account that was confirmed lately"),
                    ("details_by_email", "Refund to an account that was lately asked for by e-mail"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="paymentfinding",
            name="check_code",
            field=models.CharField(
                choices=[
                    ("invalid_iban", "The payer's IBAN is none"),
                    ("others_account", "The account belongs to another customer"),
                    ("bank_repeats", "The same payment came before, by its end-to-end id"),
                    ("like_another", "Like another payment of the last days"),
                    ("new_account", "The customer has never paid from this account"),
                    ("foreign_country", "The account is in a country the customer has nothing to do with"),
                    ("far_above_habit", "Far more than the customer ever pays"),
                    ("no_account_here", "The customer is none of this legal entity"),
                    ("refund_never_paid", "Refund to an account that never paid us"),
                    ("refund_others", "Refund to an account of another customer"),
                    ("refund_country", "Refund to a country the customer has nothing to do with"),
                    ("refund_twice", "Refund like another one"),
                    ("refund_above_habit", "Refund far above what the customer pays"),
                    ("round_trip", "Refund of money that has just come in"),
                    ("round_trip_elsewhere", "Refund of money that has just come in, to another account"),
                    ("details_new", "Refund to an account that was confirmed lately"),
                    ("details_by_email", "Refund to an account that was lately asked for by e-mail"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="paymentfinding",
            name="line",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="findings",
                to="invoicing.bankline",
            ),
        ),
        migrations.AlterField(
            model_name="quarantine",
            name="line",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="quarantines",
                to="invoicing.bankline",
            ),
        ),
        # A history has no place for less than it holds, so this alone is not taken back.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE invoicing_quarantineevent ALTER COLUMN line_id DROP NOT NULL", migrations.RunSQL.noop
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="quarantineevent",
                    name="line",
                    field=models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="invoicing.bankline",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="quarantine",
            index=models.Index(
                condition=models.Q(("refund__isnull", False)), fields=["refund"], name="quarantine_by_refund"
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["customer", "amount"], name="refund_by_customer"),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["iban"], name="refund_by_account"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quarantine",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "invoicing_quarantineevent" ("asked_at", "asked_by_id", "customer_id", "decided_at", "decided_by_id", "decision", "entity_id", "held_at", "id", "line_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "refund_id", "state", "why") VALUES (NEW."asked_at", NEW."asked_by_id", NEW."customer_id", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."entity_id", NEW."held_at", NEW."id", NEW."line_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."refund_id", NEW."state", NEW."why"); RETURN NULL;',
                    hash="2de16730907722e6f5f7315d76d81dd2af11a110",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_848dc",
                    table="invoicing_quarantine",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quarantine",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."decided_at" IS DISTINCT FROM (NEW."decided_at") OR OLD."decided_by_id" IS DISTINCT FROM (NEW."decided_by_id") OR OLD."decision" IS DISTINCT FROM (NEW."decision") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."held_at" IS DISTINCT FROM (NEW."held_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."line_id" IS DISTINCT FROM (NEW."line_id") OR OLD."refund_id" IS DISTINCT FROM (NEW."refund_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."why" IS DISTINCT FROM (NEW."why"))',
                    func='INSERT INTO "invoicing_quarantineevent" ("asked_at", "asked_by_id", "customer_id", "decided_at", "decided_by_id", "decision", "entity_id", "held_at", "id", "line_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "refund_id", "state", "why") VALUES (NEW."asked_at", NEW."asked_by_id", NEW."customer_id", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."entity_id", NEW."held_at", NEW."id", NEW."line_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."refund_id", NEW."state", NEW."why"); RETURN NULL;',
                    hash="6abdb18b75806b0b947e844c91a610c6316de9ac",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_28915",
                    table="invoicing_quarantine",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="quarantine",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "invoicing_quarantineevent" ("asked_at", "asked_by_id", "customer_id", "decided_at", "decided_by_id", "decision", "entity_id", "held_at", "id", "line_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "refund_id", "state", "why") VALUES (OLD."asked_at", OLD."asked_by_id", OLD."customer_id", OLD."decided_at", OLD."decided_by_id", OLD."decision", OLD."entity_id", OLD."held_at", OLD."id", OLD."line_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."refund_id", OLD."state", OLD."why"); RETURN NULL;',
                    hash="60cc78cae3cee3c801be0ab08d9a26f5d5a61c0b",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_6d41a",
                    table="invoicing_quarantine",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentfinding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("line__isnull", False), ("refund__isnull", True)),
                    models.Q(("line__isnull", True), ("refund__isnull", False)),
                    _connector="OR",
                ),
                name="payment_finding_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentfinding",
            constraint=models.UniqueConstraint(
                condition=models.Q(("refund__isnull", False)),
                fields=("refund", "check_code"),
                name="refund_finding_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantine",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("line__isnull", False), ("refund__isnull", True)),
                    models.Q(("line__isnull", True), ("refund__isnull", False)),
                    _connector="OR",
                ),
                name="quarantine_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="quarantine",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "released"), _negated=True),
                fields=("refund",),
                name="refund_held_once_at_a_time",
            ),
        ),
        from_file(SQL, "0005_guarding"),
        migrations.RunSQL(migrations.RunSQL.noop, OF_REFUNDS),
    ])
