"""Letting go of what is open of an item: small differences within one's own limit, the rest by somebody else's word."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import connection

from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.money import exact
from o2c.invoicing import closing, items
from o2c.invoicing.bookings import Bookings
from o2c.invoicing.cash import foureyes
from o2c.invoicing.cash.receipts import CashRefused, OverApplied, lock, open_again, refuse_elsewhere, standing
from o2c.invoicing.models import LedgerAccount, OpenItem, WriteOff
from o2c.orders.models import LegalEntity

KIND, STATE = WriteOff.Kind, WriteOff.State
AGAINST = {KIND.SMALL: LedgerAccount.Role.WRITE_OFF, KIND.BAD_DEBT: LedgerAccount.Role.BAD_DEBT}


def write_off(item: OpenItem, amount: Decimal, *, kind: str, reason: str, on: date, actor: Actor) -> WriteOff:
    """Let go of so much of an item, whichever way it is owed; `amount` is positive. The rule is `write_off_all`'s."""
    return write_off_all({item.pk: amount}, kind=kind, reason=reason, on=on, actor=actor)[0]


def write_off_all(
    amounts: Mapping[int, Decimal | None], *, kind: str, reason: str, on: date, actor: Actor
) -> list[WriteOff]:
    """Let go of so much of each of these items of one legal entity, of all that is open where the amount is None.

    A small difference within the actor's limit is booked at once; what they let go of on the same item alone before
    counts too, so that nobody goes by steps. All else waits for somebody else. The number of statements is the same
    for one item and for many. Raises CashRefused, OverApplied, naming the item; then nothing is written off.
    """
    with acting(actor):
        locked = lock(amounts)
        if len({item.entity_id for item in locked.values()}) != 1:
            raise CashRefused("Write off items of one legal entity at a time.")
        entity = LegalEntity.objects.get(pk=next(iter(locked.values())).entity_id)
        refuse_elsewhere(entity.pk, actor)
        asked = foureyes.asking(actor, reason)
        wanted = {pk: _checked(item, amounts[pk], kind) for pk, item in locked.items()}
        worth = _worth(entity, wanted, on)
        made = WriteOff.objects.bulk_create(
            WriteOff(
                entity=entity,
                customer_id=item.customer_id,
                item=item,
                kind=kind,
                currency=item.currency,
                amount=wanted[pk],
                base_amount=worth[pk],
                **asked,
            )
            for pk, item in locked.items()
        )
        may_alone, before = foureyes.limit(entity, actor), foureyes.alone_on(WriteOff, wanted, STATE.BOOKED)
        alone = [
            row
            for row in made
            if kind == KIND.SMALL
            and row.base_amount is not None
            and row.base_amount + before.get(row.item_id, 0) <= may_alone
        ]
        _book(alone, entity, on=on, actor=actor)
        wait = [row for row in made if row.state == STATE.ASKED]
        outbox.emit_all("approvals.asked", [{"subject": "writeoff", "id": w.pk, "entity_id": entity.pk} for w in wait])
        return made


def _checked(item: OpenItem, amount: Decimal | None, kind: str) -> Decimal:
    """How much of an item is let go of. Raises CashRefused, OverApplied."""
    amount = exact(abs(item.open_amount) if amount is None else amount, item.currency)
    if item.open_amount == 0:
        raise CashRefused(f"Nothing is open of {item.number}.")
    if amount <= 0:
        raise CashRefused("Write off more than nothing.")
    if amount > abs(item.open_amount):
        raise OverApplied(f"Only {abs(item.open_money)} are open of {item.number}.")
    if kind == KIND.BAD_DEBT and item.amount < 0:
        raise CashRefused(f"{item.number} is a credit; nobody owes it to us.")
    return amount


def approve(asked: WriteOff, *, on: date, actor: Actor, note: str = "") -> WriteOff:
    """Approve what somebody else asked for; it is booked once everybody who must has.

    Raises FourEyes, OverApplied where the item is not so much open any more, LostRace or IllegalMove once decided.
    """
    with acting(actor):
        asked = foureyes.locked(asked)
        if asked.state != STATE.ASKED:
            raise states.IllegalMove(f"This write-off is {asked.get_state_display().lower()} already.")
        if foureyes.is_final(asked, actor, two=foureyes.needs_two(asked.entity, asked.base_amount)):
            item = lock([asked.item_id])[asked.item_id]
            if asked.amount > abs(item.open_amount):
                raise OverApplied(f"Only {abs(item.open_money)} are open of {item.number} now; refuse this.")
            _book([asked], asked.entity, on=on, actor=actor, **foureyes.decided(actor, note))
            outbox.emit("approvals.decided", subject="writeoff", id=asked.pk, state=asked.state)
        return asked


