"""One entry with two items: a credit leaves one place and stands in another. Booking it, and taking it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from o2c.core import outbox
from o2c.core.actors import Actor, acting
from o2c.invoicing import closing, items
from o2c.invoicing.cash.receipts import lock
from o2c.invoicing.items import ItemRefused
from o2c.invoicing.models import Entry, LedgerAccount, OpenItem, Posting
from o2c.orders.models import Customer, LegalEntity


@dataclass(frozen=True)
class Leg:
    """An item to be: what receivables change by, and whose they are."""

    customer: Customer
    kind: OpenItem.Kind
    number: str
    currency: str
    amount: Decimal
    base_amount: Decimal | None


@dataclass(frozen=True)
class Other:
    """A posting beside the items."""

    role: LedgerAccount.Role
    currency: str
    amount: Decimal
    base_amount: Decimal | None


def book(
    entity: LegalEntity,
    legs: Iterable[Leg],
    others: Iterable[Other],
    *,
    kind: Entry.Kind,
    text: str,
    on: date,
    known_on: date,
    actor: Actor,
) -> list[OpenItem]:
    """Write one entry with its items. The database refuses one that does not balance in each currency and in base."""
    legs = list(legs)
    with acting(actor):
        if closing.is_closed(entity, on):
            raise ItemRefused(closing.told(entity, on))
        entry = Entry.objects.create(
            entity=entity,
            payer_id=legs[0].customer.payer_id,
            kind=kind,
            text=text,
            effective_on=on,
            known_on=known_on,
            actor=actor.name,
        )
        made = []
        for position, leg in enumerate(legs, start=1):
            made.append(
                OpenItem.objects.create(
                    entity=entity,
                    customer=leg.customer,
                    payer_id=leg.customer.payer_id,
                    kind=leg.kind,
                    source="o2c",
                    external_id=f"{leg.kind}:{entry.pk}:{position}",
                    number=leg.number,
                    issued_on=on,
                    due_on=on,
                    currency=leg.currency,
                    amount=leg.amount,
                    open_amount=leg.amount,
                    base_amount=leg.base_amount,
                    effective_on=on,
                    known_on=known_on,
                    entry=entry,
                )
            )
        accounts = dict(LedgerAccount.objects.filter(entity=entity).values_list("role", "id"))
        receivables = accounts[LedgerAccount.Role.RECEIVABLES]
        Posting.objects.bulk_create(
            [
                Posting(
                    entry=entry,
                    account_id=receivables,
                    item=item,
                    currency=item.currency,
                    amount=item.amount,
                    base_amount=item.base_amount,
                )
                for item in made
            ]
            + [
                Posting(
                    entry=entry,
                    account_id=accounts[other.role],
                    currency=other.currency,
                    amount=other.amount,
                    base_amount=other.base_amount,
                )
                for other in others
                if other.amount
            ]
        )
        for customer_id in sorted({leg.customer.pk for leg in legs}):
            outbox.emit("items.booked", customer_id=customer_id, entity_id=entity.pk)
        return made


def cancel(entry: Entry, *, on: date, actor: Actor) -> None:
    """Reverse an entry with all its items, each wholly open; each clears with its opposite. Raises ItemRefused."""
    with acting(actor):
        locked = lock(sorted(entry.items.values_list("pk", flat=True)))
        items.reverse(entry, list(locked.values()), on=on, actor=actor)
