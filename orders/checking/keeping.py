"""Checking orders, and keeping what is wrong with them: in a number of statements that does not hang on how many.

An order that is whole is validated when nothing is wrong with it any more; one that was is a draft again when something
is. What was waived counts as mended as long as it is still the same.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.orders.checking import facts, rules
from o2c.orders.checking.rules import Found
from o2c.orders.models import Order, OrderLine, OrderProblem
from o2c.orders.ordering.sources import SOURCE, is_agreed, source_of

STATE = Order.State
AT_ONCE = 500


class WaivingRefused(Refused):
    """The problem cannot be waived; the text says why."""


def revalidate(ids: Iterable[int], *, actor: Actor) -> dict[int, int]:
    """Check orders as far as they may still be changed; how many problems each has that nobody waived."""
    ids, standing = sorted(ids), {}
    for first in range(0, len(ids), AT_ONCE):
        with acting(actor):
            standing |= _revalidate(ids[first : first + AT_ONCE])
    return standing


def _revalidate(ids: list[int]) -> dict[int, int]:
    orders = list(
        Order.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=ids, state__in=Order.OPEN_TO_CHANGE)
        .select_related("entity", "customer")
        .order_by("pk")
    )
    if not orders:
        return {}
    asked, lines, offers = facts.read(orders)
    _keep_sources(lines, offers)
    standing = _keep_problems({each.order_id: rules.check(each) for each in asked})
    _move(orders, standing)
    return standing


def _keep_sources(lines: list[dict], offers: dict) -> None:
    """Say on the lines what is agreed for them now, where it is not what it was."""
    changed = []
    for line in lines:
        source = source_of(offers[line["id"]])
        same = is_agreed(line["price"], line["price_per"], source["agreed"], source["agreed_per"])
        source["origin"] = str(offers[line["id"]].origin) if same else OrderLine.Origin.BY_HAND
        if any(line[name] != value for name, value in source.items()):
            changed.append(OrderLine(pk=line["id"], **source))
    if changed:
        OrderLine.objects.bulk_update(changed, [name.removesuffix("_id") for name in (*SOURCE, "origin")])


def _keep_problems(found: dict[int, list[Found]]) -> dict[int, int]:
    """End what is wrong no more, and write down what is by now; how many stand that nobody waived."""
    there = defaultdict(dict)
    for problem in OrderProblem.objects.filter(order__in=list(found), ended_at=None):
        there[problem.order_id][problem.line_id, problem.code] = problem
    over, new, standing = [], [], {}
    for order_id, problems in found.items():
        before, left = there[order_id], 0
        for each in problems:
            known = before.pop((each.line_id, each.code), None)
            if known is not None and (known.text, known.facts) == (each.text[:300], each.facts):
                left += known.waived_at is None
                continue
            if known is not None:
                over.append(known.pk)
            left += 1
            new.append(
                OrderProblem(
                    order_id=order_id, line_id=each.line_id, code=each.code, text=each.text[:300], facts=each.facts
                )
            )
        over += [problem.pk for problem in before.values()]
        standing[order_id] = left
    if over:
        OrderProblem.objects.filter(pk__in=over).update(ended_at=clock.now())
    if new:
        OrderProblem.objects.bulk_create(new)
    return standing


def _move(orders: list[Order], standing: dict[int, int]) -> None:
    valid = [o for o in orders if o.state == STATE.DRAFT and o.submitted and not standing[o.pk]]
    broken = [o for o in orders if o.state != STATE.DRAFT and standing[o.pk]]
    if valid:
        Order.objects.filter(pk__in=[order.pk for order in valid]).update(state=STATE.VALIDATED)
        outbox.emit_all("orders.validated", [_named(order) for order in valid])
    if broken:
        Order.objects.filter(pk__in=[order.pk for order in broken]).update(state=STATE.DRAFT)
        outbox.emit_all("orders.reopened", [_named(order) for order in broken])


def _named(order: Order) -> dict:
    return {"order_id": order.pk, "entity_id": order.entity_id}


def waive(problem: OrderProblem, *, reason: str, actor: Actor) -> OrderProblem:
    """Take what a problem says, for a reason; the order is checked again. Waived already, it stays so.

    Who may is for the caller to ask (`rules.WAIVERS`). Raises WaivingRefused.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise WaivingRefused("Say why.", "reason")
    if problem.code not in rules.WAIVERS:
        raise WaivingRefused("This is mended, not waived.")
    with acting(actor):
        # the order first, as whoever checks it does
        order = Order.objects.select_for_update(no_key=True).get(pk=problem.order_id)
        problem = OrderProblem.objects.select_for_update(no_key=True).get(pk=problem.pk)
        if problem.ended_at is not None:
            raise WaivingRefused("This is wrong no more.")
        if order.state not in Order.OPEN_TO_CHANGE:
            raise WaivingRefused(f"{order} is {order.get_state_display().lower()}.")
        if problem.waived_at is None:
            OrderProblem.objects.filter(pk=problem.pk).update(
                waived_at=clock.now(), waived_by=actor.name, waived_reason=reason[:300]
            )
            problem.refresh_from_db()
            _revalidate([order.pk])
        return problem


def has_problems() -> Exists:
    """Of an order: whether something is wrong with it that nobody waived."""
    return Exists(OrderProblem.objects.filter(order=OuterRef("pk"), ended_at=None, waived_at=None))
