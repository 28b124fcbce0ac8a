"""Payables and nettings over the API: sent by an ERP, asked for by a program, approved by people, taken over once."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client

from o2c.collections.netting import agreeing, deciding
from o2c.core import clock
from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing.models import Netting, Payable
from o2c.invoicing.proof import proof
from tests.api.conftest import Caller


@pytest.fixture
def today(given):
    return clock.today(given.entity().time_zone)


@pytest.fixture
def acme(given):
    return given.customer("ACME")


@pytest.fixture
def agreement(given, acme, today):
    return agreeing.agree(entity=given.entity(), customer=acme, since=today, reference="C-1", actor=SYSTEM)


def body(today, left="100.00", **facts) -> dict:
    money = {"currency": "EUR"}
    return {
        "entity": "DE1", "customer": {"number": "ACME"}, "number": "RE 1", "issued_on": "2026-02-01",
        "due_on": "2026-03-01", "amount": {"amount": "100.00", **money}, "open_amount": {"amount": left, **money},
        "as_of": str(today), **facts,
    }  # fmt: skip


def euro(amount: str) -> dict:
    return {"amount": amount, "currency": "EUR"}


def test_a_payable_is_written_by_its_key_and_listed(api, acme, today):
    made = api.put("/payables/external/sap/1", body(today))
    assert (made.status_code, made.headers["Location"]) == (201, f"/api/v1/payables/{made.json()['id']}")
    assert (made.json()["open_amount"], made.json()["netted"], made.json()["blocked"]) == (
        euro("100.00"), euro("0.00"), False,
    )  # fmt: skip
    again = api.put("/payables/external/sap/1", body(today))
    assert (again.status_code, again.json()) == (200, made.json())
    less = api.put("/payables/external/sap/1", body(today, "40.00", blocked=True)).json()
    assert (less["open_amount"], less["blocked"], less["source_open"]) == (euro("40.00"), True, euro("40.00"))
    older = api.put("/payables/external/sap/1", body(today - timedelta(days=1)))
    assert (older.status_code, older.json()) == (200, less)
    assert api.get("/payables/external/sap/1").json() == less
    assert [row["id"] for row in api.get("/payables?open=true&entity=DE1").json()["data"]] == [less["id"]]
    assert api.get("/payables?open=false").json()["data"] == []
    assert api.get(f"/payables/{less['id']}").json() == less


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"as_of": "2199-01-01"}, "/as_of"),
        ({"due_on": "2026-01-01"}, "/due_on"),
        ({"open_amount": euro("100.01")}, "/open_amount/amount"),
        ({"open_amount": {"amount": "1.00", "currency": "USD"}}, "/open_amount/currency"),
        ({"amount": euro("-1.00")}, "/amount/amount"),
        ({"as_of": None}, "/as_of"),
    ],
)
def test_bad_input_is_named_at_its_place(api, acme, today, wrong, pointer):
    answer = api.put("/payables/external/sap/1", body(today, **wrong))
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not Payable.objects.exists()


def test_asked_for_by_a_program_approved_by_a_person_and_taken_over_once(api, key, given, acme, agreement, today):
    api.put("/payables/external/sap/1", body(today))
    item = given.open_item("70.00 EUR", customer=acme)
    ask = {"agreement": agreement.pk, "currency": "EUR", "reason": "Monthly"}
    asked = api.post("/nettings", ask, Idempotency_Key="one")
    assert asked.status_code == 201, asked.content
    told = asked.json()
    assert (told["state"], told["amount"], told["reference"]) == ("asked", euro("70.00"), f"NETTING-{told['id']}")
    assert told["items"] == [{"item": item.pk, "number": item.number, "amount": "70.00"}]
    assert told["payables"] == [
        {"payable": Payable.objects.get().pk, "source": "sap", "external_id": "1", "number": "RE 1", "amount": "70.00"}
    ]
    assert api.post("/nettings", ask, Idempotency_Key="one").json() == told
    assert api.post("/nettings", ask, Idempotency_Key="two").status_code == 409
    assert api.post(f"/nettings/{told['id']}/approve", {}, Idempotency_Key="x").status_code == 403
    client = Client()
    client.force_login(given.user("boss", Role.FINANCE_MANAGER))
    boss = Caller(None, client=client)
    done = boss.post(f"/nettings/{told['id']}/approve", {"note": "Fine"}, Idempotency_Key="y").json()
    assert (done["state"], done["netted_on"], done["note"]) == ("netted", str(today), "Fine")
    since = quote(told["updated_at"])
    assert [row["id"] for row in api.get(f"/nettings?updated_since={since}").json()["data"]] == [told["id"]]
    assert api.get("/payables/external/sap/1").json()["open_amount"] == euro("30.00")
    assert api.put("/payables/external/sap/1", body(today, "30.00")).status_code == 409
    path = f"/nettings/{told['id']}/taken-over"
    assert api.post(path, {"on": str(today + timedelta(days=1))}).status_code == 409
    first = api.post(path, {})
    assert (first.status_code, first.json()["taken_over_on"]) == (200, str(today))
    assert api.post(path, {}).json() == first.json()
    assert api.put("/payables/external/sap/1", body(today, "30.00")).status_code == 200
    gone = boss.post(f"/nettings/{told['id']}/undo", {"because": "x"}, Idempotency_Key="z").json()
    assert (gone["state"], gone["undone_because"]) == ("undone", "x")
    back = api.post(f"/nettings/{told['id']}/taken-back", {})
    assert back.json()["taken_back_on"] == str(today)
    assert proof() == []


def test_what_is_chosen_is_netted_and_what_does_not_fit_is_refused(api, given, acme, agreement, today):
    api.put("/payables/external/sap/1", body(today))
    item, owed = given.open_item("70.00 EUR", customer=acme), Payable.objects.get()

    def ask(ours, theirs, **facts):
        rows = {"items": [{"id": item.pk, "amount": ours}], "payables": [{"id": owed.pk, "amount": theirs}]}
        given = {"agreement": agreement.pk, "currency": "EUR", "reason": "x", **rows, **facts}
        return api.post("/nettings", given, Idempotency_Key=str(hash(str(given))))

    uneven = ask(euro("10.00"), euro("9.99"))
    assert (uneven.status_code, uneven.json()["detail"]) == (
        409, "The items come to 0.01 EUR more than the other side.",
    )  # fmt: skip
    other = ask(euro("10.00"), {"amount": "10.00", "currency": "USD"})
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (400, "/payables/0/amount/currency")
    twice = ask(euro("10.00"), euro("10.00"), items=[{"id": item.pk, "amount": euro("5.00")}] * 2)
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (400, "/items/1/id")
    assert ask(euro("1.00"), euro("1.00"), agreement=agreement.pk + 99).status_code == 400
    assert not Netting.objects.exists()
    made = ask(euro("10.00"), euro("10.00"))
    assert (made.status_code, made.json()["amount"]) == (201, euro("10.00"))
    listed = api.get("/netting-agreements").json()["data"]
    assert [(row["reference"], row["nets"], row["until"]) for row in listed] == [("C-1", "due", None)]


def test_what_a_person_may_is_the_right_of_the_pages(given, acme, agreement, today):
    Payable.objects.create(
        entity=given.entity(), customer=acme, source="sap", external_id="1", number="1", issued_on=today, due_on=today,
        currency="EUR", amount=50, source_open=50, as_of=today,
    )  # fmt: skip
    given.open_item("50.00 EUR", customer=acme)
    asks = {"agreement": agreement.pk, "currency": "EUR", "reason": "x"}
    may = {}
    for role in Role:
        client = Client(raise_request_exception=False)
        client.force_login(given.user(f"one-{role}", role))
        caller = Caller(None, client=client)
        may[role] = (
            caller.get("/nettings").status_code,
            caller.post("/nettings", asks, Idempotency_Key=role).status_code,
            caller.put("/payables/external/sap/1", body(today)).status_code,
        )
    reads = {Role.CASH_CLERK, Role.COLLECTOR, Role.CREDIT_ANALYST, Role.FINANCE_MANAGER, Role.AUDITOR}
    assert {role for role, (got, _, _) in may.items() if got == 200} == reads
    assert {role for role, (_, got, _) in may.items() if got != 403} == {Role.CASH_CLERK, Role.FINANCE_MANAGER}
    assert {got for _, _, got in may.values()} == {403}  # only keys say what is owed
    (asked,) = Netting.objects.all()
    boss = Actor.of(given.user("boss", Role.FINANCE_MANAGER))
    assert deciding.approve(asked, on=today, actor=boss).state == "netted"
