"""Receipts were booked with what the payer wrote as the entry's text, which may name a person and never changes.

For the time of this migration the text of a receipt's entry, and of its reversal, may become "Payment" and nothing
else; it is done in batches, each its own transaction, so that no writer waits.
"""

from django.db import migrations

BATCH = 20_000
COLUMNS = "id, entity_id, kind, {}effective_on, known_on, recorded_at, reverses_id, actor"
NEVER = "BEFORE DELETE OR UPDATE OF {} ON invoicing_entry EXECUTE FUNCTION invoicing_refuse_change()"
LOOSEN = [
    f"CREATE OR REPLACE TRIGGER entry_never_changes {NEVER.format(COLUMNS.format(''))}",
    """
    CREATE OR REPLACE TRIGGER entry_text_becomes_neutral BEFORE UPDATE OF text ON invoicing_entry FOR EACH ROW
        WHEN (NEW.text <> OLD.text AND NOT (NEW.text = 'Payment' AND NEW.kind IN ('receipt', 'reversal')))
        EXECUTE FUNCTION invoicing_refuse_change()
    """,
]
TIGHTEN = [
    f"CREATE OR REPLACE TRIGGER entry_never_changes {NEVER.format(COLUMNS.format('text, '))}",
    "DROP TRIGGER IF EXISTS entry_text_becomes_neutral ON invoicing_entry",
]
NEUTRAL = """
    UPDATE invoicing_entry e SET text = 'Payment'
    WHERE e.id > %(after)s AND e.id <= %(until)s AND e.text <> 'Payment' AND (e.kind = 'receipt'
        OR e.kind = 'reversal' AND EXISTS (
            SELECT 1 FROM invoicing_entry o WHERE o.id = e.reverses_id AND o.kind = 'receipt'))
"""


def make_neutral(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM invoicing_entry")
        first, last = cursor.fetchone()
        for after in range(first - 1, last, BATCH):
            cursor.execute(NEUTRAL, {"after": after, "until": after + BATCH})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("invoicing", "0015_audit_indexes")]

    operations = [
        migrations.RunSQL(LOOSEN, migrations.RunSQL.noop),
        migrations.RunPython(make_neutral, migrations.RunPython.noop),
        migrations.RunSQL(TIGHTEN, migrations.RunSQL.noop),
    ]
