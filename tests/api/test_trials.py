"""Trials of two policies over the API."""

from datetime import timedelta

import pytest

from o2c.collections.models import Trial
from o2c.core import clock
from tests.api.test_conventions import is_problem
from tests.collections.test_trials import firm, late, payer, tried


@pytest.fixture
def body(given) -> dict:
    given.customer()
    firm()
    today = clock.today(given.entity().time_zone)
    return {
        "entity": "DE1", "champion": "standard", "challenger": "firm", "share": 25,
        "first_on": (today + timedelta(days=1)).isoformat(), "until": (today + timedelta(days=60)).isoformat(),
    }  # fmt: skip


def test_a_trial_is_begun_read_and_ended(api, body):
    made = api.post("/dunning-trials", body, Idempotency_Key="a")
    assert made.status_code == 201, made.content
    said = made.json()
    assert {name: said[name] for name in body} == body
    assert (said["ended_on"], said["concluded"], said["last_on"]) == (None, "", body["until"])
    path = f"/dunning-trials/{said['id']}"
    assert api.get(path).json() == said
    assert [row["id"] for row in api.get("/dunning-trials?entity=DE1").json()["data"]] == [said["id"]]
    assert is_problem(api.post("/dunning-trials", body, Idempotency_Key="b"), 409, "conflict")
    assert is_problem(api.post(f"{path}/end", {}, Idempotency_Key="c"), 400, "validation", "/concluded")
    ended = api.post(f"{path}/end", {"concluded": "Thought better of it"}, Idempotency_Key="d").json()
    assert (ended["ended_on"], ended["concluded"]) == (body["first_on"], "Thought better of it")
    assert is_problem(api.post(f"{path}/end", {"concluded": "x"}, Idempotency_Key="e"), 409, "conflict")
    assert api.post("/dunning-trials", body, Idempotency_Key="f").status_code == 201
    assert Trial.objects.count() == 2


def test_what_it_has_shown(api, given):
    trial = tried(given)
    item = given.open_item("100.00 EUR", customer=payer(given, challenger=True), due=late(0))
    given.pay(item, "40.00 EUR", on=late(4))
    path = f"/dunning-trials/{trial.pk}/report"
    said = api.get(f"{path}?as_of={late(20)}&horizon=10").json()
    assert (said["verdict"], said["horizon"], said["currency"], said["last_on"]) == (
        "early", 10, "EUR", late(20).isoformat(),
    )  # fmt: skip
    assert said["sentence"] == "Too early to tell: nothing has come due yet for the champion."
    assert said["difference"] == dict.fromkeys(
        ("days_by_item", "days_by_amount", "share_of_items", "share_of_amount"), None
    )
    arm = said["challenger"]
    assert (arm["items"], arm["owed"], arm["paid"], arm["reached"]) == (1, "100.00", "40.00", 1)
    assert arm["measures"]["days_by_item"]["value"] == 10
    assert arm["measures"]["days_by_amount"]["value"] == pytest.approx(4 + 6 * 0.6)
    assert arm["measures"]["share_of_amount"]["value"] == pytest.approx(0.4)
    assert api.get(f"{path}?as_of={late(5)}&horizon=10").json()["challenger"]["measures"]["days_by_item"] is None
    assert is_problem(api.get(f"{path}?as_of=2199-01-01"), 400, "validation")
    why = api.get(f"/open-items/{item.pk}/dunning?as_of={late(6)}").json()
    assert (why["trial"], why["arm"], why["policy"]) == (trial.pk, "challenger", "firm v1")
