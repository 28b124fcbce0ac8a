"""What a carrier tells of its parcels: taken once each, kept whatever it is about, and followed.

Events come late, twice and in any order, and numbers become known after what is told of them. So nothing is done by an
event: where a delivery stands is worked out of all that was told of its number, as they come in and when it gets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from o2c.core import clock, locks
from o2c.core.actors import Actor, acting
from o2c.core.webhooks import BadEvents, moment_of, rows_of
from o2c.orders.deliveries import arriving
from o2c.orders.models import Carrier, Delivery

MOST_EVENTS = 500
# Clocks differ; what lies further ahead is no clock's fault.
AHEAD = timedelta(days=1)
EARLIEST = 2000
NEW = """
    INSERT INTO orders_trackingevent (carrier_id, event, tracking_number, kind, at, place, text)
    SELECT %(carrier)s, t.*
    FROM unnest(%(events)s::text[], %(numbers)s::text[], %(kinds)s::text[], %(ats)s::timestamptz[], %(places)s::text[],
        %(texts)s::text[]) AS t
    ON CONFLICT (carrier_id, event) DO NOTHING
"""


@dataclass(frozen=True)
class Event:
    """What became of a parcel, as its carrier says it."""

    id: str
    kind: str
    tracking_number: str
    at: datetime
    place: str
    text: str


def read(said: object) -> list[Event]:
    """The events of {"events": [...]}, also of kinds that are none of ours. Raises BadEvents."""
    return [_event(number, row) for number, row in enumerate(rows_of(said, MOST_EVENTS))]


def _event(number: int, row: object) -> Event:
    if not isinstance(row, dict):
        raise BadEvents(f"events[{number}]: an object is missing.")

    def text(name: str, most: int, *, required: bool = False) -> str:
        value = row.get(name) if row.get(name) is not None else ""
        cleaned = " ".join(value.split()) if isinstance(value, str) else ""
        cleaned = "".join(character for character in cleaned if character.isprintable())
        if not isinstance(value, str) or (required and not 1 <= len(cleaned) <= most):
            least = 1 if required else 0
            raise BadEvents(f"events[{number}].{name}: a text of {least} to {most} characters is missing.")
        return cleaned[:most]

    at = moment_of(text("at", 40, required=True), f"events[{number}].at")
    if at.year < EARLIEST or at > clock.now() + AHEAD:
        raise BadEvents(f"events[{number}].at: that cannot have happened then.")
    return Event(
        id=text("id", 200, required=True),
        kind=text("type", 40, required=True),
        tracking_number=text("tracking_number", 100, required=True),
        at=at,
        place=text("place", 200),
        text=text("text", 400),
    )


def take(carrier: Carrier, events: list[Event]) -> int:
    """Keep what a carrier tells, each event once, and let arrive what it has delivered; how many were new.

    In two transactions: what is kept is seen by whoever ships a delivery of such a number at this moment, or was
    shipped before we look. Where this dies in between, the carrier tells it again.
    """
    actor = Actor(f"carrier {carrier.code}")
    first = {event.id: event for event in reversed(events)}
    # In one order everywhere: two senders of the same events wait for each other, and not in a circle.
    ordered = [first[event_id] for event_id in sorted(first)]
    numbers = sorted({event.tracking_number for event in ordered})
    with acting(actor):
        locks.hold_all(_name(carrier.pk, number) for number in numbers)
        new = _write(carrier, ordered)
    with acting(actor):
        concerned = Delivery.objects.filter(carrier=carrier, tracking_number__in=numbers, state=Delivery.State.SHIPPED)
        arriving.follow(concerned.values_list("pk", flat=True))
    return new


def _write(carrier: Carrier, events: list[Event]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            NEW,
            {
                "carrier": carrier.pk,
                "events": [event.id for event in events],
                "numbers": [event.tracking_number for event in events],
                "kinds": [event.kind for event in events],
                "ats": [event.at for event in events],
                "places": [event.place for event in events],
                "texts": [event.text for event in events],
            },
        )
        return cursor.rowcount


def numbered(delivery: Delivery) -> None:
    """A delivery left the house or got another number: what was told of that counts at once. Call it in its act."""
    if delivery.carrier_id is not None and delivery.tracking_number:
        locks.hold(*_name(delivery.carrier_id, delivery.tracking_number))
        arriving.follow([delivery.pk])


def _name(carrier_id: int, number: str) -> tuple:
    return ("tracking", carrier_id, number)
