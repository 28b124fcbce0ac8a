"""Orders that are whole as they are."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from o2c.core.database.together import together


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0014_deliveries_guard'),
    ]

    operations = together([
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='order',
            name='submitted',
            field=models.BooleanField(db_default=False, default=False, help_text='Whole as it is: validated as soon as nothing is wrong with it.'),
        ),
        migrations.AddField(
            model_name='orderevent',
            name='submitted',
            field=models.BooleanField(db_default=False, default=False, help_text='Whole as it is: validated as soon as nothing is wrong with it.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_orderevent" ("base_total", "buyer_reference", "channel", "contract_id", "created_at", "created_by", "currency", "customer_id", "customer_reference", "entity_id", "external_id", "gross_total", "id", "incoterm", "incoterm_place", "net_total", "note", "number", "ordered_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "ship_to_city", "ship_to_country", "ship_to_name", "ship_to_postal_code", "ship_to_street", "source", "state", "submitted", "tax_total", "terms_id", "wanted_on") VALUES (NEW."base_total", NEW."buyer_reference", NEW."channel", NEW."contract_id", NEW."created_at", NEW."created_by", NEW."currency", NEW."customer_id", NEW."customer_reference", NEW."entity_id", NEW."external_id", NEW."gross_total", NEW."id", NEW."incoterm", NEW."incoterm_place", NEW."net_total", NEW."note", NEW."number", NEW."ordered_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."ship_to_city", NEW."ship_to_country", NEW."ship_to_name", NEW."ship_to_postal_code", NEW."ship_to_street", NEW."source", NEW."state", NEW."submitted", NEW."tax_total", NEW."terms_id", NEW."wanted_on"); RETURN NULL;', hash='b1728aaa4eae9407d34609defa4556a156aba10a', operation='INSERT', pgid='pgtrigger_insert_insert_eb763', table='orders_order', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."base_total" IS DISTINCT FROM (NEW."base_total") OR OLD."buyer_reference" IS DISTINCT FROM (NEW."buyer_reference") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."contract_id" IS DISTINCT FROM (NEW."contract_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by" IS DISTINCT FROM (NEW."created_by") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."customer_reference" IS DISTINCT FROM (NEW."customer_reference") OR OLD."entity_id" IS DISTINCT FROM (NEW."entity_id") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."gross_total" IS DISTINCT FROM (NEW."gross_total") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."incoterm" IS DISTINCT FROM (NEW."incoterm") OR OLD."incoterm_place" IS DISTINCT FROM (NEW."incoterm_place") OR OLD."net_total" IS DISTINCT FROM (NEW."net_total") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."ordered_on" IS DISTINCT FROM (NEW."ordered_on") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."ship_to_city" IS DISTINCT FROM (NEW."ship_to_city") OR OLD."ship_to_country" IS DISTINCT FROM (NEW."ship_to_country") OR OLD."ship_to_name" IS DISTINCT FROM (NEW."ship_to_name") OR OLD."ship_to_postal_code" IS DISTINCT FROM (NEW."ship_to_postal_code") OR OLD."ship_to_street" IS DISTINCT FROM (NEW."ship_to_street") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."submitted" IS DISTINCT FROM (NEW."submitted") OR OLD."tax_total" IS DISTINCT FROM (NEW."tax_total") OR OLD."terms_id" IS DISTINCT FROM (NEW."terms_id") OR OLD."wanted_on" IS DISTINCT FROM (NEW."wanted_on"))', func='INSERT INTO "orders_orderevent" ("base_total", "buyer_reference", "channel", "contract_id", "created_at", "created_by", "currency", "customer_id", "customer_reference", "entity_id", "external_id", "gross_total", "id", "incoterm", "incoterm_place", "net_total", "note", "number", "ordered_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "ship_to_city", "ship_to_country", "ship_to_name", "ship_to_postal_code", "ship_to_street", "source", "state", "submitted", "tax_total", "terms_id", "wanted_on") VALUES (NEW."base_total", NEW."buyer_reference", NEW."channel", NEW."contract_id", NEW."created_at", NEW."created_by", NEW."currency", NEW."customer_id", NEW."customer_reference", NEW."entity_id", NEW."external_id", NEW."gross_total", NEW."id", NEW."incoterm", NEW."incoterm_place", NEW."net_total", NEW."note", NEW."number", NEW."ordered_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."ship_to_city", NEW."ship_to_country", NEW."ship_to_name", NEW."ship_to_postal_code", NEW."ship_to_street", NEW."source", NEW."state", NEW."submitted", NEW."tax_total", NEW."terms_id", NEW."wanted_on"); RETURN NULL;', hash='ffe009dbf9e78b4d501818c01573f2b56f354cae', operation='UPDATE', pgid='pgtrigger_update_update_d4b84', table='orders_order', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "orders_orderevent" ("base_total", "buyer_reference", "channel", "contract_id", "created_at", "created_by", "currency", "customer_id", "customer_reference", "entity_id", "external_id", "gross_total", "id", "incoterm", "incoterm_place", "net_total", "note", "number", "ordered_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "ship_to_city", "ship_to_country", "ship_to_name", "ship_to_postal_code", "ship_to_street", "source", "state", "submitted", "tax_total", "terms_id", "wanted_on") VALUES (OLD."base_total", OLD."buyer_reference", OLD."channel", OLD."contract_id", OLD."created_at", OLD."created_by", OLD."currency", OLD."customer_id", OLD."customer_reference", OLD."entity_id", OLD."external_id", OLD."gross_total", OLD."id", OLD."incoterm", OLD."incoterm_place", OLD."net_total", OLD."note", OLD."number", OLD."ordered_on", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reason", OLD."ship_to_city", OLD."ship_to_country", OLD."ship_to_name", OLD."ship_to_postal_code", OLD."ship_to_street", OLD."source", OLD."state", OLD."submitted", OLD."tax_total", OLD."terms_id", OLD."wanted_on"); RETURN NULL;', hash='6fd9800499eb18ef2e22a2eb263849d70eff8124', operation='DELETE', pgid='pgtrigger_delete_delete_709b4', table='orders_order', when='AFTER')),
        ),
    ])
