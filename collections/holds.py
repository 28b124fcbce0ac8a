"""Holds: who is not dunned, from when until when, and why."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from o2c.collections import activities
from o2c.collections.models import Activity, Hold
from o2c.core.actors import Actor, acting
from o2c.invoicing.models import OpenItem
from o2c.orders.models import Account, Customer, LegalEntity


class HoldRefused(ValueError):
    """The hold cannot be placed or lifted so; the text says why."""


def place(
    *,
    customer: Customer,
    reason: str,
    from_on: date,
    actor: Actor,
    entity: LegalEntity | None = None,
    item: OpenItem | None = None,
    until: date | None = None,
) -> Hold:
    """Stop dunning a customer with one legal entity (or with all), or one item, from a day until another included.

    Raises HoldRefused without a reason, for an end before the beginning, or an item of somebody else.
    """
    if item is not None:
        if entity is not None and item.entity_id != entity.pk:
            raise HoldRefused(_elsewhere(item, customer))
        return place_on([item], customer=customer, reason=reason, from_on=from_on, until=until, actor=actor)[0]
    _check(reason, from_on, until)
    with acting(actor):
        hold = Hold.objects.create(
            customer=customer, entity=entity, payer_id=customer.payer_id, **_when(reason, from_on, until, actor)
        )
        _tell(hold, _said("Everything", hold), actor)
        return hold


def place_on(
    items: Sequence[OpenItem],
    *,
    customer: Customer,
    reason: str,
    from_on: date,
    actor: Actor,
    until: date | None = None,
) -> list[Hold]:
    """Stop dunning some items of a customer with one legal entity, as `place`; all of them or none."""
    _check(reason, from_on, until)
    if not items:
        raise HoldRefused("Choose at least one item.")
    for item in items:
        if (item.customer_id, item.entity_id) != (customer.pk, items[0].entity_id):
            raise HoldRefused(_elsewhere(item, customer))
    with acting(actor):
        made = Hold.objects.bulk_create(
            Hold(
                customer=customer,
                entity=items[0].entity,
                item=item,
                payer_id=customer.payer_id,
                **_when(reason, from_on, until, actor),
            )
            for item in items
        )
        _tell(made[0], _said(", ".join(item.number for item in items), made[0]), actor)
        return made


def _check(reason: str, from_on: date, until: date | None) -> None:
    if not reason.strip():
        raise HoldRefused("Say why.")
    if until is not None and until < from_on:
        raise HoldRefused(f"It would end on {until}, before it begins.")


def _elsewhere(item: OpenItem, customer: Customer) -> str:
    return f"{item.number} is not owed by {customer.name} there."


def _when(reason: str, from_on: date, until: date | None, actor: Actor) -> dict:
    return {"reason": reason.strip()[:200], "from_on": from_on, "until": until, "actor": actor.name}


def _said(what: str, hold: Hold) -> str:
    end = f"until {hold.until}" if hold.until else "until lifted"
    return f"{what} on hold from {hold.from_on} {end}: {hold.reason}"


def lift(hold: Hold, *, on: date, actor: Actor) -> Hold:
    """End a hold: from `on` it no longer holds. One that has not begun yet never does.

    Raises HoldRefused where it has ended by then anyway.
    """
    with acting(actor):
        hold = Hold.objects.select_for_update(no_key=True, of=("self",)).select_related("customer").get(pk=hold.pk)
        if hold.until is not None and hold.until < on:
            raise HoldRefused(f"This hold ended on {hold.until}.")
        _tell(hold, f"Hold lifted on {on}: {hold.reason}", actor)
        if on <= hold.from_on:
            hold.delete()
            return hold
        hold.until = on - timedelta(days=1)
        Hold.objects.filter(pk=hold.pk).update(until=hold.until)
        return hold


def standing(customer: Customer, as_of: date) -> QuerySet[Hold]:
    """The customer's holds of a day."""
    return (
        Hold.objects.filter(Q(until=None) | Q(until__gte=as_of), customer=customer, from_on__lte=as_of)
        .select_related("entity", "item")
        .order_by("from_on", "id")
    )


def _tell(hold: Hold, text: str, actor: Actor) -> None:
    """Stand in the timeline of every legal entity that the hold is for."""
    entities = (
        [hold.entity]
        if hold.entity_id
        else LegalEntity.objects.filter(pk__in=Account.objects.filter(customer=hold.customer).values("entity_id"))
    )
    for entity in entities:
        activities.record(customer=hold.customer, entity=entity, kind=Activity.Kind.HOLD, text=text, actor=actor)
