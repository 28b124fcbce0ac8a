"""Every page is fit for people who see, hear or move otherwise, and complains about nothing."""

import pytest

from o2c.core.models import Role
from tests.browser.conftest import AXE
from tests.given import Given
from tests.web.test_rights import ABSENT, PAGES, address

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed (make setup-dev installs it)"),
]
WIDE = {"viewport": {"width": 1440, "height": 900}}
NARROW = {"viewport": {"width": 390, "height": 844}}
CLASSES = "[...document.querySelectorAll('[class]')].flatMap(each => [...each.classList])"
FILES = {
    "statement",
    "statement_paper",
    "statement_document",
    "invoice_document",
    "interest_document",
    "invoice_einvoice",
    "invoice_customers",  # choices for a field, no page
    "product_choices",
    "delivery_proof",
    "message_file",
    "mail_file",
    "mail_source",
    "dispute_file",
    "bank_statement_file",
    "remittance_file",
    "refund_file",
    "debit_file",
    "letter_file",
    "nettings_file",
    "netting_paper",
    "placement_file",
    "pilot_file",
    "import_errors",
    "journal_file",
    "audit_export",
}


def pages(shown) -> dict[str, str]:
    found = {
        name: address(name, shown.arguments())
        for name, (_, methods) in PAGES.items()
        if "GET" in methods and name not in FILES | ABSENT
    }
    return found | {
        "search": "/customers/?q=Shown",
        "nothing found": "/customers/?q=nobody",
        "by name": "/customers/?order=name",
        "queue": "/worklist/?show=queue",
        "level": f"/runs/{shown.run.pk}/?level=3",
        "money in the trail": "/audit/?what=money",
        "set aside": f"/corrections/imports/set_aside/?key={shown.loaded.pk}",
        "not there": "/nowhere/",
    }


def test_no_page_has_a_serious_fault(shown, visit):
    """All rules in light; in dark, where only colours differ, those of colours; and nothing wider than a telephone.

    Colours come from the classes of the one style sheet, so dark is looked at where a page brings a class not seen yet.
    """
    Given().user("all", *Role)
    desk = visit("all", **WIDE)
    faults, seen = {}, set()
    for name, url in pages(shown).items():
        desk.page.goto(url)
        found = desk.axe()
        classes = set(desk.page.evaluate(CLASSES))
        if classes - seen:
            seen |= classes
            desk.page.emulate_media(color_scheme="dark")
            found += desk.axe("color-contrast")
            desk.page.emulate_media(color_scheme="light")
        desk.page.set_viewport_size(NARROW["viewport"])
        width = desk.page.evaluate("document.documentElement.scrollWidth")
        found += [f"{width} pixels wide"] if width > NARROW["viewport"]["width"] else []
        desk.page.set_viewport_size(WIDE["viewport"])
        if found:
            faults[name] = found
    assert faults == {}
    assert [text for text in desk.complaints if "/nowhere/" not in text] == []


@pytest.mark.soak
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_page_has_a_serious_fault_in_any_size_and_scheme(shown, visit, scheme, size):
    Given().user("all", *Role)
    desk = visit("all", color_scheme=scheme, **size)
    faults = {}
    for name, url in pages(shown).items():
        desk.page.goto(url)
        if found := desk.axe():
            faults[name] = found
    assert faults == {}


def test_axe_finds_a_fault_where_there_is_one(shown, visit):
    Given().user("all", *Role)
    desk = visit("all", **WIDE)
    desk.page.evaluate("document.querySelector('h1').style.color = 'rgb(200 200 200)'")
    desk.page.evaluate("document.querySelector('label').remove()")
    assert {fault.split(":")[0] for fault in desk.axe()} >= {"color-contrast"}


def test_no_page_for_visitors_has_a_serious_fault(shown, visit):
    for scheme in ("light", "dark"):
        desk = visit(color_scheme=scheme)
        for url in ("/login/", "/password-reset/", "/password-reset/sent/", "/password-reset/MQ/x-y/", "/login/ended/"):
            desk.page.goto(url)
            assert desk.axe() == [], url
        assert desk.complaints == []


def test_no_dialog_has_a_serious_fault(shown, visit):
    Given().user("all", *Role)
    desk = visit("all", **WIDE)
    for key in ("o", "n", "p", "h", "r"):
        desk.page.goto(f"/customers/{shown.customer.pk}/")
        desk.page.keyboard.press(key)
        desk.page.locator("dialog#dialog[open] form").wait_for()
        assert desk.axe() == [], key
        desk.page.emulate_media(color_scheme="dark")
        assert desk.axe("color-contrast") == [], key
        desk.page.emulate_media(color_scheme="light")
        desk.page.keyboard.press("Escape")
        desk.page.locator("dialog#dialog").wait_for(state="hidden")
    desk.page.keyboard.press("?")
    desk.page.locator("dialog#keys[open]").wait_for()
    assert desk.axe() == []
    assert desk.complaints == []
