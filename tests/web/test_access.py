"""Signing in: passwords, second factors, sessions, throttling; each with real codes and against the clock."""

import re
import time
from datetime import timedelta
from ipaddress import ip_network

import pghistory.models
import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.audit.models import AccessRecord
from o2c.core.models import Factor, Role
from tests.web.company import company

PASSWORD = "secret-for-tests"
OTHER = "quite another 99 words"


@pytest.fixture(autouse=True)
def nobody_tried_before():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def cora(given):
    return given.user("cora", Role.COLLECTOR)


@pytest.fixture
def boss(given):
    return given.user("boss", Role.ADMINISTRATOR)


def sign_in(user, password=PASSWORD, **options) -> Client:
    client = Client(**options)
    client.post("/login/", {"username": user.username, "password": password})
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def add_app(client: Client) -> tuple[str, list[str]]:
    """Add an authenticator app as a person does; its key and the recovery codes that are shown."""
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    shown = client.get(answer.url).content.decode()
    return secret, re.findall(r"<li>(\w[\w-]+)</li>", shown)


# --- Authenticator apps and recovery codes


def test_an_app_is_asked_for_its_code_once_the_password_is_right(cora):
    first = sign_in(cora)
    secret, _ = add_app(first)
    second = sign_in(cora)
    assert not is_in(second)
    door = second.get(reverse("mfa_authenticate"))
    assert door.status_code == 200
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        assert second.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
        assert not is_in(second)
        assert second.post(reverse("mfa_authenticate"), {"code": code(secret)}).status_code == 302
        assert is_in(second)
        third = sign_in(cora)
        third.post(reverse("mfa_authenticate"), {"code": code(secret)})
        assert not is_in(third)  # a code is good once


def test_the_code_of_an_hour_ago_is_worth_nothing(cora):
    secret, _ = add_app(sign_in(cora))
    old = code(secret)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        client = sign_in(cora)
        client.post(reverse("mfa_authenticate"), {"code": old})
        assert not is_in(client)


def test_without_the_password_there_is_no_second_step(cora):
    secret, _ = add_app(sign_in(cora))
    client = sign_in(cora, "wrong")
    assert client.post(reverse("mfa_authenticate"), {"code": code(secret)}).url == reverse("account_login")
    assert not is_in(client)


def test_a_recovery_code_signs_in_once_and_they_are_shown_once(cora):
    client = sign_in(cora)
    _, codes = add_app(client)
    assert len(codes) == 10
    assert codes[0] not in client.get(reverse("mfa_view_recovery_codes")).content.decode()
    for first in (True, False):
        other = sign_in(cora)
        other.post(reverse("mfa_authenticate"), {"code": codes[3]})
        assert is_in(other) is first
    assert client.get("/profile/").context["codes_left"] == 9


def test_the_key_of_an_app_is_kept_encrypted(cora, settings):
    secret, _ = add_app(sign_in(cora))
    kept = Authenticator.objects.get(user=cora, type="totp").data["secret"]
    assert secret not in kept
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a newer one" * 5, [settings.SECRET_KEY]
    client = sign_in(cora)
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        client.post(reverse("mfa_authenticate"), {"code": code(secret)})
        assert is_in(client)


def test_wrong_codes_close_the_door_for_a_while(cora):
    secret, _ = add_app(sign_in(cora))
    for _ in range(11):
        client = sign_in(cora)
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        answer = client.post(reverse("mfa_authenticate"), {"code": code(secret)})
        assert "Too many wrong tries" in answer.content.decode()
        assert not is_in(client)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        client = sign_in(cora)
        client.post(reverse("mfa_authenticate"), {"code": code(secret)})
        assert is_in(client)


def test_a_factor_comes_and_goes_in_the_audit_trail_and_by_mail(cora, django_capture_on_commit_callbacks):
    client = sign_in(cora)
    with django_capture_on_commit_callbacks(execute=True):
        add_app(client)
    factor = Factor.objects.get(user=cora, type="totp")
    assert client.post(reverse("mfa_deactivate_totp")).url == reverse("mfa_index")
    assert not Authenticator.objects.filter(user=cora).exists()  # the recovery codes went with it
    events = pghistory.models.Events.objects.tracks(factor).order_by("pgh_id")
    assert [event.pgh_label for event in events] == ["insert", "delete"]
    assert {event.pgh_context["actor"] for event in events} == {"cora"}
    assert [sent.subject for sent in mail.outbox] == [
        "An authenticator app was added",
        "Your authenticator app was removed",
    ]
    assert mail.outbox[0].to == ["cora@o2c.example"]


# --- Roles that must have a second factor


