"""Closing the books of past months: nothing is booked into them any more. The database keeps that."""

from datetime import date, timedelta

from o2c.core import clock, locks
from o2c.core.actors import Actor, acting
from o2c.orders.models import LegalEntity


class ClosingRefused(ValueError):
    """The books cannot be closed so; the text says why."""


def close(entity: LegalEntity, until: date | None, *, actor: Actor) -> None:
    """Let nothing more be booked on `until` or before; an earlier day, or None, opens again what was closed.

    Waits for what is being booked. Raises ClosingRefused for a day that has not passed where the entity is.
    """
    with acting(actor):
        locks.hold("books", entity.pk)
        if until is not None and until >= clock.today(entity.time_zone):
            raise ClosingRefused(f"{until} has not passed yet.")
        LegalEntity.objects.filter(pk=entity.pk).exclude(closed_until=until).update(closed_until=until)
        entity.closed_until = until


def is_closed(entity: LegalEntity, on: date) -> bool:
    return entity.closed_until is not None and on <= entity.closed_until


def first_open(entity: LegalEntity, on: date) -> date:
    """The day itself, or the first one after it on which something may be booked."""
    return entity.closed_until + timedelta(days=1) if is_closed(entity, on) else on


def told(entity: LegalEntity, on: date) -> str:
    """What is said to whoever would book on a closed day."""
    return f"The books of {entity.code} are closed until {entity.closed_until}, so nothing is booked on {on}."
