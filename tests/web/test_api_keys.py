"""API keys made in the browser: shown once, good at once, rotated and revoked."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from o2c.core import clock
from o2c.core.api import keys
from o2c.core.models import ApiKey, ApiSecret, Role
from tests.web.company import company

FACTS = {"name": "erp", "scopes": ["items:read", "customers:read"], "all_entities": "on"}


@pytest.fixture
def shown(given):
    return company(given)


@pytest.fixture
def boss(given):
    client = Client()
    client.force_login(given.user("boss", Role.ADMINISTRATOR))
    return client


def secret_of(answer) -> str:
    assert answer.status_code == 200
    return re.search(r'id="secret"[^>]* value="([^"]+)"', answer.content.decode())[1]


def call(secret: str) -> int:
    return Client().get("/api/v1/open-items", headers={"Authorization": f"Api-Key {secret}"}).status_code


def test_a_key_is_shown_once_and_works(shown, boss):
    answer = boss.post(reverse("new_api_key"), FACTS | {"last_day": (clock.today() + timedelta(days=2)).isoformat()})
    secret = secret_of(answer)
    assert answer["Cache-Control"] == "no-store"
    assert call(secret) == 200
    key = ApiKey.objects.get(name="erp")
    assert (key.scopes, key.all_entities, key.created_by) == (["customers:read", "items:read"], True, "boss")
    page = boss.get(reverse("api_keys")).content.decode()
    assert secret.split(".")[0] in page
    assert secret.split(".")[1] not in page
    with time_machine.travel(clock.now() + timedelta(days=3, hours=1)):
        assert call(secret) == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Shown key"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"all_entities": ""}, "entities"),
        ({"last_day": "2020-01-01"}, "last_day"),
        ({"requests_a_minute": "0"}, "requests_a_minute"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(shown, boss, change, field):
    answer = boss.post(reverse("new_api_key"), FACTS | change)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert ApiKey.objects.count() == 1
    assert ApiSecret.objects.count() == 1


def test_a_rotated_key_has_both_secrets_for_a_while(shown, boss):
    old = secret_of(boss.post(reverse("new_api_key"), FACTS))
    key = ApiKey.objects.get(name="erp")
    new = secret_of(boss.post(reverse("rotate_api_key", args=[key.pk]), {"overlap": "1"}))
    assert (call(old), call(new)) == (200, 200)
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1)):
        assert (call(old), call(new)) == (401, 200)
    newest = secret_of(boss.post(reverse("rotate_api_key", args=[key.pk]), {"overlap": "0"}))
    assert (call(new), call(newest)) == (401, 200)


def test_a_revoked_key_is_refused_at_once_and_stays_so(shown, boss):
    secret = secret_of(boss.post(reverse("new_api_key"), FACTS))
    key = ApiKey.objects.get(name="erp")
    boss.post(reverse("revoke_api_key", args=[key.pk]))
    assert call(secret) == 401
    answer = boss.post(reverse("rotate_api_key", args=[key.pk]), {"overlap": "1"})
    assert answer.status_code == 422
    assert ApiSecret.objects.filter(key=key).count() == 1


def test_an_administrator_of_some_legal_entities_gives_away_no_more(given, shown):
    hidden = company(given, "UK9", "Hidden")
    everything = keys.create(name="Hidden from some", scopes=["items:read"], all_entities=True, actor=keys.Actor("x"))
    client = Client()
    client.force_login(given.user("some", Role.ADMINISTRATOR, entities=[shown.entity]))
    page = client.get(reverse("api_keys")).content.decode()
    assert "Shown key" in page
    assert "Hidden" not in page
    assert "UK9" not in page
    for name in ("rotate_api_key", "revoke_api_key"):
        for key in (hidden.key, everything.key):
            assert client.post(reverse(name, args=[key.pk]), {"overlap": "1"}).status_code == 404
    for entities in ([hidden.entity.pk], []):
        answer = client.post(reverse("new_api_key"), FACTS | {"entities": entities})
        assert "entities" in answer.context["form"].errors
    assert ApiKey.objects.filter(revoked_at=None).count() == 3
