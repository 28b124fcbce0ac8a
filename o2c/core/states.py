"""Moves between states: legal ones only, and never one that somebody else has made meanwhile."""

from datetime import UTC, datetime

from django.db import models

ANY = datetime.max.replace(tzinfo=UTC)  # whatever version there is: the caller has locked the row, or does not mind


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


def check_seen(row: models.Model, seen: datetime | None) -> None:
    """Raises LostRace where a row, which is locked, was changed after the moment that somebody knows of."""
    if seen is not ANY and row.updated_at != seen:
        raise LostRace(f"{row._meta.verbose_name} {row} was changed after {seen}.")
