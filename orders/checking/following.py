"""Orders follow what they are checked against: customers, accounts, products, contracts and prices that change.

Handlers of events: the orders that may still be changed are checked again. Safe to repeat.
"""

from django.db.models import Q

from o2c.core.actors import SYSTEM
from o2c.orders.checking import keeping
from o2c.orders.models import Contract, Order


def customers_changed(payloads: list[dict]) -> None:
    """Each names a customer, or a legal entity of which many were changed by a file."""
    customers = {payload["customer_id"] for payload in payloads if payload.get("customer_id")}
    entities = {payload["entity_id"] for payload in payloads if not payload.get("customer_id")}
    _again(Q(customer__in=customers) | Q(entity__in=entities))


def products_changed(payloads: list[dict]) -> None:
    """Each names a product; one without is of many that a file changed."""
    products = {payload.get("product_id") for payload in payloads}
    _again(Q() if None in products else Q(lines__product__in=products))


def prices_changed(payloads: list[dict]) -> None:
    """Each names the legal entity, and the products and the customer that it is about, where not about all."""
    which = Q(pk__in=[])
    for payload in payloads:
        about = Q(entity=payload["entity_id"])
        if payload.get("customer_id"):
            about &= Q(customer=payload["customer_id"])
        if payload.get("product_ids"):
            about &= Q(lines__product__in=payload["product_ids"])
        which |= about
    _again(which)


def contracts_changed(payloads: list[dict]) -> None:
    """Each names a contract that counts from now on, or no more."""
    which = Q(pk__in=[])
    ids = {payload["contract_id"] for payload in payloads}
    parties = Contract.objects.filter(pk__in=ids).values_list("entity_id", "customer_id").distinct()
    for entity_id, customer_id in parties:
        which |= Q(entity=entity_id, customer=customer_id)
    _again(which)


def _again(which: Q) -> None:
    open_to_change = Order.objects.filter(which, state__in=Order.OPEN_TO_CHANGE)
    keeping.revalidate(open_to_change.values_list("pk", flat=True).distinct(), actor=SYSTEM)
