"""The documents of notes, kept as they were given out."""

from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet

from o2c.collections.interest import charging
from o2c.collections.models import InterestCharge, InterestNote
from o2c.core.models import Document
from o2c.invoicing import banks, correspondents
from o2c.invoicing.papers.facts import BornBy, BornSpan, InterestPaper
from o2c.invoicing.papers.printing import Printing


def papers(note_ids: Iterable[int]) -> dict[int, InterestPaper]:
    """What stands on the papers of notes, by their ids; in a constant number of statements."""
    charges = InterestCharge.objects.select_related("item", "pack").order_by("item__due_on", "id")
    rows = list(
        InterestNote.objects.filter(pk__in=list(note_ids))
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


def to_print() -> QuerySet[InterestNote]:
    return InterestNote.objects.filter(document=None)


PRINTING = Printing(InterestNote, "notes", to_print, papers)
print_charged = PRINTING.print_missing


def document_of(note: InterestNote) -> Document:
    """The document of a note, made now where there is none yet."""
    PRINTING.ensure([note])
    return Document.objects.get(pk=note.document_id)


def waiting() -> bool:
    return PRINTING.waiting("created_at")
