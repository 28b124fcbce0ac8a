"""Reminders that a person sends outside the runs: a short mail about what is overdue, with the statement of account."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from o2c.collections import holds
from o2c.collections.models import Task
from o2c.core import clock
from o2c.core.models import Document, Message, MessageAttachment
from o2c.invoicing.models import StatementRun
from o2c.invoicing.statements import making
from o2c.orders.models import LegalEntity

# Time to think better of it: nothing is handed over before.
WAITS = timedelta(minutes=2)


def write(tasks: list[Task], *, key: UUID) -> dict[tuple[int, int], Message]:
    """Queue a mail to each customer of the tasks for each of its legal entities, and say to whom one goes.

    Not to who owes nothing that is overdue, has no address, or is on hold with the legal entity. `key` makes the same
    request one.
    """
    written: dict[tuple[int, int], Message] = {}
    for entity in {task.entity_id: task.entity for task in tasks}.values():
        ids = sorted({task.customer_id for task in tasks if task.entity_id == entity.pk})
        written |= {(entity.pk, pk): message for pk, message in _of_entity(entity, ids, key).items()}
    return written


def _of_entity(entity: LegalEntity, customer_ids: list[int], key: UUID) -> dict[int, Message]:
    on = clock.today(entity.time_zone)
    told = making.Told.of(entity, StatementRun.Kind.OPEN_ITEMS, on)
    held = holds.standing(on, customer__in=customer_ids, item=None)
    silent = set(held.filter(Q(entity=None) | Q(entity=entity)).values_list("customer_id", flat=True))
    made = making.reminders(told, [pk for pk in customer_ids if pk not in silent], key=f"reminder:{key}:{entity.pk}")
    for message, _ in made.values():
        message.not_before = message.created_at + WAITS
    Document.objects.bulk_create(document for _, document in made.values())
    Message.objects.bulk_create(message for message, _ in made.values())
    MessageAttachment.objects.bulk_create(
        MessageAttachment(message=message, document=document, position=1) for message, document in made.values()
    )
    return {pk: message for pk, (message, _) in made.items()}
