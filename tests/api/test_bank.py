"""Bank statements over the API: a file sent, what is read of it, and lines that are no customer's."""

import gzip
from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.core.models import Role
from o2c.invoicing import banks
from o2c.invoicing.bank import api as bank_api
from o2c.invoicing.models import BankLine, BankStatement, LineUse
from o2c.invoicing.proof import proof
from tests.api.conftest import Caller
from tests.invoicing.bank.files_given import IBAN, camt, entry, statement

FILE = camt(
    statement(
        entry("100.00", text="Invoice 1", name="Ada"), entry("-7.50", text="Fee"), opening="1.00", closing="93.50"
    )
)


@pytest.fixture
def account(given):
    return banks.open_account(given.entity(), name="House bank", currency="EUR", iban=IBAN, actor=SYSTEM)


def send(caller, content: bytes = FILE, path: str = "/bank-statements", **headers):
    return caller.call("POST", path, raw=content, Content_Type="application/xml", **headers)


def test_a_file_is_sent_as_it_is_and_again_without_harm(api, account):
    first = send(api)
    assert first.status_code == 200, first.content
    (new,) = BankStatement.objects.all()
    assert first.json() == {
        "format": "camt.053",
        "statements": [
            {
                "account": IBAN,
                "currency": "EUR",
                "number": "1",
                "opening": {"amount": "1.00", "currency": "EUR"},
                "closing": {"amount": "93.50", "currency": "EUR"},
                "lines": 2,
                "credits": {"amount": "100.00", "currency": "EUR"},
                "debits": {"amount": "7.50", "currency": "EUR"},
                "arithmetic_ok": True,
            }
        ],
        "created": 2,
        "unchanged": 0,
        "refused": [],
        "new_statements": [new.pk],
    }
    again = send(api, gzip.compress(FILE, mtime=0)).json()
    assert (again["created"], again["unchanged"], again["new_statements"]) == (0, 2, [])
    assert new.loaded_by
    assert proof() == []


def test_the_same_key_gives_the_same_answer(api, account):
    first = send(api, Idempotency_Key="k")
    again = send(api, Idempotency_Key="k")
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert send(api, FILE + b" ", Idempotency_Key="k").status_code == 409


def test_a_file_that_is_refused_says_where_and_why(api, account):
    answer = send(api, b"Date;Amount\n")
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/validation")
    assert answer.json()["detail"].startswith("line 1: This is none of the formats of bank statements")
    other = send(api, camt(statement(entry("1.00"), iban="DE88100900001234567892")))
    assert "None of our bank accounts is DE88100900001234567892" in other.json()["detail"]
    assert send(api, path="/bank-statements?entity=XX9").status_code == 400
    assert not BankStatement.objects.exists()


def test_a_file_that_is_too_large_is_not_read(api, account, monkeypatch):
    monkeypatch.setattr(bank_api.ReceivesFile, "largest", len(FILE) - 1)
    assert send(api).status_code == 413
    assert not BankStatement.objects.exists()


def test_an_account_that_the_key_does_not_see_is_not_ours(key, account, given):
    british = key(entities=[given.entity("GB1", "GBP")])
    assert send(british).status_code == 400
    assert not BankStatement.objects.exists()


def test_statements_and_lines_are_read_and_filtered(api, account):
    send(api)
    (shown,) = api.get("/bank-statements?entity=DE1&kind=statement").json()["data"]
    assert (shown["bank_account"], shown["closing"], shown["arithmetic_ok"]) == (
        account.pk, {"amount": "93.50", "currency": "EUR"}, True,
    )  # fmt: skip
    assert api.get(f"/bank-statements/{shown['id']}").json() == shown
    came, went = api.get("/bank-lines").json()["data"]
    assert (came["amount"], came["open_amount"]) == ({"amount": "100.00", "currency": "EUR"},) * 2
    assert (came["remittance"], came["party_name"], came["is_money"], came["statement"]) == (
        "Invoice 1", "Ada", True, shown["id"],
    )  # fmt: skip
    assert api.get(f"/bank-lines/{went['id']}").json() == went
    for query, found in {
        "open=true": 2, "open=false": 0, f"statement={shown['id']}": 2, "status=pending": 0,
        "booked_since=2026-03-03": 0, f"bank_account={account.pk}": 2, "updated_since=2026-01-01T00:00:00Z": 2,
    }.items():  # fmt: skip
        assert len(api.get(f"/bank-lines?{query}").json()["data"]) == found, query


def test_a_line_is_set_aside_and_taken_back(api, account):
    send(api)
    fee = BankLine.objects.get(amount=Decimal("-7.5"))
    path = f"/bank-lines/{fee.pk}"
    body = {"reason": "Fee of March", "account": "bank_charges", "on": "2026-03-05"}
    assert api.post(f"{path}/set-aside", body).status_code == 400  # moves money: needs a key
    aside = api.post(f"{path}/set-aside", body, Idempotency_Key="a")
    assert (aside.status_code, aside.json()["open_amount"]["amount"]) == (200, "0.00")
    assert LineUse.objects.get().note == "Fee of March"
    assert api.post(f"{path}/set-aside", body, Idempotency_Key="b").status_code == 409
    back = api.post(f"{path}/take-back", {}, Idempotency_Key="c")
    assert (back.status_code, back.json()["open_amount"]["amount"]) == (200, "-7.50")
    assert api.post(f"{path}/take-back", {}, Idempotency_Key="d").status_code == 409
    assert proof() == []


def test_who_may_only_read_sends_nothing(given, account, client):

    client.force_login(given.user("auditor", Role.AUDITOR))
    auditor = Caller(None, client=client)
    assert auditor.get("/bank-lines").status_code == 200
    assert send(auditor).status_code == 403
    assert not BankStatement.objects.exists()
