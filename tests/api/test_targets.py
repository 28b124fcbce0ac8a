"""Targets over the API: set, read, followed and ended, each by whom it concerns."""

from datetime import timedelta

import pytest
from django.test import Client

from o2c.collections import teams
from o2c.collections.models import Target
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role, User
from tests.api.conftest import Caller
from tests.api.test_conventions import is_problem

TODAY = clock.today()
TOMORROW = (TODAY + timedelta(days=1)).isoformat()
MONEY = {"amount": "50000.00", "currency": "EUR"}


@pytest.fixture
def office(given):
    """Two collectors of DE1 in a team that Anna leads, and one of GB1 in another."""
    german, british = given.entity("DE1"), given.entity("GB1", "GBP")
    people = {
        name: given.user(name, Role.COLLECTOR, entities=[entity])
        for name, entity in (("anna", german), ("ben", german), ("kate", british))
    }
    teams.create("north", name="N", lead=people["anna"], members=[people["ben"]], queues=[], actor=SYSTEM)
    teams.create("isles", name="I", lead=None, members=[people["kate"]], queues=[], actor=SYSTEM)
    return people


def of(person="anna", **facts) -> dict:
    return {"person": person, "what": "tasks", "count": 20, "from_on": TODAY.isoformat()} | facts


def money(**facts) -> dict:
    told = of() | {"what": "collected", "entity": "DE1", "amount": MONEY} | facts
    del told["count"]
    return told


def test_a_target_is_set_said_anew_read_and_ended(api, office):
    made = api.post("/targets", of(), Idempotency_Key="a")
    assert made.status_code == 201, made.content
    said = made.json()
    assert {**said, "id": 0, "updated_at": 0} == {
        "id": 0, "person": "anna", "team": None, "what": "tasks", "entity": None, "amount": None, "count": 20,
        "from_on": TODAY.isoformat(), "set_by": "api key key 1", "updated_at": 0,
    }  # fmt: skip
    path = f"/targets/{said['id']}"
    assert (made["Location"], api.get(path).json()) == (f"/api/v1{path}", said)
    assert api.get(path, If_None_Match=made["ETag"]).status_code == 304
    again = api.post("/targets", of(), Idempotency_Key="a")
    assert (again["Idempotent-Replayed"], again.json()) == ("true", said)

    anew = api.post("/targets", of(count=25))
    assert (anew.status_code, anew.json()["id"], anew.json()["count"]) == (200, said["id"], 25)
    assert anew.json()["updated_at"] > said["updated_at"]

    ended = api.post(f"{path}/end", {"from_on": TOMORROW})
    assert (ended.status_code, ended.json()["count"], ended.json()["amount"]) == (201, None, None)
    assert (ended.json()["from_on"], api.get(path).json()["count"]) == (TOMORROW, 25)
    assert list(Target.objects.order_by("from_on").values_list("amount", flat=True)) == [25, None]


def test_money_of_a_team_is_in_the_legal_entitys_currency(api, office):
    body = money(team="north", from_on=TOMORROW)
    del body["person"]
    made = api.post("/targets", body)
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["team"], said["person"], said["entity"], said["amount"], said["count"]) == (
        "north", None, "DE1", MONEY, None,
    )  # fmt: skip
    dollars = {"amount": "5.00", "currency": "USD"}
    assert is_problem(api.post("/targets", body | {"amount": dollars}), 400, "validation", "/amount/currency")
    assert Target.objects.get().amount == 50000


def test_what_begins_later_is_ended_on_its_day_and_is_the_same_row(api, office):
    said = api.post("/targets", of(from_on=TOMORROW)).json()
    path = f"/targets/{said['id']}"
    assert is_problem(api.post(f"{path}/end", {"from_on": TODAY.isoformat()}), 409, "conflict")
    ended = api.post(f"{path}/end", {"from_on": TOMORROW})
    assert (ended.status_code, ended.json()["id"], ended.json()["count"]) == (200, said["id"], None)
    assert is_problem(api.post(f"{path}/end", {"from_on": TOMORROW}), 409, "conflict")


def test_what_another_has_replaced_is_not_ended_in_its_stead(api, office):
    first = api.post("/targets", of()).json()
    api.post("/targets", of(count=30, from_on=TOMORROW))
    later = (TODAY + timedelta(days=9)).isoformat()
    answer = api.post(f"/targets/{first['id']}/end", {"from_on": later})
    assert is_problem(answer, 409, "conflict")
    assert "Another one counts from" in answer.json()["detail"]
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    Target.objects.filter(pk=first["id"]).update(from_on=TODAY - timedelta(days=9))
    past = api.post(f"/targets/{first['id']}/end", {"from_on": yesterday})
    assert is_problem(past, 400, "validation", "/from_on")
    assert Target.objects.filter(amount=None).count() == 0


def test_whoever_has_not_seen_the_last_version_changes_nothing(api, office):
    made = api.post("/targets", of(), If_None_Match="*")
    assert made.status_code == 201
    assert is_problem(api.post("/targets", of(count=3), If_None_Match="*"), 412, "precondition")
    anew = api.post("/targets", of(count=21), If_Match=made["ETag"])
    assert anew.status_code == 200
    assert is_problem(api.post("/targets", of(count=3), If_Match=made["ETag"]), 412, "precondition")
    end = f"/targets/{made.json()['id']}/end"
    assert is_problem(api.post(end, {"from_on": TOMORROW}, If_Match=made["ETag"]), 412, "precondition")
    assert api.post(end, {"from_on": TOMORROW}, If_Match=anew["ETag"]).status_code == 201


