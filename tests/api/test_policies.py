"""Policies over the API, and why an item is chased or not."""

from datetime import timedelta
from decimal import Decimal

from o2c.collections import disputes, dunning
from o2c.collections.models import DunningPolicy
from o2c.core import clock
from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from tests.api.test_conventions import is_problem
from tests.given import DAY

LEVELS = [
    {"name": "Soon due", "days_past_due": -3, "template": "upcoming"},
    {
        "name": "Reminder", "days_past_due": 3, "template": "reminder", "days_to_pay": 10,
        "minimums": [{"amount": "50.00", "currency": "EUR"}],
        "fees": [{"amount": "5.00", "currency": "EUR"}], "charges_interest": True,
    },
]  # fmt: skip


def body(**changed) -> dict:
    tomorrow = clock.today() + timedelta(days=1)
    return {"code": "ours", "name": "Ours", "effective_on": tomorrow.isoformat(), "levels": LEVELS, **changed}


def test_a_version_is_written_as_a_draft_and_activated_once(api):
    made = api.post("/dunning-policies", body(climbs="severe", repeats_after=30, bank_days=2), Idempotency_Key="a")
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["version"], said["activated_at"], said["climbs"], said["repeats_after"]) == (1, None, "severe", 30)
    assert [level["number"] for level in said["levels"]] == [1, 2]
    assert said["levels"][1]["minimums"] == [{"amount": "50.00", "currency": "EUR"}]
    assert said["levels"][1]["fees"] == [{"amount": "5.00", "currency": "EUR"}]
    assert [level["charges_interest"] for level in said["levels"]] == [False, True]
    assert said["levels"][1]["days_to_pay"] == 10
    path = f"/dunning-policies/{said['id']}"
    assert api.get(path).json() == said
    assert api.post(f"{path}/activate", None, Idempotency_Key="b").json()["activated_at"] is not None
    assert is_problem(api.post(f"{path}/activate", None, Idempotency_Key="c"), 409, "conflict")
    assert [row["id"] for row in api.get("/dunning-policies?code=ours").json()["data"]] == [said["id"]]
    assert is_problem(api.post("/dunning-policies", body(), Idempotency_Key="d"), 409, "conflict")
    assert DunningPolicy.objects.filter(code="ours").count() == 1


def test_a_version_says_when_a_debt_is_handed_over(api):
    least = [{"amount": "250.00", "currency": "EUR"}]
    told = body(hands_over_after=20, hand_over_minimums=least)
    said = api.post("/dunning-policies", told, Idempotency_Key="a").json()
    assert (said["hands_over_after"], said["hand_over_minimums"]) == (20, least)
    refused = api.post("/dunning-policies", body(hand_over_minimums=least), Idempotency_Key="b")
    assert is_problem(refused, 400, "validation", "/hands_over_after")


def test_what_is_unfit_is_refused_where_it_stands(api):
    wrong = [dict(LEVELS[0]), {**LEVELS[1], "days_past_due": -9}]
    assert is_problem(api.post("/dunning-policies", body(levels=wrong)), 400, "validation", "/levels/1/days_past_due")
    wrong = [{**LEVELS[0], "template": "nowhere"}]
    assert is_problem(api.post("/dunning-policies", body(levels=wrong)), 400, "validation", "/levels/0/template")
    assert is_problem(api.post("/dunning-policies", body(levels=[])), 400, "validation", "/levels")
    assert is_problem(api.post("/dunning-policies", body(effective_on="2020-01-01")), 409, "conflict")
    assert not DunningPolicy.objects.filter(code="ours").exists()


def test_who_sees_only_some_legal_entities_writes_no_policy(key, given):
    some = key(entities=[given.entity()])
    assert is_problem(some.post("/dunning-policies", body()), 403, "forbidden")
    standard = DunningPolicy.objects.get()
    assert some.get(f"/dunning-policies/{standard.pk}").status_code == 200
    assert is_problem(some.post(f"/dunning-policies/{standard.pk}/activate", None), 403, "forbidden")


def test_an_administrator_drafts_and_does_not_activate(given):
    from django.test import Client

    from tests.api.conftest import Caller

    given.entity()
    client = Client(raise_request_exception=False)
    client.force_login(given.user("adam", Role.ADMINISTRATOR))
    person = Caller(None, client=client)
    made = person.post("/dunning-policies", body())
    assert made.status_code == 201
    assert is_problem(person.post(f"/dunning-policies/{made.json()['id']}/activate", None), 403, "forbidden")


def test_why_an_item_is_chased_or_not(api, given):
    item = given.open_item("100.00 EUR", due=DAY)

    def why(days: int) -> dict:
        day = DAY + timedelta(days=days)
        answer = api.get(f"/open-items/{item.pk}/dunning?as_of={day}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    assert (why(0)["reason"], why(2)["reason"], why(3)["reason"]) == ("not_looked_at", "not_yet", "notice")
    assert why(2)["sentence"] == "It is 2 days late; level 1, Friendly reminder, comes from 5 Mar 2026 on."
    assert (why(3)["level"], why(3)["policy"], why(3)["told"]) == (1, "standard v1", item.customer_id)
    dunning.run_day(item.entity, DAY + timedelta(days=12), actor=SYSTEM, replay=True)
    told = why(15)
    assert (told["reason"], told["last_level"], told["last_notice_on"]) == ("interval", 1, "2026-03-14")
    assert told["sentence"] == "Its last notice was of 14 Mar 2026; the next one waits its turn."
    disputes.open(item, reason="x", amount=Decimal(30), on=DAY + timedelta(days=15), actor=SYSTEM)
    assert why(19)["chased"] == {"amount": "70.00", "currency": "EUR"}
    assert why(19)["balance"] == {"amount": "100.00", "currency": "EUR"}
    assert is_problem(api.get(f"/open-items/{item.pk}/dunning?day=2026-03-02"), 400, "validation", "day")
