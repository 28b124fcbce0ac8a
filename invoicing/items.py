"""Booking and cancelling one open item. Files of many are loaded by `o2c.invoicing.loading`."""

from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from o2c.core import locks, outbox
from o2c.core.actors import Actor, acting
from o2c.core.money import exact
from o2c.invoicing import closing, ledger
from o2c.invoicing.models import Allocation, Entry, Invoice, LedgerAccount, OpenItem
from o2c.orders.models import Customer, LegalEntity


class ItemRefused(ValueError):
    """The item cannot be booked or cancelled; the text says why."""


def book(
    *,
    entity: LegalEntity,
    customer: Customer,
    kind: OpenItem.Kind,
    amount: Decimal,
    currency: str,
    issued_on: date,
    due_on: date,
    number: str,
    against: LedgerAccount.Role,
    entry_kind: Entry.Kind,
    actor: Actor,
    source: str = "o2c",
    external_id: str | None = None,
    effective_on: date | None = None,
    known_on: date | None = None,
    text: str | None = None,
) -> OpenItem:
    """Post an item to receivables against another account, in one transaction.

    Positive: the customer owes more. `text` is the entry's, which never changes; the number unless said otherwise, and
    never what a person outside has written. `effective_on` and `known_on` are the day of issue unless said otherwise.
    Raises MoneyError for an amount the currency cannot hold, ItemRefused for nothing or for dates out of order.
    """
    amount = exact(amount, currency)
    if amount == 0:
        raise ItemRefused("An item of nothing cannot be booked.")
    if due_on < issued_on:
        raise ItemRefused(f"Due {due_on} is before issue {issued_on}.")
    effective_on = effective_on or issued_on
    known_on = known_on or issued_on
    if closing.is_closed(entity, effective_on):
        raise ItemRefused(closing.told(entity, effective_on))
    base_amount = ledger.in_base(amount, currency, entity, effective_on)
    with acting(actor, savepoint=False):
        item = _row(
            BOOK,
            {
                "entity": entity.pk,
                "customer": customer.pk,
                "payer": customer.payer_id,
                "entry_kind": entry_kind,
                "kind": kind,
                "number": number,
                "text": number if text is None else text,
                "source": source,
                "external_id": external_id or None,
                "issued_on": issued_on,
                "due_on": due_on,
                "currency": currency,
                "amount": amount,
                "base_amount": base_amount,
                "effective_on": effective_on,
                "known_on": known_on,
                "against": against,
                "actor": actor.name,
            },
        )
        item.entity, item.customer = entity, customer
        return item


COLUMNS = [column.attname for column in OpenItem._meta.concrete_fields]
NAMED = ", ".join(COLUMNS)
# The entry, its item, its postings and the event: a function of the database, since an ERP books items one at a time.
# It begins with WITH because what begins with SELECT is taken for reading, and would leave no trace in the audit trail.
BOOK = f"""
    WITH booked AS MATERIALIZED (
        SELECT * FROM invoicing_book_item(%(entity)s, %(customer)s, %(payer)s, %(entry_kind)s, %(kind)s, %(number)s,
            %(text)s, %(source)s, %(external_id)s, %(issued_on)s, %(due_on)s, %(currency)s, %(amount)s, %(base_amount)s,
            %(effective_on)s, %(known_on)s, %(against)s, %(actor)s)
    ) SELECT {NAMED} FROM booked
"""  # noqa: S608 our own names
HOLD = f"SELECT {NAMED} FROM invoicing_hold_item(%s, %s, %s, %s)"  # noqa: S608 our own names


