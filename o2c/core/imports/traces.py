"""By what the rows that a load wrote are known again, so that it can be undone: a few numbers, whatever its size.

Rows that only the load's own transaction could see are told from later ones by where a sequence stood at its end.
Changes of master data are in the history that triggers keep (pghistory); their context and the numbers between which
they lie are noted. What has no history writes `ImportedChange`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pghistory
from django.db import connection, models


@dataclass(frozen=True)
class Marks:
    """`sequences` and `events`: where each stood before and after. `ended`: the database's clock at the end."""

    context: str
    sequences: dict[str, tuple[int, int]]
    events: dict[str, tuple[int, int]]
    ended: str

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Marks":
        pairs = {key: {name: tuple(span) for name, span in told[key].items()} for key in ("sequences", "events")}
        return cls(told["context"], pairs["sequences"], pairs["events"], told["ended"])


def history_of(model: type[models.Model]) -> type[models.Model]:
    """The table of a tracked model's history."""
    return next(
        relation.related_model
        for relation in model._meta.related_objects
        if relation.field.name == "pgh_obj" and issubclass(relation.related_model, pghistory.models.Event)
    )


class Tracer:
    """Notes where things stand before a load and after it; both in its transaction and inside `acting`."""

    def __init__(self, tracked: Sequence[type[models.Model]], counted: Sequence[type[models.Model]]):
        self.columns = {
            "events": {model._meta.db_table: (history_of(model)._meta.db_table, "pgh_id") for model in tracked},
            "sequences": {model._meta.db_table: (model._meta.db_table, "id") for model in counted},
        }
        self.before = self._stand()

    def _stand(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        with connection.cursor() as cursor:
            for key, columns in self.columns.items():
                found[key] = {}
                for name, (table, column) in columns.items():
                    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column])
                    cursor.execute(f"SELECT last_value - (NOT is_called)::int FROM {cursor.fetchone()[0]}")  # noqa: S608
                    found[key][name] = cursor.fetchone()[0]
        return found

    def marks(self) -> dict[str, Any]:
        after = self._stand()
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()::text")
            (ended,) = cursor.fetchone()
        with pghistory.context() as context:
            spans = {key: {name: (self.before[key][name], after[key][name]) for name in after[key]} for key in after}
            return {"context": str(context.id), "ended": ended, **spans}
