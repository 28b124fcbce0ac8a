"""Confirming orders: by the credit decision, under a lock of the account, so that no two slip under one limit together.

Whatever decides about the orders of a customer takes its account first: two that are confirmed at once wait for each
other, and the second counts the first. Many are decided in a constant number of statements.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.core.states import IllegalMove
from o2c.orders.credit import policies
from o2c.orders.credit.deciding import Decided
from o2c.orders.credit.exposing import Position, positions
from o2c.orders.models import Account, CreditDecision, LegalEntity, Order

STATE, OUTCOME = Order.State, CreditDecision.Outcome


class CreditRefused(Refused):
    """The order cannot be decided about so; the text says why."""


@dataclass(frozen=True)
class Weighed:
    """An order with where its customer stands if it is confirmed, and what follows."""

    order: Order
    position: Position
    decided: Decided


def confirm(order: Order, *, actor: Actor) -> CreditDecision:
    """Confirm a validated order, or put it on hold where the credit decision speaks against it; the reasons are kept.

    Done already, it is what was decided. Raises IllegalMove for an order that is neither.
    """
    with acting(actor):
        lock_accounts(order.entity_id, [order.customer_id])
        order = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("entity").get(pk=order.pk)
        if order.state in (STATE.CONFIRMED, STATE.ON_HOLD):
            last = order.credit_decisions.order_by("-pk").first()
            if last is not None:
                return last
        if STATE.CONFIRMED not in Order.MOVES.get(order.state, ()):
            raise IllegalMove(f"An order that is {order.get_state_display().lower()} is not confirmed.")
        today = clock.today(order.entity.time_zone)
        (made,) = keep(order.entity, weigh(order.entity, [order], today), actor=actor)
        return made


def confirm_many(entity: LegalEntity, orders: Iterable[int], *, actor: Actor) -> list[CreditDecision]:
    """Confirm the validated ones among these orders of a legal entity, the oldest of a customer first, in a constant
    number of statements. The others are left as they are."""
    with acting(actor):
        found = Order.objects.filter(entity=entity, pk__in=list(orders), state=STATE.VALIDATED)
        customers = set(found.values_list("customer_id", flat=True))
        lock_accounts(entity.pk, customers)
        # one of somebody else that was validated meanwhile is left: its account is not ours
        rows = oldest_first(found.filter(customer__in=customers).select_for_update(no_key=True))
        return keep(entity, weigh(entity, rows, clock.today(entity.time_zone)), actor=actor)


def oldest_first(locking: QuerySet[Order]) -> list[Order]:
    """The orders, locked in the order of their ids, as whoever else locks several does."""
    return sorted(locking.order_by("pk"), key=lambda order: (order.ordered_on, order.pk))


def lock_accounts(entity_id: int, customers: Iterable[int]) -> None:
    """Keep everybody else from deciding about the customers, until the transaction ends."""
    rows = Account.objects.filter(entity=entity_id, customer__in=set(customers)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def weigh(entity: LegalEntity, orders: list[Order], on: date, *, apart: bool = False) -> list[Weighed]:
    """Decide about orders one after another: each that is confirmed counts for those after it. Writes nothing.

    `apart` decides each as if it were the only one.
    """
    policy = policies.of(entity)
    thresholds = policies.thresholds(policy)
    standing = positions(entity, {order.customer_id for order in orders}, on, policy)
    found = []
    for order in orders:
        position = standing[order.customer_id].with_order(order.base_total, order.currency)
        decided = position.decided(thresholds)
        found.append(Weighed(order, position, decided))
        if not decided.holds and not apart:
            standing[order.customer_id] = position.confirmed()
    return found


def keep(
    entity: LegalEntity, weighed: list[Weighed], *, actor: Actor, outcome: str | None = None, **facts
) -> list[CreditDecision]:
    """Write decisions and move the orders, which are locked, in a constant number of statements.

    `outcome` is what a person decided instead of the rule; `facts` are kept with the decision.
    """
    if not weighed:
        return []
    rows = []
    for each in weighed:
        exposure = each.position.exposure
        became = outcome or (OUTCOME.HELD if each.decided.holds else OUTCOME.CONFIRMED)
        rows.append(
            CreditDecision(
                order=each.order, entity=entity, customer_id=each.order.customer_id, outcome=became,
                reasons=[reason.as_json() for reason in each.decided.reasons], currency=exposure.currency,
                open_items=exposure.open_items, delivered=exposure.delivered, confirmed=exposure.confirmed,
                order_amount=each.order.base_total, credit_limit=each.position.limit.amount,
                decided_at=clock.now(), decided_by=actor.name, decided_by_user_id=actor.user_id, **facts,
            )
        )  # fmt: skip
    made = CreditDecision.objects.bulk_create(rows)
    free = [row for row in made if row.outcome in (OUTCOME.CONFIRMED, OUTCOME.RELEASED)]
    held = [row for row in made if row.outcome == OUTCOME.HELD and row.order.state != STATE.ON_HOLD]
    if free:
        outbox.emit_all("orders.confirmed", _moved(free, STATE.CONFIRMED))
    if held:
        outbox.emit_all("orders.on_hold", _moved(held, STATE.ON_HOLD))
    return made


def _moved(those: list[CreditDecision], state: str) -> list[dict]:
    """Move the orders, and what is told of each."""
    Order.objects.filter(pk__in=[row.order_id for row in those]).update(state=state)
    for row in those:
        row.order.state = state
    return [named(row.order) | {"decision_id": row.pk} for row in those]


def named(order: Order) -> dict:
    return {
        "order_id": order.pk, "number": order.number, "entity_id": order.entity_id, "customer_id": order.customer_id,
    }  # fmt: skip
