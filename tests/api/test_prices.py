"""Products, price lists and contracts over the API, and what a product costs an account."""

from datetime import date, timedelta

import pytest

from o2c.core import clock
from o2c.core.models import Role
from o2c.orders.models import Account, Contract, ListPrice, PaymentTerms, Product
from tests.api.conftest import Caller

DAY = timedelta(days=1)


@pytest.fixture
def account(given):
    return Account.objects.get(customer=given.customer("C1"))


@pytest.fixture
def today(account):
    return clock.today(account.entity.time_zone)


@pytest.fixture
def sold(api):
    return api.post("/products", {"number": "P1", "name": "Paper", "unit": "KGM"}).json()


@pytest.fixture
def standard(api, account):
    body = {"entity": "DE1", "code": "STD", "name": "Standard", "currency": "EUR", "is_default": True}
    return api.post("/price-lists", body).json()


def errors(answer):
    assert answer.status_code == 400, answer.content
    return [error.get("pointer", error.get("parameter")) for error in answer.json()["errors"]]


def drafted(api, number="C-1", **more):
    body = {"entity": "DE1", "customer": {"number": "C1"}, "number": number, "name": "Frame", "begins_on": "2026-01-01"}
    made = api.post("/contracts", {**body, **more})
    assert made.status_code == 201, made.content
    return made.json()


def test_a_product_of_the_erp_is_made_once_and_then_changed(api, account):
    made = api.put("/products/external/sap/4711", {"name": "Paper", "unit": "KGM"})
    assert (made.status_code, made.json()["number"], made.json()["unit"]) == (201, "4711", "KGM")
    same = api.put("/products/external/sap/4711", {"name": "Paper", "unit": "KGM"})
    assert (same.status_code, same.content) == (200, made.content)
    assert api.put("/products/external/sap/4711", {"name": "Board", "in_use": False}).json()["in_use"] is False
    assert api.post("/products", {"number": "4711", "name": "x"}).status_code == 409
    assert errors(api.post("/products", {"number": "x", "name": "x", "unit": "BOX"})) == ["/unit"]
    assert [row["number"] for row in api.get("/products?in_use=false").json()["data"]] == ["4711"]
    assert Product.objects.count() == 1


def test_the_unit_stays_once_there_are_prices(api, sold, standard, today):
    path = f"/price-lists/{standard['id']}/prices"
    assert api.post(path, {"product": "P1", "price": "1", "valid_from": str(today)}).status_code == 201
    assert errors(api.put(f"/products/{sold['id']}", {"unit": "GRM"})) == ["/unit"]


def test_prices_of_a_list_follow_one_another(api, sold, standard, today):
    path = f"/price-lists/{standard['id']}/prices"
    first = {"product": "P1", "price": "12.345678", "price_per": "100", "valid_from": "2020-01-01"}
    assert api.post(path, first).json()["price"] == "12.345678"
    assert api.post(path, first).status_code == 201  # said again
    following = api.post(path, {"product": "P1", "price": "13", "valid_from": str(today)}).json()
    told = [(row["price"], row["valid_from"], row["valid_until"]) for row in api.get(path).json()["data"]]
    assert sorted(told) == [("12.345678", "2020-01-01", str(today - DAY)), ("13", str(today), None)]
    assert errors(api.post(path, {**first, "price": "14"})) == ["/valid_from"]
    assert errors(api.post(path, {**first, "product": "P2"})) == ["/product"]
    assert errors(api.post(path, {**first, "price": "1.2345678"})) == ["/price"]
    assert errors(api.post(path, {**first, "price_per": "0"})) == ["/price_per"]
    ended = api.post(f"/list-prices/{following['id']}/end", {"last_day": str(today)})
    assert ended.json() == {"changed": True}
    assert api.post(f"/list-prices/{following['id']}/end", {"last_day": str(today)}).json() == {"changed": False}
    assert ListPrice.objects.count() == 2


def test_an_account_is_told_what_it_pays_and_why(api, account, sold, standard, today):
    asked = f"/accounts/{account.pk}/price?product=P1"
    assert api.get(asked).status_code == 404
    assert errors(api.get(f"/accounts/{account.pk}/price?product=P2")) == ["product"]
    assert errors(api.get(f"{asked}&quantity=-1")) == ["quantity"]
    api.post(f"/price-lists/{standard['id']}/prices", {"product": "P1", "price": "10", "valid_from": "2020-01-01"})
    PaymentTerms.objects.create(code="N14", name="14 days", days=14)
    contract = drafted(api, terms="N14")
    body = {"product": "P1", "price": "7.5", "price_per": "10", "from_quantity": "3", "valid_from": "2026-01-01"}
    assert api.post(f"/contracts/{contract['id']}/prices", body).status_code == 201
    assert api.get(f"{asked}&quantity=3").json()["origin"] == "default_list"
    assert api.post(f"/contracts/{contract['id']}/activate", None).json()["life"] == "active"
    told = api.get(f"{asked}&quantity=3.5").json()
    names = ("origin", "source", "price", "price_per", "from_quantity", "terms", "on")
    assert {name: told[name] for name in names} == {
        "origin": "contract", "source": "C-1", "price": "7.5", "price_per": "10", "from_quantity": "3",
        "terms": "N14", "on": str(today),
    }  # fmt: skip
    assert told["net"] == {"amount": "2.63", "currency": "EUR"}
    assert api.get(f"{asked}&quantity=3&on=2025-12-31").json()["source"] == "STD"


