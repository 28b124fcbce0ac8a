"""Orders on credit hold: released and rejected by people, or released by themselves once nothing speaks against them.

A hold is of an order. Goods that left are invoiced whatever is held.
"""

from collections.abc import Iterable
from datetime import timedelta

from o2c.core import clock, outbox, states
from o2c.core.actors import SYSTEM, Actor, acting
from o2c.core.states import IllegalMove
from o2c.orders.confirming import OUTCOME, STATE, CreditRefused, keep, lock_accounts, named, oldest_first, weigh
from o2c.orders.credit import policies
from o2c.orders.models import CreditDecision, CreditPolicy, LegalEntity, Order
from o2c.orders.ordering import moving


class FourEyes(CreditRefused):
    """Somebody else must decide this; the text says why."""

    problem = "forbidden"


def release(order: Order, *, reason: str, actor: Actor) -> CreditDecision:
    """Confirm a held order although something speaks against it. From the policy's amount on two people do.

    The first yes of two leaves it on hold, and waits for as long as the policy says or until the reasons change. The
    second is never the first, whatever roles they have, and neither is a program. Raises CreditRefused, FourEyes, and
    IllegalMove for an order that is not held.
    """
    with acting(actor):
        order, policy = _held(order, reason)
        (weighed,) = weigh(order.entity, [order], clock.today(order.entity.time_zone))
        facts = {"note": reason.strip()[:300]}
        if not needs_two(policy, order):
            return keep(order.entity, [weighed], actor=actor, outcome=OUTCOME.RELEASED, **facts)[0]
        if actor.user_id is None:
            raise FourEyes("Only people release so much, and two of them.")
        first = first_yes(order, policy)
        if first is None:
            (made,) = keep(order.entity, [weighed], actor=actor, outcome=OUTCOME.FIRST_YES, **facts)
            outbox.emit("orders.first_yes", **named(order), decision_id=made.pk)
            return made
        if first.decided_by_user_id == actor.user_id:
            raise FourEyes("You said yes already, so somebody else releases it.")
        facts["first_by_id"] = first.decided_by_user_id
        return keep(order.entity, [weighed], actor=actor, outcome=OUTCOME.RELEASED, **facts)[0]


def reject(order: Order, *, reason: str, cancel: bool, actor: Actor) -> CreditDecision:
    """Refuse a held order: it is cancelled, or a draft again to be changed. Raises CreditRefused and IllegalMove."""
    with acting(actor):
        order, _ = _held(order, reason)
        (weighed,) = weigh(order.entity, [order], clock.today(order.entity.time_zone))
        note = reason.strip()[:300]
        (made,) = keep(order.entity, [weighed], actor=actor, outcome=OUTCOME.REJECTED, note=note)
        if cancel:
            moving.cancel(order, reason=note, actor=actor)
        else:
            # else it would be found right again at once, and wait here once more
            states.move(order, STATE.DRAFT, submitted=False)
            outbox.emit("orders.rejected", **named(order), decision_id=made.pk)
        return made


def needs_two(policy: CreditPolicy, order: Order) -> bool:
    """Whether two people release the order. What nobody can value in the base currency counts as large."""
    least = policy.two_people_from
    return least is not None and (order.base_total is None or order.base_total >= least)


def first_yes(order: Order, policy: CreditPolicy) -> CreditDecision | None:
    """The yes that waits for a second one: the last thing that was decided, and not too long ago."""
    last = order.credit_decisions.order_by("-pk").first()
    since = clock.now() - timedelta(days=policy.yes_days)
    return last if last is not None and last.outcome == OUTCOME.FIRST_YES and last.decided_at >= since else None


def recheck(entity: LegalEntity, customers: Iterable[int] | None = None, *, actor: Actor = SYSTEM) -> dict[str, int]:
    """Look at the held orders of a legal entity anew, the oldest of a customer first: those that nothing speaks against
    any more are confirmed, and where other reasons hold than before that is kept.

    In a constant number of statements, and done twice nothing more. Returns how many were looked at and confirmed.
    """
    with acting(actor):
        held = Order.objects.filter(entity=entity, state=STATE.ON_HOLD)
        if customers is not None:
            held = held.filter(customer__in=list(customers))
        concerned = set(held.values_list("customer_id", flat=True))
        if not concerned:
            return {"looked_at": 0, "confirmed": 0}
        lock_accounts(entity.pk, concerned)
        rows = held.filter(customer__in=concerned).select_for_update(no_key=True, of=("self",))
        orders = oldest_first(rows)
        weighed = weigh(entity, orders, clock.today(entity.time_zone))
        free = [each for each in weighed if not each.decided.holds]
        before = _last_reasons(orders)
        changed = [
            each for each in weighed
            if each.decided.holds and before.get(each.order.pk) != [reason.code for reason in each.decided.reasons]
        ]  # fmt: skip
        keep(entity, free, actor=actor, note="Nothing speaks against it any more.")
        keep(entity, changed, actor=actor)
        return {"looked_at": len(orders), "confirmed": len(free)}


def recheck_all() -> dict:
    """Look at every held order anew: a day that turns changes what is overdue, without any event."""
    waiting = Order.objects.filter(state=STATE.ON_HOLD).values("entity")
    confirmed = [recheck(entity)["confirmed"] for entity in LegalEntity.objects.filter(pk__in=waiting).order_by("pk")]
    return {"confirmed": sum(confirmed)}


def happened(payloads: list[dict]) -> None:
    """Something settled, or a limit or policy changed: look at the held orders of those it may concern."""
    wanted: dict[int, set[int] | None] = {}
    for payload in payloads:
        entity_id, customers = payload["entity_id"], payload.get("customers")
        if customers is None and payload.get("customer_id") is not None:
            customers = [payload["customer_id"]]
        if customers is None or wanted.get(entity_id, set()) is None:
            wanted[entity_id] = None
        else:
            wanted.setdefault(entity_id, set()).update(customers)
    for entity in LegalEntity.objects.filter(pk__in=wanted).order_by("pk"):
        recheck(entity, wanted[entity.pk])


def _held(order: Order, reason: str) -> tuple[Order, CreditPolicy]:
    if not reason.strip():
        raise CreditRefused("Say why.", "reason")
    lock_accounts(order.entity_id, [order.customer_id])
    found = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("entity").get(pk=order.pk)
    if found.state != STATE.ON_HOLD:
        raise IllegalMove(f"{found.number} is {found.get_state_display().lower()}, not on credit hold.")
    return found, policies.of(found.entity)


def _last_reasons(orders: list[Order]) -> dict[int, list[str]]:
    """The codes of the last decision of each order; none after a yes that was not the last, which stays."""
    last = (
        CreditDecision.objects.filter(order__in=orders).order_by("order", "-pk").distinct("order")
        .values_list("order_id", "reasons")
    )  # fmt: skip
    return {order_id: [reason["code"] for reason in reasons] for order_id, reasons in last}
