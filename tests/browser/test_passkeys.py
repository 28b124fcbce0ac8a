"""Passkeys in a real browser, whose security key is Chromium's virtual one: added, asked for, and enough by itself."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache

from o2c.core.models import Role
from tests.browser.conftest import PASSWORD
from tests.given import Given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(shown, visit, live_server):
    """A browser with a built-in key that has seen a finger, at a name: passkeys do not work at numbers."""
    cache.clear()
    Given().user("cora", Role.COLLECTOR)
    assert live_server.url.startswith("http://localhost:")
    made = visit()
    link = made.context.new_cdp_session(made.page)
    link.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made.key = link.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    made.link = link
    made.sign_in("cora")
    return made


def add_passkey(desk, *, alone: bool) -> None:
    page = desk.page
    page.goto("/profile/")
    page.get_by_role("listitem").filter(has_text="to sign in with a finger").get_by_role("link", name="Add").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Sign in with it alone").set_checked(alone)
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()


def sign_out(desk) -> None:
    desk.page.goto("/profile/")
    desk.page.get_by_role("button", name="Sign out", exact=True).first.click()
    desk.page.get_by_role("heading", name="Sign in").wait_for()


def test_a_passkey_signs_in_by_itself(desk, shots):
    add_passkey(desk, alone=True)
    assert desk.page.get_by_role("list", name="Recovery codes").get_by_role("listitem").count() == 10
    desk.page.get_by_role("link", name="I have kept them").click()
    desk.page.get_by_text("Laptop").wait_for()
    desk.page.screenshot(path=shots / "profile.png", full_page=True)
    sign_out(desk)
    desk.page.get_by_role("button", name="Sign in with a passkey").click()
    desk.page.get_by_role("heading", name="Dashboard").wait_for()
    assert Authenticator.objects.get(type="webauthn", user__username="cora").last_used_at is not None
    assert desk.complaints == []


def test_a_passkey_is_a_second_factor(desk):
    add_passkey(desk, alone=False)
    sign_out(desk)
    page = desk.page
    page.get_by_label("Username").fill("cora")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Second factor").wait_for()
    page.goto("/items/")
    page.get_by_role("heading", name="Second factor").wait_for()  # the password alone opens nothing
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    assert desk.complaints == []


def test_a_key_that_does_not_know_its_owner_opens_nothing(desk):
    """Taken from the desk: the finger is not the owner's."""
    add_passkey(desk, alone=True)
    sign_out(desk)
    desk.link.send("WebAuthn.setUserVerified", {"authenticatorId": desk.key, "isUserVerified": False})
    desk.page.get_by_role("button", name="Sign in with a passkey").click()
    desk.page.get_by_text("The passkey did not work").wait_for()
    desk.page.goto("/items/")
    desk.page.get_by_role("heading", name="Sign in").wait_for()


def test_a_removed_passkey_opens_nothing(desk):
    add_passkey(desk, alone=True)
    page = desk.page
    page.goto("/profile/")
    row = page.get_by_role("listitem").filter(has_text="Laptop")
    row.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("Old laptop")
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("listitem").filter(has_text="Old laptop")
    row.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("Your passkey is removed.").wait_for()
    assert not Authenticator.objects.filter(user__username="cora").exists()
    sign_out(desk)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("is not right, or was used already").wait_for()
    page.goto("/items/")
    page.get_by_role("heading", name="Sign in").wait_for()


def test_an_authenticator_app_is_added_by_its_key_and_asked_for(desk, shots):
    page = desk.page
    page.goto("/profile/app/")
    assert page.get_by_role("img", name="The key as a QR code").is_visible()
    secret = page.get_by_label("The key, where the app cannot scan").input_value()
    page.screenshot(path=shots / "app.png")
    assert desk.axe() == []
    page.get_by_label("The code that the app shows").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Recovery codes").wait_for()
    code = page.get_by_role("list", name="Recovery codes").get_by_role("listitem").first.inner_text()
    page.screenshot(path=shots / "recovery.png")
    assert desk.axe() == []
    sign_out(desk)
    page.get_by_label("Username").fill("cora")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Code").fill(code)
    page.screenshot(path=shots / "second.png")
    assert desk.axe() == []
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Dashboard").wait_for()
    assert desk.complaints == []
