"""Notices that wait for a person, and a pilot, in a real browser on a wide screen and on a phone."""

from datetime import timedelta

import pytest

from o2c.collections import dunning, pilots
from o2c.collections.models import DunningLevel, DunningRun, DunningSettings, Notice, NoticeLimit
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from tests.given import Given


@pytest.fixture
def run(transactional_db, settings) -> DunningRun:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    given = Given()
    entity = given.entity()
    today = clock.today(entity.time_zone)
    given.user("mia", Role.FINANCE_MANAGER)
    for number, name in enumerate(("Bakery Lind", "Hotel zum Goldenen Löwen und Söhne GmbH & Co. KG", "Nord Metall")):
        given.open_item(
            f"{number + 1}250.00 EUR", due=today - timedelta(days=9), customer=given.customer(name=name, entity=entity)
        )
    DunningLevel.objects.filter(number=1).update(approvals=2, blocks=True)
    NoticeLimit.objects.create(entity=entity, currency="EUR", amount="3000.00")
    DunningSettings.objects.update(approves_itself=True)
    return dunning.run_day(entity, today, actor=SYSTEM)


def test_what_waits_is_approved(run, visit, shots):
    desk = visit("mia", viewport={"width": 1440, "height": 1000})
    page = desk.page
    page.goto(f"/runs/{run.pk}/")
    page.get_by_role("heading", name="Waiting for a person").wait_for()
    assert desk.axe() == []
    page.screenshot(path=shots / "approvals-run.png", full_page=True)
    page.get_by_role("link", name="Approve all… of level 1 in EUR").click()
    page.get_by_role("heading", name="Approve 2 notices of level 1 in EUR?").wait_for()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("2 notices of level 1 approved by you.").wait_for()
    page.goto("/runs/waiting/")
    assert desk.axe() == []
    page.screenshot(path=shots / "approvals-waiting.png", full_page=True)
    page.get_by_role("link", name="Nord Metall").first.click()
    page.get_by_role("link", name="Approve…").click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("It waits for a second person.").wait_for()
    assert desk.axe() == []
    page.screenshot(path=shots / "approvals-notice.png", full_page=True)
    page.goto("/policies/")
    page.get_by_role("link", name="Change… DE1").click()
    page.get_by_label("Approved alone from").wait_for()
    assert desk.axe() == []
    page.screenshot(path=shots / "approvals-settings.png")
    page.get_by_label("Approved alone from").fill("5000 EUR")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("DE1 duns so from now on.").wait_for()
    assert NoticeLimit.objects.get().amount == 5000
    assert set(Notice.objects.values_list("missing", flat=True)) == {1}
    phone = visit("mia", viewport={"width": 390, "height": 844}, color_scheme="dark")
    for address, name in (
        (f"/runs/{run.pk}/", "run"),
        ("/runs/waiting/", "waiting"),
        ("/policies/", "policies"),
        (f"/policies/entities/{run.entity_id}/pilot/", "pilot"),
    ):
        phone.page.goto(address)
        assert phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        assert phone.axe() == []
        phone.page.screenshot(path=shots / f"approvals-{name}-phone.png", full_page=True)


def test_a_pilot_is_begun_and_compared(run, visit, shots):
    dunning.cancel(run, actor=SYSTEM)
    desk = visit("mia", viewport={"width": 1440, "height": 1000}, color_scheme="dark")
    page = desk.page
    page.goto(f"/policies/entities/{run.entity_id}/pilot/")
    page.get_by_role("link", name="Begin a pilot…").click()
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("Under way").wait_for()
    assert pilots.scenario_of(run.entity) is not None
    dunning.run_day(run.entity, run.as_of, actor=SYSTEM)
    page.goto(f"/policies/entities/{run.entity_id}/pilot/")
    page.get_by_role("link", name="Bakery Lind").wait_for()
    assert desk.axe() == []
    page.screenshot(path=shots / "pilot.png", full_page=True)
    page.goto("/runs/")
    assert desk.axe() == []
    page.screenshot(path=shots / "pilot-runs.png", full_page=True)
