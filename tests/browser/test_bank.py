"""The bank in a browser: a file sent, its lines set aside; and every page at two widths, also dark."""

import re

import pytest

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing import banks
from o2c.invoicing.models import BankLine, BankLoad
from tests.given import Given
from tests.invoicing.bank.files_given import IBAN, camt, entry, statement

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}

LINES = [
    ("12480.00", "Invoices INV-2026-00042, INV-2026-00043 less 2 percent", "Maschinenbau Hertel GmbH"),
    ("311.90", "4711", "Ingrid Lachmann"),
    ("5000.00", "Part payment as agreed by telephone with Ms Berger", "Nordlicht Logistik AG"),
    ("-1840.22", "Salaries March", ""),
    ("-12.50", "Account fees 02/2026", ""),
    ("77.35", "", "Café am Fluss"),
]


@pytest.fixture
def book(transactional_db, settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path
    given = Given()
    given.user("clerk", Role.CASH_CLERK)
    banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)
    return given


def files(folder) -> list[str]:
    """Two days of a bank between which one is missing, and a file that breaks off."""
    entries = [entry(amount, text=text, name=name) for amount, text, name in LINES]
    batch = entry("900.00", reference="B77", members=[("400.00", "Rent, flat 3"), ("500.00", "Rent, flat 4")])
    pending = entry("-49.00", status="PDNG", text="Card, fuel")
    first = camt(statement(*entries, batch, pending, opening="8120.44", closing="25036.97", number=61))
    late = entry("10.00", "2026-03-04", text="?")
    third = camt(statement(late, opening="25500.00", closing="25511.00", day="2026-03-04", number=63))
    paths = []
    for name, content in {"monday.xml": first, "wednesday.xml": third, "broken.xml": first[:-400]}.items():
        paths.append(folder / name)
        paths[-1].write_bytes(content)
    return [str(path) for path in paths]


def send(page, path: str) -> None:
    page.goto("/bank/load/")
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Load it").click()
    page.wait_for_url(re.compile(r"/bank/loads/\d+/$"))


def test_a_clerk_loads_a_file_and_sets_aside_what_is_no_customers(book, visit, tmp_path, shots):
    monday, wednesday, broken = files(tmp_path)
    desk = visit("clerk", **DESK)
    page = desk.page
    send(page, broken)
    page.get_by_text("Nothing of it was loaded.").wait_for()
    send(page, monday)
    page.get_by_role("link", name="DE1 · House bank").click()
    page.get_by_role("heading", name="Lines that came with it").wait_for()
    send(page, wednesday)
    page.get_by_text("Do not add up").wait_for()
    page.goto("/bank/?q=salaries")
    page.locator("tr [data-row]").first.click()
    page.get_by_role("heading", name="What the bank said").wait_for()
    page.keyboard.press("a")
    dialog = page.locator("dialog#dialog[open]")
    dialog.get_by_label("Why").fill("Salaries of March")
    dialog.get_by_role("button", name="Set it aside").click()
    page.get_by_text("It is set aside: nobody looks for its customer any more.").wait_for()
    page.get_by_role("button", name="Take back").click()
    page.get_by_text("It is open again.").wait_for()
    assert desk.complaints == []
    # --- how all of it looks
    with_batch = BankLine.objects.get(amount=900).pk
    ada = BankLine.objects.get(amount=12480)
    shown = {
        "lines": "/bank/",
        "pending": "/bank/?show=pending",
        "line": f"/bank/lines/{ada.pk}/",
        "batch": f"/bank/lines/{with_batch}/",
        "aside": f"/bank/lines/{BankLine.objects.get(amount__lt=-1000).pk}/",
        "statements": "/bank/statements/",
        "statement": f"/bank/statements/{ada.statement_id}/",
        "reconciliation": "/bank/reconciliation/?from_on=2026-03-01&until_on=2026-03-31",
        "load": "/bank/load/",
        "refused": f"/bank/loads/{first_load()}/",
    }
    faults = []
    for size, scheme in (("desk", "light"), ("desk", "dark"), ("phone", "light")):
        seen = visit("clerk", color_scheme=scheme, **(DESK if size == "desk" else PHONE))
        for name, address in shown.items():
            seen.page.goto(address)
            faults += [f"{name} {size} {scheme}: {fault}" for fault in seen.axe()]
            wide = seen.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
            if wide:
                faults.append(f"{name} {size}: it is wider than the window")
            seen.page.screenshot(path=shots / f"bank-{name}-{size}-{scheme}.png", full_page=True)
        assert seen.complaints == []
    assert faults == []


def first_load() -> int:

    return BankLoad.objects.order_by("pk").values_list("pk", flat=True)[0]
