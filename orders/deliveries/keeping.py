"""What people do with deliveries: plan, change, ship, deliver, prove, cancel. The state of their orders follows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError
from django.db.models import F, Sum
from django.db.models.functions import Now

from o2c.core import clock, documents, formats, numbering, outbox, states
from o2c.core.actors import Actor, acting
from o2c.core.refusals import Refused
from o2c.core.states import ANY, LostRace, check_seen
from o2c.orders.deliveries import progress, tracking
from o2c.orders.models import Carrier, Delivery, DeliveryLine, LegalEntity, Order, OrderLine

STATE = Delivery.State
# Orders of which goods may leave the house: what is held or not confirmed stays in it.
SHIPS = frozenset({Order.State.CONFIRMED, Order.State.PARTLY_DELIVERED, Order.State.DELIVERED, Order.State.INVOICED})
SHIP_TO = ("ship_to_name", "ship_to_street", "ship_to_postal_code", "ship_to_city", "ship_to_country")
MOST_LINES = 10_000
LARGEST_PROOF = 10 << 20
# What a proof is: by its first bytes, never by its name.
PROOFS = {b"%PDF-": documents.PDF, b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class DeliveryRefused(Refused):
    """It cannot be delivered so; the text says why."""


@dataclass(frozen=True)
class Part:
    """So much of a line of an order."""

    order_line: OrderLine
    quantity: Decimal


def left(order_ids: Iterable[int]) -> dict[int, Decimal]:
    """What of each line of these orders is neither delivered nor in a delivery that is planned, by line."""
    planned = (
        DeliveryLine.objects.filter(order_line__order__in=order_ids, delivery__state=STATE.PLANNED)
        .values("order_line")
        .annotate(planned=Sum("quantity"))
    )
    in_plans = {row["order_line"]: row["planned"] for row in planned}
    lines = OrderLine.objects.filter(order__in=order_ids).values_list(
        "pk", F("quantity") - F("delivered") - F("closed")
    )
    return {pk: max(rest - in_plans.get(pk, 0), Decimal(0)) for pk, rest in lines}


def plan(
    parts: Iterable[Part],
    *,
    actor: Actor,
    planned_on: date | None = None,
    carrier: Carrier | None = None,
    tracking_number: str = "",
    note: str = "",
    source: str = "",
    external_id: str = "",
    over: bool = False,
) -> Delivery:
    """Plan a delivery of parts of orders of one customer that go to one place, numbered by its legal entity's series.

    More than is left of a line is refused; `over`: more was sent than was ordered, and that is so. Raises
    DeliveryRefused.
    """
    parts = list(parts)
    if not parts:
        raise DeliveryRefused("Nothing is left to deliver.", "lines")
    if len(parts) > MOST_LINES:
        raise DeliveryRefused(f"A delivery has at most {MOST_LINES:,} lines.", "lines")
    with acting(actor):
        orders = _orders({part.order_line.order_id for part in parts})
        first = _of_one(orders)
        rests = left(orders)
        _check_quantities(parts, rests, over=over)
        _check_carrier(carrier)
        try:
            made = Delivery.objects.create(
                entity_id=first.entity_id,
                customer_id=first.customer_id,
                number=numbering.draw(first.entity.code, numbering.DELIVERY, _today(first.entity)),
                planned_on=planned_on,
                carrier=carrier,
                tracking_number=tracking_number.strip(),
                note=note.strip(),
                source=source,
                external_id=external_id,
                created_by=actor.name,
                **{name: getattr(first, name) for name in SHIP_TO},
            )
        except IntegrityError as error:
            _translate(error)
        _write_lines(made, parts)
        outbox.emit("deliveries.planned", **_named(made))
        return made


def plan_left(orders: Iterable[Order], *, actor: Actor, **facts) -> list[Delivery]:
    """Plan what is left of orders: one delivery for each customer and place. Raises DeliveryRefused."""
    together: dict[tuple, list[Order]] = {}
    for order in sorted(orders, key=lambda order: order.pk):
        place = (order.entity_id, order.customer_id, *(getattr(order, name) for name in SHIP_TO))
        together.setdefault(place, []).append(order)
    made = []
    with acting(actor):
        for found in together.values():
            rests = left([order.pk for order in found])
            lines = OrderLine.objects.filter(order__in=found).order_by("order", "position")
            parts = [Part(line, rests[line.pk]) for line in lines if rests[line.pk] > 0]
            if parts:
                made.append(plan(parts, actor=actor, **facts))
        if not made:
            raise DeliveryRefused("Nothing is left to deliver.")
    return made


def change(delivery: Delivery, *, actor: Actor, seen: datetime | None = ANY, **facts) -> Delivery:
    """Say anew what stays open: of one that is planned all, of one that is under way its carrier, tracking and note.

    `quantities`: by line; a line of nothing is left out. `parts`: all that it is of, instead. Raises DeliveryRefused,
    and LostRace where it was changed after `seen`.
    """
    with acting(actor):
        delivery = _locked(delivery)
        check_seen(delivery, seen)
        if delivery.state == STATE.CANCELLED:
            raise DeliveryRefused("It is cancelled.")
        quantities, parts = facts.pop("quantities", None), facts.pop("parts", None)
        rewrites = quantities is not None or parts is not None
        if delivery.state != STATE.PLANNED and (rewrites or "planned_on" in facts):
            raise DeliveryRefused("It has left the house: cancel it, or deliver the rest with another one.")
        if "carrier" in facts:
            _check_carrier(facts["carrier"])
        if rewrites:
            _rewrite(delivery, parts=parts, quantities=quantities)
        if facts:
            Delivery.objects.filter(pk=delivery.pk).update(**facts)
            delivery.refresh_from_db()
        if "carrier" in facts or "tracking_number" in facts:
            tracking.numbered(delivery)
        delivery.refresh_from_db()
        return delivery


def _rewrite(delivery: Delivery, *, parts: list[Part] | None, quantities: dict[int, Decimal] | None) -> None:
    """Its lines said anew; nothing is written where they say the same."""
    there = list(delivery.lines.select_related("order_line__order"))
    if parts is None:
        parts = [Part(line.order_line, quantities.get(line.pk, line.quantity)) for line in there]
    wanted = [part for part in parts if part.quantity != 0]
    if not wanted:
        raise DeliveryRefused("Nothing would be left of it: cancel it.", "lines")
    if len(wanted) > MOST_LINES:
        raise DeliveryRefused(f"A delivery has at most {MOST_LINES:,} lines.", "lines")
    if [(part.order_line.pk, part.quantity) for part in wanted] == [(row.order_line_id, row.quantity) for row in there]:
        return
    orders = _orders({line.order_line.order_id for line in there} | {part.order_line.order_id for part in wanted})
    first = _of_one(orders)
    if (first.entity_id, first.customer_id) != (delivery.entity_id, delivery.customer_id):
        raise DeliveryRefused(f"{delivery.number} is of another customer.", "lines")
    rests = left(orders)
    for line in there:  # its own part is free to be said anew
        rests[line.order_line_id] += line.quantity
    _check_quantities(wanted, rests, over=False)
    delivery.lines.all().delete()
    _write_lines(delivery, wanted)
    # whoever reads what changed since, or wrote down its version, is to see that its lines are others
    Delivery.objects.filter(pk=delivery.pk).update(updated_at=Now())


def ship(
    delivery: Delivery,
    *,
    actor: Actor,
    on: date | None = None,
    carrier: Carrier | None = None,
    tracking_number: str = "",
) -> Delivery:
    """Let it leave the house. Its goods count as delivered from here on; shipped already, it stays so.

    An order that is on credit hold, not confirmed or cancelled is not shipped. Raises DeliveryRefused.
    """
    with acting(actor):
        delivery = _locked(delivery)
        if delivery.state in Delivery.GONE:
            return delivery
        if delivery.state == STATE.CANCELLED:
            raise DeliveryRefused("It is cancelled.")
        orders = _orders(_order_ids(delivery))
        today = _today(delivery.entity)
        on = _not_later(on or today, today, "on")
        changes: dict = {"shipped_on": on}
        if carrier is not None:
            _check_carrier(carrier)
            changes["carrier"] = carrier
        if tracking_number.strip():
            changes["tracking_number"] = tracking_number.strip()
        states.move(delivery, STATE.SHIPPED, **changes)
        outbox.emit("deliveries.shipped", **_named(delivery))
        progress.follow(orders)
        tracking.numbered(delivery)
        delivery.refresh_from_db()
        return delivery


def deliver(delivery: Delivery, *, actor: Actor, on: date | None = None) -> Delivery:
    """It arrived. One that arrived already stays so. Raises DeliveryRefused where it has not left the house."""
    with acting(actor):
        delivery = _locked(delivery)
        if delivery.state in (STATE.DELIVERED, STATE.PROVED):
            return delivery
        if delivery.state != STATE.SHIPPED:
            raise DeliveryRefused(f"It is {delivery.get_state_display().lower()}: ship it first.")
        today = _today(delivery.entity)
        on = _not_later(on or max(today, delivery.shipped_on), max(today, delivery.shipped_on), "on")
        if on < delivery.shipped_on:
            raise DeliveryRefused(f"It left the house on {formats.day(delivery.shipped_on)}.", "on")
        states.move(delivery, STATE.DELIVERED, delivered_on=on)
        outbox.emit("deliveries.delivered", **_named(delivery))
        delivery.refresh_from_db()
        return delivery


def prove(
    delivery: Delivery, *, by: str, actor: Actor, on: date | None = None, name: str = "", content: bytes | None = None
) -> Delivery:
    """Keep who took it in, when, and the paper: a PDF, PNG or JPEG. One that is under way has arrived by that.

    The same again changes nothing; a paper may be added once. Raises DeliveryRefused.
    """
    by = by.strip()
    if not by:
        raise DeliveryRefused("Say who took it in.", "by")
    media_type = None if content is None else _media_type(content)
    with acting(actor):
        delivery = _locked(delivery)
        if delivery.state == STATE.PROVED:
            if content is not None and delivery.proof_id is None:
                Delivery.objects.filter(pk=delivery.pk).update(proof=_kept(name, media_type, content))
                delivery.refresh_from_db()
            return delivery
        today = _today(delivery.entity)
        on = _not_later(on or delivery.delivered_on or today, today, "on")
        if delivery.state == STATE.SHIPPED:
            delivery = deliver(delivery, on=on, actor=actor)
        if delivery.state != STATE.DELIVERED:
            raise DeliveryRefused(f"It is {delivery.get_state_display().lower()}: ship it first.")
        proof = None if content is None else _kept(name, media_type, content)
        states.move(delivery, STATE.PROVED, proved_on=on, proved_by=by[:200], proof=proof)
        outbox.emit("deliveries.proved", **_named(delivery))
        delivery.refresh_from_db()
        return delivery


def cancel(delivery: Delivery, *, reason: str, actor: Actor) -> Delivery:
    """Take it back: the goods stay in the house or come back to it, and are left to deliver again.

    What is invoiced of it keeps it. Cancelled already, it stays so. Raises DeliveryRefused.
    """
    reason = reason.strip()
    if not reason:
        raise DeliveryRefused("Say why.", "reason")
    with acting(actor):
        delivery = _locked(delivery)
        if delivery.state == STATE.CANCELLED:
            return delivery
        if delivery.state == STATE.PROVED:
            raise DeliveryRefused("The customer has taken it in: write a credit note.")
        ids = _order_ids(delivery)
        list(Order.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
        # whoever bills a line of it at this moment waits, or is waited for
        lines = list(delivery.lines.select_for_update(no_key=True).order_by("pk"))
        if any(line.billed for line in lines):
            raise DeliveryRefused("It stands on an invoice: cancel that, or throw its draft away.")
        states.move(delivery, STATE.CANCELLED, reason=reason[:300])
        outbox.emit("deliveries.cancelled", **_named(delivery))
        progress.follow(ids)
        delivery.refresh_from_db()
        return delivery


# --- What they share


def _orders(ids: set[int]) -> dict[int, Order]:
    """The orders, locked in the order of their ids. Raises DeliveryRefused where goods of one stay in the house."""
    found = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("entity")
    orders = {order.pk: order for order in found.filter(pk__in=ids).order_by("pk")}
    for order in orders.values():
        if order.state not in SHIPS:
            raise DeliveryRefused(f"{order.number} is {order.get_state_display().lower()}: nothing of it is sent.")
    return orders


def _of_one(orders: dict[int, Order]) -> Order:
    first = next(iter(orders.values()))
    for order in orders.values():
        if (order.entity_id, order.customer_id) != (first.entity_id, first.customer_id):
            raise DeliveryRefused("A delivery is of one customer and one legal entity.", "lines")
        if any(getattr(order, name) != getattr(first, name) for name in SHIP_TO):
            raise DeliveryRefused(f"{first.number} and {order.number} go to two places.", "lines")
    return first


def _check_quantities(parts: list[Part], rests: dict[int, Decimal], *, over: bool) -> None:
    sums: dict[int, Decimal] = {}
    for place, part in enumerate(parts):
        if part.quantity <= 0:
            raise DeliveryRefused("More than nothing is delivered.", f"lines.{place}.quantity")
        sums[part.order_line.pk] = sums.get(part.order_line.pk, Decimal(0)) + part.quantity
        rest = rests.get(part.order_line.pk, Decimal(0))
        if not over and sums[part.order_line.pk] > rest:
            text = f"Of line {part.order_line.position} {formats.exactly(rest)} are left."
            raise DeliveryRefused(text, f"lines.{place}.quantity")


def _write_lines(delivery: Delivery, parts: list[Part]) -> None:
    DeliveryLine.objects.bulk_create(
        DeliveryLine(delivery=delivery, position=position, order_line=part.order_line, quantity=part.quantity)
        for position, part in enumerate(parts, start=1)
    )


def _check_carrier(carrier: Carrier | None) -> None:
    if carrier is not None and not carrier.in_use:
        raise DeliveryRefused(f"{carrier.code} is not in use.", "carrier")


def _media_type(content: bytes) -> str:
    if len(content) > LARGEST_PROOF:
        raise DeliveryRefused(f"The file is larger than {LARGEST_PROOF >> 20} MB.", "file")
    for head, media_type in PROOFS.items():
        if content.startswith(head):
            return media_type
    raise DeliveryRefused("A proof is a PDF, PNG or JPEG.", "file")


def _kept(name: str, media_type: str, content: bytes):
    document = documents.of(name or "proof", media_type, content)
    document.save()
    return document


def _not_later(on: date, today: date, field: str) -> date:
    if on > today:
        raise DeliveryRefused("That day has not come.", field)
    return on


def _order_ids(delivery: Delivery) -> set[int]:
    return set(delivery.lines.values_list("order_line__order", flat=True))


def _today(entity: LegalEntity) -> date:
    return clock.today(entity.time_zone)


def _named(delivery: Delivery) -> dict:
    return {
        "delivery_id": delivery.pk, "number": delivery.number, "entity_id": delivery.entity_id,
        "customer_id": delivery.customer_id,
    }  # fmt: skip


def _locked(delivery: Delivery) -> Delivery:
    found = Delivery.objects.select_for_update(no_key=True, of=("self",)).select_related("entity", "carrier")
    locked = found.filter(pk=delivery.pk).first()
    if locked is None:
        raise LostRace(f"Delivery {delivery.number} is gone.")
    return locked


def _translate(error: IntegrityError) -> None:
    text = str(error)
    if "delivery_number_once" in text:
        raise DeliveryRefused("There is a delivery of this number.", "number") from None
    if "delivery_external_once" in text:
        raise DeliveryRefused("There is a delivery of this key.", "external_id") from None
    raise error
