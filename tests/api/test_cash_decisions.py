"""Write-offs, refunds, bank details, deductions, returns and transfers in the API, and what comes of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from o2c.core.actors import SYSTEM, Actor
from o2c.core.models import Role
from o2c.invoicing import banks
from o2c.invoicing.guarding import quarantine
from o2c.invoicing.models import BankDetailChange, LineUse, OpenItem, Quarantine, Receipt
from o2c.invoicing.proof import proof
from o2c.orders.models import Contact, CustomerBankAccount
from tests.api.conftest import Caller
from tests.given import DAY
from tests.invoicing.cash.conftest import OURS, STRANGERS, THEIRS, open_of


@pytest.fixture
def key_of():
    number = 0

    def fresh() -> str:
        nonlocal number
        number += 1
        return f"key-{number}"

    return fresh


@pytest.fixture
def ask(api, key_of):
    """Posts as a program does; the answer's status and body."""

    def post(path: str, body: dict) -> tuple[int, dict]:
        answer = api.post(path, body, Idempotency_Key=key_of())
        return answer.status_code, answer.json()

    return post


def money(amount: str, currency: str = "EUR") -> dict:
    return {"amount": amount, "currency": currency}


def test_a_write_off_is_booked_within_the_limit_and_else_waits(given, api, ask):
    item = given.open_item("500.00 EUR")
    status, small = ask("/write-offs", {"item": item.pk, "amount": money("5.00"), "reason": "Rounded"})
    assert (status, small["state"]) == (201, "booked")
    status, large = ask(
        "/write-offs", {"item": item.pk, "amount": money("495.00"), "kind": "bad_debt", "reason": "Insolvent"}
    )
    assert (status, large["state"], large["booked_on"]) == (201, "asked", None)
    assert open_of(item) == [Decimal("495.00")]
    assert [row["id"] for row in api.get("/write-offs?state=asked").json()["data"]] == [large["id"]]
    assert ask("/write-offs", {"item": item.pk, "amount": money("500.00"), "reason": "x"})[0] == 409
    assert ask("/write-offs", {"item": item.pk, "amount": money("5.00", "USD"), "reason": "x"})[0] == 400
    assert ask(f"/write-offs/{small['id']}/reverse", {})[1]["state"] == "reversed"
    assert open_of(item) == [Decimal("500.00")]


def test_the_same_key_writes_off_once(given, api):
    item = given.open_item("500.00 EUR")
    body = {"item": item.pk, "amount": money("3.00"), "reason": "Rounded"}
    first, again = (api.post("/write-offs", body, Idempotency_Key="one") for _ in range(2))
    assert first.json() == again.json()
    assert open_of(item) == [Decimal("497.00")]


def test_a_refund_is_asked_for_to_a_known_account_only(given, ask):
    banks.open_account(given.entity(), name="Main", currency="EUR", iban=OURS, actor=SYSTEM)
    customer = given.customer()
    receipt = given.receipt("80.00 EUR", customer=customer)
    body = {"item": receipt.item_id, "amount": money("80.00"), "iban": THEIRS, "reason": "Paid twice"}
    status, told = ask("/refunds", body)
    assert (status, "nobody has confirmed it" in told["detail"]) == (409, True)
    line = given.bank_line("80.00 EUR", iban=THEIRS)
    LineUse.objects.create(
        line=line, kind="receipt", amount=80, receipt=receipt, effective_on=line.booked_on, actor="test"
    )
    status, told = ask("/refunds", body)
    assert (status, told["state"], told["iban"]) == (201, "asked", THEIRS)


def test_bank_details_are_asked_for_and_called_back_by_a_person_only(given, api, ask):
    customer = given.customer()
    status, told = ask(
        "/bank-detail-changes",
        {"customer": {"id": customer.pk}, "iban": STRANGERS, "way": "email", "reason": "They wrote"},
    )
    assert (status, told["state"]) == (201, "asked")
    contact = Contact.objects.get()
    path = f"/bank-detail-changes/{told['id']}/call"
    assert ask(path, {"contact": contact.pk, "spoke_with": "Ms Ledger"})[0] == 403
    assert ask(path, {"contact": contact.pk + 1, "spoke_with": "Ms Ledger"})[0] == 400
    assert BankDetailChange.objects.get().state == "asked"


