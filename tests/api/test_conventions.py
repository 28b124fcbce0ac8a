"""What holds at every address: problems, strict reading, pages, versions, keys, rates."""

import json
import re
import time
from collections import Counter
from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.api import cursors, idempotency, keys, rates
from o2c.core.api.models import ApiKey, ApiSecret, IdempotentAnswer
from o2c.core.models import Role
from o2c.orders.models import Contact, Customer
from tests.api.conftest import V1, Caller

PROBLEM = "application/problem+json"


def is_problem(answer, status: int, kind: str, pointer: str | None = None) -> bool:
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), answer.content
    told = answer.json()
    assert (told["type"], told["status"]) == (f"/problems/{kind}", status), told
    if pointer is not None:
        assert pointer in [error.get("pointer", error.get("parameter")) for error in told["errors"]], told
    return True


# --- Problems


def test_what_is_not_there_is_a_problem(api):
    for path in ("/nothing", "/customers/7", "/customers/x", "/customers/99999999999999999999", "/"):
        assert is_problem(api.get(path), 404, "not-found")


def test_a_slash_at_the_end_is_forgiven(api, given):
    customer = given.customer()
    assert api.get(f"/customers/{customer.pk}/").json()["id"] == customer.pk


def test_wrong_methods_media_and_accepted_types_are_problems(api, given):
    customer = given.customer()
    refused = api.call("DELETE", f"/customers/{customer.pk}")
    assert is_problem(refused, 405, "method")
    assert refused["Allow"] == "GET, HEAD, PUT"
    assert is_problem(api.call("PATCH", "/customers"), 405, "method")
    assert is_problem(api.get("/customers", Accept="text/html"), 406, "not-acceptable")
    form = api.call("POST", "/contacts", raw=b"name=x", Content_Type="application/x-www-form-urlencoded")
    assert is_problem(form, 415, "media-type")


