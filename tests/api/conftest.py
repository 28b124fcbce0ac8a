"""A caller of the API, as an integrator writes one."""

import json
from dataclasses import dataclass

import pytest
from django.test import Client

from o2c.core.actors import SYSTEM
from o2c.core.api import keys
from o2c.core.api.models import ApiKey
from o2c.core.api.scopes import SCOPES
from o2c.orders import access

V1 = "/api/v1"


@dataclass
class Caller:
    """Calls by a key. Answers are Django's responses, with `json()`."""

    text: str | None
    key: ApiKey | None = None
    client: Client | None = None

    def __post_init__(self):
        self.client = self.client or Client(raise_request_exception=False)

    def call(self, method: str, path: str, body=None, *, raw: bytes | None = None, **headers):
        if self.text is not None:
            headers.setdefault("Authorization", f"Api-Key {self.text}")
        named = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        content_type = named.pop("Content-Type", "application/json")
        path = path if path.startswith("/api") else f"{V1}{path}"
        return self.client.generic(method, path, data, content_type=content_type, headers=named)

    def get(self, path, **headers):
        return self.call("GET", path, **headers)

    def put(self, path, body, **headers):
        return self.call("PUT", path, body, **headers)

    def post(self, path, body, **headers):
        return self.call("POST", path, body, **headers)


@pytest.fixture
def key(db):
    """Makes keys: all scopes and all legal entities unless said otherwise."""
    made = 0

    def make(scopes=None, entities=None, **details) -> Caller:
        nonlocal made
        made += 1
        issued = keys.create(
            name=details.pop("name", f"key {made}"),
            scopes=SCOPES if scopes is None else scopes,
            all_entities=entities is None,
            actor=SYSTEM,
            **details,
        )
        access.grant_key(issued.key, entities or [], everything=entities is None, actor=SYSTEM)
        return Caller(issued.text, issued.key)

    return make


@pytest.fixture
def api(key) -> Caller:
    return key()


@pytest.fixture
def item_body():
    def body(customer, money="1000.00 EUR", **changed):
        amount, currency = money.split()
        return {
            "entity": "DE1",
            "customer": {"number": customer.number},
            "amount": {"amount": amount, "currency": currency},
            "issued_on": "2026-02-01",
            "due_on": "2026-03-03",
            **changed,
        }

    return body
