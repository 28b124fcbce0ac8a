"""A policy's next version, written in a real browser on a wide screen and looked at on a phone."""

from datetime import timedelta

import pytest

from o2c.collections.models import DunningPolicy, PolicyChoice
from o2c.core import clock
from o2c.core.models import Role
from tests.given import Given


@pytest.fixture
def book(transactional_db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    given = Given()
    entity = given.entity()
    given.user("mia", Role.FINANCE_MANAGER)
    item = given.open_item(
        "1000.00 EUR", due=clock.today() - timedelta(days=9), customer=given.customer(segment="large")
    )
    PolicyChoice.objects.create(entity=entity, segment="large", policy="standard")
    return item


def test_the_next_version_is_written_and_read(book, visit, shots):
    desk = visit("mia", viewport={"width": 1440, "height": 1000})
    page = desk.page
    policy = DunningPolicy.objects.get()
    page.goto(f"/policies/{policy.pk}/edit/")
    assert desk.axe() == []
    page.get_by_label("Level 1: days past due").fill("30")
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_text("Level 2 must come later than level 1.").wait_for()
    assert desk.axe() == []
    page.screenshot(path=shots / "policy-wrong.png", full_page=True)
    page.get_by_label("Level 1: days past due").fill("-5")
    page.get_by_label("Level 1: minimums").fill("50 EUR")
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_role("heading", name="Against version 1").wait_for()
    assert desk.axe() == []
    page.screenshot(path=shots / "policy.png", full_page=True)
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()
    page.get_by_text("standard v2 is activated.").wait_for()
    page.goto("/policies/")
    assert desk.axe() == []
    page.screenshot(path=shots / "policies.png", full_page=True)
    page.goto(f"/items/{book.pk}/")
    page.get_by_role("heading", name="What the rules say today").wait_for()
    assert desk.axe() == []
    page.screenshot(path=shots / "policy-item.png", full_page=True)
    assert [text for text in desk.complaints if "422" not in text] == []
    made = DunningPolicy.objects.get(version=2)
    assert made.activated_at is not None
    phone = visit("mia", viewport={"width": 390, "height": 844}, color_scheme="dark")
    for address, name in (
        (f"/policies/{made.pk}/", "one"),
        (f"/policies/{made.pk}/edit/", "edit"),
        ("/policies/", "all"),
    ):
        phone.page.goto(address)
        assert phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        phone.page.screenshot(path=shots / f"policy-phone-{name}.png", full_page=True)
        assert phone.axe() == []
