"""Deliveries and carriers over the API: the acts of the pages, once however often they are sent."""

from decimal import Decimal

import pytest

from o2c.core.actors import SYSTEM
from o2c.core.models import ApiKey
from o2c.orders.deliveries import carriers, keeping
from o2c.orders.models import Carrier, Delivery, Order, OrderLine, TrackingEvent
from tests.orders.ordered import DAY, order, planned, shipped

PDF = b"%PDF-1.7 signed"
FILE = {"Content_Type": "application/pdf"}


@pytest.fixture
def sold(given, time_machine):
    time_machine.move_to("2026-03-02 12:00Z", tick=False)
    return order(given.customer("C1"), ("10", "2.50"), ("4", "100"), entity=given.entity())


def line(sold, position=1, quantity="6") -> dict:
    return {"order_line": sold.lines.get(position=position).pk, "quantity": quantity}


def wrong(answer) -> list:
    return [(each.get("pointer", each.get("parameter")), each["code"]) for each in answer.json()["errors"]]


def delivered() -> list[Decimal]:
    return list(OrderLine.objects.order_by("position").values_list("delivered", flat=True))


def test_from_the_plan_to_the_signed_paper(api, sold):
    carriers.create(code="DHL", name="DHL", tracking_url="https://dhl.example/{number}", actor=SYSTEM)
    made = api.post("/deliveries", {"lines": [line(sold)], "carrier": "DHL", "planned_on": "2026-03-03"})
    told = made.json()
    assert (made.status_code, told["number"], told["state"], told["carrier"]) == (
        201, "DN2026-000001", "planned", "DHL",
    )  # fmt: skip
    assert [(row["order"], row["quantity"], row["billed"]) for row in told["lines"]] == [(sold.pk, "6", "0")]
    path = f"/deliveries/{told['id']}"
    assert made.headers["Location"].endswith(path)
    gone = api.post(f"{path}/ship", {"tracking_number": "A/1"}).json()
    assert (gone["state"], gone["shipped_on"], gone["tracking_link"]) == (
        "shipped", "2026-03-02", "https://dhl.example/A%2F1",
    )  # fmt: skip
    assert delivered() == [6, 0]
    assert api.post(f"{path}/deliver", {}).json()["delivered_on"] == "2026-03-02"
    proved = api.call("POST", f"{path}/prove?by=Ms+Ring&name=slip.pdf", raw=PDF, **FILE).json()
    assert (proved["state"], proved["proved_by"], proved["has_proof"]) == ("proved", "Ms Ring", True)
    paper = api.get(f"{path}/proof")
    assert (paper.content, paper["Content-Type"]) == (PDF, "application/pdf")
    assert api.get(f"{path}/proof", If_None_Match=paper["ETag"]).status_code == 304
    assert api.get(path).json() == proved