def test_a_deduction_is_recorded_and_ended(given, ask):
    item = given.open_item("100.00 EUR")
    status, told = ask("/deductions", {"item": item.pk, "amount": money("10.00"), "reason": "freight", "note": "x"})
    assert (status, told["state"], told["reason"]) == (201, "open", "freight")
    assert ask("/deductions", {"item": item.pk, "amount": money("1.00"), "reason": "none"})[0] == 400
    assert ask(f"/deductions/{told['id']}/end", {"withdrawn": True})[1]["state"] == "withdrawn"
    assert ask(f"/deductions/{told['id']}/end", {})[0] == 409


def test_a_payment_comes_back_once(given, ask):
    item = given.open_item("100.00 EUR")
    receipt = given.pay(item)
    status, told = ask(f"/receipts/{receipt.pk}/return", {"reason": "AC04", "bank_fee": money("3.00")})
    assert (status, told["reason"]) == (201, "AC04")
    assert open_of(item) == [Decimal("100.00")]
    assert ask(f"/receipts/{receipt.pk}/return", {})[0] == 409


def test_money_is_moved_and_changed_and_taken_back(given, ask):
    given.rate("USD", "1.25")
    other = given.customer()
    receipt = given.receipt("100.00 USD", customer=given.customer())
    status, moved = ask(
        "/moves",
        {"item": receipt.item_id, "customer": {"id": other.pk}, "amount": money("40.00", "USD"), "reason": "Theirs"},
    )
    assert status == 201
    status, changed = ask("/exchanges", {"item": receipt.item_id, "amount": money("60.00", "USD"), "currency": "EUR"})
    assert (status, OpenItem.objects.get(pk=changed["in_item"]).amount) == (201, -48)
    assert ask("/exchanges", {"item": receipt.item_id, "amount": money("1.00", "USD"), "currency": "EUR"})[0] == 409
    for row in (moved, changed):
        assert ask(f"/transfers/{row['id']}/undo", {})[0] == 200
    assert open_of(receipt.item) == [Decimal("-100.00")]


def test_a_receipt_settles_with_what_is_let_go_of(given, ask):
    item = given.open_item("100.00 EUR")
    receipt = given.receipt("85.00 EUR", customer=item.customer)
    split = {
        "item": item.pk, "amount": money("85.00"), "charge": money("5.00"), "deduction": money("10.00"),
        "reason": "freight",
    }  # fmt: skip
    wrong = split | {"reason": "none"}
    assert ask("/allocations", {"credit_item": receipt.item_id, "splits": [wrong]})[0] == 400
    more = split | {"discount": money("9.00")}
    assert ask("/allocations", {"credit_item": receipt.item_id, "splits": [more]})[0] == 409
    status, told = ask("/allocations", {"credit_item": receipt.item_id, "splits": [split]})
    assert (status, [row["amount"]["amount"] for row in told["data"]]) == (201, ["85.00", "5.00"])
    assert open_of(item) == [Decimal("10.00")]
    credit = given.open_item("-10.00 EUR", customer=item.customer)
    only = {"item": item.pk, "amount": money("5.00"), "difference": money("1.00")}
    assert ask("/allocations", {"credit_item": credit.pk, "splits": [only]})[0] == 400
    assert Receipt.objects.get().reversed_on is None


