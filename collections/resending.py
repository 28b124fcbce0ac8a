"""Sending a customer papers once more, and writing down with it that they went."""

from uuid import UUID

from o2c.collections import activities
from o2c.collections.models import Activity, Task
from o2c.core.actors import Actor, acting
from o2c.core.models import Message
from o2c.invoicing.invoices import copies
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Contact, Customer, LegalEntity


def send_again(
    items: list[OpenItem],
    *,
    entity: LegalEntity,
    customer: Customer,
    contact: Contact,
    key: UUID,
    actor: Actor,
    note: str = "",
    with_statement: bool = False,
    task: Task | None = None,
) -> Message:
    """Send the papers of items in one mail; the same `key` sends once. Raises NotSent as `copies.send`."""
    with acting(actor):
        message, is_new = copies.send(
            items, entity=entity, customer=customer, contact=contact, key=key, note=note,
            with_statement=with_statement, actor=actor,
        )  # fmt: skip
        if is_new:
            numbers = ", ".join(item.number for item in items)
            more = " with the statement of account" if with_statement else ""
            text = f"{numbers} sent again to {contact.name} <{contact.email}>{more}."
            activities.record(
                customer=customer, entity=entity, kind=Activity.Kind.NOTE, text=text, task=task, actor=actor
            )
        return message
