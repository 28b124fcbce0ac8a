"""A trial of two policies in a real browser, on a wide screen and on a phone, by day and by night."""

from datetime import timedelta
from random import Random

import pytest

from o2c.collections.models import Trial
from o2c.core import clock
from o2c.core.models import Role
from tests.collections.test_trials import payer, tried
from tests.given import Given

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def trial(transactional_db, settings) -> Trial:
    """Begun fifty days ago on 64 payers; the challenger's pay a week sooner."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    given, chance = Given(), Random(1)
    given.user("mia", Role.FINANCE_MANAGER)
    first = clock.today(given.entity().time_zone) - timedelta(days=50)
    made = tried(given, first=first, days=90)
    for challenger in (False, True):
        for _ in range(32):
            item = given.open_item("1250.00 EUR", customer=payer(given, challenger=challenger), due=first)
            paid = chance.randint(0, 16) + (0 if challenger else 9)
            if chance.random() < 0.8:
                given.pay(item, on=first + timedelta(days=paid))
    return made


def test_what_a_trial_has_shown_and_its_early_end(trial, visit, shots):
    desk = visit("mia", viewport={"width": 1440, "height": 1000})
    page = desk.page
    page.goto("/policies/")
    page.get_by_role("link", name="trials").click()
    page.get_by_role("heading", name="Champion and challenger").wait_for()
    assert desk.axe() == []
    page.screenshot(path=shots / "trials.png", full_page=True)
    page.get_by_role("link", name="Begin a trial…").click()
    page.get_by_label("Share of the challenger").wait_for()
    assert desk.axe() == []
    page.screenshot(path=shots / "trial-new.png")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="standard and firm").click()
    page.get_by_role("heading", name="What it has shown").wait_for()
    page.get_by_text("days sooner").wait_for()
    page.get_by_text("Week by week").click()
    assert desk.axe() == []
    page.screenshot(path=shots / "trial.png", full_page=True)
    page.get_by_role("link", name="End it…").click()
    page.get_by_label("What came of it?").fill("The firm policy wins")
    page.get_by_role("button", name="End it").click()
    page.get_by_text("all are chased by standard again").wait_for()
    assert desk.complaints == []
    assert Trial.objects.get().concluded == "The firm policy wins"
    for name, options in (("phone", {"viewport": PHONE}), ("dark", {"viewport": PHONE, "color_scheme": "dark"})):
        other = visit("mia", **options)
        other.page.goto(f"/policies/trials/{trial.pk}/?horizon=14")
        other.page.get_by_role("heading", name="What it has shown").wait_for()
        assert other.axe() == []
        assert other.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        other.page.screenshot(path=shots / f"trial-{name}.png", full_page=True)
