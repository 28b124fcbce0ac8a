"""How people move an order on its way, but for confirming it: submitted to be validated, or cancelled."""

from datetime import datetime

from o2c.core import outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Fault
from o2c.core.states import ANY, check_seen
from o2c.orders.checking import keeping
from o2c.orders.models import Order
from o2c.orders.ordering.drafts import OrderRefused

STATE = Order.State


def submit(order: Order, *, actor: Actor) -> Order:
    """Say that it is whole: it is checked, and validated as soon as nothing is wrong with it, now or later.

    One that is beyond that stays as it is.
    """
    with acting(actor):
        order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if order.state in Order.OPEN_TO_CHANGE:
            if not order.submitted:
                Order.objects.filter(pk=order.pk).update(submitted=True)
            keeping.revalidate([order.pk], actor=actor)
        return Order.objects.select_related("entity", "customer").get(pk=order.pk)


def cancel(order: Order, *, reason: str, actor: Actor, seen: datetime | None = ANY) -> Order:
    """Give an order up of which nothing was delivered. Cancelled already, it stays so.

    Raises OrderRefused, IllegalMove where something was delivered or invoiced, LostRace where it was changed after
    `seen`.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise OrderRefused([Fault("/reason", "required", "Say why.")])
    with acting(actor):
        order = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
        if order.state == STATE.CANCELLED:
            return order
        check_seen(order, seen)
        states.move(order, STATE.CANCELLED, reason=reason[:300])
        outbox.emit("orders.cancelled", order_id=order.pk, entity_id=order.entity_id)
        if order.customer_reference:
            # what was ordered twice is not any more
            same = Order.objects.filter(customer=order.customer_id, customer_reference=order.customer_reference)
            keeping.revalidate(list(same.values_list("pk", flat=True)), actor=actor)
        order.refresh_from_db()
        return order
