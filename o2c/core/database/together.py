"""Many changes of the tables, made in one operation."""

from collections.abc import Sequence

from django.db.migrations.operations import AddField, AlterField, CreateModel
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
            # The state before has none of the tables that were added, of which even triggers ask for theirs.
            added = isinstance(operation, CreateModel | AddTrigger)
            operation.database_backwards(app_label, schema_editor, from_state, from_state if added else to_state)

    def describe(self) -> str:
        return f"Add {len(self.operations)} tables and triggers together"


class ChangeTogether(AddTogether):
    """Columns too, added or altered, and triggers that are replaced for them. No column is both added and altered."""

    kinds = (CreateModel, AddField, AlterField, AddTrigger, RemoveTrigger)
    may = "only tables, columns and triggers are changed together"

    def describe(self) -> str:
        return f"Change {len(self.operations)} tables, columns and triggers together"