def test_who_must_have_a_factor_can_do_nothing_else_first(given, cora, settings):
    settings.O2C_MFA_REQUIRED = frozenset({"collector"})
    shown = company(given)
    client = sign_in(cora)
    setting_up = reverse("second_factor")
    for name in ("dashboard", "customers", "profile", "people", "admin:index"):
        assert client.get(reverse(name)).url == setting_up, name
    assert client.post(reverse("add_note", args=[shown.customer.pk]), {"text": "x"}).url == setting_up
    assert client.get("/", headers={"HX-Request": "true"})["HX-Redirect"] == setting_up
    assert client.get("/api/v1/customers").status_code == 403
    assert client.get("/api/v1/customers")["Content-Type"] == "application/problem+json"
    assert client.get(setting_up).status_code == 200
    _, codes = add_app(client)
    assert codes
    assert is_in(client)
    assert client.get("/api/v1/customers").status_code == 200
    answer = client.post(reverse("mfa_deactivate_totp"))
    assert "Add another one before you remove this." in answer.content.decode()
    assert Authenticator.objects.filter(user=cora, type="totp").exists()


def test_who_need_not_is_not_asked(given, cora, settings):
    settings.O2C_MFA_REQUIRED = frozenset({"administrator"})
    assert is_in(sign_in(cora))


def test_a_role_that_is_none_is_refused_at_the_start(settings):
    from django.apps import apps
    from django.core.exceptions import ImproperlyConfigured

    settings.O2C_MFA_REQUIRED = frozenset({"king"})
    with pytest.raises(ImproperlyConfigured, match="O2C_MFA_REQUIRED names king"):
        apps.get_app_config("web").ready()


def test_an_administrator_takes_a_lost_factor_away(cora, boss):
    lost = sign_in(cora)
    add_app(lost)
    factor = Factor.objects.get(user=cora, type="totp")
    admin = sign_in(boss)
    assert "Authenticator" in admin.get(reverse("person", args=[cora.pk])).content.decode()
    admin.post(reverse("remove_factors", args=[cora.pk]))
    assert not is_in(lost)
    assert is_in(sign_in(cora))
    last = pghistory.models.Events.objects.tracks(factor).order_by("pgh_id").last()
    assert (last.pgh_label, last.pgh_context["actor"]) == ("delete", "boss")


def test_nobody_takes_their_own_factors_away_there(boss):
    client = sign_in(boss)
    add_app(client)
    client.post(reverse("remove_factors", args=[boss.pk]))
    assert Authenticator.objects.filter(user=boss, type="totp").exists()


# --- Sessions


def test_a_session_left_alone_ends(cora, settings):
    client = sign_in(cora)
    start = clock.now()
    for minutes in (50, 100, 150):  # used now and then it goes on
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert is_in(client)
    with time_machine.travel(start + timedelta(minutes=211)):
        answer = client.get("/items/?overdue=on")
        assert answer.url == "/login/?next=/items/%3Foverdue%3Don"
        assert "you were away for a while" in client.get(answer.url).content.decode()


def test_no_session_lasts_longer_than_half_a_day(cora):
    client = sign_in(cora)
    start = clock.now()
    for minutes in range(50, 12 * 60, 50):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert is_in(client)
    with time_machine.travel(start + timedelta(hours=12, seconds=1)):
        assert not is_in(client)


def test_one_sees_where_one_is_signed_in_and_ends_it(given, cora):
    agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
    here = sign_in(cora)
    there = sign_in(cora, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT=agent)
    stranger = sign_in(given.user("paul", Role.COLLECTOR))
    page = here.get("/profile/").content.decode()
    assert "Firefox on Windows" in page
    assert "192.0.2.7" in page
    row = UserSession.objects.get(ip="192.0.2.7")
    assert stranger.post(reverse("end_session", args=[row.pk])).status_code == 404
    assert is_in(there)
    here.post(reverse("end_session", args=[row.pk]))
    assert (is_in(here), is_in(there)) == (True, False)
    again = sign_in(cora)
    here.post(reverse("end_other_sessions"))
    assert (is_in(here), is_in(again), is_in(stranger)) == (True, False, True)


def test_a_changed_password_ends_all_other_sessions(cora):
    here, there = sign_in(cora), sign_in(cora)
    new = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    here.post("/profile/password/", new)
    assert (is_in(here), is_in(there)) == (True, False)
    assert UserSession.objects.filter(user=cora, session_key=here.session.session_key).exists()
    assert [sent.subject for sent in mail.outbox] == ["Your password was changed"]


