"""Writing down what changes no row of its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from o2c.core.actors import Actor, acting
from o2c.core.audit.models import AccessRecord

Kind = AccessRecord.Kind


def record(
    kind: Kind,
    what: str = "",
    *,
    actor: Actor,
    user_id: int | None = None,
    customer_id: int | None = None,
    entity_ids: Iterable[int] | None = None,
    **facts,
) -> AccessRecord:
    """Add a record; `user_id` is whose access it is about, the actor's own unless said otherwise."""
    with acting(actor):
        return AccessRecord.objects.create(
            kind=kind,
            what=what[:200],
            user_id=user_id or actor.user_id,
            customer_id=customer_id,
            entity_ids=None if entity_ids is None else sorted(entity_ids),
            facts={name: value for name, value in facts.items() if value not in (None, "")},
        )


def exported(
    what: str, *, actor: Actor, customer_id: int | None = None, entity_ids: Iterable[int] | None = None, **facts
) -> None:
    """Somebody takes data out: written before the first byte leaves, so that a broken-off export counts too."""
    record(Kind.EXPORTED, what, actor=actor, customer_id=customer_id, entity_ids=entity_ids, **facts)


@contextmanager
def rewriting(purpose: str) -> Iterator[None]:
    """Let erasure or retention change histories, in this transaction only; the trail shows each change of theirs."""
    if purpose not in ("erasure", "retention"):
        raise ValueError(purpose)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('o2c.audit_change', %s, true)", [purpose])
        yield
        cursor.execute("SELECT set_config('o2c.audit_change', '', true)")