def test_they_are_found_by_whom_what_and_entity_and_followed(api, office):
    ids = [
        api.post("/targets", body).json()["id"]
        for body in (
            of(),
            of("ben", what="reached"),
            money(),
            {k: v for k, v in of(team="north").items() if k != "person"},
        )
    ]

    def found(query: str) -> list[int]:
        return [ids.index(row["id"]) for row in api.get(f"/targets?{query}").json()["data"]]

    assert found("person=anna") == [0, 2]
    assert (found("team=north"), found("what=reached"), found("entity=DE1"), found("entity=GB1")) == ([3], [1], [2], [])
    first = api.get("/targets?limit=3").json()
    assert [ids.index(row["id"]) for row in first["data"]] == [0, 1, 2]
    assert found(f"limit=3&cursor={first['next_cursor']}") == [3]
    since = api.get("/targets?updated_since=2026-01-01T00:00:00Z").json()["updated_until"]
    api.post("/targets", of("ben", what="reached", count=9))
    assert 1 in found(f"updated_since={since}")
    assert is_problem(api.get("/targets?what=gossip"), 400, "validation", "what")


WRONG = [
    ({}, "/what"),
    (of(team="north"), ""),
    ({"what": "tasks", "count": 5, "from_on": TOMORROW}, ""),
    (of("nobody"), "/person"),
    (of("clerk"), "/person"),
    (of(count=0), "/count"),
    (of(count=1001), "/count"),
    (of(count="5"), "/count"),
    (of(count=None), "/count"),
    (of(amount=MONEY), "/amount"),
    (of(what="collected"), "/count"),
    (of(entity="DE1"), "/entity"),
    (of(from_on="2020-01-01"), "/from_on"),
    (of(from_on="soon"), "/from_on"),
    (of(what="gossip"), "/what"),
    (money(entity="XX"), "/entity"),
    (money(amount="5.00"), "/amount"),
    (money(amount={"amount": "0.00", "currency": "EUR"}), "/amount/amount"),
    (money(amount={"amount": "1.001", "currency": "EUR"}), "/amount/amount"),
    (money(person="kate"), "/person"),
    ({**of(), "since": 1}, "/since"),
]


def test_what_cannot_be_is_refused_at_its_place(api, office, given):
    given.user("clerk", Role.CASH_CLERK)
    for body, pointer in WRONG:
        assert is_problem(api.post("/targets", body), 400, "validation", pointer), body
    assert not Target.objects.exists()


def test_money_without_a_legal_entity_is_refused(api, office):
    body = {name: value for name, value in money().items() if name != "entity"}
    assert is_problem(api.post("/targets", body), 400, "validation", "/entity")


def person(user: User) -> Caller:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return Caller(None, client=client)


def test_of_other_legal_entities_nothing_is_read_set_or_ended(api, key, office, given):
    for body in (of(), of("kate"), money(), {**of(), "team": "isles", "person": None}):
        told = {name: value for name, value in body.items() if value is not None}
        assert api.post("/targets", told).status_code == 201
    pound = {"amount": "7.00", "currency": "GBP"}
    given.user("max", Role.COLLECTOR)
    theirs = api.post("/targets", money(person="max", entity="GB1", amount=pound)).json()
    german = key(entities=[given.entity("DE1")])
    manager = person(given.user("mona", Role.FINANCE_MANAGER, entities=[given.entity("DE1")]))
    for caller in (german, manager):
        assert [(row["person"], row["what"]) for row in caller.get("/targets").json()["data"]] == [
            ("anna", "tasks"), ("anna", "collected"),
        ]  # fmt: skip
        assert is_problem(caller.get(f"/targets/{theirs['id']}"), 404, "not-found")
        end = {"from_on": TOMORROW}
        assert is_problem(caller.post(f"/targets/{theirs['id']}/end", end), 404, "not-found")
        assert is_problem(caller.post("/targets", of("kate", count=1)), 400, "validation", "/person")
        body = {name: value for name, value in of(team="isles").items() if name != "person"}
        assert is_problem(caller.post("/targets", body), 400, "validation", "/team")
        assert is_problem(
            caller.post("/targets", money(person="max", entity="GB1", amount=pound)), 400, "validation", "/entity"
        )
    assert Target.objects.count() == 5


def test_a_lead_reads_those_of_the_own_team_and_sets_none(api, office):
    for body in (of("ben"), of("kate"), {k: v for k, v in of(team="north").items() if k != "person"}):
        assert api.post("/targets", body).status_code == 201
    lead = person(office["anna"])
    assert [(row["person"], row["team"]) for row in lead.get("/targets").json()["data"]] == [
        ("ben", None), (None, "north"),
    ]  # fmt: skip
    assert is_problem(lead.post("/targets", of("ben")), 403, "forbidden")
    assert person(office["ben"]).get("/targets").json()["data"] == []
