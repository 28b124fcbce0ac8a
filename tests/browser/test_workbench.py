"""The workbench in a browser: a line taken by a key, one split by hand, one held back; at two widths, also dark."""

import re

import pytest
from django.db import transaction

from o2c.core.models import Role
from o2c.invoicing.guarding import checks
from o2c.invoicing.matching import running
from o2c.invoicing.models import BankLine, OpenItem
from o2c.orders.models import CustomerBankAccount
from tests.given import Given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}
HERTEL, BERG = "DE89370400440532013000", "DE02120300000000202051"


@pytest.fixture
def book(transactional_db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    given = Given()
    given.user("clerk", Role.CASH_CLERK)
    hertel = given.customer("10042", name="Maschinenbau Hertel GmbH")
    berg = given.customer("10077", name="Nordlicht Logistik AG")
    CustomerBankAccount.objects.create(customer=hertel, iban=HERTEL)
    CustomerBankAccount.objects.create(customer=berg, iban=BERG)
    for number, money in (("INV-4711", "1190.00 EUR"), ("INV-4712", "2380.00 EUR"), ("INV-4713", "595.00 EUR")):
        given.open_item(money, customer=hertel, number=number)
    for number in ("INV-4801", "INV-4802"):
        given.open_item("500.00 EUR", customer=berg, number=number)
    given.bank_line("1190.00 EUR", "Rechnung 4711, vielen Dank", name="Hertel Maschinenbau", iban=HERTEL[:-1] + "1")
    given.bank_line("500.00 EUR", "Payment", name="Nordlicht Logistik", iban=BERG)
    given.bank_line("2950.00 EUR", "as agreed", name="M. Hertel")
    given.bank_line("77.35 EUR", "", name="Café am Fluss")
    flagged = given.bank_statement(arithmetic_ok=False, flags=["arithmetic"])
    given.bank_line("595.00 EUR", "INV-4713", name="Maschinenbau Hertel GmbH", iban=HERTEL, statement=flagged)
    running.match(given.entity())
    with transaction.atomic():
        checks.look([(BankLine.objects.get(amount=1190).pk, hertel.pk)])
    return given


def test_a_clerk_works_through_what_waits(book, visit, shots):
    desk = visit("clerk", **DESK)
    page = desk.page
    page.goto("/bank/workbench/")
    page.get_by_role("heading", name="Workbench").wait_for()
    split = BankLine.objects.get(amount=2950)
    shown = {
        "list": "/bank/workbench/",
        "several": f"/bank/workbench/{BankLine.objects.get(amount=500).pk}/",
        "held": f"/bank/workbench/{BankLine.objects.get(amount=1190).pk}/",
        "flagged": f"/bank/workbench/{BankLine.objects.get(amount=595).pk}/",
        "search": f"/bank/workbench/{split.pk}/?q=hertel",
        "split": f"/bank/workbench/{split.pk}/?customer={OpenItem.objects.get(number='INV-4711').customer_id}",
        "quarantine": "/bank/quarantine/",
    }
    faults = []
    for size, scheme in (("desk", "light"), ("desk", "dark"), ("phone", "light")):
        seen = visit("clerk", color_scheme=scheme, **(DESK if size == "desk" else PHONE))
        for name, address in shown.items():
            seen.page.goto(address)
            faults += [f"{name} {size} {scheme}: {fault}" for fault in seen.axe()]
            if seen.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                faults.append(f"{name} {size}: it is wider than the window")
            seen.page.screenshot(path=shots / f"workbench-{name}-{size}-{scheme}.png", full_page=True)
        assert seen.complaints == []
    assert faults == []

    # One that fits is taken by its key; the next one comes, with a way back.
    page.goto(shown["flagged"])
    page.keyboard.press("1")
    page.get_by_text("went to Maschinenbau Hertel GmbH").wait_for()
    page.keyboard.press("u")
    page.get_by_text("It is taken back").wait_for()
    assert OpenItem.objects.get(number="INV-4713").open_amount == 595

    # One is split by hand, and what is left of the money is told as one types.
    page.goto(shown["search"])
    page.get_by_role("link", name="Maschinenbau Hertel GmbH").first.click()
    page.get_by_label("For INV-4711").fill("570.00")
    page.get_by_text(re.compile(r"0\.00 EUR left")).wait_for()
    page.get_by_label("For INV-4712").fill("2380.00")
    page.get_by_label("For INV-4713").fill("")
    page.get_by_role("button", name="Take it for Maschinenbau Hertel GmbH").click()
    page.get_by_text("went to Maschinenbau Hertel GmbH").wait_for()
    split.refresh_from_db()
    assert split.open_amount == 0
    assert OpenItem.objects.get(number="INV-4711").open_amount == 620
    assert desk.complaints == []
