"""Pilots of dunning over the API."""

from datetime import timedelta

import pytest

from o2c.collections import pilots
from o2c.collections.models import Pilot, Trial
from o2c.core import clock
from o2c.core.actors import SYSTEM
from tests.api.test_conventions import is_problem


def test_a_pilot_is_begun_read_and_ended(api, given):
    entity = given.entity()
    made = api.post("/dunning-pilots", {"entity": "DE1"}, Idempotency_Key="a")
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["entity"], said["ended_at"], said["ended_by"]) == ("DE1", None, "")
    assert pilots.scenario_of(entity) == -said["id"]
    path = f"/dunning-pilots/{said['id']}"
    assert (made["Location"], api.get(path).json()) == (f"/api/v1{path}", said)
    assert [row["id"] for row in api.get("/dunning-pilots?entity=DE1").json()["data"]] == [said["id"]]
    assert api.get("/dunning-pilots?entity=XX").json()["data"] == []
    assert is_problem(api.post("/dunning-pilots", {"entity": "DE1"}, Idempotency_Key="b"), 409, "conflict")
    since = api.get("/dunning-pilots?updated_since=2026-01-01T00:00:00Z").json()["updated_until"]
    ended = api.post(f"{path}/end", None, Idempotency_Key="c").json()
    assert (ended["ended_at"] is None, ended["ended_by"]) == (False, ended["begun_by"])
    assert ended["updated_at"] > said["updated_at"]
    assert [row["id"] for row in api.get(f"/dunning-pilots?updated_since={since}").json()["data"]] == [said["id"]]
    assert pilots.scenario_of(entity) is None


def test_what_has_ended_is_not_ended_again_and_what_lasts_goes_on(api, given):
    entity = given.entity()
    first = pilots.begin(entity, actor=SYSTEM)
    path = f"/dunning-pilots/{first.pk}/end"
    assert api.post(path, None, Idempotency_Key="a").status_code == 200
    assert is_problem(api.post(path, None, Idempotency_Key="b"), 409, "conflict")
    second = pilots.begin(entity, actor=SYSTEM)
    assert is_problem(api.post(path, None, Idempotency_Key="c"), 409, "conflict")
    assert Pilot.objects.get(ended_at=None) == second


@pytest.mark.parametrize("body", [{}, {"entity": "XX"}, {"entity": "DE1", "x": 1}])
def test_a_pilot_of_nobody_is_refused(api, given, body):
    given.entity()
    assert api.post("/dunning-pilots", body, Idempotency_Key="a").status_code == 400
    assert not Pilot.objects.exists()


def test_no_pilot_beside_a_trial(api, given):
    entity, today = given.entity(), clock.today(given.entity().time_zone)
    Trial.objects.create(
        entity=entity, champion="standard", challenger="firm", share=50, first_on=today,
        until=today + timedelta(days=60), salt="x", begun_by="x",
    )  # fmt: skip
    answer = api.post("/dunning-pilots", {"entity": "DE1"}, Idempotency_Key="a")
    assert is_problem(answer, 409, "conflict")
    assert "end that trial before" in answer.json()["detail"]