def test_a_password_set_by_link_ends_all_sessions_and_signs_nobody_in(cora):
    from o2c.web import staff

    there = sign_in(cora)
    cora.refresh_from_db()
    staff.send_password_link(cora)
    link = re.search(r"http://[^\s]+?(/password-reset/\S+)", mail.outbox[0].body)[1]
    visitor = Client()
    page = visitor.get(link, follow=True)
    assert "set-password" in page.request["PATH_INFO"]  # the key is not in the address that pages refer to
    answer = visitor.post(page.request["PATH_INFO"], {"password1": OTHER, "password2": OTHER})
    assert answer.status_code == 302
    assert (is_in(there), is_in(visitor)) == (False, False)
    assert is_in(sign_in(cora, OTHER))
    assert not Session.objects.filter(session_key=there.session.session_key).exists()


def test_no_session_comes_back_with_a_person_who_is_let_in_again(cora, boss):
    client, admin = sign_in(cora), sign_in(boss)
    admin.post(reverse("deactivate_person", args=[cora.pk]))
    assert not is_in(client)
    admin.post(reverse("activate_person", args=[cora.pk]))
    assert not is_in(client)
    assert is_in(sign_in(cora))


def test_an_administrator_signs_somebody_out_everywhere(cora, boss):
    client, admin = sign_in(cora), sign_in(boss)
    assert "Where they are signed in" in admin.get(reverse("person", args=[cora.pk])).content.decode()
    admin.post(reverse("end_person_sessions", args=[cora.pk]))
    assert (is_in(client), is_in(admin)) == (False, True)


def test_signing_in_changes_the_key_of_the_session(cora):
    client = Client()
    client.post("/theme/", {"theme": "dark"})
    client.get("/login/?next=/items/")
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = session.session_key
    client.post("/login/", {"username": "cora", "password": PASSWORD})
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out_ends_the_session_on_the_server(cora):
    client = sign_in(cora)
    key = client.session.session_key
    client.post("/logout/")
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/logout/").status_code == 405


# --- Signing in again before what matters


SENSITIVE = {
    "new_api_key": ("get", {}),
    "new_person": ("get", {}),
    "person": ("post", {}),
    "deactivate_person": ("post", {}),
    "remove_factors": ("post", {}),
    "send_password_link": ("post", {}),
    "rotate_api_key": ("post", {"overlap": "1"}),
    "revoke_api_key": ("post", {}),
    "mfa_activate_totp": ("get", {}),
    "mfa_generate_recovery_codes": ("post", {}),
    "mfa_add_webauthn": ("get", {}),
    "end_other_sessions": ("post", {}),
}


def test_what_matters_asks_for_the_password_again(given, boss):
    arguments = company(given).arguments()
    client = sign_in(boss)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        for name, (method, facts) in SENSITIVE.items():
            url = reverse(name, kwargs=arguments.get(name, {}))
            answer = getattr(client, method)(url, facts)
            assert answer.url.startswith("/profile/again/?next="), name
            asked = client.get(url, headers={"HX-Request": "true"})
            if asked.status_code != 405 and not name.startswith("mfa_"):
                assert asked["HX-Redirect"].startswith("/profile/again/?next="), name


def test_what_was_sent_is_done_after_the_password(given, boss):
    shown = company(given)
    client = sign_in(boss)
    before = client.session.session_key
    url = reverse("deactivate_person", args=[shown.person.pk])
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        again = client.post(url).url
        wrong = client.post(again, {"password": "wrong", "next": url})
        assert "That is not your password." in wrong.content.decode()
        shown.person.refresh_from_db()
        assert shown.person.is_active
        client.post(again, {"password": PASSWORD, "next": url})
        shown.person.refresh_from_db()
        assert not shown.person.is_active
        assert client.get(reverse("new_person")).status_code == 200
    assert client.session.session_key != before
    assert UserSession.objects.filter(user=boss, session_key=client.session.session_key).exists()


def test_signing_in_again_is_throttled(boss):
    client = sign_in(boss)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        url = client.get(reverse("new_person")).url
        answers = [client.post(url, {"password": "wrong"}) for _ in range(12)]
        assert answers[-1].status_code == 429
        assert "Too many tries" in answers[-1].content.decode()


# --- Throttling, and what it must not tell


def test_wrong_passwords_from_one_address_close_the_door_there_only(cora):
    client = Client()
    for _ in range(10):
        answer = client.post("/login/", {"username": "cora", "password": "wrong"})
        assert "do not belong together" in answer.content.decode()
    answer = client.post("/login/", {"username": "Cora", "password": PASSWORD})
    assert "Too many wrong tries" in answer.content.decode()
    assert not is_in(client)
    assert is_in(sign_in(cora, REMOTE_ADDR="192.0.2.7"))
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert is_in(sign_in(cora))


