"""The documents of notes: made once, when first wanted or by the job, and kept for good as they were given out.

Whoever makes one holds the note's row, so that two who want it at once make one document.
"""

from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Prefetch, QuerySet

from o2c.collections.interest import charging
from o2c.collections.models import InterestCharge, InterestNote
from o2c.core import clock, documents
from o2c.core.models import Document
from o2c.invoicing import banks, correspondents
from o2c.invoicing.papers.facts import BornBy, BornSpan, InterestPaper
from o2c.invoicing.papers.keeping import file_name
from o2c.invoicing.papers.rendering import render, template_version
from o2c.invoicing.papers.wording import base_language

log = structlog.get_logger()

AT_ONCE = 50
LEFT_ALONE_FOR = timedelta(minutes=5)


class NotPrinted(RuntimeError):
    """Some notes could not be printed; the others were."""


def papers(notes: Iterable[InterestNote]) -> dict[int, InterestPaper]:
    """What stands on the papers of notes, by their ids; in a constant number of statements."""
    charges = InterestCharge.objects.select_related("item", "pack").order_by("item__due_on", "id")
    rows = list(
        InterestNote.objects.filter(pk__in=[note.pk for note in notes])
        .select_related("entity", "customer", "item", "notice")
        .prefetch_related(Prefetch("charges", charges))
    )
    to = correspondents.of({note.customer_id for note in rows})
    accounts: dict[tuple[int, str], object] = {}
    for entity in {note.entity_id: note.entity for note in rows}.values():
        currencies = {note.currency for note in rows if note.entity_id == entity.pk}
        accounts |= {(entity.pk, name): account for name, account in banks.pay_to(entity, currencies).items()}
    return {
        note.pk: _paper(note, to[note.customer_id].language, accounts.get((note.entity_id, note.currency)))
        for note in rows
    }


def _paper(note: InterestNote, language: str, account) -> InterestPaper:
    charges = list(note.charges.all())
    worked = [charging.worked(charge) for charge in charges]
    packs = {charge.pack_id: charge.pack for charge in charges}.values()
    return InterestPaper(
        number=note.number,
        is_fee=note.kind == InterestNote.Kind.FEE,
        on=note.charged_on,
        until=note.until,
        pay_by=note.item.due_on,
        entity=correspondents.seller(note.entity),
        customer=correspondents.buyer(note.customer),
        language=language,
        currency=note.currency,
        total=note.total,
        items=tuple(
            BornBy(
                number=each.number,
                amount=each.amount,
                due_on=each.due_on,
                spans=tuple(
                    BornSpan(span.first, span.last, span.days, span.owed, span.percent, span.interest)
                    for span in each.spans
                ),
                before=each.before,
                compensation=each.compensation,
                total=each.total,
            )
            for each in worked
        ),
        sources=tuple((pack.name, pack.source) for pack in packs),
        year=max((pack.year for pack in packs), default=365),
        pay_to=correspondents.pay_to(note.entity, account),
    )


def document_of(note: InterestNote) -> Document:
    """The document of a note, made now where there is none yet."""
    if note.document_id is None:
        with transaction.atomic():
            held = InterestNote.objects.select_for_update(no_key=True).get(pk=note.pk)
            if held.document_id is None:
                _print([held])
        note.refresh_from_db(fields=["document_id"])
    return Document.objects.get(pk=note.document_id)


def to_print() -> QuerySet[InterestNote]:
    return InterestNote.objects.filter(document=None)


def print_charged(*, seconds: float | None = None, at_once: int = AT_ONCE) -> int:
    """Make the documents that are missing, of notes that nobody else holds; how many there were.

    `seconds`: begin no further lot after so many. Raises NotPrinted at the end where some could not be made.
    """
    until = clock.now() + timedelta(seconds=seconds) if seconds is not None else None
    after, made, failed = 0, 0, []
    while until is None or clock.now() < until:
        with transaction.atomic():
            held = to_print().filter(pk__gt=after).order_by("pk").select_for_update(skip_locked=True, no_key=True)
            lot = list(held[:at_once])
            if not lot:
                break
            wrong = _print_each(lot)
        after = lot[-1].pk
        made += len(lot) - len(wrong)
        failed += wrong
    if failed:
        raise NotPrinted(f"{len(failed)} notes could not be printed, the first has the id {failed[0]}.")
    return made


def waiting() -> bool:
    """Whether notes have waited for their document for longer than a worker needs that is at it."""
    return to_print().filter(created_at__lt=clock.now() - LEFT_ALONE_FOR).exists()


def _print_each(lot: list[InterestNote]) -> list[int]:
    """Print notes whose rows we hold, together; where that fails, each by itself. The ids of those that cannot be."""
    try:
        with transaction.atomic():
            _print(lot)
    except Exception:
        failed = []
        for note in lot:
            try:
                with transaction.atomic():
                    _print([note])
            except Exception:
                log.exception("interest.not_printed", note_id=note.pk)
                failed.append(note.pk)
        return failed
    return []


def _print(notes: list[InterestNote]) -> None:
    found = papers(notes)
    made = {
        pk: documents.of(
            file_name(paper.number), documents.PDF, render(paper), language=base_language(paper.language),
            made_with=template_version(),
        )
        for pk, paper in found.items()
    }  # fmt: skip
    Document.objects.bulk_create(made.values())
    for note in notes:
        note.document = made[note.pk]
    InterestNote.objects.bulk_update(notes, ["document"])
