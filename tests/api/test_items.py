"""Open items by an ERP's own keys."""

from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.invoicing import cash
from o2c.invoicing.models import OpenItem
from o2c.invoicing.proof import proof
from o2c.orders.models import Account, PaymentTerms
from tests.given import DAY


@pytest.fixture
def customer(given):
    return given.customer("C1")


def test_an_item_is_booked_and_read_by_the_key_of_its_source(api, given, customer, item_body):
    answer = api.put("/open-items/external/sap/RE/2026/001", item_body(customer))
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["amount"] == told["open_amount"] == {"amount": "1000.00", "currency": "EUR"}
    assert (told["source"], told["external_id"], told["number"]) == ("sap", "RE/2026/001", "RE/2026/001")
    assert (told["kind"], told["customer"], told["entity"]) == ("invoice", customer.pk, "DE1")
    again = api.get("/open-items/external/sap/RE/2026/001")
    assert (again.json(), again["ETag"]) == (told, answer["ETag"])
    assert api.get(answer["Location"]).json() == told
    assert proof() == []


def test_the_same_again_changes_nothing(api, customer, item_body):
    first = api.put("/open-items/external/sap/1", item_body(customer))
    again = api.put("/open-items/external/sap/1", item_body(customer))
    assert (again.status_code, again.json(), again["ETag"]) == (200, first.json(), first["ETag"])
    assert OpenItem.objects.count() == 1


def test_number_due_date_and_dispute_are_changed_in_place(api, customer, item_body):
    first = api.put("/open-items/external/sap/1", item_body(customer)).json()
    changed = api.put(
        "/open-items/external/sap/1", item_body(customer, number="R-1", due_on="2026-04-01", disputed=True)
    ).json()
    assert (changed["id"], changed["number"], changed["due_on"]) == (first["id"], "R-1", "2026-04-01")
    assert changed["disputed_on"] is not None
    assert changed["updated_at"] > first["updated_at"]
    assert api.put("/open-items/external/sap/1", item_body(customer)).json()["disputed_on"] is not None
    settled = api.put("/open-items/external/sap/1", item_body(customer, disputed=False)).json()
    assert settled["disputed_on"] is None


def test_another_amount_reverses_the_item_and_books_it_anew(api, customer, item_body):
    first = api.put("/open-items/external/sap/1", item_body(customer)).json()
    second = api.put("/open-items/external/sap/1", item_body(customer, "900.00 EUR"))
    assert second.status_code == 200
    assert second.json()["id"] != first["id"]
    assert api.get("/open-items/external/sap/1").json() == second.json()
    old = api.get(f"/open-items/{first['id']}").json()
    assert old["superseded_on"] is not None
    assert old["open_amount"]["amount"] == "0.00"
    assert sum(item.open_amount for item in OpenItem.objects.all()) == Decimal("900.00")
    assert proof() == []


