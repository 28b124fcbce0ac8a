"""What answers tell a browser: what it may do with them, keep of them, and where they lead."""

import pytest
from django.conf import settings as present
from django.test import Client
from django.urls import reverse

from o2c.core.models import Role
from tests.web.company import company
from tests.web.test_rights import PAGES, address

PASSWORD = "secret-for-tests"


@pytest.fixture
def shown(given, tmp_path, settings):
    settings.O2C_RUN_DIR = tmp_path
    return company(given, folder=tmp_path)


@pytest.fixture
def cora(given):
    return given.user("cora", *Role)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_nothing_that_a_signed_in_person_sees_is_kept(shown, cora):
    client = signed_in(cora)
    kept = {}
    for name, (_, methods) in PAGES.items():
        if "GET" in methods:
            answer = client.get(address(name, shown.arguments()))
            if "no-store" not in answer["Cache-Control"]:
                kept[name] = answer["Cache-Control"]
    assert kept == {}


def test_every_answer_says_what_a_browser_may_do_with_it(shown, cora):
    client = signed_in(cora)
    for url in ("/", "/login/", "/nowhere/", "/api/v1/customers", reverse("statement", args=[shown.customer.pk])):
        for each in (client, Client()):
            answer = each.get(url)
            policy = answer["Content-Security-Policy"]
            for directive in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
                assert directive in policy, url
            assert "unsafe" not in policy
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Referrer-Policy"] == "same-origin"
            assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "camera=()" in answer["Permissions-Policy"]
            assert "publickey-credentials-get=(self)" in answer["Permissions-Policy"]
            assert not answer.has_header("Access-Control-Allow-Origin")


def test_cookies_are_for_the_server_alone(cora):
    client = Client()
    client.post("/login/", {"username": "cora", "password": PASSWORD})
    client.get("/profile/")
    client.post("/theme/", {"theme": "dark"})
    for name in (present.SESSION_COOKIE_NAME, present.CSRF_COOKIE_NAME, present.O2C_THEME_COOKIE):
        cookie = client.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert not cookie["domain"], name
    assert not client.cookies[present.SESSION_COOKIE_NAME]["max-age"]  # it goes with the browser


ELSEWHERE = ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)"]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nothing_leads_elsewhere(cora, url):
    client = Client()
    assert client.post("/login/", {"username": "cora", "password": PASSWORD, "next": url}).url == "/home/"
    assert client.get("/login/", {"next": url}).url == "/home/"
    again = client.post("/profile/again/", {"password": PASSWORD, "next": url})
    assert again.url == "/home/"
    assert client.post("/theme/", {"theme": "dark", "next": url}).url == "/"
    assert client.post("/logout/", {"next": url}).url == "/login/"


def test_another_host_name_is_refused(cora):
    answer = Client().get("/login/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "elsewhere" not in answer.content.decode()


def test_links_in_mail_lead_to_us_whatever_the_request_was_called(cora, settings):
    from o2c.web import staff

    settings.O2C_URL = "https://o2c.example.com"
    assert staff.password_link(cora).startswith("https://o2c.example.com/password-reset/")


def test_files_are_downloads_of_their_own_kind(shown, cora):
    client = signed_in(cora)
    for name in ("statement", "import_errors"):
        answer = client.get(address(name, shown.arguments()))
        assert answer["Content-Type"].startswith("text/csv"), name
        assert answer["Content-Disposition"].startswith("attachment; filename="), name
        assert "\n" not in answer["Content-Disposition"]
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_no_page_echoes_a_request(cora):
    assert signed_in(cora).trace("/").status_code == 405
    assert Client().trace("/login/").status_code == 405


def test_a_plain_request_is_sent_to_tls_and_told_to_stay_there(cora, settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 365 * 24 * 3600
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answer = Client().get("/login/")
    assert (answer.status_code, answer.url) == (301, "https://testserver/login/")
    answer = Client(HTTP_X_FORWARDED_PROTO="https").get("/login/")
    assert answer["Strict-Transport-Security"] == "max-age=31536000"
