"""Reminders that a person sends outside the runs: a short mail about what is overdue, with the statement of account."""

from datetime import date, timedelta
from uuid import UUID

from django.db import connection

from o2c.collections.models import Task
from o2c.collections.reasons import LEFT_ALONE
from o2c.core import clock
from o2c.core.models import Document, Message, MessageAttachment
from o2c.invoicing.models import StatementRun
from o2c.invoicing.statements import making
from o2c.orders.models import LegalEntity

# Time to think better of it: nothing is handed over before.
WAITS = timedelta(minutes=2)
# Who may be asked for something that is overdue, by the facts that dunning goes by.
MAY_BE_ASKED = """
    SELECT DISTINCT f.customer_id
    FROM (SELECT DISTINCT payer_id FROM orders_customer WHERE id = ANY(%(customers)s)) p
    CROSS JOIN LATERAL dunning_facts(%(on)s, NULL, %(entity)s, p.payer_id, p.payer_id) f
    WHERE f.customer_id = ANY(%(customers)s) AND f.days_late > 0 AND f.chased > 0
        AND coalesce(f.blocked, '') <> ALL(%(left_alone)s)
"""


def write(tasks: list[Task], *, key: UUID) -> dict[tuple[int, int], Message]:
    """Queue a mail to each customer of the tasks for each of its legal entities, and say to whom one goes.

    Not to who has no address, is agreed to get no reminders, or of whose overdue items all are left alone: contested,
    promised, in a plan, on hold, being debited or with an agency. `key` makes the same request one.
    """
    written: dict[tuple[int, int], Message] = {}
    for entity in {task.entity_id: task.entity for task in tasks}.values():
        ids = sorted({task.customer_id for task in tasks if task.entity_id == entity.pk})
        written |= {(entity.pk, pk): message for pk, message in _of_entity(entity, ids, key).items()}
    return written


def _of_entity(entity: LegalEntity, customer_ids: list[int], key: UUID) -> dict[int, Message]:
    on = clock.today(entity.time_zone)
    told = making.Told.of(entity, StatementRun.Kind.OPEN_ITEMS, on)
    made = making.reminders(told, _may_be_asked(entity, customer_ids, on), key=f"reminder:{key}:{entity.pk}")
    for message, _ in made.values():
        message.not_before = message.created_at + WAITS
    Document.objects.bulk_create(document for _, document in made.values())
    Message.objects.bulk_create(message for message, _ in made.values())
    MessageAttachment.objects.bulk_create(
        MessageAttachment(message=message, document=document, position=1) for message, document in made.values()
    )
    return {pk: message for pk, (message, _) in made.items()}


def _may_be_asked(entity: LegalEntity, customer_ids: list[int], on: date) -> list[int]:
    facts = {"entity": entity.pk, "customers": customer_ids, "on": on, "left_alone": [*LEFT_ALONE, "no_reminders"]}
    with connection.cursor() as cursor:
        cursor.execute(MAY_BE_ASKED, facts)
        return sorted(pk for (pk,) in cursor.fetchall())
