"""Every page is fit for people who see, hear or move otherwise, and complains about nothing."""

import pytest

from o2c.core.models import Role
from tests.browser.conftest import AXE
from tests.given import Given
from tests.web.test_rights import PAGES, address

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed (make setup-dev installs it)"),
]
FILES = {"statement", "import_errors"}


def pages(shown) -> dict[str, str]:
    found = {
        name: address(name, shown.arguments())
        for name, (_, methods) in PAGES.items()
        if "GET" in methods and name not in FILES
    }
    return found | {
        "search": "/customers/?q=Shown",
        "nothing found": "/customers/?q=nobody",
        "by name": "/customers/?order=name",
        "queue": "/worklist/?show=queue",
        "level": f"/runs/{shown.run.pk}/?level=3",
        "not there": "/nowhere/",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_has_a_serious_fault(shown, visit, scheme, width):
    Given().user("all", *Role)
    desk = visit("all", viewport={"width": width, "height": 900}, color_scheme=scheme)
    desk.page.emulate_media(reduced_motion="reduce")
    faults = {}
    for name, url in pages(shown).items():
        desk.page.goto(url)
        wide = desk.page.evaluate("document.documentElement.scrollWidth")
        found = desk.axe() + ([f"{wide} pixels wide"] if wide > width else [])
        if found:
            faults[name] = found
    assert faults == {}
    assert [text for text in desk.complaints if "/nowhere/" not in text] == []


def test_no_page_for_visitors_has_a_serious_fault(shown, visit):
    for scheme in ("light", "dark"):
        desk = visit(color_scheme=scheme)
        for url in ("/login/", "/password-reset/", "/password-reset/sent/", "/password-reset/MQ/x-y/"):
            desk.page.goto(url)
            assert desk.axe() == [], url
        assert desk.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_dialog_has_a_serious_fault(shown, visit, scheme):
    Given().user("all", *Role)
    desk = visit("all", color_scheme=scheme, viewport={"width": 1440, "height": 900})
    desk.page.emulate_media(reduced_motion="reduce")
    for key in ("o", "n", "p", "h", "r"):
        desk.page.goto(f"/customers/{shown.customer.pk}/")
        desk.page.keyboard.press(key)
        desk.page.locator("dialog#dialog[open] form").wait_for()
        assert desk.axe() == [], key
        desk.page.keyboard.press("Escape")
        desk.page.locator("dialog#dialog").wait_for(state="hidden")
    desk.page.keyboard.press("?")
    desk.page.locator("dialog#keys[open]").wait_for()
    assert desk.axe() == []
    assert desk.complaints == []
