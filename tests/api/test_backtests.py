"""Backtests over the API: asked for once, played by a worker, read with what was found."""

from datetime import date, timedelta

import pytest
import time_machine

from o2c.collections import backtests, policies
from o2c.collections.models import Backtest, DunningPolicy
from o2c.collections.policy_rules import Rules, Step
from o2c.core import clock
from o2c.core.actors import SYSTEM
from tests.api.test_conventions import is_problem

RULES = Rules("Two", (Step("First", 5, "reminder"), Step("Call", 20, "second", opens_task=True)), interval_days=7)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def march():
    with time_machine.travel("2026-03-16T12:00:00Z", tick=True):
        yield


@pytest.fixture
def tried(given) -> DunningPolicy:
    policies.install_standard(given.entity())
    return policies.draft("standard", RULES, effective_on=clock.today() + timedelta(days=1), actor=SYSTEM)


def test_a_version_is_asked_for_once_played_and_read(api, given, tried):
    customer = given.customer("C1", entity=given.entity())
    given.open_item("50.00 EUR", customer=customer, due=date(2026, 1, 7))
    asked = api.post("/backtests", {"entity": "DE1", "policy": tried.pk, "months": 3}, Idempotency_Key="a")
    assert asked.status_code == 202, asked.content
    said = asked.json()
    assert (said["state"], said["result"], said["first"], said["until"]) == ("waiting", [], "2025-12-01", "2026-03-15")
    assert said["asked_by"] == f"api key {api.key.name}"
    assert asked["Location"] == f"/api/v1/backtests/{said['id']}"
    again = api.post("/backtests", {"entity": "DE1", "policy": tried.pk, "months": 3}, Idempotency_Key="b")
    assert (again.status_code, again.json()["id"], Backtest.objects.count()) == (202, said["id"], 1)
    backtests.work(said["id"])
    assert api.get(asked["Location"], If_None_Match=asked["ETag"]).status_code == 200
    done = api.get(asked["Location"]).json()
    ours, beside = done["result"]
    assert (done["state"], ours["policy"], beside["policy"]) == ("done", tried.pk, done["beside"])
    assert (ours["past"]["notices"], ours["past"]["tasks"]) == (2, 1)
    assert ours["past"]["months"] == [{"month": "2026-01", "notices": {"1": 1, "2": 1}}]
    assert ours["today"]["customers"] == [
        {
            "customer": customer.pk, "number": "C1", "name": customer.name, "level": 1, "items": 1,
            "total": {"amount": "50.00", "currency": "EUR"},
        }
    ]  # fmt: skip
    assert [row["id"] for row in api.get(f"/backtests?state=done&policy={tried.pk}").json()["data"]] == [done["id"]]
    assert api.get("/backtests?state=waiting").json()["data"] == []


def test_what_is_not_there_is_not_played(api, given, tried):
    given.entity()
    for body, pointer in (
        ({"entity": "DE1", "policy": 999}, "/policy"),
        ({"entity": "XX", "policy": tried.pk}, "/entity"),
        ({"entity": "DE1", "policy": tried.pk, "months": 25}, "/months"),
        ({"entity": "DE1", "policy": tried.pk, "months": 0}, "/months"),
    ):
        assert is_problem(api.post("/backtests", body), 400, "validation", pointer)
    assert Backtest.objects.count() == 0
