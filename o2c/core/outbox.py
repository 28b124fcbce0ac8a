"""Events go out with the transaction that caused them, or not at all."""

from o2c.core.models import OutboxEvent


def emit(kind: str, **payload) -> None:
    """Write an event in the current transaction. What handles it is named in `o2c.wiring`."""
    OutboxEvent.objects.create(kind=kind, payload=payload)
