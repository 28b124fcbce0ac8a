"""Programs go past what people's pages need around them, and miss nothing by it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from o2c.core.api.problems import MEDIA_TYPE
from o2c.core.models import Role
from tests.api.conftest import Caller

# What every answer says, of pages and of the API alike.
EVERYWHERE = (
    "Content-Security-Policy", "Content-Length", "X-Frame-Options", "X-Content-Type-Options", "Permissions-Policy",
    "Referrer-Policy", "X-Request-ID",
)  # fmt: skip


@pytest.mark.django_db
def test_its_answers_say_what_all_answers_say(api):
    for answer in (api.get("/customers"), api.get("/nothing"), Caller("wrong").get("/customers")):
        assert [name for name in EVERYWHERE if name not in answer] == []
        assert not answer.cookies


@pytest.mark.django_db
def test_a_session_beside_a_key_is_not_looked_at(key, given):
    """Neither does a person's session help a key that may not, nor does it cost a query."""
    client = Client()
    client.force_login(given.user("boss", Role.ADMINISTRATOR))
    reader = key(["customers:read"])
    reader.client = client
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert reader.get("/customers").status_code == 200
    assert not [query["sql"] for query in queries if "session" in query["sql"] or "core_user" in query["sql"]]
    assert reader.get("/open-items").status_code == 403
    wrong = Caller("A" * 8 + "." + "b" * 43, client=client)
    assert wrong.get("/customers").status_code == 401
    assert wrong.put("/customers/external/erp/1", {}).status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize("scheme", ["Basic dTpw", "Bearer x", "Api-Key"])
def test_whatever_else_stands_in_the_header_is_refused(scheme):
    answer = Client().get("/api/v1/customers", headers={"Authorization": scheme})
    assert (answer.status_code, answer["Content-Type"], answer["WWW-Authenticate"]) == (401, MEDIA_TYPE, "Api-Key")


@pytest.mark.django_db
def test_pages_and_slashes_are_answered_as_without_a_key(api):
    assert api.get("/docs/").status_code == 200
    assert api.get("/schema/").status_code == 200
    assert api.get("/customers/").status_code == 200
