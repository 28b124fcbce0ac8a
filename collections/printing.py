"""Letters printed together: what waits becomes one file, in the order in which the post wants it.

A batch is asked for by a person and made by a worker, under a lease, so that it is made once whoever dies. Printed
letters count as sent when somebody says that they were posted, and not before.
"""

from collections.abc import Iterable
from io import BytesIO

from django.db import connection, transaction
from django.db.models import Count

from o2c.collections.models import DunningRun, LetterBatch, Notice, PrintedLetter
from o2c.core import clock, documents, leases, states
from o2c.core.actors import Actor, acting
from o2c.core.leases import Lease
from o2c.core.models import Message, MessageAttachment
from o2c.core.pdfs import Booklet
from o2c.orders.models import LegalEntity

WORK = "letters.print"
AT_ONCE = 20
State, Letter = LetterBatch.State, Message.State

# In the order in which letters are franked and sorted: by country, the legal entity's own first, and post code.
CHOSEN = """
    INSERT INTO collections_printedletter (batch_id, message_id, position, first_page, pages)
    SELECT %(batch)s, m.id,
           row_number() OVER (ORDER BY c.country NOT IN ('', %(country)s), c.country, c.postal_code, c.name, m.id), 0, 0
    FROM core_message m
    JOIN collections_notice n ON n.message_id = m.id
    JOIN orders_customer c ON c.id = n.customer_id
    WHERE n.entity_id = %(entity)s AND m.channel = 'letter' AND m.state = %(state)s
        AND (%(run)s::bigint IS NULL OR n.run_id = %(run)s)
        AND (%(again)s::bigint IS NULL
             OR m.id IN (SELECT message_id FROM collections_printedletter WHERE batch_id = %(again)s))
        AND NOT EXISTS (
            SELECT 1 FROM collections_printedletter p JOIN collections_letterbatch b ON b.id = p.batch_id
            WHERE p.message_id = m.id AND b.state = 'making'
        )
"""


class PrintingRefused(ValueError):
    """It cannot be printed or posted so; the text says why."""


def waiting(entities: Iterable[LegalEntity]) -> list[dict]:
    """How many letters wait to be printed, by legal entity and run: the oldest first."""
    letters = Notice.objects.filter(
        entity__in=entities, message__channel=Message.Channel.LETTER, message__state=Letter.TO_PRINT
    ).exclude(message__printed__batch__state=State.MAKING)
    grouped = letters.values("entity_id", "entity__code", "entity__name", "run_id", "run__as_of")
    return list(grouped.annotate(count=Count("id")).order_by("run__as_of", "run_id"))


def begin(
    entity: LegalEntity, *, run: DunningRun | None = None, double_sided: bool = True, actor: Actor
) -> LetterBatch:
    """Ask for a file of all that waits of a legal entity, or of one run of it. Raises PrintingRefused."""
    facts = {"entity": entity, "run": run, "double_sided": double_sided}
    return _begin(facts, Letter.TO_PRINT, "Nothing waits to be printed there any more.", actor)


def begin_again(batch: LetterBatch, *, actor: Actor) -> LetterBatch:
    """Print the letters of a batch once more, those that were not posted. Raises PrintingRefused."""
    if batch.state != State.DONE:
        raise PrintingRefused("It is being made.")
    facts = {"entity": batch.entity, "run": batch.run, "double_sided": batch.double_sided, "again": batch}
    return _begin(facts, Letter.PRINTED, "All of them were posted.", actor)


