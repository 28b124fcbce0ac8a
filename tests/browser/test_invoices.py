"""Writing, issuing, crediting and cancelling invoices in a real browser, with and without JavaScript."""

from decimal import Decimal

import pytest

from o2c.core.models import Role
from o2c.invoicing.models import Invoice, OpenItem
from o2c.invoicing.proof import proof
from tests.given import Given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture
def manager(shown):
    return Given().user("manager", Role.FINANCE_MANAGER)


def latest(**by) -> Invoice:
    return Invoice.objects.filter(**by).latest("id")


def test_an_invoice_is_written_by_keyboard_issued_and_half_of_it_credited(shown, manager, visit, shots):
    desk = visit("manager", **DESK)
    page, keys = desk.page, desk.page.keyboard
    worth = page.locator("#worth-live")

    keys.press("g")
    keys.press("v")
    page.wait_for_url("**/invoices/")
    assert desk.axe() == []
    keys.press("i")
    page.wait_for_url("**/invoices/new/")

    # the customer by a piece of the name, chosen from what fits
    keys.type("Shown cust")
    page.locator(f'#customer-choices option[value="{shown.customer.number}"]').wait_for(state="attached")
    page.locator("#id_customer").fill(shown.customer.number)
    page.get_by_label("Payment terms").select_option(shown.terms.code)
    page.locator("#id_line0-description").focus()
    keys.type("Consulting")
    keys.press("Tab")
    keys.type("4")
    page.locator("#id_line0-price").fill("100")
    page.locator("#id_line0-rate").fill("19")
    worth.get_by_text("476.00").wait_for()
    assert page.locator("#net0").inner_text() == "400.00"

    # Enter: the next line, which is typed at once and taxed alike
    keys.press("Enter")
    page.locator("#id_line1-description:focus").wait_for()
    keys.type("Travel")
    page.locator("#id_line1-price").fill("50")
    worth.get_by_text("535.50").wait_for()
    page.screenshot(path=shots / "invoice-writing.png", full_page=True)
    assert desk.axe() == []
    assert Invoice.objects.count() == 2  # those of the company; nothing of what is typed is kept

    page.get_by_role("button", name="Save and issue").click()
    page.get_by_text("is issued.").wait_for()
    invoice = latest()
    assert (invoice.state, invoice.gross_total, invoice.customer_id) == (
        "issued", Decimal("535.50"), shown.customer.pk,
    )  # fmt: skip
    page.screenshot(path=shots / "invoice.png", full_page=True)
    assert desk.axe() == []

    # half of the consulting is credited
    keys.press("c")
    dialog = page.locator("dialog#dialog[open]")
    dialog.wait_for()
    keys.type("Two hours less")
    dialog.get_by_role("button", name="Write the credit note").click()
    page.wait_for_url("**/edit/")
    page.locator("#id_line0-quantity").fill("2")
    page.get_by_role("button", name="Remove line 2").click()
    page.locator("#id_line1-description").wait_for(state="detached")
    worth.get_by_text("238.00").wait_for()
    assert desk.axe() == []
    page.get_by_role("button", name="Save and issue").click()
    page.get_by_text("is issued.").wait_for()
    note = latest()
    assert (note.kind, note.gross_total, note.corrects_id) == ("credit_note", Decimal("238.00"), invoice.pk)
    assert OpenItem.objects.get(entry=invoice.entry_id).open_amount == Decimal("297.50")
    assert proof() == []
    assert desk.complaints == []

    # on a phone nothing stands out at the side
    page.set_viewport_size(PHONE["viewport"])
    for path in ("/invoices/", f"/invoices/{invoice.pk}/", "/invoices/new/", f"/invoices/{shown.draft.pk}/edit/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_many_drafts_are_issued_and_one_invoice_cancelled(shown, manager, visit):
    desk = visit("manager", **DESK)
    page = desk.page
    page.goto("/invoices/?show=drafts")
    page.get_by_label("All on this page").check()
    assert page.locator('input[name="chosen"]').is_checked()
    assert desk.axe() == []
    page.get_by_role("button", name="Issue the chosen").click()
    page.get_by_text("1 is issued").wait_for()
    page.goto(f"/invoices/{shown.draft.pk}/")
    page.get_by_role("link", name="Cancel it").click()
    dialog = page.locator("dialog#dialog[open]")
    dialog.wait_for()
    dialog.get_by_role("button", name="Cancel the invoice").click()
    dialog.get_by_text("This field is required").wait_for()
    page.get_by_label("Why").fill("Sent to the wrong company")
    dialog.get_by_role("button", name="Cancel the invoice").click()
    page.get_by_text("It is cancelled.").wait_for()
    shown.draft.refresh_from_db()
    assert shown.draft.state == "cancelled"
    assert proof() == []
    complaints = [said for said in desk.complaints if "422" not in said]  # the reason that was missing
    assert complaints == []


def test_the_same_works_without_javascript(shown, manager, visit):
    plain = visit("manager", java_script_enabled=False, **PHONE)
    page = plain.page
    page.goto(f"/invoices/new/?customer={shown.customer.number}")
    page.get_by_label("Payment terms").select_option(shown.terms.code)
    page.locator("#id_line0-description").fill("Consulting")
    page.locator("#id_line0-price").fill("100")
    page.locator("#id_line0-rate").fill("19")
    page.locator("#id_line0-price").press("Enter")
    page.locator("#id_line1-description").fill("Travel")
    page.locator("#id_line1-price").fill("50")
    page.get_by_role("button", name="Move line 2 up").click()
    assert page.locator("#id_line0-description").input_value() == "Travel"
    assert page.locator("#net0").inner_text() == "50.00"
    assert page.locator("#worth-live").get_by_text("178.50").is_visible()
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_text("The draft is saved.").wait_for()
    page.get_by_role("link", name="Issue").click()
    page.get_by_role("button", name="Issue it").click()
    page.get_by_text("is issued.").wait_for()
    invoice = latest()
    assert (invoice.state, invoice.gross_total) == ("issued", Decimal("178.50"))
    page.get_by_role("link", name="Cancel it").click()
    page.get_by_label("Why").fill("Twice")
    page.get_by_role("button", name="Cancel the invoice").click()
    page.get_by_text("It is cancelled.").wait_for()
    invoice.refresh_from_db()
    assert invoice.state == "cancelled"
    assert proof() == []
