"""Customers who are private persons."""


import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0004_standing'),
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
        migrations.AddField(
            model_name='customer',
            name='is_consumer',
            field=models.BooleanField(db_default=False, default=False, help_text='No company: other law on late payment.', verbose_name='private person'),
        ),
        migrations.AddField(
            model_name='customerevent',
            name='is_consumer',
            field=models.BooleanField(db_default=False, default=False, help_text='No company: other law on late payment.', verbose_name='private person'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_customerevent" ("city", "country", "created_at", "external_id", "id", "is_consumer", "language", "name", "number", "parent_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "source", "street", "vat_id") VALUES (NEW."city", NEW."country", NEW."created_at", NEW."external_id", NEW."id", NEW."is_consumer", NEW."language", NEW."name", NEW."number", NEW."parent_id", NEW."payer_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."postal_code", NEW."source", NEW."street", NEW."vat_id"); RETURN NULL;', hash='5db544475eeeb49ce708c0d7683915c8dc94aa80', operation='INSERT', pgid='pgtrigger_insert_insert_653d3', table='orders_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."city" IS DISTINCT FROM (NEW."city") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_consumer" IS DISTINCT FROM (NEW."is_consumer") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."parent_id" IS DISTINCT FROM (NEW."parent_id") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."postal_code" IS DISTINCT FROM (NEW."postal_code") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."street" IS DISTINCT FROM (NEW."street") OR OLD."vat_id" IS DISTINCT FROM (NEW."vat_id"))', func='INSERT INTO "orders_customerevent" ("city", "country", "created_at", "external_id", "id", "is_consumer", "language", "name", "number", "parent_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "source", "street", "vat_id") VALUES (NEW."city", NEW."country", NEW."created_at", NEW."external_id", NEW."id", NEW."is_consumer", NEW."language", NEW."name", NEW."number", NEW."parent_id", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."postal_code", NEW."source", NEW."street", NEW."vat_id"); RETURN NULL;', hash='b51e3c09ac711cd30a6deb2cca57649d1eb83b0d', operation='UPDATE', pgid='pgtrigger_update_update_9aded', table='orders_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_customerevent" ("city", "country", "created_at", "external_id", "id", "is_consumer", "language", "name", "number", "parent_id", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "postal_code", "source", "street", "vat_id") VALUES (OLD."city", OLD."country", OLD."created_at", OLD."external_id", OLD."id", OLD."is_consumer", OLD."language", OLD."name", OLD."number", OLD."parent_id", OLD."payer_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."postal_code", OLD."source", OLD."street", OLD."vat_id"); RETURN NULL;', hash='921e7970e8fb2888a3a89b09ccdc0e0ae06ae7c6', operation='DELETE', pgid='pgtrigger_delete_delete_1c2ab', table='orders_customer', when='AFTER')),
        ),
    ])
