"""Proposals for bank lines over the API."""

from decimal import Decimal

import pytest
import time_machine

from o2c.invoicing.matching import running
from o2c.invoicing.models import LineUse, Quarantine, Receipt
from o2c.invoicing.proof import proof
from o2c.orders.models import CustomerBankAccount

IBAN = "DE89370400440532013000"


def eur(amount: str) -> dict:
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def acme(given):
    customer = given.customer("C1", name="Acme GmbH")
    CustomerBankAccount.objects.create(customer=customer, iban=IBAN)
    return customer


@pytest.fixture
def proposed(given, acme) -> dict:
    item = given.open_item("119.00 EUR", customer=acme, number="INV-2026-000123")
    line = given.bank_line("119.00 EUR", "thanks", name="ACME GMBH")
    assert running.match(given.entity())["proposed"] == 1
    return {"item": item, "line": line}


def test_a_proposal_is_read_with_its_reasons_and_applied_once(api, proposed):
    (row,) = api.get("/match-proposals?state=open").json()["data"]
    assert (row["bank_line"], row["amount"], row["state"]) == (proposed["line"].pk, eur("119.00"), "open")
    assert [reason["code"] for reason in row["reasons"]] == ["name", "exact"]
    assert row["reasons"][1]["text"] == "The amount is exactly what is open."
    nothing = eur("0.00")
    let_go = {"discount": nothing, "charge": nothing, "difference": nothing, "deduction": nothing}
    assert row["splits"] == [{"item": proposed["item"].pk, "amount": eur("119.00"), **let_go}]
    applied = api.post(f"/match-proposals/{row['id']}/apply", {}, Idempotency_Key="a1")
    assert (applied.status_code, applied.json()["state"]) == (200, "applied"), applied.content
    assert applied.json()["receipt"] == Receipt.objects.get().pk
    again = api.post(f"/match-proposals/{row['id']}/apply", {}, Idempotency_Key="a1")
    assert again.content == applied.content
    other = api.post(f"/match-proposals/{row['id']}/apply", {}, Idempotency_Key="a2")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/conflict")
    undone = api.post(f"/match-proposals/{row['id']}/undo", {}, Idempotency_Key="u1")
    assert undone.json()["state"] == "undone"
    proposed["item"].refresh_from_db()
    assert proposed["item"].open_amount == 119
    assert proof() == []


def test_a_proposal_is_rejected(api, given, proposed):
    (row,) = api.get("/match-proposals").json()["data"]
    assert api.post(f"/match-proposals/{row['id']}/reject", {}).json()["state"] == "rejected"
    assert api.post(f"/match-proposals/{row['id']}/reject", {}).status_code == 409
    assert running.match(given.entity())["left"] == 1


def test_a_line_is_matched_by_hand(api, given, acme, proposed):
    path = f"/bank-lines/{proposed['line'].pk}/match"
    body = {
        "customer": {"number": "C1"},
        "splits": [{"item": proposed["item"].pk, "amount": eur("118.20"), "difference": eur("0.80")}],
    }
    made = api.post(path, body, Idempotency_Key="m1")
    assert made.status_code == 201, made.content
    assert (made.json()["by_hand"], made.json()["state"]) == (True, "applied")
    proposed["item"].refresh_from_db()
    assert proposed["item"].open_amount == 0
    assert Receipt.objects.get().item.open_amount == Decimal("-0.80")
    assert LineUse.objects.count() == 1
    assert api.post(path, body, Idempotency_Key="m2").status_code == 409
    assert proof() == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": {"amount": "1.00", "currency": "USD"}}, "/amount/currency"),
        ({"splits": [{"item": 999999, "amount": eur("1.00")}]}, "/splits/0/item"),
    ],
)
def test_what_is_wrong_is_pointed_at(api, proposed, change, pointer):
    body = {"customer": {"number": "C1"}, "splits": [], **change}
    answer = api.post(f"/bank-lines/{proposed['line'].pk}/match", body, Idempotency_Key="m1")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not Receipt.objects.exists()


def test_more_than_there_is_is_refused_and_nothing_stays(api, proposed):
    body = {"customer": {"number": "C1"}, "splits": [{"item": proposed["item"].pk, "amount": eur("119.01")}]}
    answer = api.post(f"/bank-lines/{proposed['line'].pk}/match", body, Idempotency_Key="m1")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert len(api.get("/match-proposals").json()["data"]) == 1


def test_what_is_held_back_stays_open_and_is_kept(api, given, acme):
    item = given.open_item("10.00 EUR", customer=acme)
    line = given.bank_line("10.00 EUR", iban="DE00")
    body = {
        "customer": {"number": "C1"}, "splits": [{"item": item.pk, "amount": eur("10.00")}],
    }  # fmt: skip
    made = api.post(f"/bank-lines/{line.pk}/match", body, Idempotency_Key="h1")
    assert (made.status_code, made.json()["state"], made.json()["held"]) == (201, "open", True), made.content
    assert Quarantine.objects.get().line_id == line.pk
    again = api.post(f"/match-proposals/{made.json()['id']}/apply", {}, Idempotency_Key="h2").json()
    assert (again["state"], again["held"]) == ("open", True)
    assert not Receipt.objects.exists()


@time_machine.travel("2026-03-02T12:00:00Z", tick=False)
def test_the_match_rate_is_of_the_entities_one_sees(given, key):
    given.bank_line("119.00 EUR", "stranger")
    other = given.entity("GB1", currency="GBP")
    told = key().get("/match-rate?weeks=2").json()["weeks"]
    assert [week["week"] for week in told] == ["2026-02-23", "2026-03-02"]
    assert (told[1]["lines"], told[1]["left"], told[1]["share"], told[0]["share"]) == (1, 1, 0.0, None)
    assert [week["lines"] for week in key().get("/match-rate?entity=GB1").json()["weeks"]] == [0] * 13
    assert sum(week["lines"] for week in key(entities=[other]).get("/match-rate").json()["weeks"]) == 0
    assert key().get("/match-rate?weeks=0").status_code == 400
