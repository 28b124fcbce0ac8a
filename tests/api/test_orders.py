"""Orders over the API: whole or not at all, with what is wrong in the answer."""

from decimal import Decimal

import pytest

from o2c.core.models import ApiKey
from o2c.orders.models import Order
from tests.orders.makers import price_list, product, ready, say


@pytest.fixture
def shop(given):
    entity = given.entity()
    sold = product("P1", tax_rate=Decimal(19))
    say(price_list(entity, is_default=True), sold, "10")
    ready(given, "C1")
    return entity


def body(*lines, **more) -> dict:
    return {
        "entity": "DE1", "customer": {"number": "C1"}, "ordered_on": "2026-03-10", "lines": list(lines), **more,
    }  # fmt: skip


ONE = {"product": "P1", "quantity": "3"}


def codes(answer) -> list:
    return [(each["line"], each["code"]) for each in answer.json()["problems"]]


def test_an_order_is_entered_priced_and_validated(api, shop):
    made = api.post("/orders", body(ONE, customer_reference="PO 1"))
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["state"], told["number"], told["problems"], told["has_problems"]) == (
        "validated", "SO2026-000001", [], False,
    )  # fmt: skip
    assert (told["net"]["amount"], told["tax"]["amount"], told["gross"]["amount"]) == ("30.00", "5.70", "35.70")
    (line,) = told["lines"]
    assert (line["product"], line["price"], line["origin"], line["agreed"]) == ("P1", "10", "default_list", "10")
    assert told["ship_to"]["city"] == "Köln"
    assert api.get(f"/orders/{told['id']}").json() == told


def test_what_is_wrong_is_no_error_but_stands_in_the_answer(api, shop):
    made = api.post("/orders", body(ONE | {"price": "9"}, {"product": "4711", "quantity": "1"}))
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert codes(made) == [(1, "price_differs"), (2, "product_unknown"), (2, "tax_rate_missing")]
    assert [row["has_problems"] for row in api.get("/orders?has_problems=true").json()["data"]] == [True]
    assert api.get("/orders?state=validated").json()["data"] == []


def test_a_request_is_done_whole_or_not_at_all(api, shop):
    answer = api.post("/orders", body(ONE, ONE | {"unit": "XXX"}))
    assert (answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) == (400, ["/lines/1/unit"])
    for wrong in ({"contract": "C-9"}, {"terms": "NONE"}):
        assert api.post("/orders", body(ONE, **wrong)).status_code == 400
    assert not Order.objects.exists()


def test_a_key_elsewhere_is_one_order_that_is_changed(api, shop):
    first = api.put("/orders/external/shop/7", body(ONE))
    again = api.put("/orders/external/shop/7", body(ONE))
    assert (first.status_code, again.status_code, again.headers["ETag"]) == (201, 200, first.headers["ETag"])
    other = api.put("/orders/external/shop/7", body(ONE | {"quantity": "4"}))
    assert (other.status_code, other.json()["net"]["amount"], Order.objects.count()) == (200, "40.00", 1)
    assert api.get("/orders/external/shop/7").json()["id"] == first.json()["id"]


def test_a_change_of_what_was_not_seen_is_refused(api, shop):
    made = api.post("/orders", body(ONE))
    path = f"/orders/{made.json()['id']}"
    change = {name: value for name, value in body(ONE | {"quantity": "5"}).items() if name != "entity"}
    assert api.put(path, change, If_Match='"0"').status_code == 412
    done = api.put(path, change, If_Match=made.headers["ETag"])
    assert (done.status_code, done.json()["net"]["amount"]) == (200, "50.00")
    Order.objects.update(state="confirmed")
    assert api.put(path, change).status_code == 409


def test_a_draft_is_validated_when_it_is_said_to_be_whole(api, shop):
    made = api.post("/orders", body(ONE, draft=True)).json()
    assert made["state"] == "draft"
    assert api.post(f"/orders/{made['id']}/validate", None).json()["state"] == "validated"


def test_an_order_is_cancelled_with_a_reason(api, shop):
    made = api.post("/orders", body(ONE)).json()
    path = f"/orders/{made['id']}/cancel"
    assert api.post(path, {}).status_code == 400
    done = api.post(path, {"reason": "Ordered twice"})
    assert (done.json()["state"], done.json()["reason"]) == ("cancelled", "Ordered twice")
    assert api.post(path, {"reason": "Again"}).json()["reason"] == "Ordered twice"


def test_only_who_has_the_scope_writes(api, shop):
    ApiKey.objects.update(scopes=["orders:read"])
    assert api.post("/orders", body(ONE)).status_code == 403
    assert api.get("/orders").status_code == 200
