"""Charging interest: a person says whom, a note and an open item are booked; and letting go of it again."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from o2c.collections.interest import working_out
from o2c.collections.interest.rules import Span, whole
from o2c.collections.interest.working_out import Due, Worked
from o2c.collections.models import InterestCharge, InterestNote, InterestRules
from o2c.core import numbering, outbox, states
from o2c.core.actors import Actor, acting
from o2c.invoicing import cash, closing, items
from o2c.orders.models import LegalEntity

State = InterestNote.State


class InterestRefused(ValueError):
    """Nothing can be charged, waived or reversed so; the text says why."""


# Each note's entry, item and postings by the database's own function, and the notes of them: one statement for all.
BOOK = """
    WITH asked AS (
        SELECT n.*, c.payer_id
        FROM jsonb_to_recordset(%(notes)s) AS n (place int, customer bigint, currency text, total numeric, number text)
        JOIN orders_customer c ON c.id = n.customer
    ), booked AS MATERIALIZED (
        SELECT a.*, i.id AS item_id
        FROM asked a CROSS JOIN LATERAL invoicing_book_item(%(entity)s, a.customer, a.payer_id, 'fee', 'fee', a.number,
            a.number, 'o2c', 'interest:' || a.number, %(on)s, %(due)s, a.currency, a.total,
            invoicing_in_base(a.total, a.currency, %(base)s, %(on)s), %(on)s, %(on)s, 'interest', %(actor)s) i
    )
    INSERT INTO collections_interestnote (entity_id, customer_id, number, currency, total, until, charged_on, item_id,
        state, reason, charged_by, ended_by)
    SELECT %(entity)s, customer, number, currency, total, %(until)s, %(on)s, item_id, 'charged', '', %(actor)s, ''
    FROM booked ORDER BY place
    RETURNING id, customer_id, currency
"""


def charge(
    entity: LegalEntity, chosen: Iterable[tuple[int, str]], *, until: date, on: date, actor: Actor
) -> list[InterestNote]:
    """Charge these customers, each in a currency, for late payment up to and with a day: a note and an open item each.

    It is worked out anew under lock, so that what somebody else has charged meanwhile is not charged again; who owes
    nothing any more gets no note. A constant number of statements. Raises InterestRefused where the legal entity has no
    pack, the books are closed, or the day is to come.
    """
    if until > on:
        raise InterestRefused(f"{until} is still to come.")
    with acting(actor):
        # One at a time for a legal entity: what was charged is read and written by the same one.
        own = InterestRules.objects.select_for_update().filter(entity=entity).first()
        if own is None:
            raise InterestRefused(f"{entity.name} charges no interest: choose a pack of rules first.")
        if closing.is_closed(entity, on):
            raise InterestRefused(closing.told(entity, on))
        wanted = set(chosen)
        due = [
            each
            for each in working_out.work_out(entity, until, {customer for customer, _ in wanted})
            if (each.customer_id, each.currency) in wanted and each.total and not each.because
        ]
        return _write(entity, due, until, on, on + timedelta(days=own.days_to_pay), actor) if due else []


def _write(
    entity: LegalEntity, due: list[Due], until: date, on: date, pay_by: date, actor: Actor
) -> list[InterestNote]:
    numbers = numbering.reserve(entity.code, numbering.INTEREST, on, len(due)).texts()
    asked = [
        {
            "place": place,
            "customer": each.customer_id,
            "currency": each.currency,
            "total": str(each.total),
            "number": number,
        }
        for place, (each, number) in enumerate(zip(due, numbers, strict=True))
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            BOOK,
            {
                "notes": json.dumps(asked), "entity": entity.pk, "base": entity.base_currency, "on": on, "due": pay_by,
                "until": until, "actor": actor.name,
            },
        )  # fmt: skip
        notes = {(customer, currency): pk for pk, customer, currency in cursor.fetchall()}
    InterestCharge.objects.bulk_create(
        InterestCharge(
            note_id=notes[each.customer_id, each.currency],
            item_id=item.item_id,
            pack_id=item.pack_id,
            until=until,
            interest=item.interest,
            compensation=item.compensation,
            spans=[_kept(span) for span in item.spans],
        )
        for each in due
        for item in each.charged
    )
    outbox.emit("interest.charged", entity_id=entity.pk, notes=len(due))
    return list(InterestNote.objects.filter(pk__in=notes.values()).select_related("customer").order_by("pk"))


def _kept(span: Span) -> list[str]:
    return [span.first.isoformat(), span.last.isoformat(), str(span.owed), str(span.percent), f"{span.interest:.6f}"]


def worked(charge: InterestCharge) -> Worked:
    """How a charge was worked out, as it was when it was charged."""
    spans = [
        Span(date.fromisoformat(first), date.fromisoformat(last), Decimal(owed), Decimal(percent), Decimal(interest))
        for first, last, owed, percent, interest in charge.spans
    ]
    item = charge.item
    return Worked(
        item_id=item.pk,
        number=item.number,
        amount=item.amount,
        due_on=item.due_on,
        pack_id=charge.pack_id,
        spans=spans,
        interest=charge.interest,
        compensation=charge.compensation,
        before=whole(spans, item.currency) - charge.interest,
    )


def waive(note: InterestNote, *, reason: str, on: date, actor: Actor) -> InterestNote:
    """Let go of a note for good: its item is cancelled, and what it charged for is not charged again.

    Raises InterestRefused without a reason, where something was paid on it, or it ended before.
    """
    with acting(actor):
        note = _end(note, State.WAIVED, reason, on, actor)
        outbox.emit("interest.waived", entity_id=note.entity_id, note_id=note.pk)
        return note


def reverse(note: InterestNote, *, reason: str, on: date, actor: Actor) -> InterestNote:
    """Take a note back that was wrong: its item is cancelled, and its days may be charged again. Raises as `waive`."""
    with acting(actor):
        note = _end(note, State.REVERSED, reason, on, actor)
        InterestCharge.objects.filter(note=note).update(stands=False)
        outbox.emit("interest.reversed", entity_id=note.entity_id, note_id=note.pk)
        return note


def _end(note: InterestNote, state: str, reason: str, on: date, actor: Actor) -> InterestNote:
    if not reason.strip():
        raise InterestRefused("Say why.")
    InterestRules.objects.select_for_update().filter(entity_id=note.entity_id).first()
    note = InterestNote.objects.select_for_update(no_key=True, of=("self",)).select_related("item").get(pk=note.pk)
    if note.state != State.CHARGED:
        raise InterestRefused(f"{note.number} is {note.get_state_display().lower()} already.")
    cash.lock([note.item_id])
    try:
        items.cancel(note.item, on=max(on, note.charged_on), actor=actor)
    except items.ItemRefused as refused:
        raise InterestRefused(str(refused)) from None
    states.move(note, state, reason=reason.strip()[:200], ended_by=actor.name, ended_on=on)
    note.refresh_from_db()
    return note
