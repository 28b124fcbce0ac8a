"""The tables of a first installation come and go as one."""

import pgtrigger
import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ModelState, ProjectState
from pgtrigger.migrations import AddTrigger

from o2c.core.database.together import AddTogether

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
