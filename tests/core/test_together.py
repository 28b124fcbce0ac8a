"""Changes of tables in a row are made as if by one operation, for which all models are rendered once."""

import pytest
from django.db import connection, models
from django.db.migrations import AddConstraint, AddField, AddIndex, AlterField, CreateModel, RemoveIndex, RunSQL
from django.db.migrations.state import ProjectState
from django.db.models import Q

from o2c.core.database.together import ChangeTogether, together


def table(name: str) -> CreateModel:
    return CreateModel(name, [("id", models.BigAutoField(primary_key=True))])


def column(table: str, name: str, **options) -> AddField:
    return AddField(table, name, models.IntegerField(default=7, **options))


PRICE_BY_SIZE = models.Index(fields=["size"], name="tried_by_size")
ONE_A_SIZE = models.UniqueConstraint(fields=["size"], condition=Q(size__gt=0), name="tried_one_a_size")


def test_what_changes_tables_in_a_row_is_one_operation_and_sql_stands_between():
    sql = RunSQL("SELECT 1")
    first, then = [table("Thing"), column("Thing", "size")], [AddIndex("Thing", PRICE_BY_SIZE), column("Thing", "age")]
    grouped = together([*first, sql, *then])
    assert [type(each) for each in grouped] == [ChangeTogether, RunSQL, ChangeTogether]
    assert [grouped[0].operations, grouped[2].operations] == [first, then]


def test_one_alone_stays_as_it_is():
    operations = [RunSQL("SELECT 1"), column("Thing", "size"), RunSQL("SELECT 2")]
    assert together(operations) == operations


def test_a_column_that_is_changed_again_begins_another_group():
    again = AlterField("thing", "size", models.BigIntegerField(default=7))
    grouped = together([column("Thing", "size"), column("Thing", "age"), again, column("Thing", "colour")])
    assert [len(each.operations) for each in grouped] == [2, 2]
    assert grouped[1].operations[0] is again


def test_groups_that_follow_each_other_are_one():
    grouped = together([ChangeTogether([column("Thing", "size")]), column("Thing", "age")])
    assert [len(each.operations) for each in grouped] == [2]


def test_what_cannot_be_grouped_is_refused():
    with pytest.raises(TypeError, match="only tables, columns, indexes, constraints and triggers are changed together"):
        ChangeTogether([RunSQL("SELECT 1")])


def described(name: str) -> tuple[list[str], set[str]]:
    with connection.cursor() as cursor:
        columns = [each.name for each in connection.introspection.get_table_description(cursor, name)]
        return columns, set(connection.introspection.get_constraints(cursor, name))


@pytest.mark.django_db(transaction=True)
def test_tables_get_all_at_once_what_they_get_and_lose_it_on_the_way_back():
    """Two tables that refer to each other, and one that is there and gets and loses something."""
    steps = [
        *together([table("Old"), column("Old", "size"), AddIndex("Old", PRICE_BY_SIZE)]),
        *together([
            table("Thing"),
            column("Thing", "age"),
            CreateModel("Part", [
                ("id", models.BigAutoField(primary_key=True)),
                ("thing", models.ForeignKey("tried.Thing", models.PROTECT)),
            ]),
            AddField("Thing", "first", models.ForeignKey("tried.Part", models.PROTECT, null=True, related_name="+")),
            AddIndex("Thing", models.Index(fields=["age"], name="tried_by_age")),
            AddField("Old", "part", models.ForeignKey("tried.Part", models.PROTECT, null=True)),
            RemoveIndex("Old", "tried_by_size"),
            AddConstraint("Old", ONE_A_SIZE),
            AddConstraint("Part", models.UniqueConstraint(fields=["thing"], name="tried_once")),
        ]),
    ]  # fmt: skip
    assert [type(each) for each in steps] == [ChangeTogether, ChangeTogether]
    before, states = set(connection.introspection.table_names()), [ProjectState()]
    for step in steps:
        states.append(states[-1].clone())
        step.state_forwards("tried", states[-1])
        with connection.schema_editor() as editor:
            step.database_forwards("tried", editor, states[-2], states[-1])
    columns, constraints = described("tried_thing")
    assert columns == ["id", "age", "first_id"]
    assert "tried_by_age" in constraints
    assert described("tried_part")[1] >= {"tried_once"}
    columns, constraints = described("tried_old")
    assert columns == ["id", "size", "part_id"]
    assert "tried_one_a_size" in constraints
    assert "tried_by_size" not in constraints
    with connection.schema_editor() as editor:
        steps[1].database_backwards("tried", editor, states[2], states[1])
    columns, constraints = described("tried_old")
    assert columns == ["id", "size"]
    assert "tried_by_size" in constraints
    assert "tried_one_a_size" not in constraints
    with connection.schema_editor() as editor:
        steps[0].database_backwards("tried", editor, states[1], states[0])
    assert set(connection.introspection.table_names()) == before
