"""Customers, their accounts and contacts one at a time: opened, changed, and moved within their group."""

from datetime import datetime

from django.db import connection

from o2c.core import outbox
from o2c.core.actors import Actor, acting
from o2c.core.states import ANY, LostRace
from o2c.orders.credit import limits
from o2c.orders.models import Account, Contact, Customer, LegalEntity, Order


class CustomerRefused(ValueError):
    """The customer cannot be kept so; the text says why."""


def create(*, number: str, name: str, actor: Actor, parent: Customer | None = None, **details) -> Customer:
    """Open a customer; it pays for itself unless it belongs to a group."""
    with acting(actor):
        customer = Customer.objects.create(
            number=number, name=name, parent=parent, payer_id=parent.payer_id if parent else None, **details
        )
        if parent is None:
            Customer.objects.filter(pk=customer.pk).update(payer_id=customer.pk)
            customer.payer_id = customer.pk
        return customer


def open_account(customer: Customer, entity: LegalEntity, *, actor: Actor, **agreed) -> Account:
    """Open the customer's account with a legal entity, in the entity's currency unless agreed otherwise.

    Raises LimitRefused for a `credit_limit` that the actor may not set.
    """
    with acting(actor):
        limit = agreed.pop("credit_limit", None)
        account = Account.objects.create(
            customer=customer, entity=entity, **{"currency": entity.base_currency, **_reasoned(agreed)}
        )
        if limit is not None:
            limits.set_now(account, limit, actor=actor)
            account.refresh_from_db(fields=["credit_limit", "updated_at"])
        if Order.objects.filter(customer=customer, entity=entity).exists():
            outbox.emit("customers.changed", customer_id=customer.pk)
        return account


def change(customer: Customer, *, actor: Actor, seen: datetime | None = ANY, **details) -> Customer:
    """Change what is said of a customer; `parent` moves it within its group. What stays the same is not written.

    `seen` is the moment of the last change that the actor knows of. Raises LostRace where there was a later one, and
    CustomerRefused for a parent that is one of its own branches.
    """
    with acting(actor):
        _still(customer, seen)
        if "parent" in details:
            parent = details.pop("parent")
            if customer.parent_id != (parent.pk if parent else None):
                move(customer, parent=parent, actor=actor)
        _write(customer, details)
        return customer


def change_account(account: Account, *, actor: Actor, seen: datetime | None = ANY, **agreed) -> Account:
    """Change what is agreed with a customer. What stays the same is not written. A `credit_limit` counts from today on.

    Raises LostRace as `change` does, and LimitRefused for a limit that the actor may not set.
    """
    with acting(actor):
        _still(account, seen)
        limit = agreed.pop("credit_limit", account.credit_limit)
        relabelled = agreed.get("currency", account.currency) != account.currency
        _write(account, _reasoned(agreed))
        if limit != account.credit_limit or relabelled:
            limits.set_now(account, limit, actor=actor)
            account.credit_limit = limit
        return account


def _reasoned(agreed: dict) -> dict:
    """An account that is open has no reason why it would not be."""
    return {**agreed, "standing_reason": ""} if agreed.get("standing") == Account.Standing.OPEN else agreed


def add_contact(customer: Customer, *, actor: Actor, **details) -> Contact:
    """Write down a person at the customer."""
    with acting(actor):
        return Contact.objects.create(customer=customer, **details)


def change_contact(contact: Contact, *, actor: Actor, seen: datetime | None = ANY, **details) -> Contact:
    """Change what is known of a person; one who is gone is no longer `in_use`. Raises LostRace as `change` does."""
    with acting(actor):
        _still(contact, seen)
        _write(contact, details)
        return contact


def _still(row: Customer | Account | Contact, seen: datetime | None) -> None:
    """Lock the row, if it is the version that was seen. Raises LostRace."""
    if seen is ANY:
        return
    rows = type(row)._default_manager.select_for_update(no_key=True)
    if not rows.filter(pk=row.pk, updated_at=seen).exists():
        raise LostRace(f"{row._meta.verbose_name} {row.pk} was changed after {seen}.")


def _write(row: Customer | Account | Contact, values: dict) -> None:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if changed:
        type(row)._default_manager.filter(pk=row.pk).update(**changed)
        for name, value in changed.items():
            setattr(row, name, value)
        if not isinstance(row, Contact):
            outbox.emit("customers.changed", customer_id=row.pk if isinstance(row, Customer) else row.customer_id)


def move(customer: Customer, *, parent: Customer | None, actor: Actor) -> None:
    """Put a customer under another parent, or on its own; its branches move with it.

    What they owe follows to the new payer. Raises CustomerRefused where the parent is the customer or one of its
    own branches.
    """
    with acting(actor):
        if parent is not None and parent.pk in branches(customer):
            raise CustomerRefused(f"{parent.number} belongs to {customer.number} and cannot be its parent.")
        payer_id = parent.payer_id if parent else customer.pk
        Customer.objects.filter(pk=customer.pk).update(parent=parent)
        Customer.objects.filter(pk__in=branches(customer)).update(payer_id=payer_id)
        customer.parent, customer.payer_id = parent, payer_id


def branches(customer: Customer) -> set[int]:
    """The ids of the customer and of all that stands below it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE below AS (
                SELECT %s::bigint AS id
                UNION SELECT c.id FROM orders_customer c JOIN below b ON c.parent_id = b.id
            )
            SELECT id FROM below
            """,
            [customer.pk],
        )
        return {row[0] for row in cursor.fetchall()}
