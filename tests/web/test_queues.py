"""The page of a queue: what it asks for, what the pools would hold, and saving it."""

import pytest

from o2c.collections import teams, worklist
from o2c.collections.models import Queue, Task
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role


@pytest.fixture
def admin(given, client):
    entity = given.entity(time_zone="UTC")
    client.force_login(given.user("ada", Role.ADMINISTRATOR))
    queue = teams.open_queue("south", "South", actor=SYSTEM)
    worklist.create(
        entity=entity, customer=given.customer(), kind=Task.Kind.CALL, why="x", due_on=clock.today(), actor=SYSTEM
    )
    client.path = f"/setup/queues/{queue.pk}/"
    return client


TYPED = {"name": "South", "place": "1", "entities": ["DE1"], "countries": "de, at", "gives": "round_robin"}


def test_looking_changes_nothing_and_saving_moves_the_tasks(admin):
    page = admin.post(admin.path, TYPED | {"and": "preview"})
    assert page.status_code == 200
    assert [(each.queue, each.before, each.tasks) for each in page.context["held"]] == [
        ("South", 0, 1), ("Collections", 1, 0)
    ]  # fmt: skip
    assert Task.objects.get().queue.code == "collections"
    seen = admin.get(admin.path).context["form"]["seen"].value()
    assert admin.post(admin.path, TYPED | {"seen": seen, "and": "save"}).status_code == 302
    saved = Queue.objects.get(code="south")
    assert (saved.place, saved.countries, saved.gives, saved.changed_by) == (1, ["DE", "AT"], "round_robin", "ada")
    assert Task.objects.get().queue == saved
    assert b"To each member in turn" in admin.get("/setup/teams/").content


def test_mistakes_stand_at_their_field_and_an_old_page_is_refused(admin):
    seen = admin.get(admin.path).context["form"]["seen"].value()
    wrong = admin.post(admin.path, TYPED | {"seen": seen, "letters": "K-A", "and": "save"})
    assert wrong.status_code == 422
    assert "neither first letters" in wrong.content.decode()
    assert admin.post(admin.path, TYPED | {"seen": seen}).status_code == 302
    again = admin.post(admin.path, TYPED | {"seen": seen, "name": "East"})
    assert again.status_code == 409
    assert b"ada has changed it meanwhile" in again.content
    assert Queue.objects.get(code="south").name == "South"
