"""Moves between states: legal ones only, and never one that somebody else has made meanwhile."""

from django.db import models


class IllegalMove(Exception):
    """The move is not one the model allows."""


class LostRace(Exception):
    """The row was no longer in the state it was read in: read it again and decide anew."""


def move(row: models.Model, to: str, *, state_field: str = "state", **changes) -> None:
    """Move a row to another state with one conditional UPDATE, and set `changes` with it.

    The model names its legal moves in `MOVES = {from: {to, …}}`. Raises IllegalMove or LostRace; in
    both cases nothing was changed.
    """
    current = getattr(row, state_field)
    if to not in row.MOVES.get(current, set()):
        raise IllegalMove(f"{row._meta.verbose_name} {row.pk} cannot go from {current} to {to}.")
    changed = (
        type(row)._default_manager.filter(pk=row.pk, **{state_field: current}).update(**{state_field: to, **changes})
    )
    if not changed:
        raise LostRace(f"{row._meta.verbose_name} {row.pk} is no longer {current}.")
    setattr(row, state_field, to)
    for name, value in changes.items():
        setattr(row, name, value)