def refuse(asked: WriteOff, *, note: str, actor: Actor) -> None:
    with acting(actor):
        foureyes.refuse(foureyes.locked(asked), note=note, actor=actor)


def withdraw(asked: WriteOff, *, actor: Actor) -> None:
    with acting(actor):
        foureyes.withdraw(foureyes.locked(asked), actor=actor)


def reverse(booked: WriteOff, *, on: date, actor: Actor) -> None:
    """Take a write-off back: what it let go of is open again. Raises IllegalMove where it is not booked."""
    with acting(actor):
        booked = foureyes.locked(booked)
        states.move(booked, STATE.REVERSED, reversed_on=max(on, booked.booked_on or on))
        lock([booked.item_id, booked.opposite_id])
        refuse_elsewhere(booked.entity_id, actor)
        side = "credit_item_id" if booked.item.amount > 0 else "debit_item_id"
        for allocation in standing(**{side: booked.opposite_id}):
            open_again(allocation, on=on, actor=actor)
        items.cancel(booked.opposite, on=on, actor=actor)


def _worth(entity: LegalEntity, amounts: Mapping[int, Decimal], on: date) -> dict[int, Decimal | None]:
    """The amounts of these items in the base currency, on the day or the first on which the item is there."""
    with connection.cursor() as cursor:
        cursor.execute(WORTH, [entity.base_currency, on, list(amounts), list(amounts.values())])
        return dict(cursor.fetchall())


def _book(rows: list[WriteOff], entity: LegalEntity, *, on: date, actor: Actor, **decided) -> None:
    """Book what was asked for of a legal entity, with an item each that clears so much; the items are locked."""
    if not rows:
        return
    for day in {max(on, row.item.effective_on) for row in rows}:
        if closing.is_closed(entity, day):
            raise CashRefused(closing.told(entity, day))
    bookings = Bookings(entity, actor_name=actor.name)
    try:
        accounts = {kind: bookings.accounts[role] for kind, role in AGAINST.items()}
        bookings.add(OPPOSITES, ids=[row.pk for row in rows], on=on, **accounts)
        bookings.write()
        facts = {"decided_by_id": None, "decided_at": None, "note": "", **decided}
        with connection.cursor() as cursor:
            cursor.execute(BOOKED, facts)
            booked = {pk: (opposite_id, day) for pk, opposite_id, day in cursor.fetchall()}
    finally:
        bookings.drop()
    for row in rows:
        if row.pk not in booked:
            raise states.LostRace(f"Write-off {row.pk} is no longer asked for.")
        row.opposite_id, row.booked_on = booked[row.pk]
        row.state = STATE.BOOKED
        for name, value in decided.items():
            setattr(row, name, value)
    for customer_id in sorted({row.customer_id for row in rows}):
        outbox.emit("items.settled", customer_id=customer_id, entity_id=entity.pk)


WORTH = """
    SELECT i.id, invoicing_in_base(w.amount, i.currency, %s, greatest(%s, i.effective_on))
    FROM unnest(%s::bigint[], %s::numeric[]) AS w (id, amount) JOIN invoicing_openitem i USING (id)
"""
OPPOSITES = """
    INSERT INTO booking (line, customer_id, payer_id, entry_kind, item_kind, source, number, issued_on, due_on,
                         currency, amount, effective_on, known_on, against, settles, settled)
    SELECT w.id, i.customer_id, i.payer_id, 'write_off', 'write_off', 'o2c', i.number, d.day, d.day, i.currency,
           -sign(i.amount) * w.amount, d.day, greatest(d.day, i.known_on),
           CASE w.kind WHEN 'small' THEN %(small)s ELSE %(bad_debt)s END, i.id, w.amount
    FROM invoicing_writeoff w JOIN invoicing_openitem i ON i.id = w.item_id
    CROSS JOIN LATERAL (SELECT greatest(%(on)s, i.effective_on) AS day) d
    WHERE w.id = ANY(%(ids)s) AND w.state = 'asked'
"""
BOOKED = """
    UPDATE invoicing_writeoff w
    SET state = 'booked', opposite_id = b.item_id, booked_on = b.effective_on, decided_by_id = %(decided_by_id)s,
        decided_at = %(decided_at)s, note = %(note)s
    FROM booking b WHERE b.line = w.id
    RETURNING w.id, b.item_id, b.effective_on
"""
