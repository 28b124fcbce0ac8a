"""What a provider tells us of the mail, texts and letters that it took: signed, taken once, and believed as a server's
report is.

The signature is that of `o2c.core.webhooks`. An event that was told before changes nothing, however often it comes and
whoever signs it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from o2c.collections.incoming import fates, reading
from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.models import DeliveryEvent, Message
from o2c.core.webhooks import BadEvents, moment_of, rows_of
from o2c.orders.models import LegalEntity

FATE = Message.Fate
FATES = {
    "delivered": FATE.DELIVERED,
    "deferred": FATE.DELAYED,
    "bounced": FATE.FAILED,
    "complained": FATE.COMPLAINED,
}
MOST_EVENTS = 500
KEPT_DAYS = 60
REFERENCE = re.compile(r"<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:@[^>\s]{1,300})?>?", re.IGNORECASE)
NEW = """
    INSERT INTO core_deliveryevent (hook, event, kind, message_id, at, came_at)
    SELECT %(hook)s, t.event, t.kind, m.id, t.at, %(now)s
    FROM unnest(%(events)s::text[], %(kinds)s::text[], %(references)s::uuid[], %(ats)s::timestamptz[])
        AS t(event, kind, reference, at)
    LEFT JOIN core_message m ON m.reference = t.reference
    ON CONFLICT (hook, event) DO NOTHING RETURNING event
"""


@dataclass(frozen=True)
class Event:
    """What became of a message, in one form whoever tells it. `reference` is None where it names none of ours."""

    id: str
    kind: str
    reference: UUID | None
    recipient: str
    at: datetime
    status: str
    text: str


def secrets_of(name: str) -> tuple[bytes, ...]:
    """By which a provider signs; none of one that the settings do not name."""
    return settings.O2C_MAIL_HOOKS.get(name, ())


def read(said: object) -> list[Event]:
    """The events of {"events": [...]} of the kinds that we know; others, such as opened, are left. Raises BadEvents."""
    found = [_event(number, row) for number, row in enumerate(rows_of(said, MOST_EVENTS))]
    return [event for event in found if event.kind in FATES]


def _event(number: int, row: object) -> Event:
    if not isinstance(row, dict):
        raise BadEvents(f"events[{number}]: an object is missing.")

    def text(name: str, most: int, *, required: bool = False) -> str:
        value = row.get(name, "")
        if not isinstance(value, str) or (required and not value.strip()) or (required and len(value) > most):
            raise BadEvents(f"events[{number}].{name}: a text of 1 to {most} characters is missing.")
        return reading.clean(" ".join(value.split()))[:most]

    named = REFERENCE.fullmatch(text("message_id", 400))
    at = moment_of(text("at", 40, required=True), f"events[{number}].at")
    return Event(
        id=text("id", 200, required=True),
        kind=text("type", 40, required=True),
        reference=UUID(named[1]) if named else None,
        recipient=text("recipient", 320),
        at=at,
        status=text("status", 20),
        text=text("text", 400),
    )


def take(name: str, events: list[Event]) -> int:
    """Take in what a provider tells, and do what follows, each event once; how many were new.

    One that names no message of ours is written down and counted, and changes nothing.
    """
    actor = Actor(f"provider {name}")
    first = {event.id: event for event in reversed(events)}
    with acting(actor):
        # In one order everywhere: two senders of the same events wait for each other, and not in a circle.
        ordered = [first[event_id] for event_id in sorted(first)]
        new = _write(name, ordered)
        told = sorted((event for event in ordered if event.id in new and event.reference), key=lambda event: event.at)
        found = Message.objects.filter(reference__in=[event.reference for event in told]).order_by("pk")
        messages = {message.reference: message for message in found.select_for_update(no_key=True)}
        entities = {entity.code: entity for entity in LegalEntity.objects.all()}
        for event in told:
            message = messages.get(event.reference)
            if message is not None and message.owner in entities:
                _note(event, message, entities[message.owner], actor)
    return len(new)


def _write(name: str, events: list[Event]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            NEW,
            {
                "hook": name,
                "now": clock.now(),
                "events": [event.id for event in events],
                "kinds": [event.kind for event in events],
                "references": [event.reference for event in events],
                "ats": [event.at for event in events],
            },
        )
        return {row[0] for row in cursor.fetchall()}


def _note(event: Event, message: Message, entity: LegalEntity, actor: Actor) -> None:
    fate, wrote_to = FATES[event.kind], _address(message, message.recipient)
    # What is said of an address that we did not write to is not believed.
    ours = event.recipient == "" or _address(message, event.recipient) == wrote_to
    gone = fate == FATE.COMPLAINED or (fate == FATE.FAILED and reading.is_for_good(event.status))
    customer = fates.customer_of(message) if gone else None
    if message.channel == Message.Channel.LETTER and fate == FATE.FAILED and gone:
        fates.came_back(message, event.text or event.status, entity=entity, customer=customer, actor=actor)
    fates.note(
        message,
        fate,
        event.text or event.status,
        out_of_use=wrote_to if gone and ours else "",
        entity=entity,
        customer=customer,
        actor=actor,
    )


def _address(message: Message, written: str) -> str:
    """What is put out of use of it: an address, a number without its blanks; of a letter nothing."""
    if message.channel == Message.Channel.EMAIL:
        return reading.address_of(written)
    return re.sub(r"[^+\d]", "", written) if message.channel == Message.Channel.SMS else ""


def forget() -> int:
    """Remove events that no provider tells again; the number of them."""
    return DeliveryEvent.objects.filter(came_at__lt=clock.now() - timedelta(days=KEPT_DAYS)).delete()[0]