def test_a_failure_of_ours_says_nothing_of_its_cause(api, given, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(cursors, "page", fail)
    answer = api.get("/customers")
    assert is_problem(answer, 500, "internal")
    assert b"hunter2" not in answer.content


# --- Strict reading

BODIES = {
    "not JSON": (b"{", "malformed"),
    "nothing": (b" ", "malformed"),
    "not UTF-8": (b'{"name": "\xff"}', "malformed"),
    "UTF-16": ('{"name": "x"}'.encode("utf-16"), "malformed"),
    "not a number": (b'{"name": NaN}', "malformed"),
    "infinity": (b'{"name": -Infinity}', "malformed"),
    "too large a number": (b'{"name": 1e999}', "malformed"),
    "too many digits": (b'{"name": ' + b"9" * 5000 + b"}", "malformed"),
    "a name twice": (b'{"name": "a", "name": "b"}', "malformed"),
    "a name twice, deep": (b'{"customer": {"id": 1, "id": 2}}', "malformed"),
    "a NUL": (b'{"name": "a\\u0000b"}', "malformed"),
    "a NUL in a name": (b'{"na\\u0000me": 1}', "malformed"),
    "half a character": (b'{"name": "\\ud800"}', "malformed"),
    "deep": (b'{"name": ' + b"[" * 30 + b"]" * 30 + b"}", "malformed"),
    "very deep": (b"[" * 100_000, "malformed"),
    "very deep objects": (b'{"a":' * 100_000, "malformed"),
    "a list": (b"[]", "validation"),
    "a string": (b'"x"', "validation"),
    "null": (b"null", "validation"),
}


@pytest.mark.parametrize("case", BODIES)
def test_what_is_not_plain_json_is_refused(api, case):
    body, kind = BODIES[case]
    assert is_problem(api.call("POST", "/contacts", raw=body), 400, kind)
    assert Contact.objects.count() == 0


def test_a_large_body_is_refused_by_its_length_alone(api):
    answer = api.call("POST", "/contacts", raw=b"x" * (1024 * 1024 + 1))
    assert is_problem(answer, 413, "too-large")


def test_unknown_and_mistyped_fields_are_named(api, given):
    customer = given.customer()
    answer = api.post("/contacts", {"customer": {"id": customer.pk, "x": 1}, "nmae": "A", "in_use": 1, "email": "x"})
    assert is_problem(answer, 400, "validation")
    named = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert named == {
        "/customer/x": "unknown",
        "/nmae": "unknown",
        "/name": "required",
        "/in_use": "invalid",
        "/email": "invalid",
    }


@pytest.mark.parametrize(
    ("amount", "pointer"),
    [
        (12.5, "/amount"),
        ({"amount": 12.5, "currency": "EUR"}, "/amount/amount"),
        ({"amount": 12, "currency": "EUR"}, "/amount/amount"),
        ({"amount": "12,50", "currency": "EUR"}, "/amount/amount"),
        ({"amount": "NaN", "currency": "EUR"}, "/amount/amount"),
        ({"amount": "1e3", "currency": "EUR"}, "/amount/amount"),
        ({"amount": "12.505", "currency": "EUR"}, "/amount/amount"),
        ({"amount": "12.5", "currency": "JPY"}, "/amount/amount"),
        ({"amount": "0", "currency": "EUR"}, "/amount/amount"),
        ({"amount": "9999999999999999.00", "currency": "EUR"}, "/amount/amount"),
        ({"amount": "12.50", "currency": "EURO"}, "/amount/currency"),
        ({"amount": "12.50", "currency": "XQQ"}, "/amount/currency"),
        ({"amount": "12.50"}, "/amount/currency"),
        ({"amount": "12.50", "currency": "EUR", "cents": 1}, "/amount/cents"),
    ],
)
def test_money_is_never_guessed(api, given, item_body, amount, pointer):
    body = item_body(given.customer()) | {"amount": amount}
    assert is_problem(api.put("/open-items/external/sap/1", body), 400, "validation", pointer)


@pytest.mark.parametrize("day", ["2026-2-1", "20260201", "2026-02-30", 20260201, "0001-01-01", "2026-02-01T00:00:00"])
def test_days_are_iso_dates(api, given, item_body, day):
    body = item_body(given.customer(), issued_on=day)
    assert is_problem(api.put("/open-items/external/sap/1", body), 400, "validation", "/issued_on")


def test_parameters_are_strict(api):
    assert is_problem(api.get("/customers?limt=5"), 400, "validation", "limt")
    assert is_problem(api.get("/customers?limit=501"), 400, "validation", "limit")
    assert is_problem(api.get("/customers?limit=5&limit=6"), 400, "validation", "limit")
    assert is_problem(api.get("/customers?updated_since=yesterday"), 400, "validation", "updated_since")
    assert is_problem(api.get("/customers?number=a%00b"), 400, "malformed")
    assert is_problem(api.get("/customers/external/a%00b/1"), 400, "malformed")
    for source, external_id, wrong in (("s" * 61, "1", "source"), ("%04", "1", "source"), ("s", "%201", "external_id")):
        refused = api.put(f"/customers/external/{source}/{external_id}", {"name": "X"})
        assert is_problem(refused, 400, "validation", wrong)


# --- Pages


def test_pages_are_stable_while_rows_are_added(api, given):
    wanted = [given.customer().pk for _ in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/customers?limit=2{cursor and f'&cursor={cursor}'}").json()
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
        if len(seen) < 7:
            given.customer()
        if len(seen) > 20:
            break
    assert seen[:7] == wanted
    assert len(seen) == len(set(seen)) == Customer.objects.count()


def test_changes_are_followed_without_a_gap(api, given):
    first, second, third = (given.customer() for _ in range(3))
    before = clock.now()
    page = api.get("/customers").json()
    assert page["updated_until"] is None
    time_before = before.isoformat().replace("+00:00", "Z")
    api.put(f"/customers/{second.pk}", {"city": "Bonn"})
    api.put(f"/customers/{first.pk}", {"city": "Ulm"})
    api.put(f"/customers/{third.pk}", {"name": third.name})
    changed = api.get(f"/customers?updated_since={time_before}&limit=1").json()
    assert [row["id"] for row in changed["data"]] == [second.pk]
    more = api.get(f"/customers?updated_since={time_before}&limit=1&cursor={changed['next_cursor']}").json()
    assert [row["id"] for row in more["data"]] == [first.pk]
    assert more["next_cursor"] is None
    assert more["updated_until"] == changed["updated_until"]


def test_forged_and_foreign_cursors_are_refused(api, given):
    for _ in range(3):
        given.customer()
    cursor = api.get("/customers?limit=1").json()["next_cursor"]
    assert api.get(f"/customers?limit=2&cursor={cursor}").status_code == 200
    for path in (
        f"/customers?limit=1&cursor={cursor[:-1]}{'a' if cursor[-1] != 'a' else 'b'}",
        "/customers?cursor=eyJpIjo1fQ:1abc:xyz",
        "/customers?cursor=5",
        f"/contacts?cursor={cursor}",
        f"/customers?source=sap&cursor={cursor}",
    ):
        assert is_problem(api.get(path), 400, "cursor")


@pytest.mark.django_db(transaction=True)
def test_what_a_slow_transaction_writes_is_not_passed_over(given):
    import psycopg2

    customer = given.customer()
    address = connection.get_connection_params()
    slow = psycopg2.connect(
        **{name: address[name] for name in ("dbname", "user", "host", "port", "password") if address.get(name)}
    )
    try:
        with slow.cursor() as cursor:
            cursor.execute("UPDATE orders_customer SET city = 'Bonn' WHERE id = %s", [customer.pk])
            cursor.execute("SELECT xact_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
            began = cursor.fetchone()[0]
            until = cursors.settled_until()
        slow.commit()
    finally:
        slow.close()
    assert until <= began
    customer.refresh_from_db()
    assert customer.updated_at >= until
    assert cursors.settled_until() > customer.updated_at


# --- Versions


def test_what_is_known_already_is_not_sent_again(api, given):
    path = f"/customers/{given.customer().pk}"
    tag = api.get(path)["ETag"]
    known = api.get(path, If_None_Match=tag)
    assert (known.status_code, known.content, known["ETag"]) == (304, b"", tag)
    assert api.get(path, If_None_Match='"other"').status_code == 200
    api.put(path, {"city": "Ulm"})
    assert api.get(path, If_None_Match=tag).status_code == 200


def test_nobody_overwrites_what_they_have_not_seen(api, given):
    path = f"/customers/{given.customer().pk}"
    tag = api.get(path)["ETag"]
    first = api.put(path, {"city": "Ulm"}, If_Match=tag)
    assert first.status_code == 200
    late = api.put(path, {"city": "Bonn"}, If_Match=tag)
    assert is_problem(late, 412, "precondition")
    assert late["ETag"] == first["ETag"]
    assert api.get(path).json()["city"] == "Ulm"
    assert api.put(path, {"city": "Bonn"}, If_Match=f"W/{first['ETag']}").status_code == 412
    assert api.put(path, {"city": "Bonn"}, If_Match=f'"x", {first["ETag"]}').status_code == 200


def test_if_none_match_creates_only(api):
    body = {"name": "New"}
    assert api.put("/customers/external/sap/9", body, If_Match="*").status_code == 412
    assert api.put("/customers/external/sap/9", body, If_None_Match="*").status_code == 201
    assert api.put("/customers/external/sap/9", body, If_None_Match="*").status_code == 412


def test_terms_are_another_version_when_a_discount_changes(api):
    body = {"code": "N30", "name": "30 days", "kind": "net", "days": 30}
    made = api.post("/payment-terms", {**body, "discounts": [{"days": 10, "percent": "2"}]})
    assert made.status_code == 201, made.content
    assert made.json()["discounts"] == [{"days": 10, "percent": "2"}]
    del body["code"]
    changed = api.put(made["Location"], {**body, "discounts": [{"days": 10, "percent": "3"}]}, If_Match=made["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != made["ETag"]
    same = api.put(made["Location"], {**body, "discounts": [{"days": 10, "percent": "3"}]})
    assert same["ETag"] == changed["ETag"]


# --- Idempotency


def test_the_same_key_gives_the_same_answer_once(api, given):
    body = {"customer": {"id": given.customer(email="").pk}, "name": "Ann"}
    first = api.post("/contacts", body, Idempotency_Key="k")
    again = api.post("/contacts", body, Idempotency_Key="k")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, again.content)
    assert (again["Location"], again["Idempotent-Replayed"]) == (first["Location"], "true")
    assert "Idempotent-Replayed" not in first
    assert Contact.objects.count() == 1


def test_the_same_key_for_something_else_is_refused(api, key, given):
    body = {"customer": {"id": given.customer(email="").pk}, "name": "Ann"}
    api.post("/contacts", body, Idempotency_Key="k")
    assert is_problem(api.post("/contacts", {**body, "name": "Bob"}, Idempotency_Key="k"), 409, "idempotency-conflict")
    assert key().post("/contacts", {**body, "name": "Bob"}, Idempotency_Key="k").status_code == 201
    assert is_problem(api.post("/contacts", body, Idempotency_Key="a b"), 400, "validation")


def test_what_was_refused_may_be_tried_again(api, given):
    customer = given.customer("C1", email="")
    body = {"customer": {"number": "C2"}, "name": "Ann"}
    assert is_problem(api.post("/contacts", body, Idempotency_Key="k"), 400, "validation", "/customer")
    Customer.objects.filter(pk=customer.pk).update(number="C2")
    assert api.post("/contacts", body, Idempotency_Key="k").status_code == 201


def test_answers_are_kept_for_48_hours(api, given):
    body = {"customer": {"id": given.customer(email="").pk}, "name": "Ann"}
    for name in ("old", "young"):
        api.post("/contacts", body, Idempotency_Key=name)
    IdempotentAnswer.objects.filter(key="old").update(answered_at=clock.now() - timedelta(hours=49))
    IdempotentAnswer.objects.filter(key="young").update(answered_at=clock.now() - timedelta(hours=47))
    assert idempotency.forget() == 1
    assert IdempotentAnswer.objects.get().key == "young"


# --- Keys


def test_without_a_good_key_nothing_is_told(api, db):
    for text in (None, "", "x", "abcdefgh.short", f"{api.text[:-1]}!", f"abcdefgh{api.text[8:]}"):
        caller = Caller(None)
        headers = {} if text is None else {"Authorization": f"Api-Key {text}"}
        answer = caller.get("/customers", **headers)
        assert is_problem(answer, 401, "authentication")
        assert answer["WWW-Authenticate"] == "Api-Key"
    assert is_problem(Caller(None).get("/customers", Authorization="Basic eDp4"), 401, "authentication")
    wrong = api.text[:-1] + ("a" if api.text[-1] != "a" else "b")
    assert is_problem(Caller(wrong).get("/customers"), 401, "authentication")


def test_keys_expire_rotate_and_are_revoked(key):
    expired = key(expires_at=clock.now() - timedelta(seconds=1))
    assert expired.get("/customers").status_code == 401
    old = key(name="erp")
    new = Caller(keys.rotate(old.key, actor=SYSTEM, overlap=timedelta(hours=1)).text)
    assert [caller.get("/customers").status_code for caller in (old, new)] == [200, 200]
    ApiSecret.objects.filter(expires_at__isnull=False).update(expires_at=clock.now())
    assert [caller.get("/customers").status_code for caller in (old, new)] == [401, 200]
    keys.revoke(old.key, actor=SYSTEM)
    assert new.get("/customers").status_code == 401
    with pytest.raises(keys.KeyRefused):
        keys.rotate(old.key, actor=SYSTEM)


def test_a_rotated_key_is_the_same_caller_for_idempotency(key, given):
    old = key()
    body = {"customer": {"id": given.customer(email="").pk}, "name": "Ann"}
    old.post("/contacts", body, Idempotency_Key="k")
    new = Caller(keys.rotate(old.key, actor=SYSTEM).text)
    assert new.post("/contacts", body, Idempotency_Key="k")["Idempotent-Replayed"] == "true"


def test_the_secret_is_kept_nowhere_and_its_use_noted_once_a_minute(api):
    prefix, secret = api.text.split(".")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(s)::text || row_to_json(k)::text FROM core_apisecret s, core_apikey k")
        assert secret not in cursor.fetchone()[0]
    kept = ApiSecret.objects.get(prefix=prefix)
    assert kept.last_used_at is None
    api.get("/customers")
    kept.refresh_from_db()
    first = kept.last_used_at
    with CaptureQueriesContext(
        connection,
    ) as queries:
        api.get("/customers")
    assert not [query for query in queries if "UPDATE" in query["sql"]]
    ApiSecret.objects.update(last_used_at=first - timedelta(minutes=2))
    api.get("/customers")
    kept.refresh_from_db()
    assert kept.last_used_at > first


def test_keys_are_audited_without_their_secret(api):
    from pghistory.models import Events

    keys.revoke(api.key, actor=SYSTEM)
    labels = [event.pgh_label for event in Events.objects.tracks(api.key).order_by("pgh_created_at")]
    assert labels[0] == "insert"
    assert labels[-1] == "update"
    columns = (
        {field.name for field in ApiSecret.pgh_event_model._meta.get_fields()}
        if hasattr(ApiSecret, "pgh_event_model")
        else set()
    )
    assert "digest" not in columns


def test_the_command_prints_the_key_alone(given, capsys):
    given.entity("DE1")
    call_command("apikey", "create", "--name", "erp", "--scopes", "customers:read,items:write", "--entity", "DE1")
    text = capsys.readouterr().out
    assert re.fullmatch(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{43}\n", text)
    assert Caller(text.strip()).get("/customers").status_code == 200
    assert Caller(text.strip()).get("/receipts").status_code == 403
    made = ApiKey.objects.get()
    assert (made.scopes, made.all_entities, len(made.entity_ids)) == (["customers:read", "items:write"], False, 1)
    call_command("apikey", "rotate", "erp")
    new = capsys.readouterr().out.strip()
    assert Caller(new).get("/customers").status_code == 200
    call_command("apikey", "list")
    listed = capsys.readouterr().out
    assert "erp" in listed
    assert new.partition(".")[2] not in listed
    call_command("apikey", "revoke", "erp")
    assert Caller(new).get("/customers").status_code == 401
    for wrong in (
        ["--name", "erp", "--scopes", "customers:read"],
        ["--name", "x", "--scopes", "customers:eat"],
        ["--name", "x", "--scopes", "customers:read", "--entity", "NO"],
        ["--name", "x", "--scopes", "customers:read", "--days", "0"],
    ):
        with pytest.raises(CommandError):
            call_command("apikey", "create", *wrong)
    assert ApiKey.objects.count() == 1


# --- Rates


def test_who_asks_too_often_waits(key):
    now = int(time.time())
    if now % rates.WINDOW > rates.WINDOW - 10:
        pytest.skip("The minute turns within the test.")
    caller = key(requests_a_minute=3)
    left = [caller.get("/customers")["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = caller.get("/customers")
    assert is_problem(refused, 429, "rate")
    assert 0 < int(refused["Retry-After"]) <= rates.WINDOW
    assert refused["RateLimit-Limit"] == "3"
    assert key().get("/customers").status_code == 200


def test_without_the_counter_nobody_is_held_up(key, monkeypatch, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    rates._client.cache_clear()
    monkeypatch.setattr(rates, "_paused_until", 0.0)
    caller = key(requests_a_minute=1)
    try:
        answers = [caller.get("/customers") for _ in range(3)]
    finally:
        rates._client.cache_clear()
        rates._paused_until = 0.0
    assert [answer.status_code for answer in answers] == [200] * 3
    assert "RateLimit-Limit" not in answers[0]


# --- Sessions


def test_a_person_reads_by_the_session_and_writes_with_the_csrf_token(given):
    customer = given.customer(email="")
    admin = given.user("admin", Role.ADMINISTRATOR)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(admin)
    caller = Caller(None, client=client)
    assert [row["id"] for row in caller.get("/customers").json()["data"]] == [customer.pk]
    body = {"customer": {"id": customer.pk}, "name": "Ann"}
    assert is_problem(caller.post("/contacts", body), 403, "forbidden")
    client.cookies[settings.CSRF_COOKIE_NAME] = token = "a" * 32
    assert caller.post("/contacts", body, X_CSRFToken=token).status_code == 201
    assert is_problem(caller.put("/open-items/external/sap/1", {}, X_CSRFToken=token), 403, "forbidden")


# --- The description


def test_the_description_is_valid_openapi_3_1(client):
    from openapi_spec_validator import validate

    answer = client.get(f"{V1}/schema/")
    described = json.loads(answer.content)
    assert described["openapi"].startswith("3.1")
    validate(described)
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert {"200", "201", "202", "204"} & operation["responses"].keys(), (path, method)
            assert {"400", "401", "403", "429"} <= operation["responses"].keys(), (path, method)


def test_the_reference_needs_no_script_and_no_foreign_file(client, db):
    answer = client.get(f"{V1}/docs/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "style-src 'self'" in answer["Content-Security-Policy"]
    assert "<script" not in text
    assert "style=" not in text
    assert "http://" not in text
    assert "https://" not in text
    for word in ("Book a receipt", "customers:write", "/problems/precondition"):
        assert word in text
    targets = set(re.findall(r' id="([^"]+)"', text))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= targets


# --- Work for the database


@pytest.mark.parametrize(
    "path", ["customers", "accounts", "contacts", "open-items", "receipts", "allocations", "tasks", "invoices"]
)
def test_a_list_needs_as_many_queries_for_many_rows_as_for_few(api, given, path):
    def pay(count):
        for _ in range(count):
            given.pay(given.open_item())
            given.invoice()

    pay(1)
    api.get(f"/{path}")
    with CaptureQueriesContext(connection) as few:
        assert api.get(f"/{path}").status_code == 200
    pay(5)
    with CaptureQueriesContext(connection) as many:
        assert api.get(f"/{path}").status_code == 200
    assert len(few) == len(many) <= 3


# --- The description


def of_ours(base: type) -> set[type]:
    """Every form of a body or an answer that the product defines, of whatever module."""
    found = {each for each in base.__subclasses__() if each.__module__.startswith("o2c.")}
    return found.union(*(of_ours(each) for each in base.__subclasses__()))


def test_no_two_bodies_have_one_name_in_the_description(api):
    """The description knows them by name only: of two, one would stand for both."""
    import_module("o2c.api")
    names = [each.__name__ for each in of_ours(serializers.Serializer) if "<locals>" not in each.__qualname__]
    assert {name: count for name, count in Counter(names).items() if count > 1} == {}
    assert len(names) > 100
