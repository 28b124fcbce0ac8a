"""What is added or changed in one operation comes and goes as one."""

import pgtrigger
import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ModelState, ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

from o2c.core.database.together import AddTogether, ChangeTogether

TABLES = ["core_egg", "core_hen", "egg_by_hen"]
ID = ("id", models.BigAutoField(primary_key=True))
HENS = AddTogether(
    [
        # Each refers to the other, so there is no order in which each finds what it refers to.
        migrations.CreateModel("Hen", [ID, ("out_of", models.ForeignKey("core.Egg", models.PROTECT, null=True))]),
        migrations.CreateModel(
            "Egg",
            [ID, ("laid_by", models.ForeignKey("core.Hen", models.PROTECT))],
            options={"indexes": [models.Index(fields=["laid_by", "id"], name="egg_by_hen")]},
        ),
        AddTrigger("hen", pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)),
    ]
)


@pytest.fixture
def rendered(monkeypatch):
    """Which models are rendered from a state, as they are."""
    names = []
    render = ModelState.render

    def noting(self, apps):
        names.append(self.name)
        return render(self, apps)

    monkeypatch.setattr(ModelState, "render", noting)
    return names


def found() -> tuple[list, list]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) ORDER BY 1", [TABLES])
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = to_regclass('core_hen')")
        keys = cursor.fetchall()
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_stays%' AND NOT tgisinternal")
        return tables, [*keys, *cursor.fetchall()]


@pytest.mark.django_db
def test_tables_that_refer_to_each_other_come_and_go(rendered):
    before = ProjectState()
    assert list(before.apps.get_models()) == []
    after = before.clone()
    HENS.state_forwards("core", after)
    assert rendered == []
    with connection.schema_editor() as editor:
        HENS.database_forwards("core", editor, before, after)
    tables, held = found()
    assert tables == TABLES
    assert len(held) == 2
    assert sorted(rendered) == ["Egg", "Hen"]
    with connection.schema_editor() as editor:
        HENS.database_backwards("core", editor, after, before)
    assert found() == ([], [])


def test_what_would_be_made_twice_is_refused():
    index = migrations.AddIndex("Egg", models.Index(fields=["laid_by", "id"], name="egg_by_hen"))
    with pytest.raises(TypeError, match="egg_by_hen"):
        AddTogether([*HENS.operations, index])


COLUMNS = ChangeTogether(
    [
        RemoveTrigger("hen", "stays"),
        migrations.AddField("hen", "weight", models.IntegerField(default=0, db_default=0)),
        migrations.AlterField("egg", "laid_by", models.ForeignKey("core.Hen", models.PROTECT, null=True)),
        migrations.CreateModel("Nest", [ID, ("kept_by", models.ForeignKey("core.Hen", models.PROTECT))]),
        AddTrigger("hen", pgtrigger.Protect(name="keeps", operation=pgtrigger.Update)),
    ]
)


def columns() -> tuple[list, list]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, is_nullable FROM information_schema.columns"
            " WHERE table_name IN ('core_hen', 'core_egg', 'core_nest') AND column_name <> 'id' ORDER BY 1, 2"
        )
        said = cursor.fetchall()
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'core_hen'::regclass AND NOT tgisinternal")
        return said, [name.split("_")[1] for (name,) in cursor.fetchall()]


@pytest.mark.django_db
def test_columns_and_triggers_change_and_change_back_with_one_rendering(rendered):
    bare = ProjectState()
    before = bare.clone()
    HENS.state_forwards("core", before)
    after = before.clone()
    COLUMNS.state_forwards("core", after)
    assert rendered == []
    with connection.schema_editor() as editor:
        HENS.database_forwards("core", editor, bare, before)
    first = columns()
    assert first[1] == ["stays"]
    with connection.schema_editor() as editor:
        COLUMNS.database_forwards("core", editor, before, after)
    assert columns() == (
        [
            ("core_egg", "laid_by_id", "YES"), ("core_hen", "out_of_id", "YES"), ("core_hen", "weight", "NO"),
            ("core_nest", "kept_by_id", "NO"),
        ],
        ["keeps"],
    )  # fmt: skip
    assert sorted(rendered) == ["Egg", "Egg", "Hen", "Hen", "Nest"]
    with connection.schema_editor() as editor:
        COLUMNS.database_backwards("core", editor, after, before)
    assert columns() == first