def test_a_held_refund_says_what_holds_it_and_waits_for_its_release(given, api, ask, key_of):
    banks.open_account(given.entity(), name="Main", currency="EUR", iban=OURS, actor=SYSTEM)
    receipt = given.receipt("80.00 EUR", customer=given.customer(), on=DAY - timedelta(days=60))
    line = given.bank_line("80.00 EUR", iban=THEIRS)
    LineUse.objects.create(
        line=line, kind="receipt", amount=80, receipt=receipt, effective_on=line.booked_on, actor="test"
    )
    body = {"item": receipt.item_id, "amount": money("40.00"), "iban": THEIRS, "reason": "Paid twice"}
    first, second = (ask("/refunds", body)[1] for _ in range(2))
    assert (first["held"], first["findings"]) == (False, [])
    assert second["held"] is True
    (finding,) = second["findings"]
    assert (finding["check"], finding["level"]) == ("refund_twice", "quarantine")
    assert finding["says"].startswith(f"REFUND-{first['id']} of ")
    person = Client()
    person.force_login(given.user("manager", Role.FINANCE_MANAGER))
    approve = f"/refunds/{second['id']}/approve"
    manager = Caller(text=None, client=person)
    answer = manager.post(approve, {}, Idempotency_Key=key_of())
    assert (answer.status_code, "held back" in answer.json()["detail"]) == (409, True)
    assert ask(approve, {})[0] == 403
    held = Quarantine.objects.get()
    quarantine.ask(held, why="Two deliveries", actor=Actor.of(given.user("clerk")))
    quarantine.release(held, decision="Seen", actor=Actor.of(given.user("second")))
    since = second["updated_at"]
    listed = {row["id"]: row["held"] for row in api.get(f"/refunds?updated_since={since}").json()["data"]}
    assert listed[second["id"]] is False
    answer = manager.post(approve, {}, Idempotency_Key=key_of())
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")


def test_a_refund_that_was_paid_by_hand_is_settled_by_the_line_that_is_named(given, api, ask, key_of):
    banks.open_account(given.entity(), name="Main", currency="EUR", iban=OURS, actor=SYSTEM)
    receipt = given.receipt("80.00 EUR", customer=given.customer(), on=DAY - timedelta(days=60))
    came = given.bank_line("80.00 EUR", iban=THEIRS)
    LineUse.objects.create(
        line=came, kind="receipt", amount=80, receipt=receipt, effective_on=came.booked_on, actor="test"
    )
    asked = ask("/refunds", {"item": receipt.item_id, "amount": money("40.00"), "iban": THEIRS, "reason": "Twice"})[1]
    line, pay = given.bank_line("-40.00 EUR"), f"/refunds/{asked['id']}/pay"
    assert ask(pay, {"bank_line": line.pk})[0] == 409, "nobody has approved it"
    person = Client()
    person.force_login(given.user("manager", Role.FINANCE_MANAGER))
    manager = Caller(text=None, client=person)
    assert manager.post(f"/refunds/{asked['id']}/approve", {}, Idempotency_Key=key_of()).json()["state"] == "approved"
    status, told = ask(pay, {"bank_line": 999_999})
    assert (status, told["errors"][0]["pointer"]) == (400, "/bank_line")
    assert ask(pay, {"bank_line": given.bank_line("-39.99 EUR").pk})[0] == 409, "not enough went out"
    assert ask(pay, {"bank_line": came.pk})[0] == 409, "it came in"
    status, told = ask(pay, {"bank_line": line.pk})
    assert (status, told["state"]) == (200, "paid")
    assert api.get(f"/bank-lines/{line.pk}").json()["open_amount"] == money("0.00")
    assert ask(pay, {"bank_line": given.bank_line("-40.00 EUR").pk})[0] == 409, "it is paid"
    assert proof() == []


def test_an_approval_over_the_api_leaves_what_it_finds_written_down(given, ask, key_of):
    banks.open_account(given.entity(), name="Main", currency="EUR", iban=OURS, actor=SYSTEM)
    receipt = given.receipt("80.00 EUR", customer=given.customer(), on=DAY - timedelta(days=60))
    line = given.bank_line("80.00 EUR", iban=THEIRS)
    LineUse.objects.create(
        line=line, kind="receipt", amount=80, receipt=receipt, effective_on=line.booked_on, actor="test"
    )
    body = {"item": receipt.item_id, "amount": money("40.00"), "iban": THEIRS, "reason": "Paid twice"}
    asked = ask("/refunds", body)[1]
    CustomerBankAccount.objects.create(customer=given.customer(), iban=THEIRS)
    person = Client()
    person.force_login(given.user("manager", Role.FINANCE_MANAGER))
    answer = (
        Caller(text=None, client=person).post(f"/refunds/{asked['id']}/approve", {}, Idempotency_Key=key_of()).json()
    )
    assert (answer["state"], answer["held"]) == ("asked", True)
    assert [row["check"] for row in answer["findings"]] == ["refund_others"]
    assert Quarantine.objects.get().state == "held"
