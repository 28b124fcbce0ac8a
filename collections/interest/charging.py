"""Charging for late payment: notes with an open item each, numbered and booked; and letting go of them again."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from o2c.collections.interest import working_out
from o2c.collections.interest.rules import Span, whole
from o2c.collections.interest.working_out import Worked
from o2c.collections.models import InterestCharge, InterestNote, InterestRules
from o2c.core import numbering, outbox, states
from o2c.core.actors import Actor, acting
from o2c.invoicing import cash, closing, items
from o2c.invoicing.models import LedgerAccount
from o2c.orders.models import LegalEntity

State, Kind = InterestNote.State, InterestNote.Kind


class InterestRefused(ValueError):
    """Nothing can be charged, waived or reversed so; the text says why."""


# Each note's entry, item and postings by the database's own function, and the notes of them: one statement for all.
BOOK = """
    WITH asked AS (
        SELECT n.*, c.payer_id
        FROM jsonb_to_recordset(%(notes)s) AS n (place int, customer bigint, currency text, total numeric, number text,
            kind text, account text, due date, notice bigint)
        JOIN orders_customer c ON c.id = n.customer
    ), booked AS MATERIALIZED (
        SELECT a.*, i.id AS item_id
        FROM asked a CROSS JOIN LATERAL invoicing_book_item(%(entity)s, a.customer, a.payer_id, 'fee', 'fee', a.number,
            a.number, 'o2c', 'interest:' || a.number, %(on)s, a.due, a.currency, a.total,
            invoicing_in_base(a.total, a.currency, %(base)s, %(on)s), %(on)s, %(on)s, a.account, %(actor)s) i
    )
    INSERT INTO collections_interestnote (entity_id, customer_id, number, kind, notice_id, currency, total, until,
        charged_on, item_id, state, reason, charged_by, ended_by)
    SELECT %(entity)s, customer, number, kind, notice, currency, total, %(until)s, %(on)s, item_id, 'charged', '',
        %(actor)s, ''
    FROM booked ORDER BY place
    RETURNING id, customer_id, currency, kind
"""
ACCOUNTS = {Kind.INTEREST: LedgerAccount.Role.INTEREST, Kind.FEE: LedgerAccount.Role.FEES}


@dataclass(frozen=True)
class Asked:
    """A note to be written. `items` are those whose interest it charges."""

    kind: str
    customer_id: int
    currency: str
    total: Decimal
    pay_by: date
    notice_id: int | None = None
    items: Sequence[Worked] = ()


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
        own = lock(entity)
        if own is None:
            raise InterestRefused(f"{entity.name} charges no interest: choose a pack of rules first.")
        if closing.is_closed(entity, on):
            raise InterestRefused(closing.told(entity, on))
        asked = owed(entity, chosen, until=until, pay_by=on + timedelta(days=own.days_to_pay))
        return write(entity, asked, until=until, on=on, actor=actor)


def lock(entity: LegalEntity) -> InterestRules | None:
    """One at a time charges for a legal entity, so that nothing is charged twice. Take it before any item's lock."""
    return InterestRules.objects.select_for_update().filter(entity=entity).first()


def owed(entity: LegalEntity, chosen: Iterable[tuple[int, str]], *, until: date, pay_by: date) -> list[Asked]:
    """The notes of interest that these customers, each in a currency, would get. Call it under `lock`."""
    wanted = set(chosen)
    return [
        Asked(Kind.INTEREST, each.customer_id, each.currency, each.total, pay_by, items=each.charged)
        for each in working_out.work_out(entity, until, {customer for customer, _ in wanted})
        if (each.customer_id, each.currency) in wanted and each.total and not each.because
    ]


def write(entity: LegalEntity, asked: list[Asked], *, until: date, on: date, actor: Actor) -> list[InterestNote]:
    """Number and book the notes, at most one of interest for a customer in a currency, in the caller's transaction."""
    if not asked:
        return []
    numbers = numbering.reserve(entity.code, numbering.INTEREST, on, len(asked)).texts()
    rows = [
        {
            "place": place, "customer": each.customer_id, "currency": each.currency, "total": str(each.total),
            "number": number, "kind": each.kind, "account": ACCOUNTS[each.kind], "due": each.pay_by.isoformat(),
            "notice": each.notice_id,
        }
        for place, (each, number) in enumerate(zip(asked, numbers, strict=True))
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            BOOK,
            {
                "notes": json.dumps(rows), "entity": entity.pk, "base": entity.base_currency, "on": on,
                "until": until, "actor": actor.name,
            },
        )  # fmt: skip
        written = cursor.fetchall()
    of_interest = {(customer, currency): pk for pk, customer, currency, kind in written if kind == Kind.INTEREST}
    InterestCharge.objects.bulk_create(
        InterestCharge(
            note_id=of_interest[each.customer_id, each.currency],
            item_id=item.item_id,
            pack_id=item.pack_id,
            until=until,
            interest=item.interest,
            compensation=item.compensation,
            spans=[_kept(span) for span in item.spans],
        )
        for each in asked
        for item in each.items
    )
    outbox.emit("interest.charged", entity_id=entity.pk, notes=len(asked))
    found = InterestNote.objects.filter(pk__in=[pk for pk, *_ in written])
    return list(found.select_related("customer", "notice").order_by("pk"))


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
    lock(note.entity)
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