def test_wrong_passwords_from_everywhere_close_the_account(cora):
    for number in range(100):
        Client(REMOTE_ADDR=f"198.51.100.{number}").post("/login/", {"username": "cora", "password": "wrong"})
    assert not is_in(sign_in(cora, REMOTE_ADDR="192.0.2.7"))
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert is_in(sign_in(cora, REMOTE_ADDR="192.0.2.7"))


def test_one_address_does_not_try_many_accounts(cora):
    for number in range(50):
        Client().post("/login/", {"username": f"somebody{number}", "password": "wrong"})
    assert not is_in(sign_in(cora))
    assert is_in(sign_in(cora, REMOTE_ADDR="192.0.2.7"))


def test_a_right_password_among_wrong_ones_does_not_open_the_door_further(given, cora):
    """Somebody with an account of their own gains no tries at another's by signing in between."""
    paul = given.user("paul", Role.COLLECTOR)
    for _ in range(10):
        Client().post("/login/", {"username": "cora", "password": "wrong"})
        sign_in(paul)
    assert not is_in(sign_in(cora))


def test_wrong_tries_are_in_the_audit_trail(cora):
    add_app(sign_in(cora))
    sign_in(cora, "wrong")
    sign_in(cora).post(reverse("mfa_authenticate"), {"code": "000000"})
    for _ in range(10):
        sign_in(cora, "wrong")
    kinds = AccessRecord.objects.filter(user_id=cora.pk, kind__in=["sign_in_failed", "locked_out"])
    found = kinds.values_list("kind", flat=True)
    assert list(found.order_by("id")) == ["sign_in_failed"] * 11 + ["locked_out"]


def test_an_emptied_cache_stops_nobody(cora):
    client = Client()
    client.post("/login/", {"username": "cora", "password": "wrong"})
    cache.clear()
    assert client.post("/login/", {"username": "cora", "password": "wrong"}).status_code == 200
    cache.clear()
    assert is_in(sign_in(cora))


def test_behind_proxies_the_callers_address_counts(cora, settings):
    settings.O2C_PROXIES = [ip_network("127.0.0.0/8")]
    for number in range(11):  # what the caller writes into the header itself does not help
        said = f"203.0.113.{number}, 198.51.100.1"
        Client(HTTP_X_FORWARDED_FOR=said).post("/login/", {"username": "cora", "password": "wrong"})
    assert not is_in(sign_in(cora, HTTP_X_FORWARDED_FOR="198.51.100.1"))
    assert is_in(sign_in(cora, HTTP_X_FORWARDED_FOR="198.51.100.2"))


def test_nothing_tells_who_there_is(cora):
    def words(answer) -> str:
        return re.sub(r'(csrfmiddlewaretoken" value|value)="[^"]*"', "", answer.content.decode())

    known = Client().post("/login/", {"username": "cora", "password": "wrong"})
    unknown = Client().post("/login/", {"username": "nobody", "password": "wrong"})
    assert words(known) == words(unknown)
    assert known.status_code == unknown.status_code
    known = Client().post("/password-reset/", {"email": "cora@o2c.example"})
    unknown = Client().post("/password-reset/", {"email": "nobody@o2c.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert mail.outbox == []  # a job mails it, so that the answer takes as long for both


def test_resets_are_throttled_alike_for_who_is_there_and_who_is_not(cora):
    for email in ("cora@o2c.example", "nobody@o2c.example"):
        cache.clear()
        answers = [Client().post("/password-reset/", {"email": email}).status_code for _ in range(6)]
        assert answers == [302] * 5 + [429]


# --- Passwords


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("correct horse battery", True),
        ("834295716034", True),  # of any composition
        ("ÄÖ ÜäöüßÄÖÜ æ", True),
        ("x7" * 64, True),
        ("short 12345", False),
        ("1q2w3e4r5t6y", False),
        ("cora@o2c.example", False),
        ("Invoice-Manager-2026!", False),
        ("o2c o2c o2c o2c 1", False),
        ("Lindenwerk2026!?", False),
        ("Lindenwerk painted green", True),
    ],
)
def test_passwords_are_long_and_not_well_known_and_nothing_else(given, cora, password, taken):
    given.entity("LW1", name="Lindenwerk Ltd")
    client = sign_in(cora)
    answer = client.post("/profile/password/", {"oldpassword": PASSWORD, "password1": password, "password2": password})
    assert answer.status_code == (302 if taken else 422)
    cora.refresh_from_db()
    assert cora.check_password(password) is taken


def test_the_first_administrator_still_comes_from_the_command_line(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", OTHER)
    call_command("createsuperuser", interactive=False, username="first", email="first@o2c.example")
    client = Client()
    client.post("/login/", {"username": "first", "password": OTHER})
    assert is_in(client)
