"""What a bank exports as a table, CSV or Excel, is mapped in the browser and waits in the workbench."""

import re
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing import banks
from o2c.invoicing.matching import running
from o2c.invoicing.models import BankLine
from o2c.invoicing.proof import proof
from tests.browser.test_uploads import loaded, worker  # noqa: F401 the fixture
from tests.given import Given
from tests.imports.workbooks_given import table, workbook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = {"viewport": {"width": 1440, "height": 900}}
IBAN = "DE89370400440532013000"
HEADER = ("When", "How much", "Who", "What for")  # names that tell nobody which column is what


@pytest.fixture
def book(transactional_db, settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "files"
    given = Given()
    given.user("clerk", Role.CASH_CLERK)
    banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)
    given.open_item("119.00 EUR", customer=given.customer("10042", name="Hertel GmbH"), number="INV-4711")
    return given


def say(page, label: str, act) -> None:
    """Do something at a field, and wait for the samples that are read anew: they take the place of the form."""
    with page.expect_response(lambda response: "/map/" in response.url):
        act(page.get_by_label(label, exact=True))
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def type_in(field, text: str) -> None:
    field.fill(text)
    field.press("Tab")


def send(page, file) -> None:
    page.goto("/imports/new/")
    page.get_by_role("radio", name=re.compile("^Bank statements")).check()
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Send").click()


def load(page, file) -> None:
    send(page, file)
    page.get_by_role("heading", name="Which column is what").wait_for()
    for label, column in zip(("Booked on", "Amount", "Party name", "Remittance"), HEADER, strict=True):
        say(page, label, lambda field, column=column: field.select_option(column))
    for label, value in (("Account", IBAN), ("Currency", "EUR")):
        say(page, label, lambda field: field.select_option("="))
        say(page, f"{label} of all rows", lambda field, value=value: type_in(field, value))
    say(page, "Days are written", lambda field: field.select_option("%d.%m.%Y"))
    page.get_by_text("with a comma").click()
    loaded(page)


def test_lines_of_a_table_of_either_kind_wait_in_the_workbench(book, visit, worker, tmp_path):  # noqa: F811
    text, sheet = tmp_path / "export.csv", tmp_path / "export.xlsx"
    text.write_text(";".join(HEADER) + "\n02.03.2026;119,00;Hertel GmbH;INV-4711\n03.03.2026;-30,50;Landlord;Rent\n")
    rows = [(date(2026, 3, 4), Decimal("77.35"), "Café am Fluss", "as agreed")]
    sheet.write_bytes(workbook({"Export": table(HEADER, *rows)}))
    desk = visit("clerk", **DESK)
    page = desk.page
    load(page, text)
    assert page.locator(".figure", has_text="Created").locator(".value").inner_text() == "2"
    send(page, sheet)  # of the same columns: what was said of them is known
    page.get_by_role("button", name="Load it").click()
    page.get_by_role("heading", name="How it was read").wait_for()
    assert page.locator(".figure", has_text="Created").locator(".value").inner_text() == "1"
    assert list(BankLine.objects.order_by("booked_on").values_list("booked_on", "amount", "party_name")) == [
        (date(2026, 3, 2), Decimal("119.00"), "Hertel GmbH"),
        (date(2026, 3, 3), Decimal("-30.50"), "Landlord"),
        (date(2026, 3, 4), Decimal("77.35"), "Café am Fluss"),
    ]
    running.match(book.entity())
    page.goto("/bank/workbench/")
    page.get_by_role("heading", name="Workbench").wait_for()
    page.get_by_text("Café am Fluss").first.wait_for()
    assert desk.axe() == []
    expected = ("422", "htmx:afterRequest", "htmx:sendAbort")
    assert [said for said in desk.complaints if not any(word in said for word in expected)] == []
    assert proof() == []
