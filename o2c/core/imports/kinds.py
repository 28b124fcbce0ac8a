"""What can be loaded: a kind is its fields, its options and the function that books a staged file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Model

if TYPE_CHECKING:
    from o2c.core.imports.running import Run
    from o2c.core.imports.staging import Stage
    from o2c.core.imports.undoing import Undoing


class Type(StrEnum):
    """What a field holds, and the column type it is staged in."""

    TEXT = "text"
    AMOUNT = "numeric(19,4)"
    RATE = "numeric(28,8)"
    FACTOR = "numeric(19,6)"  # a quantity, a price of one, a percentage
    SPLITS = "jsonb"  # [[number, amount or null], …]
    DATE = "date"
    FLAG = "boolean"
    CURRENCY = "varchar(3)"
    CHOICE = "varchar"


@dataclass(frozen=True)
class Field:
    """One of our fields. `length` is of texts; `choices` are the words of a choice, each with our own value."""

    name: str
    type: Type = Type.TEXT
    required: bool = False
    length: int = 200
    choices: dict[str, str] = field(default_factory=dict)
    like: str = ""  # the field that stands in where this one is empty or has no column
    note: str = ""


@dataclass(frozen=True)
class Warned:
    """Something odd about one value of a row that does not stop it. `dropped`: the value is left out."""

    field: str
    reason: str
    dropped: bool = False


@dataclass(frozen=True)
class Counts:
    """What booking did with the good rows; those it names nowhere were unchanged."""

    created: int = 0
    updated: int = 0
    settled_as_absent: int = 0


@dataclass(frozen=True)
class Kind:
    """Declares what is loaded.

    `title` and `description` are for people; `right` is what somebody needs to load it (`o2c.core.rights`). `key` names
    the field by which a row is known again; where more than one field makes the key, `key_sql` says it of a staged row
    `r`. `look` (optional) judges one row's texts beyond their types and must be quick. `book(stage, run)` writes the
    staged rows with set-based SQL, in the engine's transaction.

    `one_of` are groups of fields of which a file must say at least one each.

    `undo(undoing)` takes a load back; it knows the load's rows by the history of the `tracked` models and by where the
    sequences of the `counted` ones stood.

    `is_shared`: what is loaded belongs to every legal entity, so who sees only some does not load it.

    Without `book` the kind is no import of its own: who declares it reads the rows, and only its map is guessed here.
    """

    name: str
    title: str
    description: str
    right: str
    fields: tuple[Field, ...]
    key: str
    book: Callable[["Stage", "Run"], Counts] | None = None
    key_sql: str = ""
    look: Callable[[dict[str, str]], list[Warned]] | None = None
    options: dict[str, Callable[[Any], bool]] = field(default_factory=dict)
    may_be_complete: bool = False
    one_of: tuple[tuple[str, ...], ...] = ()
    undo: Callable[["Undoing"], None] | None = None
    tracked: tuple[type[Model], ...] = ()
    counted: tuple[type[Model], ...] = ()
    is_shared: bool = False

    def field(self, name: str) -> Field:
        return next(each for each in self.fields if each.name == name)
