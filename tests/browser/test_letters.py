"""Letters are printed and posted in the browser, on a desk and on a telephone, in light and in dark."""

import pytest

from o2c.collections import printing
from o2c.collections.models import LetterBatch
from tests.browser.conftest import PASSWORD
from tests.collections.test_printing import by_post, late, sent
from tests.given import Given

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.mark.django_db(transaction=True)
def test_letters_are_printed_and_posted(chromium, visit, shots, settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.O2C_SMTP, settings.O2C_MAIL_SPOOL = None, tmp_path
    given = Given()
    towns = [("20095", "Hamburg"), ("10115", "Berlin"), ("80331", "München"), ("50667", "Köln")]
    for number, (code, city) in enumerate(towns):
        late(given, f"K-{number + 1}", postal_code=code, city=city, name=f"Company in {city}", money="1234.50 EUR")
    by_post()
    sent(given)
    cora = given.user("cora", "collector")
    cora.set_password(PASSWORD)
    cora.save()
    desk = visit("cora", viewport=WIDE)
    page = desk.page
    faults = []

    def look(name: str) -> None:
        faults.extend(desk.axe())
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            faults.extend(desk.axe("color-contrast"))
            for width, size in (("desk", WIDE), ("phone", NARROW)):
                page.set_viewport_size(size)
                page.screenshot(path=shots / f"{name}-{width}-{scheme}.png")
                assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light")

    page.goto("/letters/")
    look("letters")
    page.get_by_role("link", name="Print…", exact=True).click()
    page.get_by_label("Printed on both sides").wait_for()
    page.screenshot(path=shots / "letters-print.png")
    page.get_by_role("button", name="Make the file").click()
    page.get_by_text("0 of 4").wait_for()
    batch = LetterBatch.objects.get()
    page.goto(f"/letters/{batch.pk}/")
    look("letters-making")
    printing.work(batch.pk)
    page.get_by_role("button", name="They are posted").wait_for()  # the page looks by itself
    look("letters-done")
    page.get_by_role("button", name="They are posted").click()
    page.get_by_text("4 letters are posted.").wait_for()
    look("letters-posted")
    assert faults == []
    assert desk.complaints == []