def _row(sql: str, params: list | dict) -> OpenItem | None:
    """The item that a statement gives, without the detour that the models take to find the columns out."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return None if row is None else OpenItem.from_db(connection.alias, COLUMNS, row)


def held(entity: LegalEntity, source: str, external_id: str) -> OpenItem | None:
    """The item that its source knows by this key now, locked; None where there is none, and nobody else makes one.

    To be called in the transaction that then calls `put`.
    """
    name = locks.text("item", entity.pk, source, external_id)
    return _row(HOLD, [name, entity.pk, source, external_id])


def put(
    existing: OpenItem | None,
    *,
    entity: LegalEntity,
    customer: Customer,
    source: str,
    external_id: str,
    number: str,
    amount: Decimal,
    currency: str,
    issued_on: date,
    due_on: date,
    disputed: bool | None,
    known_on: date | None = None,
    on: date,
    actor: Actor,
) -> OpenItem:
    """Bring one item to what its source says of it now; `existing` is what `held` returned. The item as it is then.

    The rule is that of files (`o2c.invoicing.loading`): number, due date and dispute are changed; another customer,
    currency, amount or day of issue makes another document, so the item is reversed on `on` and booked anew. `disputed`
    None leaves that as it is. Raises ItemRefused where a reversal is needed and something is allocated to it.
    """
    if due_on < issued_on:
        raise ItemRefused(f"Due {due_on} is before issue {issued_on}.")
    with acting(actor, savepoint=False):
        if existing is not None:
            told = (customer.pk, currency, exact(amount, currency), issued_on)
            if told == (existing.customer_id, existing.currency, existing.amount, existing.issued_on):
                return _correct(existing, number=number, due_on=due_on, disputed=disputed, on=on)
            cancel(existing, on=on, actor=actor)
            OpenItem.objects.filter(pk=existing.pk).update(superseded_on=on)
        item = book(
            entity=entity,
            customer=customer,
            kind=OpenItem.Kind.INVOICE if amount > 0 else OpenItem.Kind.CREDIT_NOTE,
            amount=amount,
            currency=currency,
            issued_on=issued_on,
            due_on=due_on,
            number=number,
            against=LedgerAccount.Role.REVENUE,
            entry_kind=Entry.Kind.ITEM,
            source=source,
            external_id=external_id,
            known_on=known_on,
            actor=actor,
        )
        return _correct(item, number=number, due_on=due_on, disputed=disputed, on=on)


def _correct(item: OpenItem, *, number: str, due_on: date, disputed: bool | None, on: date) -> OpenItem:
    """Write what may change of an item, where it differs."""
    disputed_on = item.disputed_on
    if disputed is not None:
        disputed_on = (disputed_on or on) if disputed else None
    wanted = {"number": number, "due_on": due_on, "disputed_on": disputed_on}
    changed = {name: value for name, value in wanted.items() if getattr(item, name) != value}
    if changed:
        OpenItem.objects.filter(pk=item.pk).update(**changed)
        for name, value in changed.items():
            setattr(item, name, value)
        outbox.emit("items.booked", customer_id=item.customer_id, entity_id=item.entity_id)
    return item


@transaction.atomic
def cancel(item: OpenItem, *, on: date, actor: Actor) -> OpenItem:
    """Take a wholly open item back: its entry is reversed, which makes an opposite item, and the two clear.

    Raises ItemRefused where anything is allocated to it, which must be undone first, or its entry is reversed already.
    """
    with acting(actor):
        item = OpenItem.objects.select_for_update(no_key=True).get(pk=item.pk)
        if item.open_amount == item.amount:
            document = Invoice.objects.filter(entry_id=item.entry_id).first()
            if document is not None:
                raise ItemRefused(
                    f"{item.number} is owed by a document that was issued here: cancel or credit {document}."
                )
        (opposite,) = reverse(item.entry, [item], on=on, actor=actor)
        item.refresh_from_db()
        return opposite


def reverse(entry: Entry, rows: list[OpenItem], *, on: date, actor: Actor) -> list[OpenItem]:
    """Reverse an entry with its items, which are locked: each clears with an opposite one, which are the answer.

    Raises ItemRefused where one is partly settled, the entry is reversed already, or the books are closed.
    """
    for item in rows:
        if item.open_amount != item.amount:
            raise ItemRefused(f"{item.number} is partly or wholly settled; undo that first.")
    stands = ledger.standing(entry.pk)
    if Entry.objects.filter(reverses_id=stands).exists():
        raise ItemRefused(f"{rows[0].number} was cancelled before; settle it with its reversal again.")
    day = max(on, *(item.effective_on for item in rows))
    known_on = max(on, *(item.known_on for item in rows))
    if closing.is_closed(entry.entity, day):
        raise ItemRefused(closing.told(entry.entity, day))
    undoing = Entry.objects.create(
        entity_id=entry.entity_id,
        payer_id=entry.payer_id,
        kind=Entry.Kind.REVERSAL,
        text=entry.text,
        effective_on=day,
        known_on=known_on,
        reverses_id=stands,
        actor=actor.name,
    )
    opposites = OpenItem.objects.bulk_create(
        [
            OpenItem(
                entity_id=item.entity_id,
                customer_id=item.customer_id,
                payer_id=item.payer_id,
                kind=OpenItem.Kind.CORRECTION,
                source="o2c",
                external_id=f"reversal:{undoing.pk}" + (f":{item.pk}" if len(rows) > 1 else ""),
                number=item.number,
                issued_on=day,
                due_on=day,
                currency=item.currency,
                amount=-item.amount,
                open_amount=-item.amount,
                base_amount=None if item.base_amount is None else -item.base_amount,
                effective_on=day,
                known_on=known_on,
                entry=undoing,
            )
            for item in rows
        ]
    )
    pairs = list(zip(rows, opposites, strict=True))
    ledger.post_reversal(undoing, entry, {item.pk: opposite for item, opposite in pairs})
    Allocation.objects.bulk_create(
        [
            Allocation(
                debit_item=item if item.amount > 0 else opposite,
                credit_item=opposite if item.amount > 0 else item,
                payer_id=item.payer_id,
                currency=item.currency,
                amount=abs(item.amount),
                effective_on=day,
                known_on=known_on,
                actor=actor.name,
            )
            for item, opposite in pairs
        ]
    )
    for customer_id in sorted({item.customer_id for item in rows}):
        outbox.emit("items.settled", customer_id=customer_id, entity_id=entry.entity_id)
    return opposites
