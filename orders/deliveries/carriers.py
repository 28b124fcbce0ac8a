"""What people do with carriers."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError

from o2c.core.actors import Actor, acting
from o2c.core.states import ANY, check_seen
from o2c.orders.deliveries.keeping import DeliveryRefused
from o2c.orders.models import Carrier

is_url = URLValidator(schemes=["http", "https"])


def create(*, code: str, name: str, actor: Actor, **facts) -> Carrier:
    """Raises DeliveryRefused."""
    _check({"code": code, "name": name, **facts})
    try:
        with acting(actor):
            return Carrier.objects.create(code=code.strip(), name=name.strip(), **facts)
    except IntegrityError:
        raise DeliveryRefused(f"There is a carrier {code}.", "code") from None


def change(carrier: Carrier, *, actor: Actor, seen: datetime | None = ANY, **facts) -> Carrier:
    """Raises DeliveryRefused, and LostRace where it was changed after `seen`."""
    _check(facts)
    try:
        with acting(actor):
            carrier = Carrier.objects.select_for_update(no_key=True).get(pk=carrier.pk)
            check_seen(carrier, seen)
            Carrier.objects.filter(pk=carrier.pk).update(**facts)
            carrier.refresh_from_db()
            return carrier
    except IntegrityError:
        raise DeliveryRefused("There is a carrier of this code.", "code") from None


def _check(facts: dict) -> None:
    for name in ("code", "name"):
        if name in facts and not facts[name].strip():
            raise DeliveryRefused("Say it.", name)
    if url := facts.get("tracking_url"):
        try:
            is_url(url.replace("{number}", "0"))
        except ValidationError:
            raise DeliveryRefused("An address such as https://track.example/{number}.", "tracking_url") from None
