"""Taking a load back, while nothing builds on it.

A kind says what its rows are and what they lead to (`Kind.undo`); here is what all have in common: one at a time, all
or nothing, twice is once, and a refusal that names what stands in the way.
"""
# ruff: noqa: S608 what is composed here is made of our own words; values are parameters

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.db import connection, models

from o2c.core import clock, outbox
from o2c.core.actors import Actor, acting
from o2c.core.imports.kinds import Kind
from o2c.core.imports.running import alone
from o2c.core.imports.traces import Marks, history_of
from o2c.core.models import ImportRun

EXAMPLES = 3
NAMED_BY = ("number", "name", "code", "username", "iban", "key")


@dataclass(frozen=True)
class Built:
    """What builds on a load: what it is, how many, and three of them."""

    what: str
    count: int
    examples: list[str]

    def __str__(self):
        more = ", …" if self.count > len(self.examples) else ""
        return f"{self.count} {self.what} ({', '.join(self.examples)}{more})"


class UndoRefused(ValueError):
    """The load cannot be taken back, and nothing was; the text says why, `built` what builds on it."""

    def __init__(self, why: str, built: Sequence[Built] = ()):
        super().__init__(why + "".join(f" {each}." for each in built))
        self.built = list(built)


@dataclass
class Undone:
    """What was taken back. `already`: it had been before, and nothing happened now."""

    import_run: int
    already: bool = False
    taken_back: int = 0
    restored: int = 0
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Undoing:
    """A load that is being taken back: what its kind needs to know, and where it says what it finds."""

    run: ImportRun
    marks: Marks
    owner_id: int
    on: date
    actor: Actor
    also: Sequence["Question"]
    undone: Undone
    built: list[Built] = field(default_factory=list)

    def builds(self, what: str, sql: str, params: dict[str, Any] | None = None) -> None:
        """Note what builds on the load: the query yields a name for each."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*), (array_agg(found.name ORDER BY found.name))[1:{EXAMPLES}] FROM ({sql}) found (name)",
                params,
            )
            count, examples = cursor.fetchone()
        if count:
            self.built.append(Built(what, count, [str(name) for name in examples]))

    def ask(self, subject: str, rows: str) -> None:
        """Ask what the floors above know of rows; `rows` is a table with the columns their questions want."""
        for question in self.also:
            if question.subject == subject:
                self.builds(question.what, question.sql.format(rows=rows), {"ended": self.marks.ended})

    def refuse_if_built_on(self) -> None:
        if self.built:
            raise UndoRefused("The import cannot be taken back, because something builds on it:", self.built)


@dataclass(frozen=True)
class Question:
    """What a floor above knows that builds on a load: `sql` yields names; it may read `{rows}` and `%(ended)s`."""

    subject: str
    what: str
    sql: str


def undo(run: ImportRun, kind: Kind, *, owner_id: int, on: date, actor: Actor, also: Sequence[Question] = ()) -> Undone:
    """Take a load back in one transaction: what it made is taken back, what it changed is as it was before.

    Money is taken back by reversals on the day. A load that was undone before stays so. Raises UndoRefused where
    anything builds on it, or where it kept nothing to be known again by.
    """
    with acting(actor, undone_import=run.pk):
        run = ImportRun.objects.select_for_update(no_key=True).get(pk=run.pk)
        undone = Undone(run.pk, already=run.undone_at is not None)
        if undone.already:
            return undone
        if run.dry_run or run.finished_at is None:
            raise UndoRefused("It was a trial, or did not end: nothing of it was kept.")
        if run.marks is None or kind.undo is None:
            raise UndoRefused("It was loaded by a version that kept nothing to undo it by.")
        alone(f"{kind.name}/{run.owner}/{run.source}")
        undoing = Undoing(run, Marks.of(run.marks), owner_id, on, actor, also, undone)
        kind.undo(undoing)
        _clear()
        run.undone_at, run.undone_by = clock.now(), actor.name
        run.save(update_fields=["undone_at", "undone_by"])
        if undone.taken_back or undone.restored:
            outbox.emit("book.changed", entity_id=owner_id)
        return undone


# --- Master data, by its history


def own_rows(undoing: Undoing, model: type[models.Model]) -> str:
    """Make the table of a model's rows that the load wrote: id, made, first, last (of its events). Its name."""
    name = f"undo_{model._meta.db_table}"
    first, last = undoing.marks.events.get(model._meta.db_table, (0, 0))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE TEMP TABLE {name} ON COMMIT DROP AS
            SELECT e.pgh_obj_id AS id, bool_or(e.pgh_label = 'insert') AS made, min(e.pgh_id) AS first,
                   max(e.pgh_id) AS last
            FROM {history_of(model)._meta.db_table} e
            WHERE e.pgh_context_id = %(context)s AND e.pgh_id > %(first)s AND e.pgh_id <= %(last)s
            GROUP BY 1
            """,
            {"context": undoing.marks.context, "first": first, "last": last},
        )
        cursor.execute(f"ANALYZE {name}")
        cursor.execute(
            f"SELECT count(*) FROM (SELECT id FROM {model._meta.db_table} WHERE id IN (SELECT id FROM {name})"
            " ORDER BY id FOR UPDATE) locked"
        )
    return name


def ask_history(undoing: Undoing, model: type[models.Model]) -> None:
    """Whether anybody changed the rows since, be it a person or a later file."""
    undoing.builds(
        f"{model._meta.verbose_name_plural} changed since",
        f"""
        SELECT {_name(model, "m")} FROM undo_{model._meta.db_table} u JOIN {model._meta.db_table} m ON m.id = u.id
        WHERE EXISTS (SELECT 1 FROM {history_of(model)._meta.db_table} e
                      WHERE e.pgh_obj_id = u.id AND e.pgh_id > u.last)
        UNION ALL
        SELECT u.id::text || ' (deleted)' FROM undo_{model._meta.db_table} u
        WHERE NOT EXISTS (SELECT 1 FROM {model._meta.db_table} m WHERE m.id = u.id)
        """,
    )


def ask_references(
    undoing: Undoing,
    model: type[models.Model],
    rows: str,
    own: Iterable[type[models.Model]] = (),
    ignore: Iterable[type[models.Model]] = (),
) -> None:
    """What refers to rows (a table with `id`), wherever it stands; of `own` models only what the load did not write."""
    for other, sql in references(model, rows, own, ignore):
        undoing.builds(str(other._meta.verbose_name_plural), f"SELECT {_name(other, 'o')} FROM {sql}")


def references(
    model: type[models.Model],
    rows: str,
    own: Iterable[type[models.Model]] = (),
    ignore: Iterable[type[models.Model]] = (),
) -> list[tuple[type[models.Model], str]]:
    """Each model that refers to another, with what to select from: its rows are `o`, those referred to are `u`."""
    found = []
    for relation in model._meta.related_objects:
        other, column = relation.related_model, relation.field.column
        if other in ignore or relation.field.name == "pgh_obj" or relation.on_delete is models.DO_NOTHING:
            continue
        sql = f"{other._meta.db_table} o JOIN {rows} u ON u.id = o.{column} WHERE true"
        if other in own:
            sql += f" AND NOT EXISTS (SELECT 1 FROM undo_{other._meta.db_table} x WHERE x.id = o.id)"
        if other is model:
            sql += f" AND o.id <> u.id AND NOT EXISTS (SELECT 1 FROM {rows} x WHERE x.id = o.id)"
        found.append((other, sql))
    return found


def restore(undoing: Undoing, model: type[models.Model]) -> int:
    """Give rows that were changed the values they had before, as their history tells. Returns how many."""
    history = history_of(model)._meta
    columns = [
        each.column
        for each in history.get_fields()
        if getattr(each, "column", None) and not each.name.startswith("pgh_") and each.name != "id"
    ]
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {table} m SET ({names}) = ROW({", ".join(f'b."{name}"' for name in columns)})
            FROM (
                SELECT DISTINCT ON (u.id) u.id AS undo_id, e.* FROM undo_{table} u
                JOIN {history.db_table} e ON e.pgh_obj_id = u.id AND e.pgh_id < u.first
                WHERE NOT u.made ORDER BY u.id, e.pgh_id DESC
            ) b WHERE b.undo_id = m.id
            """
        )
        restored = cursor.rowcount
        cursor.execute(f"SELECT count(*) FROM undo_{table} WHERE NOT made")
        if cursor.fetchone()[0] != restored:
            raise UndoRefused(f"Of some {model._meta.verbose_name_plural} it is not known how they were before.")
    return restored


def remove(model: type[models.Model], rows: str, where: str = "true") -> int:
    """Delete rows (a table with `id`). Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table} m USING {rows} u WHERE u.id = m.id AND {where}")
        return cursor.rowcount


def _clear() -> None:
    """Drop the temporary tables, so that the transaction may undo another load."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relnamespace = pg_my_temp_schema()"
            " AND relkind = 'r' AND (starts_with(relname, 'undo_') OR starts_with(relname, 'booking'))"
        )
        if (names := cursor.fetchone()[0]) is not None:
            cursor.execute(f"DROP TABLE {names}")


def _name(model: type[models.Model], alias: str) -> str:
    columns = {each.column for each in model._meta.concrete_fields}
    for name in NAMED_BY:
        if name in columns:
            return f'{alias}."{name}"::text'
    if "customer_id" in columns:
        return f"(SELECT c.number FROM orders_customer c WHERE c.id = {alias}.customer_id)"
    return f"'{model._meta.verbose_name} ' || {alias}.id"