def test_an_account_buys_by_a_list(api, account, standard, today):
    path = f"/accounts/{account.pk}/price-lists"
    assert api.get(path).json() == {"data": []}
    told = api.put(path, {"price_list": "STD", "valid_from": str(today)}).json()
    assert told == {"data": [{"price_list": "STD", "valid_from": str(today), "valid_until": None}]}
    assert errors(api.put(path, {"price_list": "X", "valid_from": str(today)})) == ["/price_list"]
    assert api.put(path, {"price_list": None, "valid_from": str(today)}).json() == {"data": []}


def test_a_list_is_known_by_its_key_elsewhere(api, standard, given):
    body = {"entity": "DE1", "code": "STD", "name": "Our prices", "currency": "EUR"}
    adopted = api.put("/price-lists/external/sap/PL1", body)
    assert (adopted.status_code, adopted.json()["id"], adopted.json()["name"]) == (200, standard["id"], "Our prices")
    assert errors(api.put("/price-lists/external/sap/PL1", {**body, "currency": "USD"})) == ["/currency"]
    given.entity("DE2")
    assert api.put("/price-lists/external/sap/PL1", {**body, "entity": "DE2"}).status_code == 409
    second = api.post("/price-lists", {**body, "code": "NEW"}).json()
    assert api.put(f"/price-lists/{second['id']}", {"is_default": True}).json()["is_default"]
    assert api.get(f"/price-lists/{standard['id']}").json()["is_default"] is False
    assert errors(api.put(f"/price-lists/{second['id']}", {"in_use": False})) == ["/in_use"]


def test_a_contract_is_drafted_activated_renewed_and_ended(api, account, sold, today):
    end = str(today + 10 * DAY)
    contract = drafted(api, ends_on=end, notice_days=30)
    path = f"/contracts/{contract['id']}"
    assert api.post(f"{path}/activate", None).json()["life"] == "expiring"
    assert api.post(f"{path}/activate", None).json()["state"] == "active"
    assert [row["number"] for row in api.get("/contracts?life=expiring").json()["data"]] == ["C-1"]
    assert errors(api.put(path, {"begins_on": "2025-01-01"})) == ["/begins_on"]
    following = api.post(f"{path}/renew", {"number": "C-1/2", "begins_on": str(today + 11 * DAY)})
    assert (following.status_code, following.json()["predecessor"]) == (201, contract["id"])
    api.post(f"/contracts/{following.json()['id']}/activate", None)
    assert (api.get(path).json()["life"], api.get(path).json()["ends_on"]) == ("renewed", end)
    ended = api.post(f"/contracts/{following.json()['id']}/end", {"last_day": str(today), "reason": "Moved away"})
    assert (ended.json()["state"], ended.json()["reason"]) == ("ended", "Moved away")
    assert api.post(f"{path}/end", {"last_day": str(today), "reason": "x"}).status_code == 409


def test_two_contracts_that_price_one_product_are_a_conflict(api, account, sold):
    price = {"product": "P1", "price": "1", "valid_from": "2026-01-01"}
    for number in ("C-1", "C-2"):
        contract = drafted(api, number)
        api.post(f"/contracts/{contract['id']}/prices", price)
        answer = api.post(f"/contracts/{contract['id']}/activate", None)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "C-1 prices P1 on some of these days already."
    assert Contract.objects.get(number="C-2").state == "draft"


def test_a_contract_of_the_erp_is_put_by_its_key(api, account):
    body = {"entity": "DE1", "customer": {"number": "C1"}, "number": "K-1", "name": "Frame", "begins_on": "2026-01-01"}
    made = api.put("/contracts/external/sap/1", body)
    same = api.put("/contracts/external/sap/1", body)
    assert (made.status_code, same.status_code, same.content) == (201, 200, made.content)
    assert errors(api.put("/contracts/external/sap/1", {**body, "ends_on": "2025-01-01"})) == ["/ends_on"]
    assert errors(api.put("/contracts/external/sap/1", {**body, "terms": "N99"})) == ["/terms"]


def test_who_drafts_does_not_agree(client, given, account, sold, api):
    client.force_login(given.user("olga", Role.ORDER_CLERK))
    clerk = Caller(None, client=client)
    contract = drafted(clerk)
    price = {"product": "P1", "price": "1", "valid_from": str(date(2199, 1, 1))}
    said = clerk.post(f"/contracts/{contract['id']}/prices", price)
    assert said.status_code == 201
    assert clerk.post(f"/contracts/{contract['id']}/activate", None).status_code == 403
    api.post(f"/contracts/{contract['id']}/activate", None)
    assert clerk.post(f"/contracts/{contract['id']}/prices", {**price, "price": "2"}).status_code == 403
    ended = clerk.post(f"/contract-prices/{said.json()['id']}/end", {"last_day": "2199-01-01"})
    assert ended.status_code == 403