def _begin(facts: dict, state: str, refusal: str, actor: Actor) -> LetterBatch:
    entity = facts["entity"]
    with acting(actor):
        # Who prints at the same time waits here, and finds nothing left.
        LegalEntity.objects.select_for_update(no_key=True).get(pk=entity.pk)
        batch = LetterBatch.objects.create(**facts, count=0, printed_by=actor.name, begun_at=clock.now())
        with connection.cursor() as cursor:
            cursor.execute(
                CHOSEN,
                {
                    "batch": batch.pk, "entity": entity.pk, "country": entity.country, "state": state,
                    "run": batch.run_id, "again": batch.again_id,
                },
            )  # fmt: skip
            batch.count = cursor.rowcount
        if not batch.count:
            raise PrintingRefused(refusal)
        batch.save(update_fields=["count"])
        leases.cut(WORK, batch.pk, [(1, batch.count)])
        _enqueue(batch.pk)
    return batch


def _enqueue(batch_id: int) -> None:
    from o2c.collections import jobs

    transaction.on_commit(lambda: jobs.print_letters.delay(batch_id))


def work(batch_id: int) -> bool:
    """Make a batch's file unless somebody else does or has; whether this made it."""
    lease = leases.take(WORK, subject_id=batch_id)
    if lease is None:
        return False
    try:
        _make(LetterBatch.objects.select_related("entity").get(pk=batch_id), lease)
    except Exception as error:
        leases.failed(lease, error)
        raise
    return True


def unmade() -> list[int]:
    """Batches that wait for a worker, the oldest first: theirs has died, or was never told."""
    leases.sweep()
    return list(LetterBatch.objects.filter(state=State.MAKING).order_by("pk").values_list("pk", flat=True)[:20])


def _make(batch: LetterBatch, lease: Lease) -> None:
    booklet = Booklet()
    letters = list(batch.letters.order_by("position"))
    for start in range(0, len(letters), AT_ONCE):
        some = letters[start : start + AT_ONCE]
        contents = _contents([letter.message_id for letter in some])
        for letter in some:
            if letter.message_id not in contents:  # the person was erased meanwhile
                continue
            letter.first_page, letter.pages = booklet.add(contents[letter.message_id], on_front=batch.double_sided)
        leases.renew(lease)
        LetterBatch.objects.filter(pk=batch.pk).update(merged=start + len(some))
    pages, file = len(booklet), BytesIO()
    booklet.save(file)
    name = f"letters-{batch.entity.code}-{batch.begun_at:%Y-%m-%d}-{batch.pk}.pdf"
    document = documents.of(name, documents.PDF, file.getvalue())
    with acting(Actor(batch.printed_by)):
        leases.hold(lease)
        document.save()
        PrintedLetter.objects.bulk_update(letters, ["first_page", "pages"], batch_size=500)
        states.move(batch, State.DONE, document=document, pages=pages, done_at=clock.now())
        _letters(batch).filter(state=Letter.TO_PRINT).update(state=Letter.PRINTED)
        leases.done(lease, {"letters": len(letters), "pages": pages})


def _contents(message_ids: list[int]) -> dict[int, bytes]:
    attached = MessageAttachment.objects.filter(message__in=message_ids, position=1)
    return {pk: bytes(content) for pk, content in attached.values_list("message_id", "document__content")}


def _letters(batch: LetterBatch):
    return Message.objects.filter(pk__in=batch.letters.values("message_id"))


def posted(batch: LetterBatch, *, actor: Actor) -> int:
    """Say that the batch's letters were taken to the post: they are sent; how many. Raises PrintingRefused."""
    with acting(actor):
        batch = LetterBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        if batch.state != State.DONE:
            raise PrintingRefused("It is being made.")
        now = clock.now()
        count = (
            _letters(batch)
            .filter(state=Letter.PRINTED)
            .update(state=Letter.SENT, finished_at=now, server_answer=f"Posted by {actor.name}")
        )
        if not count:
            raise PrintingRefused("They were posted already.")
        LetterBatch.objects.filter(pk=batch.pk).update(posted_by=actor.name, posted_at=now)
    return count


def left_out(message: Message, *, actor: Actor) -> None:
    """A letter is not to be posted after all. Raises IllegalMove, LostRace."""
    with acting(actor):
        states.move(message, Letter.CANCELLED, server_answer=f"Left out by {actor.name}", finished_at=clock.now())
