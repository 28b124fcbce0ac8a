"""Opening customers and accounts one at a time, and moving a customer within its group."""

from django.db import connection

from o2c.core.actors import Actor, acting
from o2c.orders.models import Account, Customer, LegalEntity


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
    """Open the customer's account with a legal entity, in the entity's currency unless agreed otherwise."""
    with acting(actor):
        return Account.objects.create(customer=customer, entity=entity, **{"currency": entity.base_currency, **agreed})


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
