"""Many changes of the tables, made in one operation."""

from collections.abc import Sequence

from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    RemoveConstraint,
    RemoveIndex,
)
from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger, RemoveTrigger


class AddTogether(Operation):
    """Tables, whole, and the triggers on them, that a migration adds as if by one operation.

    Django renders anew, after each operation, every model that is somehow related to what it changed, which for a whole
    product is nearly all of them each time. Here they are rendered once, when all is noted: what is a minute otherwise
    takes a second. So every table finds the others, forwards and backwards, and they may refer to each other in any
    order; but it is made with all that it is to have, so fields and indexes stand in its `CreateModel`.
    """

    reduces_to_sql = True
    reversible = True
    kinds: tuple[type[Operation], ...] = (CreateModel, AddTrigger)
    may = "only whole tables and their triggers are added together"

    def __init__(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            if not isinstance(operation, self.kinds):
                raise TypeError(f"{operation.describe()}: {self.may}")
        self.operations = operations

    def state_forwards(self, app_label, state) -> None:
        # A state without rendered models only notes what changes, and renders all when next asked for them.
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        for operation in reversed(self.operations):
            self.backwards(operation, app_label, schema_editor, from_state, to_state)

    @staticmethod
    def backwards(operation: Operation, app_label, schema_editor, from_state, to_state) -> None:
        # The state before has none of the tables and columns that were added, for which triggers and constraints ask.
        added = isinstance(operation, CreateModel | AddConstraint | AddTrigger)
        operation.database_backwards(app_label, schema_editor, from_state, from_state if added else to_state)

    def describe(self) -> str:
        return f"Add {len(self.operations)} tables and triggers together"


class ChangeTogether(AddTogether):
    """Columns, indexes and constraints too, and triggers that are replaced for them; `together` groups them.

    A table that is added here is made with all that it gets here. No column is changed twice.
    """

    kinds = (
        CreateModel, AddField, AlterField, AddIndex, RemoveIndex, AddConstraint, RemoveConstraint, AddTrigger,
        RemoveTrigger,
    )  # fmt: skip
    may = "only tables, columns, indexes, constraints and triggers are changed together"

    def __init__(self, operations: Sequence[Operation]) -> None:
        super().__init__(operations)
        made = {operation.name_lower for operation in operations if isinstance(operation, CreateModel)}
        # What the tables that are added are made with.
        self.within = [
            operation
            for operation in operations
            if isinstance(operation, AddField | AddIndex | AddConstraint) and operation.model_name.lower() in made
        ]

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        for operation in self.operations:
            if operation not in self.within:
                operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        for operation in reversed(self.operations):
            if operation not in self.within:
                self.backwards(operation, app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Change {len(self.operations)} tables, columns, indexes, constraints and triggers together"


def together(operations: Sequence[Operation]) -> list[Operation]:
    """A migration's operations, those in a row that change tables grouped: what else it does finds the tables as they
    are at that point."""
    grouped: list[Operation] = []
    row: list[Operation] = []
    columns: set[tuple[str, str]] = set()

    def end_row() -> None:
        if len(row) > 1:
            grouped.append(ChangeTogether(list(row)))
        else:
            grouped.extend(row)
        row.clear()
        columns.clear()

    for operation in operations:
        for each in operation.operations if isinstance(operation, ChangeTogether) else (operation,):
            if not isinstance(each, ChangeTogether.kinds):
                end_row()
                grouped.append(each)
                continue
            if isinstance(each, AddField | AlterField):
                column = (each.model_name.lower(), each.name.lower())
                if column in columns:
                    end_row()
                columns.add(column)
            row.append(each)
    end_row()
    return grouped
