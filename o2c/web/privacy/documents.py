"""What becomes of documents when a message, or the person that it was for, is let go of.

An invoice's document belongs to the books and stays with them. A statement's is a letter: it stays for as long as
those do, or until the person is erased; the file of a hand-over to an agency, and the signed paper of a netting
agreement, until then.
Letters that were printed together go as soon as one of them does. What only went along with messages goes with the last
of them.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from o2c.collections.models import DisputeFile, LetterBatch, Placement
from o2c.core.models import Document, Message, MessageAttachment
from o2c.invoicing.models import Invoice, NettingAgreement, Statement


def attached_to(messages: QuerySet[Message]) -> QuerySet[Document]:
    return Document.objects.filter(
        pk__in=MessageAttachment.objects.filter(message__in=messages.values("pk")).values("document_id")
    )


def unattach(messages: Iterable[int]) -> None:
    """Take the files off the messages; those that belong to nothing else are deleted."""
    messages = list(messages)
    attached = MessageAttachment.objects.filter(message__in=messages)
    ids = set(attached.values_list("document_id", flat=True))
    attached.delete()
    _delete_unused(ids)
    _let_go_of_printed(messages)


def _let_go_of_printed(messages: list[int]) -> None:
    """Delete the files in which letters were printed together; each letter has its own, where it is kept."""
    batches = LetterBatch.objects.filter(letters__message__in=messages, document__isnull=False)
    ids = set(batches.values_list("document_id", flat=True))
    LetterBatch.objects.filter(document__in=ids).update(document=None)
    _delete_unused(ids)


def let_go_of(statements: QuerySet[Statement]) -> int:
    """Delete the documents of statements, from the messages that they went with too; their figures stay."""
    return _let_go_of(statements)


def let_go_of_placed(placements: QuerySet[Placement]) -> int:
    """Delete the files that were handed over; what was placed, and what became of it, stays."""
    return _let_go_of(placements)


def let_go_of_files(files: QuerySet[DisputeFile]) -> int:
    """Delete the files of disputes; that they were there, and how the dispute ended, stays."""
    return _let_go_of(files)


def let_go_of_agreed(agreements: QuerySet[NettingAgreement]) -> int:
    """Delete the signed papers of netting agreements; that they were agreed, and what was netted, stays."""
    return _let_go_of(agreements)


def _let_go_of(rows: QuerySet) -> int:
    ids = set(rows.filter(document__isnull=False).values_list("document_id", flat=True))
    rows.model.objects.filter(document__in=ids).update(document=None)
    MessageAttachment.objects.filter(document__in=ids).delete()
    _delete_unused(ids)
    return len(ids)


def _delete_unused(ids: set[int]) -> None:
    users = (MessageAttachment, Invoice, Statement, Placement, DisputeFile, NettingAgreement)
    used = [Exists(model.objects.filter(document=OuterRef("pk"))) for model in users]
    unused = Document.objects.filter(pk__in=ids)
    for one in used:
        unused = unused.exclude(one)
    unused.delete()