def test_all_that_is_left_of_an_order(api, sold):
    planned(sold, "6", "0")
    rest = api.post("/deliveries", {"order": sold.pk}).json()
    assert [row["quantity"] for row in rest["lines"]] == ["4", "4"]
    assert api.post("/deliveries", {"order": sold.pk}).status_code == 409
    assert [row["id"] for row in api.get(f"/deliveries?order={sold.pk}&state=planned").json()["data"]] == list(
        Delivery.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert api.get("/deliveries?state=shipped").json()["data"] == []


def test_what_cannot_be_planned_says_where_and_plans_nothing(api, sold):
    for body, places in (
        ({}, [("", "ambiguous")]),
        ({"order": sold.pk, "lines": []}, [("", "ambiguous")]),
        ({"lines": [line(sold), line(sold, 2, "5")]}, [("/lines/1/quantity", "refused")]),
        ({"lines": [line(sold, 1, "0")]}, [("/lines/0/quantity", "refused")]),
        ({"lines": [line(sold) | {"order_line": 999_999_999}]}, [("/lines/0/order_line", "unknown")]),
        ({"lines": [line(sold)], "carrier": "NONE"}, [("/carrier", "unknown")]),
    ):
        answer = api.post("/deliveries", body)
        assert (answer.status_code, wrong(answer)) == (400, places), answer.content
    Order.objects.update(state="on_hold")
    assert api.post("/deliveries", {"lines": [line(sold)]}).status_code == 409
    assert not Delivery.objects.exists()


def test_a_key_elsewhere_is_one_delivery(api, sold):
    body = {"lines": [line(sold), line(sold, 2, "1")], "note": "gate 3"}
    first = api.put("/deliveries/external/wms/7", body)
    again = api.put("/deliveries/external/wms/7", body)
    assert (first.status_code, again.status_code, again.headers["ETag"]) == (201, 200, first.headers["ETag"])
    other = api.put("/deliveries/external/wms/7", {"lines": [line(sold, 2, "4")]})
    assert [(row["quantity"], row["position"]) for row in other.json()["lines"]] == [("4", 1)]
    assert other.json()["note"] == "gate 3"
    assert other.headers["ETag"] != again.headers["ETag"]
    assert api.put("/deliveries/external/wms/7", {"lines": [line(sold, 2, "5")]}).status_code == 400
    api.post(f"/deliveries/{first.json()['id']}/ship", {})
    assert api.put("/deliveries/external/wms/7", {"lines": [line(sold, 2, "4")]}).status_code == 200
    assert api.put("/deliveries/external/wms/7", {"lines": [line(sold, 2, "3")]}).status_code == 409
    assert (Delivery.objects.count(), delivered()) == (1, [0, 4])
    assert api.get("/deliveries/external/wms/7").json()["state"] == "shipped"
    assert api.put("/deliveries/external/wms/8", {"lines": []}).status_code == 400


def test_nobody_overwrites_what_they_have_not_seen(api, sold):
    made = api.post("/deliveries", {"lines": [line(sold)]})
    path, seen = f"/deliveries/{made.json()['id']}", made.headers["ETag"]
    changed = api.put(path, {"lines": [line(sold, 1, "7")]}, If_Match=seen)
    assert changed.json()["lines"][0]["quantity"] == "7"
    assert api.put(path, {"note": "x"}, If_Match=seen).status_code == 412
    for act in ("ship", "deliver", "cancel"):
        assert api.post(f"{path}/{act}", {"reason": "x"} if act == "cancel" else {}, If_Match=seen).status_code == 412
    assert api.post(f"{path}/ship", {}, If_Match=changed.headers["ETag"]).status_code == 200


def test_what_changed_since(api, sold):
    made = planned(sold)
    since = made.updated_at.isoformat().replace("+00:00", "Z")
    keeping.change(made, parts=[keeping.Part(sold.lines.get(position=1), Decimal(3))], actor=SYSTEM)
    made.refresh_from_db()
    assert made.updated_at.isoformat() > since
    assert [row["id"] for row in api.get(f"/deliveries?updated_since={since}").json()["data"]] == [made.pk]


def test_an_act_that_is_sent_again_is_done_once(api, sold):
    body = {"lines": [line(sold, 1, "1")]}
    first = api.post("/deliveries", body, Idempotency_Key="k1")
    again = api.post("/deliveries", body, Idempotency_Key="k1")
    assert (again.json(), again["Idempotent-Replayed"], Delivery.objects.count()) == (first.json(), "true", 1)


def test_what_does_not_fit_is_refused_at_its_place(api, sold):
    made = planned(sold)
    path = f"/deliveries/{made.pk}"
    assert api.post(f"{path}/deliver", {}).status_code == 409
    assert wrong(api.post(f"{path}/ship", {"on": "2026-03-03"})) == [("/on", "refused")]
    keeping.ship(made, on=DAY, actor=SYSTEM)
    assert wrong(api.call("POST", f"{path}/prove", raw=PDF, **FILE)) == [("by", "required")]
    assert wrong(api.call("POST", f"{path}/prove?by=x", raw=b"<html>", **FILE)) == [("", "refused")]
    assert wrong(api.call("POST", f"{path}/prove?by=x&on=2026-03-03", raw=PDF, **FILE)) == [("on", "refused")]
    assert api.call("POST", f"{path}/prove?by=x", raw=b"x" * ((10 << 20) + 1), **FILE).status_code == 413
    assert api.get(f"{path}/proof").status_code == 404
    assert Delivery.objects.get().state == "shipped"
    proved = api.call("POST", f"{path}/prove?by=Ms+Ring", raw=b"", **FILE).json()
    assert (proved["state"], proved["has_proof"]) == ("proved", False)
    assert api.post(f"{path}/cancel", {"reason": "x"}).status_code == 409


def test_cancelled_its_goods_are_left(api, sold):
    made = shipped(sold)
    done = api.post(f"/deliveries/{made.pk}/cancel", {"reason": "came back"}).json()
    assert (done["state"], done["reason"], delivered()) == ("cancelled", "came back", [0, 0])


def test_carriers(api):
    made = api.post("/carriers", {"code": "DHL", "name": "DHL", "tracking_url": "https://dhl.example/{number}"})
    assert (made.status_code, made.json()["in_use"]) == (201, True)
    path = f"/carriers/{made.json()['id']}"
    assert wrong(api.post("/carriers", {"code": "DHL", "name": "x"})) == [("/code", "refused")]
    assert wrong(api.put(path, {"tracking_url": "javascript:x"})) == [("/tracking_url", "refused")]
    assert api.put(path, {"in_use": False}, If_Match='"0"').status_code == 412
    assert api.put(path, {"in_use": False}, If_Match=made.headers["ETag"]).json()["in_use"] is False
    assert api.put(path, {}).headers["ETag"] == api.get(path).headers["ETag"]
    assert [row["code"] for row in api.get("/carriers?in_use=false").json()["data"]] == ["DHL"]
    assert Carrier.objects.count() == 1


def test_only_who_has_the_scope_delivers(api, sold):
    made = planned(sold)
    ApiKey.objects.update(scopes=["deliveries:read"])
    assert api.get(f"/deliveries/{made.pk}").status_code == 200
    assert api.post(f"/deliveries/{made.pk}/ship", {}).status_code == 403


def test_what_carriers_told(api, key, sold, given):
    carrier = carriers.create(code="DHL", name="DHL", actor=SYSTEM)
    made = shipped(sold, carrier=carrier, tracking_number="T1")
    for place, number in enumerate(("T1", "T1", "X9")):
        TrackingEvent.objects.create(
            carrier=carrier, event=f"e{place}", tracking_number=number, kind="failed", at=made.created_at
        )

    def found(caller, asked: str) -> list[str]:
        return [row["event"] for row in caller.get(f"/tracking-events{asked}").json()["data"]]

    assert found(api, f"?delivery={made.pk}&type=failed") == ["e0", "e1"]
    assert found(api, "?tracking_number=X9&carrier=DHL") == ["e2"]
    assert found(api, "?delivery=999999999") == []
    assert found(key(entities=[given.entity()]), "") == ["e0", "e1"]
    assert found(key(entities=[given.entity("GB1", "GBP")]), "") == []
