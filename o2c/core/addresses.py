"""E-mail addresses and telephone numbers that are out of use: nothing is sent to them, whoever they belong to."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower

from o2c.core import clock
from o2c.core.actors import Actor, acting
from o2c.core.models import DeadAddress

# The same as `without_dead`, of the contact `k` in statements of our own.
K_IS_ALIVE = "NOT EXISTS (SELECT 1 FROM core_deadaddress d WHERE d.lifted_at IS NULL AND d.address = lower(k.email))"
_DEAD = Exists(DeadAddress.objects.filter(lifted_at=None, address=Lower(OuterRef("email"))))


def dead() -> QuerySet[DeadAddress]:
    return DeadAddress.objects.filter(lifted_at=None)


def without_dead(contacts: QuerySet) -> QuerySet:
    """Those whose address is in use."""
    return contacts.filter(~_DEAD)


def marked(contacts: QuerySet) -> QuerySet:
    """Each with whether its address `is_dead`."""
    return contacts.annotate(is_dead=_DEAD)


def dead_numbers(numbers: Iterable[str]) -> set[str]:
    """Those of the telephone numbers, as +4915112345678, that are out of use."""
    return set(dead().filter(address__in={number for number in numbers if number}).values_list("address", flat=True))


def is_dead(address: str) -> bool:
    return dead().filter(address=address.strip().lower()).exists()


def put_out_of_use(addresses: list[str], why: DeadAddress.Why, *, text: str = "") -> list[DeadAddress]:
    """Send nothing to the addresses any more; those that are out of use already stay as they are."""
    wanted = sorted({address.strip().lower() for address in addresses})
    with transaction.atomic():
        DeadAddress.objects.bulk_create(
            [DeadAddress(address=address, why=why, text=text[:400], since=clock.now()) for address in wanted],
            ignore_conflicts=True,
        )
        return list(dead().filter(address__in=wanted).order_by("pk"))


def use_again(address: str, *, actor: Actor) -> bool:
    """Messages go to the address or number again; whether it was out of use."""
    with acting(actor):
        return bool(dead().filter(address=address.lower()).update(lifted_at=clock.now(), lifted_by=actor.name))
