"""Who acts. Every act takes an `actor` and runs inside `acting(actor)`, which the audit trail reads."""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import pghistory
from django.db import transaction

from o2c.core.audit import whence


@dataclass(frozen=True)
class Actor:
    """A person, or a part of the system that acts by itself.

    `name` is what the audit trail shows; `user_id` is None for the system, `key_id` names the API key that acts.
    """

    name: str
    user_id: int | None = None
    key_id: int | None = None

    @classmethod
    def of(cls, user) -> "Actor":
        return cls(name=user.get_username(), user_id=user.pk)


SYSTEM = Actor("system")


_under_way: ContextVar[bool] = ContextVar("o2c_act_under_way", default=False)


@contextmanager
def acting(actor: Actor, *, savepoint: bool = True, **facts):
    """One transaction in which every change is recorded as the actor's, with where it came from.

    Inside another transaction it is taken back alone where it fails; `savepoint=False` is for a part that is never
    outlived by what is around it, and saves the database two statements. Inside another `acting` it is a part of that,
    and its actor's: what a person's act brings about by itself is recorded as the person's. `facts` are added.
    """
    inside = _under_way.get()
    who = {"actor": actor.name, "user": actor.user_id} | ({"key": actor.key_id} if actor.key_id else {})
    token = _under_way.set(True)
    try:
        with (
            transaction.atomic(savepoint=savepoint),
            pghistory.context(**whence.current(), **({} if inside else who), **facts),
        ):
            yield
    finally:
        _under_way.reset(token)
