"""Sending a note by e-mail to whoever pays the customer's bills, with its paper attached."""

from o2c.collections.interest import papers
from o2c.collections.models import InterestNote
from o2c.core import formats, outbox
from o2c.core.actors import Actor, acting
from o2c.core.models import Message, MessageAttachment
from o2c.invoicing import correspondents
from o2c.invoicing.correspondents import Correspondent, NotSent
from o2c.invoicing.statements import wording
from o2c.orders.models import Contact


def sent(note: InterestNote) -> list[Message]:
    """The messages that it went with, the newest first."""
    return list(Message.objects.filter(key__startswith=f"interest-note:{note.pk}:").order_by("-pk"))


def send(note: InterestNote, *, contact: Contact | None = None, again: bool = False, actor: Actor) -> Message:
    """Queue a message with the note's paper, in the contact's language; to the same address once, unless `again`.

    Raises NotSent for one that is not owed any more and where nobody can be written to, SentBefore.
    """
    to = correspondents.to_whom(note.customer_id, contact)
    document = papers.document_of(note)
    with acting(actor):
        rows = InterestNote.objects.select_for_update(no_key=True, of=("self",)).select_related("entity", "item")
        note = rows.get(pk=note.pk)
        if note.state != InterestNote.State.CHARGED:
            raise NotSent(f"{note.number} is {note.get_state_display().lower()}: nothing is owed by it.")
        before = sent(note)
        if not again:
            correspondents.once(note.number, to, before)
        key = f"interest-note:{note.pk}:{len(before) + 1}"
        message = correspondents.message(note.entity, to, key=key, **_words(note, to))
        message.save()
        MessageAttachment.objects.create(message=message, document=document, position=1)
        outbox.emit("interest.sent", entity_id=note.entity_id, note_id=note.pk, message_id=message.pk)
        return message


def _words(note: InterestNote, to: Correspondent) -> dict[str, str]:
    with formats.written_for(to.language):
        facts = {
            "note": note,
            "is_fee": note.kind == InterestNote.Kind.FEE,
            "entity": note.entity,
            "customer": to.customer,
            "total": wording.money(note.total, note.currency),
            "until": formats.long_day(note.until),
            "due_on": formats.long_day(note.item.due_on),
        }
        words = wording.write("interest_note", to.language, facts)
    return {"subject": words.subject, "text": words.text}
