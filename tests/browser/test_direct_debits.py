"""Direct debits in a browser: a mandate in the dialog, a run proposed and approved, at two widths and dark."""

import pytest

from o2c.core.models import Role
from o2c.invoicing.models import DebitRun, Mandate
from tests.given import Given
from tests.invoicing.direct_debit.given import THEIRS, Debits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}


@pytest.fixture
def debits(transactional_db, settings) -> Debits:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    given = Given()
    debits = Debits(given, given.entity(name="Lindenwerk GmbH"))
    ibans = (THEIRS, "DE02120300000000202051", "AT611904300234573201", "NL91ABNA0417164300")
    for number, iban in enumerate(ibans):
        customer = given.customer(f"K-{number}", name=f"Nordlicht Handels {number} GmbH")
        mandate = debits.mandate(customer, iban=iban, active=number < 3, scheme="B2B" if number == 2 else "CORE")
        for days in (3, 12):
            debits.owed(mandate, f"{1000 + 10 * number + days}.50 EUR", days_late=days, number=f"RE-{number}-{days}")
    given.user("casey", Role.CASH_CLERK)
    given.user("morgan", Role.FINANCE_MANAGER)
    return debits


def test_from_the_mandate_to_the_file(debits, visit, shots):
    customer = debits.given.customer("K-9", name="Südwind KG")
    clerk = visit("casey", **DESK)
    page = clerk.page
    page.goto(f"/customers/{customer.pk}/")
    page.get_by_role("link", name="New mandate…").click()
    page.get_by_label("IBAN").fill("DE75 5121 0800 1245 1261 99")
    page.get_by_label("Signed on").fill(debits.today.isoformat())
    page.screenshot(path=shots / "mandate-form.png")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_text("is written down").wait_for()
    assert Mandate.objects.filter(customer=customer, state="draft").count() == 1
    page.screenshot(path=shots / "mandate-customer.png", full_page=True)
    assert clerk.axe() == []

    page.goto("/direct-debits/")
    page.keyboard.press("r")
    page.get_by_role("button", name="Propose").click()
    page.get_by_role("heading", name="Left out, and why").wait_for()
    run = DebitRun.objects.get()
    page.get_by_text("You proposed this").wait_for()
    page.screenshot(path=shots / "debit-run-proposed.png", full_page=True)
    assert clerk.axe() == []

    boss = visit("morgan", **PHONE)
    page = boss.page
    page.goto(f"/direct-debits/{run.pk}/")
    page.screenshot(path=shots / "debit-run-phone-dark.png", full_page=True)
    assert boss.axe() == []
    page.get_by_role("link", name="Approve…").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_text("The bank needs the file by").wait_for()
    page.get_by_role("link", name="Make the files…").click()
    page.get_by_role("button", name="Make the files").click()
    page.get_by_role("heading", name="Files for the bank").wait_for()
    page.screenshot(path=shots / "debit-run-exported-phone-dark.png", full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the file of Core").click()
    assert download.value.suggested_filename.endswith("-core.xml")
    for at in ("/direct-debits/", "/direct-debits/mandates/"):
        page.goto(at)
        assert boss.axe() == []
    page.screenshot(path=shots / "mandates-phone-dark.png", full_page=True)
    clerk.page.goto("/direct-debits/mandates/")
    clerk.page.screenshot(path=shots / "mandates.png", full_page=True)
    clerk.page.goto(f"/direct-debits/{run.pk}/")
    clerk.page.screenshot(path=shots / "debit-run-exported.png", full_page=True)
    assert clerk.complaints == []
    assert boss.complaints == []
    assert {file.scheme for file in run.files.all()} == {"CORE", "B2B"}
