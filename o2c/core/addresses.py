"""E-mail addresses that are out of use: nothing is sent to them, whoever they belong to."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.models import DeadAddress


def dead() -> QuerySet[DeadAddress]:
    return DeadAddress.objects.filter(lifted_at=None)


def without_dead(rows: QuerySet, column: str = "email") -> QuerySet:
    """The rows whose address is in use."""
    return rows.filter(~Exists(dead().filter(address=Lower(OuterRef(column)))))


def marked(rows: QuerySet, column: str = "email") -> QuerySet:
    """The rows, each with whether its address `is_dead`."""
    return rows.annotate(is_dead=Exists(dead().filter(address=Lower(OuterRef(column)))))


def is_dead(address: str) -> bool:
    return dead().filter(address=address.strip().lower()).exists()


def put_out_of_use(
    addresses: list[str], why: DeadAddress.Why, *, text: str = "", at: datetime | None = None
) -> list[DeadAddress]:
    """Send nothing to the addresses any more; those that are out of use already stay as they are."""
    wanted = sorted({address.strip().lower() for address in addresses})
    with transaction.atomic():
        DeadAddress.objects.bulk_create(
            [DeadAddress(address=address, why=why, text=text[:400], since=at or clock.now()) for address in wanted],
            ignore_conflicts=True,
        )
        return list(dead().filter(address__in=wanted).order_by("pk"))


def use_again(address: str, *, actor: Actor) -> bool:
    """Mail goes to the address again; whether it was out of use."""
    with acting(actor):
        return bool(dead().filter(address=address.lower()).update(lifted_at=clock.now(), lifted_by=actor.name))