def test_another_amount_is_refused_once_something_is_settled(api, given, customer, item_body):
    first = api.put("/open-items/external/sap/1", item_body(customer)).json()
    given.pay(OpenItem.objects.get(pk=first["id"]), "1.00 EUR")
    refused = api.put("/open-items/external/sap/1", item_body(customer, "900.00 EUR"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    assert api.get("/open-items/external/sap/1").json()["amount"]["amount"] == "1000.00"
    assert proof() == []


def test_a_due_date_left_out_follows_the_payment_terms(api, given, item_body):
    terms = PaymentTerms.objects.create(code="NET14", name="14 days", days=14)
    customer = given.customer("C9", terms=terms)
    body = item_body(customer)
    del body["due_on"]
    assert api.put("/open-items/external/sap/1", body).json()["due_on"] == "2026-02-15"
    without = given.customer("C10")
    refused = api.put("/open-items/external/sap/2", {**body, "customer": {"number": without.number}})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/due_on"
    assert OpenItem.objects.filter(customer=without).count() == 0


def test_an_account_is_opened_where_there_is_none(api, given, item_body):
    other = given.entity("GB1", "GBP")
    customer = given.customer("C1", entity=given.entity())
    api.put("/open-items/external/sap/1", item_body(customer, "10.00 GBP", entity="GB1"))
    assert Account.objects.get(customer=customer, entity=other).currency == "GBP"


def test_cancelling_takes_an_item_back_once(api, customer, item_body):
    item = api.put("/open-items/external/sap/1", item_body(customer)).json()
    path = f"/open-items/{item['id']}/cancel"
    assert api.post(path, {}).json()["type"] == "/problems/idempotency-key"
    done = api.post(path, {}, Idempotency_Key="a")
    assert (done.status_code, done.json()["open_amount"]["amount"]) == (200, "0.00")
    assert api.post(path, {}, Idempotency_Key="b").status_code == 409
    replayed = api.post(path, {}, Idempotency_Key="a")
    assert (replayed.status_code, replayed["Idempotent-Replayed"]) == (200, "true")
    assert (replayed.content, replayed["ETag"]) == (done.content, done["ETag"])
    assert proof() == []


def test_money_on_account_is_not_cancelled_as_an_item(api, given, customer):
    receipt = given.receipt("10.00 EUR", customer=customer)
    refused = api.post(f"/open-items/{receipt.item_id}/cancel", {}, Idempotency_Key="a")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    assert OpenItem.objects.count() == 1


def test_a_cancellation_that_was_undone_is_not_done_a_second_time(api, customer, item_body):
    item = api.put("/open-items/external/sap/1", item_body(customer)).json()
    path = f"/open-items/{item['id']}/cancel"
    api.post(path, {}, Idempotency_Key="a")
    cleared = api.get(f"/allocations?item={item['id']}").json()["data"][0]
    assert api.post(f"/allocations/{cleared['id']}/undo", {}, Idempotency_Key="b").status_code == 201
    refused = api.post(path, {}, Idempotency_Key="c")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    assert "cancelled before" in refused.json()["detail"]
    assert proof() == []


def test_a_receipt_is_booked_applied_undone_and_reversed(api, customer, item_body):
    item = api.put("/open-items/external/sap/1", item_body(customer)).json()
    receipt_body = {
        "entity": "DE1",
        "customer": {"id": customer.pk},
        "amount": {"amount": "970.00", "currency": "EUR"},
        "received_on": "2026-03-01",
        "reference": "Invoice 1",
    }
    receipt = api.post("/receipts", receipt_body, Idempotency_Key="r1")
    assert receipt.status_code == 201, receipt.content
    receipt = receipt.json()
    assert receipt["number"].startswith("R2026-")
    splits = [{"item": item["id"], "amount": {"amount": "970.00", "currency": "EUR"}}]
    body = {"credit_item": receipt["item"], "splits": splits, "on": "2026-03-02"}
    made = api.post("/allocations", body, Idempotency_Key="a1")
    assert made.status_code == 201, made.content
    allocation = made.json()["data"][0]
    assert api.get(f"/open-items/{item['id']}").json()["open_amount"]["amount"] == "30.00"
    assert api.post("/allocations", body, Idempotency_Key="a2").status_code == 409
    undone = api.post(f"/allocations/{allocation['id']}/undo", {}, Idempotency_Key="u1")
    assert (undone.status_code, undone.json()["reverses"]) == (201, allocation["id"])
    assert api.get(f"/open-items/{item['id']}").json()["open_amount"]["amount"] == "1000.00"
    reversed_receipt = api.post(f"/receipts/{receipt['id']}/reverse", {}, Idempotency_Key="v1").json()
    assert reversed_receipt["reversed_on"] is not None
    assert proof() == []


def test_a_receipt_by_its_key_is_booked_once_and_never_changes(api, customer):
    body = {
        "entity": "DE1",
        "customer": {"id": customer.pk},
        "amount": {"amount": "970.00", "currency": "EUR"},
        "received_on": "2026-03-01",
    }
    first = api.put("/receipts/external/bank/77", body)
    again = api.put("/receipts/external/bank/77", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = {**body, "amount": {"amount": "971.00", "currency": "EUR"}}
    assert api.put("/receipts/external/bank/77", other).status_code == 409
    assert OpenItem.objects.count() == 1


def test_lists_narrow_by_customer_and_openness(api, given, customer):
    paid, unpaid = given.open_item(customer=customer), given.open_item(customer=customer)
    given.open_item()
    given.pay(paid)
    listed = api.get(f"/open-items?customer={customer.pk}&open=true").json()
    assert [row["id"] for row in listed["data"]] == [unpaid.pk]
    assert listed["next_cursor"] is None
    settled = api.get(f"/open-items?customer={customer.pk}&open=false").json()["data"]
    assert paid.pk in [row["id"] for row in settled]


def test_allocations_are_found_from_either_side(api, given, customer):
    item = given.open_item("10.00 EUR", customer=customer)
    receipt = given.receipt("10.00 EUR", customer=customer)
    made = cash.apply(receipt.item, [cash.Split(item, Decimal(10))], on=DAY, actor=SYSTEM)
    for side in (item.pk, receipt.item_id):
        assert [row["id"] for row in api.get(f"/allocations?item={side}").json()["data"]] == [made[0].pk]
