"""What becomes of documents when a message, or the person that it was for, is let go of.

An invoice's document belongs to the books and stays with them. What only went along with messages goes with the last.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from o2c.core.models import Document, Message, MessageAttachment
from o2c.invoicing.models import Invoice


def attached_to(messages: QuerySet[Message]) -> QuerySet[Document]:
    return Document.objects.filter(
        pk__in=MessageAttachment.objects.filter(message__in=messages.values("pk")).values("document_id")
    )


def unattach(messages: Iterable[int]) -> None:
    """Take the files off the messages; those that belong to nothing else are deleted."""
    attached = MessageAttachment.objects.filter(message__in=list(messages))
    ids = set(attached.values_list("document_id", flat=True))
    attached.delete()
    _delete_unused(ids)


def _delete_unused(ids: set[int]) -> None:
    users = (MessageAttachment, Invoice)
    used = [Exists(model.objects.filter(document=OuterRef("pk"))) for model in users]
    unused = Document.objects.filter(pk__in=ids)
    for one in used:
        unused = unused.exclude(one)
    unused.delete()
