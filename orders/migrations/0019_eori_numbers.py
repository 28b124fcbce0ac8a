"""By what numbers customs know legal entities and customers."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import o2c.orders.models.parties
from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0018_many_at_once'),
    ]

    operations = together([
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='delete_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='legalentity',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='legalentity',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='legalentity',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='customer',
            name='eori',
            field=o2c.orders.models.parties.EoriField(blank=True, db_default='', default='', help_text='By which customs know it: such as DE1234567.', max_length=17),
        ),
        migrations.AddField(
            model_name='customerevent',
            name='eori',
            field=o2c.orders.models.parties.EoriField(blank=True, db_default='', default='', help_text='By which customs know it: such as DE1234567.', max_length=17),
        ),
        migrations.AddField(
            model_name='legalentity',
            name='eori',
            field=o2c.orders.models.parties.EoriField(blank=True, db_default='', default='', help_text='By which customs know it: such as DE1234567.', max_length=17),
        ),
        migrations.AddField(
            model_name='legalentityevent',
            name='eori',
            field=o2c.orders.models.parties.EoriField(blank=True, db_default='', default='', help_text='By which customs know it: such as DE1234567.', max_length=17),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_customerevent" ("city", "country", "created_at", "eori", "external_id", "id", "is_consumer", "language", "name", "number", "parent_id", "payer_id", "peppol_address", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "source", "street", "vat_id") VALUES (NEW."city", NEW."country", NEW."created_at", NEW."eori", NEW."external_id", NEW."id", NEW."is_consumer", NEW."language", NEW."name", NEW."number", NEW."parent_id", NEW."payer_id", NEW."peppol_address", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."postal_code", NEW."source", NEW."street", NEW."vat_id"); RETURN NULL;', hash='d3fcc753c8bfbbe692bc8b8bbf6850d017c3262a', operation='INSERT', pgid='pgtrigger_insert_insert_653d3', table='orders_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."city" IS DISTINCT FROM (NEW."city") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."eori" IS DISTINCT FROM (NEW."eori") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_consumer" IS DISTINCT FROM (NEW."is_consumer") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."parent_id" IS DISTINCT FROM (NEW."parent_id") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."peppol_address" IS DISTINCT FROM (NEW."peppol_address") OR OLD."postal_code" IS DISTINCT FROM (NEW."postal_code") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."street" IS DISTINCT FROM (NEW."street") OR OLD."vat_id" IS DISTINCT FROM (NEW."vat_id"))', func='INSERT INTO "orders_customerevent" ("city", "country", "created_at", "eori", "external_id", "id", "is_consumer", "language", "name", "number", "parent_id", "payer_id", "peppol_address", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "source", "street", "vat_id") VALUES (NEW."city", NEW."country", NEW."created_at", NEW."eori", NEW."external_id", NEW."id", NEW."is_consumer", NEW."language", NEW."name", NEW."number", NEW."parent_id", NEW."payer_id", NEW."peppol_address", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."postal_code", NEW."source", NEW."street", NEW."vat_id"); RETURN NULL;', hash='8aba95d7c7d47cdb032d60374150a25f8b9a7f91', operation='UPDATE', pgid='pgtrigger_update_update_9aded', table='orders_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_customerevent" ("city", "country", "created_at", "eori", "external_id", "id", "is_consumer", "language", "name", "number", "parent_id", "payer_id", "peppol_address", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "source", "street", "vat_id") VALUES (OLD."city", OLD."country", OLD."created_at", OLD."eori", OLD."external_id", OLD."id", OLD."is_consumer", OLD."language", OLD."name", OLD."number", OLD."parent_id", OLD."payer_id", OLD."peppol_address", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."postal_code", OLD."source", OLD."street", OLD."vat_id"); RETURN NULL;', hash='2368dd7a2e4d9a99bcd1f1c9d2cc530f79c92c8c', operation='DELETE', pgid='pgtrigger_delete_delete_1c2ab', table='orders_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalentity',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_legalentityevent" ("address", "base_currency", "books_kept_by", "cash_applied_by", "closed_until", "code", "country", "email", "eori", "id", "name", "peppol_address", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registration_number", "subdivision", "time_zone", "vat_id", "weekend") VALUES (NEW."address", NEW."base_currency", NEW."books_kept_by", NEW."cash_applied_by", NEW."closed_until", NEW."code", NEW."country", NEW."email", NEW."eori", NEW."id", NEW."name", NEW."peppol_address", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."registration_number", NEW."subdivision", NEW."time_zone", NEW."vat_id", NEW."weekend"); RETURN NULL;', hash='bed12201922a69d8fcdafc2bf1551e36542042db', operation='INSERT', pgid='pgtrigger_insert_insert_4ad84', table='orders_legalentity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalentity',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."base_currency" IS DISTINCT FROM (NEW."base_currency") OR OLD."books_kept_by" IS DISTINCT FROM (NEW."books_kept_by") OR OLD."cash_applied_by" IS DISTINCT FROM (NEW."cash_applied_by") OR OLD."closed_until" IS DISTINCT FROM (NEW."closed_until") OR OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."eori" IS DISTINCT FROM (NEW."eori") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."peppol_address" IS DISTINCT FROM (NEW."peppol_address") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."registration_number" IS DISTINCT FROM (NEW."registration_number") OR OLD."subdivision" IS DISTINCT FROM (NEW."subdivision") OR OLD."time_zone" IS DISTINCT FROM (NEW."time_zone") OR OLD."vat_id" IS DISTINCT FROM (NEW."vat_id") OR OLD."weekend" IS DISTINCT FROM (NEW."weekend"))', func='INSERT INTO "orders_legalentityevent" ("address", "base_currency", "books_kept_by", "cash_applied_by", "closed_until", "code", "country", "email", "eori", "id", "name", "peppol_address", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registration_number", "subdivision", "time_zone", "vat_id", "weekend") VALUES (NEW."address", NEW."base_currency", NEW."books_kept_by", NEW."cash_applied_by", NEW."closed_until", NEW."code", NEW."country", NEW."email", NEW."eori", NEW."id", NEW."name", NEW."peppol_address", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."registration_number", NEW."subdivision", NEW."time_zone", NEW."vat_id", NEW."weekend"); RETURN NULL;', hash='25285e7ead5a31f4fdd7cc5c61453948475a7531', operation='UPDATE', pgid='pgtrigger_update_update_61616', table='orders_legalentity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='legalentity',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_legalentityevent" ("address", "base_currency", "books_kept_by", "cash_applied_by", "closed_until", "code", "country", "email", "eori", "id", "name", "peppol_address", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "registration_number", "subdivision", "time_zone", "vat_id", "weekend") VALUES (OLD."address", OLD."base_currency", OLD."books_kept_by", OLD."cash_applied_by", OLD."closed_until", OLD."code", OLD."country", OLD."email", OLD."eori", OLD."id", OLD."name", OLD."peppol_address", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."phone", OLD."registration_number", OLD."subdivision", OLD."time_zone", OLD."vat_id", OLD."weekend"); RETURN NULL;', hash='c6e59ef57e7a554118bad7864ffc4ccc857ca57f', operation='DELETE', pgid='pgtrigger_delete_delete_49a1f', table='orders_legalentity', when='AFTER')),
        ),
    ])
