"""Chronic accounts over the API: what is recommended by which numbers, and what was decided."""

from datetime import timedelta

import pytest

from o2c.collections.chronic import deciding, rules
from o2c.collections.chronic.rules import Wanted
from o2c.collections.models import ChronicDecision
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from tests.api.test_conventions import is_problem


@pytest.fixture
def debtor(given):
    entity = given.entity(time_zone="UTC")
    rules.change(entity, Wanted(), actor=SYSTEM)
    customer = given.customer("C-1", name="Silent Ltd", entity=entity)
    given.open_item("1000.00 EUR", customer=customer, due=clock.today("UTC") - timedelta(days=120))
    return customer


def eur(amount: str) -> dict:
    return {"amount": amount, "currency": "EUR"}


def test_an_account_is_read_with_the_numbers_and_the_last_decision(api, debtor, given):
    today = clock.today("UTC")
    said = api.get("/chronic-accounts?entity=DE1").json()
    assert (said["entity"], said["as_of"]) == ("DE1", today.isoformat())
    (row,) = said["data"]
    why = row.pop("why")
    assert why.startswith("1000.00 EUR overdue, the oldest for 120 days; nothing was ever paid;")
    nothing = eur("0.00")
    assert row == {
        "customer": debtor.pk, "number": "C-1", "name": "Silent Ltd", "act": "hold", "overdue": eur("1000.00"),
        "overdue_up_to_30_days": nothing, "overdue_up_to_90_days": nothing, "overdue_up_to_180_days": eur("1000.00"),
        "overdue_for_longer": nothing, "days_overdue": 120, "days_unpaid": None, "broken_promises": 0, "disputes": 0,
        "disputed": nothing, "handed_over": nothing, "given_back": 0, "charged": nothing, "notices": 0, "calls": 0,
        "standing": "open", "decision": "", "decided_act": "", "decided_on": None, "decided_by": "", "until": None,
    }  # fmt: skip
    until = today + timedelta(days=9)
    deciding.keep(given.entity(), debtor, "hold", reason="Talks", until=until, seen=0, on=today, actor=Actor("maria"))
    (row,) = api.get("/chronic-accounts?entity=DE1").json()["data"]
    assert (row["decision"], row["decided_by"], row["until"]) == ("kept", "maria", until.isoformat())


def test_decisions_are_read_with_the_numbers_of_the_day(api, debtor, given):
    made = deciding.accept(
        given.entity(), debtor, "hold", seen=0, on=clock.today("UTC"), actor=Actor("maria"), reason="Silent"
    )
    said = api.get(f"/chronic-decisions/{made.pk}").json()
    assert (said["act"], said["decision"], said["decided_by"], said["reason"]) == (
        "hold", "accepted", "maria", "Silent",
    )  # fmt: skip
    assert (said["figures"]["overdue"], said["figures"]["oldest"]) == ("1000.00", 120)
    assert [row["id"] for row in api.get("/chronic-decisions?decision=accepted").json()["data"]] == [made.pk]
    assert api.get("/chronic-decisions?decision=kept").json()["data"] == []
    assert [row["id"] for row in api.get(f"/chronic-decisions?customer={debtor.pk}").json()["data"]] == [made.pk]


def test_an_unknown_legal_entity_and_programs_that_would_decide_are_refused(api, debtor):
    assert is_problem(api.get("/chronic-accounts?entity=XX"), 400, "validation")
    assert api.post("/chronic-accounts", {}).status_code == 405
    assert not ChronicDecision.objects.exists()
