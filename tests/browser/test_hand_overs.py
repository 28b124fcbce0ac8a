"""A debt is handed over in a browser, with the keyboard's and the telephone's needs met, in light and dark."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from o2c.collections import claims, dunning
from o2c.collections.models import DunningLevel, DunningPolicy, Placement, PromiseToPay
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from tests.given import Given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def hopeless(shown):
    """A customer with a broken promise whose policy's only level was noticed weeks ago; newer items too."""
    given = Given()
    policy = DunningPolicy.objects.create(code="quick", name="Quick", effective_on=date(2020, 1, 1), hands_over_after=5)
    DunningLevel.objects.create(policy=policy, number=1, name="Only", days_past_due=1, template="reminder")
    customer = given.customer("H-1", entity=shown.entity, name="Hopeless Handels GmbH", policy="quick")
    for number, days in (("OLD-1", 60), ("OLD-2", 45)):
        given.open_item(
            "1250.00 EUR", customer=customer, entity=shown.entity, due=shown.today - timedelta(days=days), number=number
        )
    PromiseToPay.objects.create(
        entity=shown.entity, customer=customer, payer=customer, currency="EUR", amount=1250, state="broken",
        promised_on=shown.today - timedelta(days=30), pay_by=shown.today - timedelta(days=25), actor="x",
    )  # fmt: skip
    dunning.run_day(shown.entity, shown.today - timedelta(days=20), actor=SYSTEM, replay=True)
    given.open_item("80.00 EUR", customer=customer, entity=shown.entity, due=shown.today, number="NEW-0")
    late = shown.today - timedelta(days=3)
    given.open_item("90.00 EUR", customer=customer, entity=shown.entity, due=late, number="NEW-1")
    return customer


def test_a_manager_hands_a_debt_over_and_recalls_it(shown, hopeless, visit, shots):
    Given().user("boss", Role.FINANCE_MANAGER)
    desk = visit("boss", viewport=WIDE)
    faults = {}

    def look(name: str) -> None:
        for size in (WIDE, NARROW):
            desk.page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                desk.page.emulate_media(color_scheme=scheme)
                desk.page.screenshot(path=shots / f"hand-over-{name}-{size['width']}-{scheme}.png", full_page=True)
                found = desk.axe(*(["color-contrast"] if scheme == "dark" else []))
                width = desk.page.evaluate("document.documentElement.scrollWidth")
                found += [f"{width} pixels wide"] if width > size["width"] else []
                if found:
                    faults[name, size["width"], scheme] = found
        desk.page.set_viewport_size(WIDE)
        desk.page.emulate_media(color_scheme="light")

    desk.page.goto(reverse("hand_overs"))
    desk.page.get_by_text("1 broken promise").wait_for()
    look("recommended")
    desk.page.get_by_role("link", name="Hand over… Hopeless Handels GmbH, EUR").click()
    for number, is_chosen in (("OLD-1", True), ("OLD-2", True), ("NEW-1", False)):
        assert desk.page.get_by_label(f"Choose {number}").is_checked() is is_chosen
    look("choose")
    desk.page.get_by_label("Why").fill("Every level, no answer")
    desk.page.get_by_role("button", name="Hand over").click()
    desk.page.get_by_text("is with Shown agency.").wait_for()
    desk.page.get_by_text("The file is being made.").wait_for()
    placement = Placement.objects.get(customer=hopeless)
    assert claims.work(placement.pk)
    desk.page.get_by_role("link", name="The file").wait_for()  # it comes by itself
    look("case")
    desk.page.get_by_role("link", name="Recall…").click()
    desk.page.get_by_role("dialog").get_by_label("Why").fill("They called")
    desk.page.get_by_role("dialog").get_by_role("button", name="Recall").click()
    desk.page.get_by_text("is ours again: recalled.").wait_for()
    for name, url in {
        "placed": f"{reverse('hand_overs')}?show=placed",
        "ended": f"{reverse('hand_overs')}?show=ended",
        "agencies": reverse("agencies"),
        "customer": reverse("customer", args=[shown.customer.pk]),
        "item": reverse("item", args=[placement.items.first().item_id]),
    }.items():
        desk.page.goto(url)
        look(name)
    assert faults == {}
    assert desk.complaints == []
