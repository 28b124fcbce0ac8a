"""Mandates, runs of direct debits and what banks answer, over the API: a program proposes, people approve."""

from datetime import timedelta

import pytest
from django.test import Client

from o2c.core.models import User
from o2c.invoicing.models import BankDetailChange, Collection, DebitFile
from tests.api.conftest import Caller
from tests.invoicing.direct_debit.given import OTHERS, THEIRS, Debits
from tests.invoicing.direct_debit.test_answers import batch, one, report


@pytest.fixture
def debits(given) -> Debits:
    return Debits(given)


def person(actor) -> Caller:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=actor.user_id))
    return Caller(None, client=client)


def test_a_mandate_is_written_down_and_collects_once_its_account_is_believed(given, debits, api):
    customer = given.customer("K-1")
    body = {
        "entity": "DE1", "customer": {"number": "K-1"}, "iban": "DE75 5121 0800 1245 1261 99", "reference": "M/1",
        "signed_on": debits.today.isoformat(), "scheme": "B2B",
    }  # fmt: skip
    made = api.post("/mandates", body, Idempotency_Key="a")
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["state"], told["iban"], told["scheme"], told["reference"]) == ("draft", THEIRS, "B2B", "M/1")
    assert api.get(made["Location"]).json() == told
    assert BankDetailChange.objects.get().state == "asked"
    at = f"/mandates/{told['id']}"
    assert api.post(f"{at}/activate", {}, Idempotency_Key="b").status_code == 409
    debits.believe(customer)
    assert api.post(f"{at}/activate", {}, Idempotency_Key="c").json()["state"] == "active"
    amended = api.post(f"{at}/amend", {"iban": OTHERS}, Idempotency_Key="d").json()
    assert (amended["state"], amended["iban"]) == ("draft", OTHERS)
    assert api.post(f"{at}/cancel", {"reason": "x"}, Idempotency_Key="e").json()["state"] == "cancelled"
    assert api.post(f"{at}/activate", {}, Idempotency_Key="f").status_code == 409
    wrong = api.post("/mandates", body | {"reference": "M/2", "iban": "DE1"}, Idempotency_Key="g")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/iban")
    assert [row["reference"] for row in api.get("/mandates?state=cancelled").json()["data"]] == ["M/1"]


def test_a_program_proposes_two_people_decide_and_the_file_is_read(given, debits, api):
    mandate = debits.mandate()
    debits.owed(mandate, "12.50 EUR")
    body = {"bank_account": debits.account.pk, "due_until": debits.today.isoformat()}
    early = body | {"collect_on": (debits.today + timedelta(days=1)).isoformat()}
    assert api.post("/debit-runs", early, Idempotency_Key="x").status_code == 409
    made = api.post("/debit-runs", body, Idempotency_Key="a")
    again = api.post("/debit-runs", body, Idempotency_Key="a")
    assert (made.status_code, made.json()) == (201, again.json())
    run = made.json()
    assert (run["state"], run["count"], run["total"]) == ("proposed", 1, {"amount": "12.50", "currency": "EUR"})
    at = f"/debit-runs/{run['id']}"
    assert api.post(f"{at}/approve", {}, Idempotency_Key="b").status_code == 403
    assert person(debits.boss).post(f"{at}/approve", {}, Idempotency_Key="c").json()["state"] == "approved"
    (file,) = api.post(f"{at}/export", {}, Idempotency_Key="d").json()["files"]
    assert file["count"] == 1
    content = api.get(f"/debit-files/{file['id']}", Accept="application/xml")
    assert content.content == bytes(DebitFile.objects.get().file.content)
    assert content["Content-Type"] == "application/xml"
    (collection,) = api.get(f"/collections?run={run['id']}").json()["data"]
    assert (collection["state"], collection["sequence"], collection["mandate"]) == ("exported", "FRST", mandate.pk)
    assert api.post(f"{at}/export", {}, Idempotency_Key="e").status_code == 409
    assert api.post(f"{at}/withdraw", {}, Idempotency_Key="f").status_code == 409

    said = report(file["message_id"], batch("x", one(collection["reference"], "RJCT", "AC04")))
    answer = api.call("POST", "/payment-status-reports", raw=said, Content_Type="application/xml")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["rejected"], answer.json()["format"]) == (1, "pain.002")
    assert api.call("POST", "/payment-status-reports", raw=said, Content_Type="application/xml").json()["known_before"]
    assert Collection.objects.get().reason == "AC04"
    refused = api.call("POST", "/payment-status-reports", raw=b"<x/>", Content_Type="application/xml")
    assert refused.status_code == 400


def test_who_proposed_by_a_key_of_theirs_does_not_approve(given, debits, key):
    from o2c.core.api.models import ApiKey

    debits.owed(debits.mandate())
    caller = key()
    ApiKey.objects.filter(pk=caller.key.pk).update(created_by=debits.boss.name)
    body = {"bank_account": debits.account.pk, "due_until": debits.today.isoformat()}
    run = caller.post("/debit-runs", body, Idempotency_Key="a").json()
    answer = person(debits.boss).post(f"/debit-runs/{run['id']}/approve", {}, Idempotency_Key="b")
    assert answer.status_code == 403
    assert person(debits.clerk).post(f"/debit-runs/{run['id']}/refuse", {"note": "x"}, Idempotency_Key="c").json()[
        "state"
    ] == "refused"  # fmt: skip
