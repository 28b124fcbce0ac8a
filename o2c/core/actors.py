"""Who acts. Every act takes an `actor` and runs inside `acting(actor)`, which the audit trail reads."""

from contextlib import contextmanager
from dataclasses import dataclass

import pghistory
from django.db import transaction


@dataclass(frozen=True)
class Actor:
    """A person, or a part of the system that acts by itself.

    `name` is what the audit trail shows; `user_id` is None for the system.
    """

    name: str
    user_id: int | None = None

    @classmethod
    def of(cls, user) -> "Actor":
        return cls(name=user.get_username(), user_id=user.pk)


SYSTEM = Actor("system")


@contextmanager
def acting(actor: Actor, *, savepoint: bool = True, **facts):
    """One transaction in which every change of master data is recorded as the actor's.

    Inside another transaction it is taken back alone where it fails; `savepoint=False` is for a part that is never
    outlived by what is around it, and saves the database two statements.
    """
    with transaction.atomic(savepoint=savepoint), pghistory.context(actor=actor.name, user=actor.user_id, **facts):
        yield
