"""Single sign-on against a real OpenID Connect provider that runs beside the test."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pghistory.models
import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from oidc_provider_mock import run_server_in_thread

from o2c.core.environment import SingleSignOn
from o2c.core.models import Role, SignOn, User
from o2c.web import jobs
from o2c.web.access import joining

# The provider's own libraries warn of what their next versions drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
PASSWORD = "secret-for-tests"


@pytest.fixture(scope="module")
def issuer():
    with run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def provider(issuer, settings, db):
    cache.clear()
    return use(settings, SingleSignOn("Example login", issuer, "o2c", "kept", "groups", {}, [], False, ""))


def use(settings, provider: SingleSignOn) -> SingleSignOn:
    settings.O2C_SINGLE_SIGN_ON = provider
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [provider.app()]}}
    return provider


def known_there(provider: SingleSignOn, sub: str, **claims) -> None:
    """What the provider says of somebody."""
    requests.put(f"{provider.issuer}/users/{sub}", json=claims, timeout=5).raise_for_status()


def come_back(provider: SingleSignOn, sub: str, client: Client | None = None, next: str = ""):
    """Press the button, sign in over there, and follow the way back; the browser and the answer."""
    client = client or Client()
    away = client.post("/login/sso/", {"process": "login", "next": next})
    assert away.status_code == 302
    assert away.url.startswith(f"{provider.issuer}/oauth2/authorize?")
    back = requests.post(away.url, data={"sub": sub}, allow_redirects=False, timeout=5).headers["Location"]
    parts = urlsplit(back)
    assert parts.path == "/login/sso/back/"
    return client, client.get(f"{parts.path}?{parts.query}")


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_somebody_here_is_known_by_their_verified_address(given, provider):
    cora = given.user("cora", Role.COLLECTOR)
    known_there(provider, "c-1", email="CORA@o2c.example", email_verified=True)
    page = Client().get("/login/?next=/items/").content.decode()
    assert "Sign in with Example login" in page
    client, answer = come_back(provider, "c-1", next="/items/")
    assert answer.url == "/items/"
    assert is_in(client)
    (row,) = SocialAccount.objects.all()
    assert (row.user, row.uid) == (cora, "c-1")
    events = pghistory.models.Events.objects.tracks(SignOn.objects.get(pk=row.pk))
    assert [event.pgh_label for event in events] == ["insert"]
    # from then on the provider's own name for them counts, whatever becomes of the address
    known_there(provider, "c-1", email="married@o2c.example", email_verified=True)
    client, answer = come_back(provider, "c-1")
    assert is_in(client)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "cora@o2c.example", "email_verified": False},
        {"email": "cora@o2c.example"},
        {"email": "cora@o2c.example", "email_verified": "yes"},
        {"email": "nobody@o2c.example", "email_verified": True},
        {"email_verified": True},
    ],
)
def test_whoever_is_not_vouched_for_is_refused(given, provider, claims):
    given.user("cora", Role.COLLECTOR)
    known_there(provider, "x", email=None, email_verified=None)
    known_there(provider, "x", **claims)
    client, answer = come_back(provider, "x")
    assert answer.status_code == 403
    assert "You are not let in" in answer.content.decode()
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


def test_whoever_has_left_is_refused_also_when_known_there(given, provider):
    cora = given.user("cora", Role.COLLECTOR)
    known_there(provider, "c-2", email="cora@o2c.example", email_verified=True)
    come_back(provider, "c-2")
    User.objects.filter(pk=cora.pk).update(is_active=False)
    client, answer = come_back(provider, "c-2")
    assert answer.url == reverse("account_inactive")
    assert not is_in(client)
    SocialAccount.objects.all().delete()
    client, answer = come_back(provider, "c-2")
    assert "Your access has ended" in answer.content.decode()


def test_two_people_of_one_address_are_nobody(given, provider):
    for name in ("cora", "second"):
        given.user(name, Role.COLLECTOR)
    User.objects.update(email="team@o2c.example")
    known_there(provider, "t", email="team@o2c.example", email_verified=True)
    _, answer = come_back(provider, "t")
    assert "Several people here" in answer.content.decode()
    assert not SocialAccount.objects.exists()


def test_somebody_new_is_taken_on_by_their_groups(given, provider, settings):
    for code in ("DE1", "UK9"):
        given.entity(code)
    roles = {"ar-team": "collector", "money": "cash_clerk"}
    provider = use(settings, replace(provider, roles=roles, entities=["DE1"]))
    facts = {"email": "new@o2c.example", "email_verified": True, "given_name": "Nia", "family_name": "Okafor"}
    known_there(provider, "n", **facts, preferred_username="nia", groups=["ar-team", "canteen"])
    client, _ = come_back(provider, "n")
    assert is_in(client)
    nia = User.objects.get(username="nia")
    assert (nia.roles, nia.all_entities, str(nia)) == (["collector"], False, "Nia Okafor")
    assert [access.entity.code for access in nia.entity_access.all()] == ["DE1"]
    assert not nia.has_usable_password()
    event = pghistory.models.Events.objects.tracks(nia).order_by("pgh_id").first()
    assert event.pgh_context["actor"] == "single sign-on"
    # groups make nobody more than an administrator made them
    known_there(provider, "n", **facts, groups=["money"])
    come_back(provider, "n")
    nia.refresh_from_db()
    assert nia.roles == ["collector"]
    known_there(provider, "m", email="m@o2c.example", email_verified=True, groups=["canteen"])
    _, answer = come_back(provider, "m")
    assert answer.status_code == 403


@pytest.mark.parametrize("groups", [None, 7, {"a": 1}, [["ar-team"]], "canteen", []])
def test_groups_that_are_none_give_no_role(groups):
    provider = SingleSignOn("x", "https://x", "o2c", "k", "groups", {"ar-team": "collector"}, [], False, "")
    assert joining.roles_for(groups, provider) == []
    assert joining.roles_for("ar-team", provider) == ["collector"]


def test_a_second_factor_here_is_asked_for_too(given, provider):
    cora = given.user("cora", Role.COLLECTOR)
    Authenticator.objects.create(user=cora, type="totp", data={"secret": "x"})
    known_there(provider, "c-3", email="cora@o2c.example", email_verified=True)
    client, answer = come_back(provider, "c-3")
    assert answer.url == reverse("mfa_authenticate")
    assert not is_in(client)


def test_an_answer_to_somebody_elses_question_is_refused(given, provider):
    """What an attacker began in their own browser does not sign in whom they send the link."""
    given.user("cora", Role.COLLECTOR)
    known_there(provider, "c-4", email="cora@o2c.example", email_verified=True)
    away = Client().post("/login/sso/", {"process": "login"})
    asked = parse_qs(urlsplit(away.url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    back = requests.post(away.url, data={"sub": "c-4"}, allow_redirects=False, timeout=5).headers["Location"]
    victim = Client()
    answer = victim.get(f"{urlsplit(back).path}?{urlsplit(back).query}")
    assert answer.status_code == 400
    assert not is_in(victim)


def test_turning_back_over_there_says_so(given, provider):
    client = Client()
    client.post("/login/sso/", {"process": "login"})
    answer = client.get("/login/sso/back/?error=access_denied&state=x")
    assert answer.status_code in (302, 400)
    assert not is_in(client)


def test_a_provider_that_is_down_is_told_so(given, provider, settings):
    use(settings, replace(provider, issuer="http://localhost:9"))
    answer = Client().post("/login/sso/", {"process": "login"})
    assert answer.status_code == 502
    assert "did not answer" in answer.content.decode()


def test_without_a_provider_there_is_no_such_door(db):
    assert Client().post("/login/sso/", {"process": "login"}).status_code == 404
    assert "Sign in with Example" not in Client().get("/login/").content.decode()


# --- Single sign-on only


@pytest.fixture
def only(given, provider, settings):
    given.user("cora", Role.COLLECTOR)
    given.user("glass", Role.ADMINISTRATOR)
    return use(settings, replace(provider, only=True, break_glass="glass"))


def by_password(username: str) -> Client:
    client = Client()
    client.post("/login/", {"username": username, "password": PASSWORD})
    return client


def test_only_the_break_glass_person_has_a_password(only):
    assert not is_in(by_password("cora"))
    assert is_in(by_password("glass"))
    known_there(only, "c-5", email="cora@o2c.example", email_verified=True)
    client, _ = come_back(only, "c-5")
    assert is_in(client)
    assert "Change the password" not in client.get("/profile/").content.decode()
    assert client.post("/profile/password/", {"oldpassword": PASSWORD}).url == "/profile/"


def test_no_link_to_set_a_password_is_sent(only, monkeypatch):
    sent = []
    monkeypatch.setattr(jobs.mail_password_link, "delay", sent.append)
    for name in ("cora", "glass"):
        Client().post("/password-reset/", {"email": f"{name}@o2c.example"})
    assert sent == [User.objects.get(username="glass").pk]
    boss = by_password("glass")
    boss.post(reverse("send_password_link", args=[User.objects.get(username="cora").pk]))
    assert mail.outbox == []


def test_the_policy_of_pages_lets_the_form_lead_to_the_provider_and_nowhere_else():
    from tests.setup.test_settings import PROVIDER, setting

    said = setting("CONTENT_SECURITY_POLICY", O2C_OIDC_ISSUER="https://id.example/realms/x", **PROVIDER)
    assert "https://id.example" in re.search(r"'form-action': \[(.*?)\]", said)[1]
    assert "/realms" not in said
