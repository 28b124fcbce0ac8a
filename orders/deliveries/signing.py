"""The secrets by which carriers sign what they tell: made, rotated, ended. Each is shown once."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least

from o2c.core import clock, outbox, sealing
from o2c.core.actors import Actor, acting
from o2c.orders.deliveries.keeping import DeliveryRefused
from o2c.orders.models import Carrier, CarrierSecret

PURPOSE = "carriers"
OVERLAP = timedelta(days=1)
USED_EVERY = timedelta(minutes=1)
BYTES = 32


@dataclass(frozen=True)
class Issued:
    """A secret, and what the carrier is given; this is the only time it is seen."""

    secret: CarrierSecret
    text: str


def issue(carrier: Carrier, *, actor: Actor, overlap: timedelta = OVERLAP) -> Issued:
    """Give a carrier a secret; those that it has are good for `overlap` more. Raises DeliveryRefused."""
    text = f"whsec_{base64.b64encode(secrets.token_bytes(BYTES)).decode()}"
    with acting(actor):
        carrier = Carrier.objects.select_for_update(no_key=True).get(pk=carrier.pk)
        if not carrier.in_use:
            raise DeliveryRefused(f"{carrier.code} is not in use.")
        until = clock.now() + overlap
        carrier.secrets.filter(Q(expires_at=None) | Q(expires_at__gt=until)).update(expires_at=until)
        made = CarrierSecret.objects.create(carrier=carrier, sealed=sealing.seal(PURPOSE, text), created_by=actor.name)
        outbox.emit("carriers.secret_made", carrier_id=carrier.pk)
        return Issued(made, text)


def end(carrier: Carrier, *, actor: Actor) -> None:
    """From now on nothing is believed that any of the carrier's secrets has signed."""
    with acting(actor):
        Carrier.objects.select_for_update(no_key=True).get(pk=carrier.pk)
        now = clock.now()
        carrier.secrets.update(expires_at=Least(F("expires_at"), now))
        outbox.emit("carriers.secrets_ended", carrier_id=carrier.pk)


def valid(carrier: Carrier | None) -> QuerySet[CarrierSecret]:
    """The secrets that count now, the oldest first; none where there is no carrier."""
    now = clock.now()
    found = CarrierSecret.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    return found.filter(carrier=carrier).order_by("pk") if carrier is not None else found.none()


def keys(found: QuerySet[CarrierSecret]) -> tuple[bytes, ...]:
    """What signs with them. One that was sealed with a key of ours that is gone signs nothing."""
    read = []
    for secret in found:
        try:
            text = sealing.unseal(PURPOSE, secret.sealed)
        except sealing.Unreadable:
            continue
        read.append(base64.b64decode(text.removeprefix("whsec_")))
    return tuple(read)


def note_use(found: QuerySet[CarrierSecret], now: datetime) -> None:
    """That the carrier signs with what it has, at most once a minute."""
    found.filter(Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)).update(last_used_at=now)
